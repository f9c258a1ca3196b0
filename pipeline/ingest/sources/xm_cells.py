"""Any reply of XM, cell by cell: the good cells, and what is refused, each with its place.

What it takes to read a cell, a code, a day is here for `xm_reply` too, which reads plain replies at one go.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Grain, Metric
from pipeline.core.clock import HOUR_COLUMNS
from pipeline.core.errors import ParseError
from pipeline.ingest.codes import fold, normal
from pipeline.ingest.rows import SYSTEM, Reject, ShapeChanges, excerpt
from pipeline.ingest.verdicts import document_of
from pipeline.ingest.windows import Span

LIST_KEYS: dict[Grain, str] = {
    "hourly": "HourlyEntities",
    "daily": "DailyEntities",
    "monthly": "MonthlyEntities",
    "list": "ListEntities",
}
CODE_KEYS = ("Code", "code", "Name", "name")
VALUE_KEYS: dict[Grain, tuple[str, ...]] = {"hourly": HOUR_COLUMNS, "daily": ("Value",), "monthly": ("Value",)}
# A field that looks like an hour and is none: XM changed a name, and which hour it means would be a guess.
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
        strange: Fields that are not declared, and declared ones that are missing.
    """

    codes: pa.DictionaryArray
    days: npt.NDArray[np.datetime64]
    numbers: npt.NDArray[np.float64]
    blank: int
    rejects: list[Reject] = field(default_factory=list)
    clipped: int = 0
    strange: ShapeChanges = field(default_factory=dict)


@dataclass(frozen=True)
class RowLayout:
    """Which fields of a row are what.

    Attributes:
        identity: The fields that identify it, as the reply spells them.
        nameless: It may be the system as a whole, which needs no name.
        extra: Fields nobody declared: they are told, and never part of a code.
        absent: Hours that have no field: not published.
        fault: Rule and field for which the row cannot be read; empty when it can.
    """

    identity: tuple[str, ...] = ()
    nameless: bool = False
    extra: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    fault: tuple[str, str] = ("", "")


@lru_cache(maxsize=256)
def layout_of(fields: tuple[str, ...], grain: Grain, declared: tuple[str, ...]) -> RowLayout:
    """Return which of the fields of a row are what. Replies have few layouts, so each is looked at once.

    Hourly rows keep their identity beside the hours: the declared fields, in their order (`ENDC|REGULADO`,
    `GAS|TBST`). Flat rows have `Code` or `Name`, and neither for the system as a whole.

    Args:
        fields: Names of the fields, of a flat row all of them.
        grain: Of the metric.
        declared: Fields that identify a row of an hourly reply.
    """
    values = VALUE_KEYS[grain]
    absent = tuple(name for name in values if name not in fields)
    if grain == "hourly":
        spelled = {field.casefold(): field for field in reversed(fields)}
        found = {name: spelled.get(name.casefold(), "") for name in declared}
        known: tuple[str, ...] = tuple(found.values())
    else:
        known = ("Id", "Values", *CODE_KEYS)
        found = {"Name": next((key for key in CODE_KEYS if key in fields), "")}
    extra = tuple(field for field in fields if field not in values and field not in known)
    odd = next((field for field in extra if _ODD_FIELD.match(field)), "")
    missing = next((name for name, field in found.items() if not field), "")
    fault = ("identity", missing) if missing else ("", "")
    if odd or len(absent) == len(values) or (absent and extra):
        fault = "fields", odd or absent[0]
    return RowLayout(tuple(filter(None, found.values())), len(found) == 1, extra, absent, fault)


def read_cells(body: bytes, window: Span, metric: Metric, entity: str) -> Columns:
    """Return the rows of any reply: the good ones, and what is refused.

    Raises:
        ParseError: The reply is not the JSON document it should be.
    """
    grain, declared = metric.grain, metric.identity_of(entity)
    width = len(VALUE_KEYS[grain])
    first = window[0].replace(day=1) if grain == "monthly" else window[0]
    codes: list[str] = []
    days: list[dt.date] = []
    places: list[str] = []
    values: list[object] = []
    rejects: list[Reject] = []
    strange: ShapeChanges = {}
    clipped = 0
    items = items_of(body)
    for place, date, entry in entries_of(items, LIST_KEYS[grain]):
        if date is None:
            rejects.append(Reject("item", place, excerpt(entry)))
            continue
        day = date.replace(day=1) if grain == "monthly" else date
        if not first <= day <= window[1]:
            clipped += width
            continue
        fields = _fields(entry, grain)
        layout = layout_of(tuple(fields), grain, declared)
        code = _code(entry, fields, layout)
        if code is None:
            rule, name = layout.fault if fields else ("", "")
            spot = f"{place}.{name}" if name else place
            rejects.append(Reject(rule or "item", spot, excerpt(entry), day))
            continue
        if layout.extra or layout.absent:
            note_strange(strange, layout, fields)
        codes.append(code)
        days.append(day)
        places.append(place)
        values += [fields.get(name) for name in VALUE_KEYS[grain]]  # an hour that is absent is not published
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
                spot = f"{places[row]}.{VALUE_KEYS[grain][column]}"
                rejects.append(Reject("not_a_number", spot, excerpt(value), days[row]))
    encoded = pa.array(codes, pa.string()).dictionary_encode()
    strange |= _around(items, LIST_KEYS[grain], grain)
    return Columns(encoded, np.array(days, "datetime64[D]"), numbers, blank, rejects, clipped, strange)


def note_strange(strange: ShapeChanges, layout: RowLayout, fields: Mapping[str, object]) -> None:
    """Note what a row has otherwise than declared, with the first value seen."""
    for name in layout.extra:
        strange.setdefault(("field_new", name), excerpt(fields.get(name)))
    for name in layout.absent:
        strange.setdefault(("field_gone", name), "")


def _around(items: list[object], list_key: str, grain: Grain) -> ShapeChanges:
    """Return the undeclared fields around the rows of a reply."""
    found: ShapeChanges = {}
    for item in items:
        if not isinstance(item, dict):
            continue
        entries = item.get(list_key)
        inside = entries if grain == "hourly" and isinstance(entries, list) else ()
        for part in (item, *inside):
            for name in part.keys() - {"Date", list_key, "Id", "Values"} if isinstance(part, dict) else ():
                found.setdefault(("field_new", str(name)), excerpt(part[name]))
    return found


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


def _fields(entry: object, grain: Grain) -> dict[str, object]:
    """Return the fields of an entry by name; none where it has another shape."""
    if not isinstance(entry, dict):
        return {}
    nested = entry.get("Values")
    if grain == "hourly":
        return nested if isinstance(nested, dict) else {}
    return {**entry, **nested} if isinstance(nested, dict) else entry


def _code(entry: object, fields: Mapping[str, object], layout: RowLayout) -> str | None:
    """Return the code of a row; None where a field that identifies it is missing or says nothing."""
    if not isinstance(entry, dict) or not fields or layout.fault[0] == "fields":
        return None
    parts = [fields[key] for key in layout.identity]
    if layout.nameless:
        parts = [next((fields[key] for key in (*layout.identity, *CODE_KEYS) if fields.get(key)), None)]
    texts = [normal(str(part)) for part in parts if isinstance(part, str | int) and not isinstance(part, bool)]
    if layout.nameless and not any(texts):
        return SYSTEM if fold(str(entry.get("Id"))) == fold(SYSTEM) else None
    code = "|".join(texts)
    whole = not layout.fault[0] and len(texts) == len(parts) and all(texts)
    return code if whole and _storable(code) else None


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
