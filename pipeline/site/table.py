"""Tables of words: cells as Colombia writes dates, numbers and names."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from pipeline.core import spanish

NONE = "—"
_GRAINS = {"year": "Y", "month": "M", "day": "D"}


@dataclass(frozen=True)
class Header:
    """A column head: its words, its unit and how its cells align."""

    text: str
    unit: str = ""
    numeric: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell, already written in es-CO."""

    text: str
    state: str = ""
    """State of the value, where it is not an ordinary one."""
    href: str = ""
    hint: str = ""
    """What a way to another page says on hover."""
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """A table ready for the page; `total` counts all rows, shown or not; `search`: what a search finds each row by."""

    headers: tuple[Header, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    note: str = ""
    search: tuple[str, ...] = ()


def grain_of(values: pd.Series) -> str:
    """Return what the positions of a time axis are, told by themselves: `hour`, `day`, `month` or `year`; else ``""``.

    One position alone is a day: the first of a month may be either.
    """
    if not pd.api.types.is_datetime64_any_dtype(values):
        return ""
    moments = values.dropna().to_numpy("datetime64[m]")
    several = len(moments) > 0 and moments.min() != moments.max()
    for grain, unit in _GRAINS.items():
        if (several or grain == "day") and (moments.astype(f"datetime64[{unit}]") == moments).all():
            return grain
    return "hour"


def moment_text(value: object, grain: str) -> str:
    """Return a position of a time axis of that grain in words."""
    if grain in ("month", "year") and isinstance(value, dt.date) and not pd.isna(value):
        return spanish.short_month(value) if grain == "month" else str(value.year)
    return cell_text(value)


def cell_text(value: object, unit: str = "", decimals: int | None = None) -> str:
    """Return one value as text: dates, numbers and words as Colombia writes them."""
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return NONE
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, (pd.Timestamp, dt.datetime)):
        moment = pd.Timestamp(value)
        return spanish.date(moment.date()) if moment == moment.normalize() else spanish.clock(moment.to_pydatetime())
    if isinstance(value, dt.date):
        return spanish.date(value)
    if isinstance(value, Decimal) or hasattr(value, "__float__"):
        number = float(value)
        whole = number.is_integer() and not unit
        return spanish.number(number, decimals if decimals is not None else 0 if whole else spanish.unit_decimals(unit))
    return spanish.label(str(value))


def shown_note(shown: int, total: int) -> str:
    """Say how many of the rows of a table are shown, where that is not all."""
    if shown >= total:
        return ""
    return f"Se muestran {spanish.number(shown, 0)} de {spanish.number(total, 0)} filas; las descargas las traen todas."


def is_numeric(column: pd.Series) -> bool:
    """Return whether a column holds numbers: no words, no days, no yes and no."""
    return bool(pd.api.types.is_numeric_dtype(column)) and not bool(pd.api.types.is_bool_dtype(column))
