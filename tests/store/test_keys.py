"""Rows as integers: the order is that of the columns, and merging by them is merging by the key."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import DuplicateKey
from pipeline.store.keys import keys_of, order_of
from pipeline.store.merge import merge_rows
from pipeline.store.parts import ROW_SCHEMA, sort_rows

CODES = st.sampled_from(["A", "a", "B", "AB", "Ñ", "Z", "ENDC|REGULADO", "⚡"])
STAMPS = st.builds(
    lambda hour, minute: dt.datetime(1950, 1, 1) + dt.timedelta(hours=hour, minutes=minute),
    st.integers(0, 700_000),
    st.sampled_from([0, 0, 0, 7]),
)
CELLS = st.dictionaries(
    st.tuples(CODES, STAMPS),
    st.tuples(st.floats(0, 9), st.sampled_from(["ok", "provisional"])),
    max_size=25,
)


def table(cells: dict) -> pa.Table:
    rows = [{"code": c, "ts": t, "value": v, "quality": q} for (c, t), (v, q) in cells.items()]
    return pa.Table.from_pylist(rows, schema=ROW_SCHEMA)


def cells_of(rows: pa.Table) -> dict:
    return {(r["code"], r["ts"]): (r["value"], r["quality"]) for r in rows.to_pylist()}


@given(CELLS)
def test_sorting_by_integers_is_sorting_by_columns(cells):
    """Codes compare by their UTF-8 bytes, as they do in Parquet statistics, then stamps, before 1970 too."""
    rows = sort_rows(table(cells))
    assert [(r["code"], r["ts"]) for r in rows.to_pylist()] == sorted(cells, key=lambda k: (k[0].encode(), k[1]))
    assert order_of(keys_of(rows)) is None


@given(CELLS, CELLS)
def test_merging_by_integers_is_updating_a_dictionary(old, new):
    """Whatever overlaps, the result and the account are those of a plain dictionary."""
    found = merge_rows(table(old), table(new), restated=True)
    assert found.added == len(new.keys() - old.keys())
    assert found.revised == sum(old[k][0] != new[k][0] for k in old.keys() & new.keys())
    assert found.added + found.revised + found.unchanged == len(new)
    assert found.changed == ((old | new) != old)
    if found.changed:
        assert cells_of(found.rows) == old | new
        assert found.rows.equals(sort_rows(found.rows))
    logged = {(r["code"], r["ts"]): (r["old"], r["new"]) for r in found.revisions.to_pylist()}
    assert logged == {k: (old[k][0], new[k][0]) for k in old.keys() & new.keys() if old[k][0] != new[k][0]}


def test_a_key_twice_is_refused_by_name():
    """The message names the row."""
    rows = pa.concat_tables([table({("A", dt.datetime(2024, 5, 6)): (1.0, "ok")})] * 2)
    with pytest.raises(DuplicateKey) as refused:
        merge_rows(None, rows)
    assert refused.value.context["code"] == "A"
