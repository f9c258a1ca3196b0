"""Merging new rows into known ones by key, and telling what was added, revised, withdrawn or left as it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.value_states import open_states
from pipeline.core.answers import WholeAnswer
from pipeline.core.errors import DuplicateKey
from pipeline.store.held import Place, in_places
from pipeline.store.keys import Keys, keys_of, order_of
from pipeline.store.parts import VERSION, row_schema, rows_of
from pipeline.store.withdrawals import unnamed

YOUNG_DAYS = 45  # as long as a source is asked again: later changes are no completion
GROWTH = 1.05
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
    *,
    reported: bool = False,
    restated: bool = False,
) -> Merge:
    """Merge `new` over `old` by (code, ts), and by version in a series that has versions.

    A revision is a change of value; a young day of what is summed over those who have reported, which is completed, is
    none: it never was the value. Whatever is withdrawn is one, with no new value. A row whose value does not change
    keeps its state, and one that may not be quoted keeps it too: what its evidence and its revisions make of it is not
    known here (`store/evidence`).

    Args:
        old: The known rows.
        new: The rows that came.
        answers: Days of which the source said all that it holds: what `new` lacks of them goes.
        order: Settlement versions, the weakest first.
        spared: Days (and versions) of which nothing goes.
        reported: The series adds up those who have reported so far.
        restated: The rows are the known ones, with new states.

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
    logged = moved
    if reported and pc.any(moved, min_count=0).as_py():
        newest = max(pc.max(each["ts"]).as_py() for each in (before, new))
        logged = pc.and_(moved, pc.invert(_completed(was, now, newest)))
    if not restated:
        now = _with_states(was, now, moved)
        new = pa.concat_tables([new.filter(pa.array(~shared)), now])
        fresh = np.concatenate([fresh[~shared], fresh[shared]])
    requalified = pc.any(pc.not_equal(was["quality"], now["quality"]), min_count=0).as_py()
    named = np.zeros(count, dtype=bool)
    named[place[shared]] = True
    gone = unnamed(before, named, new, answers, order) if answers else np.zeros(count, dtype=bool)
    if spared and gone.any():
        gone &= ~in_places(before, spared).to_numpy()
    added, revised, withdrawn = int((~shared).sum()), pc.sum(moved, min_count=0).as_py(), int(gone.sum())
    if not (added or revised or requalified or withdrawn):
        return Merge(before, log_schema.empty_table(), added=0, revised=0, unchanged=now.num_rows, changed=False)
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


def _with_states(was: pa.Table, now: pa.Table, moved: pa.ChunkedArray) -> pa.Table:
    """Return rows that come, with the states that they have after the known ones."""
    stays = pc.or_(pc.invert(moved), pc.is_in(was["quality"], pa.array(sorted(open_states()))))
    states = pc.if_else(stays, was["quality"], now["quality"])
    return now.set_column(now.schema.get_field_index("quality"), now.schema.field("quality"), states)


def _completed(was: pa.Table, now: pa.Table, newest: dt.datetime) -> pa.ChunkedArray:
    """Say of each row whether its day is young and grew by more than a twentieth: it was half built before."""
    days = now["ts"].cast(pa.date32())
    totals = pa.table({"day": days, "was": was["value"], "now": now["value"]}).group_by("day", use_threads=False)
    sums = totals.aggregate([("was", "sum"), ("now", "sum")])
    grown = pc.less(pc.multiply(sums["was_sum"], GROWTH), sums["now_sum"])
    since = newest.date() - dt.timedelta(days=YOUNG_DAYS)
    young = pc.greater_equal(sums["day"], pa.scalar(since))
    return pc.is_in(days, sums["day"].filter(pc.and_(grown, young)).combine_chunks())


def codes_of(rows: pa.Table) -> set[str]:
    """Return the codes that have a row."""
    return set(rows["code"].unique().to_pylist())


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
