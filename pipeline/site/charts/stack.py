"""Stacked areas in the fixed order of the energy sources, hydro at the base."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.site.charts.base import (
    MAX_DIRECT,
    EndLabel,
    Wide,
    chart,
    end_labels,
    extent_of,
    finish_xy,
    last_point,
    new_figure,
    widen,
)
from pipeline.site.charts.legend import LegendItem, series_keys
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.drawing import theme

#: Share of the total under which a layer is thinner than the edge that would mark it.
EDGED = 0.01


def _from_the_top(figure: go.Figure, rows: pd.DataFrame, spec: ChartSpec) -> tuple[LegendItem, ...]:
    return series_keys(figure, rows, spec)[::-1]


@chart(
    "stack",
    columns=("x", "series", "value"),
    optional=("quality",),
    options=("min", "max", "x_label"),
    legend=True,
    narrowed=True,
    keys=_from_the_top,
)
def stack(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `x, series, value[, quality]` as stacked areas; a missing value adds nothing."""
    wide = widen(rows)
    figure = new_figure(spec)
    names = theme.stacking([name for name, values in wide.values.items() if any(values)] or list(wide.values)[:1])
    tokens = theme.series_tokens(names)
    totals = [0.0] * len(wide.x)
    least = EDGED * max(
        (sum(v or 0.0 for v in column) for column in zip(*wide.values.values(), strict=True)), default=0
    )
    labels: list[EndLabel] = []
    for name in names:
        values = [v or 0.0 for v in wide.values[name]]
        edge = theme.EDGES.get(tokens[name]) if max(values) >= least else None
        figure.add_scatter(
            x=list(wide.x), y=values, name=name, mode="lines", stackgroup="total",
            fillcolor=theme.color(tokens[name]),
            line={"width": 1 if edge else 0, "color": theme.color(edge or tokens[name])},
        )  # fmt: skip
        last = last_point(wide.values[name]) or 0  # a value that is missing at the end is no zero
        labels.append(EndLabel(name, totals[last] + values[last] / 2, spec.text(values[last]), tokens[name]))
        totals = [t + v for t, v in zip(totals, values, strict=True)]
    extent = extent_of(totals, spec, zero=True)
    finish_xy(figure, wide, spec, extent)
    _veil(figure, wide)
    if len(names) <= MAX_DIRECT:
        end_labels(figure, labels, extent, spec)
    return figure


def _veil(figure: go.Figure, wide: Wide) -> None:
    """Pale the days of the stack that may not be quoted, and say so over the newest of them."""
    flagged = sorted({i for flags in wide.provisional.values() for i, flag in enumerate(flags) if flag})
    if not flagged or wide.kind != "date":
        return
    for first in (i for i in flagged if i - 1 not in flagged):
        last = next(i for i in flagged if i >= first and i + 1 not in flagged)
        figure.add_shape(
            type="rect", x0=wide.x[max(first - 1, 0)], x1=wide.x[min(last + 1, len(wide.x) - 1)], y0=0, y1=1,
            yref="paper", layer="above", fillcolor=theme.color("veil"), line={"width": 0, "color": theme.color("none")},
        )  # fmt: skip
    figure.add_annotation(
        x=wide.x[flagged[-1]], y=1, yref="paper", xanchor="right", yanchor="top", showarrow=False,
        text="sin confirmar", font={"size": 12, "color": theme.color("muted")},
    )  # fmt: skip
