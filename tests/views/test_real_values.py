"""The views against values that XM published (../shared/realdata, never copied here)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from small_world import BOARDS, DATA_METRICS, LIST_COLUMNS, REAL, list_table, one, open_warehouse, rows, small_catalog

from pipeline.catalog.load import load_catalog
from pipeline.catalog.value_states import open_states
from pipeline.core.units import UNITS
from pipeline.store import parts as parquet

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL.exists(), reason=f"the held-out data of XM are not at {REAL}"),
]
SINCE, TODAY = dt.date(2023, 1, 1), dt.date(2024, 5, 6)
# What the quality stage says of this window: the newest days of these series hold a fraction of the energy.
PROVISIONAL = {
    "DemaReal": (dt.date(2024, 5, 2), dt.date(2024, 5, 3)),
    "DemaCome": (dt.date(2024, 5, 2), dt.date(2024, 5, 3)),
    "DemaSIN": (dt.date(2024, 5, 4), dt.date(2024, 5, 5)),
}


def _tables() -> dict[str, pa.Table]:
    """Read the window of every series that the views use, in stored units, with the quality simulated."""
    tables = {}
    con = duckdb.connect()
    for metric, _, _, source, stored in DATA_METRICS:
        divisor = UNITS[stored].base / UNITS[source].base
        for path in sorted((REAL / "xm").glob(f"{metric}.*.parquet")):
            entity = path.name.split(".")[1]
            if entity not in {"Sistema", "Recurso", "Embalse", "Rio"}:
                continue
            first, last = PROVISIONAL.get(metric, (dt.date(1900, 1, 1), dt.date(1900, 1, 1)))
            found = con.sql(
                "SELECT ? AS metric, ? AS entity, code, ts::TIMESTAMP_MS AS ts, value / ? AS value, "
                "CASE WHEN ts::DATE BETWEEN ? AND ? THEN 'provisional' ELSE 'ok' END AS quality "
                "FROM read_parquet(?) WHERE ts >= ? AND ts < ? ORDER BY code, ts",
                params=[metric, entity, divisor, first, last, str(path), SINCE, TODAY],
            ).to_arrow_table()
            tables[f"{metric}/{entity}"] = found.cast(parquet.SERIES_SCHEMA)
    for name, file in {
        "ListadoRecursos": "listado_recursos",
        "ListadoEmbalses": "listado_embalses",
        "ListadoRios": "listado_rios",
    }.items():
        fields = ", ".join(f'"{field}" AS "{column}"' for field, column in LIST_COLUMNS[name].items())
        where = "WHERE vintage = '2024-05-06'" if name == "ListadoRecursos" else ""
        sql = f"SELECT {fields} FROM read_parquet('{REAL / f'{file}.parquet'}') {where}"
        tables[f"{name}/Sistema"] = list_table(name, rows(con, sql))
    con.close()
    return tables


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse over XM's own values of 2023-01-01 to 2024-05-05."""
    with open_warehouse(tmp_path_factory.mktemp("real"), _tables(), TODAY, small_catalog()) as con:
        yield con


def test_spot_price_of_30_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """Mean 127.12, minimum 96.36, maximum 228.36 COP/kWh."""
    found = one(real, "SELECT mean, min, max, hours FROM price_daily WHERE day = '2024-04-30'")
    assert {k: round(v, 2) for k, v in found.items()} == {"mean": 127.12, "min": 96.36, "max": 228.36, "hours": 24}


def test_mix_of_30_april_2024(real: duckdb.DuckDBPyConnection) -> None:
    """233.86 GWh: hydro 143.26, thermal 78.45, solar 10.12, cogeneration 1.57, wind 0.46."""
    sql = "SELECT source, gwh FROM generation_mix_daily WHERE split = 'technology' AND day = '2024-04-30' AND gwh > 0"
    assert {row["source"]: round(row["gwh"], 2) for row in rows(real, sql)} == {
        "Hidráulica": 143.26, "Térmica": 78.45, "Solar": 10.12, "Biomasa y cogeneración": 1.57, "Eólica": 0.46,
    }  # fmt: skip
    assert round(one(real, "SELECT gwh FROM generation_daily WHERE day = '2024-04-30'")["gwh"], 2) == 233.86


def test_fuels_split_the_thermal_part(real: duckdb.DuckDBPyConnection) -> None:
    """Gas, coal and liquids come from the same vintage of the list; biogas and bagasse join the biomass."""
    sql = "SELECT source, gwh FROM generation_mix_daily WHERE split = 'fuel' AND day = '2024-04-30' AND gwh > 0"
    fuels = {row["source"]: round(row["gwh"], 2) for row in rows(real, sql)}
    assert fuels == {
        "Hidráulica": 143.26, "Gas": 37.57, "Carbón": 29.19, "Líquidos": 11.66, "Solar": 10.12,
        "Biomasa y cogeneración": 1.6, "Eólica": 0.46,
    }  # fmt: skip


def test_mix_adds_up_on_every_day_of_the_week(real: duckdb.DuckDBPyConnection) -> None:
    """Plants equal the system to 1e-6 GWh, so all five days may be quoted."""
    found = one(real, "SELECT count(*) AS days, max(abs(plants_gwh - generation_gwh)) AS gap FROM mix_day")
    assert found["days"] == 5
    assert found["gap"] < 1e-6


