"""The bench of the nights in small: it tells a bad year from a good one, and what is new on a page from what is not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipeline.core.errors import UsageError
from pipeline.core.settings import Settings
from tests.bench.nights import PARTS, bench_nights
from tests.bench.nights_small import year_lines
from tests.bench.nights_whole import _bare
from tests.nights.life import Night
from tests.nights.year import FIRST, MB, MONTH, Year, bound_of

SETTINGS = Settings(_env_file=None, keep_nights=30, keep_months=12, bronze_days=30)


def night(number: int, *, mishap: str = "", code: int = 0, asked: int = 40, written: int = MB) -> Night:
    """One night's account."""
    day = FIRST + dt.timedelta(days=number)
    return Night(day, mishap, code, "", asked, asked, 0.4, 30, written, written // 10, 0)


def year(**tail: int) -> Year:
    """A hundred nights, the last month as `tail` says."""
    made = Year([night(n) for n in range(100 - MONTH)] + [night(n, **tail) for n in range(100 - MONTH, 100)])
    made.live, made.replies, made.largest = 2 * MB, MB, ("lake/x", 3 * MB)
    made.bound = bound_of(made, SETTINGS)
    made.lake, made.bronze = int(made.bound * 0.8), int(made.bound * 0.2)
    return made


def failed(made: Year) -> list[str]:
    """What of a year does not keep its floor."""
    return [line.what for line in year_lines(made, 100) if not line.ok]


def test_an_unknown_part_is_refused_with_the_names_there_are() -> None:
    """A typing error costs no night."""
    with pytest.raises(UsageError, match="nonsense") as refused:
        bench_nights(["nonsense"])
    assert all(name in refused.value.hint for name in PARTS)


def test_an_even_year_passes_and_a_fattening_one_does_not() -> None:
    """Questions and bytes of the last month are held against those of the first."""
    assert failed(year()) == []
    assert failed(year(asked=45)) == [
        "100 nights: questions that reached the sources, last month over first",
        "100 nights: questions planned, last month over first",
    ]
    assert failed(year(written=2 * MB)) == ["100 nights: MB written, last month over first"]


def test_what_is_lost_late_or_large_is_seen() -> None:
    """One failure, one late day, one series unlike a new one, one large file, a lake beyond its policies."""
    bad = year()
    bad.faults, bad.late, bad.differs, bad.largest = ["x"], ["x"], ["x"], ("lake/log", 9 * MB)
    bad.lake = int(2 * bad.bound)
    assert len(failed(bad)) == 5


def test_the_bound_is_what_the_policies_keep() -> None:
    """Rows and newest replies, thirty nights and three month ends of what a night replaces, thirty days of replies."""
    assert year().bound == pytest.approx(3 * MB + 33 * MB + 30 * MB / 10)


def test_a_page_that_only_says_another_day_shows_nothing_new(tmp_path: Path) -> None:
    """The day and hour of its making are no news; a figure is, and a day of the data, and a link to other rows."""
    old, later = tmp_path / "old", tmp_path / "later"
    text = "<p>412,5 COP/kWh, 1 mar 2026</p><a href='x-0123456789ab.parquet'></a><small>{}</small>"
    old.write_text(text.format("2 mar 2026, 5:40 · 2026-03-02T05:40:00"))
    made = text.format("3 mar 2026, 5:40 · 2026-03-03T05:40:00")
    later.write_text(made)
    before, night = dt.date(2026, 3, 2), dt.date(2026, 3, 3)
    assert _bare(old, before) == _bare(later, night)
    for was, now in (("412,5", "413,5"), ("1 mar", "2 mar"), ("0123456789ab", "ba9876543210")):
        later.write_text(made.replace(was, now))
        assert _bare(old, before) != _bare(later, night)
