"""What a day is compared with: dates worked out by hand, properties of every day, and the sign on real values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import duckdb
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_world import REAL, VIEWS, World, one, rows

from pipeline.forecast.calendar import easter

WEEK = dt.timedelta(days=7)
YEAR = dt.timedelta(days=364)
FREE = frozenset(holidays.country_holidays("CO", years=range(1995, 2047)))
DAYS = st.dates(dt.date(1997, 1, 1), dt.date(2045, 12, 31))
Like = Mapping[dt.date, dict[str, Any]]


@pytest.fixture(scope="module")
def like() -> Like:
    """What every day is compared with, by the file of the rule alone."""
    with duckdb.connect() as con:
        con.execute((VIEWS / "rules" / "calendar.sql").read_text(encoding="utf-8"))
        sql = "SELECT c.*, l.kind FROM compared_day AS c JOIN like_day AS l USING (day) WHERE c.compare = 'like_day'"
        return {row["day"]: row for row in rows(con, sql)}


def test_a_chart_shows_no_two_days_under_one_date() -> None:
    """A year later every day has its own date but 29 February, which has none: two values there stopped a report."""
    with duckdb.connect() as con:
        con.execute((VIEWS / "rules" / "calendar.sql").read_text(encoding="utf-8"))
        days = "(SELECT CAST(range AS DATE) AS day FROM range(DATE '1999-01-01', DATE '2031-01-01', INTERVAL 1 DAY))"
        shown = rows(con, f"SELECT day, year_after(day) AS later, day(day) AS number FROM {days}")
    leap = [row["day"] for row in shown if row["later"] is None]
    assert leap == [dt.date(year, 2, 29) for year in range(2000, 2031, 4)]
    later = [row["later"] for row in shown if row["later"]]
    assert len(set(later)) == len(later)
    assert all((row["later"].year, row["later"].day) == (row["day"].year + 1, row["number"])
               for row in shown if row["later"])  # fmt: skip


def test_no_declaration_shifts_days_by_itself() -> None:
    """The calendar's macros are the one way to another year."""
    files = [*(VIEWS.parent / "catalog").rglob("*.yml"), *VIEWS.rglob("*.sql")]
    shifted = [path.name for path in files if "+ INTERVAL 1 YEAR" in path.read_text(encoding="utf-8")]
    assert shifted == ["calendar.sql"]


@pytest.mark.parametrize(
    ("day", "year_ago", "words"),
    [
        ("2025-01-13", "2024-01-15", "el lunes comparable de 2024"),  # the Monday after Epiphany
        ("2026-01-19", "2025-01-20", "el lunes comparable de 2025"),
        ("2026-01-12", "2025-01-06", "el lunes festivo comparable de 2025"),  # Epiphany; 364 days back is none
        ("2025-01-06", "2024-01-08", "el lunes festivo comparable de 2024"),
        ("2026-01-05", "2024-12-30", "el lunes comparable de 2024"),  # 364 days back is Epiphany; the pause is like it
        ("2025-04-17", "2024-03-28", "el jueves santo de 2024"),
        ("2025-04-19", "2024-03-30", "el sábado santo de 2024"),
        ("2025-04-21", "2024-04-22", "el lunes comparable de 2024"),  # after Easter
        ("2025-03-27", "2024-04-04", "el jueves comparable de 2024"),  # 364 days back is Maundy Thursday
        ("2024-03-25", "2023-03-20", "el lunes festivo comparable de 2023"),  # Saint Joseph's in Holy Week
        ("2025-04-14", None, None),  # Monday of Holy Week: that of 2024 was a holiday
        ("2024-02-29", "2023-03-02", "el jueves comparable de 2023"),
        ("2025-01-01", "2024-01-01", "el 1 de enero de 2024"),
        ("2025-05-12", "2024-05-20", "el lunes comparable de 2024"),  # 364 days back is Ascension
        ("2024-07-20", "2023-07-20", "el festivo comparable de 2023"),  # Saturday and Thursday
        ("2025-07-20", "2024-07-21", "el domingo comparable de 2024"),  # a holiday on a Sunday is a Sunday
        ("2025-12-24", "2024-12-24", "el 24 de diciembre de 2024"),  # Wednesday and Tuesday
        ("2024-12-24", None, None),  # that of 2023 was a Sunday
        ("2025-08-08", None, None),  # Friday after a Thursday holiday: none in 2024
    ],
)
def test_like_day_of_a_year_before(like: Like, day: str, year_ago: str | None, words: str | None) -> None:
    """Worked out on a calendar by hand."""
    found = like[dt.date.fromisoformat(day)]
    assert (found["year_day"] and found["year_day"].isoformat(), found["year_basis"]) == (year_ago, words)


