"""Demand, trade and unit cost against values that XM published (../shared/realdata, never copied here)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from small_world import REAL, list_table, one, open_warehouse, rows, small_catalog

from pipeline.catalog.load import load_catalog
from pipeline.catalog.value_states import open_states
from pipeline.core.units import UNITS
from pipeline.store import parts as parquet

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL.exists(), reason=f"the held-out data of XM are not at {REAL}"),
]
SINCE, TODAY = dt.date(2023, 4, 29), dt.date(2024, 5, 6)
BOARDS = ("demanda", "distribucion", "comercializacion", "costo-unitario")
METRICS = (
    "DemaSIN", "DemaReal", "DemaCome", "DemaComeReg", "DemaComeNoReg", "DemaRealReg", "DemaRealNoReg", "DemaOR",
    "DemaNoAtenProg", "DemaNoAtenNoProg", "EscDemUPMEMedio", "CompContEner", "VentContEner", "CompBolsNaciEner",
    "VentBolsNaciEner", "CompContEnerReg", "CompContEnerNoReg", "PrecPromCont", "PrecPromContRegu",
    "PrecPromContNoRegu",
    "PrecBolsNaci", "PPPrecBolsNaci", "PrecEscaAct", "PrecEsca", "IndRecMargina", "PrecOferDesp", "PrecOferIdeal",
    "MaxPrecOferNal", "PerdidasEner", "RestAliv",
)  # fmt: skip
# What the quality stage says of this window: the newest days hold a fraction of the energy.
HALF_BUILT = (dt.date(2024, 5, 2), dt.date(2024, 5, 3))


def _tables() -> dict[str, pa.Table]:
    """Read the window of every series, in stored units, with the quality simulated."""
    tables = {}
    declared = load_catalog().metrics
    with duckdb.connect() as con:
        for name in METRICS:
            unit = declared[name].unit
            divisor = UNITS[unit.stored].base / UNITS[unit.source].base
            first, last = HALF_BUILT if name.startswith("Dema") else (dt.date(1900, 1, 1),) * 2
            for path in sorted((REAL / "xm").glob(f"{name}.*.parquet")):
                entity = path.name.split(".")[1]
                found = con.sql(
                    "SELECT ? AS metric, ? AS entity, code, ts::TIMESTAMP_MS AS ts, value / ? AS value, "
                    "CASE WHEN ts::DATE BETWEEN ? AND ? THEN 'provisional' ELSE 'ok' END AS quality "
                    "FROM read_parquet(?) WHERE ts >= ? AND ts < ? ORDER BY code, ts",
                    params=[name, entity, divisor, first, last, str(path), SINCE, TODAY],
                ).to_arrow_table()
                tables[f"{name}/{entity}"] = found.cast(parquet.SERIES_SCHEMA)
        listed = (
            "SELECT Code AS code, Name AS name, Activity AS activity FROM read_parquet(?) WHERE vintage = '2024-05-06'"
        )
        cursor = con.execute(listed, [str(REAL / "listado_agentes.parquet")])
        agents = [dict(zip(("code", "name", "activity"), row, strict=True)) for row in cursor.fetchall()]
    tables["ListadoAgentes/Sistema"] = list_table("ListadoAgentes", agents)
    return tables


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse over a year of XM's own values up to the week in which every series is at hand."""
    with open_warehouse(tmp_path_factory.mktemp("market"), _tables(), TODAY, small_catalog()) as con:
        yield con


def test_shape_of_a_weekday(real: duckdb.DuckDBPyConnection) -> None:
    """The evening peak of a weekday is at 19 h, 1.13-1.16 of the mean; the trough at 3 h, about 0.81."""
    shape = {r["hour"]: r["ratio"] for r in rows(real, "FROM demand_hour_shape WHERE day_type = 'Ordinario'")}
    assert max(shape, key=lambda h: shape[h]) == 19
    assert min(shape, key=lambda h: shape[h]) == 3
    assert 1.12 < shape[19] < 1.16
    assert 0.79 < shape[3] < 0.83


def test_every_split_of_the_demand_adds_up(real: duckdb.DuckDBPyConnection) -> None:
    """Of 29 April to 1 May 2024: retailers hold it all, markets all but exports, operators about 90 %."""
    sql = "SELECT sum(gwh) AS gwh FROM demand_commercial_daily WHERE day BETWEEN '2024-04-29' AND '2024-05-01'"
    total = one(real, sql)["gwh"]
    assert total == pytest.approx(673.701, abs=1e-3)
    sums = rows(real, "SELECT dimension, sum(gwh) AS gwh FROM demand_by GROUP BY dimension")
    parts = {row["dimension"]: row["gwh"] for row in sums}
    # exports are in no market
    assert 0.95 < parts["market"] / total <= 1
    assert 0.85 < parts["operator"] / total < 0.95
    share = "SELECT sum(share_pct) AS pct FROM demand_by WHERE dimension = 'agent'"
    assert one(real, share)["pct"] == pytest.approx(100)


def test_regulated_share_of_30_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """157.273 of 233.861 GWh: 67.3 %."""
    found = one(real, "SELECT regulated_gwh, regulated_pct FROM demand_market_daily WHERE day = '2024-04-30'")
    assert round(found["regulated_gwh"], 3) == 157.273
    assert round(found["regulated_pct"], 1) == 67.3


