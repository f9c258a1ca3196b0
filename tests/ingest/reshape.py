"""Ways in which a source changes the shape of its answers, each applied to a good one of the emulator."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

Row = dict[str, Any]
Change = Callable[[Row, str], None]
"""Changes the fields of a row in place; gets the name of a field that identifies it."""


def rows_of(document: dict[str, Any]) -> Iterator[tuple[Row, Row]]:
    """Yield each entry of a reply of XM and its fields."""
    for item in document["Items"]:
        for key, entries in item.items():
            if key.endswith("Entities"):
                for entry in entries:
                    yield entry, entry.get("Values", entry)


def _rename(name: Callable[[str], str]) -> Change:
    def change(fields: Row, _identity: str) -> None:
        for field in [field for field in fields if field.startswith("Hour") or field == "Value"]:
            fields[name(field)] = fields.pop(field)

    return change


def _values(value: str | None) -> Change:
    def change(fields: Row, _identity: str) -> None:
        fields.update({field: value for field in fields if field.startswith("Hour") or field == "Value"})

    return change


def _drop_values(fields: Row, _identity: str) -> None:
    for field in [field for field in fields if field.startswith("Hour") or field == "Value"]:
        del fields[field]


def _drop_identity(fields: Row, identity: str) -> None:
    fields.pop(identity, None)


def _rename_identity(fields: Row, identity: str) -> None:
    if identity in fields:
        fields["Identificador"] = fields.pop(identity)


def _add(name: str, value: str) -> Change:
    def change(fields: Row, _identity: str) -> None:
        rest = dict(fields)
        fields.clear()
        fields.update({name: value} | rest)  # in front: the first of the fields beside the values

    return change


def _respell(spell: Callable[[str], str]) -> Change:
    def change(fields: Row, _identity: str) -> None:
        fields.update({k: spell(v) for k, v in fields.items() if not k.startswith(("Hour", "Value"))})

    return change


UNREADABLE: dict[str, Change] = {
    "hours without a zero": _rename(lambda field: field.replace("Hour0", "Hour") if "Hour" in field else "Valor"),
    "hours in Spanish": _rename(lambda field: field.replace("Hour", "Hora") if "Hour" in field else "VALUE"),
    "other names": _rename(lambda field: f"x{field}"),
    "no values": _drop_values,
    "words": _values("N/D"),
    "thousands": _values("1.234,56"),
    "beyond any bound": _values("9e40"),
}
NAMELESS: dict[str, Change] = {"identity dropped": _drop_identity, "identity renamed": _rename_identity}
BESIDE: dict[str, Change] = {
    "version": _add("Version", "TX2"),
    "note": _add("Nota", ""),
    "market": _add("Market2", "A"),
}
RESPELLED: dict[str, Change] = {
    "capitals": _respell(str.upper),
    "small letters": _respell(str.lower),
    "blanks": _respell(lambda text: f"  {text.replace(' ', '   ')} "),
    "letters apart": _respell(lambda text: text.replace("Ñ", "N~")),
}
BLANK: dict[str, Change] = {"blank": _values(""), "null": _values(None)}


def reshaped(body: bytes, change: Change, identity: str, share: Callable[[int], bool] = lambda _n: True) -> bytes:
    """Return a reply of XM with the rows changed that `share` chooses by their number."""
    document = copy.deepcopy(json.loads(body))
    for number, (_entry, fields) in enumerate(rows_of(document)):
        if share(number):
            change(fields, identity)
    return json.dumps(document, ensure_ascii=False).encode()
