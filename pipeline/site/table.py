"""Tables of values: what a chart shows, as text, and the table blocks of a board."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from pipeline.catalog.schema import Column
from pipeline.core import spanish
from pipeline.site.blocks.kpi import TONES
from pipeline.site.charts import ChartSpec

MAX_ROWS = 31
#: A map lists all departments.
MAP_ROWS = 40
NONE = "—"
#: Where the words of a shape part into pieces (not the comma of a decimal number).
_PARTS = re.compile(r"([;,] )")


@dataclass(frozen=True)
class Header:
    """A column head: its words, its unit and how its cells align."""

    text: str
    unit: str = ""
    numeric: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell, already written in es-CO."""

    text: str
    provisional: bool = False
    href: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """A table ready for the page; `total` counts all rows, shown or not."""

    headers: tuple[Header, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    note: str = ""


def chart_table(rows: pd.DataFrame, spec: ChartSpec) -> Table:
    """Return the newest values of a chart, newest first, one column per series."""
    unit = spanish.unit_label(spec.unit)
    if spec.type == "forecast":
        return _forecast_table(rows, spec, unit)
    if spec.type == "dots" and {"lo", "hi"} <= set(rows.columns):
        return _range_table(rows, spec, unit)
    if spec.type == "mix":
        parts = rows[rows["value"] > 0]
        cells = tuple(
            (Cell(str(s)), Cell(_number(v, spec))) for s, v in zip(parts["series"], parts["value"], strict=True)
        )
        return Table((Header("Parte"), Header("Valor", unit, numeric=True)), cells, len(cells))
    column = "y" if spec.type == "heatmap" else "series"
    rows = rows if column in rows else rows.assign(**{column: "Valor"})
    if rows[column].astype(str).eq("").all():
        rows = rows.assign(**{column: "Valor"})
    names = list(dict.fromkeys(rows[column].astype(str)))
    distinct = rows["x"].drop_duplicates()
    order = list(distinct) if _named(rows["x"]) else list(distinct.sort_values(ascending=False))
    shown = order[:MAX_ROWS]
    rows = rows[rows["x"].isin(shown)]
    values = (
        rows.assign(_c=rows[column].astype(str)).pivot(index="x", columns="_c", values="value").reindex(columns=names)
    )
    pending = set(rows.loc[rows["quality"].eq("provisional"), "x"]) if "quality" in rows else set()
    body = tuple(
        (Cell(_position(x), provisional=x in pending), *(Cell(_number(v, spec)) for v in line))
        for x, line in zip(shown, values.reindex(shown).to_numpy().tolist(), strict=True)
    )
    first = Header(
        "Fecha" if not _named(rows["x"]) and not _numeric(rows["x"]) else str(spec.options.get("x_label", ""))
    )
    heads = (first, *(Header(n, unit, numeric=True) for n in names))
    return Table(heads, body, len(order), _note(len(shown), len(order)))


def map_table(rows: pd.DataFrame, spec: ChartSpec) -> Table:
    """Return what a map tells of each shape with value or words, greatest first: name, series, value, words.

    Option `table` names the layers to list (all by default), `x_label` and `series_label` the first two columns.
    """
    layers = [part.strip() for part in str(spec.options.get("table", "")).split(",") if part.strip()]
    rows = rows[rows["layer"].isin(layers)] if layers else rows
    rows = rows.reindex(columns=["name", "series", "value", "label"]).dropna(subset=["value", "label"], how="all")
    if rows["value"].notna().any():
        rows = rows.sort_values("value", ascending=False, kind="stable", na_position="last")
    shown = rows.head(MAP_ROWS)
    heads = [Header(str(spec.options.get("x_label", "Lugar")))]
    columns = [[Cell(str(name)) for name in shown["name"]]]
    if rows["series"].nunique() > 1:
        heads.append(Header(str(spec.options.get("series_label", "Grupo"))))
        columns.append([Cell(cell_text(v)) for v in shown["series"]])
    if rows["value"].notna().any():
        heads.append(Header("Valor", spanish.unit_label(spec.unit), numeric=True))
        columns.append([Cell(_number(v, spec)) for v in shown["value"]])
    if rows["label"].notna().any():
        details = _details(shown, [row[1:] for row in zip(*columns, strict=True)], spec)
        if any(cell.text != NONE for cell in details):
            heads.append(Header("Detalle"))
            columns.append(details)
    body = tuple(zip(*columns, strict=True))
    return Table(tuple(heads), body, len(rows), _note(len(shown), len(rows)))


def _details(rows: pd.DataFrame, said: list[tuple[Cell, ...]], spec: ChartSpec) -> list[Cell]:
    """Return the words of each shape less its name and what its other columns say."""
    unit = spanish.unit_label(spec.unit)
    found = []
    for name, words, cells in zip(rows["name"], rows["label"], said, strict=True):
        told = {text.casefold() for cell in cells for text in (cell.text, f"{cell.text} {unit}")}
        text = "" if words is None or pd.isna(words) else str(words).removeprefix(f"{name}: ")
        pieces = ["", *_PARTS.split(text)]  # each after the mark that parts it from the one before
        kept = [pieces[i : i + 2] for i in range(0, len(pieces), 2) if pieces[i + 1].casefold() not in told]
        told_text = "".join(mark + part for mark, part in kept)
        found.append(Cell(spanish.label(told_text.removeprefix(kept[0][0]) if told_text else NONE)))
    return found


def _forecast_table(rows: pd.DataFrame, spec: ChartSpec, unit: str) -> Table:
    future = rows.dropna(subset=["mean"])
    heads = (
        Header("Hora" if _hourly(future["x"]) else "Día"),
        Header("Pronóstico", unit, numeric=True),
        Header("Intervalo del 80 %", unit, numeric=True),
        Header("Intervalo del 95 %", unit, numeric=True),
    )
    body = tuple(
        (
            Cell(_position(row["x"])),
            Cell(_number(row["mean"], spec)),
            Cell(_interval(row["lo80"], row["hi80"], spec)),
            Cell(_interval(row["lo95"], row["hi95"], spec)),
        )
        for row in future.head(MAX_ROWS).to_dict("records")
    )
    return Table(heads, body, len(future), _note(len(body), len(future)))


def _range_table(rows: pd.DataFrame, spec: ChartSpec, unit: str) -> Table:
    """Return values with their range, and how many days stand behind them where the rows say it."""
    heads = [
        Header(str(spec.options.get("x_label", ""))),
        Header("Valor", unit, numeric=True),
        Header("Intervalo", unit, numeric=True),
    ]
    counted = "n" in rows
    heads += [Header("Días", numeric=True)] if counted else []
    body = tuple(
        (
            Cell(str(row["x"])),
            Cell(_number(row["value"], spec)),
            Cell(_interval(row["lo"], row["hi"], spec)),
            *([Cell(cell_text(row["n"]))] if counted else []),
        )
        for row in rows.to_dict("records")
    )
    return Table(tuple(heads), body, len(body))


def _interval(low: float, high: float, spec: ChartSpec) -> str:
    return NONE if _missing(low) or _missing(high) else f"{_number(low, spec)} a {_number(high, spec)}"


def sql_table(rows: pd.DataFrame, columns: Mapping[str, Column], limit: int | None = None) -> Table:
    """Return any query result as a table; a column's declaration gives unit and decimals."""
    shown = rows if limit is None else rows.head(limit)
    heads: list[Header] = []
    cells: list[list[Cell]] = []
    for name in rows.columns:
        declared = columns.get(str(name), Column(unit=None, decimals=None, align=None))
        numeric = _numeric(rows[name])
        right = numeric if declared.align is None else declared.align == "right"
        heads.append(Header(str(name), spanish.unit_label(declared.unit or ""), numeric=right))
        texts = [cell_text(v, declared.unit or "", declared.decimals) for v in shown[name]]
        cells.append([Cell(t, tone=TONES.get(t, "none") if declared.light else "") for t in texts])
    body = tuple(zip(*cells, strict=True)) if cells else ()
    return Table(tuple(heads), body, len(rows), _note(len(shown), len(rows)))


def cell_text(value: object, unit: str = "", decimals: int | None = None) -> str:
    """Return one value as text: dates, numbers and words as Colombia writes them."""
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return NONE
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, (pd.Timestamp, dt.datetime)):
        moment = pd.Timestamp(value)
        return spanish.date(moment.date()) if moment == moment.normalize() else spanish.clock(moment.to_pydatetime())
    if isinstance(value, dt.date):
        return spanish.date(value)
    if isinstance(value, Decimal) or hasattr(value, "__float__"):
        number = float(value)
        whole = number.is_integer() and not unit
        return spanish.number(number, decimals if decimals is not None else 0 if whole else spanish.unit_decimals(unit))
    return spanish.label(str(value))


def _note(shown: int, total: int) -> str:
    if shown >= total:
        return ""
    return f"Se muestran {spanish.number(shown, 0)} de {spanish.number(total, 0)} filas; las descargas las traen todas."


def _position(x: object) -> str:
    return f"{x:g}" if isinstance(x, (int, float)) else cell_text(x)


def _number(value: float | None, spec: ChartSpec) -> str:
    if value is None or _missing(value):
        return NONE
    return spanish.number(
        float(value), spec.decimals if spec.decimals is not None else spanish.unit_decimals(spec.unit)
    )


def _hourly(moments: pd.Series) -> bool:
    return bool((pd.to_datetime(moments).dt.hour > 0).any())


def _missing(value: float | None) -> bool:
    return value is None or math.isnan(value)


def _named(column: pd.Series) -> bool:
    return not _numeric(column) and not hasattr(column.iloc[0], "isoformat")


def _numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column)) and not bool(pd.api.types.is_bool_dtype(column))
