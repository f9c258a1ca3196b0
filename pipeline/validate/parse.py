"""XM's JSON → long rows in the stored unit. Nothing else in the project knows `HourlyEntities` or `Values_Hour01`.

Every cell received is accounted for: `cells = accepted + blank + duplicate + clipped + rejected`. A blank (`""` or
null) is «not published»: a missing row, never a zero. A cell that is no number is rejected with its place and value;
the good cells of the same reply are kept.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.core.clock import HOUR_COLUMNS
from pipeline.validate.codes import Vocabulary
from pipeline.validate.document import Reject, day_of, excerpt, items_of
from pipeline.validate.folded import folded
from pipeline.validate.numbers import number_of, numbers_of, stored
from pipeline.validate.parsed import Parsed, check_bounds, rows_of
from pipeline.validate.plain import Places, Plain, joined, read_plain

__all__ = ["Parsed", "Reject", "parse", "parse_together"]

LIST_KEYS = {
    "hourly": "HourlyEntities",
    "daily": "DailyEntities",
    "monthly": "MonthlyEntities",
    "list": "ListEntities",
}
_CODE_KEYS = ("Code", "code", "Name", "name")
_VALUE_KEYS = {*HOUR_COLUMNS, "Value"}
_ALL_HOURS = itemgetter(*HOUR_COLUMNS)
_PLAIN = {"code", *HOUR_COLUMNS}
# A field that looks like an hour and is none: XM changed a name, and what it holds is no identity.
_ODD_FIELD = re.compile(r"^(values?_?)?(hour|hora|h)_?[0-9]+$|^values?$", re.IGNORECASE)
_ONE: Places = np.zeros(1, np.int64)
SYSTEM = "Sistema"


def parse(
    body: bytes,
    metric: Metric,
    entity: str,
    start: dt.date,
    end: dt.date,
    vocabulary: Vocabulary | None = None,
) -> Parsed:
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
    plain = _parse_plain(body, _ONE, [(start, end)], metric, entity, vocabulary)
    if plain is not None:
        return plain
    items = items_of(body)
    hourly = metric.grain == "hourly"
    collected = _Cells(start, end, 24 if hourly else 1)
    for number, item in enumerate(items):
        _collect(item, number, metric, collected)
    if vocabulary is not None:
        spelled = {code: vocabulary.canonical(code) for code in set(collected.codes)}
        collected.codes = [spelled[code] for code in collected.codes]
    parsed = _to_table(collected, metric)
    if len(set(zip(collected.codes, collected.dates, strict=True))) < len(collected.codes):
        _settle_duplicates(parsed)
    check_bounds(parsed, metric.bounds_of(entity))
    parsed.check()
    return parsed


def parse_together(
    bodies: Sequence[bytes],
    windows: Sequence[tuple[dt.date, dt.date]],
    metric: Metric,
    entity: str,
    vocabulary: Vocabulary | None = None,
) -> Parsed | None:
    """Turn several replies of one series into rows at one go, as `parse` does each of them.

    Most of what a small reply costs is paid per reply. None when one of them is not plain, or holds what must be
    refused: then each is parsed by itself, so that what is refused has the name of its reply.

    Args:
        bodies: Bytes of the answers.
        windows: First and last day asked, of each.
        metric: Catalogue entry.
        entity: Entity kind asked.
        vocabulary: The codes of this entity as the source lists them.
    """
    whole = joined(bodies)
    parsed = whole and _parse_plain(*whole, windows, metric, entity, vocabulary)
    return parsed if parsed and not parsed.rejects else None


def _parse_plain(
    body: bytes,
    begins: Places,
    windows: Sequence[tuple[dt.date, dt.date]],
    metric: Metric,
    entity: str,
    vocabulary: Vocabulary | None,
) -> Parsed | None:
    """Return the rows of a reply that is plain and clean, or None: then it is read cell by cell.

    `begins` tells where in the body the items of each window begin.
    """
    hourly = metric.grain == "hourly"
    if not hourly and metric.grain != "daily":
        return None
    plain = read_plain(body, LIST_KEYS[metric.grain], HOUR_COLUMNS if hourly else ("Value",), _identity_of)
    if plain is None:
        return None
    days = [day_of(text) for text in plain.days]
    asked = [windows[place] for place in np.searchsorted(begins, plain.day_places, "right") - 1]
    if len(set(days)) < len(days) or not all(
        day and first <= day <= last for day, (first, last) in zip(days, asked, strict=True)
    ):
        return None
    numbers, blank = numbers_of(plain.values)
    if numbers is None:
        return None
    codes = _plain_codes(plain, vocabulary)
    there = np.zeros((len(days), len(codes.dictionary)), bool)
    there[plain.of_day, codes.indices.to_numpy(zero_copy_only=False)] = True
    if np.count_nonzero(there) < len(plain.of_day):  # a code twice on one day
        return None
    of_row = np.array(days, "datetime64[D]")[plain.of_day]
    table = folded(codes, of_row, stored(numbers, metric)) if hourly else rows_of(codes, of_row, numbers, metric)
    parsed = Parsed(table, cells=len(numbers), blank=blank)
    check_bounds(parsed, metric.bounds_of(entity))
    parsed.check()
    return parsed


def _identity_of(row: dict[str, object]) -> tuple[str, ...] | None:
    """Return the fields that identify the rows of a plain reply; none for the system as a whole."""
    nested = row.get("Values")
    if isinstance(nested, dict):
        return _identity(tuple(nested)) or None
    named = [key for key in _CODE_KEYS if row.get(key)]
    return (named[0],) if named else (() if row.get("Id") == SYSTEM else None)


def _plain_codes(plain: Plain, vocabulary: Vocabulary | None) -> pa.DictionaryArray:
    """Return the code of each row, spelled as the vocabulary does."""
    if not plain.identity:
        return pa.array([SYSTEM], pa.string()).dictionary_encode().take(pa.array(np.zeros(len(plain.of_day), np.int64)))
    columns = [_cleaned(column) for column in plain.identity]
    found = (columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, "|")).dictionary_encode()
    spelled = found.dictionary.to_pylist()
    if vocabulary is not None:
        spelled = [vocabulary.canonical(code) for code in spelled]
    again = pa.array(spelled, pa.string()).dictionary_encode()  # two spellings may have become one
    return pa.DictionaryArray.from_arrays(again.indices.take(found.indices), again.dictionary)


def _cleaned(column: pa.StringArray) -> pa.StringArray:
    found = column.dictionary_encode()
    return pa.array([_clean(text) for text in found.dictionary.to_pylist()], pa.string()).take(found.indices)


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
    lost: int = 0


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
        code = _code(entry)
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
    if width == 24:
        return _hours(nested) if isinstance(nested, dict) else None
    flat = entry.get("Value", nested.get("Value") if isinstance(nested, dict) else None)
    return [flat]


def _hours(values: dict[str, object]) -> list[object]:
    try:
        return list(_ALL_HOURS(values))
    except KeyError:  # an hour is absent: not published
        return [values.get(column) for column in HOUR_COLUMNS]


def _code(entry: object) -> str | None:
    """Return the code of an entity entry.

    Hourly replies keep the identity beside the hours: every field that is no hour, in XM's order, joined with `|`
    (`ENDC|REGULADO`, `GAS|TBST`). Flat replies have `Code` or `Name`, and neither for the system as a whole.
    """
    if not isinstance(entry, dict):
        return None
    nested = entry.get("Values")
    if isinstance(nested, dict):
        if nested.keys() == _PLAIN and isinstance(nested["code"], str):
            code = _clean(nested["code"])
            if code:
                return code
        fields = _identity(tuple(nested))
        if fields is None:
            return None
        parts = [nested[key] for key in fields]
    else:
        parts = [next((entry[key] for key in _CODE_KEYS if entry.get(key)), None)]
    texts = [
        " ".join(str(part).split()) for part in parts if isinstance(part, str | int) and not isinstance(part, bool)
    ]
    code = "|".join(text for text in texts if text)
    return code or (SYSTEM if entry.get("Id") == SYSTEM else None)


def _storable(code: str) -> bool:
    """Say whether a code is text: JSON lets half a character through, nothing after it does."""
    return code.isascii() or not any("\ud800" <= char <= "\udfff" for char in code)


@lru_cache(maxsize=4096)
def _clean(code: str) -> str:
    """Return a plain row's code without stray spaces: nearly all rows have 24 hours and a `code`."""
    return " ".join(code.split())


