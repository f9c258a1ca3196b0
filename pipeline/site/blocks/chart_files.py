"""What is drawn, to take away: the rows of a chart or a table as CSV, workbook and Parquet.

All three hold the same rows. The workbook is for people who write reports: one column a series, Spanish heads, and a
sheet that says what the figures are and whose. Same rows, same bytes: nothing in the files tells when they were made.
"""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from pipeline.catalog.schema import Block
from pipeline.catalog.value_states import open_states, value_states, worst
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place
from pipeline.site.page import source_words

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
    "model": "Modelo",
}  # fmt: skip
_WIDEST = 48  # [characters]


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
            ("Estado de los datos", "Sin marca, publicados o definitivos; los demás llevan su palabra."),
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
    stem, rows = f"assets/figures/{place.slug}/{block.id}", without_noise(rows)
    files = {"CSV": f"{stem}.csv", "XLSX": f"{stem}.xlsx", "Parquet": f"{stem}.parquet"}
    place.assets[files["CSV"]] = csv_text(rows)
    place.assets[files["XLSX"]] = workbook(rows, about_block(block, place))
    place.assets[files["Parquet"]] = parquet_bytes(rows)
    return tuple(files.items())


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
    sink = io.BytesIO()
    # Small files: statistics and Arrow's own schema would be half of them.
    pq.write_table(table, sink, compression="zstd", write_statistics=False, store_schema=False)
    return sink.getvalue()


def workbook(rows: pd.DataFrame, about: About) -> bytes:
    """Return a workbook with the rows (sheet `Datos`) and what they are (sheet `Origen`)."""
    shown = wide(rows, about.x_label)
    sink = io.BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "nan_inf_to_errors": False})
    book.set_properties({"title": about.title, "company": "Portal Energético de Colombia", "created": _CREATED})
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "hour": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }
    sheet = book.add_worksheet("Datos")
    sheet.freeze_panes(1, 1)
    for column, name in enumerate(shown.columns):
        sheet.write_string(0, column, str(name), head)
        values = [_plain(v) for v in shown[name]]
        form = formats["hour" if any(isinstance(v, dt.datetime) for v in values) else "day"]
        for row, value in enumerate(values, 1):
            if isinstance(value, dt.date):
                sheet.write_datetime(row, column, value, form)
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
    return sink.getvalue()


def wide(rows: pd.DataFrame, x_label: str = "") -> pd.DataFrame:
    """Return the rows as a person lays them out: one line a position, one column a series, Spanish heads."""
    heads = _HEADS | ({"x": x_label} if x_label else {})
    if not {"x", "series", "value"} <= set(rows.columns) or rows.duplicated(["x", "series"]).any():
        named = rows.rename(columns=heads)
        if "quality" in rows:
            named["Estado"] = rows["quality"].map({code: state.label for code, state in value_states().items()})
        return named
    names = list(dict.fromkeys(rows["series"].astype(str)))
    table = rows.assign(series=rows["series"].astype(str)).pivot(index="x", columns="series", values="value")
    table = table.reindex(index=rows["x"].drop_duplicates(), columns=names)
    if "quality" in rows and rows["quality"].isin(open_states()).any():
        states = rows.groupby("x")["quality"].agg(worst)
        table["Estado"] = [value_states()[str(states[x])].label if states[x] else "" for x in table.index]
    return table.reset_index().rename(columns=heads)


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
