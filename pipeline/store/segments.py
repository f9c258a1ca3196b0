"""How a series or a log is cut into parts: by rows per month, so that a night rewrites little and a year is few files.

A *period* is a year (`2024`) or a month (`2024-05`). Closed years share a part up to a number of rows; a year that is
still being written, and a closed one too large for one part, are cut by month. All are pure functions of the rows per
period and of the day: a lake grown night by night and one replayed from zero are cut alike.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

PART_BYTES = 8_000_000
"""No part is larger [bytes]: few requests for a browser, little to rewrite in a night, far below what hosts accept."""
SETTLING_DAYS = 90
"""A year is closed this long after its end [days]: until then its last months are still asked for and corrected."""

Period = str
_YEAR = 4  # characters of a year


@dataclass(frozen=True)
class Limits:
    """How many rows a part has.

    Attributes:
        open: Most rows in a year that is still open.
        closed: Most rows in a closed one.
        least: Months of an open year share a part until it holds this, some 80 kB. On the whole catalogue in December a
            night rewrites 14 MB at 25,000, 10 MB at 10,000 and 8 MB at 2,500 rows, in 400, 560 and 950 parts; whole
            years would be 45 MB.
    """

    open: int
    closed: int
    least: int = 10_000

    def of(self, period: Period, first_open: int) -> int:
        """Return the limit of a part that holds `period`."""
        return self.open if int(period[:_YEAR]) >= first_open else self.closed


def open_since(today: dt.date) -> int:
    """Return the first year that is still open on `today`."""
    return (today - dt.timedelta(days=SETTLING_DAYS)).year


def months_of(stamps: pa.ChunkedArray) -> dict[Period, int]:
    """Return rows per month of a column of dates or times."""
    months = _months(stamps)
    if not len(months):
        return {}
    first = int(months.min())
    counts = np.bincount(months - first)
    return {str(np.datetime64(first + int(n), "M")): int(counts[n]) for n in np.flatnonzero(counts)}


def inside(stamps: pa.ChunkedArray, periods: Iterable[Period]) -> npt.NDArray[np.bool_]:
    """Say of each row whether its month lies in one of `periods`."""
    months = _months(stamps)
    chosen: npt.NDArray[np.bool_] = np.zeros(len(months), bool)
    for period in periods:
        first = np.datetime64(period, "M").astype(np.int64)
        chosen |= (months >= first) & (months < first + (12 if len(period) == _YEAR else 1))
    return chosen


def touches(periods: Iterable[Period], others: Iterable[Period]) -> bool:
    """Say whether some period of one side overlaps one of the other."""
    mine, theirs = set(periods), set(others)
    if mine & theirs:
        return True
    return bool({p for p in mine if len(p) == _YEAR} & {p[:_YEAR] for p in theirs}) or bool(
        {p for p in theirs if len(p) == _YEAR} & {p[:_YEAR] for p in mine}
    )


def years_by_month(counts: Mapping[Period, int], first_open: int, most: int) -> set[str]:
    """Return the years that are cut by month: the open ones, and those with more rows than a part holds."""
    totals: Counter[str] = Counter()
    for period, rows in counts.items():
        totals[period[:_YEAR]] += rows
    return {year for year, rows in totals.items() if int(year) >= first_open or rows > most}


def folded(counts: Mapping[Period, int], by_month: set[str]) -> dict[Period, int]:
    """Return rows per period, with one period for each year that is not cut by month."""
    total: Counter[Period] = Counter()
    for period, rows in counts.items():
        total[period if period[:_YEAR] in by_month else period[:_YEAR]] += rows
    return dict(total)


def cut(counts: Mapping[Period, int], first_open: int, limits: Limits) -> list[tuple[Period, ...]]:
    """Group periods into parts, oldest first.

    Whole years share a part up to the limit. Months share one with months of their year: up to the limit in a closed
    year, and in an open one until the part holds the least. A period above the limit is a group by itself.
    """
    groups: list[tuple[Period, ...]] = []
    filled = 0
    for period in sorted(counts):
        rows = counts[period]
        fits = bool(groups) and _kind(groups[-1][-1], first_open) == _kind(period, first_open)
        fits = fits and filled + rows <= limits.of(period, first_open)
        fits = fits and (int(period[:_YEAR]) < first_open or filled < limits.least)
        if fits:
            groups[-1] = (*groups[-1], period)
        else:
            groups.append((period,))
        filled = filled + rows if fits else rows
    return groups


def slices(rows: int, limit: int) -> list[int]:
    """Return the rows of each part of one group."""
    return [limit] * (rows // limit) + ([rows % limit] if rows % limit else [])


def stem_of(group: Sequence[Period]) -> str:
    """Return the beginning of the name of a group's parts: names in order of text are parts in order of time."""
    return group[0] if len(group) == 1 else f"{group[0]}-{group[-1]}"


def _kind(period: Period, first_open: int) -> str:
    """Return what may share a part: closed whole years, or the months of one year."""
    return "" if len(period) == _YEAR and int(period) < first_open else period[:_YEAR]


def _months(stamps: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    days = stamps.cast(pa.timestamp("ms")).to_numpy().astype("datetime64[M]")
    months: npt.NDArray[np.int64] = days.astype(np.int64)
    return months
