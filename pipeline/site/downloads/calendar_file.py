"""The calendar of what sources publish by month and when they stop revising it (`.ics`), by their declared lags.

One file a year: it changes when the year or a declaration does, and names the day from which something is late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core import spanish
from pipeline.core.clock import add_months

NAME = "calendario.ics"
_LINE = 75  # octets, the most that the standard (RFC 5545) lets a line have


def calendar_file(catalog: Catalog, year: int) -> bytes:
    """Return the calendar of a year: a day for each month and lag, and one for each month that becomes final."""
    monthly = [metric for metric in catalog.data_metrics() if metric.grain == "monthly" and not metric.ends]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Portal Energético de Colombia//ES", "METHOD:PUBLISH"]
    lines.append("X-WR-CALNAME:Datos mensuales del sector eléctrico")
    events = [event for back in range(24) for event in _month(monthly, add_months(dt.date(year, 12, 1), -back))]
    for day, uid, title, text in sorted(event for event in events if event[0].year == year):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}@portal-energetico",
            f"DTSTAMP:{year}0101T000000Z",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"SUMMARY:{_escaped(title)}",
            f"DESCRIPTION:{_escaped(text)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def _month(monthly: Sequence[Metric], month: dt.date) -> Iterator[tuple[dt.date, str, str, str]]:
    """Yield day, id, title and words of what is published of a month, and of what becomes final."""
    end, name = add_months(month, 1) - dt.timedelta(days=1), spanish.month(month)
    kinds = (
        ("sale", {metric.lag_days for metric in monthly}, "lag_days", f"Se esperan los datos de {name}",
         "Si desde este día no están, la fuente se ha retrasado."),
        ("firme", {metric.settles_days for metric in monthly}, "settles_days", f"Quedan en firme los datos de {name}",
         "Vence el plazo de liquidación: la fuente ya no los revisa."),
    )  # fmt: skip
    for kind, waits, field, title, text in kinds:
        for wait in sorted(waits):
            about = spanish.join([m.title for m in monthly if getattr(m, field) == wait])
            yield end + dt.timedelta(days=wait), f"{month:%Y-%m}-{kind}-{wait}", title, f"{about}. {text}"


def _escaped(text: str) -> str:
    """Return a text as a value of the standard."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return a line in pieces of at most 75 octets, none of which parts a letter."""
    pieces, size = [""], 0
    for letter in line:
        wide = len(letter.encode())
        if size + wide > _LINE:
            pieces, size = [*pieces, " "], 1
        pieces[-1] += letter
        size += wide
    return "\r\n".join(pieces)
