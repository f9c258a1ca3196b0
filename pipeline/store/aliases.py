"""Renamed codes, joined where they are read: the lake keeps what came under either, whatever anybody declares later.

Rows of an old code count as the new one's. Where both have a value of the same hour, the new code's own counts, so that
nothing counts twice. A list that does not name the new code yet says of it what it says of the old one.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.store.sql import literal, make_table


def joined_values(query: str, metric: Metric, catalog: Catalog) -> str:
    """Return the query of a metric's values (entity, code, ts, …) with renamed codes under their newest one."""
    heirs = {entity: found for entity in metric.entities if (found := catalog.renamed(entity))}
    if not heirs:
        return query
    old = _pairs((entity, code) for entity, codes in heirs.items() for code in codes)
    new = _pairs((entity, code) for entity, codes in heirs.items() for code in codes.values())
    # Of two old codes of one thing the one that was renamed last counts: it was nearest to the new one.
    return f"""
        WITH told AS (SELECT * FROM ({query}) WHERE (entity, code) NOT IN ({old})),
        before AS (
            SELECT v.* REPLACE (a.heir AS code)
            FROM ({query}) AS v JOIN catalog_alias AS a ON a.same AND a.entity = v.entity AND a.old = v.code
            WHERE (v.entity, v.code) IN ({old})
            QUALIFY row_number() OVER (PARTITION BY v.entity, a.heir, v.ts ORDER BY a.since DESC NULLS LAST, a.old) = 1
        )
        FROM told UNION ALL FROM before AS b WHERE NOT EXISTS (
            FROM told AS t WHERE (t.entity, t.code) IN ({new}) AND (t.entity, t.code, t.ts) = (b.entity, b.code, b.ts)
        )"""


def joined_list(query: str, metric: Metric, catalog: Catalog) -> str:
    """Return the query of a list with the rows of renamed codes under the newest one, unless it is listed itself."""
    for kind in catalog.entities.values():
        if kind.listed_in == metric.id and (heirs := catalog.renamed(kind.id)):
            name, old = kind.listed_as, ", ".join(map(literal, heirs))
            cases = " ".join(f"WHEN {literal(code)} THEN {literal(heir)}" for code, heir in heirs.items())
            query = f"""
                WITH listed AS ({query})
                SELECT * REPLACE (CASE {name} {cases} ELSE {name} END AS {name}) FROM listed
                WHERE {name} IS NULL OR {name} NOT IN ({old})
                   OR CASE {name} {cases} END NOT IN (SELECT {name} FROM listed WHERE {name} IS NOT NULL)"""
    return query


def create_alias_table(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create `catalog_alias(id, entity, old, new, heir, since, same, text, source)`; `heir`: the newest code."""
    make_table(
        con,
        "catalog_alias",
        "id VARCHAR, entity VARCHAR, old VARCHAR, new VARCHAR, heir VARCHAR, since DATE, same BOOLEAN, text VARCHAR, "
        "source VARCHAR",
        [
            (a.id, a.entity, a.old, a.new, catalog.renamed(a.entity).get(a.old), a.since, a.same, a.text, a.source)
            for a in catalog.aliases
        ],
    )
    con.execute("COMMENT ON TABLE catalog_alias IS 'Codes that the source renamed, and pairs that only look so'")


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"({literal(entity)}, {literal(code)})" for entity, code in pairs)
