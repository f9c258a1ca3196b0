"""XM's portal of files, as the emulator publishes it: a question gives a link, the link gives the file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

SERVICE = "administracion-archivos/ficheros/descarga-archivo"
STORE = "storageportalxm/"
_FILE = re.compile(r"demandas/pronostico oficial/(\d{4})-(\d\d)/(pronsin|pron_barra)(\d\d)(\d\d)\.txt$", re.IGNORECASE)
_NOTICE = {"pronsin": 4, "pron_barra": 1}  # days before its first day that a file is published


@dataclass(frozen=True)
class BusForecast:
    """Demand forecast of one bus for the hours of one day [MWh], shape (24,)."""

    unit: str
    bus: str
    kilovolts: int
    hours: NDArray[np.float64]


class Forecasts(Protocol):
    """What is asked of a source of values."""

    def official_week(self, monday: dt.date) -> NDArray[np.float64] | None:
        """Return mean powers [MW] (7, 24) of the week from `monday`."""

    def official_buses(self, day: dt.date) -> list[BusForecast]:
        """Return the forecast of each bus for `day`."""


def link(origin: str, path: str) -> str:
    """Return where a file lies, signed as the real ones are."""
    return f"{origin}/{STORE}{quote(path.lstrip('/'))}?sv=1&sig=emulada"


def text(source: Forecasts, path: str, today: dt.date) -> str | None:
    """Return a file of the store, None when there is none at that path, or not yet."""
    found = wanted(path, today) if path.startswith(STORE) else None
    if found is None:
        return None
    kind, first = found
    if kind == "pron_barra":
        return bus_text(source.official_buses(first)) or None
    week = source.official_week(first)
    return None if week is None else week_text(week)


def wanted(path: str, today: dt.date) -> tuple[str, dt.date] | None:
    """Return the kind of a file and its first day; None when there is no such file, or not yet."""
    match = _FILE.search(path)
    if match is None:
        return None
    year, month, kind, also, day = match.groups()
    try:
        first = dt.date(int(year), int(month), int(day))
    except ValueError:
        return None
    kind = kind.lower()
    weekly = kind == "pronsin"
    there = also == month and first - dt.timedelta(_NOTICE[kind]) <= today and (not weekly or first.weekday() == 0)
    return (kind, first) if there else None


def week_text(hours: NDArray[np.float64]) -> str:
    """Return the file of a week from mean powers [MW] of shape (7, 24): a line an hour, a column a day."""
    lines = [",".join([str(hour + 1), *(f"{value:.10f}" for value in hours[:, hour])]) for hour in range(24)]
    return "\r\n".join([*lines, ""])


def bus_text(buses: Sequence[BusForecast]) -> str:
    """Return the file of the buses of a day: energy, then reactive energy, which no one adds up."""
    lines = []
    for bus in buses:
        for variable, factor in (("EN", 1.0), ("ER", 0.3)):
            values = ",".join(f"{value * factor:.4f}" for value in bus.hours)
            lines.append(f'"{bus.unit}","{bus.bus}",{bus.kilovolts},"{variable}",{values}')
    return "\r\n".join([*lines, ""])
