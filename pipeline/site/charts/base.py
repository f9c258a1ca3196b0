"""What every chart type shares: its declaration, the registry, tidy rows to series, and labels.

A chart type is one module with one function ``build(rows, spec) -> Figure`` under :func:`chart`. Figures
use palette colours only, set both ranges, and carry no title: the page writes title and subtitle around
the drawing, so that the live chart and the static one share them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pipeline.catalog.value_states import open_states
from pipeline.core.errors import RenderError
from pipeline.site.charts.legend import LegendItem, series_keys
from pipeline.site.charts.spec import ChartSpec, Event
from pipeline.site.charts.tables import series_table
from pipeline.site.drawing import theme
from pipeline.site.drawing.axes import DAY_MS, iso_texts, span_range, y_range
from pipeline.site.drawing.layout import BOTTOM, HEIGHTS, LEFT, LETTER, PHONE, RIGHT, TOP, spread
from pipeline.site.table import Table

Build = Callable[[pd.DataFrame, ChartSpec], go.Figure]
MakeTable = Callable[[pd.DataFrame, ChartSpec], Table]
Keys = Callable[[go.Figure, pd.DataFrame, ChartSpec], tuple[LegendItem, ...]]

MAX_DIRECT = 4
#: The hours of a day: their axis counts in threes.
HOURS = [float(hour) for hour in range(24)]


@dataclass(frozen=True)
class ChartType:
    """A registered chart type.

    Attributes:
        name: Name used in board files.
        build: Rows and spec to figure.
        columns: Columns the SQL must return.
        optional: Columns that it may return besides.
        options: Options that a board may give.
        live: What the browser gets: the figure to draw, the cells of a grid to read values from, or nothing.
        legend: Whether the page writes the legend even under five series.
        narrowed: Whether a reader may narrow it to its last days.
        keys: Figure, rows and spec to the legend of the page.
        table: Rows and spec to the table of its values.
    """

    name: str
    build: Build
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    live: Literal["figure", "cells", ""] = "figure"
    legend: bool = False
    narrowed: bool = False
    keys: Keys = series_keys
    table: MakeTable = series_table


@dataclass(frozen=True)
class Picture:
    """A drawing that is no figure: its SVG, its legend (words and colour token), its height [units of the SVG]."""

    svg: str
    legend: tuple[tuple[str, str], ...]
    height: int


Draw = Callable[[pd.DataFrame, ChartSpec, str], Picture]


@dataclass(frozen=True)
class PictureType:
    """A registered type that draws its own SVG (a map): what its SQL must and may return, and its options."""

    name: str
    draw: Draw
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


REGISTRY: dict[str, ChartType] = {}
PICTURES: dict[str, PictureType] = {}


def chart(
    name: str,
    columns: tuple[str, ...],
    *,
    optional: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
    live: Literal["figure", "cells", ""] = "figure",
    legend: bool = False,
    narrowed: bool = False,
    keys: Keys = series_keys,
    table: MakeTable = series_table,
) -> Callable[[Build], Build]:
    """Register a chart type under `name`; see :class:`ChartType`."""

    def register(build: Build) -> Build:
        REGISTRY[name] = ChartType(name, build, columns, optional, options, live, legend, narrowed, keys, table)
        return build

    return register


def picture(
    name: str, columns: tuple[str, ...], *, optional: tuple[str, ...] = (), options: tuple[str, ...] = ()
) -> Callable[[Draw], Draw]:
    """Register a type that draws its own SVG under `name`."""

    def register(draw: Draw) -> Draw:
        PICTURES[name] = PictureType(name, draw, columns, optional, options)
        return draw

    return register


def build_figure(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw `rows` as the chart type of `spec`.

    Raises:
        RenderError: Unknown type, or the rows miss a column of the type's contract.
    """
    kind = REGISTRY.get(spec.type)
    if kind is None:
        known = ", ".join(sorted({*REGISTRY, *PICTURES}))
        raise RenderError(f"No chart type is called {spec.type!r}", hint=f"use one of {known}")
    _check_columns(rows, spec, kind.columns)
    return kind.build(rows, spec)


def build_picture(rows: pd.DataFrame, spec: ChartSpec, uid: str) -> Picture:
    """Draw `rows` as the picture type of `spec`; `uid` is unique on the page.

    Raises:
        RenderError: The rows miss a column of the type's contract.
    """
    kind = PICTURES[spec.type]
    _check_columns(rows, spec, kind.columns)
    return kind.draw(rows, spec, uid)


