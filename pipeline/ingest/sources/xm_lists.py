"""XM's lists → one row per element, all text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pyarrow as pa

from pipeline.catalog.schema import Metric
from pipeline.ingest.document import Reject, day_of, excerpt, items_of


def parse_list(body: bytes, metric: Metric, entity: str) -> tuple[pa.Table, list[Reject]]:
    """Turn a reply of `/lists` into one row per element.

    Returns:
        Columns entity, code, ts (date of the list), then those the catalogue declares, all text; and the items
        that could not be read.

    Raises:
        ParseError: The reply is not the JSON document it should be.
    """
    columns = dict(metric.columns)
    names = ["entity", "code", "ts", *dict.fromkeys(c for c in columns.values() if c != "code")]
    rows: list[dict[str, object]] = []
    rejects: list[Reject] = []
    for place, day, entry in _list_entries(items_of(body)):
        values = entry.get("Values") if isinstance(entry, dict) else None
        if day is None or not isinstance(values, dict):
            rejects.append(Reject("item", place, excerpt(entry)))
            continue
        fields = {columns[key]: _text(value) for key, value in values.items() if key in columns}
        code = fields.get("code") or fields.get("name")
        if not code:
            rejects.append(Reject("item", place, excerpt(entry)))
            continue
        rows.append({"entity": entity, "ts": dt.datetime.combine(day, dt.time()), **fields, "code": code})
    schema = pa.schema([pa.field(n, pa.timestamp("ms") if n == "ts" else pa.string()) for n in names])
    table = pa.Table.from_pylist(rows, schema=schema)
    return table.sort_by([(n, "ascending") for n in names if n != "ts"]), rejects


def _list_entries(items: list[object]) -> Iterator[tuple[str, dt.date | None, object]]:
    for number, item in enumerate(items):
        entries = item.get("ListEntities") if isinstance(item, dict) else None
        day = day_of(item.get("Date")) if isinstance(item, dict) else None
        if not isinstance(entries, list):
            yield f"Items[{number}]", None, item
            continue
        for position, entry in enumerate(entries):
            yield f"Items[{number}].ListEntities[{position}]", day, entry


def _text(value: object) -> str | None:
    text = " ".join(str(value).encode("utf-8", "replace").decode().split()) if value is not None else ""
    return text or None
