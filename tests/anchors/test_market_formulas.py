"""Price, trade, unit cost and network: formulas on published figures, as in test_formulas.py."""

from __future__ import annotations

import pytest

from tests.anchors.anchored import GWH, HALF, LAST, MILLION, A, B, of_day, value, values
from tests.views.small_world import Warehouse, one, rows


@pytest.mark.parametrize("day", ["2015-10-05", B])
def test_price_of_the_day(years: Warehouse, day: str) -> None:
    """Mean, lowest and highest of 24 hours; the highest of October 2015, 2,822 COP/kWh at 8 h, is a price."""
    hours = {h: v for (_, h), v in values("PrecBolsNaci", day).items()}
    found = of_day(years, "price_daily", day)
    assert found["mean"] == pytest.approx(sum(hours.values()) / 24)
    assert (found["min"], found["max"]) == (min(hours.values()), max(hours.values()))
    assert hours[found["max_hour"]] == max(hours.values())
    if day == "2015-10-05":
        assert (round(max(hours.values())), found["max_hour"]) == (2822, 8)


def test_price_weighted_by_what_was_bought(week: Warehouse) -> None:
    """XM's daily price weighted by purchases stands as it is, beside the plain mean; TX1 is compared with the last."""
    assert of_day(week, "price_weighted_daily", B)["price"] == value("PPPrecBolsNaci", B)
    found = of_day(week, "price_versions_daily", B)
    mean = sum(values("PrecBolsNaci", B).values()) / 24
    assert found["difference"] == pytest.approx(mean - value("PrecBolsNaciTX1", B), abs=1e-6)


def test_price_against_scarcity(week: Warehouse) -> None:
    """Seven days of price against the price of activation of their months; hours of 30 April above it: none."""
    found = one(week, "SELECT value, threshold, word FROM statute_index WHERE code = 'PBP'")
    days = [A, "2024-05-01", "2024-05-02", "2024-05-03", "2024-05-04", LAST]
    week_of = [*(value("PrecBolsNaci", d) for d in days), sum(values("PrecBolsNaci", B).values()) / 24]
    assert found["value"] == pytest.approx(sum(week_of) / 7, abs=1e-4)
    act = 2 * value("PrecEscaAct", A) + 5 * value("PrecEscaAct", HALF)
    assert found["threshold"] == pytest.approx(act / 7)
    assert found["word"] == "Bajo"
    april = one(week, "SELECT above_upper, upper_price FROM scarcity_hours_monthly WHERE month = '2024-04-01'")
    assert (april["above_upper"], april["upper_price"]) == (0, value("PrecEscaAct", A))
    assert one(week, "SELECT value FROM daily_series WHERE series = 'scarcity' AND day = '2024-04-30'") == {
        "value": value("PrecEscaAct", A)
    }


def test_versions_of_the_price(week: Warehouse) -> None:
    """What TX1 said at 18 h of 1 April 2024 and what TXF says; the mean of the 2nd moved as SIMEM's did."""
    found = one(week, "SELECT * FROM price_versions WHERE ts = '2024-04-01 18:00'")
    said = {v: value("PB_Nal", "2024-04-01", f"Sistema|{v}", 18) for v in ("TX1", "TX2", "TXR", "TXF")}
    assert {v: found[v.lower()] for v in said} == said
    assert found["max_change"] == pytest.approx(max(said.values()) - min(said.values()), abs=1e-8)
    moved = of_day(week, "price_versions_by_day", "2024-04-02")
    first, last = (value("PB_Nal", "2024-04-02", f"Sistema|{v}") for v in ("TX1", "TXF"))
    assert moved["difference"] == pytest.approx(last - first, abs=1e-6)


