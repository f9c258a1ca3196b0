"""Real values of 2023 to 2025: what was half built there, what is extreme there and true, and what a day is like."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Final

import duckdb
import holidays

from pipeline.forecast.calendar import easter

DAY: Final = dt.timedelta(days=1)
HALF, MONTH = dt.date(2024, 5, 3), dt.date(2024, 5, 1)
#: What XM had of the day: restrictions over a fourth of the demand; and what they are over Gene + ImpoEner.
RIGHT_DAY, RIGHT_MONTH, NEAR = 27.98, 45.9, 0.6
#: The copy of most metrics was read on 6 May 2024: their last days were still being built.
UNFINISHED: Final = frozenset(dt.date(2024, 5, n) for n in range(2, 7))


def half_built_may(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return what is wrong about restrictions per kWh of 3 May 2024 and of its month (D2); unknown is right."""
    found = []
    rows = con.execute(
        "SELECT value FROM daily_series WHERE series = 'rest_before_unit' AND day = ? AND complete", [HALF]
    ).fetchall()
    found += [f"{HALF}: {value:.2f}" for (value,) in rows if abs(value - RIGHT_DAY) > NEAR]
    rows = con.execute("SELECT before_unit FROM restrictions_monthly WHERE month = ?", [MONTH]).fetchall()
    found += [f"May 2024: {value:.1f}" for (value,) in rows if value is not None and abs(value - RIGHT_MONTH) > NEAR]
    rows = con.execute(
        "SELECT series, value FROM daily_series WHERE complete AND day BETWEEN DATE '2024-05-02' AND ? "
        "AND series IN ('demand_peak', 'demand_real', 'demand_commercial')",
        [HALF],
    ).fetchall()
    return found + [f"{series} of 2 or 3 May is {value:.0f}, a fourth of it" for series, value in rows]


def withheld_days(con: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date) -> dict[str, list[dt.date]]:
    """Return the days of each headline series that have a whole value which may not be quoted, though nothing is wrong.

    Days that lack hours are not whole, and those of `UNFINISHED` are half built.
    """
    found: dict[str, list[dt.date]] = defaultdict(list)
    rows = con.execute(
        "SELECT series, day FROM daily_series WHERE NOT complete AND quality <> 'incomplete' AND day BETWEEN ? AND ? "
        "ORDER BY ALL",
        [first, last],
    ).fetchall()
    for series, day in rows:
        if day not in UNFINISHED:
            found[series].append(day)
    return dict(found)


def days_with_value(con: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date) -> int:
    """Return how many days all headline series have together."""
    sql = "SELECT count(*) FROM daily_series WHERE day BETWEEN ? AND ?"
    return int((con.execute(sql, [first, last]).fetchone() or (0,))[0])


def extreme_days(con: duckdb.DuckDBPyConnection, first: dt.date, last: dt.date) -> Iterator[tuple[str, dt.date, bool]]:
    """Yield the three highest and lowest days of each headline series: series, day, whether it may be quoted."""
    rows = con.execute(
        """
        SELECT series, day, complete FROM (
            SELECT series, day, complete, row_number() OVER (PARTITION BY series ORDER BY value) AS low,
                   row_number() OVER (PARTITION BY series ORDER BY value DESC) AS high
            FROM daily_series WHERE quality <> 'incomplete' AND day BETWEEN ? AND ?
              AND day NOT BETWEEN DATE '2024-05-02' AND DATE '2024-05-06'
        ) WHERE low <= 3 OR high <= 3
        """,
        [first, last],
    ).fetchall()
    yield from rows


@cache
def _free(year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays("CO", years=year))


def _is_free(day: dt.date) -> bool:
    return day in _free(day.year)


@cache
def kind(day: dt.date) -> str:
    """Return the kind of a day: what the calendar does to it, by another library than the portal's own rule."""
    offset = (day - easter(day.year)).days
    if (day.month, day.day) in {(1, 1), (5, 1), (12, 24), (12, 25), (12, 31)}:
        return f"{day:%m-%d}"
    if _is_free(day) and day.weekday() == 0:
        # In Holy Week too: 25 March 2024 used 9 % less than the Mondays around it, 3 April 2023, at work, no less.
        return "holiday monday"
    if -6 <= offset <= 0:
        return f"holy week {offset}"
    if _is_free(day) and day.weekday() < 6:
        return "holiday"
    if (day.weekday() == 0 and _is_free(day + DAY)) or (day.weekday() == 4 and _is_free(day - DAY)):
        return f"bridge {day.weekday()}"
    pause = (day.month, day.day) >= (12, 26) or (day.month, day.day) <= (1, 5)
    return f"{'pause ' if pause else ''}{day.weekday()}"


def like(day: dt.date) -> dt.date | None:
    """Return the day of the year before that is like a day: 364 days back, or the nearest of its kind."""
    base = day - 364 * DAY
    near = sorted(range(-42, 43), key=lambda n: (abs(n), -n))
    return next((base + n * DAY for n in near if kind(base + n * DAY) == kind(day)), None)


def wrong_signs(con: duckdb.DuckDBPyConnection, series: str) -> tuple[int, int, int]:
    """Return how many year-ago changes have another sign than the like day's, how many by date would have, of how many.

    Changes below 0.1 % on either side have no sign.
    """
    values = dict(con.execute("SELECT day, value FROM daily_series WHERE series = ? AND complete", [series]).fetchall())
    shown = dict(
        con.execute(
            "SELECT c.day, c.year_day FROM compared_day AS c JOIN series_info AS i USING (compare) WHERE i.series = ?",
            [series],
        ).fetchall()
    )
    wrong = dated = count = 0
    for day, value in values.items():
        right, said = values.get(like(day) or day), values.get(shown.get(day))
        if right is None or said is None or like(day) == day:
            continue
        count += 1
        wrong += _signs_differ(value, right, said)
        by_date = values.get(day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else day - 366 * DAY)
        dated += by_date is not None and _signs_differ(value, right, by_date)
    return wrong, dated, count


def _signs_differ(value: float, one: float, other: float) -> bool:
    changes = [(value - base) / abs(base) for base in (one, other) if base]
    return len(changes) == 2 and min(map(abs, changes)) > 0.001 and changes[0] * changes[1] < 0
