"""Lines: one colour for the point, direct labels at the ends, provisional days hollow and dashed."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from pipeline.render import theme
from pipeline.render.charts.base import (
    MAX_DIRECT,
    ChartSpec,
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

#: Context is drawn thinner than the point.
THIN = {"context": 1.5}
#: More hollow marks than this would hide their own line (hours); the dashes say it alone.
MAX_HOLLOW = 12


@chart("line", columns=("x", "value"))
def line(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `x, series, value[, quality]` as lines on an honest range.

    Series named in option `context` (comma-separated) are drawn in grey, behind.
    """
    return draw_lines(rows, spec, fill=False)


def draw_lines(rows: pd.DataFrame, spec: ChartSpec, *, fill: bool) -> go.Figure:
    """Draw lines, with a soft fill down to zero under the first series when `fill`."""
    wide = widen(rows)
    figure = new_figure(spec)
    tokens = _tokens(list(wide.values), spec)
    everything = [v for column in wide.values.values() for v in column]
    extent = extent_of(everything, spec, zero=fill)
    labels: list[EndLabel] = []
    for position, name in enumerate(sorted(wide.values, key=lambda n: tokens[n] != "context")):
        add_series(figure, wide, name, tokens[name], fill=fill and position == 0)
        last = last_point(wide.values[name])
        if last is not None:
            value = wide.values[name][last] or 0.0
            labels.append(EndLabel(name if len(wide.values) > 1 else "", value, spec.text(value), tokens[name]))
    finish_xy(figure, wide, spec, extent)
    if len(labels) <= MAX_DIRECT:
        end_labels(figure, labels, extent, spec)
    return figure


def add_series(figure: go.Figure, wide: Wide, name: str, token: str, *, fill: bool) -> None:
    """Add one series: settled part solid, provisional part dashed with hollow marks, last point marked."""
    values, flags = wide.values[name], wide.provisional[name]
    settled = [None if flag else v for v, flag in zip(values, flags, strict=True)]
    line_style = {"color": theme.color(token), "width": THIN.get(token, 2)}
    style: dict[str, object] = {"fill": "tozeroy", "fillcolor": theme.color("accent-soft")} if fill else {}
    figure.add_scatter(x=list(wide.x), y=settled, name=name, mode="lines", line=line_style, **style)
    pending = _pending(values, flags)
    if pending:
        first, until = pending
        figure.add_scatter(
            x=list(wide.x[first:until]), y=values[first:until], name=f"{name} (preliminar)".strip(), cliponaxis=False,
            mode="lines+markers" if until - first <= MAX_HOLLOW else "lines",
            line={**line_style, "dash": "dot"},
            marker={"size": 7, "symbol": "circle-open", "color": theme.color(token), "line": {"width": 1.5}},
        )  # fmt: skip
        return
    last = last_point(settled)
    if last is not None:
        figure.add_scatter(
            x=[wide.x[last]], y=[settled[last]], name=name, mode="markers", hoverinfo="skip", cliponaxis=False,
            marker={"size": 8, "color": theme.color(token), "line": {"width": 0}},
        )  # fmt: skip


def _pending(values: list[float | None], flags: list[bool]) -> tuple[int, int] | None:
    """Return the slice of the provisional tail, joined to the last settled value before it."""
    flagged = [i for i, flag in enumerate(flags) if flag and values[i] is not None]
    if not flagged:
        return None
    first = flagged[0]
    if first and values[first - 1] is not None:
        first -= 1
    return first, flagged[-1] + 1


def _tokens(names: list[str], spec: ChartSpec) -> dict[str, str]:
    context = [part.strip() for part in str(spec.options.get("context", "")).split(",") if part.strip()]
    tokens = theme.series_tokens([n for n in names if n not in context])
    return {name: tokens.get(name, "context") for name in names}
