"""The engine that queries of claims run in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb


def console(site: Path) -> duckdb.DuckDBPyConnection:
    """Return an engine that knows what the console of a site knows, read from the published files and nothing else."""
    con = duckdb.connect()
    data, known = site / "datos", json.loads((site / "api" / "v1" / "metricas.json").read_text(encoding="utf-8"))
    for table in known["tablas"]:
        files = [str(data / name) for name in table["archivos"]]
        read = (
            "read_parquet(?)"
            if files[0].endswith(".parquet")
            else f"read_csv(?, header=true, columns={table['columnas']})"
        )
        con.execute(f'CREATE TABLE "{table["nombre"]}" AS FROM {read}', [files])
    series = (data / "portal.sql").read_text(encoding="utf-8")
    con.execute(re.sub(r"(?<=SET VARIABLE portal = )'[^']*'", f"'{data}/'", series))
    there = {name for (name,) in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
    for metric in known["metricas"]:  # as site_src/js/lib/statements.js has them
        kind = metric["agregacion_diaria"] if metric["granularidad"] == "horaria" else metric["granularidad"]
        rule = known["dias"].get(f"{kind}, por versión" if metric["versionada"] else kind)
        if rule and metric["id"] in there:
            weights = f'"{metric["ponderada_por"]}"'
            select = rule.replace("{values}", f'"{metric["id"]}"').replace("{weights}", weights)
            con.execute(f'CREATE VIEW "{metric["id"]}_daily" AS {select}')
    return con
