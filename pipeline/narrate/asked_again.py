"""The query of a claim, run, beside the figures of the claim."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from pipeline.narrate.claims import Claim

#: What each figure of a claim is called by its query.
COLUMNS = {
    "value": "valor", "base": "base", "change": "cambio", "threshold": "umbral", "days": "dias", "previous": "anterior",
    "left": "primero", "right": "segundo", "difference": "diferencia", "total": "total", "low": "bajo", "high": "alto",
    "known": "conocido",
}  # fmt: skip
_NEAR = 1e-4  # published files have six decimals


def differing(con: duckdb.DuckDBPyConnection, claim: Claim) -> Iterator[str]:
    """Yield what the query of a claim, all of whose columns are named, says otherwise than the claim."""
    told = con.execute(claim.sql)
    names = [column[0] for column in told.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in told.fetchall()]
    for name, column in COLUMNS.items():
        value = claim.figures.get(name)
        if value is not None and not (rows and _equal(rows[0].get(column), value)):
            yield f"{claim.id}: {name} is {value}, its query gives {rows[:1]}"
    for part, share in claim.parts.items():
        if not any(_equal(row.get("parte"), share) for row in rows):
            yield f"{claim.id}: {part} is {share}, its query gives {rows}"


def _equal(found: object, value: float) -> bool:
    return found is not None and abs(float(str(found)) - value) <= _NEAR * max(1.0, abs(value))
