"""The Colombian calendar as regressors: which days are unlike their weekday, and in what way.

Demand on a Colombian holiday is about 10 % below its weekday, and every one of the 18 yearly holidays by
itself is seen too seldom to be learned. So they are grouped by what they do: a holiday moved to Monday (Ley
51 de 1983, "Ley Emiliani") behaves like any other one, the days of Holy Week have their own level, and so
has the pause from 16 December to 12 January. Groups may overlap: 25 December on a Thursday is a midweek
holiday *and* Christmas, so that Christmas on a Sunday gets the second effect only.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays
import numpy as np
import pandas as pd
from numpy.typing import NDArray

MONDAY, TUESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 0, 1, 3, 4, 5, 6

GROUPS: tuple[str, ...] = (
    "monday_holiday", "midweek_holiday", "saturday_holiday", "new_year", "christmas", "good_friday", "maundy_thursday",
    "labour_day", "holy_week_mon_wed", "holy_saturday", "easter_sunday", "long_weekend_saturday", "long_weekend_sunday",
    "bridge_day", "day_after", "december_24", "december_31", "december_16_23", "december_26_30", "january_2_5",
    "january_6_12",
)  # fmt: skip
"""Names of the regressors, in column order."""
SEASONS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "new_year": ((1, 1), (1, 1)), "january_2_5": ((1, 2), (1, 5)), "january_6_12": ((1, 6), (1, 12)),
    "labour_day": ((5, 1), (5, 1)), "december_16_23": ((12, 16), (12, 23)), "december_24": ((12, 24), (12, 24)),
    "christmas": ((12, 25), (12, 25)), "december_26_30": ((12, 26), (12, 30)), "december_31": ((12, 31), (12, 31)),
}  # fmt: skip
"""First and last day (month, day) of what has its dates."""
HOLY_WEEK: dict[str, range] = {
    "holy_week_mon_wed": range(-6, -3), "maundy_thursday": range(-3, -2), "good_friday": range(-2, -1),
    "holy_saturday": range(-1, 0), "easter_sunday": range(1),
}  # fmt: skip
"""Days from Easter Sunday."""


def easter(year: int) -> date:
    """Date of Easter Sunday (Gregorian; Meeus, Jones and Butcher's algorithm)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def holiday_dates(first: date, last: date) -> frozenset[date]:
    """Public holidays of Colombia from ``first`` to ``last``, both included."""
    years = range(first.year, last.year + 1)
    return frozenset(day for day in holidays.country_holidays("CO", years=years) if first <= day <= last)


def groups_of(day: date, free: frozenset[date]) -> tuple[str, ...]:
    """Groups that a day belongs to.

    Args:
        day: The day.
        free: Public holidays, at least for the nine days around ``day``.
    """
    found: list[str] = []
    weekday = day.weekday()
    is_holiday = day in free
    if is_holiday and weekday == MONDAY:
        found.append("monday_holiday")
    elif is_holiday and weekday <= FRIDAY:
        found.append("midweek_holiday")
    elif is_holiday and weekday == SATURDAY:
        found.append("saturday_holiday")
    after_easter = (day - easter(day.year)).days
    found += [name for name, (first, last) in SEASONS.items() if first <= (day.month, day.day) <= last]
    found += [name for name, days in HOLY_WEEK.items() if after_easter in days]
    if not is_holiday:
        found += _neighbour(day, weekday, free)
    return tuple(found)


def _neighbour(day: date, weekday: int, free: frozenset[date]) -> list[str]:
    """Effects of a holiday on the working days and week-ends beside it."""
    yesterday, tomorrow = day - timedelta(days=1), day + timedelta(days=1)
    if weekday == SATURDAY and day + timedelta(days=2) in free:
        return ["long_weekend_saturday"]
    if weekday == SUNDAY and tomorrow in free:
        return ["long_weekend_sunday"]
    if (weekday == MONDAY and tomorrow in free) or (weekday == FRIDAY and yesterday in free):
        return ["bridge_day"]
    if TUESDAY <= weekday <= FRIDAY and yesterday in free:
        return ["day_after"]
    return []


@lru_cache(maxsize=64)
def calendar_table(first: date, last: date) -> pd.DataFrame:
    """Calendar regressors from ``first`` to ``last``.

    Returns:
        Frame of 0.0 and 1.0, shape (days, len(GROUPS)), indexed by day (``DatetimeIndex``, freq D). It is shared:
        hundreds of series ask for the same one, so do not write to it.
    """
    margin = timedelta(days=4)
    free = holiday_dates(first - margin, last + margin)
    index = pd.date_range(first, last, freq="D", name="day")
    column = {name: i for i, name in enumerate(GROUPS)}
    cells: NDArray[np.float64] = np.zeros((len(index), len(GROUPS)))
    for row in range(len(index)):
        for name in groups_of(first + timedelta(days=row), free):
            cells[row, column[name]] = 1.0
    return pd.DataFrame(cells, index=index, columns=list(GROUPS))