@pytest.mark.parametrize(
    ("day", "week_ago"),
    [
        ("2025-01-13", None),  # Epiphany before it
        ("2025-01-20", "2025-01-13"),
        ("2024-02-29", "2024-02-22"),
        ("2024-04-01", None),  # Monday of Holy Week before it
        ("2025-06-30", None),  # both are holidays
        ("2025-07-20", None),  # the day itself is one, on a Sunday
        ("2025-07-27", None),
        ("2025-01-01", None),
    ],
)
def test_like_day_of_a_week_before(like: Like, day: str, week_ago: str | None) -> None:
    """The same weekday of last week, unless a holiday stands on either side."""
    found = like[dt.date.fromisoformat(day)]
    assert found["week_day"] == (week_ago and dt.date.fromisoformat(week_ago))


@given(day=DAYS)
def test_a_like_day_is_of_the_same_kind(like: Like, day: dt.date) -> None:
    """About a year before, of the same kind, and the nearest one of them."""
    found = like[day]
    base = found["year_day"]
    nearer = range(43) if base is None else range(abs((day - YEAR - base).days))
    for distance in nearer:
        for side in (day - YEAR - dt.timedelta(distance), day - YEAR + dt.timedelta(distance)):
            assert side not in like or like[side]["kind"] != found["kind"]
    if base is not None:
        assert abs((day - YEAR - base).days) <= 42
        assert base < day
        assert like[base]["kind"] == found["kind"]
        assert found["kind"].startswith("date") or (base in FREE) == (day in FREE) or day.weekday() == 6
        if found["kind"][0] in "wpb":  # weekday, pause, bridge
            assert base.weekday() == day.weekday()


@given(day=DAYS)
def test_no_week_crosses_a_holiday(like: Like, day: dt.date) -> None:
    """Neither day is a holiday, both are of one kind."""
    found = like[day]
    if found["week_day"] is not None:
        assert found["week_day"] == day - WEEK
        assert not {day, day - WEEK} & FREE
        assert like[day - WEEK]["kind"] == found["kind"]


@given(day=DAYS)
def test_kinds_follow_the_calendar(like: Like, day: dt.date) -> None:
    """Holidays and Holy Week are those of the library and of the forecasts' calendar."""
    kind, fixed = like[day]["kind"], (day.month, day.day) in {(1, 1), (5, 1), (12, 24), (12, 25), (12, 31)}
    assert kind.startswith("date") == fixed
    if not fixed and day in FREE and day.weekday() != 6 and (day - easter(day.year)).days not in range(-3, 0):
        assert kind == ("monday holiday" if day.weekday() == 0 else "holiday")
    if kind.startswith("holy week"):
        assert (day - easter(day.year)).days in range(-6, 1)


def test_headlines_are_compared_as_their_series_declares(world: World) -> None:
    """Demand with its like days, water in store with the same date, and no neighbour where a day is missing."""
    day = dt.date(2025, 1, 20)
    series = {
        "DemaSIN/Sistema": [
            ("Sistema", dt.date(2024, 1, 20), 190.0), ("Sistema", dt.date(2024, 1, 22), 200.0), ("Sistema", day, 220.0),
            ("Sistema", day - WEEK, 210.0, "provisional"), ("Sistema", day - dt.timedelta(days=6), 999.0),
        ],
        "VoluUtilDiarEner/Sistema": [("Sistema", dt.date(2024, 1, 20), 30.0), ("Sistema", day, 40.0)],
        "CapaUtilDiarEner/Sistema": [("Sistema", dt.date(2024, 1, 20), 100.0), ("Sistema", day, 100.0)],
    }  # fmt: skip
    con = world(series, today=dt.date(2025, 1, 22))
    columns = "value, week_ago, week_day, week_basis, year_ago, year_day, year_basis"
    assert one(con, f"SELECT {columns} FROM headline WHERE series = 'demand'") == {
        "value": 220.0, "week_ago": None, "week_day": None, "week_basis": None,
        "year_ago": 200.0, "year_day": dt.date(2024, 1, 22), "year_basis": "el lunes comparable de 2024",
    }  # fmt: skip
    assert one(con, f"SELECT {columns} FROM headline WHERE series = 'reserves'") == {
        "value": 40.0, "week_ago": None, "week_day": None, "week_basis": None,
        "year_ago": 30.0, "year_day": dt.date(2024, 1, 20), "year_basis": "el 20 de enero de 2024",
    }  # fmt: skip


