"""Every headline figure that XM's own values allow, where no other test of real values reaches.

The expected figures were worked out apart, from the raw values (sums over codes and hours, unit divisors), or are
published ones; they stand here rounded. Not in the held-out data, and therefore not here: DemaMaxPot, CargoUsoSTN,
CargoUsoSTR, ExcedenteAGPE and SIMEM's reservoirs; their formulas are tested on inline rows, the charges with the
magnitudes XM publishes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from small_world import LIST_COLUMNS, REAL, World, list_table, one, open_warehouse, rows, small_catalog

from pipeline.catalog.load import load_catalog
from pipeline.core.units import UNITS
from pipeline.store import parts as parquet

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL.exists(), reason=f"the held-out data of XM are not at {REAL}"),
]
WEEK, TODAY = dt.date(2024, 4, 29), dt.date(2024, 5, 6)
SERIES = (
    "CapEfecNeta/Recurso", "Gene/Recurso", "Gene/Sistema", "AporEner/Sistema", "AporEnerMediHist/Sistema",
    "VoluUtilDiarEner/Sistema", "CapaUtilDiarEner/Sistema", "VolTurbMasa/Sistema", "DemaSIN/Sistema",
    "DemaRealReg/Sistema", "DemaRealNoReg/Sistema", "DemaCome/Sistema", "GeneSeguridad/Recurso", "RestAliv/Sistema",
    "RestSinAliv/Sistema", "ENFICC/Sistema", "ENFICC/Recurso", "ObligEnerFirme/Recurso", "PrecEsca/Sistema",
    "PrecEscaAct/Sistema", "PrecBolsNaci/Sistema", "ConsCombustibleMBTU/Recurso", "ConsCombAprox/RecursoComb",
    "EmisionesCO2Eq/Recurso", "factorEmisionCO2e/Sistema", "ExpoEner/Sistema", "ImpoEner/Sistema", "ExpoMoneda/Sistema",
)  # fmt: skip
SINCE = {"DemaSIN/Sistema": dt.date(2022, 11, 1), "PrecBolsNaci/Sistema": dt.date(2024, 4, 1)}
#: What the quality stage says: from that day on, XM has published a part of the energy only.
HALF_BUILT = ("DemaReal", "DemaCome")


def _tables() -> dict[str, pa.Table]:
    catalog = load_catalog()
    tables = {}
    with duckdb.connect() as con:
        for key in SERIES:
            metric, entity = key.split("/")
            unit = catalog.metrics[metric].unit
            partial = "ts >= '2024-05-02'" if metric.startswith(HALF_BUILT) else "FALSE"
            found = con.sql(
                "SELECT ? AS metric, ? AS entity, code, ts::TIMESTAMP_MS AS ts, value / ? AS value, "
                f"CASE WHEN {partial} THEN 'provisional' ELSE 'ok' END AS quality "
                "FROM read_parquet(?) WHERE ts >= ? AND ts < ? ORDER BY code, ts",
                params=[
                    metric,
                    entity,
                    UNITS[unit.stored].base / UNITS[unit.source].base,
                    str(REAL / "xm" / f"{metric}.{entity}.parquet"),
                    SINCE.get(key, WEEK),
                    TODAY,
                ],
            ).to_arrow_table()
            tables[key] = found.cast(parquet.SERIES_SCHEMA)
        fields = ", ".join(f'"{field}" AS "{column}"' for field, column in LIST_COLUMNS["ListadoRecursos"].items())
        path = REAL / "listado_recursos.parquet"
        sql = f"SELECT {fields} FROM read_parquet('{path}') WHERE vintage = '2024-05-06'"
        tables["ListadoRecursos/Sistema"] = list_table("ListadoRecursos", rows(con, sql))
    return tables


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse over XM's own values of the week of 29 April 2024, with the demand since 2022."""
    with open_warehouse(tmp_path_factory.mktemp("kpis"), _tables(), TODAY, small_catalog()) as con:
        yield con


