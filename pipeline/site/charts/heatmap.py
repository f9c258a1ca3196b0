"""A grid of shades. The basic Plotly bundle has no heat map: the static picture is the chart."""

from __future__ import annotations

import math

import pandas as pd
import plotly.graph_objects as go

from pipeline.core import spanish
from pipeline.site.charts.base import axis_kind, chart, new_figure
from pipeline.site.charts.legend import no_keys
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.charts.tables import series_table
from pipeline.site.drawing import theme
from pipeline.site.drawing.axes import iso
from pipeline.site.drawing.layout import LEFT
from pipeline.site.table import Table


def place_text(place: object) -> str:
    """Return a row or column head: whole numbers bare, `2024-05` as «may 2024», words as they are."""
    if isinstance(place, (int, float)):
        return f"{place:g}"
    return spanish.label(str(place))


def _grid_table(rows: pd.DataFrame, spec: ChartSpec) -> Table:
    return series_table(rows.assign(series=rows["y"]), spec)


@chart(
    "heatmap",
    columns=("x", "y", "value"),
    options=("x_label",),
    live="cells",
    keys=no_keys,
    table=_grid_table,
)
def heatmap(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `x, y, value`: x from left to right, y in the order of the rows from the top."""
    kind = axis_kind(rows["x"])
    xs = sorted(set(rows["x"])) if kind != "category" else list(dict.fromkeys(rows["x"]))
    ys = list(dict.fromkeys(rows["y"]))
    if axis_kind(rows["y"]) == "linear":
        ys = sorted(ys)
    grid = rows.pivot(index="y", columns="x", values="value").reindex(index=ys, columns=xs)
    cells = [[None if math.isnan(v) else float(v) for v in row] for row in grid.astype(float).to_numpy().tolist()]
    figure = new_figure(spec)
    last = len(theme.HEAT) - 1
    figure.add_heatmap(
        z=cells,
        x=[iso(pd.Timestamp(x)) for x in xs] if kind == "date" else [place_text(x) for x in xs],
        y=[place_text(y) for y in ys],
        colorscale=[[i / last, theme.color(token)] for i, token in enumerate(theme.HEAT)],
        showscale=False,
        hoverongaps=False,
    )
    figure.update_xaxes(type="date" if kind == "date" else "category")
    longest = max((len(place_text(y)) for y in ys), default=0)
    figure.update_layout(margin_l=LEFT[-1] if longest > 8 else LEFT[1] if longest > 4 else LEFT[0], hovermode="closest")
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return figure
