"""A reply as a document: its items, its dates, what names a row, and what is shown of a part that cannot be read."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from functools import lru_cache

from pydantic_core import from_json

from pipeline.core.clock import HOUR_COLUMNS
from pipeline.core.errors import ParseError

SYSTEM = "Sistema"
LIST_KEYS = {
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


@dataclass(frozen=True)
class Reject:
    """One cell or item that could not be accepted."""

    rule: str
    place: str
    value: str


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


def excerpt(value: object) -> str:
    """Return the beginning of a value as text that can be stored."""
    try:
        return str(value)[:80].encode("utf-8", "backslashreplace").decode()
    except ValueError:  # Python refuses to print an integer of thousands of digits
        return "a number of thousands of digits"


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
