"""Time as XM means it: Bogotá wall time, UTC−5 all year, and `Hour01` = 00:00–01:00.

Nothing here asks the operating system for the date: the caller passes `today`. The one door to the
real clock is `now_bogota`, used by the command line when nobody says which day it is.
"""

from __future__ import annotations

import datetime as dt

from pipeline.core.errors import UsageError

BOGOTA = dt.timezone(dt.timedelta(hours=-5), "America/Bogota")
HOUR_COLUMNS = tuple(f"Hour{hour:02d}" for hour in range(1, 25))


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the first day of the month `months` after that of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def months_between(first: dt.date, last: dt.date) -> int:
    """Return how many months that of `last` comes after that of `first`."""
    return (last.year - first.year) * 12 + last.month - first.month


def now_bogota() -> dt.datetime:
    """Return the wall time in Bogotá, naive. Only the command line may call it."""
    return dt.datetime.now(tz=BOGOTA).replace(tzinfo=None)


def parse_day(text: str | None, name: str) -> dt.date | None:
    """Return the day that was typed; None where none was.

    Raises:
        UsageError: It is no date; the option `name` is named.
    """
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} {text!r} is no date", hint="write it as AAAA-MM-DD, for example 2024-05-06") from None


def parse_moment(text: str, name: str) -> dt.datetime:
    """Return the moment that was typed [Bogotá].

    Raises:
        UsageError: It is no moment; the option `name` is named.
    """
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} {text!r} is no moment", hint="write it as 2024-05-06 or 2024-05-06T07:30") from None
