"""The formulas of the domain layer on published figures, against what the publisher says or plain arithmetic says.

Right sides come from the publisher where it has the result too (DemaSIN, the technologies, PorcApor, RRID, factors of
emission); else they are worked out here, in plain Python, from the same figures in their own units.
"""

from __future__ import annotations

import pytest

from tests.anchors.anchored import GWH, HALF, LAST, THERMAL, A, B, anchors, metrics, of_day, sources, value, values
from tests.views.small_world import Warehouse, one, rows


def test_figures_are_few_single_and_sourced() -> None:
    """300 to 500 figures, each with its unit and a source that says who, where and when; none twice."""
    listed = anchors()
    assert 300 <= len(listed) <= 500
    assert len({(a.metric, a.entity, a.code, a.day, a.hour) for a in listed}) == len(listed)
    assert {a.source for a in listed} == set(sources())
    assert all(a.unit == metrics()[a.metric].unit.source for a in listed)
    for source in sources().values():
        assert set(source) == {"publisher", "series", "address", "copy", "read"}


# Demand


@pytest.mark.parametrize(
    "day",
    [
        "2007-04-26", "2015-10-05", "2020-04-10", "2024-01-01", "2024-03-14", "2024-03-28", "2024-03-29", "2024-11-06",
        "2025-01-01",
    ],
)  # fmt: skip
def test_demand_is_generation_and_exchanges_and_what_was_not_served(years: Warehouse, day: str) -> None:
    """XM's DemaSIN closes to the kWh: blackout, scarcity, Covid, 1 January, a record, Holy Week."""
    found = one(years, f"SELECT * FROM balance_residual WHERE identity = 'demand' AND day = '{day}'")
    assert found["total"] == pytest.approx(value("DemaSIN", day) / GWH, abs=1e-8)
    assert found["parts"] == pytest.approx(found["total"], abs=1e-6)
    assert found["closes"]
    assert of_day(years, "demand_daily", day)["gwh"] == pytest.approx(value("DemaSIN", day) / GWH)


def test_a_day_half_built_does_not_close(week: Warehouse) -> None:
    """On 30 April 2024 DemaCome = Gene + ImpoEner; of 3 May XM had 24 % of it, and the identity says so."""
    sql = "SELECT size_pct, closes FROM balance_residual WHERE identity = 'commercial' AND day = '{}'"
    whole, half = one(week, sql.format(B)), one(week, sql.format(HALF))
    assert whole["closes"]
    assert whole["size_pct"] < 1e-6
    missing = value("Gene", HALF) + value("ImpoEner", HALF) - value("DemaCome", HALF)
    assert not half["closes"]
    assert half["size_pct"] == pytest.approx(missing / value("DemaCome", HALF) * 100, rel=1e-6)


def test_commercial_demand_is_real_demand_and_losses(week: Warehouse) -> None:
    """DemaCome - DemaReal of 29 April 2024 is XM's PerdidasEner; their share 1.29 %."""
    found = of_day(week, "demand_real_vs_commercial", A)
    assert found["difference_gwh"] == pytest.approx(value("PerdidasEner", A) / GWH, abs=1e-6)
    assert of_day(week, "losses_daily", A)["share_pct"] == pytest.approx(
        value("PerdidasEner", A) / value("DemaCome", A) * 100, abs=1e-6
    )


def test_peak_of_the_day(week: Warehouse) -> None:
    """The highest of 24 hours of DemaReal, as mean power, and its hour."""
    hours = {hour: kwh for (_, hour), kwh in values("DemaReal", B).items()}
    assert of_day(week, "demand_real_daily", B)["gwh"] == pytest.approx(sum(hours.values()) / GWH)
    found = of_day(week, "demand_peak_daily", B)
    assert found["peak_mw"] == pytest.approx(max(hours.values()) / 1000)
    assert hours[found["peak_hour"]] == max(hours.values())
    shape = {
        r["hour"]: r["mw"] for r in rows(week, "SELECT hour, mw FROM demand_users_shape WHERE users = 'Regulados'")
    }
    assert len(shape) == 24


