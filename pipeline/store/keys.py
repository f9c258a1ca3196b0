"""The key of a row as one integer: sorting, searching and merging millions of rows need no strings.

The integers order rows as their columns do (`code` by its UTF-8 bytes, then `ts`, then `version`). They mean
something only among the rows they were made from.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Keys = npt.NDArray[np.int64]
_HOUR = 3_600_000


def keys_of(table: pa.Table) -> Keys:
    """Return one integer per row of `table` (columns code, ts, and version where the series has one)."""
    if not table.num_rows:
        return np.empty(0, np.int64)
    stamps: Keys = np.array(table["ts"].cast(pa.timestamp("ms")).cast(pa.int64()).to_numpy())
    stamps -= stamps.min()
    if not (stamps % _HOUR).any():
        stamps //= _HOUR
    keys = _ranks(table["code"])
    keys *= stamps.max() + 1
    keys += stamps
    if "version" in table.column_names:
        versions = _ranks(table["version"])
        keys *= versions.max() + 1
        keys += versions
    return keys


def order_of(keys: Keys) -> Keys | None:
    """Return the order that sorts `keys`, or None when they are sorted."""
    if len(keys) < 2 or bool(np.all(keys[1:] >= keys[:-1])):
        return None
    order: Keys = np.argsort(keys, kind="stable")
    return order


def _ranks(column: pa.ChunkedArray) -> Keys:
    encoded = column.combine_chunks().dictionary_encode()
    ranks = np.empty(len(encoded.dictionary), np.int64)
    ranks[pc.sort_indices(encoded.dictionary).to_numpy()] = np.arange(len(ranks))
    found: Keys = ranks[encoded.indices.to_numpy(zero_copy_only=False)]
    return found
