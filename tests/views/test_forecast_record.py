"""The record of the forecasts in SQL: what is compared with what, and what never is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest

from pipeline.store.forecast_log import create_tables
from tests.forecasts import refresh, small_views

MONDAY = dt.date(2026, 5, 18)
LAG = 3  # days until XM publishes its demand


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A demand of 200 GWh a day for sixty days around a week that XM forecast at 202."""
    with duckdb.connect() as opened:
        create_tables(opened)
        small_views(opened)
        opened.execute(
            "INSERT INTO forecast_input SELECT 'demand_daily', DATE '2026-04-10' + i::INTEGER, 200, NULL, 'ok' "
            "FROM range(60) t(i)"
        )
        opened.execute(f"INSERT INTO catalog_metric VALUES ('DemaSIN', {LAG})")
        opened.execute(
            "INSERT INTO \"PronSIN_daily\" SELECT 'Sistema', 'Sistema', DATE '2026-05-18' + i::INTEGER, 202, 24, 'ok' "
            "FROM range(7) t(i)"
        )
        opened.execute("INSERT INTO forecast_policy BY NAME SELECT 'demand_daily' AS series, 'combined' AS published")
        yield opened


def forecast(
    con: duckdb.DuckDBPyConnection, origin: dt.date, value: float, *, model: str = "combined", kind: str = "backtest",
    issued: dt.date | None = None, days: int = 20, scenario: str = "",
) -> None:  # fmt: skip
    """Add a vintage of constant value with a band of ±5."""
    con.execute(
        "INSERT INTO forecast_value SELECT 'demand_daily', ?, ?, ?, ?, h, ?::DATE + h::INTEGER, ?, ? - 5, ? + 5, "
        "? - 9, ? + 9, ? FROM range(1, ?) t(h)",
        [model, kind, issued or origin, origin, origin, *[value] * 5, scenario, days + 1],
    )


def both(con: duckdb.DuckDBPyConnection, origin: dt.date, value: float, **more: object) -> None:
    """Add a vintage of the model shown and one of the naive, ten too high."""
    forecast(con, origin, value, **more)  # type: ignore[arg-type]
    forecast(con, origin, 210.0, model="seasonal_naive", **more)  # type: ignore[arg-type]


def scores(con: duckdb.DuckDBPyConnection, kind: str) -> dict[str, tuple[int, float, float]]:
    rows = con.execute("SELECT who, days, mape, bias FROM official_score WHERE run_kind = ?", [kind]).fetchall()
    return {who: (days, round(mape, 6), round(bias, 6)) for who, days, mape, bias in rows}


def test_a_day_that_may_not_be_quoted_is_no_truth(con):
    """Preliminary and doubtful days are compared with nothing."""
    con.execute("UPDATE forecast_input SET quality = 'provisional' WHERE day = DATE '2026-05-01'")
    con.execute("UPDATE forecast_input SET quality = 'doubtful' WHERE day = DATE '2026-05-02'")
    refresh(con)
    days = {d for (d,) in con.execute("SELECT CAST(target AS DATE) FROM forecast_actual").fetchall()}
    assert dt.date(2026, 5, 3) in days
    assert not {dt.date(2026, 5, 1), dt.date(2026, 5, 2)} & days


def test_only_pairs_with_the_naive_of_the_same_origin_are_scored(con):
    """A vintage without its naive, a scenario and another model stay out."""
    both(con, dt.date(2026, 5, 1), 204.0)
    forecast(con, dt.date(2026, 5, 2), 300.0)
    forecast(con, dt.date(2026, 5, 1), 300.0, scenario="nino")
    forecast(con, dt.date(2026, 5, 1), 300.0, model="prophet")
    refresh(con)
    found = con.execute("SELECT DISTINCT origin, mean, naive FROM forecast_paired").fetchall()
    assert found == [(dt.date(2026, 5, 1), 204.0, 210.0)]
    wape, naive, cov80 = con.execute("SELECT wape, naive_wape, cov80 FROM forecast_lead WHERE lead = 1").fetchone()
    assert (round(wape, 6), round(naive, 6), cov80) == (2.0, 5.0, 100.0)


