"""A word-sized line beside a figure: shape only, no axes."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.site.charts.base import chart, extent_of, finish_xy, last_point, new_figure, widen
from pipeline.site.charts.legend import no_keys
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.drawing import theme

HEIGHT = 40


@chart("spark", columns=("x", "value"), live="", keys=no_keys)
def spark(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `x, value` of one series as a bare line with its last point marked."""
    wide = widen(rows)
    figure = new_figure(spec)
    values = next(iter(wide.values.values()))
    style = {"color": theme.color("accent"), "width": 1.5}
    figure.add_scatter(x=list(wide.x), y=values, mode="lines", line=style)
    last = last_point(values)
    if last is not None:
        figure.add_scatter(
            x=[wide.x[last]], y=[values[last]], mode="markers", marker={"size": 6, "color": theme.color("accent")}
        )
    finish_xy(figure, wide, spec, extent_of(values, spec, zero=False))
    figure.update_layout(height=HEIGHT, margin={"l": 4, "r": 8, "t": 4, "b": 4})
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure
