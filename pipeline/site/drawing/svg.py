"""The static drawing of any of our figures: inline SVG, a few KB, readable at any width.

Text and marks keep their size when the page narrows because positions are percentages and only the
inner drawing stretches (strokes do not scale). Colours are classes (``s-`` stroke, ``f-`` fill, ``t-``
text) bound to CSS variables, so dark mode and print need no second file. It understands what our chart
modules use: lines, filled and stacked areas, bands, upright and lying bars, heat maps, marks, labels.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any, Final

import plotly.graph_objects as go

from pipeline.core.palette import token_of
from pipeline.site.drawing import theme
from pipeline.site.drawing.axes import Tick, millis, number_ticks, short, time_ticks, y_ticks
from pipeline.site.drawing.figure import keep

UNITS: Final = 1000
MAX_POINTS: Final = 320
Raw = dict[str, Any]  # plotly's own JSON, which has no types
Box = tuple[float, float, float, float]  # where a bar begins and ends along its axis, its base, its tip
_TAG = re.compile(r"<[^>]+>")


@dataclass
class _Canvas:
    """Positions in per mille of the drawing and the pieces drawn so far."""

    x_kind: str
    x_low: float
    x_high: float
    y_low: float
    y_high: float
    x_names: list[str] = field(default_factory=list)
    y_names: list[str] = field(default_factory=list)
    stretched: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)

    def x(self, value: str | float) -> float:
        if self.x_kind == "category":
            return (self.x_names.index(str(value)) + 0.5) / len(self.x_names) * UNITS
        return (millis(value) - self.x_low) / ((self.x_high - self.x_low) or 1) * UNITS

    def y(self, value: str | float) -> float:
        if self.y_names:
            return (self.y_names.index(str(value)) + 0.5) / len(self.y_names) * UNITS
        return (self.y_high - float(value)) / ((self.y_high - self.y_low) or 1) * UNITS


def static_svg(figure: go.Figure, title: str, uid: str, description: str = "") -> str:
    """Return the figure as inline SVG.

    Args:
        figure: A figure built by a chart module: both ranges set, palette colours only.
        title: Text alternative, read out by screen readers.
        uid: Unique id on the page.
        description: What a reader should know without seeing the drawing.

    Raises:
        KeyError: A colour outside the palette.
    """
    raw = figure.to_plotly_json()
    layout = raw["layout"]
    canvas = _canvas(raw["data"], layout)
    parts = [_axes(canvas, layout)]
    _draw(canvas, raw["data"], layout)
    _shapes(canvas, layout.get("shapes", ()))
    _labels(canvas, layout.get("annotations", ()))
    if canvas.stretched:
        inner = "".join(canvas.stretched)
        parts.append(
            f'<svg viewBox="0 0 {UNITS} {UNITS}" preserveAspectRatio="none" width="100%" height="100%" '
            f'class="marks">{inner}</svg>'
        )
    parts += canvas.fixed
    named = f'<title id="{uid}-t">{html.escape(title)}</title>'
    if description:
        named += f'<desc id="{uid}-d">{html.escape(description)}</desc>'
    by = f"{uid}-t {uid}-d" if description else f"{uid}-t"
    head = f'<svg class="static" width="100%" height="100%" role="img" aria-labelledby="{by}">'
    return f"{head}{named}{''.join(parts)}</svg>"


def _canvas(data: list[Raw], layout: Raw) -> _Canvas:
    xaxis, yaxis = layout.get("xaxis", {}), layout.get("yaxis", {})
    kind = xaxis.get("type", "linear")
    x_names, y_names = _names(data, "x"), _names(data, "y")
    x_range = xaxis.get("range") or (0, 1)
    y_range = yaxis.get("range") or (0, 1)
    heat = any(t["type"] == "heatmap" for t in data)
    return _Canvas(
        x_kind="category" if heat or kind == "category" else kind,
        x_low=0 if heat or kind == "category" else millis(x_range[0]),
        x_high=1 if heat or kind == "category" else millis(x_range[1]),
        y_low=float(y_range[0]),
        y_high=float(y_range[1]),
        x_names=x_names if heat or kind == "category" else [],
        y_names=y_names if yaxis.get("type") == "category" else [],
    )


def _names(data: list[Raw], axis: str) -> list[str]:
    names: dict[str, None] = {}
    for trace in data:
        names |= {str(v): None for v in trace.get(axis, ()) or ()}
    return list(names)


def _axes(canvas: _Canvas, layout: Raw) -> str:
    """Draw light horizontal rules and both tick rows."""
    xaxis, yaxis = layout.get("xaxis", {}), layout.get("yaxis", {})
    rules: list[str] = []
    texts: list[str] = []
    if canvas.y_names:
        if yaxis.get("showticklabels", True) and yaxis.get("visible", True):
            texts += _name_ticks(canvas)
    elif yaxis.get("visible", True):
        for value, text in y_ticks(canvas.y_low, canvas.y_high):
            at = _pct(canvas.y(value))
            zero = ' class="zero"' if value == 0 and canvas.y_low < 0 else ""
            rules.append(f'<line x1="0" x2="100%" y1="{at}" y2="{at}"{zero}/>')
            texts.append(f'<text class="ty" x="-8" y="{at}" dy=".33em">{text}</text>')
    if xaxis.get("visible", True) and xaxis.get("showticklabels", True):
        rules.append('<line class="base" x1="0" x2="100%" y1="100%" y2="100%"/>')
        texts += [_x_tick(canvas, tick, i) for i, tick in enumerate(_x_ticks(canvas, xaxis))]
    return f'<g class="rules">{"".join(rules)}</g><g class="ticks">{"".join(texts)}</g>'


def _name_ticks(canvas: _Canvas) -> list[str]:
    every = -(-len(canvas.y_names) // 34)
    if all(len(name) <= 2 for name in canvas.y_names):
        every = max(every, -(-len(canvas.y_names) // 8))
    return [
        f'<text class="ty" x="-8" y="{_pct(canvas.y(name))}" dy=".33em">{html.escape(short(name))}</text>'
        for name in canvas.y_names[::every]
    ]


def _x_ticks(canvas: _Canvas, xaxis: Raw) -> list[Tick]:
    if canvas.x_kind != "category":
        low, high = canvas.x_low, canvas.x_high
        ticks = time_ticks(low, high) if canvas.x_kind == "date" else number_ticks(low, high, xaxis.get("dtick"))
        return [(canvas.x(at), text) for at, text in ticks]
    if xaxis.get("type") == "date":
        low, high = millis(canvas.x_names[0]), millis(canvas.x_names[-1])
        count = len(canvas.x_names)
        room = (count - 1) / count * UNITS
        return [
            (UNITS / count / 2 + (at - low) / ((high - low) or 1) * room, text) for at, text in time_ticks(low, high)
        ]
    every = -(-len(canvas.x_names) // 8)
    return [(canvas.x(name), short(name, 14)) for name in canvas.x_names[::every]]


def _x_tick(canvas: _Canvas, tick: Tick, index: int) -> str:
    at, text = tick
    anchor = " tx-s" if at < 0.03 * UNITS else " tx-e" if at > 0.975 * UNITS else ""
    odd = " odd" if index % 2 else ""
    return f'<text class="tx{anchor}{odd}" x="{_pct(at)}" y="100%" dy="20">{html.escape(text)}</text>'


def _draw(canvas: _Canvas, data: list[Raw], layout: Raw) -> None:
    base: list[float] = []
    under: list[tuple[float, float]] = []
    chosen = _stack_positions(data)
    bars = [t for t in data if t["type"] == "bar"]
    for trace in data:
        if trace["type"] == "heatmap":
            _heat(canvas, trace)
        elif trace["type"] == "scatter":
            if trace.get("stackgroup"):
                base = _stacked(canvas, trace, base, chosen)
            else:
                under = _scatter(canvas, trace, under)
    if bars:
        _bars(canvas, bars, float(layout.get("bargap", 0.2)))


def _points(canvas: _Canvas, trace: Raw) -> list[list[tuple[float, float]]]:
    """Return the trace as runs of points, cut where a value is missing."""
    ys = list(trace["y"])
    chosen = keep(ys, MAX_POINTS)
    runs: list[list[tuple[float, float]]] = [[]]
    for index in chosen:
        if ys[index] is None:
            if runs[-1]:
                runs.append([])
            continue
        runs[-1].append((canvas.x(trace["x"][index]), canvas.y(ys[index])))
    return [run for run in runs if run]


def _scatter(canvas: _Canvas, trace: Raw, under: list[tuple[float, float]]) -> list[tuple[float, float]]:
    runs = _points(canvas, trace)
    flat = [point for run in runs for point in run]
    mode = trace.get("mode", "lines")
    fill = trace.get("fill")
    if fill and flat:
        token = token_of(trace["fillcolor"])
        floor = canvas.y(max(canvas.y_low, 0.0))
        for run in runs if fill == "tozeroy" else [flat]:
            edge = [(run[-1][0], floor), (run[0][0], floor)] if fill == "tozeroy" else under[::-1]
            canvas.stretched.append(f'<path class="f-{token}" d="{_path([*run, *edge])}Z"/>')
    line = trace.get("line", {})
    if "lines" in mode and line.get("width", 2):
        token = token_of(line["color"])
        dash = " dash" if line.get("dash") else ""
        thin = " thin" if line.get("width", 2) < 2 else ""
        d = "".join(_path(run) for run in runs if len(run) > 1)
        if d:
            canvas.stretched.append(f'<path class="l s-{token}{dash}{thin}" d="{d}"/>')
        lone = [run[0] for run in runs if len(run) == 1 and "markers" not in mode]
        canvas.fixed += [f'<circle class="f-{token}" cx="{_pct(x)}" cy="{_pct(y)}" r="1.5"/>' for x, y in lone]
    if "markers" in mode:
        marker = trace["marker"]
        token = token_of(marker["color"])
        style = f"hollow s-{token}" if marker.get("symbol") == "circle-open" else f"f-{token}"
        radius = float(marker.get("size", 8)) / 2
        canvas.fixed += [f'<circle class="{style}" cx="{_pct(x)}" cy="{_pct(y)}" r="{radius:g}"/>' for x, y in flat]
    return flat


def _stack_positions(data: list[Raw]) -> list[int]:
    """Return the positions that the total of a stack needs; every layer is drawn at the same ones."""
    layers = [[float(v or 0.0) for v in t["y"]] for t in data if t.get("stackgroup")]
    return keep([sum(column) for column in zip(*layers, strict=True)], MAX_POINTS // 2) if layers else []


def _stacked(canvas: _Canvas, trace: Raw, base: list[float], chosen: list[int]) -> list[float]:
    """Draw one layer on top of those before it; return the new top."""
    values = [float(v or 0.0) for v in trace["y"]]
    below = base or [0.0] * len(values)
    top = [b + v for b, v in zip(below, values, strict=True)]
    upper = [(canvas.x(trace["x"][i]), canvas.y(top[i])) for i in chosen]
    lower = [(canvas.x(trace["x"][i]), canvas.y(below[i])) for i in chosen]
    if any(values):
        edge = f" l s-{token_of(trace['line']['color'])} thin" if trace["line"].get("width") else ""
        fill = token_of(trace["fillcolor"])
        canvas.stretched.append(f'<path class="f-{fill}{edge}" d="{_path([*upper, *lower[::-1]])}Z"/>')
    return top


def _bars(canvas: _Canvas, traces: list[Raw], gap: float) -> None:
    """Draw bars, stacked upwards and (for negative values) downwards, in one path per colour."""
    lying = traces[0].get("orientation") == "h"
    along, amount = ("y", "x") if lying else ("x", "y")
    highs: dict[str, float] = {}
    lows: dict[str, float] = {}
    width = _bar_width(canvas, traces, lying=lying) * (1 - gap)
    for trace in traces:
        boxes: dict[str, list[Box]] = {}
        for index, (place, value) in enumerate(zip(trace[along], trace[amount], strict=True)):
            if value is None:
                continue
            pile = highs if value >= 0 else lows
            start = pile.get(str(place), 0.0)
            pile[str(place)] = start + float(value)
            style = _bar_style(trace["marker"], index)
            middle = canvas.y(place) if lying else canvas.x(place)
            base, tip = (canvas.x(v) if lying else canvas.y(v) for v in (start, start + float(value)))
            boxes.setdefault(style, []).append((middle - width / 2, middle + width / 2, base, tip))
        for style, places in boxes.items():
            outline = _outline(places, lying=lying, apart=" l " in style)
            canvas.stretched.append(f'<path class="{style}" d="{outline}"/>')


def _bar_style(marker: Raw, index: int) -> str:
    """Return the classes of a bar; of colour and edge all bars of a trace have one, or each its own."""
    edge = marker.get("line", {})
    color, width, line = (
        style[index] if isinstance(style, (list, tuple)) else style
        for style in (marker["color"], edge.get("width", 0), edge.get("color"))
    )
    return f"f-{token_of(color)}" + (f" l s-{token_of(line)} thin" if width else "")


def _bar_width(canvas: _Canvas, traces: list[Raw], *, lying: bool) -> float:
    names = canvas.y_names if lying else canvas.x_names
    if names:
        return UNITS / len(names)
    places = sorted({canvas.x(x) for trace in traces for x in trace["x"]})
    gaps = [b - a for a, b in pairwise(places) if b > a]
    return min(gaps, default=UNITS / 2)


def _outline(boxes: Sequence[Box], *, lying: bool, apart: bool) -> str:
    """Return bars as one outline: along the base they share from one to the next, some fifteen bytes each.

    Args:
        boxes: Of each bar, where it begins and ends along its axis, its base and its tip.
        lying: Bars lie instead of standing.
        apart: Each is closed by itself, as an edge that is drawn asks for.
    """
    along, across = ("v", "h") if lying else ("h", "v")
    pieces: list[str] = []
    at, foot = 0, None
    for first, last, base, tip in boxes:
        begin, end, height = round(first * 10), round(last * 10), round(tip) - round(base)
        if apart or foot != round(base):
            foot = round(base)
            place = (foot, _n(first)) if lying else (_n(first), foot)
            pieces.append(f"{'Z' if pieces else ''}M{place[0]} {place[1]}")
        elif begin != at:
            pieces.append(f"{along}{_step(begin - at)}")
        pieces.append(f"{across}{height}{along}{_step(end - begin)}{across}{-height}")
        at = end
    return "".join(pieces) + "Z"


def _heat(canvas: _Canvas, trace: Raw) -> None:
    """Draw the grid with one path per shade; missing cells stay blank."""
    known = sorted(v for row in trace["z"] for v in row if v is not None)
    if not known:
        return
    low, high = known[0], known[-1]
    wide, tall = UNITS / len(canvas.x_names), UNITS / len(canvas.y_names)
    shades: dict[int, list[str]] = {}

    def shade_of(value: float | None) -> int | None:
        share = 0.0 if value is None else (value - low) / ((high - low) or 1)
        return None if value is None else min(int(share * len(theme.HEAT)), len(theme.HEAT) - 1)

    for r, row in enumerate(trace["z"]):
        c = 0
        for shade, cells in groupby(map(shade_of, row)):
            begin, c = c, c + len(list(cells))
            if shade is not None:
                box = f"M{_n(begin * wide)} {_n(r * tall)}H{_n(c * wide)}V{_n((r + 1) * tall)}H{_n(begin * wide)}Z"
                shades.setdefault(shade, []).append(box)
    canvas.stretched += [
        f'<path class="crisp f-{theme.HEAT[shade]}" d="{"".join(d)}"/>' for shade, d in sorted(shades.items())
    ]


def _shapes(canvas: _Canvas, shapes: Sequence[Raw]) -> None:
    for shape in shapes:
        x0, x1 = canvas.x(shape["x0"]), canvas.x(shape["x1"])
        if shape["type"] == "line":
            token = token_of(shape["line"]["color"])
            canvas.stretched.append(f'<path class="l thin dash s-{token}" d="M{_n(x0)} 0V{UNITS}"/>')
        else:
            token = token_of(shape["fillcolor"])
            canvas.stretched.append(f'<path class="f-{token}" d="M{_n(x0)} 0H{_n(x1)}V{UNITS}H{_n(x0)}Z"/>')


def _labels(canvas: _Canvas, annotations: Sequence[Raw]) -> None:
    """Write annotations: end labels carry their short form too, for narrow screens."""
    anchors = {"left": "a-s", "right": "a-e", "center": "a-m"}
    for note in annotations:
        x = UNITS if note.get("xref") == "paper" else canvas.x(note["x"])
        y = (1 - float(note["y"])) * UNITS if note.get("yref") == "paper" else canvas.y(note["y"])
        dx, dy = float(note.get("xshift", 0)), -float(note.get("yshift", 0))
        dy += 12 if note.get("yanchor") == "top" else 5
        style = f"lab {anchors[note.get('xanchor', 'left')]} t-{token_of(note['font']['color'])}"
        place = f'x="{_pct(x)}" y="{_pct(y)}" dx="{dx:g}" dy="{dy:g}"'
        full, short = _rich(str(note["text"])), note.get("name")
        if short and short != _TAG.sub("", str(note["text"])):
            canvas.fixed.append(f'<text class="{style} long" {place}>{full}</text>')
            canvas.fixed.append(f'<text class="{style} short" aria-hidden="true" {place}>{html.escape(short)}</text>')
        else:
            canvas.fixed.append(f'<text class="{style}" {place}>{full}</text>')


def _rich(text: str) -> str:
    """Escape a label, keeping Plotly's bold as a tspan."""
    safe = html.escape(text, quote=False)
    return safe.replace("&lt;b&gt;", '<tspan class="b">').replace("&lt;/b&gt;", "</tspan>")


def _path(points: list[tuple[float, float]]) -> str:
    """Return a polyline with relative whole-number steps: about five bytes a point."""
    px, py = round(points[0][0]), round(points[0][1])
    pieces = [f"M{px} {py}l"]
    for x, y in points[1:]:
        qx, qy = round(x), round(y)
        dx, dy = qx - px, qy - py
        pieces.append(f"{dx} {dy} " if dy >= 0 else f"{dx}{dy} ")
        px, py = qx, qy
    return "".join(pieces).rstrip().removesuffix("l")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _step(tenths: int) -> str:
    return f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 else f"{tenths / 10:g}"


def _pct(value: float) -> str:
    return f"{value / UNITS * 100:.2f}".rstrip("0").rstrip(".") + "%"
