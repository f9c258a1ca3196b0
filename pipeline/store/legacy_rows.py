"""What is kept of the database of the system before: a table of its own in the lake, beside the series.

A source knows nothing of these rows: in a series its next whole answer would take them for withdrawn, and no figure of
the portal is made of what cannot be asked for again. Each row says where it came from and how its unit was proven.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.store.transaction import Transaction

TABLE = "_legacy_value"
_KEY = ["code", "ts"]
LEGACY_SCHEMA = pa.schema(
    [
        ("metric", pa.string()), ("entity", pa.string()), ("code", pa.string()), ("ts", pa.timestamp("us")),
        ("value", pa.float64()), ("unit", pa.string()), ("grain", pa.string()),
        ("origin", pa.string()),  # table of the system before
        ("factor", pa.float64()),  # what turned its number into the unit, proven by days that both have
        ("proofs", pa.int64()),  # rows that prove it
        ("taken", pa.date32()),
    ]
)  # fmt: skip


def keep_legacy(transaction: Transaction, metric: str, entity: str, rows: pa.Table) -> int:
    """Keep rows (`LEGACY_SCHEMA`) that are not kept yet; what is kept stays as it is. Return how many are new."""
    key = TABLE, f"{metric}.{entity}"
    before = transaction.read(*key)
    known = before.select(LEGACY_SCHEMA.names).cast(LEGACY_SCHEMA) if before.num_rows else LEGACY_SCHEMA.empty_table()
    fresh = rows.join(known.select(_KEY), keys=_KEY, join_type="left anti").select(LEGACY_SCHEMA.names)
    if fresh.num_rows:
        both = pa.concat_tables([known, fresh.cast(LEGACY_SCHEMA)])
        transaction.put_table(*key, both.take(pc.sort_indices(both, sort_keys=[(n, "ascending") for n in _KEY])))
    return int(fresh.num_rows)
