"""Dots on a common scale: one row a name, each with its range, against reference marks."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.core import spanish
from pipeline.site.charts.base import chart, new_figure
from pipeline.site.charts.legend import name_keys
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.charts.tables import interval, series_table
from pipeline.site.drawing import theme
from pipeline.site.drawing.axes import y_range
from pipeline.site.drawing.layout import BOTTOM, LEFT, LYING, MAX_LYING, RIGHT, TOP
from pipeline.site.table import Cell, Header, Table, cell_text

_SIZE = 10


def _range_table(rows: pd.DataFrame, spec: ChartSpec) -> Table:
    """Return values with their range, and how many days stand behind them where the rows say it."""
    if not {"lo", "hi"} <= set(rows.columns):
        return series_table(rows, spec)
    unit, counted = spanish.unit_label(spec.unit), "n" in rows
    heads = [
        Header(str(spec.options.get("x_label", ""))),
        Header("Valor", unit, numeric=True),
        Header("Intervalo", unit, numeric=True),
        *([Header("Días", numeric=True)] if counted else []),
    ]
    body = tuple(
        (
            Cell(str(row["x"])),
            Cell(spec.number(row["value"])),
            Cell(interval(row["lo"], row["hi"], spec)),
            *([Cell(cell_text(row["n"]))] if counted else []),
        )
        for row in rows.to_dict("records")
    )
    return Table(tuple(heads), body, len(body))


@chart(
    "dots",
    columns=("x", "value"),
    optional=("series", "lo", "hi", "n"),
    options=("marks", "zero", "x_label"),
    legend=True,
    keys=name_keys,
    table=_range_table,
)
def dots(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `x, series, value[, lo, hi]`: a dot per value, a thin line from `lo` to `hi`, first row on top.

    Option `marks` names positions of dotted reference rules (comma-separated); `zero: true` keeps zero in view. A chart
    of one series writes its values at the right of its rows.
    """
    rows = rows if "series" in rows else rows.assign(series="")
    rows = rows.dropna(subset=["value"]).reindex(columns=["x", "series", "value", "lo", "hi"])
    figure = new_figure(spec)
    places = list(dict.fromkeys(rows["x"].astype(str)))
    names = list(dict.fromkeys(rows["series"].astype(str)))
    tokens = theme.series_tokens(names)
    marks = [float(part) for part in spec.named("marks")]
    ends = [float(v) for column in ("value", "lo", "hi") for v in rows[column].dropna()]
    low, high = y_range([*ends, *marks], zero=bool(spec.options.get("zero")))
    for name in names:
        own = rows[rows["series"].astype(str) == name]
        _ranges(figure, own, name, tokens[name])
        figure.add_scatter(
            x=[float(v) for v in own["value"]], y=[str(x) for x in own["x"]], name=name, mode="markers",
            marker={"size": _SIZE, "color": theme.color(tokens[name]), "line": {"width": 0}}, cliponaxis=False,
        )  # fmt: skip
    for mark in marks:
        figure.add_shape(
            type="line", x0=mark, x1=mark, y0=0, y1=1, yref="paper",
            line={"color": theme.color("muted"), "width": 1, "dash": "dot"},
        )  # fmt: skip
    if len(names) == 1:
        _values(figure, rows, spec)
    figure.update_layout(
        height=LYING * min(len(places), MAX_LYING) + TOP + BOTTOM, hovermode="closest",
        margin={"l": LEFT[-1], "r": RIGHT[2] if len(names) == 1 else RIGHT[1]},
    )  # fmt: skip
    decimals = spec.decimals if spec.decimals is not None else 1
    figure.update_xaxes(type="linear", range=[low, high], showspikes=False, hoverformat=f",.{decimals}f")
    figure.update_yaxes(
        type="category", autorange="reversed", showgrid=False, dtick=1, tickfont={"color": theme.color("ink")},
        categoryorder="array", categoryarray=places,
    )  # fmt: skip
    return figure


def _ranges(figure: go.Figure, own: pd.DataFrame, name: str, token: str) -> None:
    """Draw the range of each row: a trace each, since a gap in a line of names would be a name."""
    for row in own.dropna(subset=["lo", "hi"]).to_dict("records"):
        figure.add_scatter(
            x=[float(row["lo"]), float(row["hi"])], y=[str(row["x"])] * 2, name=name, mode="lines", hoverinfo="skip",
            line={"color": theme.color(token), "width": 2},
        )  # fmt: skip


def _values(figure: go.Figure, rows: pd.DataFrame, spec: ChartSpec) -> None:
    """Write each value at the right edge, where no range can cover it."""
    for row in rows.to_dict("records"):
        text = spec.text(float(row["value"]))
        figure.add_annotation(
            xref="paper", x=1, xanchor="left", xshift=8, y=str(row["x"]), yanchor="middle", showarrow=False,
            text=text, name=text, font={"size": 13, "color": theme.color("ink")},
        )  # fmt: skip
