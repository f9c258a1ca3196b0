"""Replies of XM as documents and, where they are plain, straight into columns: no cell becomes an object.

Nearly all replies have one shape, all texts. Arrow's JSON reader takes it as declared, several replies at one go, and
refuses whatever differs: a number that is no text, another field, a hole that is no JSON. Such replies are read cell by
cell. It reads an item per date and code, as XM sends them, and an item per date alike.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.json import ParseOptions, ReadOptions, read_json
from pydantic_core import from_json

from pipeline.catalog.schema import Grain
from pipeline.core.clock import HOUR_COLUMNS
from pipeline.core.errors import ParseError
from pipeline.ingest.rows import SYSTEM, excerpt

LIST_KEYS: dict[Grain, str] = {
    "hourly": "HourlyEntities",
    "daily": "DailyEntities",
    "monthly": "MonthlyEntities",
    "list": "ListEntities",
}
CODE_KEYS = ("Code", "code", "Name", "name")
_VALUE_KEYS = {*HOUR_COLUMNS, "Value"}
# A field that looks like an hour and is none: XM changed a name, and what it holds is no identity.
_ODD_FIELD = re.compile(r"^(values?_?)?(hour|hora|h)_?[0-9]+$|^values?$", re.IGNORECASE)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NUMBER = re.compile(r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$")
_TOO_BIG = 1e50
_HEAD = 4096  # bytes within which the first row begins and ends: only its day and the name of the metric precede it
_ROW = re.compile(rb'\{[^{}]*"(?:Hour01|Value)"[^{}]*\}')
_TEXT = pa.string()
_METRIC = pa.struct([(name, _TEXT) for name in ("Id", "Name", "StartDate", "EndDate")])


def items_of(body: bytes) -> list[object]:
    """Return the items of a reply of XM.

    Raises:
        ParseError: The reply is not the JSON document it should be.
    """
    try:
        document = _decoded(body)
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"The reply is not JSON: {error}", hint="it is asked again on the next run") from error
    if not isinstance(document, dict) or "Items" not in document:
        raise ParseError(f"The reply has no Items: {excerpt(document)}", hint="see the source's message")
    items = document["Items"]
    if items is None:
        return []
    if not isinstance(items, list):
        raise ParseError("Items is not a list", hint="the source changed its shape")
    return items


def _decoded(body: bytes) -> object:
    """Return the JSON document. Half a character in it costs its cell, so the lenient decoder gets a second try."""
    body = body.removeprefix(_BYTE_ORDER_MARK)
    try:
        return from_json(body, cache_strings="keys")
    except ValueError:
        if b"\\u" not in body:
            raise
        return json.loads(body)


def day_of(value: object) -> dt.date | None:
    """Return the day that an XM date begins with, or None."""
    if not isinstance(value, str):
        return None
    try:
        return dt.date.fromisoformat(value[:10])
    except ValueError:
        return None


@lru_cache(maxsize=64)
def identity_of(fields: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the fields that identify a row among those beside its values, or None for a layout nobody declared.

    Replies have few layouts, so each is looked at once.
    """
    found = tuple(field for field in fields if field not in _VALUE_KEYS)
    return None if any(_ODD_FIELD.match(field) for field in found) else found


@lru_cache(maxsize=4096)
def clean(code: str) -> str:
    """Return a code without stray spaces."""
    return " ".join(code.split())


def numbers_of(texts: pa.StringArray) -> tuple[npt.NDArray[np.float64] | None, int]:
    """Return texts as numbers (NaN where blank) and the count of blanks; None when one is neither."""
    blank = pc.sum(pc.equal(texts, ""), min_count=0).as_py()
    try:
        column = pc.if_else(pc.equal(texts, ""), None, texts) if blank else texts
        numbers = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=float)
    except pa.ArrowException:
        return None, 0
    whole = int(np.isfinite(numbers).sum()) == len(numbers) - column.null_count
    return (numbers, column.null_count) if whole else (None, 0)


def number_of(value: object) -> float | None:
    """Return a cell as a number, or None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        # No quantity of the sector has fifty digits, and Python's integers may have thousands.
        return float(value) if abs(value) < _TOO_BIG else None
    if isinstance(value, str) and _NUMBER.match(value.strip()):
        number = float(value)
        return number if math.isfinite(number) else None
    return None


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
    if whole[:1] != b"{":  # Arrow's reader skips part of a byte-order mark, which is no document
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
