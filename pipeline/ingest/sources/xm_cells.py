"""Any reply of XM, cell by cell: the good cells, and what is refused, each with its place.

What it takes to read a cell, a code, a day is here for `xm_reply` too, which reads plain replies at one go.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Grain
from pipeline.core.clock import HOUR_COLUMNS
from pipeline.core.errors import ParseError
from pipeline.ingest.rows import SYSTEM, Reject, excerpt
from pipeline.ingest.verdicts import document_of
from pipeline.ingest.windows import Span

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
_NUMBER = re.compile(r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$")
_TOO_BIG = 1e50


@dataclass
class Columns:
    """The rows of some replies, one code and day each.

    Attributes:
        codes: Code of each row.
        days: Day of each row.
        numbers: Row after row, 24 a row of hours; NaN where nothing is published, or what is cannot be read.
        blank: How many say that nothing is published.
        rejects: What cannot be read.
        clipped: Cells of days outside the window.
    """

    codes: pa.DictionaryArray
    days: npt.NDArray[np.datetime64]
    numbers: npt.NDArray[np.float64]
    blank: int
    rejects: list[Reject] = field(default_factory=list)
    clipped: int = 0


def read_cells(body: bytes, window: Span, grain: Grain) -> Columns:
    """Return the rows of any reply: the good ones, and what is refused.

    Raises:
        ParseError: The reply is not the JSON document it should be.
    """
    width = 24 if grain == "hourly" else 1
    first = window[0].replace(day=1) if grain == "monthly" else window[0]
    orders: dict[frozenset[str], tuple[str, ...]] = {}
    codes: list[str] = []
    days: list[dt.date] = []
    places: list[str] = []
    values: list[object] = []
    rejects: list[Reject] = []
    clipped = 0
    for place, date, entry in entries_of(items_of(body), LIST_KEYS[grain]):
        cells, code = _values(entry, width), _code(entry, orders)
        if date is None or cells is None or code is None or not _storable(code):
            rejects.append(Reject("item", place, excerpt(entry)))
            continue
        day = date.replace(day=1) if grain == "monthly" else date
        if not first <= day <= window[1]:
            clipped += width
            continue
        codes.append(code)
        days.append(day)
        places.append(place)
        values += cells
    numbers, blank = None, 0
    with suppress(pa.ArrowException, UnicodeEncodeError):  # nearly always all are texts: cast at once
        numbers, blank = numbers_of(pa.array(values, pa.string()))
    if numbers is None:
        numbers = np.full(len(values), np.nan)
        for position, value in enumerate(values):
            if value is None or (isinstance(value, str) and not value.strip()):
                blank += 1
            elif (number := number_of(value)) is not None:
                numbers[position] = number
            else:
                row, column = divmod(position, width)
                spot = f"{places[row]}.{HOUR_COLUMNS[column] if width == 24 else 'Value'}"
                rejects.append(Reject("not_a_number", spot, excerpt(value)))
    encoded = pa.array(codes, pa.string()).dictionary_encode()
    return Columns(encoded, np.array(days, "datetime64[D]"), numbers, blank, rejects, clipped)


def entries_of(items: list[object], list_key: str) -> Iterator[tuple[str, dt.date | None, object]]:
    """Yield place, day and content of each entry of a reply; of an item that holds none, the item without a day."""
    for number, item in enumerate(items):
        day = day_of(item.get("Date")) if isinstance(item, dict) else None
        entries = item.get(list_key) if isinstance(item, dict) else None
        if day is None or not isinstance(entries, list):
            yield f"Items[{number}]", None, item
            continue
        for position, entry in enumerate(entries):
            yield f"Items[{number}][{position}]", day, entry


def _values(entry: object, width: int) -> list[object] | None:
    if not isinstance(entry, dict):
        return None
    nested = entry.get("Values")
    if width == 24:  # an hour that is absent is not published
        return [nested.get(column) for column in HOUR_COLUMNS] if isinstance(nested, dict) else None
    return [entry.get("Value", nested.get("Value") if isinstance(nested, dict) else None)]


def _code(entry: object, orders: dict[frozenset[str], tuple[str, ...]]) -> str | None:
    """Return the code of an entity entry.

    Hourly replies keep the identity beside the hours: every field that is no hour, in the order in which the reply
    first names them, joined with `|` (`ENDC|REGULADO`, `GAS|TBST`). Flat replies have `Code` or `Name`, and neither
    for the system as a whole.
    """
    if not isinstance(entry, dict):
        return None
    nested = entry.get("Values")
    if isinstance(nested, dict):
        fields = identity_of(tuple(nested))
        if fields is None:
            return None
        parts = [nested[key] for key in orders.setdefault(frozenset(fields), fields)]
    else:
        parts = [next((entry[key] for key in CODE_KEYS if entry.get(key)), None)]
    texts = [clean(str(part)) for part in parts if isinstance(part, str | int) and not isinstance(part, bool)]
    code = "|".join(filter(None, texts))
    return code or (SYSTEM if entry.get("Id") == SYSTEM else None)


def _storable(code: str) -> bool:
    """Say whether a code is text: JSON lets half a character through, nothing after it does."""
    return code.isascii() or not any("\ud800" <= char <= "\udfff" for char in code)


def items_of(body: bytes) -> list[object]:
    """Return the items of a reply of XM.

    Raises:
        ParseError: The reply is not the JSON document it should be.
    """
    document = document_of(body)
    if not isinstance(document, dict) or "Items" not in document:
        raise ParseError(f"The reply has no Items: {excerpt(document)}", hint="see the source's message")
    items = document["Items"]
    if items is not None and not isinstance(items, list):
        raise ParseError("Items is not a list", hint="the source changed its shape")
    return items or []


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
