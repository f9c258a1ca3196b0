"""Months, years and other spans: what the views add up over the published days, as in test_formulas.py."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.anchors.anchored import GWH, HALF, LAST, MILLION, A, B, anchors, of_day, value, values
from tests.views.small_world import Warehouse, one, rows


def total(metric: str, *days: str, entity: str = "Sistema") -> float:
    """Return the sum of the figures of a metric on some days."""
    return sum(sum(values(metric, day, entity).values()) for day in days)


def test_months_and_years_of_energy(week: Warehouse, years: Warehouse) -> None:
    """Sums, and shares as sum over sum: never a mean of shares."""
    april = "WHERE month = '2024-04-01'"
    losses = one(week, f"SELECT * FROM losses_monthly {april}")
    assert losses["share_pct"] == pytest.approx(total("PerdidasEner", A, B) / total("DemaCome", A, B) * 100, abs=1e-6)
    assert of_day(week, "restrictions_daily", A)["charged_mcop"] == pytest.approx(value("RestAliv", A) / MILLION)
    charged = one(week, f"SELECT * FROM restrictions_monthly {april}")
    assert charged["before_unit"] == pytest.approx(total("RestSinAliv", A, B) / total("DemaCome", A, B), abs=1e-5)
    trade = one(week, f"SELECT * FROM exchange_monthly {april}")
    assert trade["export_gwh"] == pytest.approx(total("ExpoEner", A, B) / GWH, abs=1e-6)
    assert trade["export_price"] == pytest.approx(value("ExpoMoneda", B) / value("ExpoEner", B), abs=1e-4)
    year = one(week, "SELECT gwh, days FROM generation_yearly")
    assert year["gwh"] == pytest.approx(total("Gene", A, B, "2024-05-01", HALF) / GWH, abs=1e-6)
    water = one(week, "SELECT gwh FROM generation_mix_yearly WHERE source = 'Hidráulica'")
    assert water["gwh"] == pytest.approx(143.25722899, abs=1e-6)
    spring = one(years, "SELECT gwh, days, max_gwh FROM demand_yearly WHERE year = 2019")
    kwh = [value("DemaSIN", f"2019-04-{d:02d}") for d in range(1, 31)]
    assert (spring["days"], spring["max_gwh"]) == (30, pytest.approx(max(kwh) / GWH))
    assert spring["gwh"] == pytest.approx(sum(kwh) / GWH, abs=1e-5)


def test_hours_of_the_last_day(week: Warehouse) -> None:
    """Net load and sources, hour by hour, hold the energy of the day."""
    gene = {h: v for (_, h), v in values("Gene", B).items()}
    for row in rows(week, "SELECT hour, total_mw FROM net_load_hourly"):
        assert row["total_mw"] == pytest.approx(gene[row["hour"]] / 1000, abs=1e-6)
    plants = total("Gene", B, entity="Recurso")
    for view, per_kwh in (
        ("SELECT sum(mw) AS n FROM generation_hourly_last", 1e3),
        ("SELECT sum(gwh) AS n FROM generation_agent", GWH),
        ("SELECT sum(gwh) AS n FROM plant_last_gwh", GWH),
    ):
        assert one(week, view)["n"] == pytest.approx(plants / per_kwh, abs=1e-4)


def test_spans_of_price(week: Warehouse) -> None:
    """Each day counts once, whatever its hours; a month of versions with one day is that day."""
    days = [A, "2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04", LAST]
    hours = {h: v for (_, h), v in values("PrecBolsNaci", B).items()}
    means = [*(value("PrecBolsNaci", d) for d in days), sum(hours.values()) / 24]
    assert one(week, "SELECT price FROM price_yearly")["price"] == pytest.approx(sum(means) / 7, abs=1e-4)
    profile = one(week, "SELECT price FROM price_hour_profile WHERE month = '2024-04-01' AND hour = 19")
    assert profile["price"] == pytest.approx((value("PrecBolsNaci", A) + hours[19]) / 2, abs=1e-4)
    month = one(week, "SELECT difference FROM price_versions_by_month")
    assert month == one(week, "SELECT difference FROM price_versions_by_day")
    last = one(week, "SELECT value, day_ago FROM headline WHERE series = 'price'")
    assert last["value"] == pytest.approx(value("PrecBolsNaci", LAST), abs=1e-4)
    assert last["day_ago"] == pytest.approx(value("PrecBolsNaci", "2024-05-04"), abs=1e-4)


def test_spans_of_plants_and_retailers(week: Warehouse) -> None:
    """Tonnes of a plant in the country's; what one retailer bought; what was not served, by month."""
    emitted = one(week, "SELECT tonnes, share_pct FROM emission_plant_recent WHERE code = 'TSJ2'")
    tonnes = value("EmisionesCO2Eq", B, "TSJ2")
    assert emitted["tonnes"] == pytest.approx(tonnes)
    assert emitted["share_pct"] == pytest.approx(tonnes / total("EmisionesCO2Eq", B, entity="Recurso") * 100, abs=1e-6)
    month = one(week, "SELECT factor, xm_factor FROM emission_monthly")
    assert month["factor"] == pytest.approx(month["xm_factor"], abs=1e-4)
    bought = one(week, "SELECT contract_gwh FROM retailer_month WHERE code = 'ENDC'")
    assert bought["contract_gwh"] == pytest.approx(value("CompContEner", A, "ENDC") / GWH)
    demand = one(week, "SELECT gwh FROM demand_by WHERE dimension = 'agent' AND code = 'ENDC'")
    assert demand["gwh"] == pytest.approx(value("DemaCome", A, "ENDC") / GWH, abs=1e-6)
    forced = total("DemaNoAtenNoProg", A, B, entity="Area") / 1000
    april = "SELECT sum(mwh) AS mwh FROM {} WHERE kind = 'No programada' AND {}"
    for view, when in (("unserved_monthly", "month = '2024-04-01'"), ("unserved_event", "day < '2024-05-01'")):
        assert one(week, april.format(view, when))["mwh"] == pytest.approx(forced)


