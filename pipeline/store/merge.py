"""Merging new rows into known ones by key, and telling what was added, revised or left as it was."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from pipeline.core.errors import DuplicateKey
from pipeline.store.parts import VERSION, key_of, row_schema, rows_of, sort_rows

REVISION_SCHEMA = pa.schema(
    [
        pa.field("code", pa.string()),
        pa.field("ts", pa.timestamp("ms")),
        pa.field("old", pa.float64()),
        pa.field("new", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Merge:
    """The merged rows (sorted) and the account of the merge."""

    rows: pa.Table
    revisions: pa.Table
    added: int
    revised: int
    unchanged: int
    changed: bool


def merge_rows(old: pa.Table | None, new: pa.Table) -> Merge:
    """Merge `new` over `old` by (code, ts), and by version in a series that has versions.

    A revision is a change of value; a change of quality alone rewrites the row but is no revision. The first
    publication of a half-built (`provisional`) day is not kept as a revision either: it never was the value.

    Raises:
        DuplicateKey: `new` holds a key twice.
    """
    schema = row_schema(new)
    key = key_of(schema)
    new = sort_rows(new.select(schema.names).cast(schema))
    frame = new.to_pandas()
    if frame.duplicated(key).any():
        first = frame[frame.duplicated(key)].iloc[0]
        raise DuplicateKey(
            "Two values for one key",
            hint="validate must settle duplicates first",
            code=first["code"],
            ts=first["ts"],
        )
    log_schema = REVISION_SCHEMA.append(VERSION) if VERSION.name in key else REVISION_SCHEMA
    nothing = log_schema.empty_table()
    if old is None or not old.num_rows:
        return Merge(new, nothing, added=new.num_rows, revised=0, unchanged=0, changed=new.num_rows > 0)
    before = rows_of(old).to_pandas()
    both = before.merge(frame, on=key, how="outer", suffixes=("_old", "_new"), indicator=True)
    shared = both["_merge"] == "both"
    moved = shared & (both["value_old"] != both["value_new"])
    requalified = shared & (both["quality_old"] != both["quality_new"])
    added = int((both["_merge"] == "right_only").sum())
    log = both[moved & (both["quality_old"] != "provisional")]
    revisions = pa.Table.from_pandas(
        log.rename(columns={"value_old": "old", "value_new": "new"})[log_schema.names],
        schema=log_schema,
        preserve_index=False,
    )
    merged = pd.DataFrame(
        {
            **{name: both[name] for name in key},
            "value": both["value_new"].where(both["_merge"] != "left_only", both["value_old"]),
            "quality": both["quality_new"].where(both["_merge"] != "left_only", both["quality_old"]),
        }
    )
    rows = sort_rows(pa.Table.from_pandas(merged, schema=schema, preserve_index=False))
    return Merge(
        rows,
        revisions,
        added=added,
        revised=int(moved.sum()),
        unchanged=int(shared.sum() - moved.sum()),
        changed=bool(added or moved.any() or requalified.any()),
    )
