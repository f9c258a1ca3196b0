"""How a series or a log is cut into parts: by rows per period, so that a night rewrites little and a year is few files.

A *period* is a year (`2024`), a month (`2024-05`) or a third of one (`2024-05-1`: its first ten days). Closed years
share a part up to a number of rows; a year that is still being written, and a closed one too large for one part, are
cut by month; a month that is large and still corrected, by thirds. All are pure functions of the rows per period and of
the day: a lake grown night by night and one replayed from zero are cut alike.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pyarrow as pa

PART_BYTES = 8_000_000
"""No part is larger [bytes]: few requests for a browser, little to rewrite in a night, far below what hosts accept."""
SETTLING_DAYS = 90
"""A year is closed this long after its end [days]: until then its last months are still asked for and corrected."""

UNSETTLED_DAYS = 60
"""A month is cut by thirds until this long after its end [days]: until then versions of its days come in."""

FIRST_YEAR = 2026
"""The first year of the portal: closed years share a part with those of their span, counted from here on and back."""
_SPANS = (384, 192, 96, 48, 24, 12, 6, 3, 1)  # months: 32 years and their halves, a year, its halves, quarters, months

Period = str
_YEAR, _MONTH = 4, 7  # characters of a year and of a month; what is longer is a third
_THIRDS_OF = {_YEAR: 36, _MONTH: 3}
_DAY = 86_400_000  # [ms]


@dataclass(frozen=True)
class PartLimits:
    """How many rows a part has.

    Attributes:
        open: Most rows in a year that is still open.
        closed: Most rows in a closed one.
        least: Months of an open year share a part until it holds this, some 80 kB.
        third: A month of a series that holds more is cut by thirds while it is corrected. On the whole catalogue a
            night rewrites 3 MB so, 6.5 MB by months alone, and 45 MB by whole years.
    """

    open: int
    closed: int
    least: int = 10_000
    third: int = 2_000

    def of(self, period: Period, first_open: int) -> int:
        """Return the limit of a part that holds `period`."""
        return self.open if int(period[:_YEAR]) >= first_open else self.closed


def open_since(today: dt.date) -> int:
    """Return the first year that is still open on `today`."""
    return (today - dt.timedelta(days=SETTLING_DAYS)).year


@dataclass(frozen=True)
class Grain:
    """Which periods the parts of one series or log are cut by.

    Attributes:
        by_month: Years that are cut by month.
        by_third: Months of them that are cut by thirds.
    """

    by_month: frozenset[Period] = frozenset()
    by_third: frozenset[Period] = frozenset()

    @classmethod
    def of(cls, counts: Mapping[Period, int], today: dt.date, limits: PartLimits, *, thirds: bool) -> Grain:
        """Return the grain that follows from the rows per period and the day.

        Years are cut by month that are open, or have more rows than a part holds; with `thirds`, months are that are
        still corrected and have more rows than `limits.third`.
        """
        first_open, years, months = open_since(today), Counter[str](), Counter[str]()
        for period, rows in counts.items():
            years[period[:_YEAR]] += rows
            months[period[:_MONTH]] += rows
        by_month = {year for year, rows in years.items() if int(year) >= first_open or rows > limits.closed}
        unsettled = (today - dt.timedelta(days=UNSETTLED_DAYS)).isoformat()[:_MONTH]
        large = {m for m, rows in months.items() if len(m) == _MONTH and m >= unsettled and rows > limits.third}
        return cls(frozenset(by_month), frozenset(m for m in large if thirds and m[:_YEAR] in by_month))

    def fold(self, counts: Mapping[Period, int]) -> Counter[Period]:
        """Return rows per period of this grain, from those of its own or a finer one."""
        total: Counter[Period] = Counter()
        for period, rows in counts.items():
            length = _YEAR if period[:_YEAR] not in self.by_month else _MONTH
            total[period if period[:_MONTH] in self.by_third else period[:length]] += rows
        return total

    def splits(self, periods: Iterable[Period]) -> bool:
        """Say whether some period is coarser than this grain: its rows must be read to be counted."""
        return any(period in self.by_month or period in self.by_third for period in periods)


def periods_of(stamps: pa.ChunkedArray) -> dict[Period, int]:
    """Return rows per third of a month of a column of dates or times."""
    thirds = _thirds(stamps)
    if not len(thirds):
        return {}
    first = int(thirds.min())
    counts = np.bincount(thirds - first)
    found = ((first + int(n), int(counts[n])) for n in np.flatnonzero(counts))
    return {f"{np.datetime64(third // 3, 'M')}-{third % 3 + 1}": rows for third, rows in found}


def inside(stamps: pa.ChunkedArray, periods: Iterable[Period]) -> npt.NDArray[np.bool_]:
    """Say of each row whether it lies in one of `periods`."""
    thirds = _thirds(stamps)
    chosen: npt.NDArray[np.bool_] = np.zeros(len(thirds), bool)
    for period in periods:
        first = int(np.datetime64(period[:_MONTH], "M").astype(np.int64)) * 3
        first += int(period[_MONTH + 1 :] or 1) - 1
        chosen |= (thirds >= first) & (thirds < first + _THIRDS_OF.get(len(period), 1))
    return chosen


def touches(periods: Iterable[Period], others: Iterable[Period]) -> bool:
    """Say whether some period of one side overlaps one of the other."""
    mine, theirs = set(periods), set(others)
    return bool(mine & _around(theirs) or theirs & _around(mine))


def by_year(counts: Mapping[Period, int]) -> Counter[Period]:
    """Return rows per year."""
    return Grain().fold(counts)


def cut(counts: Mapping[Period, int], first_open: int, limits: PartLimits) -> list[tuple[Period, ...]]:
    """Group periods into parts, oldest first.

    Closed years share a part where all of their span fits into one: two neighbours, then four years, up to 32; so do
    the months of a closed year that is too large. What is cut so stays, whichever years are brought before or come
    after, and with it the address it is published at. Months of an open year share a part until it holds the least. A
    third stands alone.
    """
    groups = list(_closed([p for p in sorted(counts) if int(p[:_YEAR]) < first_open], counts, limits.closed))
    closed, filled = len(groups), 0
    for period in (p for p in sorted(counts) if int(p[:_YEAR]) >= first_open):
        rows, last = counts[period], groups[-1][-1] if len(groups) > closed else ""
        fits = len(period) == len(last) == _MONTH and last[:_YEAR] == period[:_YEAR]
        if fits and filled < limits.least and filled + rows <= limits.open:
            groups[-1] = (*groups[-1], period)
            filled += rows
        else:
            groups.append((period,))
            filled = rows
    return groups


def _closed(
    periods: Sequence[Period], counts: Mapping[Period, int], limit: int, place: int = 0
) -> Iterator[tuple[Period, ...]]:
    """Yield the groups of closed years and months, halving the spans that hold more than the limit."""
    for _, found in groupby(periods, lambda period: _month(period) // _SPANS[place]):
        own = tuple(found)
        if len(own) == 1 or sum(counts[period] for period in own) <= limit:
            yield own
        elif place + 1 < len(_SPANS):
            yield from _closed(own, counts, limit, place + 1)
        else:
            yield from ((period,) for period in own)


def _month(period: Period) -> int:
    """Return the month a period begins with, counted from the first of the portal."""
    return (int(period[:_YEAR]) - FIRST_YEAR) * 12 + int(period[_YEAR + 1 : _MONTH] or 1) - 1


def slices(rows: int, limit: int) -> list[int]:
    """Return the rows of each part of one group."""
    return [limit] * (rows // limit) + ([rows % limit] if rows % limit else [])


def stem_of(group: Sequence[Period]) -> str:
    """Return the beginning of the name of a group's parts: names in order of text are parts in order of time."""
    return group[0] if len(group) == 1 else f"{group[0]}-{group[-1]}"


def _around(periods: Iterable[Period]) -> set[Period]:
    """Return the periods and those that hold them."""
    return {outer for p in periods for outer in (p, p[:_MONTH], p[:_YEAR])}


def _thirds(stamps: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Return the third of a month of each time, counted from the first of 1970.

    The calendar is asked once per day, not once per row.
    """
    days: npt.NDArray[np.int64] = stamps.cast(pa.timestamp("ms")).cast(pa.int64()).to_numpy() // _DAY
    if not len(days):
        return days
    first = int(days.min())
    calendar = np.arange(first, int(days.max()) + 1).astype("datetime64[D]")
    months = calendar.astype("datetime64[M]")
    number = (calendar - months.astype("datetime64[D]")).astype(np.int64)
    thirds: npt.NDArray[np.int64] = months.astype(np.int64) * 3 + np.minimum(number // 10, 2)
    return thirds[days - first]
