"""Time as XM means it: Bogotá wall time, UTC−5 all year, and `Hour01` = 00:00–01:00.

Nothing here asks the operating system for the date: the caller passes `today`. The one door to the
real clock is `now_bogota`, used by the command line when nobody says which day it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

BOGOTA = dt.timezone(dt.timedelta(hours=-5), "America/Bogota")
HOUR_COLUMNS = tuple(f"Hour{hour:02d}" for hour in range(1, 25))


def days(start: dt.date, end: dt.date) -> Iterator[dt.date]:
    """Yield each day from `start` to `end`, both included."""
    for offset in range((end - start).days + 1):
        yield start + dt.timedelta(days=offset)


def month_start(day: dt.date) -> dt.date:
    """Return the first day of the month of `day`."""
    return day.replace(day=1)


def month_end(day: dt.date) -> dt.date:
    """Return the last day of the month of `day`."""
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the first day of the month `months` after that of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def year_before(day: dt.date) -> dt.date:
    """Return the same date a year earlier; 29 February answers 28 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def now_bogota() -> dt.datetime:
    """Return the wall time in Bogotá, naive. Only the command line may call it."""
    return dt.datetime.now(tz=BOGOTA).replace(tzinfo=None)
