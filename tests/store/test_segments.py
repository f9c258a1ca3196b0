"""Cutting into parts: exact, the same whatever the order, and bounded, for any rows per month."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.store.segments import (
    FIRST_YEAR,
    UNSETTLED_DAYS,
    Grain,
    PartLimits,
    cut,
    inside,
    open_since,
    periods_of,
    slices,
    stem_of,
    touches,
)

LIMITS = PartLimits(150_000, 500_000)
THIRDS = st.builds("{:04d}-{:02d}-{}".format, st.integers(2019, 2026), st.integers(1, 12), st.integers(1, 3))
COUNTS = st.dictionaries(THIRDS, st.integers(1, 700_000), min_size=1, max_size=90)
SPANS = (1, 3, 6, 12, 24, 48, 96, 192, 384)  # months
TODAYS = st.dates(dt.date(2019, 1, 1), dt.date(2026, 12, 31))


def month_of(period: str) -> int:
    """Return the month a period begins with, counted from the first of the portal."""
    return (int(period[:4]) - FIRST_YEAR) * 12 + int(period[5:7] or 1) - 1


def groups_of(counts: dict[str, int], today: dt.date) -> tuple[dict[str, int], list[tuple[str, ...]]]:
    """Return rows per period and the groups they are cut into."""
    periods = Grain.of(counts, today, LIMITS, thirds=True).fold(counts)
    return periods, cut(periods, open_since(today), LIMITS)


@given(COUNTS, TODAYS, st.randoms())
def test_a_cut_is_exact_and_does_not_depend_on_the_order(counts: dict[str, int], today: dt.date, rng: object) -> None:
    """Every period lies in one group, in order of time, whatever came first."""
    periods, groups = groups_of(counts, today)
    assert [period for group in groups for period in group] == sorted(periods)
    assert sum(periods.values()) == sum(counts.values())
    shuffled = list(counts.items())
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert groups_of(dict(shuffled), today) == (periods, groups)
    stems = [f"{stem_of(group)}-{digit}" for group in groups for digit in "0f"]
    assert stems == sorted(stems)


@given(COUNTS, TODAYS, st.integers(2019, 2026))
def test_a_part_ends_where_it_ended_whatever_older_years_are_brought(
    counts: dict[str, int], today: dt.date, brought: int
) -> None:
    """The past comes from the newest year to the oldest; where a part begins may move, and parts may be halved."""
    some = {period: rows for period, rows in counts.items() if int(period[:4]) >= brought}
    before, after = ({group[-1] for group in groups_of(each, today)[1]} for each in (some, counts))
    assert before <= after


@given(COUNTS, TODAYS, st.integers(2019, 2026))
def test_a_part_begins_where_it_began_whatever_years_close(counts: dict[str, int], today: dt.date, until: int) -> None:
    """Years that come join the last part, or stand behind it."""
    since = dt.date(min(until, open_since(today)), 6, 1)
    some = {period: rows for period, rows in counts.items() if int(period[:4]) < since.year}
    before, after = ({group[0] for group in groups_of(each, today)[1]} for each in (some, counts))
    assert before <= after


@given(COUNTS, TODAYS)
def test_a_cut_is_bounded_and_not_splintered(counts: dict[str, int], today: dt.date) -> None:
    """No group of several periods is above the limit, and two neighbours that could share a part do."""
    periods, groups = groups_of(counts, today)
    since = open_since(today)
    rows = {group: sum(periods[p] for p in group) for group in groups}
    for group, count in rows.items():
        limit = LIMITS.of(group[0], since)
        assert count <= limit or len(group) == 1
        assert sum(slices(count, limit)) == count
        assert max(slices(count, limit)) <= limit
    for one, other in pairwise(groups):
        if int(other[0][:4]) < since:
            span = next((s for s in SPANS if month_of(one[0]) // s == month_of(other[-1]) // s), 0)
            mates = [p for p in periods if span and month_of(p) // span == month_of(one[0]) // span]
            mates = [p for p in mates if int(p[:4]) < since]
            assert not span or sum(periods[p] for p in mates) > LIMITS.closed
        elif one[0][:4] == other[0][:4] and len(one[0]) == len(other[0]) == 7:
            assert rows[one] >= LIMITS.least or rows[one] + periods[other[0]] > LIMITS.open


@given(COUNTS, TODAYS, THIRDS, st.integers(1, 50_000))
def test_a_night_moves_no_group_of_months_before_its_own(
    counts: dict[str, int], today: dt.date, third: str, more: int
) -> None:
    """Rows that come for a third leave the groups before it as they were, but for the one it may join."""
    before, groups = groups_of(counts, today)
    after, later = groups_of(dict(Counter(counts) + Counter({third: more})), today)
    if {p for p in before if p[:4] == third[:4]} <= set(after):
        settled = [g for g in groups if g[-1] < third[: len(g[-1])]]
        assert later[: len(settled) - 1] == settled[:-1] if settled else True


@given(COUNTS, TODAYS)
def test_only_large_months_that_are_corrected_are_cut_by_thirds(counts: dict[str, int], today: dt.date) -> None:
    """A month by thirds is young and large, and every such month is cut so."""
    periods, _ = groups_of(counts, today)
    rows = Counter[str]()
    for third, count in counts.items():
        rows[third[:7]] += count
    young = (today - dt.timedelta(days=UNSETTLED_DAYS)).isoformat()[:7]
    by_third = {p[:7] for p in periods if len(p) > 7}
    assert all(month >= young and rows[month] > LIMITS.third for month in by_third)
    open_months = {p for p in periods if len(p) == 7}
    assert not any(month >= young and rows[month] > LIMITS.third for month in open_months)


@given(COUNTS, TODAYS, TODAYS)
def test_what_is_cut_finer_than_before_is_read_again(counts: dict[str, int], today: dt.date, later: dt.date) -> None:
    """Counts of another day's grain fold to this one, or the grain says that it splits them."""
    before = Grain.of(counts, today, LIMITS, thirds=True).fold(counts)
    grain = Grain.of(counts, later, LIMITS, thirds=True)
    if not grain.splits(before):
        assert grain.fold(before) == grain.fold(counts)


