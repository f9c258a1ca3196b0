"""History and forecast: observed solid, the mean dashed, the 80 and 95 % bands in two tints."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.core import spanish
from pipeline.site.charts.base import EndLabel, Wide, chart, end_labels, extent_of, finish_xy, new_figure
from pipeline.site.charts.legend import LegendItem
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.charts.tables import MAX_ROWS, interval, position
from pipeline.site.drawing import theme
from pipeline.site.drawing.axes import iso
from pipeline.site.table import Cell, Header, Table, shown_note

_BANDS = (("lo95", "hi95", "band95", "Intervalo del 95 %"), ("lo80", "hi80", "band80", "Intervalo del 80 %"))


#: Legend: what is named so is in the colour of its token.
_KEYS = {
    "Observado": "ink",
    "Pronóstico": "accent",
    "Intervalo del 80 %": "band80",
    "Intervalo del 95 %": "band95",
}


def _band_keys(figure: go.Figure, rows: pd.DataFrame, spec: ChartSpec) -> tuple[LegendItem, ...]:
    drawn = {trace.name for trace in figure.data}
    return tuple(LegendItem(name, token) for name, token in _KEYS.items() if name in drawn)


def _future_table(rows: pd.DataFrame, spec: ChartSpec) -> Table:
    """Return what is forecast with its intervals, from the first day or hour on."""
    future, unit = rows.dropna(subset=["mean"]), spanish.unit_label(spec.unit)
    hourly = bool((pd.to_datetime(future["x"]).dt.hour > 0).any())
    heads = (Header("Hora" if hourly else "Día"), *(Header(name, unit, numeric=True) for name in [*_KEYS][1:]))
    body = tuple(
        (
            Cell(position(row["x"])),
            Cell(spec.number(row["mean"])),
            Cell(interval(row["lo80"], row["hi80"], spec)),
            Cell(interval(row["lo95"], row["hi95"], spec)),
        )
        for row in future.head(MAX_ROWS).to_dict("records")
    )
    return Table(heads, body, len(future), shown_note(len(body), len(future)))


@chart(
    "forecast",
    columns=("x", "actual", "mean", "lo80", "hi80", "lo95", "hi95"),
    optional=("model",),
    options=("line",),
    legend=True,
    keys=_band_keys,
    table=_future_table,
)
def forecast(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `x, actual, mean, lo80, hi80, lo95, hi95, model`.

    Bands may be missing (a model that gives no interval); nothing is drawn in their place. Option `line: false` draws
    the bands alone, where a line would promise what nobody can know (a price).
    """
    rows = rows.assign(x=pd.to_datetime(rows["x"])).sort_values("x", kind="stable")
    figure = new_figure(spec)
    future = rows.dropna(subset=["mean"])
    past = rows.dropna(subset=["actual"])
    when = [iso(t) for t in future["x"]]
    for low, high, token, label in _BANDS:
        band = future.dropna(subset=[low, high])
        if band.empty:
            continue
        days = [iso(t) for t in band["x"]]
        hidden = {"width": 0, "color": theme.color("none")}
        figure.add_scatter(x=days, y=_numbers(band[low]), mode="lines", line=hidden, name=label, hoverinfo="skip")
        figure.add_scatter(
            x=days, y=_numbers(band[high]), mode="lines", line=hidden, name=label, hoverinfo="skip",
            fill="tonexty", fillcolor=theme.color(token),
        )  # fmt: skip
    figure.add_scatter(
        x=[iso(t) for t in past["x"]], y=_numbers(past["actual"]), name="Observado", mode="lines",
        line={"color": theme.color("ink"), "width": 2},
    )  # fmt: skip
    line = bool(spec.options.get("line", True)) or future["lo80"].isna().all()
    if line:
        figure.add_scatter(
            x=when, y=_numbers(future["mean"]), name="Pronóstico", mode="lines",
            line={"color": theme.color("accent"), "width": 2, "dash": "dash"},
        )  # fmt: skip
    columns = ["actual", "mean", "lo95", "hi95"]
    values = [float(v) for c in columns for v in rows[c].dropna()]
    extent = extent_of(values, spec, zero=False)
    step = rows["x"].diff().min() / pd.Timedelta(milliseconds=1) if len(rows) > 1 else None
    wide = Wide([iso(t) for t in rows["x"]], "date", {}, {}, step)
    finish_xy(figure, wide, spec, extent)
    if when and line:
        end = float(future["mean"].iloc[-1])
        end_labels(figure, [EndLabel("Pronóstico", end, spec.text(end), "accent")], extent, spec)
    return figure


def _numbers(column: pd.Series) -> list[float]:
    return [float(v) for v in column]
