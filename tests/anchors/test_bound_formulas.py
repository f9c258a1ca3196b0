"""Calendars, profiles and ceilings on the published days, as in test_formulas.py."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.anchors.anchored import GWH, LAST, A, B, value, values
from tests.views.small_world import Warehouse, one, rows


def test_new_year_is_compared_with_new_year(years: Warehouse) -> None:
    """1 January 2025 beside 1 January 2024, as XM published both; Maundy Thursday of 2024 beside that of 2023."""
    kinds = {str(r["day"]): r for r in rows(years, "SELECT * FROM calendar_day WHERE year(day) IN (2024, 2025)")}
    assert kinds["2025-01-01"]["kind"] == kinds["2024-01-01"]["kind"]
    assert kinds["2024-03-28"]["is_holiday"]
    easter = one(years, "SELECT easter FROM easter_day WHERE y = 2024")["easter"]
    assert easter - dt.timedelta(days=3) == dt.date(2024, 3, 28)
    assert one(years, "SELECT year_day FROM like_day WHERE day = '2025-01-01'")["year_day"] == dt.date(2024, 1, 1)
    sql = "SELECT year_day FROM compared_day WHERE compare = 'like_day' AND day = '2024-03-28'"
    assert one(years, sql)["year_day"] == dt.date(2023, 4, 6)
    pair = rows(years, "SELECT value FROM year_pair WHERE series = 'demand' AND x = '2025-01-01' ORDER BY value")
    both = sorted(value("DemaSIN", f"{year}-01-01") / GWH for year in (2024, 2025))
    assert [r["value"] for r in pair] == pytest.approx(both, abs=1e-6)


def test_profiles_of_hours(week: Warehouse) -> None:
    """Shape of the days of one kind, losses hour by hour, and the hours of price from dear to cheap."""
    shape = {r["hour"]: r for r in rows(week, "SELECT * FROM demand_hour_shape WHERE day_type = 'Ordinario'")}
    mean = sum(r["mw"] for r in shape.values()) / 24
    assert all(r["ratio"] == pytest.approx(r["mw"] / mean, abs=1e-6) for r in shape.values())
    share = [r["share_pct"] for r in rows(week, "SELECT share_pct FROM losses_hour_profile")]
    lost, come = (sum(sum(values(m, d).values()) for d in (A, B)) for m in ("PerdidasEner", "DemaCome"))
    assert share == pytest.approx([lost / come * 100] * 24, abs=1e-4)
    dear = {r["pct_hours"]: r["price"] for r in rows(week, "SELECT * FROM price_duration WHERE period = 'last'")}
    prices = [value("PrecBolsNaci", f"2024-05-0{n}") for n in range(1, 6)] + list(values("PrecBolsNaci", B).values())
    assert dear[0] == pytest.approx(max([*prices, value("PrecBolsNaci", A)]))
    assert dear[100] == pytest.approx(min([*prices, value("PrecBolsNaci", A)]))


def test_ceilings_hold_what_was_measured(week: Warehouse) -> None:
    """Capacity around the clock, half above the greatest inflow, a quarter above a price, a link's fullest hour."""
    top = {r["source"]: r for r in rows(week, f"SELECT * FROM generation_ceiling WHERE day = '{B}'")}
    kilowatts = values("CapEfecNeta", B, "Recurso")
    whole = sum(r["mw"] for r in top.values())
    assert whole == pytest.approx(sum(kilowatts.values()) / 1000)
    total = one(week, f"SELECT * FROM generation_ceiling_total WHERE day = '{B}'")
    assert total["gwh"] == pytest.approx(whole * 24 / 1000)
    assert total["hour_gwh"] == pytest.approx(whole / 1000)
    greatest = max(value("AporEner", f"2024-05-0{n}") for n in range(1, 6))
    ceiling = one(week, f"SELECT gwh FROM inflow_ceiling WHERE day = '{LAST}'")
    assert ceiling["gwh"] == pytest.approx(1.5 * greatest / GWH)
    link = one(week, f"SELECT gwh FROM export_ceiling WHERE day = '{B}'")
    assert link["gwh"] >= value("ExpoEner", B) / GWH
    price = one(week, f"SELECT price FROM price_ceiling WHERE day = '{LAST}'")
    assert price["price"] >= 1.25 * max(value("PrecBolsNaci", f"2024-05-0{n}") for n in range(1, 6))
