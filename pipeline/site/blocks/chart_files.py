"""What is drawn, to take away: the rows of a chart or a table as CSV, workbook and Parquet.

All three hold the same rows, every one of them, with the day that each value is of (a line of last year is drawn
under this year's days, and saved under its own), its state and its unit: in a column where a line is one value, in the
head of each column in the workbook and in tables. The workbook is for people: one column a series, real dates,
and a sheet that says what the figures are and whose. Same rows, same bytes: nothing tells when they were made.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from pipeline.catalog.schema import Block
from pipeline.catalog.value_states import value_states
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place
from pipeline.site.page import source_words
from pipeline.site.table import grain_of, is_numeric

WARNINGS: Mapping[str, str] = {
    "simulated": "Datos simulados: no son cifras del sistema eléctrico.",
    "replayed": "Datos de prueba: copia histórica de valores de XM.",
    "xm": "",
}
#: A workbook says when it was made; ours all say the same, so that equal rows are equal files.
_CREATED = dt.datetime(2020, 1, 1)  # noqa: DTZ001
_HEADS = {
    "x": "Fecha", "series": "Serie", "value": "Valor", "quality": "Estado", "y": "Fila", "day": "Día", "name": "Nombre",
    "layer": "Capa", "label": "Detalle", "lon": "Longitud", "lat": "Latitud", "actual": "Observado",
    "mean": "Pronóstico", "lo80": "80 %, desde", "hi80": "80 %, hasta", "lo95": "95 %, desde", "hi95": "95 %, hasta",
    "model": "Modelo", "lo": "Desde", "hi": "Hasta", "n": "Casos", "month": "Mes", "unit": "Unidad",
}  # fmt: skip
_MEASURES = ("value", "actual", "mean", "lo80", "hi80", "lo95", "hi95", "lo", "hi")
_DRAWN = "Fecha en el gráfico"
_SERIES = {"x", "series", "value"}
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_DATES = {"day": "yyyy-mm-dd", "hour": "yyyy-mm-dd hh:mm", "month": "yyyy-mm", "year": "yyyy"}
_WIDEST = 48  # [characters]
_UNREAD = re.compile(r"theme1|docProps/app")
# What a part says of those: that they are there, and a font's colour and face "as in the theme".
_THEMED = re.compile(
    rf'<(?:Override|Relationship) [^>]*(?:{_UNREAD.pattern})[^>]*/>|<color theme="1"/>|<scheme [^>]*/>'
)


@dataclass(frozen=True)
class About:
    """What the second sheet of a workbook says of the rows in the first."""

    title: str
    subtitle: str
    unit: str
    note: str
    board: str
    metrics: tuple[str, ...]
    source: str
    warning: str
    address: str = ""
    x_label: str = ""

    def lines(self) -> list[tuple[str, str]]:
        """Return the sheet, label and words; what is not known has no line."""
        told = (
            ("Aviso", self.warning),
            ("Título", self.title),
            ("Qué es", self.subtitle),
            ("Unidad", self.unit),
            ("Nota", self.note),
            ("Fuente", self.source),
            ("Métricas", ", ".join(self.metrics)),
            ("Tablero", self.board),
            ("Dirección", self.address),
            ("Publicado por", "Portal Energético de Colombia"),
        )
        return [(label, words) for label, words in told if words]


def about_block(block: Block, place: Place) -> About:
    """Return what is known of a block."""
    site = place.site
    return About(
        title=block.title,
        subtitle=block.subtitle,
        unit=spanish.unit_label(block.unit),
        note=block.note,
        board=place.title,
        metrics=place.metrics_of(block),
        source=source_words(site),
        warning=WARNINGS[site.run.source],
        address=f"{site.site_url.rstrip('/')}/{place.address}#{block.id}" if site.site_url else "",
        x_label=str(block.options.get("x_label", "")),
    )


def save_rows(block: Block, rows: pd.DataFrame, place: Place) -> tuple[tuple[str, str], ...]:
    """Add the files of a block's rows, every one of them, to those of its page; return their labels and paths."""
    stem = f"assets/figures/{place.slug}/{block.id}"
    files = {"CSV": f"{stem}.csv", "XLSX": f"{stem}.xlsx", "Parquet": f"{stem}.parquet"}
    told = told_rows(without_noise(rows))
    units = {name: column.unit for name, column in block.columns.items() if column.unit}
    listed = tidy(told, block.unit, str(block.options.get("x_label", "")), units)
    place.assets[files["CSV"]] = csv_text(listed)
    place.assets[files["XLSX"]] = workbook(told, about_block(block, place), units)
    place.assets[files["Parquet"]] = parquet_bytes(listed)
    return tuple(files.items())