def test_contracts_and_exposure(week: Warehouse) -> None:
    """ENDC on 29 April 2024: contracts + spot = its demand, as XM labels them; 12 % of it from the spot market."""
    contract, spot, demand = (value(m, A, "ENDC") for m in ("CompContEner", "CompBolsNaciEner", "DemaCome"))
    label = one(week, "SELECT verdict, residual_pct FROM contract_label_month")
    assert label["verdict"] == "ok"
    assert label["residual_pct"] == pytest.approx(abs(contract + spot - demand) / demand * 100, abs=1e-6)
    assert label["residual_pct"] < 0.01
    found = one(week, "SELECT exposure_pct FROM retailer_exposure")
    assert found["exposure_pct"] == pytest.approx(spot / (spot + contract) * 100, abs=1e-6)
    assert of_day(week, "exposure_daily", A)["exposure_pct"] == pytest.approx(found["exposure_pct"])
    prices = {r["metric"]: r["price"] for r in rows(week, "SELECT metric, price FROM contract_price_daily")}
    assert prices["PrecPromCont"] == value("PrecPromCont", A)
    assert prices["PrecPromContRegu"] == pytest.approx(value("PrecPromContRegu", A))
    energy = of_day(week, "wholesale_energy_daily", A)
    assert energy["spot_gwh"] == pytest.approx(value("CompBolsNaciEner", A) / GWH)


def test_plants_that_set_the_price(week: Warehouse) -> None:
    """24 hours of 29 April 2024; LTSJ at 0 h and SOG1 at 19 h, with the same start-up uplift over their offers."""
    hours: dict[str, int] = {}
    for code, _ in values("IndRecMargina", A, "Recurso"):
        hours[code] = hours.get(code, 0) + 1
    found = rows(week, "SELECT code, hours, share_pct FROM marginal_plant")
    assert {r["code"]: r["hours"] for r in found} == hours
    assert sum(r["share_pct"] for r in found) == pytest.approx(100)
    sql = "SELECT code, max_offer - offer AS uplift FROM marginal_hour WHERE hour(ts) IN (0, 19) ORDER BY ts"
    uplifts = {r["code"]: round(r["uplift"], 2) for r in rows(week, sql)}
    assert uplifts == {"LTSJ": 2.37, "SOG1": 2.37}


def test_parts_of_the_unit_cost(week: Warehouse) -> None:
    """G = Qc Pc + (1 - Qc) Pb = 280.9; PR = G p / (1 - p); R = RestAliv / DemaCome = 74.2 COP/kWh."""
    qc = value("CompContEnerReg", A) / value("DemaComeReg", A)
    g = qc * value("PrecPromContRegu", A) + (1 - qc) * value("PPPrecBolsNaci", A)
    p = value("PerdidasEner", A) / value("DemaCome", A)
    found = of_day(week, "unit_cost_daily", A)
    assert found["g"] == pytest.approx(g, abs=1e-5)
    assert found["pr"] == pytest.approx(g * p / (1 - p), abs=1e-5)
    assert found["r"] == pytest.approx(value("RestAliv", A) / value("DemaCome", A), abs=1e-5)
    assert (round(g, 1), round(found["r"], 1)) == (280.9, 74.2)


def test_exchanges_and_their_price(week: Warehouse) -> None:
    """Net of both ways; 1,200.6 COP/kWh; pesos over dollars are the official rate of the day, 3,873.44."""
    found = of_day(week, "exchange_money_daily", B)
    net = value("ImpoEner", B) - value("ExpoEner", B)
    assert of_day(week, "exchange_daily", B)["net_import_gwh"] == pytest.approx(net / GWH, abs=1e-8)
    assert found["export_price"] == pytest.approx(value("ExpoMoneda", B) / value("ExpoEner", B), abs=1e-5)
    assert found["import_price"] == pytest.approx(value("ImportMonedaCOP", B) / value("ImpoEner", B), abs=1e-2)
    assert round(found["exchange_rate"], 2) == 3873.44


def test_losses_of_each_market(week: Warehouse) -> None:
    """What XM leaves in neither part is shown: 0.02 % on 29 April 2024, 2.6 % on the 30th."""
    for day, residual in ((A, 0.0), (B, 2.6)):
        found = of_day(week, "losses_split_daily", day)
        parts = value("PerdidasEnerReg", day) + value("PerdidasEnerNoReg", day)
        assert found["residual_gwh"] == pytest.approx((value("PerdidasEner", day) - parts) / GWH, abs=1e-6)
        assert round(found["residual_gwh"] / found["gwh"] * 100, 1) == residual


