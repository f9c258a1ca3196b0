"""Figures and dates as Colombia writes them, read back: the display rule seen from the reader's side.

Nothing of the formatting code is used here, so that a fault of it shows.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal

MISSING = "—"
_NUMBER = re.compile(r"[-−]?\d{1,3}(?:\.\d{3})*(?:,\d+)?")
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
_LONG = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
)  # fmt: skip
_DATE = re.compile(r"(\d{1,2}) ([a-z]{3}) (\d{4})(?:, (\d{1,2}):(\d{2}))?")
_DATES_IN_TEXT = re.compile(
    rf"\d{{1,2}}(?: de)? (?:{'|'.join(_LONG)})(?: de \d{{4}})?|(?:{'|'.join(_LONG)})(?: de)? \d{{4}}"
    rf"|(?:al? |del? )\d{{1,2}}(?= (?:de|al) )|\d{{1,2}}:\d{{2}}|\b(?:19|20)\d{{2}}\b"
)


def number(text: str) -> Decimal | None:
    """Return the number that a text is, None when it is none: `−12.907,7` is −12907.7."""
    text = text.replace("\u00a0", " ").strip()
    if not _NUMBER.fullmatch(text):
        return None
    return Decimal(text.replace("−", "-").replace(".", "").replace(",", "."))


def shows(text: str, value: float | None, decimals: int | None = None) -> bool:
    """Return whether `text` is `value` rounded to the digits it shows, and to `decimals` where they are declared.

    A missing value is shown as a dash.
    """
    if value is None or math.isnan(value):
        return text.strip() == MISSING
    said = number(text)
    if said is None:
        return False
    digits = max(0, -int(said.as_tuple().exponent))
    if decimals is not None and digits != decimals:
        return False
    return abs(said - Decimal(float(value))) <= Decimal(10) ** -digits / 2 + Decimal("1e-9") * abs(said)


def place(text: str) -> str:
    """Return a row's head in one form: a date or a month as ISO, anything else as it is, spaces plain."""
    plain = text.replace("\u00a0", " ").strip()
    month = re.fullmatch(r"([a-z]{3}) (\d{4})", plain)
    if month and month[1] in _MONTHS:
        return f"{month[2]}-{_MONTHS.index(month[1]) + 1:02d}"
    found = _DATE.fullmatch(plain)
    if not found or found[2] not in _MONTHS:
        return plain
    day = dt.date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1])).isoformat()
    return f"{day} {int(found[4]):02d}:{found[5]}" if found[4] else day


def numbers_in(text: str) -> list[str]:
    """Return the figures of a sentence; its dates, hours and years are none."""
    bare = _DATES_IN_TEXT.sub(" ", text.replace("\u00a0", " "))
    return re.findall(r"(?<![\w.,])[-−]?\d+(?:\.\d{3})*(?:,\d+)?(?!\w)", bare)
