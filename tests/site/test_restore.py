"""Any published portal is a backup: lake, texts and the memory of what was asked come back, or nothing changes."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.core.errors import LakeTooNew, PartCorrupt, SourceRefused, SourceUnavailable, UsageError
from pipeline.core.paths import ROOT, Paths
from pipeline.core.settings import Settings, load_settings
from pipeline.ingest import restoring
from pipeline.ingest.restoring import restore_lake
from pipeline.ingest.states import read_memory
from pipeline.operate import status_table, verify_lake
from pipeline.site import publishing
from pipeline.site.serve import running
from pipeline.store.backup import describe
from pipeline.store.figure_albums import keep_album, unpacked
from pipeline.store.lake import Lake, Part
from pipeline.store.manifest import content_hash, parse_manifest
from pipeline.store.series_files import addresses
from tests.site.tiny import make_world

pytestmark = pytest.mark.slow
FIGURE, CITED = "figuras/prueba/dia-0123456789ab.svg", "<svg>ayer</svg>"
ASKED = {"source": "simulated", "series": {"Gene/Sistema": {"state": "ok", "reason": "", "windows": {}}}}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, fake_vendor: Path) -> Path:
    """A portal published with what it knows and says; its data lie beside the site, in `data`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, "vendor_folder", lambda root, cache: fake_vendor)
        world = make_world(tmp_path_factory.mktemp("portal"))
        world.paths.ingest.write_text(json.dumps(ASKED))
        cache = world.paths.narrative / "cache"
        cache.mkdir(parents=True)
        (world.paths.narrative / "prueba.json").write_text('{"slug": "prueba"}')
        (cache / "aaaa.json").write_text('{"board": "prueba"}')
        figure = world.paths.data.parent / "a.svg"
        figure.write_text(CITED)
        keep_album(world.paths.data, dt.date(2026, 11, 21), {FIGURE: figure})
        world.publish()
    return world.paths.site


@pytest.fixture
def copy(portal: Path, tmp_path: Path) -> Path:
    """A copy of the portal's data that a test may damage."""
    shutil.copytree(portal / "datos", tmp_path / "portal" / "datos")
    return tmp_path / "portal"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """An empty place to restore to."""
    return load_settings(data_dir=tmp_path / "data", build_dir=tmp_path / "build")