@lru_cache(maxsize=64)
def _identity(fields: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the fields that identify a row, or None for a layout nobody declared.

    Replies have few layouts, so each is looked at once.
    """
    found = tuple(field for field in fields if field not in _VALUE_KEYS)
    return None if any(_ODD_FIELD.match(field) for field in found) else found


def _to_table(cells: _Cells, metric: Metric) -> Parsed:
    numbers, blank, rejects = _numbers(cells)
    codes = pa.array(cells.codes, pa.string()).dictionary_encode()
    return Parsed(
        rows_of(codes, np.array(cells.dates, dtype="datetime64[D]"), numbers, metric),
        [*cells.rejects, *rejects],
        cells=len(cells.values) + cells.clipped,
        blank=blank,
        clipped=cells.clipped,
    )


def _numbers(cells: _Cells) -> tuple[npt.NDArray[np.float64], int, list[Reject]]:
    """Return the values as numbers (NaN where none), the count of blanks and the rejects.

    The fast way takes replies made of strings only, all of them numbers or blank: nearly all. Anything else is
    read cell by cell.
    """
    with suppress(pa.ArrowException, UnicodeEncodeError):
        plain, blank = numbers_of(pa.array(cells.values, pa.string()))
        if plain is not None:
            return plain, blank, []
    numbers = np.full(len(cells.values), np.nan)
    rejects = []
    blank = 0
    for position, value in enumerate(cells.values):
        if value is None or (isinstance(value, str) and not value.strip()):
            blank += 1
            continue
        number = number_of(value)
        if number is None:
            rejects.append(Reject("not_a_number", _spot(cells, position), excerpt(value)))
        else:
            numbers[position] = number
    return numbers, blank, rejects


def _spot(cells: _Cells, position: int) -> str:
    row, column = divmod(position, cells.width)
    item, entry = cells.places[row]
    return f"Items[{item}][{entry}].{HOUR_COLUMNS[column] if cells.width == 24 else 'Value'}"


def _settle_duplicates(parsed: Parsed) -> None:
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