def _check_columns(rows: pd.DataFrame, spec: ChartSpec, columns: tuple[str, ...]) -> None:
    missing = [c for c in columns if c not in rows.columns]
    if missing:
        raise RenderError(
            f"The query of a {spec.type} block must return {', '.join(columns)}",
            hint=f"add {', '.join(missing)} to the SELECT",
            block=spec.id,
        )


def new_figure(spec: ChartSpec) -> go.Figure:
    """Return an empty figure of the spec's height; the template travels apart, once for all figures."""
    margin = {"t": TOP, "b": BOTTOM, "l": LEFT[0], "r": RIGHT[0], "pad": 0}
    return go.Figure(layout={"template": {}, "height": HEIGHTS[spec.size], "margin": margin})


@dataclass(frozen=True)
class Wide:
    """Long rows turned into aligned series.

    Attributes:
        x: Positions: ISO texts on a time axis, numbers, or category names.
        kind: Plotly axis type, `date`, `linear` or `category`.
        values: One list per series, None where a value is missing.
        provisional: One list of flags per series.
        step: Distance between positions [ms on a time axis], None when irregular.
    """

    x: list[str] | list[float]
    kind: str
    values: dict[str, list[float | None]]
    provisional: dict[str, list[bool]]
    step: float | None


def widen(rows: pd.DataFrame) -> Wide:
    """Turn rows `x, series, value[, quality]` into aligned series; gaps in time become None.

    Raises:
        RenderError: A series has two values for one position.
    """
    kind = axis_kind(rows["x"])
    moments = pd.DatetimeIndex(rows["x"]).as_unit("ns").asi8 if kind == "date" else rows["x"]
    series = rows["series"].astype(str).tolist() if "series" in rows else [""] * len(rows)
    states = rows["quality"].tolist() if "quality" in rows else [None] * len(rows)
    found: dict[str, dict[object, tuple[float, object]]] = {name: {} for name in series}
    # Plain lists: pandas turns a thousand small tables more slowly than it takes to draw them.
    lines = zip(moments.tolist(), series, rows["value"].astype(float).tolist(), states, strict=True)
    for row, (x, name, value, state) in enumerate(lines):
        if x in found[name]:
            twice = rows["x"].iloc[row]
            raise RenderError(
                "A series has two values for one position", hint="aggregate in the SQL", x=twice, series=name
            )
        found[name][x] = value, state
    places: list[Any] = list(dict.fromkeys(x for own in found.values() for x in own))
    if kind == "category":
        places = list(dict.fromkeys(rows["x"]))
    places, texts, step = _axis(places, kind)
    none = math.nan, None
    told = {name: [own.get(x, none) for x in places] for name, own in found.items()}
    return Wide(
        texts,
        kind,
        {name: [None if math.isnan(value) else value for value, _ in line] for name, line in told.items()},
        {name: [state in open_states() for _, state in line] for name, line in told.items()},
        step,
    )


def _axis(places: list[Any], kind: str) -> tuple[list[Any], list[str] | list[float], float | None]:
    """Return the positions of an axis in order, gaps in time filled, as the drawing writes them, and their step."""
    if kind == "category":
        return places, [str(place) for place in places], None
    ordered = sorted(places)
    if kind == "linear":
        return ordered, [float(place) for place in ordered], 1.0
    grid, step = _grid(np.array(ordered, dtype="M8[ns]"))
    return grid.astype(int).tolist(), iso_texts(grid), step


def axis_kind(x: pd.Series) -> str:
    """Return the Plotly axis type of a column: `date`, `linear` or `category`."""
    if pd.api.types.is_datetime64_any_dtype(x):
        return "date"
    if pd.api.types.is_numeric_dtype(x):
        return "linear"
    first = x.iloc[0]
    return "date" if hasattr(first, "isoformat") else "category"


def _grid(moments: np.ndarray) -> tuple[np.ndarray, float | None]:
    """Return the regular grid under ordered moments and its step [ms]; irregular times keep their own."""
    if len(moments) < 3:
        return moments, 86_400_000.0
    for unit, days in (("Y", 365), ("M", 30.4)):
        whole = moments.astype(f"M8[{unit}]")
        if (whole == moments).all():
            return np.arange(whole[0], whole[-1] + 1).astype("M8[ns]"), days * DAY_MS
    gaps = np.diff(moments).astype(int)
    step = int(gaps.min())
    regular = step > 0 and not (gaps % step).any()
    grid = np.arange(moments[0], moments[-1] + 1, step) if regular else moments
    return (moments if len(grid) > 4 * len(moments) else grid), step / 1e6