def _kind(day: dt.date) -> tuple[object, ...]:
    """Kind of a day written apart from the rule: from the library of holidays and Easter."""
    after, weekday = (day - easter(day.year)).days, day.weekday()
    if (day.month, day.day) in {(1, 1), (5, 1), (12, 25)}:
        return (day.month, day.day)
    if (day.month, day.day) in {(12, 24), (12, 31)}:
        return (day.month, day.day, max(weekday, 4))
    if day in FREE and weekday == 0:
        return ("holiday", 0)
    if -6 <= after <= 0:
        return ("easter", after)
    if day in FREE and weekday < 6:
        return ("holiday",)
    pause = (12, 26) <= (day.month, day.day) <= (12, 30) or (1, 2) <= (day.month, day.day) <= (1, 5)
    beside = {0: dt.timedelta(days=1), 4: dt.timedelta(days=-1)}.get(weekday)
    return (weekday, pause, not pause and beside is not None and day + beside in FREE)


def _truth(day: dt.date) -> dt.date | None:
    """The nearest day of the same kind to 364 days before, the later of two."""
    distances = sorted(range(-42, 43), key=lambda shift: (abs(shift), -shift))
    bases = (day - YEAR + dt.timedelta(days=shift) for shift in distances)
    return next((base for base in bases if _kind(base) == _kind(day)), None)


def _wrong(values: Mapping[dt.date, float], base: Callable[[dt.date], dt.date | None]) -> list[dt.date]:
    """Days of 2023 to 2025 whose change has another sign than against their like day, or is given where none exists."""
    found = []
    for day, truth in ((d, _truth(d)) for d in values if 2023 <= d.year <= 2025):
        other = base(day)
        told = (
            truth is not None and other is not None and (values[day] > values[truth]) != (values[day] > values[other])
        )
        if told or (truth is None) != (other is None):
            found.append(day)
    return found


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason=f"the held-out data of XM are not at {REAL}")
def test_no_sign_is_wrong_on_real_demand(world: World) -> None:
    """DemaSIN of 2023-2025, through the view that charts read: 0 days; against the same date it was 27 %."""
    with duckdb.connect() as con:
        path = str(REAL / "xm" / "DemaSIN.Sistema.parquet")
        sql = "SELECT ts::DATE, sum(value) / 1e6 FROM read_parquet(?) WHERE ts >= '2021-11-01' GROUP BY 1 ORDER BY 1"
        values: dict[dt.date, float] = dict(con.execute(sql, [path]).fetchall())
    assert len([d for d in values if 2023 <= d.year <= 2025]) == 1096
    by_value = {round(value, 8): day for day, value in values.items()}
    assert len(by_value) == len(values)  # so that a value says its day
    bases: dict[dt.date, dt.date | None] = {}
    for year in (2023, 2024, 2025):  # the view holds the last 365 days
        until = {day: value for day, value in values.items() if day.year <= year}
        con = world({"DemaSIN/Sistema": [("Sistema", *item) for item in until.items()]}, today=dt.date(year + 1, 1, 2))
        pairs = rows(con, "SELECT x, line, value FROM year_pair WHERE series = 'demand'")
        bases |= dict.fromkeys((row["x"] for row in pairs), None)
        bases |= {row["x"]: by_value[row["value"]] for row in pairs if row["line"] == "Un año antes"}
    bases[dt.date(2024, 1, 1)] = _headline_base(world, values, by_value)  # a leap year has one day more
    assert _wrong(values, lambda day: bases[day]) == []
    compared = [day for day in bases if 2023 <= day.year <= 2025 and bases[day]]
    assert len(compared) == 1096 - 13  # days without a like one: bridges, the pause, 24 and 31 December
    dated = _wrong({day: values[day] for day in values}, lambda day: _same_date(day) if _truth(day) else None)
    assert 0.25 < len(dated) / len(compared) < 0.3


def _headline_base(world: World, values: Mapping[dt.date, float], by_value: Mapping[float, dt.date]) -> dt.date | None:
    """What the headline of 1 January 2024 is compared with."""
    day = dt.date(2024, 1, 1)
    until = [("Sistema", d, v) for d, v in values.items() if d <= day]
    con = world({"DemaSIN/Sistema": until}, today=day + dt.timedelta(days=2))
    found = one(con, "SELECT year_ago, year_day FROM headline WHERE series = 'demand'")
    assert by_value[found["year_ago"]] == found["year_day"]
    return by_value[found["year_ago"]]


def _same_date(day: dt.date) -> dt.date:
    """The same date of the year before, 28 February for 29 February."""
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
