"""Slim figure files: what the browser needs and nothing it can share or work out.

The template is left out and shipped once (``assets/plotly-template.json``), regular time is ``x0`` and ``dx`` from
the first value to the last, values keep the decimals that the pointer reads and more where a step of them would be
seen, other numbers six significant digits, long lines keep the extremes of each bucket. Same figure, same bytes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from itertools import pairwise

import plotly.graph_objects as go

from pipeline.site.drawing.axes import millis

MAX_POINTS = 2_000
DIGITS = 6
STEPS = 400
"""Smallest number of steps of the last decimal in a range: more than a chart has pixels of height."""
_HOVER = re.compile(r",?\.(\d)f")
Json = dict[str, "object"]


def slim(figure: go.Figure) -> Json:
    """Return a figure as plain JSON without template, decimated and with compact positions."""
    raw = figure.to_plotly_json()
    layout = {k: v for k, v in raw["layout"].items() if k != "template"}
    traces = [dict(trace) for trace in raw["data"]]
    _decimate(traces)
    return {"data": [_compact(trace, _decimals(trace, layout)) for trace in traces], "layout": _rounded(layout)}


def cells(figure: go.Figure) -> Json:
    """Return the grid of a heat map as plain JSON, for the browser to read values under the pointer."""
    trace = figure.to_plotly_json()["data"][0]
    return {name: _rounded(trace[name]) for name in ("x", "y", "z")}


def dump(document: object) -> str:
    """Return stable JSON text: sorted keys, no spaces, one line."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def keep(values: Sequence[float | None], limit: int) -> list[int]:
    """Return the positions that carry the shape: minimum and maximum of each of `limit` / 2 buckets.

    The first and the last position and one position of every all-missing bucket stay, so that ends and
    gaps survive.
    """
    count = len(values)
    if count <= limit:
        return list(range(count))
    kept = {0, count - 1}
    buckets = max(limit // 2 - 1, 1)
    for number in range(buckets):
        start, end = number * count // buckets, (number + 1) * count // buckets
        known = [i for i in range(start, end) if values[i] is not None]
        if not known:
            kept.add(start)
            continue
        kept.add(min(known, key=lambda i: (values[i], i)))
        kept.add(max(known, key=lambda i: (values[i], -i)))
    return sorted(kept)


def _decimate(traces: list[Json]) -> None:
    """Shorten long lines in place; stacked ones share the positions that their total needs."""
    stacked = [t for t in traces if t.get("stackgroup")]
    if stacked and len(_list(stacked[0]["y"])) > MAX_POINTS:
        columns = [_numbers(t["y"]) for t in stacked]
        totals = [math.fsum(v or 0.0 for v in row) for row in zip(*columns, strict=True)]
        chosen = keep(totals, MAX_POINTS)
        for trace in stacked:
            _pick(trace, chosen)
    for trace in traces:
        lines = trace.get("type") == "scatter" and not trace.get("stackgroup")
        if lines and len(_list(trace.get("y"))) > MAX_POINTS:
            _pick(trace, keep(_numbers(trace["y"]), MAX_POINTS))


def _pick(trace: Json, chosen: list[int]) -> None:
    x, y = _list(trace["x"]), _list(trace["y"])
    trace["x"], trace["y"] = [x[i] for i in chosen], [y[i] for i in chosen]


def _decimals(trace: Json, layout: Json) -> int | None:
    """Return the decimals to keep of what lies on an axis: those that the pointer reads, if nobody sees their steps.

    What is piled up keeps two more, for its sum is read too; None where the pointer reads no number of an axis.
    """
    axis = layout.get(f"yaxis{str(trace.get('yaxis', 'y'))[1:]}")
    if not isinstance(axis, dict) or not (told := _HOVER.fullmatch(str(axis.get("hoverformat")))):
        return None
    ends = [end for end in _numbers(axis.get("range")) if end is not None]
    if len(ends) != 2 or ends[0] == ends[1]:
        return None
    decimals, smooth = int(told[1]), math.ceil(math.log10(STEPS) - math.log10(abs(ends[1] - ends[0])))
    alone = trace.get("type") == "scatter" and not trace.get("stackgroup")
    return decimals if alone and smooth <= decimals else max(decimals + 2, smooth)


def _compact(trace: Json, decimals: int | None) -> Json:
    """Replace regular time positions by `x0` and `dx` [ms] and round the numbers."""
    slimmed = dict(trace)
    x = _list(trace.get("x"))
    if len(x) >= 3 and all(isinstance(v, str) and v[:4].isdigit() and v[4:5] == "-" for v in x):
        moments = [millis(str(v)) for v in x]
        steps = {b - a for a, b in pairwise(moments)}
        if len(steps) == 1:
            del slimmed["x"]
            first, last = _known(trace)
            slimmed |= {"x0": x[first], "dx": int(steps.pop()), "y": _list(trace["y"])[first:last]}
    exact = {} if decimals is None else {"y": [_plain(v, decimals) for v in _numbers(slimmed["y"])]}
    return {k: _rounded(v) for k, v in slimmed.items()} | exact


def _plain(value: float | None, decimals: int) -> float | int | None:
    """Return a number with so many decimals, without the point where none are left."""
    if value is None or math.isnan(value):
        return None
    short = round(value, decimals)
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def _known(trace: Json) -> tuple[int, int]:
    """Return where the values of a line begin and end; of what lies on another line, the whole."""
    y = _list(trace.get("y"))
    known = [index for index, value in enumerate(y) if value is not None]
    alone = trace.get("type") == "scatter" and trace.get("fill") in {None, "none", "tozeroy"}
    if not known or not alone or trace.get("stackgroup") or {"text", "customdata"} & trace.keys():
        return 0, len(y)
    return known[0], known[-1] + 1


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(v) for v in value]
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return _plain(float(f"{value:.{DIGITS}g}"), 15)
    return value


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _numbers(value: object) -> list[float | None]:
    return [None if v is None else float(str(v)) for v in _list(value)]