def test_constraints_by_kwh(week: Warehouse) -> None:
    """Million pesos over GWh, hours added: before and after reliefs."""
    for day in (A, B):
        found = of_day(week, "restrictions_unit_daily", day)
        assert found["before_unit"] == pytest.approx(value("RestSinAliv", day) / value("DemaCome", day), abs=1e-5)
        assert found["charged_unit"] == pytest.approx(value("RestAliv", day) / value("DemaCome", day), abs=1e-5)
    parts = {r["part"]: r["mcop"] for r in rows(week, f"SELECT * FROM restriction_parts_daily WHERE day = '{B}'")}
    assert parts["agc"] == pytest.approx(value("RespComerAGC", B) / MILLION)
    assert parts["start_stop"] == pytest.approx(value("CompNetArranPara", B) / MILLION)


def test_security_and_reconciliations(week: Warehouse) -> None:
    """Sums of all plants; XM pays as positive reconciliation what it counts as out of merit."""
    found = of_day(week, "security_daily", B)
    for column, metric in (
        ("security_gwh", "GeneSeguridad"), ("out_of_merit_gwh", "GeneFueraMerito"), ("positive_gwh", "RecoPosEner"),
        ("negative_gwh", "RecoNegEner"), ("positive_mcop", "RecoPosMoneda"), ("negative_mcop", "RecoNegMoneda"),
    ):  # fmt: skip
        total = sum(values(metric, B, "Recurso").values()) / 1e6
        assert found[column] == pytest.approx(total, abs=1e-6), column
    assert found["positive_gwh"] == pytest.approx(found["out_of_merit_gwh"], abs=1e-6)
    plant = one(week, "SELECT positive_unit FROM security_plant_recent WHERE code = 'TSR1'")["positive_unit"]
    assert plant == pytest.approx(value("RecoPosMoneda", B, "TSR1") / value("RecoPosEner", B, "TSR1"), abs=1e-4)


def test_firm_energy(week: Warehouse) -> None:
    """Plants add up to XM's ENFICC; both cover more than the demand; purchases of backup equal sales."""
    found = of_day(week, "firm_cover_daily", B)
    oef = sum(values("ObligEnerFirme", B, "Recurso").values())
    assert found["enficc_gwh"] == pytest.approx(sum(values("ENFICC", B, "Recurso").values()) / GWH, abs=1e-5)
    assert found["enficc_cover_pct"] == pytest.approx(value("ENFICC", B) / value("DemaSIN", B) * 100, abs=1e-5)
    assert found["oef_cover_pct"] == pytest.approx(oef / value("DemaSIN", B) * 100, abs=1e-5)
    assert (round(found["enficc_cover_pct"], 2), round(found["oef_cover_pct"], 2)) == (106.66, 106.26)
    ddv = sum(values("DDVContratada", B, "Recurso").values())
    assert of_day(week, "firm_daily", B)["ddv_gwh"] == pytest.approx(ddv / GWH)
    backup = of_day(week, "backup_daily", B)
    assert backup["bought_gwh"] == backup["sold_gwh"]
    plant = one(week, "SELECT * FROM firm_plant WHERE code = 'TBST'")
    assert plant["committed_pct"] == pytest.approx(
        value("ObligEnerFirme", B, "TBST") / value("ENFICC", B, "TBST") * 100, abs=1e-5
    )


def test_price_of_firm_energy(week: Warehouse) -> None:
    """Weighted by the obligations of the three plants whose price is here; XM's RRID and CERE as published."""
    found = of_day(week, "firm_price_daily", B)
    held = {code: value("ObligEnerFirme", B, code) for code in ("TBST", "PES1", "SNCR")}
    paid = sum(kwh * value("PrecCargConf", B, code) for code, kwh in held.items())
    assert found["price"] == pytest.approx(paid / sum(held.values()), abs=1e-5)
    assert found["rrid_mcop"] == pytest.approx(value("RemuRealIndiv", B) / MILLION)
    cost = {r["series"]: r["price"] for r in rows(week, "SELECT series, price FROM firm_energy_cost_monthly")}
    assert cost == {"CERE (real)": value("CERE", "2024-04-01"), "CEE (estimado)": value("CEE", "2024-04-01")}
