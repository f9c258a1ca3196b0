"""What lists said before: a row that changes or leaves its list is kept, with the last day on which it stood there.

A list is replaced whole, night after night; only what is gone from it is written, so that a night without changes
writes nothing. A plant that XM strikes off its list keeps its technology for the days on which it generated.
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.store.lake import Lake, Manifest, Transaction
from pipeline.store.sql import files_of, literal, typed

PAST = "_list_past"


def past_key(metric: str, entity: str) -> tuple[str, str]:
    """Return the table of what a list said before."""
    return PAST, f"{metric}.{entity}"


def past_of(transaction: Transaction, metric: str, entity: str) -> pa.Table:
    """Return the rows that left a list or were changed: its columns, `ts` the last day of each; maybe none."""
    return transaction.read(*past_key(metric, entity))


def put_list(
    transaction: Transaction, metric: str, entity: str, rows: pa.Table, superseded: pa.Table | None = None
) -> None:
    """Store a list as it now stands, and what is gone from it beside it.

    Args:
        transaction: Where both go.
        metric: The list.
        entity: Its entity kind.
        rows: The list: entity, code, ts (its day), attributes.
        superseded: Rows of the same reply that another of the same code replaces.
    """
    there = set(_contents(rows))
    past = past_of(transaction, metric, entity)
    told = _contents(past, rows.column_names)
    dated = set(zip(told, past["ts"].to_pylist(), strict=True)) if told else set()
    gone: list[dict[str, object]] = []
    before = transaction.read(metric, entity)
    for content, row in zip(_contents(before, rows.column_names), before.to_pylist(), strict=True):
        # A list that is held back loses the same rows every night: they are told once.
        if content not in there and (content, row["ts"]) not in dated:
            gone.append(row)
    if superseded is not None:
        known = {*told, *there}
        fresh = zip(_contents(superseded, rows.column_names), superseded.to_pylist(), strict=True)
        gone += [row for content, row in fresh if content not in known]
    if gone:
        table = pa.Table.from_pylist([{n: row.get(n) for n in rows.column_names} for row in gone], schema=rows.schema)
        transaction.put_table(*past_key(metric, entity), table, mode="append")
    transaction.put_table(metric, entity, rows)


def _contents(table: pa.Table, names: list[str] | None = None) -> list[tuple[object, ...]]:
    """Return what each row says, but for its day, in the order of `names`."""
    wanted = [name for name in names or table.column_names if name != "ts"]
    rows = table.select([name for name in wanted if name in table.column_names]).to_pylist()
    return [tuple(row.get(name) for name in wanted) for row in rows]


def list_query(catalog: Catalog, metric: Metric, columns: str, lake: Lake, manifest: Manifest) -> str:
    """Return the rows of a list; of one that names the codes of other series, also what left it, as it was last.

    The days on which a plant generated stay: they need its technology when XM has struck it off.

    Args:
        catalog: The declarations.
        metric: The list.
        columns: Its names and types, as in CREATE TABLE.
        lake: The lake.
        manifest: Its state.
    """
    now, entity = typed(columns, files_of(lake, manifest, metric.id)), metric.entities[0]
    past = tuple(part for part in manifest.of(*past_key(metric.id, entity)) if part.rows)
    if not past or not any(kind.listed_in == metric.id for kind in catalog.entities.values()):
        return now
    left = typed(columns, files_of(lake, replace(manifest, parts=past), PAST))
    order = ", ".join(column.rsplit(" ", 1)[0] for column in columns.split(", "))
    return (
        f"FROM ({now}) UNION ALL BY NAME (SELECT DISTINCT ON (code) * FROM ({left}) WHERE code NOT IN "
        f"(SELECT code FROM ({now}) WHERE entity = {literal(entity)}) ORDER BY code, ts DESC, {order})"
    )
