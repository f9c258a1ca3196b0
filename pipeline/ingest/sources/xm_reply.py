"""XM's answers: what each means, and how its JSON becomes rows in the stored unit.

Nearly all replies have one shape, all texts. Arrow's JSON reader takes it as declared, several replies at one go, and
refuses whatever differs: a number that is no text, another field, a hole that is no JSON. Such replies are read cell by
cell (`xm_cells`). Both ways end in the same `Columns`, and from there in the same rows. They read an item per date and
code, as XM sends them, and an item per date alike.

Every cell received is accounted for: `cells = accepted + blank + duplicate + clipped + rejected`. A blank (`""` or
null) is «not published»: a missing row, never a zero. A cell that is no number is rejected with its place and value;
the good cells of the same reply are kept.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from itertools import compress
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.json import ParseOptions, ReadOptions, read_json

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError
from pipeline.ingest.codes import Vocabulary, fold, normal, respelled
from pipeline.ingest.rows import (
    SYSTEM,
    Reject,
    ReplyRows,
    SeriesRows,
    ShapeChanges,
    excerpt,
    joined,
    rows_of,
    unreadable,
)
from pipeline.ingest.sources.xm_cells import (
    LIST_KEYS,
    VALUE_KEYS,
    Columns,
    day_of,
    entries_of,
    items_of,
    layout_of,
    note_strange,
    numbers_of,
    read_cells,
)
from pipeline.ingest.verdicts import OK, Judge, ReplyVerdict, decoded, judge_status, odd_document
from pipeline.ingest.windows import Span
from pipeline.store.bronze import BronzeRef

_REPLY_HEAD, _REPLY_TAIL = 4096, 64
_REPLY_END = re.compile(rb"\]\s*\}\s*\]\s*\}\s*$")  # the rows, the last item, the items, the reply
_HEAD = 4096  # bytes within which the first row begins and ends: only its day and the name of the metric precede it
_ROW = re.compile(rb'\{[^{}]*"(?:Hour01|Value)"[^{}]*\}')
_TEXT = pa.string()
_MANY_DAYS = 10_000_000  # more than a calendar has
_METRIC = pa.struct([(name, _TEXT) for name in ("Id", "Name", "StartDate", "EndDate")])


def judge_xm(entities_key: str) -> Judge:
    """Return the judge of XM answers whose items lie under `entities_key` (`HourlyEntities` …)."""
    quoted = f'"{entities_key}"'.encode()

    def judge(status: int, body: bytes) -> ReplyVerdict:
        if status == OK and _looks_whole(body, quoted):
            return ReplyVerdict("ok")
        early = judge_status(status, body)
        if early is not None:
            return early
        document = decoded(body)
        if not isinstance(document, dict) or not isinstance(document.get("Items"), list):
            return odd_document(document, "Items")
        return _judge_items(cast("list[object]", document["Items"]), entities_key)

    return judge


def _looks_whole(body: bytes, quoted_key: bytes) -> bool:
    """Say whether a long reply begins and ends as it should.

    To decode tens of megabytes only to see that they can be decoded would cost as much as parsing them. One that is
    cut short ends elsewhere. What is broken inside is seen when it is parsed, and asked for again.
    """
    head = body[:_REPLY_HEAD]
    named = b'"Items"' in head and quoted_key in head
    whole = len(body) > _REPLY_HEAD and head[:1] == b"{" and named
    return whole and bool(_REPLY_END.search(body, len(body) - _REPLY_TAIL))


def _judge_items(items: list[object], entities_key: str) -> ReplyVerdict:
    keys = {key for item in items if isinstance(item, dict) for key in item if key.endswith("Entities")}
    if items and not keys:
        return ReplyVerdict("retry", f"unexpected_document: items without {entities_key}")
    if keys and entities_key not in keys and not (entities_key == "ListEntities" and "ListsEntities" in keys):
        return ReplyVerdict("permanent", f"schema_changed: expected {entities_key}, got {', '.join(sorted(keys))}")
    if any(isinstance(item, dict) and any(item.get(key) for key in keys) for item in items):
        return ReplyVerdict("ok")
    return ReplyVerdict("empty", "no_items")


def read_replies(
    metric: Metric, entity: str, replies: Sequence[tuple[BronzeRef, bytes]], vocabulary: Vocabulary | None = None
) -> SeriesRows:
    """Parse replies of a series: a function of their bytes alone. One that cannot be read costs its window only.

    Much of what a small reply costs is paid per reply, so plain ones are read at one go; when one of them is not
    plain, or holds what must be refused or told, each is read by itself: what is refused has the name of its reply.

    Args:
        metric: Declaration of the series.
        entity: Entity kind of the series.
        replies: Where each is archived, and its bytes.
        vocabulary: The codes of this entity as the source lists them.
    """
    found = []
    told = [bool(_ROW.search(body, 0, _HEAD)) for _, body in replies]  # the others are empty, or nearly
    if sum(told) > 1:
        windows = [(ref.start, ref.end) for ref, _ in compress(replies, told)]
        bodies = [body for _, body in compress(replies, told)]
        together = parse_together(bodies, windows, metric, entity, vocabulary)
        if together is not None:
            found.append(together.of_reply("", *windows))
            replies = [reply for reply, there in zip(replies, told, strict=True) if not there]
    for ref, body in replies:
        try:
            if metric.grain == "list":
                parsed = parse_list(body, metric, entity)
            else:
                parsed = parse(body, metric, entity, ref.start, ref.end, vocabulary)
        except DataError as error:
            found.append(unreadable(ref.start, error))
        else:
            found.append(parsed.of_reply(ref.sha12, (ref.start, ref.end), alone=ref.whole))
    return joined(found)


def parse(
    body: bytes, metric: Metric, entity: str, start: dt.date, end: dt.date, vocabulary: Vocabulary | None = None
) -> ReplyRows:
    """Turn one XM reply into rows.

    Args:
        body: Bytes of one answer to `/hourly`, `/daily` or `/monthly`.
        metric: Catalogue entry: grain, unit, bounds.
        entity: Entity kind asked.
        start: First day asked.
        end: Last day asked; rows outside are clipped and counted.
        vocabulary: The codes of this entity as the source lists them; variants take that spelling.

    Raises:
        ParseError: The reply is not the JSON document it should be.

    Source: XM API, system of record for the shapes is its README.
    """
    window = start, end
    columns = _read_plain([body], [window], metric, entity) or read_cells(body, window, metric, entity)
    return _to_rows(columns, metric, entity, vocabulary)


def parse_together(
    bodies: Sequence[bytes],
    windows: Sequence[Span],
    metric: Metric,
    entity: str,
    vocabulary: Vocabulary | None = None,
) -> ReplyRows | None:
    """Turn several plain replies of one series into rows, as `parse` does each; None when one needs a look of its own.

    Args:
        bodies: Bytes of the answers.
        windows: First and last day asked, of each.
        metric: Catalogue entry.
        entity: Entity kind asked.
        vocabulary: The codes of this entity as the source lists them.
    """
    columns = _read_plain(bodies, windows, metric, entity)
    parsed = _to_rows(columns, metric, entity, vocabulary) if columns else None
    return parsed if parsed and not parsed.rejects and not parsed.duplicate else None


def _to_rows(columns: Columns, metric: Metric, entity: str, vocabulary: Vocabulary | None) -> ReplyRows:
    words = Vocabulary() if vocabulary is None else vocabulary
    came = columns.codes.dictionary.to_pylist()
    spelled = [words.canonical(code) for code in came]
    again = pa.array(spelled, _TEXT).dictionary_encode()  # two spellings may have become one
    codes = pa.DictionaryArray.from_arrays(again.indices.take(columns.codes.indices), again.dictionary)
    account = ReplyRows(
        rows_of(codes, columns.days, columns.numbers, metric),
        columns.rejects,
        cells=len(columns.numbers) + columns.clipped,
        blank=columns.blank,
        clipped=columns.clipped,
        strange=columns.strange | respelled(came, spelled),
    )
    keys = codes.indices.to_numpy().astype(np.int64) * _MANY_DAYS + columns.days.astype(np.int64)
    account.settle(metric.bounds_of(entity), repeated=len(np.unique(keys)) < len(keys))
    return account


def _read_plain(bodies: Sequence[bytes], windows: Sequence[Span], metric: Metric, entity: str) -> Columns | None:
    """Return the rows of replies whose every value is a number or blank, or None where one of them is not so plain.

    Args:
        bodies: Bytes of the answers.
        windows: First and last day asked, of each; a reply with another day is not plain.
        metric: Catalogue entry.
        entity: Entity kind asked.
    """
    grain, hourly = metric.grain, metric.grain == "hourly"
    if not hourly and grain != "daily":
        return None
    first = _first_row(bodies[0])
    fields, values = tuple(first), VALUE_KEYS[grain]
    layout = layout_of(fields, grain, metric.identity_of(entity))
    names = layout.identity or ("Id",) * (not hourly)
    fault = layout.fault[0] and (hourly or layout.fault[0] == "fields")
    alike = all(tuple(_first_row(body)) == fields for body in bodies)
    if fault or layout.absent or not names or not alike or not set(names) <= first.keys():
        return None
    items = _items(bodies, LIST_KEYS[grain], fields, hourly)
    days = None if items is None else _days(items, windows)
    if items is None or days is None:
        return None
    lists = items.flatten().field(1)
    rows = lists.flatten()
    cells = rows.field("Values") if hourly else rows
    if not len(rows) or lists.null_count or rows.null_count or cells.null_count:
        return None
    codes = _codes([cells.field(name) for name in names], of_system=names == ("Id",))
    columns = [cells.field(name) for name in values]
    numbers, blank = numbers_of(pa.concat_arrays(columns))
    if codes is None or numbers is None or any(column.null_count for column in columns):  # a row lacks a field
        return None
    of_row = np.repeat(days, lists.value_lengths().to_numpy())
    strange: ShapeChanges = {}
    note_strange(strange, layout, first)
    return Columns(codes, of_row, numbers.reshape(-1, len(of_row)).T.ravel(), blank, strange=strange)


def _codes(identity: Sequence[pa.StringArray], *, of_system: bool) -> pa.DictionaryArray | None:
    """Return the code of each row: the texts that identify it, joined with `|`; None where one of them is blank.

    Args:
        identity: A column per text.
        of_system: They must name the system as a whole.
    """
    encoded = [column.dictionary_encode() for column in identity]
    known = [column.dictionary.to_pylist() for column in encoded]
    spelled = [[normal(text) for text in texts] for texts in known]
    if any(column.null_count for column in identity) or not all(map(all, spelled)):
        return None
    if of_system and any(fold(text) != fold(SYSTEM) for text in known[0]):
        return None
    texts = [pa.array(words, _TEXT).take(column.indices) for words, column in zip(spelled, encoded, strict=True)]
    return (texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "|")).dictionary_encode()


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


def _days(items: pa.ListArray, windows: Sequence[Span]) -> npt.NDArray[np.datetime64] | None:
    """Return the day of each item, or None if one is no day of its window."""
    texts = items.flatten().field("Date").dictionary_encode()
    known = [day_of(text) for text in texts.dictionary.to_pylist()]
    if texts.null_count or None in known:
        return None
    days = np.array(known, "datetime64[D]")[texts.indices.to_numpy()]
    edges = np.array(windows, "datetime64[D]").repeat(items.value_lengths().to_numpy(), axis=0)
    return days if ((edges[:, 0] <= days) & (days <= edges[:, 1])).all() else None


def parse_list(body: bytes, metric: Metric, entity: str) -> ReplyRows:
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
    strange: ShapeChanges = {}
    for place, day, entry in entries_of(items_of(body), LIST_KEYS["list"]):
        values = entry.get("Values") if isinstance(entry, dict) else None
        fields: dict[str, str] = {}
        for key, value in values.items() if isinstance(values, dict) else ():
            if key not in columns:
                strange.setdefault(("field_new", str(key)), excerpt(value))
            elif text := _text(value):
                fields.setdefault(columns[key], text)
        code = fields.get("code") or fields.get("name")
        if day is None or not code:
            rejects.append(Reject("item", place, excerpt(entry), day))
            continue
        rows.append({"entity": entity, "ts": dt.datetime.combine(day, dt.time()), **fields, "code": code})
    schema = pa.schema([pa.field(n, pa.timestamp("ms") if n == "ts" else _TEXT) for n in names])
    table = pa.Table.from_pylist(rows, schema=schema)
    table = table.sort_by([(n, "ascending") for n in names if n != "ts"])
    return ReplyRows(table, rejects, cells=table.num_rows, strange=strange)


def _text(value: object) -> str:
    return "" if value is None else normal(str(value).encode("utf-8", "replace").decode())