def test_april_2020_against_april_2019(years: Warehouse) -> None:
    """Covid: 173.4 GWh a day; four weeks against the four of 364 days before, Holy Week in both."""
    month = one(years, "SELECT * FROM demand_monthly WHERE month = '2020-04-01'")
    kwh = {y: [value("DemaSIN", f"{y}-04-{d:02d}") for d in range(1, 31)] for y in (2019, 2020)}
    assert month["whole"]
    assert round(month["gwh_per_day"], 1) == 173.4
    assert month["growth_pct"] == pytest.approx((sum(kwh[2020]) / sum(kwh[2019]) - 1) * 100, abs=1e-6)
    weeks = of_day(years, "demand_growth_daily", "2020-04-28")
    assert weeks["growth_pct"] == pytest.approx((sum(kwh[2020][:28]) / sum(kwh[2019][2:]) - 1) * 100, abs=1e-6)


def test_shares_of_the_markets(week: Warehouse) -> None:
    """67.3 % of the commercial demand and 69.2 % of the users' was regulated on 30 April 2024."""
    market = of_day(week, "demand_market_daily", B)
    assert market["regulated_pct"] == pytest.approx(value("DemaComeReg", B) / value("DemaCome", B) * 100, abs=1e-6)
    users = of_day(week, "demand_users_daily", B)
    both = value("DemaRealReg", B) + value("DemaRealNoReg", B)
    assert users["regulated_pct"] == pytest.approx(value("DemaRealReg", B) / both * 100, abs=1e-6)


def test_demand_not_served(week: Warehouse) -> None:
    """Seven days: every area and kind once, in MWh, and by place."""
    kwh = {
        kind: sum(a.value for a in anchors() if a.metric == metric and a.entity == "Area" and a.source == "api")
        for kind, metric in (("Programada", "DemaNoAtenProg"), ("No programada", "DemaNoAtenNoProg"))
    }
    for view in ("unserved_last_30", "unserved_by_place"):
        found = rows(week, f"SELECT kind, sum(mwh) AS mwh FROM {view} GROUP BY kind")
        assert {r["kind"]: r["mwh"] for r in found} == pytest.approx({k: v / 1000 for k, v in kwh.items()})


# Generation


def test_mix_agrees_with_the_technologies_of_xm(week: Warehouse) -> None:
    """Plants add up to Gene; 143.257 GWh of water, XM's own figure, and 61.26 % of the day."""
    day = of_day(week, "mix_day", B)
    total = sum(values("Gene", B).values())
    assert of_day(week, "generation_daily", B)["gwh"] == pytest.approx(total / GWH)
    assert day["generation_gwh"] == pytest.approx(total / GWH, abs=1e-6)
    assert day["plants_gwh"] == pytest.approx(total / GWH, abs=1e-6)
    sql = f"SELECT source, gwh, share_pct FROM generation_mix_daily WHERE split = 'technology' AND day = '{B}'"
    mix = {r["source"]: r for r in rows(week, sql)}
    assert mix["Hidráulica"]["gwh"] == pytest.approx(143.25722899, abs=1e-6)
    assert mix["Hidráulica"]["share_pct"] == pytest.approx(143.25722899e6 / total * 100, abs=1e-5)
    # XM's total of the thermal plants was read with a later list, in which one small plant changed its type
    assert mix["Térmica"]["gwh"] == pytest.approx(78.42893006, rel=3e-4)
    assert sum(r["share_pct"] for r in mix.values()) == pytest.approx(100, abs=1e-6)


