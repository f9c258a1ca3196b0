"""Numbers, dates and words as Colombia writes them. The only formatting code of the project.

Decimal comma, point for thousands: `12.907,7 GWh`, `34,4 %`, `22 nov 2026`. It lives in `core`
because texts and pages must agree and neither may import the other.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
MONTHS_SHORT = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
NBSP = "\u00a0"
MISSING = "sin dato"

_MONTH_CODE = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_NUMBER_UNIT = re.compile(r"(?<=\d) (?=(?:%|[kMGT]?Wh?|kV|km|COP)(?:\W|$))")
_UNIT_LABELS = {
    "MCOP": "millones de COP",
    "hm3": "hm³",
    "m3": "m³",
    "m3/s": "m³/s",
    "W/m2": "W/m²",
    "gCO2e/kWh": "g CO₂e/kWh",
    "#": "",
    "1": "",
}
_DECIMALS = {
    "GWh": 2, "MWh": 1, "MW": 1, "%": 1, "COP/kWh": 2, "MCOP": 1, "hm3": 2, "m3/s": 2, "MBTU": 0, "t": 1,
    "gCO2e/kWh": 1, "W/m2": 1, "°C": 1, "km": 1, "años": 1, "#": 0, "USD/kWh": 4, "TWh": 2, "kWh": 0, "COP": 0,
    "USD": 0,
}  # fmt: skip


def number(value: float | None, decimals: int | None = None) -> str:
    """Return `value` in es-CO: `12.907,7`. None or NaN gives «sin dato».

    Without `decimals`, three significant digits below 1 000 and whole numbers above.
    """
    if value is None or math.isnan(value):
        return MISSING
    if decimals is None:
        size = abs(value)
        decimals = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 or size == 0 else 3
    text = f"{value:,.{decimals}f}".replace(",", " ").replace(".", ",").replace(" ", ".")
    # A rounded −0 would print a minus sign in front of nothing.
    return text.lstrip("-") if not text.strip("-0,.") else text.replace("-", "−")


def unit_label(unit: str) -> str:
    """Return how a unit is written on the page: `MCOP` → «millones de COP»."""
    return _UNIT_LABELS.get(unit, unit)


def unit_decimals(unit: str) -> int:
    """Return the decimals a unit has in tables."""
    return _DECIMALS.get(unit, 2)


def quantity(value: float | None, unit: str, decimals: int | None = None) -> str:
    """Return value and unit, tied by a no-break space: `12.907,7 GWh`."""
    return _with_unit(number(value, unit_decimals(unit) if decimals is None else decimals), unit)


def headline(value: float | None, unit: str) -> str:
    """Return a figure for a headline: three significant digits, with its unit."""
    return _with_unit(number(value), unit)


def _with_unit(text: str, unit: str) -> str:
    label = unit_label(unit)
    return text if text == MISSING or not label else f"{text}{NBSP}{label}"


def percent(value: float | None, decimals: int = 1) -> str:
    """Return a percentage: `34,4 %`."""
    return quantity(value, "%", decimals)


def date(day: dt.date) -> str:
    """Return a short date: `22 nov 2026`."""
    return f"{day.day}{NBSP}{MONTHS_SHORT[day.month - 1]}{NBSP}{day.year}"


def long_date(day: dt.date) -> str:
    """Return a long date: `22 de noviembre de 2026`."""
    return f"{day.day} de {MONTHS[day.month - 1]} de {day.year}"


def weekday(day: dt.date) -> str:
    """Return the Spanish weekday: `domingo`."""
    return WEEKDAYS[day.weekday()]


def month(day: dt.date) -> str:
    """Return month and year: `noviembre de 2026`."""
    return f"{MONTHS[day.month - 1]} de {day.year}"


def short_month(day: dt.date) -> str:
    """Return month and year in short: `nov 2026`."""
    return f"{MONTHS_SHORT[day.month - 1]}{NBSP}{day.year}"


def period(day: dt.date, grain: str = "daily") -> str:
    """Return when a value holds: `noviembre de 2026` for a value of a month, whichever of its days stands for it."""
    return month(day) if grain == "monthly" else date(day)


def label(text: str) -> str:
    """Return a text of the data as a page shows it: `2024-05` as «may 2024», a number never parted from its unit."""
    if _MONTH_CODE.fullmatch(text):
        return short_month(dt.date(int(text[:4]), int(text[5:]), 1))
    return _NUMBER_UNIT.sub(NBSP, text)


def clock(moment: dt.datetime) -> str:
    """Return date and time: `22 nov 2026, 5:40`."""
    return f"{date(moment.date())}, {moment.hour}:{moment.minute:02d}"


def join(parts: Sequence[str]) -> str:
    """Return an enumeration: `a, b y c` («e» before an i sound)."""
    if len(parts) < 2:
        return "".join(parts)
    last = parts[-1]
    sound = last.lower()
    link = "e" if sound.startswith(("i", "hi")) and not sound.startswith(("hie", "hia")) else "y"
    return f"{', '.join(parts[:-1])} {link} {last}"


def plural(count: int, one: str, many: str) -> str:
    """Return count and noun: `1 día`, `3 días`."""
    return f"{number(count, 0)}{NBSP}{one if count == 1 else many}"


@dataclass(frozen=True)
class Variation:
    """A change between two values: the percentage, its text and which way it went."""

    pct: float | None
    text: str
    direction: Literal["up", "down", "flat", "unknown"]


def variation(now: float | None, before: float | None, *, points: bool = False) -> Variation:
    """Return (now − before)/|before| × 100 as text; with `points`, the plain difference.

    Percentages (reserves, shares) differ in points, not in percent of a percent. Below 0,1 the
    change is called flat; a missing or zero base gives no variation.
    """
    if now is None or before is None or math.isnan(now) or math.isnan(before) or (before == 0 and not points):
        return Variation(None, "sin comparación", "unknown")
    change = now - before if points else (now - before) / abs(before) * 100
    way: Literal["up", "down", "flat"] = "flat" if abs(change) < 0.1 else "up" if change > 0 else "down"
    return Variation(change, change_text(change, points=points), way)


def change_text(change: float, *, points: bool = False) -> str:
    """Return a change in per cent, or in points, with its arrow: `▲ 3,1 %`; below 0,1 it is flat."""
    arrow = "=" if abs(change) < 0.1 else "▲" if change > 0 else "▼"
    return f"{arrow} {number(abs(change), 1)}{NBSP}{'p.p.' if points else '%'}"


_REASONS = Path(__file__).with_name("reasons.yml")
UNKNOWN_REASON = "la última actualización falló; el motivo está en el registro de este portal"
_HTTP = re.compile(r"http_(\d{3})")
_PLEASE_WAIT = {408, 425, 429}
_NO_ENTRY = {401, 403, 407, 451}


@cache
def _reasons() -> dict[str, str]:
    return dict(yaml.safe_load(_REASONS.read_text(encoding="utf-8")))


def reason(code: str) -> str:
    """Return why a series, a window or a source has no new data, from the code that ingest left.

    What stands behind the code (`timeout: no whole answer …`) is for the log and in English: it never reaches a page,
    whatever it is.
    """
    if not code:
        return ""
    word, _, rest = re.sub(r"[:;]", " ", code).partition(" ")
    if word in {"ended", "starts"} and rest:
        verb = "terminó el" if word == "ended" else "comienza el"
        return f"{verb} {date(dt.date.fromisoformat(rest))}"
    if word == "source_down" and rest.strip():
        return reason(rest.strip())
    if status := _HTTP.fullmatch(word):
        return _http_reason(int(status[1]))
    return _reasons().get(word, UNKNOWN_REASON)


def _http_reason(status: int) -> str:
    if status in _PLEASE_WAIT:
        return f"la fuente pidió esperar (respondió {status})"
    if status in _NO_ENTRY:
        return f"la fuente no permite el acceso desde este portal (respondió {status})"
    if status >= 500:
        return f"la fuente falló (respondió {status})"
    if status < 400:
        return f"la fuente remitió a otra dirección (respondió {status})"
    return f"la fuente rechazó la consulta (respondió {status})"
