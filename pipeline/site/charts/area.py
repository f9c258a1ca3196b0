"""A line with a soft fill down to zero: amounts, where the distance from zero matters."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.site.charts.base import chart
from pipeline.site.charts.line import draw_lines
from pipeline.site.charts.spec import ChartSpec


@chart(
    "area",
    columns=("x", "value"),
    optional=("series", "quality", "day"),
    options=("context", "min", "max", "x_label"),
    narrowed=True,
)
def area(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `x, series, value[, quality]`; the first series is filled, the rest are lines."""
    return draw_lines(rows, spec, fill=True)
