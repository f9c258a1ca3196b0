"""Whatever XM takes back, renames or spoils, night after night: what it last said is there, the rest is told."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.ingest.sources.xm_reply import parse
from pipeline.ingest.windows import WindowRequest
from pipeline.store.held import TABLE
from tests.ingest.fake import House
from tests.ingest.test_withdrawn import DAY, NIGHT, ForgettingXm, log, replayed, there

CATALOG = load_catalog()
pytestmark = [pytest.mark.slow]
AROUND = st.dates(NIGHT - 60 * DAY, NIGHT)
SOME = st.sets(AROUND, max_size=5)
HOURS = st.dictionaries(AROUND, st.lists(st.integers(1, 24), min_size=1, max_size=24).map(tuple), max_size=3)
PRICES = st.dictionaries(AROUND, st.sampled_from([90.0, 125.0, 3_000.0, -100.0]), max_size=3)
RIVERS = st.lists(st.sampled_from(["BATA", "NARE", "NARE NUEVO", "GUAVIO"]), min_size=1, max_size=3, unique=True)
FAULTS = st.fixed_dictionaries(
    {
        "absent": SOME,
        "blank": SOME,
        "hours": HOURS,
        "prices": PRICES,
        "rivers": RIVERS.map(tuple),
        "without": st.dictionaries(AROUND, st.sampled_from([("BATA",), ("NARE",)]), max_size=4),
        "garbled": st.sets(AROUND, max_size=1),
        "empty": st.sets(st.sampled_from([dt.date(2026, 4, 1), dt.date(2026, 5, 1)]), max_size=1),
        "failing": st.sets(st.sampled_from([dt.date(2026, 4, 1), dt.date(2026, 5, 1)]), max_size=1),
    }
)
Rows = dict[tuple[str, dt.datetime], float]


def said(xm: ForgettingXm, request: WindowRequest) -> Rows | None:
    """Return what XM says of a window tonight; None when it gives no answer, or one of which something is refused."""
    if request.start in xm.failing:
        return None
    parsed = parse(xm._body(request), request.metric, request.entity, request.start, request.end)
    return None if parsed.rejects else {(row["code"], row["ts"]): row["value"] for row in parsed.rows.to_pylist()}


def check_night(house: House, xm: ForgettingXm, before: dict[str, Rows], known: int) -> None:
    """Assert that each window is as XM says, but for held days, and that each value that went or moved is logged."""
    held = {(row["metric"], row["day"]) for row in house.lake.read(*TABLE).to_pylist()}
    fresh = log(house)[known:]
    logged = {(row["metric"], row["code"], row["ts"], row["old"], row["new"]) for row in fresh}
    assert len(logged) == len(fresh)
    changed = set()
    for name, entity in (("PrecBolsNaci", "Sistema"), ("AporCaudal", "Rio")):
        now = there(house, name, entity)
        for request in (asked for asked in xm.asked if asked.metric.id == name):
            told = said(xm, request)
            days = {request.start + n * DAY for n in range(request.days)} - {
                day for metric, day in held if metric == name
            }
            if told is not None:
                inside = {key: value for key, value in now.items() if key[1].date() in days}
                assert inside == {key: value for key, value in told.items() if key[1].date() in days}
        was = before[name]
        changed |= {(name, *key, value, now.get(key)) for key, value in was.items() if now.get(key) != value}
        for key in was.keys() - now.keys():
            assert (name, key[1].date()) not in held
    assert changed == logged


@settings(max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(st.lists(FAULTS, min_size=2, max_size=3))
def test_what_xm_last_said_is_there_and_nothing_goes_unsaid(nights: list[dict[str, object]]) -> None:
    """Also replayed from the archive alone."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        xm = ForgettingXm(CATALOG)
        patch.setattr("pipeline.ingest.planned.fetch", xm.fetch)
        patch.setattr("pipeline.ingest.sources.xm.preflight", xm.preflight)
        house = House(xm, Path(folder) / "grown", dt.date(2026, 3, 1))
        house.night(NIGHT - DAY)
        for number, faults in enumerate(nights):
            before = {
                name: there(house, name, entity)
                for name, entity in (("PrecBolsNaci", "Sistema"), ("AporCaudal", "Rio"))
            }
            known = len(log(house))
            for name, value in faults.items():
                setattr(xm, name, value)
            report = house.night(NIGHT + number * DAY)
            report.balance.check()
            check_night(house, xm, before, known)
        replayed(house, Path(folder), NIGHT + (len(nights) - 1) * DAY)