def test_renewable_and_variable_shares(week: Warehouse) -> None:
    """By fuel: all but gas, coal and liquids, 66.47 %; and the plants, largest first."""
    fossil = ("GAS", "CARBON", "ACPM", "COMBUSTOLEO", "JET-A1", *THERMAL)
    kwh = values("Gene", B, "Recurso")
    burnt = sum(v for (code, _), v in kwh.items() if code.split()[-1] in fossil)
    share = of_day(week, "renewable_daily", B)["share_pct"]
    assert share == pytest.approx((1 - burnt / sum(kwh.values())) * 100, abs=1e-5)
    assert round(share, 2) == 66.47
    named = {c: v for (c, _), v in kwh.items() if not c.startswith("OTRAS")}
    first = [r["code"] for r in rows(week, "SELECT code FROM plant_ranking ORDER BY rank") if r["code"] in named]
    assert first == sorted(named, key=lambda code: -named[code])


def test_ramp_of_the_net_load(week: Warehouse) -> None:
    """Gene less sun and wind rises most in three hours by 1,138 MW, from 8 h; the wind is flat here."""
    kwh = {h: v for (_, h), v in values("Gene", B).items()}
    plants = values("Gene", B, "Recurso")
    wind = plants["OTRAS EOLICA VIENTO", None] / 24
    net = [kwh[h] - plants.get(("OTRAS SOLAR RAD SOLAR", h), 0) - wind for h in range(24)]
    rises = {h: (net[h + 3] - net[h]) / 1000 for h in range(21)}
    found = of_day(week, "ramp_daily", B)
    assert found["rise_mw"] == pytest.approx(max(rises.values()), abs=1e-6)
    assert rises[found["from_hour"]] == max(rises.values())
    assert found["rise_mw"] == pytest.approx(1138, abs=wind / 1000)  # as far as its 19 MW may carry


def test_capacity_and_its_use(week: Warehouse) -> None:
    """20,258 MW of all plants, 48.10 % used."""
    kw = sum(values("CapEfecNeta", B, "Recurso").values())
    found = of_day(week, "capacity_daily", B)
    assert found["mw"] == pytest.approx(kw / 1000, abs=1e-6)
    assert found["use_pct"] == pytest.approx(sum(values("Gene", B).values()) / (kw * 24) * 100, abs=1e-6)
    assert sum(r["mw"] for r in rows(week, "SELECT mw FROM capacity_technology")) == pytest.approx(kw / 1000, abs=1e-5)


def test_emission_factor_is_weighted_by_the_hours(week: Warehouse) -> None:
    """XM's hourly factors weighted by Gene are the tonnes of the plants over Gene, 238.35 g/kWh, within 1e-5."""
    factor = {h: v for (_, h), v in values("factorEmisionCO2e", B).items()}
    gene = {h: v for (_, h), v in values("Gene", B).items()}
    weighted = sum(factor[h] * gene[h] for h in range(24)) / sum(gene.values())
    found = of_day(week, "emission_reconciliation", B)
    assert found["xm_factor"] == pytest.approx(weighted, abs=1e-6)
    assert found["own_factor"] == pytest.approx(weighted, abs=1e-4)
    tonnes = sum(values("EmisionesCO2Eq", B, "Recurso").values())
    assert of_day(week, "emission_daily", B)["tonnes"] == pytest.approx(tonnes)
    gases = ((1, "EmisionesCO2"), (21, "EmisionesCH4"), (310, "EmisionesN2O"))
    own = sum(weight * sum(values(gas, B, "RecursoComb").values()) for weight, gas in gases)
    assert sum(r["tonnes"] for r in rows(week, "SELECT tonnes FROM emission_fuel_daily")) == pytest.approx(own)
    assert own == pytest.approx(tonnes, rel=3e-4)


def test_heat_of_the_fuels(week: Warehouse) -> None:
    """Reported and estimated are added, by fuel: gas of both kinds is gas."""
    reported, estimated = values("ConsCombustibleMBTU", B, "Recurso"), values("ConsCombAprox", B, "RecursoComb")
    found = {r["fuel"]: r["mbtu"] for r in rows(week, f"SELECT fuel, mbtu FROM fuel_use_daily WHERE day = '{B}'")}
    assert sum(found.values()) == pytest.approx(sum(reported.values()) + sum(estimated.values()))
    gas = reported["GAS|OTRAS", None] + reported["GAS NI|OTRAS", None] + estimated["OTRAS|GAS", None]
    assert found["Gas"] == pytest.approx(gas)


