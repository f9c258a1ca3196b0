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
    if "series" not in rows or rows["series"].astype(str).eq("").all():
        rows = rows.assign(series="Valor")
    names = list(dict.fromkeys(rows["series"].astype(str)))
    numeric = is_numeric(rows["x"])
    named = not numeric and not hasattr(rows["x"].iloc[0], "isoformat")
    distinct, grain = rows["x"].drop_duplicates(), grain_of(rows["x"])
    order = list(distinct) if named else list(distinct.sort_values(ascending=False))
    shown = order[:MAX_ROWS]
    rows = rows[rows["x"].isin(shown)]
    values = rows.assign(_c=rows["series"].astype(str)).pivot(index="x", columns="_c", values="value")
    marked = rows[rows["quality"].isin(open_states())] if "quality" in rows else rows.iloc[:0].assign(quality="")
    pending = marked.groupby("x")["quality"].agg(worst).to_dict()
    body = tuple(
        (Cell(position(x, grain), state=pending.get(x, "")), *(Cell(spec.number(v)) for v in line))
        for x, line in zip(shown, values.reindex(index=shown, columns=names).to_numpy().tolist(), strict=True)
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
