"""The table of a chart: what is drawn, as text."""

from __future__ import annotations

import pandas as pd

from pipeline.catalog.value_states import open_states, worst
from pipeline.core import spanish
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.table import NONE, Cell, Header, Table, grain_of, is_numeric, moment_text, shown_note

MAX_ROWS = 14


def series_table(rows: pd.DataFrame, spec: ChartSpec) -> Table:
    """Return the newest values of a chart, newest first, one column per series."""
    positions = rows["x"].tolist()
    series = rows["series"].astype(str).tolist() if "series" in rows else [""]
    if not any(series):
        series = ["Valor"] * len(rows)
    names = list(dict.fromkeys(series))
    numeric = is_numeric(rows["x"])
    named = not numeric and not hasattr(positions[0], "isoformat")
    order = list(dict.fromkeys(positions)) if named else sorted(set(positions), reverse=True)
    shown, grain = order[:MAX_ROWS], grain_of(rows["x"])
    values = dict(zip(zip(positions, series, strict=True), rows["value"].tolist(), strict=True))
    states: dict[object, set[str]] = {x: set() for x in shown}
    for x, state in zip(positions, rows.get("quality", ()), strict=False):
        if x in states and state in open_states():
            states[x].add(state)
    body = tuple(
        (
            Cell(position(x, grain), state=worst(states[x]) or ""),
            *(Cell(spec.number(values.get((x, n)))) for n in names),
        )
        for x in shown
    )
    unit = spanish.unit_label(spec.unit)
    axis = {"month": "Mes", "year": "Año"}.get(grain, "Fecha")
    first = Header(str(spec.options.get("x_label", "")) if named or numeric else axis)
    heads = (first, *(Header(name, unit, numeric=True) for name in names))
    return Table(heads, body, len(order), shown_note(len(shown), len(order)))


def position(x: object, grain: str = "") -> str:
    """Return a place on the x axis as text; on an axis of months or years as one of them."""
    return f"{x:g}" if isinstance(x, (int, float)) else moment_text(x, grain)


def interval(low: float, high: float, spec: ChartSpec) -> str:
    """Return a range in words; nothing where an end is missing."""
    ends = (spec.number(low), spec.number(high))
    return NONE if NONE in ends else " a ".join(ends)
