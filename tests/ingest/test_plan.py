"""Which windows are asked, and when: readers first, the past over several nights, nothing twice, nothing late."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.catalog.schema import Metric
from pipeline.core.run import RunInfo
from pipeline.ingest.plan import (
    BOARD_DAYS,
    LOOK_BACK_DAYS,
    ROUND,
    SWEEP_SHARE,
    WEEKLY_DAYS,
    Due,
    Tier,
    due,
    progress,
    rounds,
    wanted_windows,
)
from pipeline.ingest.states import SeriesMemory, fresh_state, prune
from pipeline.ingest.windows import Holes, WindowRequest, plan_requests

SINCE = dt.date(2020, 1, 1)
SATURDAY = dt.date(2026, 5, 23)
KEY = "PrecBolsNaci/Sistema"
ONE = dt.timedelta(days=1)
CATALOG = load_catalog()


def named(request: WindowRequest) -> tuple[str, dt.date, dt.date]:
    """Return what a window is known by."""
    return request.key, request.start, request.end


def a_run(today: dt.date, since: dt.date = SINCE) -> RunInfo:
    """Return a run over some years."""
    return RunInfo(today, since, "simulated", dt.datetime.combine(today, dt.time(5)))


def answered(requests: list[WindowRequest], states: dict[str, SeriesMemory], on: dt.date, status: str = "ok") -> None:
    """Note that windows were asked."""
    for request in requests:
        windows = states.setdefault(request.key, fresh_state())["windows"]
        windows[request.place] = {
            "end": request.end.isoformat(), "asked": on.isoformat(), "status": status, "reason": "",
        }  # fmt: skip


def asked_all(catalog: Catalog, on: dt.date) -> dict[str, SeriesMemory]:
    """Return the state after everything was asked and answered."""
    states: dict[str, SeriesMemory] = {}
    answered(plan_requests(catalog.metrics["PrecBolsNaci"], SINCE, on), states, on)
    return states


def starts(
    catalog: Catalog, states: dict[str, SeriesMemory], today: dt.date, holes: Holes | None = None
) -> list[dt.date]:
    """Return the first days of the windows that are due."""
    found = due(
        [catalog.metrics["PrecBolsNaci"]], a_run(today), states,
        holes={("PrecBolsNaci", "Sistema"): holes} if holes else {},
    )  # fmt: skip
    return [one.request.start for one in found]


def test_a_night_asks_45_days(catalog: Catalog) -> None:
    """Only the windows that may still be revised are asked again the next day; on the same day nothing is."""
    states = asked_all(catalog, SATURDAY - ONE)
    assert starts(catalog, states, SATURDAY) == [dt.date(2026, 4, 1), dt.date(2026, 5, 1)]
    assert starts(catalog, asked_all(catalog, SATURDAY), SATURDAY) == []


def test_a_week_asks_13_months_and_a_quarter_everything(catalog: Catalog) -> None:
    """The sweeps: a window is due a week, or 91 days, after it was last asked, whenever that was."""
    states = asked_all(catalog, SATURDAY - 7 * ONE)
    weekly = starts(catalog, states, SATURDAY)
    assert (weekly[0], len(weekly)) == (dt.date(2025, 4, 1), 14)
    assert len(starts(catalog, asked_all(catalog, SATURDAY - 6 * ONE), SATURDAY)) == 3, "March could still change"
    everything = plan_requests(catalog.metrics["PrecBolsNaci"], SINCE, SATURDAY)
    assert len(starts(catalog, asked_all(catalog, SATURDAY - 91 * ONE), SATURDAY)) == len(everything)
    assert len(starts(catalog, asked_all(catalog, SATURDAY - 90 * ONE), SATURDAY)) == 14


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
    states: dict[str, SeriesMemory] = {
        KEY: {"state": "ok", "reason": "", "windows": {
            "2026-03-01": {**window, "end": "2026-03-31"}, "2026-03-20": {**window, "end": "2026-03-31"},
            "2026-03-25": {**window, "end": "2026-03-31", "asked": "2026-05-21"},
        }}  # type: ignore[typeddict-item]
    }  # fmt: skip
    prune(states)
    assert list(states[KEY]["windows"]) == ["2026-03-01", "2026-03-25"]


def test_readers_are_served_first(catalog: Catalog) -> None:
    """A first night: weeks, then two years, then years backwards; of every series before the next step."""
    metrics = [catalog.metrics[name] for name in ("PrecBolsNaci", "Gene", "ListadoRecursos")]
    found = due(metrics, a_run(SATURDAY, dt.date(2000, 1, 1)), {})
    series = sum(len(m.entities) for m in metrics if m.grain != "list")
    (night,) = rounds(found, 60 * series)
    assert {r.start for r in night if r.metric.grain == "list"} == {SATURDAY}
    by_series = Counter(r.key for r in night if r.metric.grain != "list")
    assert len(by_series) == series and min(by_series.values()) >= 25, "two years of each"
    tiers = {named(one.request): one.tier for one in found}
    order = [r for budget in (3 * series, 30 * series) for r in rounds(found, budget)[0]]
    assert max(tiers[named(r)] for r in order[: 3 * series]) <= Tier.BOARDS
    past = [r.start.year for r in night if tiers[named(r)] is Tier.PAST]
    assert set(past) == set(range(min(past), 2025)), "no year is skipped"


def test_a_large_night_is_cut_into_rounds_and_a_usual_one_is_one(catalog: Catalog) -> None:
    """No round is larger than what a kill may cost, and a round holds one step."""
    found = due(catalog.metrics.values(), a_run(SATURDAY, dt.date(2000, 1, 1)), {})
    xm = [one for one in found if one.request.metric.source == "xm"]
    assert len(xm) > 53_000
    cut = rounds(xm, 7200)
    assert sum(map(len, cut)) == 7200 and max(map(len, cut)) <= ROUND
    tiers = {named(one.request): one.tier for one in xm}
    assert all(len({tiers[named(r)] for r in one}) == 1 for one in cut)
    assert [tiers[named(one[0])] for one in cut] == sorted(tiers[named(one[0])] for one in cut)
    assert len(rounds(xm[:500], 7200)) == 1
    assert rounds([], 7200) == []


def night_after_night(
    metrics: list[Metric], since: dt.date, states: dict[str, SeriesMemory], first: dt.date, budget: int, most: int
) -> list[tuple[dt.date, list[Due], set[tuple[str, dt.date, dt.date]]]]:
    """Live nights on which every question is answered; return what was due and asked, until the past is in."""
    lived = []
    for offset in range(most):
        run = a_run(first + offset * ONE, since)
        found = due(metrics, run, states)
        tonight = [r for part in rounds(found, budget) for r in part]
        answered(tonight, states, run.today)
        prune(states)
        lived.append((run.today, found, {named(r) for r in tonight}))
        assert len(lived[-1][2]) == len(tonight), "nothing is asked twice in a night"
        if not progress(metrics, run, states)[1]:
            break
    return lived


SOME = ("PrecBolsNaci", "DemaSIN", "CargoUsoSTN", "ListadoRios", "VolumenUtilDiarioEnergia", "VersionesLiquidacion")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_in_the_end_everything_is_asked_and_new_days_are_never_late(data: st.DataObject) -> None:
    """For any past, any start and any budget that holds the fresh weeks."""
    metrics = [CATALOG.metrics[n] for n in data.draw(st.lists(st.sampled_from(SOME), min_size=1, unique=True))]
    first = data.draw(st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31)))
    since = first - dt.timedelta(days=data.draw(st.integers(0, 3000)))
    budget = data.draw(st.integers(45, 200))
    states: dict[str, SeriesMemory] = {}
    for metric in metrics:
        for request in wanted_windows(metric, a_run(first - ONE, since)) if since < first else ():
            if data.draw(st.booleans()):
                asked = first - data.draw(st.integers(1, 400)) * ONE
                status = data.draw(st.sampled_from(["ok", "empty", "permanent"]))
                if asked >= request.start:
                    answered([request], states, asked, status)
    lived = night_after_night(metrics, since, states, first, budget, 200)
    last = lived[-1][0]
    assert progress(metrics, a_run(last, since), states)[1] == set(), "the whole past came in"
    for today, found, asked in lived:
        fresh = {named(d.request) for d in found if d.tier is Tier.FRESH}
        assert fresh <= asked, f"late on {today}"
        sweeps = {named(d.request) for d in found if d.tier is Tier.SWEEP}
        assert len(sweeps & asked) <= budget * SWEEP_SHARE
        assert len(asked) <= budget * 4, "series of one dataset share a question"


@pytest.mark.slow
def test_sweeps_go_on_where_they_stopped(catalog: Catalog) -> None:
    """With a small share the weekly sweep takes several nights, every window once, and none is forgotten."""
    metrics = [catalog.metrics[name] for name in ("PrecBolsNaci", "DemaReal", "Gene")]
    states: dict[str, SeriesMemory] = {}
    answered([r for m in metrics for r in wanted_windows(m, a_run(SATURDAY, dt.date(2000, 1, 1)))], states, SATURDAY)
    swept: Counter[tuple[str, dt.date, dt.date]] = Counter()
    for offset in range(1, 131):
        run = a_run(SATURDAY + offset * ONE, dt.date(2000, 1, 1))
        found = due(metrics, run, states)
        tier = {named(d.request): d.tier for d in found}
        tonight = [r for part in rounds(found, 200) for r in part]
        swept.update(named(r) for r in tonight if tier[named(r)] is Tier.SWEEP)
        answered(tonight, states, run.today)
        oldest = min(
            dt.date.fromisoformat(w["asked"])
            for r in (one for m in metrics for one in wanted_windows(m, run))
            if r.end >= run.today - WEEKLY_DAYS * ONE
            for w in [states[r.key]["windows"][r.place]]
        )
        assert (run.today - oldest).days <= 10, "13 months are never older than a week and a few nights"
    old = [r for m in metrics for r in wanted_windows(m, a_run(SATURDAY, dt.date(2000, 1, 1))) if r.end.year < 2025]
    assert {swept[named(r)] for r in old} == {1}


@pytest.mark.slow
def test_the_whole_past_is_in_after_nine_nights() -> None:
    """193 series since 2000 at 7,200 questions a night, sweeps included, no new day late (issue 10)."""
    metrics = [metric for metric in CATALOG.metrics.values() if metric.source == "xm"]
    states: dict[str, SeriesMemory] = {}
    first = dt.date(2026, 9, 30)
    lived = night_after_night(metrics, dt.date(2000, 1, 1), states, first, 7200, 12)
    assert len(lived) <= 9
    for today, found, asked in lived:
        late = [
            d.request for d in found
            if d.tier is Tier.FRESH and named(d.request) not in asked
        ]  # fmt: skip
        assert late == [], f"{len(late)} late on {today}"
    assert LOOK_BACK_DAYS < BOARD_DAYS
