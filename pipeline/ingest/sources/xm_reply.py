"""XM's JSON → rows in the stored unit.

Replies of the usual shape are read at one go (`columns`), any other cell by cell; both ways give the same rows.
Every cell received is accounted for: `cells = accepted + blank + duplicate + clipped + rejected`. A blank (`""` or
null) is «not published»: a missing row, never a zero. A cell that is no number is rejected with its place and value;
the good cells of the same reply are kept.

It touches nothing that is shared, so that it may run beside download and merge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.core.clock import HOUR_COLUMNS
from pipeline.core.errors import DataError
from pipeline.ingest.codes import Vocabulary
from pipeline.ingest.columns import (
    CODE_KEYS,
    LIST_KEYS,
    clean,
    day_of,
    identity_of,
    items_of,
    number_of,
    numbers_of,
    read_columns,
)
from pipeline.ingest.rows import (
    SYSTEM,
    Reject,
    ReplyRows,
    SeriesRows,
    check_bounds,
    excerpt,
    joined,
    rows_of,
    unreadable,
)
from pipeline.store.bronze import BronzeRef

_MANY_DAYS = 10_000_000  # more than a calendar has


def read_replies(
    metric: Metric, entity: str, replies: Sequence[tuple[BronzeRef, bytes]], vocabulary: Vocabulary | None = None
) -> SeriesRows:
    """Parse replies of a series: a function of their bytes alone.

    One that cannot be read costs its window only.

    Args:
        metric: Declaration of the series.
        entity: Entity kind of the series.
        replies: Where each is archived, and its bytes.
        vocabulary: The codes of this entity as the source lists them.
    """
    if len(replies) > 1 and metric.grain != "list":
        windows = [(ref.start, ref.end) for ref, _ in replies]
        parsed = parse_together([body for _, body in replies], windows, metric, entity, vocabulary)
        if parsed is not None:
            return SeriesRows(metric.id, entity, parsed.table, [], parsed.balance)
    return joined(metric.id, entity, [_read_reply(metric, entity, ref, body, vocabulary) for ref, body in replies])


def _read_reply(metric: Metric, entity: str, ref: BronzeRef, body: bytes, vocabulary: Vocabulary | None) -> SeriesRows:
    try:
        if metric.grain == "list":
            parsed = parse_list(body, metric, entity)
        else:
            parsed = parse(body, metric, entity, ref.start, ref.end, vocabulary)
    except DataError as error:
        return unreadable(metric.id, entity, ref.start, error)
    return parsed.of_reply(metric.id, entity, ref.sha12)


def parse(
    body: bytes,
    metric: Metric,
    entity: str,
    start: dt.date,
    end: dt.date,
    vocabulary: Vocabulary | None = None,
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
    plain = _parse_plain([body], [(start, end)], metric, entity, vocabulary)
    if plain is not None:
        return plain
    cells = _Cells(start, end, 24 if metric.grain == "hourly" else 1)
    for number, item in enumerate(items_of(body)):
        _collect(item, number, metric, cells)
    numbers, blank = _numbers(cells)
    account = ReplyRows(
        pa.table({}), cells.rejects, cells=len(cells.values) + cells.clipped, blank=blank, clipped=cells.clipped
    )
    codes, days = pa.array(cells.codes, pa.string()).dictionary_encode(), np.array(cells.dates, "datetime64[D]")
    return _filled(account, codes, days, numbers, metric, entity, vocabulary)


def parse_together(
    bodies: Sequence[bytes],
    windows: Sequence[tuple[dt.date, dt.date]],
    metric: Metric,
    entity: str,
    vocabulary: Vocabulary | None = None,
) -> ReplyRows | None:
    """Turn several replies of one series into rows at one go, as `parse` does each of them.

    Much of what a small reply costs is paid per reply. None when one of them is not plain, or holds what must be
    refused or told: then each is parsed by itself, so that what is refused has the name of its reply.

    Args:
        bodies: Bytes of the answers.
        windows: First and last day asked, of each.
        metric: Catalogue entry.
        entity: Entity kind asked.
        vocabulary: The codes of this entity as the source lists them.
    """
    parsed = _parse_plain(bodies, windows, metric, entity, vocabulary)
    return parsed if parsed and not parsed.rejects and not parsed.duplicate else None


def _parse_plain(
    bodies: Sequence[bytes],
    windows: Sequence[tuple[dt.date, dt.date]],
    metric: Metric,
    entity: str,
    vocabulary: Vocabulary | None,
) -> ReplyRows | None:
    """Return the rows of replies whose every value is a number or blank, or None: then they are read cell by cell."""
    if metric.grain not in {"hourly", "daily"}:
        return None
    found = read_columns(bodies, windows, hourly=metric.grain == "hourly")
    numbers, blank = numbers_of(found.values) if found else (None, 0)
    if found is None or numbers is None:
        return None
    by_row = numbers.reshape(-1, len(found.days)).T.ravel()
    account = ReplyRows(pa.table({}), cells=len(by_row), blank=blank)
    return _filled(account, _joined(found.identity), found.days, by_row, metric, entity, vocabulary)


def _joined(columns: Sequence[pa.StringArray]) -> pa.DictionaryArray:
    """Return the code of each row: the texts that identify it without stray spaces, joined with `|`."""
    cleaned = []
    for column in columns:
        found = column.dictionary_encode()
        cleaned.append(
            pa.array([clean(text) for text in found.dictionary.to_pylist()], pa.string()).take(found.indices)
        )
    return (cleaned[0] if len(cleaned) == 1 else pc.binary_join_element_wise(*cleaned, "|")).dictionary_encode()


def _filled(
    parsed: ReplyRows,
    codes: pa.DictionaryArray,
    days: npt.NDArray[np.datetime64],
    numbers: npt.NDArray[np.float64],
    metric: Metric,
    entity: str,
    vocabulary: Vocabulary | None,
) -> ReplyRows:
    """Give an account its rows, from the code, the day and the numbers of each (NaN where none)."""
    if vocabulary is not None:
        spelled = [vocabulary.canonical(code) for code in codes.dictionary.to_pylist()]
        again = pa.array(spelled, pa.string()).dictionary_encode()  # two spellings may have become one
        codes = pa.DictionaryArray.from_arrays(again.indices.take(codes.indices), again.dictionary)
    parsed.table = rows_of(codes, days, numbers, metric)
    keys = codes.indices.to_numpy().astype(np.int64) * _MANY_DAYS + days.astype(np.int64)
    if len(np.unique(keys)) < len(keys):
        _settle_duplicates(parsed)
    check_bounds(parsed, metric.bounds_of(entity))
    parsed.check()
    return parsed


@dataclass
class _Cells:
    """Cells as they are read, flat, `width` per entity and day."""

    start: dt.date
    end: dt.date
    width: int
    codes: list[str] = field(default_factory=list)
    dates: list[dt.date] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)
    values: list[object] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    clipped: int = 0
    orders: dict[frozenset[str], tuple[str, ...]] = field(default_factory=dict)


def _collect(item: object, number: int, metric: Metric, cells: _Cells) -> None:
    place = f"Items[{number}]"
    day = day_of(item.get("Date") if isinstance(item, dict) else None)
    if day is None or not isinstance(item, dict):
        cells.rejects.append(Reject("item", place, excerpt(item)))
        return
    if metric.grain == "monthly":
        day = day.replace(day=1)
    entities = item.get(LIST_KEYS[metric.grain])
    if not isinstance(entities, list):
        cells.rejects.append(Reject("item", f"{place}.{LIST_KEYS[metric.grain]}", excerpt(entities)))
        return
    first = cells.start.replace(day=1) if metric.grain == "monthly" else cells.start
    outside = not first <= day <= cells.end
    for position, entry in enumerate(entities):
        values = _values(entry, cells.width)
        code = _code(entry, cells.orders)
        if values is None or code is None or not _storable(code):
            cells.rejects.append(Reject("item", f"{place}[{position}]", excerpt(entry)))
        elif outside:
            cells.clipped += cells.width
        else:
            cells.codes.append(code)
            cells.dates.append(day)
            cells.places.append((number, position))
            cells.values.extend(values)


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


def _numbers(cells: _Cells) -> tuple[npt.NDArray[np.float64], int]:
    """Return the values as numbers (NaN where none) and the count of blanks; what is neither is rejected.

    Where all are texts, and numbers or blank, they are cast at once. Anything else is read cell by cell.
    """
    with suppress(pa.ArrowException, UnicodeEncodeError):
        plain, blank = numbers_of(pa.array(cells.values, pa.string()))
        if plain is not None:
            return plain, blank
    numbers = np.full(len(cells.values), np.nan)
    blank = 0
    for position, value in enumerate(cells.values):
        if value is None or (isinstance(value, str) and not value.strip()):
            blank += 1
            continue
        number = number_of(value)
        if number is None:
            cells.rejects.append(Reject("not_a_number", _spot(cells, position), excerpt(value)))
        else:
            numbers[position] = number
    return numbers, blank


def _spot(cells: _Cells, position: int) -> str:
    row, column = divmod(position, cells.width)
    item, entry = cells.places[row]
    return f"Items[{item}][{entry}].{HOUR_COLUMNS[column] if cells.width == 24 else 'Value'}"


def _settle_duplicates(parsed: ReplyRows) -> None:
    """Keep one of equal duplicates; refuse all of conflicting ones."""
    frame = parsed.rows.to_pandas()
    repeated = frame.duplicated(["code", "ts"], keep=False)
    if not repeated.any():
        return
    group = frame[repeated].groupby(["code", "ts"], sort=True)["value"]
    conflict = group.transform("nunique") > 1
    for row in frame[repeated][conflict].itertuples():
        parsed.rejects.append(Reject("conflicting_duplicate", f"{row.code} {row.ts}", repr(row.value)))
    drop = frame.index.isin(frame[repeated][conflict].index)
    extra = frame.duplicated(["code", "ts"], keep="first") & ~drop
    parsed.duplicate += int(extra.sum())
    parsed.table = parsed.rows.filter(pa.array(~(drop | extra.to_numpy())))


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
    return ReplyRows(table.sort_by([(n, "ascending") for n in names if n != "ts"]), rejects, cells=table.num_rows)


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
