"""Windows cover what was asked exactly, and never cross what the source cannot take."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.schema import Grain
from pipeline.core.errors import UsageError
from pipeline.ingest.windows import WindowRequest, plan_requests, plan_windows
from tests.ingest.conftest import metric

DAY = dt.timedelta(days=1)
DATES = st.dates(dt.date(2000, 1, 1), dt.date(2027, 12, 31))


def assert_exact(spans: list[tuple[dt.date, dt.date]], start: dt.date, end: dt.date, max_days: int) -> None:
    """Spans tile `start`…`end`, each within the limit."""
    assert spans[0][0] == start
    assert spans[-1][1] == end
    assert all(after[0] == before[1] + DAY for before, after in itertools.pairwise(spans))
    assert all(first <= last and (last - first).days < max_days for first, last in spans)


def test_every_pair_in_426_days_is_cut_exactly() -> None:
    """43,980 of 43,980 pairs up to 120 days long are exact and inside one month (I3; pydataxm: 42,489)."""
    hourly = metric()
    origin = dt.date(2023, 12, 1)
    pairs = 0
    for first in range(426):
        for length in range(1, min(120, 426 - first) + 1):
            start = origin + dt.timedelta(days=first)
            end = start + dt.timedelta(days=length - 1)
            spans = plan_windows(hourly, start, end)
            assert spans[0][0] == start
            assert spans[-1][1] == end
            previous = start - DAY
            for one, other in spans:
                assert one == previous + DAY
                assert one <= other
                assert (one.year, one.month) == (other.year, other.month)
                previous = other
            pairs += 1
    assert pairs == 43_980


@given(DATES, DATES, st.sampled_from(["hourly", "daily", "monthly"]), st.sampled_from([31, 366, 731]))
def test_any_range_of_any_grain_is_tiled(one: dt.date, other: dt.date, grain: Grain, max_days: int) -> None:
    """For any range, grain and limit: exact cover, no overlap, none too long, none across a month's end."""
    start, end = sorted((one, other))
    spans = plan_windows(metric(grain=grain, max_days=max_days), start, end)
    assert_exact(spans, start, end, max_days)
    if grain == "monthly":
        assert all(first.day == 1 for first, _ in spans[1:])
    else:
        assert all((first.year, first.month) == (last.year, last.month) for first, last in spans)


def test_an_end_on_the_first_asks_for_no_extra_month() -> None:
    """24 ranges that end on the 1st: two windows each, none outside the range (I4)."""
    for number in range(24):
        index = 2023 * 12 + number
        end = dt.date(index // 12, index % 12 + 1, 1)
        start = (end - DAY).replace(day=15)
        assert plan_windows(metric(), start, end) == [(start, end - DAY), (end, end)]


def test_monthly_and_list_metrics_need_few_windows() -> None:
    """26 years of a monthly metric are 13 windows (library: 312), a list is one whatever the dates."""
    start, end = dt.date(2000, 1, 1), dt.date(2025, 12, 31)
    assert len(plan_windows(metric(grain="monthly"), start, end)) == 13
    assert plan_windows(metric(grain="list"), start, end) == [(start, end)]


def test_requests_are_planned_for_every_entity() -> None:
    """Each entity gets every window; a subset can be asked for."""
    both = metric(entities=("Sistema", "Recurso"))
    asked = plan_requests(both, dt.date(2024, 1, 15), dt.date(2024, 2, 1))
    assert [(r.entity, r.start.day) for r in asked] == [
        ("Sistema", 15),
        ("Sistema", 1),
        ("Recurso", 15),
        ("Recurso", 1),
    ]
    assert {r.entity for r in plan_requests(both, asked[0].start, asked[0].end, entities=["Recurso"])} == {"Recurso"}


def test_reversed_dates_and_strange_entities_are_refused() -> None:
    """A range that ends before it starts, or an entity XM has not, says so instead of asking."""
    with pytest.raises(UsageError, match="earlier date first"):
        plan_windows(metric(), dt.date(2024, 1, 2), dt.date(2024, 1, 1))
    with pytest.raises(UsageError, match="earlier date first"):
        WindowRequest(metric(), "Sistema", dt.date(2024, 1, 2), dt.date(2024, 1, 1))
    with pytest.raises(UsageError, match="use one of: Sistema"):
        WindowRequest(metric(), "Planeta", dt.date(2024, 1, 1), dt.date(2024, 1, 2))


@given(DATES, st.integers(0, 800), st.sampled_from(["hourly", "daily", "monthly"]))
def test_halves_tile_their_window(start: dt.date, days: int, grain: Grain) -> None:
    """Halving loses no day and ends at one day (or one month), never in an endless loop."""
    request = WindowRequest(metric(grain=grain), "Sistema", start, start + dt.timedelta(days=days))
    halves = request.halves()
    if halves is None:
        months = {(start.year, start.month), (request.end.year, request.end.month)}
        assert days == 0 if grain != "monthly" else len(months) == 1
        return
    first, second = halves
    assert (first.start, second.end) == (request.start, request.end)
    assert second.start == first.end + DAY
    assert grain != "monthly" or second.start.day == 1


def test_a_list_cannot_be_halved() -> None:
    """A list has no dates to cut."""
    day = dt.date(2024, 1, 1)
    assert WindowRequest(metric(grain="list"), "Sistema", day, day + 30 * DAY).halves() is None
