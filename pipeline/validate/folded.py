"""Hourly rows folded by day: one row per code and day with its 24 values, as XM sends them.

A twenty-fourth of the rows to join, sort and cut; they are unfolded once, when they are in order.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

HOURS = "hours"
_WIDTH = 24
_STEPS = np.arange(_WIDTH, dtype="timedelta64[h]").astype("timedelta64[ms]")


def folded(codes: pa.DictionaryArray, days: npt.NDArray[np.datetime64], values: npt.NDArray[np.float64]) -> pa.Table:
    """Return a table of code, ts (the first hour) and hours.

    Args:
        codes: Code of each row.
        days: Day of each row.
        values: 24 per row, in their order; NaN where nothing is published.
    """
    hours = pa.FixedSizeListArray.from_arrays(pa.array(values), _WIDTH)
    index = codes.indices.cast(pa.int32())
    codes = pa.DictionaryArray.from_arrays(index, codes.dictionary)
    return pa.table({"code": codes, "ts": pa.array(days.astype("datetime64[ms]")), HOURS: hours})


def is_folded(table: pa.Table) -> bool:
    """Say whether a row of `table` is a day."""
    return HOURS in table.column_names


def unfolded(table: pa.Table) -> pa.Table:
    """Return a row (code, ts, value) per hour that has a value, in the order of `table`; other tables as they are."""
    if not is_folded(table):
        return table
    table = table.combine_chunks()
    values = values_of(table)
    stamps = table["ts"].to_numpy()[:, None] + _STEPS
    encoded = table["code"].combine_chunks()
    index = np.repeat(encoded.indices.to_numpy(), _WIDTH)
    stamps = stamps.ravel()
    there = ~np.isnan(values)
    if not there.all():
        index, stamps, values = index[there], stamps[there], values[there]
    codes = pa.DictionaryArray.from_arrays(pa.array(index), encoded.dictionary).cast(pa.string())
    return pa.table({"code": codes, "ts": pa.array(stamps), "value": pa.array(values)})


def values_of(table: pa.Table) -> npt.NDArray[np.float64]:
    """Return the values of a table, folded or not, row after row; NaN where nothing is published."""
    column = table[HOURS].combine_chunks().flatten() if is_folded(table) else table["value"]
    values: npt.NDArray[np.float64] = column.to_numpy()
    return values


def count_of(table: pa.Table) -> int:
    """Return the rows that a table has when it is unfolded."""
    return int(np.count_nonzero(~np.isnan(values_of(table)))) if is_folded(table) else table.num_rows


def years_of(table: pa.Table) -> dict[int, int]:
    """Return the rows in each calendar year that a table has when it is unfolded."""
    if not table.num_rows:
        return {}
    years = pc.year(table["ts"]).to_numpy()
    counts = (~np.isnan(values_of(table))).reshape(len(years), -1).sum(axis=1)
    rows = np.bincount(years - years.min(), weights=counts)
    return {int(year): int(rows[year - years.min()]) for year in np.unique(years)}
