"""Losses, constraints, reliability, emissions, exchanges and El Niño against values that XM published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from small_world import REAL, one, open_warehouse, rows, small_catalog

from pipeline.catalog.load import load_catalog
from pipeline.core.units import UNITS
from pipeline.store import parts as parquet

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL.exists(), reason=f"the held-out data of XM are not at {REAL}"),
]
WEEK, TODAY = dt.date(2024, 4, 29), dt.date(2024, 5, 6)
SERIES = (
    "PerdidasEner/Sistema", "PerdidasEnerReg/Sistema", "PerdidasEnerNoReg/Sistema", "DemaCome/Sistema", "Gene/Sistema",
    "RestSinAliv/Sistema", "RestAliv/Sistema", "GeneSeguridad/Recurso", "RecoPosEner/Recurso", "RecoPosMoneda/Recurso",
    "RespComerAGC/Sistema", "ENFICC/Sistema", "ENFICC/Recurso", "ObligEnerFirme/Recurso", "PrecCargConf/Recurso",
    "RemuRealIndiv/Sistema", "ComContRespEner/Sistema", "VentContRespEner/Sistema", "CERE/Sistema",
    "factorEmisionCO2e/Sistema", "EmisionesCO2Eq/Recurso", "EmisionesCO2/RecursoComb", "EmisionesCH4/RecursoComb",
    "EmisionesN2O/RecursoComb", "ConsCombustibleMBTU/Recurso", "ConsCombAprox/RecursoComb", "ExpoEner/Sistema",
    "ImpoEner/Sistema", "ExpoMoneda/Sistema", "ExportMonedaUSD/Sistema", "PrecBolsNaci/Sistema",
)  # fmt: skip
# Long series: only the years compared with this one.
SINCE = {"PrecBolsNaci/Sistema": dt.date(2015, 7, 1), "CERE/Sistema": dt.date(2024, 4, 1)}
UNTIL = {"PrecBolsNaci/Sistema": dt.date(2016, 7, 1)}


def _tables() -> dict[str, pa.Table]:
    catalog = load_catalog()
    tables = {}
    con = duckdb.connect()
    for key in SERIES:
        metric, entity = key.split("/")
        unit = catalog.metrics[metric].unit
        # the two newest days of demand hold a fraction of the energy
        partial = "value < 3e6 AND ts >= '2024-05-02'" if metric == "DemaCome" else "FALSE"
        found = con.sql(
            f"SELECT ? AS metric, ? AS entity, code, ts::TIMESTAMP_MS AS ts, value / ? AS value, "
            f"CASE WHEN {partial} THEN 'provisional' ELSE 'ok' END AS quality "
            "FROM read_parquet(?) WHERE ts >= ? AND ts < ? ORDER BY code, ts",
            params=[
                metric,
                entity,
                UNITS[unit.stored].base / UNITS[unit.source].base,
                str(REAL / "xm" / f"{metric}.{entity}.parquet"),
                SINCE.get(key, WEEK),
                UNTIL.get(key, TODAY),
            ],
        ).to_arrow_table()
        tables[key] = found.cast(parquet.SERIES_SCHEMA)
    oni = con.sql(
        "SELECT 'ONI' AS metric, 'Sistema' AS entity, 'Sistema' AS code, Date::TIMESTAMP_MS AS ts, ANOM AS value, "
        "'ok' AS quality FROM read_parquet(?) ORDER BY Date",
        params=[str(REAL / "oni_mensual.parquet")],
    ).to_arrow_table()
    tables["ONI/Sistema"] = oni.cast(parquet.SERIES_SCHEMA)
    con.close()
    return tables


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse over XM's own values of the week of 29 April 2024."""
    with open_warehouse(tmp_path_factory.mktemp("network"), _tables(), TODAY, small_catalog()) as con:
        yield con


def test_losses_of_29_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """2.869 GWh, 1.29 % of DemaCome, charged as 1.970 and 0.899; XM leaves up to 3.2 % of a day in neither part."""
    found = one(real, "SELECT * FROM losses_split_daily WHERE day = '2024-04-29'")
    assert (round(found["gwh"], 3), round(found["share_pct"], 2)) == (2.869, 1.29)
    assert (round(found["regulated_gwh"], 3), round(found["non_regulated_gwh"], 3)) == (1.97, 0.899)
    residuals = rows(real, "SELECT residual_gwh / gwh * 100 AS pct FROM losses_split_daily ORDER BY day")
    assert [round(row["pct"], 1) for row in residuals] == [0.0, 2.6, 3.2]


def test_constraints_of_three_days(real: duckdb.DuckDBPyConnection) -> None:
    """15,944 / 16,505, 23,868 / 24,444 and 13,649 / 13,649 million COP; 71.7 COP/kWh on the 29th."""
    found = rows(real, "SELECT * FROM restrictions_unit_daily WHERE quotable(quality) ORDER BY day")
    assert [(round(r["before_relief_mcop"]), round(r["charged_mcop"])) for r in found] == [
        (15944, 16505), (23868, 24444), (13649, 13649),
    ]  # fmt: skip
    assert round(found[0]["before_unit"], 1) == 71.7


