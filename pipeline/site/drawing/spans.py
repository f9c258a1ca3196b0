"""What a chart looks like when it is narrowed to its last days: axes and labels, worked out here for the browser.

The browser cuts the points and puts these in place; the rules of range and of labels that stand apart are the ones the
whole chart follows (`axes.y_range`, `charts.base.spread`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pipeline.site.drawing.axes import DAY_MS, from_millis, millis, y_range
from pipeline.site.drawing.layout import BOTTOM, PHONE, TOP, spread

Raw = dict[str, Any]  # plotly's own JSON, which has no types


def span_views(figure: Raw, days: Sequence[int]) -> Raw:
    """Return a slim figure with `spans`: for each number of days its x range, y range and shifts of its end labels.

    Args:
        figure: A slim figure (`figure.slim`) over a time axis.
        days: Spans that the page offers [d]; none leaves the figure as it is.
    """
    if not days:
        return figure
    return figure | {"spans": {str(span): _view(figure, span) for span in days}}


def _view(figure: Raw, days: int) -> Raw:
    last = figure["layout"]["xaxis"]["range"][1]
    start = millis(last) - days * DAY_MS
    low, high = _extent(figure["data"], start)
    digits = 5 - math.floor(math.log10(high - low))  # of the span, not of the values: a flat series has one too
    low, high = round(low, digits), round(high, digits)
    return {
        "x": [from_millis(start), last],
        "y": [low, high],
        "shifts": _shifts(figure["layout"], low, high),
    }


def _extent(traces: Sequence[Raw], start: float) -> tuple[float, float]:
    """Return the y range of the points from `start` on; what is piled up counts as its sum, down and up apart."""
    bars = any(trace["type"] == "bar" for trace in traces)
    heights: list[float] = []
    piles: dict[tuple[float, bool], float] = {}
    for trace in traces:
        for at, value in zip(_places(trace), trace["y"], strict=True):
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
