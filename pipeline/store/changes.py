"""What the lake gained since the day before: one row a series, from the manifests alone.

A manifest says how many rows and days each series had and where it ended, so no value is read. The state compared
with is the last one in use on an earlier day; without one, the lake is new and every row counts as gained.
"""

from __future__ import annotations

import datetime as dt

import duckdb

from pipeline.core.errors import StoreError
from pipeline.store.lake import EMPTY, Lake, Manifest, Part
from pipeline.store.sql import make_table

_COLUMNS = (
    "metric VARCHAR, entity VARCHAR, rows_before BIGINT, rows_now BIGINT, last_before DATE, last_now DATE, since DATE"
)


def create_table(con: duckdb.DuckDBPyConnection, lake: Lake, manifest: Manifest, today: dt.date) -> None:
    """Create `lake_change(metric, entity, rows_before, rows_now, last_before, last_now, since)`.

    Only series whose content is another than on the day before `today` have a row; `since` is the day of the state
    compared with, NULL when there was none. Internal tables (`_…`) are left out.
    """
    before = _before(lake, today)
    rows = []
    for key in sorted({*before.keys(), *manifest.keys()}):
        old, new = before.of(*key), manifest.of(*key)
        if not key[0].startswith("_") and {p.sha256 for p in old} != {p.sha256 for p in new}:
            counts = [sum(part.rows for part in parts) for parts in (old, new)]
            rows.append((*key, *counts, _last(old), _last(new), before.created[:10] or None))
    make_table(con, "lake_change", _COLUMNS, rows)


def _last(parts: list[Part]) -> str | None:
    return max((part.max_ts[:10] for part in parts if part.max_ts), default=None)


def _before(lake: Lake, today: dt.date) -> Manifest:
    try:
        return lake.as_of(today - dt.timedelta(days=1))
    except StoreError:
        return EMPTY
