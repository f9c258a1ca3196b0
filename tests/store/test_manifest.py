"""Manifests: whole or refused, of this release or the one before, never leading out of the lake."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.errors import LakeTooNew, PartCorrupt
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.store import atomic, warehouse
from pipeline.store.lake import SCHEMA_VERSION, Lake
from pipeline.store.manifest import content_hash, parse_manifest
from tests.bench.crash.devices import Unsynced
from tests.bench.crash.flips import run_flips
from tests.bench.crash.night import FIRST, Night


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """A portal after a night."""
    with atomic.using(Unsynced()):
        Night(tmp_path, 1, 2).run()
    return Night(tmp_path, 1, 2)


def as_before(lake: Lake) -> bytes:
    """Make the lake one of the release before: schema 1, named by number; return its `CURRENT`."""
    document = lake.manifest().as_json()
    parts = [{k: v for k, v in p.items() if k not in {"days", "codes"}} for p in document["parts"]]  # type: ignore[attr-defined]
    old = {k: v for k, v in document.items() if k != "sha256"} | {"schema": 1, "parts": parts}
    for path in lake.root.glob("manifest-*.json"):
        path.unlink()
    (lake.root / "manifest-1.json").write_text(json.dumps(old))
    (lake.root / "CURRENT").write_text("manifest-1.json\n")
    return b"manifest-1.json\n"


def test_a_lake_of_the_release_before_is_read_and_goes_on(night: Night) -> None:
    """It is read as it is, becomes today's with its next commit, and going back means pointing back."""
    rows = night.lake.read("Metric0", "Sistema")
    pointer = as_before(night.lake)
    assert night.lake.read("Metric0", "Sistema").equals(rows)
    assert not night.lake.verify()
    before = (night.lake.root / "manifest-1.json").read_bytes()
    with atomic.using(Unsynced()):
        Night(night.home, 2, 2).run()
    document = json.loads((night.lake.root / night.lake.manifest().name).read_text())
    assert (document["schema"], document["parent"]) == (SCHEMA_VERSION, "manifest-1.json")
    assert night.lake.read("Metric0", "Sistema").num_rows == rows.num_rows + 1
    assert (night.lake.root / "manifest-1.json").read_bytes() == before
    (night.lake.root / "CURRENT").write_bytes(pointer)
    assert night.lake.read("Metric0", "Sistema").equals(rows)
    assert not night.lake.verify()


@pytest.mark.parametrize("schema", range(2, SCHEMA_VERSION + 1))
def test_a_manifest_is_named_by_the_release_that_wrote_it(night: Night, schema: int) -> None:
    """Its hash holds its own schema number: a lake of each earlier release opens, and its next state is of this one."""
    document = night.lake.manifest().as_json() | {"schema": schema}
    document["sha256"] = content_hash(document)
    name = f"manifest-{document['version']}-{document['sha256']:.12}.json"
    (night.lake.root / name).write_text(json.dumps(document))
    (night.lake.root / "CURRENT").write_text(f"{name}\n")
    assert night.lake.manifest().name == name
    assert not night.lake.verify()
    with atomic.using(Unsynced()):
        Night(night.home, 2, 2).run()
    after = json.loads((night.lake.root / night.lake.manifest().name).read_text())
    assert (after["schema"], after["parent"]) == (SCHEMA_VERSION, name)


def test_a_lake_of_a_later_release_is_refused(night: Night) -> None:
    """What a later release means is not guessed; nothing is written over it."""
    lake = night.lake
    path = lake.root / lake.manifest().name
    document = json.loads(path.read_text()) | {"schema": SCHEMA_VERSION + 1, "news": True}
    path.write_text(json.dumps(document))
    before = night.tree()
    for use in (lake.manifest, lake.verify, lambda: lake.read("Metric0", "Sistema"), night.run, night.replay):
        with pytest.raises(LakeTooNew, match="update the portal"):
            use()
    assert {k: v for k, v in night.tree().items() if k.startswith("lake")} == {
        k: v for k, v in before.items() if k.startswith("lake")
    }


