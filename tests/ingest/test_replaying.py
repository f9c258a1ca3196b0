"""`./inv replay` is idempotent: ten times over a lake changes no byte, and into an empty one brings back the same."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.ingest.rounds import replay
from pipeline.store.lake import Lake
from tests.ingest.fake import METRICS, House
from tests.ingest.test_several_nights import RevisingXm

FIRST = dt.date(2026, 5, 18)
RIVERS = ("BATA", "NARE", "GUAVIO", "SOGAMOSO", "MAGDALENA", "CAUCA", "SINU", "TULUNI", "PORCE", "CHIVOR")
CATALOG = load_catalog()
pytestmark = [pytest.mark.slow]


def run_on(today: dt.date, since: dt.date) -> RunInfo:
    """Return the identity of a run."""
    return RunInfo(today, since, "simulated", dt.datetime.combine(today, dt.time(5, 40)))


@settings(max_examples=4, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(RIVERS), min_size=9, unique=True),  # in the list: losing many is refused
            st.lists(st.sampled_from(RIVERS), min_size=2, max_size=3, unique=True),  # with a flow
            st.integers(0, 40),  # the first day wanted moves
            st.integers(1, 3),  # nights to the next one
        ),
        min_size=2,
        max_size=4,
    )
)
def test_replays_change_nothing_whatever_the_nights_were(nights: list[tuple[list[str], list[str], int, int]]) -> None:
    """Lists that gain and lose names, codes no list knows, revised prices, refused cells, a range that moves."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        xm = RevisingXm(CATALOG)
        patch.setattr("pipeline.ingest.planned.fetch", xm.fetch)
        patch.setattr("pipeline.ingest.sources.xm.preflight", xm.preflight)
        house = House(xm, Path(folder) / "grown")
        today = FIRST
        for listed, rivers, since, step in nights:
            xm.listed, xm.rivers = tuple(listed), tuple(rivers)
            house.since = dt.date(2026, 3, 1) + dt.timedelta(days=since)
            house.night(today)
            last, today = today, today + dt.timedelta(days=step)
        run = run_on(last, house.since)
        replay(CATALOG, load_settings(), house.paths, run)  # tables that need no asking may join
        pointer = house.lake.pointer()
        grown = {name: house.lake.manifest().fingerprint(name) for name in (*METRICS, "_quarantine", "_unknown_codes")}
        for _ in range(3):
            replay(CATALOG, load_settings(), house.paths, run)
            assert house.lake.pointer() == pointer
        assert house.lake.read("ListadoRios", "Sistema").num_rows == len(nights[-1][0])
        again = Paths(data=Path(folder) / "again", build=Path(folder) / "build")
        again.data.mkdir()
        again.bronze.symlink_to(house.paths.bronze)
        replay(CATALOG, load_settings(), again, run)
        for name in METRICS:
            assert Lake(again.lake).manifest().fingerprint(name) == grown[name], name


def test_ten_replays_leave_the_lake_as_the_nights_left_it(house: House) -> None:
    """Not even the first one changes a byte of what was asked for."""
    holidays = sorted(m.id for m in house.xm.catalog.metrics.values() if m.source == "holidays")
    for offset in range(3):
        house.xm.listed = RIVERS[: offset + 8]
        house.xm.rivers = RIVERS
        house.night(FIRST + dt.timedelta(days=offset), [*METRICS, *holidays])
    pointer = house.lake.pointer()
    for _ in range(10):
        replay(house.xm.catalog, load_settings(), house.paths, run_on(FIRST + dt.timedelta(days=2), house.since))
        assert house.lake.pointer() == pointer
    assert house.lake.read("ListadoRios", "Sistema").num_rows == 10
