"""Replies of XM gone wrong in fifty ways, each with the cells that are still good. Seeded: same n, same replies.

Each way comes in both layouts in turn: an item per date and plant, as XM sends it, and an item per date.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

DAY = dt.date(2024, 4, 30)
_CODES = ("TBST", "2E10", "3E46", "GVIO", "CHVR")
Cell = tuple[str, int]
Entry = dict[str, object]


@dataclass(frozen=True)
class Malformed:
    """One malformed hourly reply for `DAY`.

    Attributes:
        kind: What is wrong with it.
        body: The reply.
        good: The cells that must be published, by code and hour [kWh]; whatever else is published is a bad cell.
        refused: Cells that must be quarantined.
    """

    kind: str
    body: bytes
    good: dict[Cell, float]
    refused: int = 0


@dataclass
class _DraftReply:
    """A reply being spoilt."""

    rng: random.Random
    good: dict[Cell, float] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    refused: int = 0

    @classmethod
    def fresh(cls, rng: random.Random) -> _DraftReply:
        """Return a reply of five plants with nothing wrong."""
        draft = cls(rng)
        for code in _CODES:
            hours = {hour: round(rng.uniform(0, 90_000), 2) for hour in range(24)}
            draft.good |= {(code, hour): value for hour, value in hours.items()}
            values = {"code": code, **{_column(hour): f"{value:.2f}" for hour, value in hours.items()}}
            draft.entries.append({"Id": "Recurso", "Values": values})
        return draft

    def document(self) -> dict[str, object]:
        """Return the reply."""
        return {"Items": [{"Date": DAY.isoformat(), "HourlyEntities": self.entries}]}

    def forget(self, code: str) -> None:
        """Note that no cell of a plant may be published."""
        self.good = {cell: value for cell, value in self.good.items() if cell[0] != code}

    def pick(self) -> tuple[str, dict[str, object]]:
        """Return a plant and its values."""
        place = self.rng.randrange(len(_CODES))
        values = self.entries[place]["Values"]
        if not isinstance(values, dict):
            raise TypeError("a draft is spoilt once")
        return _CODES[place], values


Spoil = Callable[[_DraftReply], object]


def _column(hour: int) -> str:
    return f"Hour{hour + 1:02d}"


def _cells(value: object, *, refused: bool = True) -> Spoil:
    """Put `value` into one to six hours of a plant; None of them may be published."""

    def spoil(draft: _DraftReply) -> object:
        code, values = draft.pick()
        for hour in draft.rng.sample(range(24), draft.rng.randint(1, 6)):
            values[_column(hour)] = value
            draft.good.pop((code, hour))
            draft.refused += refused
        return draft.document()

    return spoil


def _hours_missing(draft: _DraftReply) -> object:
    code, values = draft.pick()
    for hour in draft.rng.sample(range(24), draft.rng.randint(1, 6)):
        del values[_column(hour)]
        draft.good.pop((code, hour))
    return draft.document()


def _hour_renamed(name: Callable[[int], str]) -> Spoil:
    def spoil(draft: _DraftReply) -> object:
        code, values = draft.pick()
        hour = draft.rng.randrange(9)
        values[name(hour)] = values.pop(_column(hour))
        draft.forget(code)  # which hour it means is a guess: the whole plant is refused
        return draft.document()

    return spoil


def _code(value: object) -> Spoil:
    def spoil(draft: _DraftReply) -> object:
        code, values = draft.pick()
        values["code"] = value
        draft.forget(code)
        return draft.document()

    return spoil


def _values(value: object) -> Spoil:
    def spoil(draft: _DraftReply) -> object:
        place = draft.rng.randrange(len(_CODES))
        draft.entries[place]["Values"] = value
        draft.forget(_CODES[place])
        return draft.document()

    return spoil


def _entry_null(draft: _DraftReply) -> object:
    return {"Items": [{"Date": DAY.isoformat(), "HourlyEntities": [*draft.entries, None]}]}


def _second_item(item: object) -> Spoil:
    """Add an item that cannot be read beside the good one."""

    def spoil(draft: _DraftReply) -> object:
        document = draft.document()
        items = document["Items"]
        if isinstance(items, list):
            items.insert(draft.rng.randint(0, 1), item)
        return document

    return spoil


def _second_day(date: object) -> Spoil:
    """Add an item of the same plants with another date."""

    def spoil(draft: _DraftReply) -> object:
        return _second_item({"Date": date, "HourlyEntities": copy.deepcopy(draft.entries)})(draft)

    return spoil


def _twice_equal(draft: _DraftReply) -> object:
    draft.entries.append(copy.deepcopy(draft.rng.choice(draft.entries)))
    return draft.document()


def _twice_different(draft: _DraftReply) -> object:
    code, values = draft.pick()
    other = dict(values)
    hour = draft.rng.randrange(24)
    other[_column(hour)] = f"{draft.good.pop((code, hour)) + 1:.2f}"
    draft.entries.append({"Id": "Recurso", "Values": other})
    draft.refused += 2
    return draft.document()


def _nothing(document: object) -> Spoil:
    """Answer something that is no reply at all."""

    def spoil(draft: _DraftReply) -> object:
        draft.good.clear()
        return document

    return spoil


def _cut(draft: _DraftReply) -> object:
    body = json.dumps(draft.document()).encode()
    draft.good.clear()
    return body[: draft.rng.randint(1, len(body) - 1)]


def _byte_order_mark(draft: _DraftReply) -> object:
    return b"\xef\xbb\xbf" + json.dumps(draft.document()).encode()


_KINDS: dict[str, Spoil] = {
    "hour blank": _cells("", refused=False),
    "hour null": _cells(None, refused=False),
    "hours missing": _hours_missing,
    "hour N/D": _cells("N/D"),
    "hour with thousands": _cells("7.306.335,34"),
    "hour with comma": _cells("7306335,34"),
    "hour Infinity": _cells("Infinity"),
    "hour -Infinity": _cells("-Infinity"),
    "hour NaN": _cells("NaN"),
    "hour NaN literal": _cells(float("nan")),
    "hour Infinity literal": _cells(float("inf")),
    "hour 1e60": _cells("1e60"),
    "hour 1e999": _cells("1e999"),
    "hour of 400 digits": _cells(10**400),
    "hour of 4,000 digits": _cells(10**4000),
    "hour of half a character": _cells("\ud800"),
    "code of half a character": _code("\ud800"),
    "hour negative": _cells("-999999999"),
    "hour true": _cells(True),
    "hour false": _cells(False),
    "hour object": _cells({"value": "5"}),
    "hour list": _cells(["5"]),
    "hour hexadecimal": _cells("0x1F"),
    "hour with unit": _cells("120 kWh"),
    "hour with underscore": _cells("1_000"),
    "hour in other digits": _cells("１２３"),
    "hour with two signs": _cells("--5"),
    "hour a word": _cells("null"),
    "hour named Hour1": _hour_renamed(lambda hour: f"Hour{hour + 1}"),
    "hour named hour01": _hour_renamed(lambda hour: f"hour{hour + 1:02d}"),
    "hour named Hour25": _hour_renamed(lambda _hour: "Hour25"),
    "code absent": _code(None),
    "code blank": _code("  "),
    "code object": _code({"code": "TBST"}),
    "code true": _code(True),
    "values null": _values(None),
    "values list": _values(["5"] * 24),
    "values text": _values("5"),
    "entry null": _entry_null,
    "item null": _second_item(None),
    "item without entities": _second_item({"Date": DAY.isoformat()}),
    "entities object": _second_item({"Date": DAY.isoformat(), "HourlyEntities": {}}),
    "date absent": _second_day(None),
    "date impossible": _second_day("2024-13-45"),
    "date a number": _second_day(20240430),
    "date outside": _second_day("2024-06-30"),
    "entry twice, equal": _twice_equal,
    "entry twice, different": _twice_different,
    "byte-order mark": _byte_order_mark,
    "cut": _cut,
    "no body": _nothing(b""),
    "HTML": _nothing(b"<html><body>Mantenimiento</body></html>"),
    "bare text": _nothing("error: Rango de consulta supera los 31 d\u00edas"),
    "message": _nothing({"Message": "Id de M\u00e9trica no encontrada."}),
    "items a number": _nothing({"Items": 5}),
    "items an object": _nothing({"Items": {}}),
    "a list": _nothing([1, 2]),
    "bytes": _nothing(bytes(range(256))),
    "nested too deep": _nothing(b"[" * 100_000),
}
KINDS = tuple(_KINDS)


def _item_per_row(document: object) -> object:
    """Return a reply with an item per entry, where its items have entries."""
    items = document.get("Items") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(items, list):
        return document
    return {**document, "Items": [part for item in items for part in _parts(item)]}


def _parts(item: object) -> list[object]:
    entries = item.get("HourlyEntities") if isinstance(item, dict) else None
    if not isinstance(item, dict) or not isinstance(entries, list):
        return [item]
    return [{**item, "HourlyEntities": [entry]} for entry in entries]


def malformed(count: int, seed: int = 7) -> Iterator[Malformed]:
    """Yield `count` malformed replies; every kind comes round in turn, with other values each time."""
    rng = random.Random(seed)  # noqa: S311 - reproducible on purpose
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        draft = _DraftReply.fresh(rng)
        spoilt = _KINDS[kind](draft)
        if number // len(KINDS) % 2 == 0:
            spoilt = _item_per_row(spoilt)
        body = spoilt if isinstance(spoilt, bytes) else json.dumps(spoilt).encode()
        yield Malformed(kind, body, draft.good, draft.refused)