def files(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds, but for locks."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {name: content for name, content in found.items() if not name.endswith(".lock")}


def test_restored_from_an_address_it_is_the_same_portal(portal: Path, home: Settings) -> None:
    """The drill: over HTTP, every file of the data folder comes back byte for byte, and verifies."""
    data = portal.parents[1] / "data"
    with running(portal) as address:
        said = restore_lake(home, address)
    assert files(home.data_dir) == files(data)
    others = {
        "series.json",
        "ingest.json",
        "narrative/prueba.json",
        "narrative/cache/aaaa.json",
        "figures/2026-11-21.tar.xz",
    }
    assert others <= set(files(home.data_dir))
    assert "5 other files" in said
    assert "every hash agrees" in verify_lake(home)


def test_a_cited_figure_answers_where_it_stood_before_and_after_a_restore(portal: Path, home: Settings) -> None:
    """The portal shows the figures of past nights; a restored one has them to show."""
    assert (portal / FIGURE).read_text() == CITED
    restore_lake(home, str(portal))
    (album,) = unpacked(home.data_dir, home.build_dir / "figures")
    assert {name: path.read_text() for name, path in album.items()} == {FIGURE: CITED}


def test_restoring_twice_changes_nothing(copy: Path, home: Settings) -> None:
    """From a folder, again, over what is there."""
    restore_lake(home, str(copy))
    before = files(home.data_dir)
    restore_lake(home, str(copy))
    assert files(home.data_dir) == before


def flip(path: Path) -> None:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def another_state(datos: Path) -> None:
    """Let the backup belong to another state of the lake: half of a portal that is being published."""
    path = datos / "backup.json"
    document = json.loads(path.read_text()) | {"manifest": "0" * 64}
    path.write_text(json.dumps(document | {"sha256": content_hash(document)}))


DAMAGES: dict[str, tuple[Callable[[Path], object], type[Exception]]] = {
    "the manifest": (lambda d: flip(d / "manifest.json"), PartCorrupt),
    "a portal being published": (another_state, SourceUnavailable),
    "a later release": (
        lambda d: (d / "manifest.json").write_text(json.dumps({"schema": 99, "parts": []})),
        LakeTooNew,
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_copy_changes_nothing(copy: Path, home: Settings, damage: str) -> None:
    """Nothing is put in use before every hash agreed: the old lake, texts and memory stay in use."""
    restore_lake(home, str(copy))
    lake = Lake(home.data_dir / "lake")
    before, files_before = lake.manifest(), files(home.data_dir)
    harm, error = DAMAGES[damage]
    harm(copy / "datos")
    with pytest.raises(error):
        restore_lake(home, str(copy))
    assert (lake.manifest(), files(home.data_dir)) == (before, files_before)
    assert not lake.verify()


def parts_of(datos: Path, metric: str) -> list[Path]:
    """Return the published parts of a metric."""
    return sorted((datos / "series").glob(f"{metric}.*/*.parquet"))


def published(datos: Path) -> dict[Path, Part]:
    """Return where each part that the manifest names is published."""
    manifest = parse_manifest((datos / "manifest.json").read_bytes(), "")
    where = addresses(manifest)
    return {datos / where[part.path]: part for part in manifest.parts}


def under_own_names(datos: Path) -> None:
    """Lay the parts where portals had them before there were lasting addresses."""
    for path, part in published(datos).items():
        own = datos / "lake" / part.path
        own.parent.mkdir(parents=True, exist_ok=True)
        path.rename(own)


LOSSES: dict[str, Callable[[Path], object]] = {
    "missing": Path.unlink,
    "damaged": flip,
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "empty": lambda path: path.write_bytes(b""),
    "a web page": lambda path: path.write_bytes(b"<html>404</html>"),
}


@pytest.mark.parametrize("over_http", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
def test_one_lost_part_is_left_out_and_asked_again(copy: Path, home: Settings, loss: str, over_http: bool) -> None:
    """The rest comes back, the command names what is lost and ends well, and its windows count as never asked."""
    asked = {"2000-01-01": {"end": "2000-01-31", "asked": "2026-01-01", "status": "ok", "reason": ""}}
    window = {"end": "2099-12-31", "asked": "2026-01-01", "status": "ok", "reason": ""}
    write_asked(copy, {"state": "ok", "reason": "", "windows": asked | {"2000-02-01": window}})
    lost = parts_of(copy / "datos", "Gene")[0]
    LOSSES[loss](lost)
    name = published(copy / "datos")[lost].path
    if over_http:
        (copy / "index.html").touch()
        with running(copy) as address:
            said = restore_lake(home, address)
    else:
        said = restore_lake(home, str(copy))
    assert "warning: lost: Gene/" in said
    assert "asked again" in said
    lake = Lake(home.data_dir / "lake")
    named = {part.path for part in published(copy / "datos").values()}
    assert {part.path for part in lake.manifest().parts} == named - {name}
    assert not lake.verify()
    memory = read_memory(Paths.of(home))
    key = "/".join(name.split("/")[:2])
    assert set(memory.series[key]["windows"]) == {"2000-01-01"}, "only the windows of the lost days are forgotten"
    assert [(span["metric"], span["entity"]) for span in memory.lost] == [tuple(key.split("/"))]


def test_a_lost_part_that_is_here_is_no_loss(copy: Path, home: Settings) -> None:
    """What the lake already has soundly need not come."""
    restore_lake(home, str(copy))
    before = files(home.data_dir)
    parts_of(copy / "datos", "Gene")[0].unlink()
    assert "warning" not in restore_lake(home, str(copy))
    assert files(home.data_dir) == before


def test_a_server_that_goes_down_is_not_asked_for_the_rest(
    copy: Path, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waits in line when the first part finds nobody is given up, not tried a thousand times."""
    asked: list[str] = []

    def down(lake: Lake, origin: str, part: Part, where: str) -> bool:
        asked.append(part.path)
        time.sleep(0.2)
        raise SourceUnavailable("nobody answers", hint="later", code="connect")

    monkeypatch.setattr(restoring, "_adopted", down)
    monkeypatch.setattr(restoring, "_AT_ONCE", 1)
    with pytest.raises(SourceUnavailable):
        restore_lake(home, str(copy))
    parts = json.loads((copy / "datos" / "manifest.json").read_text(encoding="utf-8"))["parts"]
    assert len(asked) <= 2 < len(parts)


@pytest.mark.parametrize("name", ["ingest.json", "narrative/prueba.json", "backup.json"])
@pytest.mark.parametrize("harm", [flip, Path.unlink])
def test_a_lost_file_beside_the_lake_is_named(
    copy: Path, home: Settings, name: str, harm: Callable[[Path], object]
) -> None:
    """Texts are written again, questions asked again; the lake is whole."""
    harm(copy / "datos" / name)
    assert f"warning: lost: {name}" in restore_lake(home, str(copy))
    assert not (home.data_dir / name).exists()
    assert not Lake(home.data_dir / "lake").verify()


def test_a_portal_that_lost_most_of_itself_is_no_backup(copy: Path, home: Settings) -> None:
    """A server that refuses everything must not empty a lake."""
    restore_lake(home, str(copy))
    before = Lake(home.data_dir / "lake").manifest()
    empty = load_settings(data_dir=home.data_dir.parent / "other", build_dir=home.data_dir.parent / "other-build")
    for part in published(copy / "datos"):
        part.unlink()
    with pytest.raises(SourceRefused, match="not there, or damaged"):
        restore_lake(empty, str(copy))
    assert Lake(empty.data_dir / "lake").is_empty()
    assert Lake(home.data_dir / "lake").manifest() == before


def write_asked(copy: Path, state: dict[str, object]) -> None:
    """Publish another memory of what was asked."""
    datos = copy / "datos"
    manifest = parse_manifest((datos / "manifest.json").read_bytes(), "")
    keys = {path.parent.name.replace(".", "/") for path in parts_of(datos, "Gene")}
    content = json.dumps({"source": "simulated", "series": dict.fromkeys(sorted(keys), state)}).encode()
    (datos / "ingest.json").write_bytes(content)
    (datos / "backup.json").write_text(json.dumps(describe({"ingest.json": content}, manifest)))


def test_a_restore_mends_a_damaged_lake(copy: Path, home: Settings) -> None:
    """A damaged part and a lost pointer come back; verify named them both before."""
    restore_lake(home, str(copy))
    lake = Lake(home.data_dir / "lake")
    sound = files(home.data_dir)
    part = lake.path(lake.manifest().of("Gene", "Sistema")[0])
    flip(part)
    with pytest.raises(PartCorrupt, match=part.name):
        verify_lake(home)
    restore_lake(home, str(copy))
    assert files(home.data_dir) == sound


def test_a_portal_of_the_release_before_gives_its_lake(copy: Path, home: Settings) -> None:
    """Without the list of other files the lake comes back alone, and says so: the sources are asked again."""
    (copy / "datos" / "backup.json").unlink()
    assert "0 other files" in restore_lake(home, str(copy))
    assert not (home.data_dir / "ingest.json").exists()
    assert not Lake(home.data_dir / "lake").verify()


def test_a_portal_of_before_the_lasting_addresses_comes_back_whole(copy: Path, home: Settings) -> None:
    """It has every part under its own name, and no memory of addresses."""
    restore_lake(home, str(copy))
    before = files(home.data_dir / "lake")
    under_own_names(copy / "datos")
    shutil.rmtree(home.data_dir)
    assert "warning" not in restore_lake(home, str(copy))
    assert files(home.data_dir / "lake") == before


def test_a_portal_of_the_manifest_before_comes_back_whole(copy: Path, home: Settings) -> None:
    """Schema 2 told rows by year, and its backup names the manifest by that schema's hash: all of it is restored."""
    under_own_names(copy / "datos")
    for name, changes in (("manifest.json", {"schema": 2}), ("backup.json", {})):
        path = copy / "datos" / name
        document = json.loads(path.read_text()) | changes
        for part in document.get("parts", []):
            part["years"] = dict.fromkeys(sorted({period[:4] for period in part["years"]})[:1], part["rows"])
        if name == "backup.json":
            document["manifest"] = json.loads((copy / "datos" / "manifest.json").read_text())["sha256"]
        path.write_text(json.dumps(document | {"sha256": content_hash(document)}))
    assert "5 other files" in restore_lake(home, str(copy))
    lake = Lake(home.data_dir / "lake")
    assert not lake.verify()
    night = grown(home, dt.date.fromisoformat(lake.manifest().created[:10]) + dt.timedelta(days=1))
    assert not night.verify()


def test_real_and_simulated_data_do_not_mix(copy: Path, home: Settings) -> None:
    """A folder that holds real data takes no simulated portal."""
    home.data_dir.mkdir()
    (home.data_dir / "ingest.json").write_text('{"source": "xm", "series": {}}')
    with pytest.raises(UsageError, match="holds xm data and the backup simulated data"):
        restore_lake(home, str(copy))
    assert not Lake(home.data_dir / "lake").manifest().version


def grown(home: Settings, today: dt.date) -> Lake:
    """Let the lake of `home` live another night."""
    lake = Lake(home.data_dir / "lake")
    stamp = pa.array([dt.datetime.combine(today, dt.time())], pa.timestamp("ms"))
    with lake.writing():
        transaction = lake.transaction(today)
        rows = {"code": ["Sistema"], "ts": stamp, "value": [1.0], "quality": ["ok"]}
        transaction.upsert("DemaSIN", "Sistema", pa.table(rows))
        transaction.commit(dt.datetime.combine(today, dt.time(5, 40)))
    return lake


def test_an_older_portal_does_not_replace_a_newer_lake(copy: Path, home: Settings) -> None:
    """What came since would be lost: refused with both states, unless it is asked for by name."""
    restore_lake(home, str(copy))
    old = Lake(home.data_dir / "lake").manifest()
    lake = grown(home, dt.date.fromisoformat(old.created[:10]) + dt.timedelta(days=1))
    before = files(home.data_dir)
    with pytest.raises(UsageError, match=rf"older than the lake here: version {old.version} .*--older"):
        restore_lake(home, str(copy))
    assert files(home.data_dir) == before
    restore_lake(home, str(copy), older=True)
    assert lake.manifest().fingerprint() == old.fingerprint()
    assert not lake.verify()


def test_after_a_restore_the_status_is_told(copy: Path, home: Settings) -> None:
    """The lake alone says what is there; the restore says what makes the rest."""
    assert "./inv build" in restore_lake(home, str(copy))
    assert any(line.startswith("Gene/Sistema ") and " ok " in line for line in status_table(home).splitlines())


def test_the_published_lake_is_another_file(portal: Path) -> None:
    """One flipped byte must not hit the backup too: no part of the site is a link to the lake's."""
    lake, parts = portal.parents[1] / "data" / "lake", published(portal / "datos")
    assert parts
    assert not any(path.samefile(lake / part.path) for path, part in parts.items())


@pytest.mark.parametrize("origin", ["", "--help", "-x"])
def test_an_option_is_no_address(home: Settings, origin: str) -> None:
    """Nothing is read and nothing made."""
    with pytest.raises(UsageError, match="restore from"):
        restore_lake(home, origin)
    assert not home.data_dir.exists()


def test_a_wrong_address_is_wrong_usage(portal: Path, home: Settings, tmp_path: Path) -> None:
    """A folder or a server without a portal will have none later either: exit 2, not 75."""
    with pytest.raises(UsageError, match="no published portal"):
        restore_lake(home, str(tmp_path / "nowhere"))
    with running(portal) as address, pytest.raises(UsageError, match="no published portal"):
        restore_lake(home, f"{address}/nowhere")


def test_there_is_nothing_to_verify_in_an_empty_folder(home: Settings) -> None:
    """Nothing agrees where nothing is."""
    with pytest.raises(UsageError, match="nothing to verify"):
        verify_lake(home)


def test_help_is_help() -> None:
    """`./inv restore --help` explains, and restores from nowhere."""
    done = subprocess.run(["./inv", "restore", "--help"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "--older" in done.stdout) == (0, True)
    wrong = subprocess.run(["./inv", "restore"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (wrong.returncode, "Nowhere to restore from" in wrong.stderr) == (2, True)
