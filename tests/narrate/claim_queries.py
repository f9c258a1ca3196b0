"""The query of a claim, run, beside the figures of the claim."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from pipeline.narrate.claims import Claim
from pipeline.site.downloads.claims_file import FIGURES

_NEAR = 1e-4  # published files have six decimals


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


def differing(con: duckdb.DuckDBPyConnection, claim: Claim) -> Iterator[str]:
    """Yield what the query of a claim, all of whose columns are named, says otherwise than the claim."""
    try:
        told = con.execute(claim.sql)
    except duckdb.Error as error:
        yield f"{claim.id}: {error}"
        return
    names = [column[0] for column in told.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in told.fetchall()]
    for name, column in FIGURES.items():
        value = claim.figures.get(name)
        if value is not None and not (rows and _equal(rows[0].get(column), value)):
            yield f"{claim.id}: {name} is {value}, its query gives {rows[:1]}"
    for part, share in claim.parts.items():
        if not any(_equal(row.get("parte"), share) for row in rows):
            yield f"{claim.id}: {part} is {share}, its query gives {rows}"


def _equal(found: object, value: float) -> bool:
    return found is not None and abs(float(str(found)) - value) <= _NEAR * max(1.0, abs(value))
