"""The forecast tables of the warehouse: their columns, and how they are filled from the lake.

The lake keeps each table under ``_<name>/<key>``. Forecasts have three keys (`daily`, `hourly`, `agents`), which the
warehouse puts together: `target` is the start of the hour, or midnight of the day.
"""

from __future__ import annotations

import duckdb

from pipeline.store.lake import Lake, Manifest
from pipeline.store.sql import literal

KEYS = ("daily", "hourly", "agents")
"""Keys under which the lake keeps forecasts; the other tables lie under the first."""

FORECAST_TABLES: dict[str, str] = {
    # One row a vintage and lead, in the stored unit; h in days, or in hours where the series is hourly.
    # scenario: '' for a forecast; 'nino', 'neutral', 'nina' for a hydrological scenario, which is no forecast.
    "forecast_value": "series VARCHAR, model VARCHAR, run_kind VARCHAR, issued DATE, origin DATE, h INTEGER, "
    "target TIMESTAMP, mean DOUBLE, lo80 DOUBLE, hi80 DOUBLE, lo95 DOUBLE, hi95 DOUBLE, scenario VARCHAR",
    # mape, wape, bias, cov80, cov95, skill [%]; mae [stored unit]; mase, t [-]; skill and t against the seasonal naive.
    "forecast_score": "series VARCHAR, model VARCHAR, run_kind VARCHAR, lead VARCHAR, n INTEGER, origins INTEGER, "
    "mape DOUBLE, wape DOUBLE, mase DOUBLE, mae DOUBLE, cov80 DOUBLE, cov95 DOUBLE, bias DOUBLE, skill DOUBLE, "
    "t DOUBLE, published BOOLEAN",
    # What is forecast, which model is shown and why; grain 'daily' or 'hourly'.
    "forecast_policy": "series VARCHAR, title_es VARCHAR, metric VARCHAR, entity VARCHAR, unit VARCHAR, grain VARCHAR, "
    "horizon INTEGER, roster VARCHAR, published VARCHAR, reason VARCHAR",
    # What a class of days of the calendar adds to demand [stored unit], with its 95 % band; n: days seen.
    "forecast_effect": "series VARCHAR, class VARCHAR, title_es VARCHAR, effect DOUBLE, lo DOUBLE, hi DOUBLE, "
    "n INTEGER",
    # The worst misses of the published model; error = mean - actual [stored unit].
    "forecast_miss": "series VARCHAR, model VARCHAR, origin DATE, target TIMESTAMP, h INTEGER, mean DOUBLE, "
    "actual DOUBLE, error DOUBLE, note_es VARCHAR",
}


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the forecast tables and `forecast_part` (the parts of the lake behind each), empty."""
    for name, columns in FORECAST_TABLES.items():
        con.execute(f"CREATE TABLE {name}({columns})")
    con.execute("CREATE TABLE forecast_part(name VARCHAR, sha256 VARCHAR)")


def load_forecasts(con: duckdb.DuckDBPyConnection, lake: Lake, manifest: Manifest) -> None:
    """Fill the forecast tables from the lake; a column that an older part lacks stays empty."""
    for name, columns in FORECAST_TABLES.items():
        files = [literal(str(lake.path(p))) for p in manifest.parts if p.metric == f"_{name}" and p.rows]
        if not files:
            continue
        hashes = [(name, p.sha256) for p in manifest.parts if p.metric == f"_{name}"]
        con.executemany("INSERT INTO forecast_part VALUES (?, ?)", hashes)
        source = f"read_parquet([{', '.join(files)}], union_by_name=true)"
        there = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        shared = ", ".join(c for column in columns.split(", ") if (c := column.split()[0]) in there)
        con.execute(f"INSERT INTO {name} BY NAME SELECT {shared} FROM {source}")
    con.execute("UPDATE forecast_value SET scenario = '' WHERE scenario IS NULL")
    con.execute("UPDATE forecast_score SET run_kind = 'backtest' WHERE run_kind IS NULL")
