"""The engine that queries of claims run in."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb


def console(site: Path) -> duckdb.DuckDBPyConnection:
    """Return an engine that knows what the console of a site knows besides the metrics, and nothing else."""
    con = duckdb.connect()
    for table in json.loads((site / "api" / "v1" / "metricas.json").read_text(encoding="utf-8"))["tablas"]:
        files = [str(site / "datos" / name) for name in table["archivos"]]
        read = (
            "read_parquet(?)"
            if files[0].endswith(".parquet")
            else f"read_csv(?, header=true, columns={table['columnas']})"
        )
        con.execute(f'CREATE TABLE "{table["nombre"]}" AS FROM {read}', [files])
    return con
