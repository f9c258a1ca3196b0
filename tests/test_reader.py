"""The reader for Python, used as its own help says: installed from the site, its values are the portal's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pipeline.core.paths import ROOT
from pipeline.site.downloads.reader import NAME, reader_files
from pipeline.site.serve import running
from pipeline.store import warehouse
from tests.world import SmallWorld

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def address(world: SmallWorld) -> Iterator[str]:
    """The site of the small world, below a folder."""
    with running(world.paths.site, prefix="/energia/") as url:
        yield url


@pytest.fixture
def portal(address: str, tmp_path: Path) -> ModuleType:
    """The published file as a module, told where the portal is and where it may keep things."""
    code = reader_files(ROOT / "templates", address)["datos/lectores/portal.py"]
    assert isinstance(code, bytes)
    module = ModuleType("portal")
    exec(compile(code, "portal.py", "exec"), module.__dict__)
    module.__dict__["CARPETA"] = tmp_path
    return module


def test_the_wheel_installs_and_reads_as_its_help_says(world: SmallWorld, address: str, tmp_path: Path) -> None:
    """`pip` takes the wheel from the site; two lines then give the price."""
    pytest.importorskip("pip")  # an environment made by uv has none
    (wheel,) = (world.paths.site / "datos" / "lectores").glob(f"{NAME}-*.whl")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(tmp_path)]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True, timeout=120)
    told = subprocess.run(
        [sys.executable, "-c", 'import portal; print(portal.leer("PrecBolsNaci", desde="2026-05-01").to_json())'],
        env={"PYTHONPATH": str(tmp_path), "PORTAL_SITIO": address, "PORTAL_CARPETA": str(tmp_path / "c")},
        check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    values = json.loads(told.stdout)["valor"]
    with warehouse.connect(world.paths.warehouse) as con:
        (count,) = con.execute("SELECT count(*) FROM \"PrecBolsNaci\" WHERE ts >= DATE '2026-05-01'").fetchone() or (0,)
    assert len(values) == count > 100


def test_days_are_the_days_of_the_portal(world: SmallWorld, portal: ModuleType) -> None:
    """Of every metric and entity, each day has the value, the hours and the state that pages show."""
    with warehouse.connect(world.paths.warehouse) as con:
        series = con.execute("SELECT DISTINCT metric, entity FROM metric_daily ORDER BY ALL").fetchall()
        versioned = {row["id"] for row in portal._json("api/v1/metricas.json")["metricas"] if row["versionada"]}
        compared = 0
        for metric, entity in series:
            also = ", version" if metric in versioned else ""
            view = f"{metric}_versions_daily" if also else f"{metric}_daily"
            native = con.execute(
                f"SELECT code, day, value, hours, replace(quality, 'final', 'ok') AS quality{also} FROM \"{view}\" "
                f"WHERE entity = ? ORDER BY code, day{also}",
                [entity],
            ).df()
            read = portal.leer(metric, entity, por_dia=True)
            read = read.sort_values(["codigo", "dia", *(["version"] if also else [])]).reset_index(drop=True)
            assert len(read) == len(native), (metric, entity)
            assert read["valor"].to_numpy() == pytest.approx(native["value"].to_numpy(), rel=1e-9, abs=1e-9), metric
            assert (read["horas"].fillna(-1).astype(int) == native["hours"].fillna(-1).astype(int)).all(), metric
            assert (read["estado"] == native["quality"]).all(), metric
            compared += len(read)
    assert compared > 50_000


def test_a_span_and_codes_are_cut_exactly(world: SmallWorld, portal: ModuleType) -> None:
    """From a day to a day, both whole, and only the plants that are asked for."""
    query = "SELECT DISTINCT code FROM \"Gene\" WHERE entity = 'Recurso' ORDER BY 1 LIMIT 2"
    with warehouse.connect(world.paths.warehouse) as con:
        codes = [row[0] for row in con.execute(query).fetchall()]
    read = portal.leer("Gene", "Recurso", desde="2026-04-10", hasta="2026-04-12", codigos=codes)
    assert set(read["codigo"]) <= set(codes) and len(read)
    assert str(read["hora"].min()) >= "2026-04-10" and str(read["hora"].max()) < "2026-04-13"


def test_what_cannot_be_read_says_what_to_do(portal: ModuleType, address: str) -> None:
    """A metric, an entity or a portal that is not there, in words."""
    for arguments, words in {
        ("precbolsnaci",): "¿PrecBolsNaci?",
        ("Nada",): "portal.metricas",
        ("Gene", "Planeta"): "Sistema",
    }.items():
        with pytest.raises(portal.ErrorDelPortal, match=words.replace("?", r"\?").replace(".", r"\.")):
            portal.leer(*arguments)
    portal.__dict__["SITIO"] = ""
    with pytest.raises(portal.ErrorDelPortal, match="PORTAL_SITIO"):
        portal.metricas()
    portal.__dict__["SITIO"] = f"{address}nada/"
    with pytest.raises(portal.ErrorDelPortal, match="No se pudo leer"):
        portal.metricas()


def test_a_file_that_is_not_the_published_one_is_refused(portal: ModuleType, tmp_path: Path) -> None:
    """Spoilt on the way, a part is refused; spoilt where it was kept, it is fetched again."""
    first = portal.leer("PrecBolsNaci")
    for path in tmp_path.iterdir():
        path.write_bytes(b"otra cosa")
    assert portal.leer("PrecBolsNaci").equals(first)
    with pytest.raises(portal.ErrorDelPortal, match="su huella es otra"):
        portal._bytes("datos/manifest.json", "0" * 64)


def test_the_reader_is_the_same_every_night() -> None:
    """Same code, same bytes; an address that is not known is asked for, not made up."""
    assert reader_files(ROOT / "templates", "") == reader_files(ROOT / "templates", "")
    for name, content in reader_files(ROOT / "templates", "https://ejemplo.co/e").items():
        assert isinstance(content, bytes)
        assert name.endswith(".whl") or b"https://ejemplo.co/e/datos/lectores/" in content
        assert b"site_url" not in content