def test_summaries_of_water_and_identities(week: Warehouse) -> None:
    """Reservoirs without a list have no region and lose no water; both days of the ratio close."""
    region = one(week, "SELECT pct FROM region_reserves")
    assert region["pct"] == pytest.approx(value("PorcVoluUtilDiar", LAST) * 100, abs=2e-3)
    closed = one(week, "SELECT days, closing FROM balance_summary WHERE identity = 'reserves'")
    assert closed == {"days": 2, "closing": 2}


def test_records_holidays_and_droughts(years: Warehouse) -> None:
    """The record of 14 March 2024 beats the days before it; Holy Week is a holiday; a dry month is its index."""
    day = "2024-03-14"
    before = [a.value for a in anchors() if a.metric == "DemaSIN" and a.day < dt.date.fromisoformat(day)]
    found = one(years, f"SELECT * FROM record_day WHERE series = 'demand' AND side = 'high' AND day = '{day}'")
    assert found["best_before"] == pytest.approx(max(before) / GWH, abs=1e-6)
    assert found["value"] > found["best_before"]
    named = {
        r["name"]: str(r["day"]) for r in rows(years, "SELECT name, day FROM named_holiday WHERE year(day) = 2024")
    }
    assert named["Reyes"] == "2024-01-08"  # Ley 51 de 1983: moved to the Monday
    bridge = one(years, "SELECT first, last FROM named_span WHERE name = 'puente de Reyes' AND year(first) = 2024")
    assert [str(bridge["first"]), str(bridge["last"])] == ["2024-01-06", "2024-01-08"]
    holidays = {str(r["day"]) for r in rows(years, "SELECT day FROM holiday WHERE year(day) = 2024")}
    assert {"2024-01-01", "2024-03-28", "2024-03-29"} <= holidays
    assert day not in holidays
    for view in ("drought_monthly", "drought_analogue"):
        oni = one(years, f"SELECT value FROM {view} WHERE series = 'oni' AND month = '2015-11-01'")
        assert oni["value"] == value("ONI", "2015-11-01")