def test_unserved_demand_of_the_week(real: duckdb.DuckDBPyConnection) -> None:
    """941.4 MWh planned, in three days of the Caribbean area; 228.56 MWh forced, in five areas."""
    found = {r["kind"]: r for r in rows(real, "SELECT kind, mwh, days FROM unserved_last_30")}
    assert (found["Programada"]["mwh"], found["Programada"]["days"]) == (941.4, 3)
    assert found["No programada"]["mwh"] == pytest.approx(228.56)
    # sub-areas are another reading of the same events
    same = one(real, "SELECT sum(mwh) AS mwh FROM unserved_event WHERE level = 'Subarea' AND kind = 'Programada'")
    assert same["mwh"] == pytest.approx(941.4)


def test_labels_of_contracts_hold_in_the_week_of_april(real: duckdb.DuckDBPyConnection) -> None:
    """The balance closes as labelled; ENDC bought 15.997 of 127.098 GWh in the spot market: 12.6 %."""
    verdicts = {r["verdict"] for r in rows(real, "SELECT verdict FROM contract_label_month")}
    assert verdicts == {"ok"}
    closed = one(real, "SELECT max(residual_pct) AS r, min(residual_swapped_pct) AS s FROM contract_label_month")
    assert closed["r"] < 5
    assert closed["s"] > 100
    found = one(
        real,
        "SELECT sum(contract_gwh) AS c, sum(spot_gwh) AS s, sum(demand_gwh) AS d FROM retailer_exposure "
        "WHERE code = 'ENDC'",
    )
    assert (round(found["c"], 3), round(found["s"], 3), round(found["d"], 3)) == (111.101, 15.997, 127.098)
    assert round(found["s"] / (found["s"] + found["c"]) * 100, 1) == 12.6


def test_contract_prices_of_29_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """302.85 COP/kWh for all contracts, both markets weighted by their energy; 311.15 for the regulated."""
    sql = "SELECT metric, price FROM contract_price_daily WHERE day = '2024-04-29'"
    found = {r["metric"]: round(r["price"], 2) for r in rows(real, sql)}
    assert (found["PrecPromCont"], found["PrecPromContRegu"]) == (302.85, 311.15)
    rebuilt = one(
        real,
        "SELECT sum(p.value * e.value) / sum(e.value) AS price FROM metric_daily AS p JOIN metric_daily AS e "
        "ON e.day = p.day AND e.entity = p.entity AND e.metric = CASE p.metric "
        "WHEN 'PrecPromContRegu' THEN 'CompContEnerReg' WHEN 'PrecPromContNoRegu' THEN 'CompContEnerNoReg' END "
        "WHERE p.day = '2024-04-29'",
    )
    assert rebuilt["price"] == pytest.approx(302.85448, abs=1e-5)


def test_marginal_plants_name_every_hour(real: duckdb.DuckDBPyConnection) -> None:
    """48 hours of 29 and 30 April 2024 in 13 plants; at 0 h of the 29th LTSJ, offer 88.16, highest 90.53."""
    found = one(real, "SELECT count(*) AS plants, sum(hours) AS hours, sum(share_pct) AS pct FROM marginal_plant")
    assert (found["plants"], found["hours"], round(found["pct"])) == (13, 48, 100)
    hour = one(real, "SELECT count(*) AS n, min(max_offer - offer) AS uplift FROM marginal_hour WHERE fuel IS NOT NULL")
    assert hour["n"] == 24


def test_generation_component_of_29_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """Qc = 125.272 / 151.868 = 0.825; G = 0.825 x 311.15 + 0.175 x 137.27 = 280.7 COP/kWh."""
    found = one(real, "SELECT qc, pc, pb, g, r FROM unit_cost_daily WHERE day = '2024-04-29'")
    assert round(found["qc"], 3) == 0.825
    assert (round(found["pc"], 2), round(found["pb"], 2)) == (311.15, 137.27)
    assert round(found["g"], 1) == 280.7
    # 16,505 million COP over 222.367 GWh: the sum of the hours, not their mean
    assert round(found["r"], 1) == 74.2


def test_losses_component_of_29_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """The STN lost about 1.4 % of the demand: 3-5 COP/kWh of a G of 281."""
    found = one(real, "SELECT pr, losses_gwh / demand_gwh AS p FROM unit_cost_daily WHERE day = '2024-04-29'")
    assert 0.010 < found["p"] < 0.018
    assert found["pr"] == pytest.approx(280.9 * found["p"] / (1 - found["p"]), rel=1e-3)


def test_charts_have_one_value_a_position(real: duckdb.DuckDBPyConnection) -> None:
    """On XM's own values no chart repeats a position of a series, nor draws a provisional day."""
    boards = load_catalog().boards
    for slug in BOARDS:
        for block in boards[slug].blocks:
            if not block.sql:
                continue
            found = rows(real, block.sql)
            if block.type in {"line", "stack", "bar"}:
                keys = [(row["x"], row["series"]) for row in found]
                assert len(set(keys)) == len(keys), f"{slug} {block.id}"
                assert not {row.get("quality") for row in found} & open_states(), f"{slug} {block.id}"