def test_security_and_reconciliations_of_29_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """88.94 GWh of security; positive reconciliation 61.92 GWh for 24,186 million, 390.6 COP/kWh; AGC 1,362."""
    found = one(real, "SELECT * FROM security_daily WHERE day = '2024-04-29'")
    assert (round(found["security_gwh"], 2), round(found["positive_gwh"], 2)) == (88.94, 61.92)
    assert round(found["positive_mcop"]) == 24186
    assert round(found["positive_mcop"] / found["positive_gwh"], 1) == 390.6
    agc = one(real, "SELECT mcop FROM restriction_parts_daily WHERE part = 'agc' AND day = '2024-04-29'")
    assert round(agc["mcop"]) == 1362


def test_firm_energy_of_30_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """ENFICC 243.530 GWh in plants and system, OEF 242.614; price x obligation within 1.5 % of the RRID."""
    found = one(real, "SELECT enficc_gwh, oef_gwh, oef_quality FROM firm_daily WHERE day = '2024-04-30'")
    assert (round(found["enficc_gwh"], 3), round(found["oef_gwh"], 3)) == (243.53, 242.614)
    zeros = rows(real, "SELECT oef_quality FROM firm_daily WHERE day >= '2024-05-02'")
    assert {row["oef_quality"] for row in zeros} == {"provisional"}
    plants = one(real, "SELECT sum(enficc_gwh) AS gwh, any_value(day) AS day FROM firm_plant")
    assert (round(plants["gwh"], 3), plants["day"]) == (243.53, dt.date(2024, 5, 1))
    price = one(real, "SELECT rrid_mcop, difference_pct FROM firm_price_daily WHERE day = '2024-04-30'")
    assert round(price["rrid_mcop"]) == 15936
    assert abs(price["difference_pct"]) < 1.5
    backup = one(real, "SELECT max(abs(bought_gwh - sold_gwh)) AS gap, count(*) AS days FROM backup_daily")
    assert (backup["gap"], backup["days"]) == (0.0, 5)
    assert round(one(real, "SELECT value FROM headline WHERE series = 'cere'")["value"], 2) == 74.88


def test_emission_factors_of_the_week(real: duckdb.DuckDBPyConnection) -> None:
    """Plain means 232, 240, 119, 92, 119; weighted by generation they are our own account to 1e-5."""
    found = rows(real, "SELECT * FROM emission_reconciliation ORDER BY day")
    assert [round(r["xm_plain_mean"]) for r in found] == [232, 240, 119, 92, 119]
    assert [round(r["xm_factor"], 2) for r in found] == [228.17, 238.35, 116.21, 91.43, 118.74]
    for row in found:
        assert row["own_factor"] == pytest.approx(row["xm_factor"], abs=1e-5)
        assert 0 < row["gases_difference_pct"] < 0.03


def test_no_plant_reports_and_is_estimated(real: duckdb.DuckDBPyConnection) -> None:
    """The two lists of fuel use share no plant, so that they may be added."""
    found = one(
        real,
        "SELECT count(*) AS n FROM (SELECT DISTINCT split_part(code, '|', 1) AS p FROM \"ConsCombAprox\") "
        "JOIN (SELECT DISTINCT split_part(code, '|', 2) AS p FROM \"ConsCombustibleMBTU\") USING (p)",
    )
    assert found == {"n": 0}


def test_exports_of_30_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """5.537 GWh at 1,200.6 COP/kWh; pesos over dollars are the exchange rate of the day, 3,873.44."""
    found = one(real, "SELECT * FROM exchange_money_daily WHERE day = '2024-04-30'")
    assert (round(found["export_gwh"], 3), round(found["export_price"], 1)) == (5.537, 1200.6)
    assert round(found["export_mcop"]) == 6648  # the hours of ExpoMoneda, added
    assert round(found["exchange_rate"], 2) == 3873.44


def test_price_and_index_of_the_year_2015(real: duckdb.DuckDBPyConnection) -> None:
    """October 2015 1,107 COP/kWh and March 2016 830; ONI of November 2015 above 2.4 °C, on today's calendar."""
    found = {
        (r["series"], r["month"]): r
        for r in rows(real, "SELECT series, month, month_name, value FROM drought_analogue WHERE line = '2015-16'")
    }
    assert round(found["price", dt.date(2015, 10, 1)]["value"]) == 1107
    assert round(found["price", dt.date(2016, 3, 1)]["value"]) == 830
    assert found["oni", dt.date(2015, 11, 1)]["value"] > 2.4
    assert found["oni", dt.date(2015, 11, 1)]["month_name"] == "nov"
