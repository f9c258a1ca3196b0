"""The scarcity price in force, and a kWh whose parts are all of one month."""

from __future__ import annotations

import datetime as dt

import pytest
from small_world import World, one, rows

PRICES = {"PrecEsca": 756.0, "PrecEscaAct": 1092.0, "PrecEscaMarg": 1092.5, "PrecEscaSup": 945.0, "PrecEscaInf": 345.0}


@pytest.mark.parametrize(
    ("day", "metric"),
    [
        (dt.date(2016, 4, 1), "PrecEsca"),
        (dt.date(2017, 12, 1), "PrecEscaAct"),
        (dt.date(2025, 2, 28), "PrecEscaAct"),
        (dt.date(2025, 3, 1), "PrecEscaSup"),
        (dt.date(2026, 9, 1), "PrecEscaSup"),
    ],
)
def test_the_scarcity_price_in_force_follows_from_the_day(world: World, day: dt.date, metric: str) -> None:
    """Whatever else is published that day, also a series that ended and came back."""
    con = world({f"{name}/Sistema": [("Sistema", day, price)] for name, price in PRICES.items()})
    assert one(con, "SELECT metric, price FROM scarcity_in_force") == {"metric": metric, "price": PRICES[metric]}
    assert one(con, "SELECT value FROM daily_series WHERE series = 'scarcity'")["value"] == PRICES[metric]
    assert one(con, "SELECT price FROM scarcity_month")["price"] == PRICES[metric]
    assert len({row["series"] for row in rows(con, "SELECT series FROM scarcity_daily")}) == len(PRICES)


def test_a_month_that_cannot_be_added_names_what_it_lacks(world: World) -> None:
    """With the demand of one day nothing of the month is known: five parts are missing, and no sum is given."""
    day = dt.datetime(2024, 4, 30)
    con = world({"DemaCome/Sistema": [("Sistema", day + dt.timedelta(hours=hour), 9.0) for hour in range(24)]})
    month = one(con, "SELECT known, missing FROM unit_cost_monthly")
    assert month["known"] is None
    assert month["missing"].count(",") == 4
    assert rows(con, "FROM unit_cost_card") == []