@pytest.mark.parametrize("path", ["../x.parquet", "/etc/x.parquet", "a/../../x.parquet", "a\\b.parquet", "CURRENT"])
def test_a_manifest_does_not_lead_out_of_the_lake(night: Night, path: str) -> None:
    """A manifest that came from elsewhere names parts below the lake only, whatever its hash says."""
    document = night.lake.manifest().as_json()
    document["parts"][0]["path"] = path  # type: ignore[index]
    document["sha256"] = content_hash(document)
    with pytest.raises(PartCorrupt, match="no path of a part"):
        parse_manifest(json.dumps(document).encode(), "elsewhere")


def test_a_lost_pointer_is_no_empty_lake(night: Night) -> None:
    """Without CURRENT a lake that has a past is damaged, not new: nothing is written over it, and it can be mended."""
    with atomic.using(Unsynced()):
        Night(night.home, 2, 2).run()
        sound = night.tree()
        (night.lake.root / "CURRENT").unlink()
        with pytest.raises(PartCorrupt, match="pointer is missing"):
            Night(night.home, 3, 2).run()
        assert night.lake.verify() == ["CURRENT: The lake's pointer is missing"]
        Night(night.home, 2, 2).replay()
    assert {k: v for k, v in night.tree().items() if "lake" in k} == {k: v for k, v in sound.items() if "lake" in k}


@pytest.mark.slow
def test_every_flipped_bit_is_found_refused_and_mended() -> None:
    """One bit of a part, a manifest, the pointer or a reply: named by verify, refused by readers, made again."""
    report = run_flips(24)
    assert not report.bad
    assert (report.found, report.refused, report.rebuilt) == (24, 24, 24)
    assert set(report.kinds.values()) == {6}


def test_the_same_nights_in_another_folder_are_the_same_bytes(tmp_path: Path) -> None:
    """Archive, parts, manifests and pointer: every file equal, after three nights and after one asked three times."""
    homes = tmp_path / "a", tmp_path / "another folder"
    with atomic.using(Unsynced()):
        for home in homes:
            for turn in (1, 2, 3):
                Night(home, turn, 2).run()
        for _ in range(2):
            Night(homes[1], 3, 2).run()
    first, second = (Night(home, 3, 2).tree() for home in homes)
    assert first == second
    assert len([name for name in first if "manifest" in name]) == 3


def test_the_archive_alone_makes_the_series_again(tmp_path: Path) -> None:
    """Without a lake, replaying what was archived gives every series byte for byte."""
    with atomic.using(Unsynced()):
        for turn in (1, 2, 3):
            night = Night(tmp_path / "a", turn, 2)
            night.run()
        again = Night(tmp_path / "b", 3, 2)
        (tmp_path / "a" / "bronze").rename(tmp_path / "b-bronze")
        again.home.mkdir()
        (tmp_path / "b-bronze").rename(again.home / "bronze")
        again.replay()
    for metric in ("Metric0", "Metric1"):
        assert again.lake.manifest().of(metric, "Sistema") == night.lake.manifest().of(metric, "Sistema")
    assert again.lake.read("Metric0", "Sistema")["ts"][0].as_py() == dt.datetime.combine(FIRST, dt.time())


def test_the_warehouse_is_not_made_on_a_damaged_part(night: Night, catalog: Catalog) -> None:
    """DuckDB checks no hash: the lake is checked before it reads."""
    part = night.lake.manifest().of("Metric0", "Sistema")[0]
    damaged = bytearray(night.lake.path(part).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    night.lake.path(part).write_bytes(damaged)
    paths = Paths(data=night.home, build=night.home / "build")
    run = RunInfo(night.today, FIRST, "simulated", dt.datetime(2024, 1, 1))
    with pytest.raises(PartCorrupt, match=part.path):
        warehouse.prepare(paths, catalog, night.lake, run, {})
