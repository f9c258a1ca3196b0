"""Ranges and ticks, shared by the figure and its static drawing.

The y ticks repeat Plotly's own rule (1, 2, 5 × 10ⁿ, at most six), so that a chart does not jump when
it comes alive. Time ticks are chosen by span and written in Spanish.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.core import spanish

DAY_MS = 86_400_000
NTICKS = 6
Tick = tuple[float, str]


def iso(moment: pd.Timestamp) -> str:
    """Return a day as `2024-04-30` and an hour as `2024-04-30 05:00`."""
    if moment.hour == 0 and moment.minute == 0:
        return str(moment.strftime("%Y-%m-%d"))
    return str(moment.strftime("%Y-%m-%d %H:%M"))


def iso_texts(moments: np.ndarray) -> list[str]:
    """Return moments as :func:`iso` writes them, all at once."""
    texts = np.datetime_as_string(moments.astype("M8[m]")).tolist()
    return [text.removesuffix("T00:00").replace("T", " ") for text in texts]


def millis(x: str | float) -> float:
    """Return a position as a number: milliseconds since 1970 for ISO texts."""
    if isinstance(x, str):
        return dt.datetime.fromisoformat(x).replace(tzinfo=dt.UTC).timestamp() * 1000
    return float(x)


def from_millis(value: float) -> str:
    """Return milliseconds since 1970 as an ISO text, the inverse of :func:`millis`."""
    return iso(pd.Timestamp(round(value), unit="ms"))


def span_range(x: Sequence[str] | Sequence[float], kind: str, pad: float) -> list[str] | list[float]:
    """Return the x range from first to last position, widened by `pad` at both ends [ms or units]."""
    low, high = millis(x[0]) - pad, millis(x[-1]) + pad
    if low == high:
        low, high = low - (DAY_MS if kind == "date" else 1), high + (DAY_MS if kind == "date" else 1)
    return [from_millis(low), from_millis(high)] if kind == "date" else [low, high]


def y_range(values: Sequence[float], *, zero: bool) -> tuple[float, float]:
    """Return an honest y range: from zero for lengths and areas, snug for lines.

    A line whose values reach down near zero starts at zero too: cutting off the last bit of axis
    would only hide how close it came.
    """
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    if zero or (low >= 0 and low < 0.4 * high):
        low, high = min(0.0, low * 1.06), max(0.0, high * 1.06)
        return (low, high) if high > low else (0.0, 1.0)
    return low - room, high + room


def y_ticks(low: float, high: float, count: int = NTICKS) -> list[Tick]:
    """Return at most about `count` round ticks inside [low, high] with their es-CO texts."""
    rough = (high - low) / count
    base = 10 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    step = base * next((m for m in (2, 5, 10) if m >= rough / base - 1e-9), 10)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [(i * step, spanish.number(i * step, decimals)) for i in range(first, last + 1)]


def time_ticks(low: float, high: float) -> list[Tick]:
    """Return ticks for a time axis [ms since 1970], at most eight, in Spanish."""
    start, end = pd.Timestamp(low, unit="ms"), pd.Timestamp(high, unit="ms")
    days = (end - start) / pd.Timedelta(days=1)
    if days <= 3.01:
        every = 6 if days <= 1.5 else 12
        moments = pd.date_range(start.ceil(f"{every}h"), end, freq=f"{every}h")
        return [(_ms(t), f"{t.day} {_short(t)}" if t.hour == 0 else f"{t.hour}:00") for t in moments]
    if days <= 100:
        every = next(n for n in (1, 2, 4, 7, 14) if days / n <= 7.5)
        moments = pd.date_range(start.ceil("D"), end, freq=f"{every}D")
        return [(_ms(t), f"{t.day} {_short(t)}") for t in moments]
    if days <= 365 * 3:
        every = next(n for n in (1, 2, 3, 6) if days / 30.4 / n <= 8)
        months = [t for t in pd.date_range(start.ceil("D"), end, freq="MS") if (t.month - 1) % every == 0]
        # January tells the year; the first tick does where there is none, for at the edge its neighbour is near.
        named = next((t for t in months if t.month == 1), months[0] if months else None)
        return [(_ms(t), f"{_short(t)} {t.year}" if t.month == 1 or t == named else _short(t)) for t in months]
    every = next(n for n in (1, 2, 5, 10) if days / 365 / n <= 8)
    years = [t for t in pd.date_range(start.ceil("D"), end, freq="YS") if t.year % every == 0]
    return [(_ms(t), str(t.year)) for t in years]


def number_ticks(low: float, high: float, step: int | None = None) -> list[Tick]:
    """Return ticks for a numeric x axis, every `step` where one is given."""
    if step is None:
        return y_ticks(low, high, 7)
    return [(at, spanish.number(at, 0)) for at in range(math.ceil(low / step) * step, math.floor(high) + 1, step)]


def short(name: str, limit: int = 22) -> str:
    """Return a name cut to what fits beside a drawing; the table below it has the whole."""
    return name if len(name) <= limit else f"{name[: limit - 1].rstrip()}…"


def _ms(moment: pd.Timestamp) -> float:
    return float(moment.value) / 1e6


def _short(moment: pd.Timestamp) -> str:
    return spanish.MONTHS_SHORT[moment.month - 1]