def test_of_a_vintage_issued_twice_the_first_counts(con):
    """A second night from the same origin must not improve the record."""
    origin = dt.date(2026, 5, 1)
    both(con, origin, 208.0, kind="live", issued=dt.date(2026, 5, 4))
    both(con, origin, 200.0, kind="live", issued=dt.date(2026, 5, 5))
    refresh(con)
    assert {m for (m,) in con.execute("SELECT mean FROM forecast_paired").fetchall()} == {208.0}


def test_xm_is_met_with_what_was_public_on_its_thursday(con):
    """A vintage issued on that Thursday counts; one of Friday knows more, and does not."""
    thursday = MONDAY - dt.timedelta(4)
    both(con, thursday - dt.timedelta(4), 204.0, kind="live", issued=thursday - dt.timedelta(1))
    both(con, thursday - dt.timedelta(3), 201.0, kind="live", issued=thursday)
    both(con, thursday - dt.timedelta(2), 200.0, kind="live", issued=thursday + dt.timedelta(1))
    refresh(con)
    assert scores(con, "live") == {"ours": (7, 0.5, 0.5), "official": (7, 1.0, 1.0), "naive": (7, 5.0, 5.0)}


def test_a_backtest_uses_only_days_that_were_published_by_then(con):
    """Its origin lies the publication lag before that Thursday, or earlier."""
    thursday = MONDAY - dt.timedelta(4)
    both(con, thursday - dt.timedelta(LAG), 202.0)
    both(con, thursday - dt.timedelta(LAG - 1), 200.0)
    refresh(con)
    assert scores(con, "backtest")["ours"] == (7, 1.0, 1.0)
    assert "ours" not in scores(con, "live")


def test_a_day_of_xm_without_its_24_hours_is_left_out(con):
    """Half a day would pass for a forecast of half the country."""
    con.execute("UPDATE \"PronSIN_daily\" SET hours = 23, value = 190 WHERE day = DATE '2026-05-20'")
    both(con, MONDAY - dt.timedelta(10), 201.0)
    refresh(con)
    assert scores(con, "backtest")["official"] == (6, 1.0, 1.0)


def test_the_paired_test_is_over_weeks_and_negative_when_ours_is_better(con):
    """Three weeks with gaps of -0.5, -1 and -1.5 points: t = mean over its standard error."""
    con.execute(
        "INSERT INTO \"PronSIN_daily\" SELECT 'Sistema', 'Sistema', DATE '2026-05-25' + i::INTEGER, "
        "CASE WHEN i < 7 THEN 203 ELSE 204 END, 24, 'ok' FROM range(14) t(i)"
    )
    both(con, MONDAY - dt.timedelta(7), 201.0, days=40)
    refresh(con)
    weeks, t = con.execute("SELECT weeks, t FROM official_score WHERE who = 'official'").fetchone()
    assert weeks == 3
    assert t == pytest.approx(-1.0 / (0.5 / 3**0.5))


def test_live_forecasts_that_are_not_due_are_counted_apart(con):
    """Nights are told even before a single day can be compared."""
    both(con, dt.date(2026, 6, 20), 200.0, kind="live", issued=dt.date(2026, 6, 22))
    refresh(con)
    assert con.execute("SELECT nights, due FROM forecast_live").fetchall() == [(1, 0)]


def test_the_model_of_the_policy_is_shown_until_there_are_scores(con):
    """Scores decide; without any, what the model stage says it publishes."""
    assert con.execute("SELECT model FROM forecast_shown_model").fetchall() == [("combined",)]
    con.execute(
        "INSERT INTO forecast_score BY NAME SELECT 'demand_daily' AS series, 'dhr_ar' AS model, "
        "'backtest' AS run_kind, 'all' AS lead, 1.0 AS wape, TRUE AS published"
    )
    assert con.execute("SELECT model FROM forecast_shown_model").fetchall() == [("dhr_ar",)]


def test_what_the_old_system_claimed_is_below_what_was_found(con):
    """Every row of the table: a claim, a repetition above it, coverage below its nominal 95 %."""
    rows = con.execute("SELECT claimed, found, coverage FROM old_method").fetchall()
    assert len(rows) == 7
    assert all(claimed < found and coverage < 95 for claimed, found, coverage in rows)
