"""NOAA's index and the holidays: from the emulator to the lake, each failing alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.emulator.server import running
from pipeline.ingest.rounds import ingest, replay
from pipeline.ingest.sources.holidays import holidays_between
from pipeline.ingest.sources.noaa import HOME, PATH, address
from pipeline.store.lake import Lake

pytestmark = pytest.mark.slow

REAL = Path(__file__).resolve().parents[4] / "shared" / "realdata"
TODAY = dt.date(2026, 6, 30)
NAMES = ["ONI", "Festivos", "DemaSIN"]


def settings_of(url: str, tmp_path: Path, **more: str) -> Settings:
    return Settings(
        _env_file=None, xm_base_url=url, simem_base_url=url, data_dir=tmp_path / "data", build_dir=tmp_path, **more
    )


def run_of(source: str = "simulated", today: dt.date = TODAY) -> RunInfo:
    return RunInfo(today, today - dt.timedelta(days=40), source, dt.datetime.combine(today, dt.time(5, 40)))


def test_the_index_and_the_holidays_reach_the_lake(tmp_path):
    """One value a month from 2000 on, the newest two months old; asked again after a week."""
    with running("simulated", TODAY) as url:
        settings = settings_of(url, tmp_path)
        report = ingest(load_catalog(), settings, Paths.of(settings), run_of(), metrics=NAMES)
        assert not report.failed
        again = ingest(load_catalog(), settings, Paths.of(settings), run_of(), metrics=["ONI", "Festivos"])
    assert (again.asked, again.changed) == (0, False)
    lake = Lake(Paths.of(settings).lake)
    oni = lake.read("ONI", "Sistema").to_pylist()
    assert oni[-1]["ts"] == dt.datetime(2026, 4, 1)
    assert len(oni) == 26 * 12 + 3
    assert all(abs(r["value"]) < 4 for r in oni)
    names = {r["code"]: r["name"] for r in lake.read("Festivos", "Sistema").to_pylist()}
    assert names["2026-07-20"] == "Día de la Independencia"
    before = lake.manifest().fingerprint()
    replay(load_catalog(), settings, Paths.of(settings), run_of())
    assert lake.manifest().fingerprint() == before


def test_a_dead_noaa_stops_nobody_else(tmp_path):
    """XM's series arrive, the run names the source that is down."""
    with running("simulated", TODAY) as url:
        settings = settings_of(
            url, tmp_path, noaa_base_url="http://127.0.0.1:9", xm_backoff="0.01", xm_connect_timeout="2"
        )
        report = ingest(load_catalog(), settings, Paths.of(settings), run_of(), metrics=NAMES)
    assert set(report.down) == {"noaa"}
    assert Lake(Paths.of(settings).lake).read("DemaSIN", "Sistema").num_rows > 20


def test_an_emulated_build_never_asks_the_real_noaa(tmp_path):
    """Where XM is emulated the index comes from the same place, unless a setting says otherwise."""
    assert address(settings_of("http://127.0.0.1:5", tmp_path)) == f"http://127.0.0.1:5{PATH}"
    assert address(settings_of("https://servapibi.xm.com.co", tmp_path)) == f"{HOME}{PATH}"
    other = settings_of("http://127.0.0.1:5", tmp_path, noaa_base_url="http://localhost:6")
    assert address(other) == f"http://localhost:6{PATH}"


def test_holidays_are_a_table_of_days_and_names():
    """Seventeen days or more a year (two may meet), moved to Monday where the law moves them."""
    rows = holidays_between(2025, 2026).to_pylist()
    days = [row["code"] for row in rows]
    assert "2025-01-06" in days and "2026-01-12" in days
    assert sum(day.startswith("2025") for day in days) >= 17
    assert {row["ts"] for row in rows} == {dt.datetime(2025, 1, 1)}


@pytest.mark.real
@pytest.mark.skipif(not (REAL / "xm").is_dir(), reason=f"needs the real values in {REAL}")
def test_the_real_index_is_read_back_as_it_was_published(tmp_path):
    """903 months since 1950, through the emulator, equal to two decimals as NOAA prints them."""
    with running(REAL / "xm", dt.date(2026, 1, 1)) as url:
        settings = settings_of(url, tmp_path)
        ingest(load_catalog(), settings, Paths.of(settings), run_of("replayed", dt.date(2026, 1, 1)), metrics=["ONI"])
    found = Lake(Paths.of(settings).lake).read("ONI", "Sistema")
    wanted = pq.read_table(REAL / "oni_mensual.parquet").to_pydict()
    assert found["ts"].to_pylist() == wanted["Date"]
    assert found["value"].to_pylist() == pytest.approx(wanted["ANOM"], abs=0.005)
