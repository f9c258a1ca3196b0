"""Demand and spot price: what a day is, and what may be quoted."""

from __future__ import annotations

import datetime as dt

from small_world import World, hours, one, rows

DAY = dt.date(2024, 4, 30)


def test_a_provisional_demand_is_neither_headline_nor_comparison(world: World) -> None:
    """The newest half-built day is skipped, and a provisional day last week leaves the variation empty."""
    series = {
        "DemaSIN/Sistema": [
            ("Sistema", DAY - dt.timedelta(days=7), 52.6, "provisional"),
            ("Sistema", dt.date(2023, 5, 2), 200.0),
            ("Sistema", DAY, 228.3),
            ("Sistema", DAY + dt.timedelta(days=1), 49.1, "provisional"),
        ]
    }
    found = one(world(series), "SELECT day, value, week_ago, year_ago FROM headline WHERE series = 'demand'")
    assert found == {"day": DAY, "value": 228.3, "week_ago": None, "year_ago": 200.0}


def test_a_day_with_23_hours_has_no_price(world: World) -> None:
    """The mean of a price exists with 24 hours only; the unfinished day stays visible as preliminary."""
    whole = [100.0 + h for h in range(24)]
    series = {
        "PrecBolsNaci/Sistema": [*hours(DAY, whole), *hours(DAY + dt.timedelta(days=1), whole[:23])],
    }
    con = world(series)
    found = rows(con, "SELECT day, mean, min, max, min_hour, max_hour, hours, quality FROM price_daily")
    assert found[0] == {
        "day": DAY, "mean": 111.5, "min": 100.0, "max": 123.0, "min_hour": 0, "max_hour": 23, "hours": 24,
        "quality": "ok",
    }  # fmt: skip
    assert found[1]["mean"] is None
    assert (found[1]["hours"], found[1]["quality"]) == (23, "provisional")
    assert one(con, "SELECT day FROM headline WHERE series = 'price'") == {"day": DAY}


def test_equal_hours_give_the_earlier_one(world: World) -> None:
    """Spot prices are step-like: the hour of the extreme is the first that reaches it."""
    prices = [90.0] * 18 + [200.0, 200.0] + [90.0] * 4
    con = world({"PrecBolsNaci/Sistema": hours(DAY, prices)})
    assert one(con, "SELECT min_hour, max_hour FROM price_daily") == {"min_hour": 0, "max_hour": 18}


def test_peak_demand_is_the_mean_power_of_the_hour(world: World) -> None:
    """10 GWh in one hour are 10,000 MW."""
    energy = [9.0] * 19 + [10.0] + [9.0] * 4
    con = world({"DemaReal/Sistema": hours(DAY, energy)})
    found = one(con, "SELECT peak_mw, peak_hour, quality FROM demand_peak_daily")
    assert found == {"peak_mw": 10000.0, "peak_hour": 19, "quality": "ok"}


def test_a_year_says_how_many_days_it_adds_up(world: World) -> None:
    """Yearly demand leaves provisional days out and shows the days behind the total."""
    series = {
        "DemaSIN/Sistema": [
            ("Sistema", dt.date(2024, 1, 1), 180.0),
            ("Sistema", dt.date(2024, 1, 2), 220.0),
            ("Sistema", dt.date(2024, 1, 3), 9.0, "provisional"),
        ]
    }
    found = one(world(series), "SELECT value, days, days_in_year FROM api_yearly WHERE metric = 'demand'")
    assert found == {"value": 400.0, "days": 2, "days_in_year": 366}


def test_duration_curve_falls_from_the_dearest_hour_to_the_cheapest(world: World) -> None:
    """0 % of the hours is the maximum, 100 % the minimum, and one year of data draws no second curve."""
    prices = [float(h) for h in range(24)]
    con = world({"PrecBolsNaci/Sistema": hours(DAY, prices)})
    curve = rows(con, "SELECT period, pct_hours, price FROM price_duration")
    assert {row["period"] for row in curve} == {"last"}
    values = [row["price"] for row in curve]
    assert (values[0], values[-1], len(values)) == (23.0, 0.0, 101)
    assert values == sorted(values, reverse=True)


def test_versions_are_compared_on_days_with_both(world: World) -> None:
    """The first settlement version and the latest meet only where both have 24 hours."""
    series = {
        "PrecBolsNaci/Sistema": [*hours(DAY, 110.0), *hours(DAY + dt.timedelta(days=1), 130.0)],
        "PrecBolsNaciTX1/Sistema": hours(DAY, 100.0),
    }
    found = one(world(series), "SELECT tx1, latest, difference, difference_pct FROM price_versions_daily")
    assert found == {"tx1": 100.0, "latest": 110.0, "difference": 10.0, "difference_pct": 10.0}


def test_largest_power_of_the_day_is_shown_in_megawatts(world: World) -> None:
    """The largest power is a level of its own, not an energy: XM's value of the day, compared with its weekday."""
    series = {
        "DemaMaxPot/Sistema": [("Sistema", DAY - dt.timedelta(days=7), 11_000.0), ("Sistema", DAY, 11_500.0)],
    }
    con = world(series)
    assert one(con, "SELECT mw FROM demand_max_power_daily ORDER BY day DESC LIMIT 1") == {"mw": 11_500.0}
    found = one(con, "SELECT value, week_ago FROM headline WHERE series = 'demand_max_power'")
    assert found == {"value": 11_500.0, "week_ago": 11_000.0}
