"""Which windows are asked: young ones each night, 13 months on Sundays, all once a quarter, and no others."""

from __future__ import annotations

import datetime as dt

from pipeline.catalog.load import Catalog
from pipeline.core.run import RunInfo
from pipeline.extract.windows import plan_requests
from pipeline.ingest.contract import Holes, SeriesState
from pipeline.ingest.plan import due_since, last_sunday, quarter_sunday, wanted
from pipeline.ingest.states import prune

SINCE = dt.date(2020, 1, 1)
SATURDAY = dt.date(2026, 5, 23)
KEY = "PrecBolsNaci/Sistema"
ONE = dt.timedelta(days=1)


def a_run(today: dt.date) -> RunInfo:
    """Return a run over six years."""
    return RunInfo(today, SINCE, "simulated", dt.datetime.combine(today, dt.time(5)))


def asked_all(catalog: Catalog, on: dt.date) -> dict[str, SeriesState]:
    """Return the state after everything was asked and answered."""
    windows = {
        r.start.isoformat(): {"end": r.end.isoformat(), "asked": on.isoformat(), "status": "ok", "reason": ""}
        for r in plan_requests(catalog.metrics["PrecBolsNaci"], SINCE, on)
    }
    return {KEY: {"state": "ok", "reason": "", "windows": windows}}  # type: ignore[dict-item, typeddict-item]


def starts(
    catalog: Catalog, states: dict[str, SeriesState], today: dt.date, holes: Holes | None = None
) -> list[dt.date]:
    """Return the first days of the windows that are wanted."""
    found = wanted(
        catalog.metrics["PrecBolsNaci"],
        a_run(today),
        states,
        holes={("PrecBolsNaci", "Sistema"): holes} if holes else {},
    )
    return [r.start for r in found]


def test_sundays() -> None:
    """A day is on or after its Sunday; the first one of a quarter is in its first week."""
    for offset in range(800):
        day = dt.date(2025, 1, 1) + dt.timedelta(days=offset)
        assert last_sunday(day).weekday() == 6 and 0 <= (day - last_sunday(day)).days < 7
        first = quarter_sunday(day)
        assert first.weekday() == 6 and first.day <= 7 and first.month in {1, 4, 7, 10}
        assert 0 <= (day - first).days < 99
    assert quarter_sunday(dt.date(2026, 4, 4)) == dt.date(2026, 1, 4)
    assert quarter_sunday(dt.date(2026, 4, 5)) == dt.date(2026, 4, 5)


def test_a_night_asks_45_days(catalog: Catalog) -> None:
    """On a Saturday only the windows that may still be revised are asked; on the same day nothing is."""
    states = asked_all(catalog, SATURDAY - ONE)
    assert starts(catalog, states, SATURDAY) == [dt.date(2026, 4, 1), dt.date(2026, 5, 1)]
    assert starts(catalog, asked_all(catalog, SATURDAY), SATURDAY) == []


def test_a_sunday_asks_13_months(catalog: Catalog) -> None:
    """The weekly sweep; a Monday after a missed Sunday makes up for it."""
    states = asked_all(catalog, SATURDAY)
    on_sunday = starts(catalog, states, SATURDAY + ONE)
    assert on_sunday[0] == dt.date(2025, 4, 1)
    assert len(on_sunday) == 14
    assert starts(catalog, states, SATURDAY + 2 * ONE) == on_sunday
    assert len(starts(catalog, asked_all(catalog, SATURDAY + ONE), SATURDAY + 2 * ONE)) == 2


def test_a_quarter_asks_everything(catalog: Catalog) -> None:
    """On its first Sunday all 79 months are asked again, and never before."""
    eve = dt.date(2026, 7, 4)
    states = asked_all(catalog, eve)
    assert len(starts(catalog, states, eve + ONE)) == len(plan_requests(catalog.metrics["PrecBolsNaci"], SINCE, eve))
    assert due_since(SINCE, 3, eve) == dt.date(2026, 4, 5)


def test_halved_windows_count_as_asked(catalog: Catalog) -> None:
    """Two halves that cover a settled month are not asked again; with a hole between them they are."""
    states = asked_all(catalog, SATURDAY)
    windows = states[KEY]["windows"]
    whole = windows.pop("2025-03-01")
    windows["2025-03-01"] = {**whole, "end": "2025-03-16"}
    windows["2025-03-17"] = {**whole, "end": "2025-03-31"}
    assert starts(catalog, states, SATURDAY) == []
    windows["2025-03-17"] = {**whole, "end": "2025-03-30"}
    assert starts(catalog, states, SATURDAY) == [dt.date(2025, 3, 1)]


def test_a_failed_window_waits_for_its_day(catalog: Catalog) -> None:
    """It is asked at once on the day it failed, then when its gap is due, and not in between."""
    states = asked_all(catalog, SATURDAY)
    states[KEY]["windows"]["2021-03-01"]["status"] = "retry_later"
    march = (dt.date(2021, 3, 1), dt.date(2021, 3, 31))
    assert starts(catalog, states, SATURDAY, Holes(waiting=[march])) == [march[0]]
    for window in states[KEY]["windows"].values():
        window["asked"] = (SATURDAY - ONE).isoformat()
    young = [dt.date(2026, 4, 1), dt.date(2026, 5, 1)]
    assert starts(catalog, states, SATURDAY, Holes(waiting=[march])) == young
    assert starts(catalog, states, SATURDAY, Holes(due=[march])) == [march[0], *young]
    assert starts(catalog, states, SATURDAY) == [march[0], *young], "without a gap on record it is asked each night"


def test_windows_inside_others_are_forgotten() -> None:
    """A range that moves day by day leaves no trail; an older, wider window does not hide a newer one."""
    window = {"asked": "2026-05-20", "status": "ok", "reason": ""}
    states: dict[str, SeriesState] = {
        KEY: {"state": "ok", "reason": "", "windows": {
            "2026-03-01": {**window, "end": "2026-03-31"}, "2026-03-20": {**window, "end": "2026-03-31"},
            "2026-03-25": {**window, "end": "2026-03-31", "asked": "2026-05-21"},
        }}  # type: ignore[typeddict-item]
    }  # fmt: skip
    prune(states)
    assert list(states[KEY]["windows"]) == ["2026-03-01", "2026-03-25"]
