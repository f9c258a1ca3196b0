"""Which days, weeks and months can be reported, and what the headline series were in them, by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from small_world import Row, World, hours, one, rows

FIRST, LAST = dt.date(2024, 1, 29), dt.date(2024, 3, 12)
ONE = dt.timedelta(days=1)
DAYS = [FIRST + ONE * i for i in range((LAST - FIRST).days + 1)]


def demand(without: set[dt.date]) -> list[Row]:
    """A GWh more each day, from 200 on."""
    return [("Sistema", day, 200.0 + i) for i, day in enumerate(DAYS) if day not in without]


def prices(last: dt.date = LAST, doubtful: set[dt.date] | None = None) -> list[Row]:
    """A price of 100 COP/kWh, and one more each day."""
    return [
        row
        for i, day in enumerate(DAYS)
        if day <= last
        for row in hours(day, 100.0 + i, quality="provisional" if day in (doubtful or ()) else "ok")
    ]


def names(con: object, kind: str) -> list[str]:
    """Return the periods of a kind that can be reported."""
    return [row["name"] for row in rows(con, f"FROM report_period WHERE kind = '{kind}' ORDER BY first")]  # type: ignore[arg-type]


def test_a_period_is_whole_when_each_of_its_days_is(world: World) -> None:
    """A day that lacks one of the leading series, or has it only provisionally, is none, nor are its week and month."""
    gap, draft = dt.date(2024, 2, 13), dt.date(2024, 3, 6)
    con = world({"DemaSIN/Sistema": demand({gap}), "PrecBolsNaci/Sistema": prices(doubtful={draft})}, today=LAST + ONE)
    expected = [f"{day}" for day in DAYS if day not in {gap, draft}]
    assert names(con, "daily") == expected
    assert names(con, "weekly") == ["2024-S05", "2024-S06", "2024-S08", "2024-S09"]
    assert names(con, "monthly") == []
    whole = world({"DemaSIN/Sistema": demand(set()), "PrecBolsNaci/Sistema": prices()}, today=LAST + ONE)
    assert names(whole, "monthly") == ["2024-02"]
    assert one(whole, "FROM period WHERE kind = 'weekly'")["name"] == "2024-S10"


def test_a_series_that_fell_silent_holds_reports_back_for_a_month(world: World) -> None:
    """Then they go on without it, as long as two others are known."""
    silent = FIRST + 5 * ONE
    series = {
        "DemaSIN/Sistema": demand(set()),
        "PrecBolsNaci/Sistema": prices(),
        "AporEner/Sistema": [("Sistema", day, 100.0) for day in DAYS if day <= silent],
    }
    con = world(series, today=LAST + ONE)
    found = names(con, "daily")
    assert f"{silent}" in found
    assert f"{silent + ONE}" not in found
    assert f"{silent + 29 * ONE}" not in found
    assert f"{silent + 30 * ONE}" in found


def test_figures_of_a_span_are_sums_means_and_ends(world: World) -> None:
    """Energy adds up, prices have a mean and their peaks; change is by the day, against the span before."""
    con = world({"DemaSIN/Sistema": demand(set()), "PrecBolsNaci/Sistema": prices()}, today=LAST + ONE)
    sql = "FROM period_figure WHERE name = '{}' AND series = '{}'"
    week = one(con, sql.format("2024-S06", "demand"))
    values = [200.0 + i for i in range(7, 14)]
    assert (week["measure"], week["value"]) == ("total", sum(values))
    assert week["change"] == pytest.approx((sum(values) / sum(v - 7 for v in values) - 1) * 100)
    assert week["basis"] == "la semana anterior"
    assert (week["year_change"], week["quality"]) == (None, "ok")
    price = one(con, sql.format("2024-S06", "price"))
    assert (price["measure"], price["value"]) == ("mean", 110.0)
    assert one(con, sql.format("2024-S06", "price_max"))["value"] == 113.0
    month = one(con, sql.format("2024-02", "demand"))
    assert month["value"] == sum(200.0 + i for i, day in enumerate(DAYS) if day.month == 2)
    day = one(con, sql.format("2024-02-15", "demand"))
    assert (day["measure"], day["value"], day["basis"]) == ("day", 217.0, "el jueves anterior")
    assert day["change"] == pytest.approx((217 / 210 - 1) * 100)


def test_shares_have_no_plain_mean(world: World) -> None:
    """A week has no figure whose days would have to be weighed by something else."""
    con = world({"DemaSIN/Sistema": demand(set()), "PrecBolsNaci/Sistema": prices()}, today=LAST + ONE)
    units = rows(
        con, "SELECT DISTINCT unit, compare FROM period_figure JOIN series_info USING (series) WHERE kind <> 'daily'"
    )
    assert {row["unit"] for row in units} >= {"GWh", "COP/kWh"}
    assert all(row["unit"] != "%" or row["compare"] == "date" for row in units)
