"""Replies of XM straight into columns: no cell becomes an object.

Nearly all replies have one shape, all texts. Arrow's JSON reader takes it as declared, several replies at one go, and
refuses whatever differs: a number that is no text, another field, a hole that is no JSON. Such replies are read cell by
cell. It reads an item per date and code, as XM sends them, and an item per date alike.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow.json import ParseOptions, ReadOptions, read_json

from pipeline.core.clock import HOUR_COLUMNS
from pipeline.ingest.document import CODE_KEYS, LIST_KEYS, SYSTEM, day_of, identity_of

_HEAD = 4096  # bytes within which the first row begins and ends: only its day and the name of the metric precede it
_ROW = re.compile(rb'\{[^{}]*"(?:Hour01|Value)"[^{}]*\}')
_TEXT = pa.string()
_METRIC = pa.struct([(name, _TEXT) for name in ("Id", "Name", "StartDate", "EndDate")])


@dataclass(frozen=True)
class Columns:
    """The rows of some replies, one code and day each.

    Attributes:
        identity: The texts that identify a row, one column each, none blank.
        days: Day of each row.
        values: Texts, one column of all rows after another; null where a row lacks the field.
    """

    identity: list[pa.StringArray]
    days: npt.NDArray[np.datetime64]
    values: pa.StringArray


def read_columns(
    bodies: Sequence[bytes], windows: Sequence[tuple[dt.date, dt.date]], *, hourly: bool
) -> Columns | None:
    """Return the rows of plain replies of one series, or None where one of them is not plain.

    Args:
        bodies: Bytes of the answers to `/hourly` or `/daily`.
        windows: First and last day asked, of each; a reply with another day is not plain.
        hourly: Which of the two.
    """
    fields = _first_row(bodies[0])
    if hourly:
        names, values = identity_of(tuple(fields)), HOUR_COLUMNS
    else:
        names, values = next(((key,) for key in CODE_KEYS if key in fields), ("Id",)), ("Value",)
    alike = all(list(_first_row(body)) == list(fields) for body in bodies)
    if not names or not set(names) <= fields.keys() or not alike:
        return None
    items = _items(bodies, LIST_KEYS["hourly" if hourly else "daily"], [*dict.fromkeys((*fields, *values))], hourly)
    days = None if items is None else _days(items, windows)
    if items is None or days is None:
        return None
    lists = items.flatten().field(1)
    rows = lists.flatten()
    cells = rows.field("Values") if hourly else rows
    identity = [cells.field(name) for name in names]
    whole = len(rows) and not (lists.null_count or rows.null_count or cells.null_count)
    if not whole or not all(map(_is_named, identity)):
        return None
    if names == ("Id",) and identity[0].unique().to_pylist() != [SYSTEM]:
        return None
    of_row = np.repeat(days, lists.value_lengths().to_numpy())
    return Columns(identity, of_row, pa.concat_arrays([cells.field(name) for name in values]))


def _first_row(body: bytes) -> dict[str, object]:
    """Return the fields of the first row of a reply, in XM's order, or none."""
    found = _ROW.search(body, 0, _HEAD)
    try:
        row = json.loads(found[0]) if found else {}
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _items(bodies: Sequence[bytes], list_key: str, fields: Sequence[str], hourly: bool) -> pa.ListArray | None:
    """Return the items of each reply: their date and their rows; None where one is not as declared."""
    row = pa.struct([(name, _TEXT) for name in fields])
    if hourly:
        row = pa.struct([("Id", _TEXT), ("Values", row)])
    item = pa.struct([("Date", _TEXT), (list_key, pa.list_(row))])
    schema = pa.schema([("Metric", _METRIC), ("Items", pa.list_(item))])
    whole = b"\n".join(bodies)
    if b"null" in whole:  # a hole, or a reply that is `null`, which ends Arrow's reader and the process with it
        return None
    how = ParseOptions(explicit_schema=schema, newlines_in_values=True, unexpected_field_behavior="error")
    try:
        table = read_json(pa.BufferReader(whole), ReadOptions(use_threads=False, block_size=len(whole) + 1), how)
        table.validate(full=True)  # the reader lets bytes through that are no text
    except ValueError:
        return None
    items = table["Items"].combine_chunks()
    plain = len(items) == len(bodies) and not items.null_count and not items.flatten().null_count
    return items if plain else None


def _days(items: pa.ListArray, windows: Sequence[tuple[dt.date, dt.date]]) -> npt.NDArray[np.datetime64] | None:
    """Return the day of each item, or None if one is no day of its window."""
    texts = items.flatten().field("Date").dictionary_encode()
    known = [day_of(text) for text in texts.dictionary.to_pylist()]
    if texts.null_count or None in known:
        return None
    days = np.array(known, "datetime64[D]")[texts.indices.to_numpy()]
    edges = np.array(windows, "datetime64[D]").repeat(items.value_lengths().to_numpy(), axis=0)
    return days if ((edges[:, 0] <= days) & (days <= edges[:, 1])).all() else None


def _is_named(column: pa.StringArray) -> bool:
    """Say whether every row has a text here that is not blank."""
    return not column.null_count and all(text.strip() for text in column.unique().to_pylist())