def told_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with their states in words, and without a column of series where there is one, unnamed."""
    if "quality" in rows:
        rows = rows.assign(quality=rows["quality"].map({code: s.label.lower() for code, s in value_states().items()}))
    if "series" in rows and rows["series"].astype(str).eq("").all():
        rows = rows.drop(columns="series")
    return rows


def tidy(rows: pd.DataFrame, unit: str, x_label: str = "", units: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the rows with Spanish heads: a chart's with a column for the unit, a table's with the unit in the heads.

    Args:
        rows: What is drawn, states in words.
        unit: Unit of the block.
        x_label: What stands on the x axis, where that is no time.
        units: Units of the columns of a table.
    """
    months = [name for name in rows.columns if grain_of(rows[name]) == "month"]
    drawn = rows.assign(**{str(name): rows[name].dt.strftime("%Y-%m") for name in months})
    measures = [place for place, name in enumerate(rows.columns) if name in _MEASURES]
    if unit and measures:
        drawn.insert(measures[-1] + 1, "unit", unit)
    if {"x", "day"} <= set(drawn.columns):
        drawn.insert(0, "day", drawn.pop("day"))
    heads = {name: head.lower() for name, head in _heads(rows, x_label).items()}
    return drawn.rename(columns=heads | {name: f"{name} ({u})" for name, u in (units or {}).items()})


def _heads(rows: pd.DataFrame, x_label: str) -> dict[str, str]:
    """Return the Spanish heads of the columns of a chart; with `day`, the x axis is only where a value is drawn."""
    heads = _HEADS | ({"x": x_label or _axis(rows["x"])} if "x" in rows else {})
    if {"x", "day"} <= set(rows.columns):
        heads |= {"day": "Fecha", "x": x_label or (_DRAWN if grain_of(rows["x"]) else "En el gráfico")}
    return {name: head for name, head in heads.items() if name in rows or name == "unit"}


def _axis(positions: pd.Series) -> str:
    """Return the head of an x axis that nobody named: moments, numbers or names."""
    if grain_of(positions):
        return _HEADS["x"]
    return "Posición" if is_numeric(positions) else _HEADS["name"]


