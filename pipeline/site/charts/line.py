"""Lines: one colour for the point, direct labels at the ends, days that may not be quoted hollow and dashed."""

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
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.drawing import theme

#: Context is drawn thinner than the point.
THIN = {"context": 1.5}
#: More hollow marks than this would hide their own line (hours); the dashes say it alone.
MAX_HOLLOW = 12


@chart(
    "line",
    columns=("x", "value"),
    optional=("series", "quality", "day"),
    options=("context", "zero", "min", "max", "x_label"),
    narrowed=True,
)
def line(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `x, series, value[, quality]` as lines on an honest range.

    Series named in option `context` (comma-separated) are drawn in grey, behind.
    """
    return draw_lines(rows, spec, fill=False)


def draw_lines(rows: pd.DataFrame, spec: ChartSpec, *, fill: bool) -> go.Figure:
    """Draw lines, with a soft fill down to zero under the first series when `fill`.

    Settled values alone set the range and the labels: a half-published day would otherwise flatten the
    whole history. What lies far outside is left out, and its number kept in ``layout.meta.omitted``.
    """
    wide = widen(rows)
    figure = new_figure(spec)
    tokens = _tokens(list(wide.values), spec)
    settled = {name: _settled(wide, name) for name in wide.values}
    extent = extent_of([v for column in settled.values() for v in column], spec, zero=fill)
    labels: list[EndLabel] = []
    omitted = 0
    for position, name in enumerate(sorted(wide.values, key=lambda n: tokens[n] != "context")):
        omitted += add_series(figure, wide, name, tokens[name], extent, fill=fill and position == 0)
        last = last_point(settled[name])
        if last is not None:
            value = settled[name][last] or 0.0
            labels.append(EndLabel(name if len(wide.values) > 1 else "", value, spec.text(value), tokens[name]))
    finish_xy(figure, wide, spec, extent)
    if len(labels) <= MAX_DIRECT:
        end_labels(figure, labels, extent, spec)
    if omitted:
        figure.update_layout(meta={"omitted": omitted})
    return figure


def _settled(wide: Wide, name: str) -> list[float | None]:
    """Return the settled values of a series; all of them when none is."""
    values, flags = wide.values[name], wide.provisional[name]
    settled = [None if flag else v for v, flag in zip(values, flags, strict=True)]
    return settled if any(v is not None for v in settled) else values


def add_series(figure: go.Figure, wide: Wide, name: str, token: str, extent: tuple[float, float], *, fill: bool) -> int:
    """Add one series: settled part solid, its last point marked, the rest dashed with hollow marks.

    Returns:
        How many values that may not be quoted lie too far outside `extent` to be drawn.
    """
    settled = _settled(wide, name)
    ink = theme.EDGES.get(token, token)  # what is too pale for a line has the colour of its edge
    line_style = {"color": theme.color(ink), "width": THIN.get(token, 2)}
    style: dict[str, object] = {"fill": "tozeroy", "fillcolor": theme.color("accent-soft")} if fill else {}
    figure.add_scatter(x=list(wide.x), y=settled, name=name, mode="lines", line=line_style, **style)
    last = last_point(settled)
    if last is not None:
        figure.add_scatter(
            x=[wide.x[last]], y=[settled[last]], name=name, mode="markers", hoverinfo="skip", cliponaxis=False,
            marker={"size": 8, "color": theme.color(ink), "line": {"width": 0}},
        )  # fmt: skip
    flagged = [i for i, flag in enumerate(wide.provisional[name]) if flag and wide.values[name][i] is not None]
    if not flagged or settled is wide.values[name]:
        return 0
    low, high = extent
    near = [i for i in flagged if low <= (wide.values[name][i] or 0.0) <= high]
    if near:
        _add_pending(figure, wide, name, near, line_style)
    return len(flagged) - len(near)


def _add_pending(figure: go.Figure, wide: Wide, name: str, shown: list[int], line_style: dict[str, object]) -> None:
    """Add what may not be quoted: a dashed line from the last settled value, hollow marks when they are few."""
    values = wide.values[name]
    first = shown[0] - 1 if shown[0] and values[shown[0] - 1] is not None and shown[0] - 1 not in shown else shown[0]
    path = [values[i] if i in (first, *shown) else None for i in range(first, shown[-1] + 1)]
    label = f"{name} (sin confirmar)".strip()
    marked = len(shown) <= MAX_HOLLOW
    figure.add_scatter(
        x=list(wide.x[first : shown[-1] + 1]), y=path, name=label, mode="lines", line={**line_style, "dash": "dot"},
        hoverinfo="skip" if marked else "all",
    )  # fmt: skip
    if marked:
        figure.add_scatter(
            x=[wide.x[i] for i in shown], y=[values[i] for i in shown], name=label, mode="markers", cliponaxis=False,
            marker={"size": 7, "symbol": "circle-open", "color": line_style["color"], "line": {"width": 1.5}},
        )  # fmt: skip


def _tokens(names: list[str], spec: ChartSpec) -> dict[str, str]:
    context = spec.named("context")
    tokens = theme.series_tokens([n for n in names if n not in context])
    return {name: tokens.get(name, "context") for name in names}