@given(st.lists(st.dates(dt.date(1999, 1, 1), dt.date(2027, 1, 1)), max_size=50))
def test_periods_of_dates_are_counted(days: list[dt.date]) -> None:
    """The counts are those of plain Python, of dates and of times; the rows of a period are found again."""
    thirds = [f"{day.isoformat()[:7]}-{min((day.day - 1) // 10, 2) + 1}" for day in days]
    dates = pa.chunked_array([pa.array(days, pa.date32())])
    for column in (dates, dates.cast(pa.timestamp("ms"))):
        assert periods_of(column) == dict(sorted(Counter(thirds).items()))
        chosen = ("2010", "2012-05", "2013-02-3", *thirds[:2])
        assert inside(column, chosen).tolist() == [third.startswith(chosen) for third in thirds]


def test_a_year_touches_its_months() -> None:
    """A period overlaps itself, what holds it and what it holds, and nothing else."""
    assert touches(["2024"], ["2024-05"])
    assert touches(["2024-05", "2024-06"], ["2024"])
    assert touches(["2024-05"], ["2024-05"])
    assert touches(["2024-05-3"], ["2024-05"])
    assert touches(["2024"], ["2024-05-1"])
    assert not touches(["2024-05-1"], ["2024-05-2", "2024-06"])
    assert not touches(["2024-05"], ["2024-06", "2023"])
    assert not touches([], ["2024"])


def test_a_year_stays_open_while_its_last_months_are_corrected() -> None:
    """January's nights write December's part, not the whole year's."""
    assert open_since(dt.date(2026, 3, 20)) == 2025
    assert open_since(dt.date(2026, 4, 15)) == 2026
