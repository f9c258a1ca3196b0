"""One lying stacked bar: the parts of a whole on one day."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go

from pipeline.core import spanish
from pipeline.site.charts.base import chart, new_figure
from pipeline.site.charts.legend import LegendItem, last_value, name_keys
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.drawing import theme
from pipeline.site.drawing.layout import RIGHT
from pipeline.site.table import Cell, Header, Table

HEIGHT = 44
SMALLEST = 0.0005  # share of the whole that would be written as 0,0 %


def _shares(figure: go.Figure, rows: pd.DataFrame, spec: ChartSpec) -> tuple[LegendItem, ...]:
    """Return each part with its share of the whole."""
    total = float(rows["value"].clip(lower=0).sum())

    def share(name: str) -> str:
        value = last_value(rows, name)
        return spanish.percent(value / total * 100) if total and value is not None else ""

    return tuple(replace(item, share=share(item.name)) for item in name_keys(figure, rows, spec))


def _parts_table(rows: pd.DataFrame, spec: ChartSpec) -> Table:
    parts = rows[rows["value"] > 0]
    cells = tuple((Cell(str(s)), Cell(spec.number(v))) for s, v in zip(parts["series"], parts["value"], strict=True))
    return Table((Header("Parte"), Header("Valor", spanish.unit_label(spec.unit), numeric=True)), cells, len(cells))


@chart(
    "mix",
    columns=("series", "value"),
    optional=("day", "month"),
    live="",
    legend=True,
    keys=_shares,
    table=_parts_table,
)
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
