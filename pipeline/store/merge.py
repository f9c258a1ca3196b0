"""Merging new rows into known ones by key, and telling what was added, revised, withdrawn or left as it was."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.answers import WholeAnswer
from pipeline.core.errors import DuplicateKey
from pipeline.store.held import Place, in_places
from pipeline.store.keys import Keys, keys_of, order_of
from pipeline.store.parts import VERSION, row_schema, rows_of
from pipeline.store.withdrawals import unnamed

REVISION_SCHEMA = pa.schema(
    [
        pa.field("code", pa.string()),
        pa.field("ts", pa.timestamp("ms")),
        pa.field("old", pa.float64()),
        pa.field("new", pa.float64()),  # null: the source withdrew the value
    ]
)


@dataclass(frozen=True)
class Merge:
    """The merged rows (sorted) and the account of the merge; `held` are rows that were not taken."""

    rows: pa.Table
    revisions: pa.Table
    added: int
    revised: int
    unchanged: int
    changed: bool
    held: int = 0
    withdrawn: int = 0


def merge_rows(
    old: pa.Table | None,
    new: pa.Table,
    answers: Sequence[WholeAnswer] = (),
    order: Sequence[str] = (),
    spared: Collection[Place] = (),
) -> Merge:
    """Merge `new` over `old` by (code, ts), and by version in a series that has versions.

    A revision is a change of value; a change of quality alone rewrites the row but is no revision. The first
    publication of a half-built (`provisional`) day is not kept as a revision either: it never was the value. Whatever
    is withdrawn is one, with no new value.

    Args:
        old: The known rows.
        new: The rows that came.
        answers: Days of which the source said all that it holds: what `new` lacks of them goes.
        order: Settlement versions, the weakest first.
        spared: Days (and versions) of which nothing goes.

    Raises:
        DuplicateKey: `new` holds a key twice.
    """
    schema = row_schema(new)
    log_schema = REVISION_SCHEMA.append(VERSION) if VERSION.name in schema.names else REVISION_SCHEMA
    before = rows_of(old).cast(schema) if old is not None and old.num_rows else schema.empty_table()
    rows = pa.concat_tables([before, new.select(schema.names).cast(schema)])
    keys = keys_of(rows)
    count = before.num_rows
    before, known = _sorted(rows.slice(0, count), keys[:count])
    new, fresh = _sorted(rows.slice(count), keys[count:])
    _refuse_duplicates(new, fresh)
    if not count:
        nothing = log_schema.empty_table()
        return Merge(new, nothing, added=new.num_rows, revised=0, unchanged=0, changed=new.num_rows > 0)
    place = np.minimum(np.searchsorted(known, fresh), count - 1)
    shared = known[place] == fresh
    was, now = before.take(pa.array(place[shared])), new.filter(pa.array(shared))
    moved = pc.not_equal(was["value"], now["value"])
    requalified = pc.any(pc.not_equal(was["quality"], now["quality"]), min_count=0).as_py()
    named = np.zeros(count, dtype=bool)
    named[place[shared]] = True
    gone = unnamed(before, named, new, answers, order) if answers else np.zeros(count, dtype=bool)
    if spared and gone.any():
        gone &= ~in_places(before, spared).to_numpy()
    added, revised, withdrawn = int((~shared).sum()), pc.sum(moved, min_count=0).as_py(), int(gone.sum())
    if not (added or revised or requalified or withdrawn):
        return Merge(before, log_schema.empty_table(), added=0, revised=0, unchanged=now.num_rows, changed=False)
    logged = pc.and_(moved, pc.not_equal(was["quality"], "provisional"))
    revisions = now.append_column("old", was["value"]).append_column("new", now["value"]).filter(logged)
    lost = before.filter(pa.array(gone))
    lost = lost.append_column("old", lost["value"]).append_column("new", pa.nulls(withdrawn, pa.float64()))
    revisions = pa.concat_tables([each.select(log_schema.names).cast(log_schema) for each in (revisions, lost)])
    kept = ~named & ~gone
    merged, _ = _sorted(pa.concat_tables([before.filter(pa.array(kept)), new]), np.concatenate([known[kept], fresh]))
    return Merge(
        merged,
        revisions,
        added=added,
        revised=revised,
        unchanged=now.num_rows - revised,
        changed=True,
        withdrawn=withdrawn,
    )


def _sorted(rows: pa.Table, keys: Keys) -> tuple[pa.Table, Keys]:
    order = order_of(keys)
    return (rows, keys) if order is None else (rows.take(pa.array(order)), keys[order])


def _refuse_duplicates(rows: pa.Table, keys: Keys) -> None:
    twice = np.flatnonzero(keys[1:] == keys[:-1])
    if len(twice):
        first = rows.slice(int(twice[0]), 1).to_pylist()[0]
        raise DuplicateKey(
            "Two values for one key",
            hint="ingest must settle duplicates first",
            code=first["code"],
            ts=first["ts"],
        )
