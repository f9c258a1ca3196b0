"""Bars: upright over time or few categories, lying when the categories have names."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.site.charts.base import Wide, chart, extent_of, finish_xy, new_figure, widen
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.drawing import theme
from pipeline.site.drawing.axes import short, y_range
from pipeline.site.drawing.layout import BOTTOM, LEFT, LYING, MAX_LYING, RIGHT, TOP

BAR_GAP = 0.18


@chart(
    "bar",
    columns=("x", "value"),
    optional=("series", "quality", "day"),
    options=("min", "max", "x_label"),
    legend=True,
    narrowed=True,
)
def bar(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `x, series, value[, quality]` as bars from zero, stacked when there are several series."""
    wide = widen(rows)
    if wide.kind == "category":
        return _lying(wide, spec)
    figure = new_figure(spec)
    names = theme.stacking(list(wide.values))
    tokens = theme.series_tokens(names)
    highs, lows = [0.0] * len(wide.x), [0.0] * len(wide.x)
    for name in names:
        values, flags = wide.values[name], wide.provisional[name]
        _upright(figure, wide, name, tokens[name], [None if f else v for v, f in zip(values, flags, strict=True)])
        if any(flags):
            pending = [v if f else None for v, f in zip(values, flags, strict=True)]
            _upright(figure, wide, f"{name} (sin confirmar)".strip(), tokens[name], pending, hollow=True)
        highs = [h + max(v or 0.0, 0.0) for h, v in zip(highs, values, strict=True)]
        lows = [low + min(v or 0.0, 0.0) for low, v in zip(lows, values, strict=True)]
    figure.update_layout(barmode="relative", bargap=BAR_GAP)
    finish_xy(figure, wide, spec, extent_of([*highs, *lows], spec, zero=True), pad=True)
    return figure


def _upright(
    figure: go.Figure, wide: Wide, name: str, token: str, values: list[float | None], *, hollow: bool = False
) -> None:
    edge = theme.EDGES.get(token)
    figure.add_bar(
        x=list(wide.x), y=values, name=name,
        marker={
            "color": theme.color("none") if hollow else theme.color(token),
            "line": {"width": 1 if hollow or edge else 0, "color": theme.color(edge or token)},
        },
    )  # fmt: skip


def _lying(wide: Wide, spec: ChartSpec) -> go.Figure:
    """Draw named categories as lying bars, first on top, each with its value at the end."""
    figure = new_figure(spec)
    names = theme.stacking(list(wide.values))
    tokens = theme.series_tokens(names)
    totals = [sum(wide.values[n][i] or 0.0 for n in names) for i in range(len(wide.x))]
    low, high = y_range(totals, zero=True)
    by_source = len(names) == 1 and all(str(x) in theme.SOURCES for x in wide.x)
    for name in names:
        own = [theme.SOURCES[str(x)] for x in wide.x] if by_source else [tokens[name]] * len(wide.x)
        edges = [theme.EDGES.get(token) for token in own]
        line: dict[str, object] = {"width": 0, "color": theme.color("none")}
        if any(edges):
            line = {"width": [1 if e else 0 for e in edges], "color": [theme.color(e or "none") for e in edges]}
        colors = [theme.color(token) for token in own] if by_source else theme.color(tokens[name])
        figure.add_bar(
            y=[str(x) for x in wide.x], x=wide.values[name], name=name, orientation="h",
            marker={"color": colors, "line": line},
        )  # fmt: skip
    for label, total in zip(wide.x, totals, strict=True):
        figure.add_annotation(
            y=str(label), x=max(total, 0.0), xanchor="left", xshift=6, yanchor="middle", showarrow=False,
            text=spec.text(total), name=spec.text(total), font={"size": 13, "color": theme.color("ink")},
        )  # fmt: skip
    figure.update_layout(
        barmode="relative", bargap=0.28, hovermode="closest",
        height=LYING * min(len(wide.x), MAX_LYING) + TOP + BOTTOM, margin={"l": LEFT[-1], "r": RIGHT[2]},
    )  # fmt: skip
    figure.update_xaxes(type="linear", range=[low, high / 1.06], showticklabels=False, showspikes=False, showline=False)
    figure.update_yaxes(
        type="category", autorange="reversed", showgrid=False, tickfont={"color": theme.color("ink")},
        tickmode="array", tickvals=list(wide.x), ticktext=[short(str(x)) for x in wide.x],
    )  # fmt: skip
    return figure
