"""Parquet parts of the lake: their columns, their bytes, their names.

A part is immutable and named by the hash of its content. It is sorted by `code, ts` (and `version`); `ts` is
delta-encoded (half the size), strings are dictionaries, values are plain doubles under zstd. No time of writing
enters the file, so equal rows give equal bytes. A part of a series that is worth reading by ranges has a page index and
small pages: one month of one code in twenty-six years is two of them. A part of before has none, and is read whole.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.core.errors import PartCorrupt
from pipeline.store.atomic import write_bytes
from pipeline.store.keys import keys_of, order_of

ROW_SCHEMA = pa.schema(
    [
        pa.field("code", pa.string()),
        pa.field("ts", pa.timestamp("ms")),
        pa.field("value", pa.float64()),
        pa.field("quality", pa.string()),
    ]
)
# A series that is kept in every settlement version has one more column, which is part of its key.
VERSION = pa.field("version", pa.string())
SERIES_SCHEMA = pa.schema([pa.field("metric", pa.string()), pa.field("entity", pa.string()), *ROW_SCHEMA])
_ROW_GROUP = 122_880
# What is smaller is fetched whole, and most of what a night writes is: pages would make it 3 % heavier.
_PAGED_ROWS = 8_192
_PAGE_BYTES = 8_192  # before compression: 1,024 values, more than the hours of a month
# 4 % smaller than at level 3; all parts of a night take about a second either way.
_LEVEL = 15
_MEND = "run ./inv verify, then ./inv replay to rebuild it from the archive, or ./inv restore"
_DAY = 86_400_000  # milliseconds
_EPOCH = dt.date(1970, 1, 1).toordinal()


def encode(table: pa.Table) -> bytes:
    """Return `table` as Parquet bytes; equal tables give equal bytes."""
    times = [f.name for f in table.schema if pa.types.is_timestamp(f.type) or pa.types.is_date(f.type)]
    texts = [f.name for f in table.schema if pa.types.is_string(f.type) or pa.types.is_dictionary(f.type)]
    apart = [f.name for f in table.schema if pa.types.is_floating(f.type) and _apart(table[f.name])]
    series = {"code", "ts", "value"} <= set(table.column_names)
    paged = series and table.num_rows > _PAGED_ROWS
    pages = {"write_page_index": True, "data_page_size": _PAGE_BYTES, "write_batch_size": 256} if paged else {}
    groups = _groups(table["code"]) if paged else range(0, table.num_rows, _ROW_GROUP)
    for place, name in enumerate(table.column_names):
        table = table.set_column(place, name, _once(table[name]))
    sink = pa.BufferOutputStream()
    table = table.replace_schema_metadata(None)
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression="zstd",
        compression_level=_LEVEL,
        use_dictionary=texts,
        column_encoding=dict.fromkeys(times, "DELTA_BINARY_PACKED") | dict.fromkeys(apart, "BYTE_STREAM_SPLIT"),
        # Nobody looks for a value, nor for the one metric: what would tell where they are weighs more than it saves.
        write_statistics=[name for name in table.column_names if not series or name not in {"metric", "value"}],
        store_schema=False,
        version="2.6",
        **pages,
    ) as writer:
        for start, end in pairwise((*groups, table.num_rows)):
            writer.write_table(table.slice(start, end - start), row_group_size=end - start)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _apart(column: pa.ChunkedArray) -> bool:
    """Whether numbers weigh less with the bytes that stand at the same place together: tried, not guessed."""
    numbers = column.drop_null().to_numpy()
    together, codec = numbers.tobytes(), pa.Codec("zstd")
    apart = numbers.view("u1").reshape(-1, numbers.itemsize).T.tobytes()
    return bool(codec.compress(apart).size < codec.compress(together).size)


def _groups(codes: pa.ChunkedArray) -> list[int]:
    """Return where groups of rows begin: each code lies in one, so that a reader of one asks in one place."""
    index = codes.combine_chunks().dictionary_encode().indices.to_numpy()
    starts = [0]
    for begin, end in pairwise((*(np.flatnonzero(np.diff(index)) + 1).tolist(), len(index))):
        if end - starts[-1] > _ROW_GROUP:
            starts.append(begin)
    return starts


def _once(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.DictionaryArray:
    """Return a column of one text repeated as that text and an index: the same bytes for a third of the work."""
    if not pa.types.is_string(column.type) or not len(column) or column[0] != column[-1] or column.null_count:
        return column
    if not pc.all(pc.equal(column, column[0])).as_py():
        return column
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), len(column)), [column[0].as_py()])


def write(folder: Path, stem: str, table: pa.Table) -> tuple[Path, str, int]:
    """Write `table` under its content name; return path, sha256 and size [bytes]."""
    data = encode(table)
    sha = hashlib.sha256(data).hexdigest()
    path = folder / f"{stem}-{sha[:12]}.parquet"
    # A file of that name that is not what its name says is damaged: it is written again.
    if not path.exists() or sha256(path) != sha:
        write_bytes(path, data, kind="part")
    return path, sha, len(data)


def read(path: Path, sha: str | None = None, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a part, strings plain.

    Args:
        path: The part.
        sha: sha256 its bytes must have, as the manifest names it; not checked when None.
        columns: Only these columns, texts as dictionaries; all when None.

    Raises:
        PartCorrupt: The file is missing, is no Parquet, or is another file.
    """
    try:
        data = path.read_bytes()
        if sha is not None and hashlib.sha256(data).hexdigest() != sha:
            raise PartCorrupt("A part's bytes differ from the manifest", hint=_MEND, path=path)
        if columns is not None:
            return pq.read_table(pa.BufferReader(data), columns=list(columns), read_dictionary=list(columns))
        return pq.read_table(pa.BufferReader(data))
    except (OSError, pa.ArrowException) as error:
        raise PartCorrupt(f"A part cannot be read: {error}", hint=_MEND, path=path) from error


def sha256(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def named(rows: pa.Table, metric: str, entity: str) -> pa.Table:
    """Return the rows of a part with the names of its series before them: an index per row, and each name once."""
    for position, (column, name) in enumerate((("metric", metric), ("entity", entity))):
        index = pa.repeat(pa.scalar(0, pa.int8()), rows.num_rows)
        rows = rows.add_column(position, column, pa.DictionaryArray.from_arrays(index, [name]))
    return rows


def row_schema(table: pa.Table) -> pa.Schema:
    """Return the columns of a row of this series: those of every series, and `version` where it has one."""
    return ROW_SCHEMA.append(VERSION) if VERSION.name in table.column_names else ROW_SCHEMA


def key_of(schema: pa.Schema) -> list[str]:
    """Return the columns that identify a row."""
    return ["code", "ts", *(VERSION.name for name in schema.names if name == VERSION.name)]


def rows_of(table: pa.Table) -> pa.Table:
    """Return the row columns of a part, without the names of its series."""
    return table.select(row_schema(table).names)


def sort_rows(table: pa.Table) -> pa.Table:
    """Return the rows sorted by their key; rows in order are returned as they are."""
    order = order_of(keys_of(table))
    return table if order is None else table.take(pa.array(order))


def days_of(table: pa.Table) -> set[int]:
    """Return the days of `ts` that have a row, as `date.toordinal` counts them."""
    days = table["ts"].cast(pa.timestamp("ms")).cast(pa.int64()).to_numpy() // _DAY
    first = int(days.min()) if len(days) else 0
    there = np.zeros(int(days.max()) - first + 1 if len(days) else 0, bool)
    there[days - first] = True
    return set((np.flatnonzero(there) + (first + _EPOCH)).tolist())
