"""What the lake gained since the day before: one row a series, from the manifests alone.

A manifest says how many rows and days each series had and where it ended, so no value is read. The state compared
with is the last one in use on an earlier day; without one, the lake is new and every row counts as gained.
"""

from __future__ import annotations

import datetime as dt

import duckdb
import pyarrow as pa

from pipeline.core.errors import StoreError
from pipeline.store.lake import EMPTY, Lake, Manifest

TABLE = "lake_change"
_SCHEMA = pa.schema(
    [
        ("metric", pa.string()),
        ("entity", pa.string()),
        ("rows_before", pa.int64()),
        ("rows_now", pa.int64()),
        ("last_before", pa.string()),
        ("last_now", pa.string()),
        ("since", pa.string()),
    ]
)


def create_table(con: duckdb.DuckDBPyConnection, lake: Lake, manifest: Manifest, today: dt.date) -> None:
    """Create `lake_change(metric, entity, rows_before, rows_now, last_before, last_now, since)`.

    Only series whose content is another than on the day before `today` have a row; `since` is the day of the state
    compared with, NULL when there was none. Internal tables (`_…`) are left out.
    """
    before = _before(lake, today)
    rows = []
    for metric, entity in sorted({*before.keys(), *manifest.keys()}):
        old, new = before.of(metric, entity), manifest.of(metric, entity)
        if metric.startswith("_") or {p.sha256 for p in old} == {p.sha256 for p in new}:
            continue
        rows.append(
            {
                "metric": metric,
                "entity": entity,
                "rows_before": sum(p.rows for p in old),
                "rows_now": sum(p.rows for p in new),
                "last_before": max((p.max_ts for p in old if p.max_ts), default=None),
                "last_now": max((p.max_ts for p in new if p.max_ts), default=None),
                "since": before.created[:10] or None,
            }
        )
    con.register("change_rows", pa.Table.from_pylist(rows, schema=_SCHEMA))
    con.execute(
        f"CREATE TABLE {TABLE} AS SELECT metric, entity, rows_before, rows_now, last_before::DATE AS last_before, "
        "last_now::DATE AS last_now, since::DATE AS since FROM change_rows ORDER BY metric, entity"
    )
    con.unregister("change_rows")


def _before(lake: Lake, today: dt.date) -> Manifest:
    try:
        return lake.as_of(today - dt.timedelta(days=1))
    except StoreError:
        return EMPTY