@pytest.mark.parametrize(
    ("series", "day", "value", "places"),
    [
        ("generation", "2024-04-30", 233.86, 2),
        ("hydro_share", "2024-04-30", 61.26, 2),  # 143.257 of 233.858 GWh
        ("thermal_share", "2024-04-30", 33.54, 2),
        ("renewable_share", "2024-04-30", 66.47, 2),  # water, sun, wind, bagasse and biogas
        ("variable_share", "2024-04-30", 4.53, 2),  # 10.122 of the sun and 0.460 of the wind
        ("gen_solar", "2024-04-30", 10.12, 2),
        ("capacity", "2024-04-30", 20258, 0),
        ("capacity_use", "2024-04-30", 48.10, 2),  # 233,858 MWh over 24 h of 20,258 MW
        ("reserves", "2024-05-05", 34.42, 2),
        ("reserves_gwh", "2024-05-05", 5975.0, 1),
        ("inflows", "2024-05-05", 344.0, 1),
        ("inflows_month_pct", "2024-05-05", 90.84, 2),  # 1,308.37 of five days over 5 x 288.05 GWh
        ("turbined", "2024-05-05", 262.42, 2),
        ("demand", "2024-04-30", 228.33, 2),
        ("demand_growth", "2023-12-31", 7.06, 2),  # 221.475 against 206.875 GWh a day, four weeks each
        ("users_regulated_share", "2024-04-30", 69.17, 2),  # 155.246 of 224.436 GWh
        ("security_share", "2024-04-30", 39.37, 2),  # 92.068 of 233.858 GWh
        ("rest_charged_unit", "2024-04-29", 74.2, 1),  # 16,505 million COP over 222.367 GWh
        ("enficc_cover", "2024-04-30", 106.66, 2),  # 243.530 over 228.330 GWh
        ("oef_cover", "2024-04-30", 106.26, 2),
        ("scarcity", "2024-04-30", 1056.62, 2),  # that of activation, in force then; CREG 071: 742.65 and 793.30
        ("scarcity", "2024-05-03", 993.76, 2),
        ("emissions", "2024-04-30", 55741, 0),
        ("fuel_heat", "2024-04-30", 818163, 0),  # 715,323 reported and 102,840 estimated
        ("exports", "2024-04-30", 5.537, 3),
        ("imports", "2024-04-30", 0.003, 3),
    ],
)
def test_headline_series(real: duckdb.DuckDBPyConnection, series: str, day: str, value: float, places: int) -> None:
    """The series gives the figure worked out from XM's raw values."""
    found = one(real, f"SELECT value, complete FROM daily_series WHERE series = '{series}' AND day = '{day}'")
    assert found["complete"]
    assert round(found["value"], places) == value


def test_ramp_of_30_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """Net load is all plants less sun and wind: it rises most from 8 to 11 h, 1,138 MW."""
    found = one(real, "SELECT rise_mw, from_hour FROM ramp_daily WHERE day = '2024-04-30'")
    assert (round(found["rise_mw"]), found["from_hour"]) == (1138, 8)


def test_four_weeks_of_inflows_need_their_mean(real: duckdb.DuckDBPyConnection) -> None:
    """XM's means of one week are no four weeks: HSIN has neither value nor level."""
    found = one(real, "SELECT value, crossed, word FROM statute_index WHERE code = 'HSIN'")
    assert found == {"value": None, "crossed": None, "word": "Faltan días"}


def test_spot_price_of_the_week_against_the_scarcity_price(real: duckdb.DuckDBPyConnection) -> None:
    """The seven days to 5 May 2024 lie below the prices of activation (1,056.62 and 993.76): low."""
    found = one(real, "SELECT * FROM statute_index WHERE code = 'PBP'")
    raw = one(real, "SELECT avg(value) AS mean FROM \"PrecBolsNaci\" WHERE ts >= '2024-04-29'")
    assert found["value"] == pytest.approx(raw["mean"], abs=1e-6)
    assert (found["word"], found["crossed"]) == ("Bajo", False)


def test_hours_of_april_2024_above_the_scarcity_price(real: duckdb.DuckDBPyConnection) -> None:
    """XM publishes the price of the month on two of its days here: it holds for the 720 hours, and 141 passed it."""
    found = one(real, "SELECT month, hours, above_upper, upper_price FROM scarcity_last_month")
    assert (found["month"], found["hours"], found["above_upper"]) == (dt.date(2024, 4, 1), 720, 141)
    assert round(found["upper_price"], 2) == 1056.62


def test_hours_of_2024_above_a_thousand(world: World) -> None:
    """Published count: 1,243 hours of 2024 above 1,000 COP/kWh, 14.2 % of the year, over the real hourly prices."""
    with duckdb.connect() as con:
        sql = "SELECT ts, value FROM read_parquet(?) WHERE year(ts) = 2024 ORDER BY ts"
        prices = con.execute(sql, [str(REAL / "xm" / "PrecBolsNaci.Sistema.parquet")]).fetchall()
    days = sorted({ts.date() for ts, _ in prices})
    made = world(
        {
            "PrecBolsNaci/Sistema": [("Sistema", ts, value) for ts, value in prices],
            "PrecEscaAct/Sistema": [("Sistema", day, 1000.0) for day in days],
        },
        today=dt.date(2025, 1, 2),
    )
    found = one(made, "SELECT sum(above_upper) AS above, sum(hours) AS hours FROM scarcity_hours_monthly")
    assert (found["above"], found["hours"]) == (1243, 8784)
    assert one(made, "SELECT hours FROM scarcity_last_month") == {"hours": 744}