def finish_xy(
    figure: go.Figure, wide: Wide, spec: ChartSpec, extent: tuple[float, float], *, pad: bool = False
) -> None:
    """Set both axes: explicit ranges, so that static and live drawings agree.

    Args:
        figure: Figure to finish.
        wide: The series drawn.
        spec: The chart's declaration; option `zero: true` starts the axis at zero, `min`/`max` fix it.
        extent: Range of the y axis.
        pad: Whether marks are as wide as a step (bars) and need half a step at both ends.
    """
    axis: dict[str, object] = {"type": wide.kind}
    if wide.kind == "linear" and wide.x == HOURS:
        axis |= {"tick0": 0, "dtick": 3}
    if wide.kind != "category":
        axis["range"] = span_range(wide.x, wide.kind, (wide.step or 0) / 2 if pad else 0)
    if wide.kind == "date":
        hourly = wide.step is not None and wide.step < DAY_MS
        monthly = wide.step is not None and wide.step > 27 * DAY_MS
        axis["hoverformat"] = "%-d %b %Y, %H:%M" if hourly else "%b %Y" if monthly else "%a %-d %b %Y"
    figure.update_xaxes(**axis)
    decimals = spec.decimals if spec.decimals is not None else (1 if extent[1] - extent[0] >= 10 else 2)
    figure.update_yaxes(range=list(extent), hoverformat=f",.{decimals}f")
    if abs(extent[1]) >= 100_000 or abs(extent[0]) >= 100_000:
        figure.update_layout(margin_l=LEFT[1])
    if wide.kind == "date":
        draw_events(figure, spec.events, wide)


def extent_of(values: Sequence[float | None], spec: ChartSpec, *, zero: bool) -> tuple[float, float]:
    """Return the y range of values, honouring the options `zero`, `min` and `max`."""
    low, high = y_range([v for v in values if v is not None], zero=zero or bool(spec.options.get("zero")))
    return float(spec.options.get("min", low)), float(spec.options.get("max", high))


def draw_events(figure: go.Figure, events: tuple[Event, ...], wide: Wide) -> None:
    """Draw known events as thin labelled rules where they fall inside the axis."""
    for event in events:
        if str(wide.x[0]) <= event.x <= str(wide.x[-1]):
            figure.add_shape(
                type="line", x0=event.x, x1=event.x, y0=0, y1=1, yref="paper",
                line={"color": theme.color("muted"), "width": 1, "dash": "dot"},
            )  # fmt: skip
            figure.add_annotation(
                x=event.x, y=1, yref="paper", yanchor="top", xanchor="left", xshift=4, showarrow=False,
                text=event.label, font={"size": 12, "color": theme.color("muted")},
            )  # fmt: skip


@dataclass(frozen=True)
class EndLabel:
    """A label beside the end of a series."""

    name: str
    y: float
    text: str
    token: str


def end_labels(figure: go.Figure, labels: list[EndLabel], extent: tuple[float, float], spec: ChartSpec) -> None:
    """Write series names and last values at the right edge, moved apart where they would overlap.

    The short form (value only) goes in the annotation's `name`: narrow screens show that one.
    """
    if not labels:
        return
    inner = min(HEIGHTS[spec.size], PHONE) - TOP - BOTTOM
    low, high = extent
    ordered = sorted(labels, key=lambda item: -item.y)
    wanted = [(high - item.y) / ((high - low) or 1) * inner for item in ordered]
    placed = spread(wanted, inner)
    longest = max(len(f"{item.name} {item.text}".strip()) for item in labels)
    need = 14 + LETTER * longest
    figure.update_layout(margin_r=next((r for r in RIGHT if r >= need), RIGHT[-1]))
    for item, want, got in zip(ordered, wanted, placed, strict=True):
        named = f"{item.name} <b>{item.text}</b>" if item.name else f"<b>{item.text}</b>"
        figure.add_annotation(
            xref="paper", x=1, xanchor="left", xshift=8, y=item.y, yanchor="middle", yshift=round(want - got, 1),
            showarrow=False, text=named, name=item.text, align="left",
            font={"size": 14, "color": theme.text_color(item.token)},
        )  # fmt: skip


def last_point(values: Sequence[float | None]) -> int | None:
    """Return the position of the last value, None for an empty series."""
    return next((i for i in range(len(values) - 1, -1, -1) if values[i] is not None), None)
