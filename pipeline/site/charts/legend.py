"""Legends: the series of a figure in the page's own words and colours."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import plotly.graph_objects as go

from pipeline.catalog.value_states import open_states
from pipeline.core.palette import token_of
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.drawing import theme

#: A line has the colour of the edge where its own is too pale; its key has its own.
_EDGED = {edge: token for token, edge in theme.EDGES.items()}


@dataclass(frozen=True)
class LegendItem:
    """A series in the page's own legend."""

    name: str
    token: str
    value: str = ""
    share: str = ""


def series_keys(figure: go.Figure, rows: pd.DataFrame, spec: ChartSpec) -> tuple[LegendItem, ...]:
    """Return each series with its last value; one alone needs no legend, unless it is an energy source."""
    named = name_keys(figure, rows, spec)
    # Lying bars show the total of each category; a last value would be that of the last category.
    if any(getattr(trace, "orientation", None) == "h" for trace in figure.data):
        return named
    return tuple(replace(item, value=spec.text(last_value(rows, item.name))) for item in named)


def name_keys(figure: go.Figure, rows: pd.DataFrame, spec: ChartSpec) -> tuple[LegendItem, ...]:
    """Return each series by its name alone."""
    tokens: dict[str, str] = {}
    for trace in figure.data:
        color = trace.fillcolor if getattr(trace, "stackgroup", None) else _color(trace)
        if trace.name and isinstance(color, str) and color != theme.color("none"):
            token = _EDGED.get(token_of(color), token_of(color))
            tokens.setdefault(trace.name.removesuffix(" (sin confirmar)"), token)
    # A colour that means a source says it also where it stands alone.
    if len(tokens) == 1 and not theme.SOURCES.keys() & tokens.keys():
        return ()
    return tuple(LegendItem(name, token) for name, token in tokens.items())


def no_keys(figure: go.Figure, rows: pd.DataFrame, spec: ChartSpec) -> tuple[LegendItem, ...]:
    """Return nothing: the drawing says it all."""
    return ()


def last_value(rows: pd.DataFrame, name: str) -> float | None:
    """Return the last value of a series, settled where there is a choice."""
    own = rows[rows["series"].astype(str) == name]
    own = own[~own["quality"].isin(open_states())] if "quality" in own and len(own) > 1 else own
    known = own["value"].dropna()
    return float(known.iloc[-1]) if len(known) else None


def _color(trace: object) -> object:
    line, marker = getattr(trace, "line", None), getattr(trace, "marker", None)
    return (line.color if line is not None and line.color else None) or (marker.color if marker is not None else None)
