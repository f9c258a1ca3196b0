"""The second line: read every figure in finished text and find the fact it comes from.

Used on every text before it is written, and free to use on text that people paste in: es-CO and
English numerals, magnitude words, written dates, ranges and percentages. It needs no placeholders.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.core import spanish
from pipeline.narrate.facts import POINTS, Fact

_MAGNITUDES = {
    "mil millones": 1e9,
    "miles de millones": 1e9,
    "mil": 1e3,
    "millón": 1e6,
    "millones": 1e6,
    "billón": 1e12,
    "billones": 1e12,
}
_MONTHS = "|".join(spanish.MONTHS)
_MONTHS_SHORT = "|".join(spanish.MONTHS_SHORT)
_DATE = re.compile(
    rf"\b(?P<day>\d{{1,2}})\s+(?:de\s+)?(?P<month>{_MONTHS}|{_MONTHS_SHORT})\.?(?:\s+(?:de\s+|del\s+)?(?P<year>\d{{4}}))?\b"
    rf"|\b(?P<only>{_MONTHS})\s+de(?:l)?\s+(?P<of>\d{{4}})\b|\b(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?P<clock>\b\d{1,2}:\d{2}\b)|(?P<sign>[-−+])?(?P<digits>\d+(?:[.,]\d+)*)"
    r"(?:\s+(?P<magnitude>mil(?:es)? de millones|mil millones|millones|millón|billones|billón|mil)\b"
    r"(?:\s+de(?=\s+(?:COP|pesos)\b))?)?"
    r"(?:\s*(?P<unit>%|[A-Za-z°][\w³²₂/]*(?:/kWh)?))?"
)
_ENERGY = {"kWh": 1e-6, "MWh": 1e-3, "GWh": 1.0, "TWh": 1e3}


@dataclass(frozen=True)
class Figure:
    """A number found in a text: its readings (value, half a unit of its last digit) and its unit."""

    text: str
    readings: tuple[tuple[float, float], ...]
    unit: str


def figures_in(text: str) -> Iterator[Figure]:
    """Yield every number of `text` that is not part of a date, in order."""
    plain = _DATE.sub(" ", text.replace(spanish.NBSP, " "))
    for match in _NUMBER.finditer(plain):
        if match["clock"]:
            hour, minute = (int(part) for part in match["clock"].split(":"))
            yield Figure(match["clock"], ((hour + minute / 60, 0.0),), "h")
            continue
        scale = _MAGNITUDES.get(" ".join((match["magnitude"] or "").lower().split()), 1.0)
        sign = -1.0 if match["sign"] in ("-", "−") else 1.0
        readings = tuple((sign * v * scale, half * scale) for v, half in _readings(match["digits"]))
        yield Figure(match.group().strip(), readings, match["unit"] or "")


def unsupported(text: str, facts: Iterable[Fact]) -> list[str]:
    """Return the figures and dates of `text` that are no fact; an empty list means all are.

    A figure is supported when a fact shown in its unit lies within half a unit of the figure's last
    digit; a sign may be told by a word («4 % menos»), so magnitudes are compared for changes. Digits
    that belong to the names of facts (`PORCE3`) are no figures.
    """
    known = list(facts)
    for name in sorted({fact.label for fact in known}, key=len, reverse=True):
        if any(char.isdigit() for char in name):
            text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    wrong = [figure.text for figure in figures_in(text) if not _supported(figure, known)]
    return wrong + [found for found, day in _dates_in(text) if not any(day(fact.day) for fact in known)]


def _readings(digits: str) -> Iterator[tuple[float, float]]:
    """Yield the ways `1.234,5`, `1,234.5` or `1.234` can be read, each with half its last digit."""
    for thousands, decimal in ((".", ","), (",", ".")):
        pattern = rf"(?:\d{{1,3}}(?:\{thousands}\d{{3}})+|\d+)(?:\{decimal}(\d+))?"
        match = re.fullmatch(pattern, digits)
        if match:
            value = float(digits.replace(thousands, "").replace(decimal, "."))
            yield value, 0.5 * 10.0 ** -len(match.group(1) or "")


def _supported(figure: Figure, facts: Iterable[Fact]) -> bool:
    for fact in facts:
        factor = _factor(figure.unit, fact.unit)
        if factor is None:
            continue
        target = abs(fact.value) if fact.is_change else fact.value
        for value, half in figure.readings:
            shown = abs(value) if fact.is_change else value
            if abs(shown * factor - target) <= half * factor * (1 + 1e-9):
                return True
    return False


def _factor(written: str, stored: str) -> float | None:
    """Return the factor from the unit in the text to the fact's, or None when they do not go together."""
    label = spanish.unit_label(stored)
    if not written or written in (label, stored) or label.startswith(written + " "):
        return 1.0
    if written in ("puntos", "punto"):
        return 1.0 if stored in POINTS else None
    if written in ("COP", "pesos") and stored == "MCOP":
        return 1e-6
    if written in _ENERGY and stored in _ENERGY:
        return _ENERGY[written] / _ENERGY[stored]
    if written in _KNOWN_UNITS or label in ("%",):
        return None
    # A plain word after the number («3 plantas»): the number alone must match a fact without unit.
    return 1.0 if stored in ("", "#") else None


_KNOWN_UNITS = {"%", "COP", "COP/kWh", "USD/kWh", "USD", "MW", "kW", "hm³", "m³/s", "°C", "pesos", *_ENERGY}


@dataclass(frozen=True)
class _Day:
    """A written date, any part of which may be left out."""

    day: int | None
    month: int
    year: int | None

    def __call__(self, other: dt.date) -> bool:
        return other.month == self.month and self.day in (None, other.day) and self.year in (None, other.year)


def _dates_in(text: str) -> Iterator[tuple[str, _Day]]:
    for match in _DATE.finditer(text.replace(spanish.NBSP, " ")):
        if match["iso"]:
            year, month, day = (int(part) for part in match["iso"].split("-"))
            yield match.group(), _Day(day, month, year)
        elif match["only"]:
            yield match.group(), _Day(None, _month(match["only"]), int(match["of"]))
        else:
            year_text = match["year"]
            yield (
                match.group(),
                _Day(int(match["day"]), _month(match["month"]), int(year_text) if year_text else None),
            )


def _month(word: str) -> int:
    return spanish.MONTHS_SHORT.index(word.lower()[:3]) + 1
