"""Means, sums to date and records by kind of day: the same days on both sides, whatever the calendar does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import duckdb
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_world import REAL, VIEWS, Row, World, one, rows

from pipeline.catalog.load import load_catalog

FREE = frozenset(holidays.country_holidays("CO", years=range(2019, 2027)))
DAYS = st.dates(dt.date(2023, 1, 1), dt.date(2025, 12, 31))
ONE = dt.timedelta(days=1)
WEEK = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
Before = tuple[dt.date | None, str | None, str]


def calendar_only(day: dt.date) -> float:
    """Energy of a day that knows nothing but the calendar [GWh]."""
    return 190.0 if day in FREE or day.weekday() == 6 else 215.0 if day.weekday() == 5 else 235.0


def span(first: dt.date, last: dt.date, values: Mapping[dt.date, float] | None = None) -> list[Row]:
    """Return the rows of each day of a span, by `values` or the calendar alone."""
    days = [first + ONE * i for i in range((last - first).days + 1)]
    return [("Sistema", day, (values or {}).get(day, calendar_only(day))) for day in days]


@pytest.fixture(scope="module")
def newest() -> dict[dt.date, Before]:
    """What each day is seen against of late, by the file of the rule alone: day, words, kind."""
    with duckdb.connect() as con:
        con.execute((VIEWS / "rules" / "calendar.sql").read_text(encoding="utf-8"))
        sql = (
            "SELECT c.day, c.last_day, c.last_basis, l.kind FROM compared_day AS c JOIN like_day AS l USING (day) "
            "WHERE c.compare = 'like_day'"
        )
        return {day: (before, words, kind) for day, before, words, kind in con.execute(sql).fetchall()}


@given(day=DAYS)
def test_the_last_day_is_of_the_same_kind(newest: dict[dt.date, Before], day: dt.date) -> None:
    """A Sunday is never seen against a Saturday, nor a holiday against a workday; nothing nearer is of the kind."""
    before, words, kind = newest[day]
    first = before or day - ONE * 43
    assert all(newest[first + ONE * i][2] != kind for i in range(1, (day - first).days))
    if before is not None:
        assert newest[before][2] == kind
        assert (day in FREE) == (before in FREE) or day.weekday() == 6 or kind.startswith(("date", "holy week"))
        assert words
        assert words.startswith(
            f"el {['lunes', 'martes', 'miércoles', 'jueves', 'viernes', 'sábado', 'domingo'][before.weekday()]}"
        )


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2025-01-19", "el domingo anterior"),
        ("2025-01-20", "el lunes anterior"),
        ("2025-01-13", "el lunes 23 de diciembre"),  # the Mondays between are of the pause, and Epiphany
        ("2025-06-30", "el lunes festivo anterior"),
        ("2025-12-25", None),
    ],
)
def test_the_last_day_in_words(newest: dict[dt.date, Before], day: str, words: str | None) -> None:
    """By hand, on a calendar."""
    assert newest[dt.date.fromisoformat(day)][1] == words


@pytest.mark.parametrize("year", [2023, 2024, 2025])
@pytest.mark.parametrize("until", [(1, 31), (3, 31), (4, 20), (6, 30), (12, 31)])
def test_the_calendar_alone_changes_nothing(world: World, year: int, until: tuple[int, int]) -> None:
    """Two years of the same weekdays, Sundays and holidays: no change, wherever Easter and the leap day fall."""
    last = dt.date(year, *until)
    con = world({"DemaSIN/Sistema": span(last - ONE * 800, last)}, today=last + ONE * 2)
    found = rows(con, "SELECT span, change, pairs, days FROM series_to_date WHERE series = 'demand'")
    assert {r["span"] for r in found} == {"month", "year", "twelve"}
    for row in found:
        assert row["change"] is None or abs(row["change"]) < 1e-9, row
    assert all(r["change"] is not None for r in found if r["span"] == "twelve")
    seen = one(con, "SELECT value, compared, last_ago, week_ago, year_ago FROM headline WHERE series = 'demand'")
    assert {seen["value"]} >= {v for k, v in seen.items() if v is not None and k != "value"}


def test_sums_to_date_hold_the_same_days_on_both_sides(world: World) -> None:
    """A growth of ten percent reads ten percent in each span, with a day missing on one side."""
    last = dt.date(2025, 11, 20)
    series = span(dt.date(2023, 11, 1), last)
    grown = [
        (c, d, v * (1.1 if d > dt.date(2024, 12, 24) else 1.0)) for c, d, v in series if d != dt.date(2024, 11, 12)
    ]
    con = world({"DemaSIN/Sistema": grown}, today=last + ONE * 2)
    found = {r["span"]: r for r in rows(con, "FROM to_date_told WHERE series = 'demand'")}
    assert found["month"]["change"] == pytest.approx(10)
    assert found["year"]["change"] == pytest.approx(10)
    assert found["month"]["pairs"] == 19
    assert found["month"]["known"] == found["month"]["days"] == 20
    total = sum(v for _, d, v in grown if d >= dt.date(2025, 1, 1))
    assert found["year"]["value"] == pytest.approx(total)
    assert found["year"]["basis"] == "los días comparables de 2024"


def test_half_of_the_days_is_no_comparison(world: World) -> None:
    """With three months of the year before, the year to date has a total and no change."""
    con = world({"DemaSIN/Sistema": span(dt.date(2024, 8, 1), dt.date(2025, 11, 20))}, today=dt.date(2025, 11, 22))
    found = {r["span"]: r for r in rows(con, "FROM series_to_date WHERE series = 'demand'")}
    assert found["year"]["change"] is None
    assert found["year"]["total"] > 0
    assert found["month"]["change"] == pytest.approx(0)


def test_stocks_and_prices_have_a_mean_and_no_total(world: World) -> None:
    """Reserves are never added."""
    day = dt.date(2025, 11, 20)
    days = [day - ONE * i for i in range(40)]
    con = world(
        {
            "VoluUtilDiarEner/Sistema": [("Sistema", d, 9000.0) for d in days],
            "CapaUtilDiarEner/Sistema": [("Sistema", d, 18000.0) for d in days],
        },
        today=day + ONE * 2,
    )
    found = one(con, "SELECT value, span_words FROM to_date_told WHERE series = 'reserves_gwh' AND span = 'month'")
    assert found == {"value": 9000.0, "span_words": "En lo corrido del mes, promedio"}


@given(rain=st.lists(st.floats(10, 600), min_size=14, max_size=14), hole=st.one_of(st.none(), st.integers(0, 13)))
def test_rain_is_compared_by_weeks(rain: list[float], hole: int | None) -> None:
    """The mean of seven days against that of the seven before; with a day missing in one of them, nothing."""
    last = dt.date(2025, 3, 14)
    with duckdb.connect() as con:
        con.execute((VIEWS / "rules" / "calendar.sql").read_text(encoding="utf-8"))
        con.execute("CREATE MACRO tidy(value) AS round(value, 8)")
        con.execute("CREATE MACRO quotable(quality) AS quality IN ('ok', 'corrected')")
        con.execute("CREATE MACRO pct_change(a, b) AS (a - b) / b * 100")
        con.execute(
            "CREATE TABLE series_info AS SELECT 1 AS ordinal, 'inflows' AS series, 'A' AS label, 'GWh' AS unit, 1 AS "
            "decimals, 'AporEner' AS metrics, 'week_mean' AS compare"
        )
        con.execute("CREATE TABLE series_value(series VARCHAR, day DATE, value DOUBLE, quality VARCHAR)")
        for i, value in enumerate(rain):
            if i != hole:
                con.execute("INSERT INTO series_value VALUES ('inflows', ?, ?, 'ok')", [last - ONE * i, value])
        con.execute((VIEWS / "headlines" / "headlines.sql").read_text(encoding="utf-8"))
        found = one(con, "SELECT day, value, compared, week_ago, week_basis FROM headline")
    now, before = sum(rain[:7]) / 7, sum(rain[7:]) / 7
    if hole is None:
        assert found["compared"] == pytest.approx(now, abs=1e-6)
        assert found["week_ago"] == pytest.approx(before, abs=1e-6)
        assert found["week_basis"] == "los siete días anteriores, en promedio"
    elif hole > 0:
        assert found["value"] == pytest.approx(rain[0], abs=1e-6)
        assert found["week_ago"] is None


def test_every_card_compares_what_its_series_declares() -> None:
    """A card of a series that is compared by means hands on the mean, or it would set a day against a week."""
    catalog = load_catalog()
    means = {name for name, series in catalog.headlines.items() if series.compare.endswith("_mean")}
    assert means
    for board in catalog.boards.values():
        for block in board.blocks:
            if block.type == "kpi" and "week_ago" in block.sql and any(f"'{name}'" in block.sql for name in means):
                assert "compared" in block.sql, f"{board.slug} › {block.id}"


def test_records_by_kind_of_day(world: World) -> None:
    """The highest Monday is told although a Wednesday is higher; a holiday is of its own kind."""
    first, last = dt.date(2025, 1, 1), dt.date(2025, 11, 20)
    best = {dt.date(2025, 9, 15): 240.0, dt.date(2025, 9, 17): 250.0, dt.date(2025, 8, 18): 200.0}
    best |= {dt.date(2025, 1, 1): 150.0, dt.date(2025, 4, 16): 151.0, dt.date(2025, 9, 24): 210.0}
    con = world({"DemaSIN/Sistema": span(first, last, best)}, today=last + ONE * 2)
    found = {r["kind"]: r for r in rows(con, "FROM record_kind WHERE series = 'demand'")}
    assert (found["lunes"]["high"], found["lunes"]["high_day"]) == (240.0, dt.date(2025, 9, 15))
    assert (found["miércoles"]["high"], found["miércoles"]["high_day"]) == (250.0, dt.date(2025, 9, 17))
    assert (found["festivo"]["high"], found["festivo"]["high_day"]) == (200.0, dt.date(2025, 8, 18))
    assert (found["miércoles"]["low"], found["miércoles"]["low_day"]) == (210.0, dt.date(2025, 9, 24))  # no Holy Week
    own = rows(
        con,
        "SELECT count(*)::INTEGER AS n FROM calendar_day WHERE day BETWEEN '2025-01-01' AND '2025-11-20' "
        "AND NOT (kind LIKE 'weekday %' OR kind IN ('holiday', 'monday holiday'))",
    )[0]["n"]
    assert sum(r["days"] for r in found.values()) == (last - first).days + 1 - own


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason=f"the held-out data of XM are not at {REAL}")
def test_real_demand_grows_as_its_like_days_do(world: World) -> None:
    """DemaSIN to the end of 2025: twelve months grow by a few percent, and no more than 17 days have no pair."""
    with duckdb.connect() as con:
        path = str(REAL / "xm" / "DemaSIN.Sistema.parquet")
        sql = "SELECT ts::DATE, sum(value) / 1e6 FROM read_parquet(?) WHERE ts >= '2023-11-01' GROUP BY 1 ORDER BY 1"
        values: dict[dt.date, float] = dict(con.execute(sql, [path]).fetchall())
    until = max(day for day in values if day.year <= 2025)
    con = world({"DemaSIN/Sistema": [("Sistema", *v) for v in values.items() if v[0] <= until]}, today=until + ONE * 2)
    year = one(con, "SELECT change, pairs, days FROM series_to_date WHERE series = 'demand' AND span = 'twelve'")
    assert year["pairs"] >= 348
    assert -2 < year["change"] < 6