def without_noise(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows to ten digits: sources give eight, and what a sum of doubles adds behind them is no figure."""
    floats = rows.select_dtypes("float").columns
    return rows.assign(**{name: rows[name].map(lambda value: float(f"{value:.10g}")) for name in floats})


def csv_text(rows: pd.DataFrame) -> str:
    """Return rows as CSV (decimal point, ISO dates)."""
    return str(rows.to_csv(index=False, lineterminator="\n"))


def parquet_bytes(rows: pd.DataFrame) -> bytes:
    """Return exactly what is drawn, as Parquet."""
    table = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)
    times = [f.name for f in table.schema if pa.types.is_timestamp(f.type) or pa.types.is_date(f.type)]
    texts = [f.name for f in table.schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    sink = io.BytesIO()
    # Small files: statistics, Arrow's own schema and dictionaries of numbers would be half of them.
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=15,
        use_dictionary=texts,
        column_encoding=dict.fromkeys(times, "DELTA_BINARY_PACKED"),
        write_statistics=False,
        store_schema=False,
    )
    return sink.getvalue()


def workbook(rows: pd.DataFrame, about: About, units: Mapping[str, str] | None = None) -> bytes:
    """Return a workbook with the rows (sheet `Datos`, states in words) and what they are (sheet `Origen`)."""
    shown = wide(rows, about.x_label, about.unit, units)
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "nan_inf_to_errors": False})
    book.set_properties({"title": about.title, "company": "Portal Energético de Colombia", "created": _CREATED})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {grain: book.add_format({"num_format": form}) for grain, form in _DATES.items()}
    sheet = book.add_worksheet("Datos")
    sheet.freeze_panes(1, 1)
    for column, name in enumerate(shown.columns):
        sheet.write_string(0, column, str(name), head)
        values, grain = _cells(shown[name])
        for row, value in enumerate(values, 1):
            if isinstance(value, dt.date):
                sheet.write_datetime(row, column, value, formats[grain])
            elif isinstance(value, str):
                sheet.write_string(row, column, value)
            elif value is not None:
                sheet.write_number(row, column, value)
        sheet.set_column(column, column, min(max(10, len(str(name)), *(len(str(v)) for v in values[:200])), _WIDEST))
    origin = book.add_worksheet("Origen")
    origin.set_column(0, 0, 22)
    origin.set_column(1, 1, 90, book.add_format({"text_wrap": True, "valign": "top"}))
    for row, (label, words) in enumerate(about.lines()):
        origin.write_string(row, 0, label, book.add_format({"bold": True, "valign": "top"}))
        origin.write_string(row, 1, words)
    book.close()
    return _light(sink.getvalue())


def _light(book: bytes) -> bytes:
    """Return a workbook without the parts that no reader needs: a quarter of ours, written anew each night.

    What is left is a workbook by the standard, whose theme and application properties are optional.
    """
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as full, zipfile.ZipFile(sink, "w") as light:
        for part in full.infolist():
            if not _UNREAD.search(part.filename):
                text = full.read(part).decode()
                kept = text if "/worksheets/" in part.filename else _THEMED.sub("", text)
                light.writestr(part, kept, compresslevel=9)
    return sink.getvalue()


def _cells(column: pd.Series) -> tuple[list[dt.date | float | str | None], str]:
    """Return the values of a column as a workbook holds them, and what its dates are; `2026-11` is its first day."""
    grain, values = grain_of(column), [_plain(value) for value in column]
    texts = [value for value in values if isinstance(value, str)]
    if texts and all(map(_MONTH.fullmatch, texts)) and len(texts) + values.count(None) == len(values):
        return [dt.date.fromisoformat(f"{value}-01") if value else None for value in values], "month"
    dated = "hour" if any(isinstance(value, dt.datetime) for value in values) else "day"
    return values, grain if grain in ("month", "year") else dated


def wide(rows: pd.DataFrame, x_label: str = "", unit: str = "", units: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the rows as a person lays them out: one line a position, one column a series, units in the heads.

    Where a series is drawn under other days than its own (last year's line), its days have a column before its values.
    """
    heads, within = _heads(rows, x_label), f" ({unit})" if unit else ""
    if not set(rows.columns) >= _SERIES or rows.duplicated(["x", "series"]).any():
        measured = {name: heads[name] + within for name in _MEASURES if name in heads}
        labels = {name: spanish.unit_label(u) for name, u in (units or {}).items()}
        return rows.rename(columns=heads | measured | {name: f"{name} ({u})" for name, u in labels.items() if u})
    rows = rows.assign(series=rows["series"].astype(str))
    names, places = list(dict.fromkeys(rows["series"])), rows["x"].drop_duplicates()
    values = rows.pivot(index="x", columns="series", values="value").reindex(index=places)
    days = rows.pivot(index="x", columns="series", values="day").reindex(index=places) if "day" in rows else None
    table = pd.DataFrame({heads["x"]: places.to_numpy()}, index=pd.Index(places))
    for name in names:
        if days is not None and not (days[name].isna() | (days[name] == days.index)).all():
            table[f"Fecha, {name}"] = days[name]
        table[name + within] = values[name]
    if "quality" in rows:
        known = rows.dropna(subset=["quality"]).groupby("x", sort=False)["quality"]
        table[heads["quality"]] = known.agg(lambda words: "; ".join(dict.fromkeys(words))).reindex(places)
    return table.reset_index(drop=True)


def _plain(value: object) -> dt.date | float | str | None:
    """Return a value as a workbook holds it; what is missing is an empty cell, never a zero."""
    if value is None or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, (pd.Timestamp, dt.datetime)):
        moment = pd.Timestamp(value)
        return moment.date() if moment == moment.normalize() else moment.to_pydatetime()
    if isinstance(value, dt.date):
        return value
    if hasattr(value, "__float__") and not isinstance(value, str):
        return float(value)
    return None if value is pd.NA else str(value)
