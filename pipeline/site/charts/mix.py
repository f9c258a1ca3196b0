"""One lying stacked bar: the parts of a whole on one day."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.site.charts.base import RIGHT, ChartSpec, chart, new_figure
from pipeline.site.drawing import theme

HEIGHT = 44
SMALLEST = 0.0005  # share of the whole that would be written as 0,0 %


@chart("mix", columns=("series", "value"), optional=("day",), live=False, legend=True)
def mix(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `series, value, day` as one bar; parts too small to be seen are left out."""
    least = float(rows["value"].clip(lower=0).sum()) * SMALLEST
    parts = {str(n): float(v) for n, v in zip(rows["series"], rows["value"], strict=True) if v > least}
    names = theme.stacking(list(parts))
    tokens = theme.series_tokens(names)
    figure = new_figure(spec)
    for name in names:
        edge = theme.EDGES.get(tokens[name])
        border = {"width": 1 if edge else 0, "color": theme.color(edge or tokens[name])}
        figure.add_bar(
            y=[""], x=[parts[name]], name=name, orientation="h",
            marker={"color": theme.color(tokens[name]), "line": border},
        )  # fmt: skip
    figure.update_layout(
        barmode="stack", bargap=0, height=HEIGHT, hovermode="closest",
        margin={"l": 0, "r": RIGHT[0], "t": 0, "b": 0},
    )  # fmt: skip
    figure.update_xaxes(type="linear", range=[0, sum(parts.values()) or 1], showticklabels=False, showline=False)
    figure.update_yaxes(type="category", showgrid=False, showticklabels=False)
    return figure
