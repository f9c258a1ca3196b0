"""What a chart looks like when it is narrowed to its last days: axes and labels, worked out here for the browser.

The browser cuts the points and puts these in place; the rules of range and of labels that stand apart are the ones the
whole chart follows (`axes.y_range`, `layout.spread`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.site.drawing.axes import DAY_MS, from_millis, millis, y_range
from pipeline.site.drawing.layout import BOTTOM, PHONE, TOP, spread

Raw = dict[str, Any]  # plotly's own JSON, which has no types
Ranges = tuple[tuple[int, str], ...]
DAILY_SPANS = ((30, "30 d"), (90, "90 d"), (365, "1 año"))
MONTHLY_SPANS = ((365, "1 año"), (1826, "5 años"))


def narrowed(figure: Raw, x: pd.Series) -> tuple[Raw, Ranges]:
    """Return a slim figure with its narrower views, and the last days [d] that they show, in words."""
    offered = spans(x)
    return span_views(figure, [days for days, _ in offered]), offered


def spans(x: pd.Series) -> Ranges:
    """Return the last days [d] that a series of days or months may be narrowed to, those shorter than it only."""
    if not pd.api.types.is_datetime64_any_dtype(x):
        return ()
    moments = x.drop_duplicates().sort_values()
    if len(moments) < 3 or (moments != moments.dt.normalize()).any():
        return ()
    step = pd.Timedelta(moments.diff().median())
    choices = MONTHLY_SPANS if step >= pd.Timedelta(days=28) else DAILY_SPANS
    length = (moments.iloc[-1] - moments.iloc[0]).days
    return tuple(choice for choice in choices if choice[0] < 0.9 * length)


def span_views(figure: Raw, days: Sequence[int]) -> Raw:
    """Return a slim figure with `spans`: for each number of days its x range, y range and shifts of its end labels.

    Args:
        figure: A slim figure (`figure.slim`) over a time axis.
        days: Spans that the page offers [d]; none leaves the figure as it is.
    """
    if not days:
        return figure
    last = figure["layout"]["xaxis"]["range"][1]
    end, places = millis(last), [_places(trace) for trace in figure["data"]]
    views = {}
    for span in days:
        start = end - span * DAY_MS
        views[str(span)] = {"x": [from_millis(start), last]} | _view(figure, places, start)
    return figure | {"spans": views}


def _view(figure: Raw, places: Sequence[Sequence[float]], start: float) -> Raw:
    low, high = _extent(figure["data"], places, start)
    digits = 5 - math.floor(math.log10(high - low))  # of the span, not of the values: a flat series has one too
    low, high = round(low, digits), round(high, digits)
    return {"y": [low, high], "shifts": _shifts(figure["layout"], low, high)}


def _extent(traces: Sequence[Raw], places: Sequence[Sequence[float]], start: float) -> tuple[float, float]:
    """Return the y range of the points from `start` on; what is piled up counts as its sum, down and up apart."""
    bars = any(trace["type"] == "bar" for trace in traces)
    heights: list[float] = []
    piles: dict[tuple[float, bool], float] = {}
    for trace, positions in zip(traces, places, strict=True):
        for at, value in zip(positions, trace["y"], strict=True):
            if at < start or value is None:
                continue
            if bars or trace.get("stackgroup"):
                piles[at, value < 0] = piles.get((at, value < 0), 0.0) + value
            else:
                heights.append(value)
    zero = bars or any(trace.get("stackgroup") or trace.get("fill") == "tozeroy" for trace in traces)
    return y_range([*heights, *piles.values()], zero=zero)


def _places(trace: Raw) -> list[float]:
    """Return the positions of a slim trace [ms since 1970]."""
    if "x" in trace:
        return [millis(x) for x in trace["x"]]
    first = millis(trace["x0"])
    return [first + index * trace["dx"] for index in range(len(trace["y"]))]


def _shifts(layout: Raw, low: float, high: float) -> list[float]:
    """Return how far each label at a line's end is moved up [px], in the order of the annotations."""
    ends = [note for note in layout.get("annotations", ()) if note.get("name") and note.get("xref") == "paper"]
    inner = min(layout["height"], PHONE) - TOP - BOTTOM
    wanted = [(high - note["y"]) / (high - low) * inner for note in ends]
    order = sorted(range(len(ends)), key=lambda index: wanted[index])
    placed = spread([wanted[index] for index in order], inner)
    moved = dict(zip(order, placed, strict=True))
    return [round(wanted[index] - moved[index], 1) for index in range(len(ends))]