# Water


@pytest.mark.parametrize("day", ["2024-05-01", LAST])
def test_reserves_are_what_xm_says(week: Warehouse, day: str) -> None:
    """Volume over capacity is XM's PorcVoluUtilDiar, to its five digits."""
    found = of_day(week, "reserves_daily", day)
    assert found["pct"] == pytest.approx(value("PorcVoluUtilDiar", day) * 100, abs=1e-3)
    assert found["pct"] == pytest.approx(value("VoluUtilDiarEner", day) / value("CapaUtilDiarEner", day) * 100)
    assert of_day(week, "spill_daily", day)["gwh"] == pytest.approx(value("VertEner", day) / GWH)
    assert of_day(week, "water_daily", day)["turbined_hm3"] == pytest.approx(value("VolTurbMasa", day) / 1e6, abs=1e-6)


def test_inflows_are_what_xm_says(week: Warehouse) -> None:
    """The percentage is PorcApor; the month so far is inflows over means of its days, 90.84 %."""
    found = of_day(week, "inflows_daily", LAST)
    assert found["pct"] == pytest.approx(value("PorcApor", LAST) * 100)
    assert found["inflow_gwh"] == pytest.approx(value("AporEner", LAST) / GWH)
    days = [f"2024-05-0{n}" for n in range(1, 6)]
    whole = sum(value("AporEner", d) for d in days) / sum(value("AporEnerMediHist", d) for d in days) * 100
    assert of_day(week, "inflows_month_to_date", LAST)["pct"] == pytest.approx(whole, abs=1e-6)
    assert round(whole, 2) == 90.84


def test_rivers_of_a_region(week: Warehouse) -> None:
    """Five rivers of the Valle: each one's PorcApor is its inflow over its mean; the region's, the sums'."""
    inflow, mean = values("AporEner", LAST, "Rio"), values("AporEnerMediHist", LAST, "Rio")
    for row in rows(week, "SELECT river, pct FROM river_inflow_daily"):
        assert row["pct"] == pytest.approx(value("PorcApor", LAST, row["river"]) * 100, abs=1e-2)
    found = one(week, "SELECT * FROM region_inflow_daily WHERE region = 'VALLE'")
    assert found["pct"] == pytest.approx(sum(inflow.values()) / sum(mean.values()) * 100, abs=1e-6)
    assert found["rivers"] == 5


def test_reservoirs_hold_the_system(week: Warehouse) -> None:
    """All reservoirs add up to the system's volume and capacity; the shares are 100 %."""
    found = one(
        week,
        "SELECT sum(volume_gwh) AS volume, sum(capacity_gwh) AS capacity, sum(share_pct) AS share "
        "FROM reservoir_latest",
    )
    assert found["volume"] == pytest.approx(value("VoluUtilDiarEner", LAST) / GWH, abs=1e-3)
    assert found["capacity"] == pytest.approx(value("CapaUtilDiarEner", LAST) / GWH, abs=1e-3)
    assert found["share"] == pytest.approx(100, abs=1e-6)
    penol = one(week, "SELECT pct FROM reservoir_daily WHERE reservoir = 'PENOL'")["pct"]
    parts = value("VoluUtilDiarEner", LAST, "PENOL"), value("CapaUtilDiarEner", LAST, "PENOL")
    assert penol == pytest.approx(parts[0] / parts[1] * 100)


def test_index_of_el_nino(years: Warehouse) -> None:
    """ONI as NOAA files it: the winter of 2015 above 2 °C."""
    found = {str(r["month"]): r["oni"] for r in rows(years, "SELECT month, oni FROM oni_monthly")}
    assert found["2015-11-01"] == value("ONI", "2015-11-01")
    assert found["2015-11-01"] > 2