def test_reserves_and_inflows_of_5_may_2024(real: duckdb.DuckDBPyConnection) -> None:
    """Reserves 34.42 %; inflows 344.0 GWh, 121.7 % of the historical mean."""
    found = {r["series"]: r for r in rows(real, "SELECT series, day, value FROM headline")}
    assert found["reserves"]["day"] == found["inflows"]["day"] == dt.date(2024, 5, 5)
    assert round(found["reserves"]["value"], 2) == 34.42
    assert round(found["inflows"]["value"], 1) == 344.0
    assert round(found["inflows_pct"]["value"], 1) == 121.7


def test_demand_of_2023(real: duckdb.DuckDBPyConnection) -> None:
    """79,982 GWh, 365 days."""
    found = one(real, "SELECT value, days FROM api_yearly WHERE metric = 'demand' AND year = 2023")
    assert (round(found["value"]), found["days"]) == (79982, 365)


def test_partial_demand_is_marked_and_never_quoted(real: duckdb.DuckDBPyConnection) -> None:
    """52.6 and 49.1 GWh of 2 and 3 May are visible as provisional, and no headline or claim holds a provisional day."""
    found = rows(real, "SELECT gwh, quality FROM demand_real_daily WHERE day >= '2024-05-02' ORDER BY day")
    assert [(round(row["gwh"], 1), row["quality"]) for row in found] == [(52.6, "provisional"), (49.1, "provisional")]
    days = {row["series"]: row["day"] for row in rows(real, "SELECT series, day FROM headline")}
    assert days["demand"] == dt.date(2024, 5, 3)
    assert days["demand_peak"] == dt.date(2024, 5, 1)
    assert not rows(real, "SELECT * FROM headline WHERE NOT quotable(quality)")
    assert not rows(real, "SELECT * FROM claim WHERE NOT quotable(state)")
    held = one(
        real, "SELECT count(*) AS n FROM api_daily_headlines WHERE metric = 'demand' AND quality = 'provisional'"
    )
    assert held == {"n": 2}


def test_variations_use_the_stated_days(real: duckdb.DuckDBPyConnection) -> None:
    """Price of Sunday 5 May 2024 against the Sundays 28 April 2024 and 7 May 2023, recomputed from the hours."""
    found = one(real, "SELECT day, week_ago, year_ago FROM headline WHERE series = 'price'")
    assert found["day"] == dt.date(2024, 5, 5)
    for column, day in (("week_ago", "2024-04-28"), ("year_ago", "2023-05-07")):
        hourly = one(real, f"SELECT avg(value) AS mean FROM \"PrecBolsNaci\" WHERE ts::DATE = '{day}'")
        assert found[column] == pytest.approx(hourly["mean"], abs=1e-7)


def test_restrictions_are_summed_over_the_hours_and_not_added(real: duckdb.DuckDBPyConnection) -> None:
    """29 April 2024: 15,944 and 16,505 million COP."""
    sql = "SELECT before_relief_mcop, charged_mcop FROM restrictions_daily WHERE day = '2024-04-29'"
    found = one(real, sql)
    assert (round(found["before_relief_mcop"]), round(found["charged_mcop"])) == (15944, 16505)


def test_regions_hold_all_the_inflow(real: duckdb.DuckDBPyConnection) -> None:
    """Every river of 5 May 2024 has a region, and regions add up to the system's 344.0 GWh."""
    found = rows(real, "SELECT region, inflow_gwh FROM region_inflow_daily WHERE day = '2024-05-05'")
    assert round(sum(row["inflow_gwh"] for row in found), 1) == 344.0
    assert {row["region"] for row in found} >= {"ANTIOQUIA", "CENTRO", "ORIENTE", "VALLE", "CALDAS", "CARIBE"}


def test_reservoirs_add_up_to_the_system_when_all_report(real: duckdb.DuckDBPyConnection) -> None:
    """24 reservoirs of 5 May 2024, Agregado Bogotá included, hold the system's volume; their shares are 100 %."""
    found = one(
        real,
        "SELECT count(*) AS n, sum(volume_gwh) AS gwh, sum(share_pct) AS share, count(*) FILTER "
        "(WHERE region = 'SIN REGIÓN') AS lost FROM reservoir_latest",
    )
    assert found["n"] == 24
    assert found["gwh"] == pytest.approx(5974.9895, abs=1e-3)
    assert found["share"] == pytest.approx(100, abs=1e-6)
    assert found["lost"] == 0


def test_charts_have_one_value_a_position(real: duckdb.DuckDBPyConnection) -> None:
    """On XM's own values no chart of the boards repeats a position of a series, nor draws a provisional day."""
    boards = load_catalog().boards
    for slug in BOARDS:
        for block in boards[slug].blocks:
            if block.type not in {"line", "area", "stack", "bar", "heatmap"}:
                continue
            found = rows(real, block.sql)
            keys = [(row["x"], row.get("series", row.get("y"))) for row in found]
            assert len(set(keys)) == len(keys), f"{slug} {block.id}"
            assert not {row.get("quality") for row in found} & open_states(), f"{slug} {block.id}"
