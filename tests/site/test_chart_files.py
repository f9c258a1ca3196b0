"""What is drawn, to take away: the three files hold the same rows and say whose they are."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import pandas as pd
import pyarrow.parquet as pq

from pipeline.catalog.schema import Block
from pipeline.site.blocks import Place, build_block
from pipeline.site.blocks.chart_files import About, parquet_bytes, wide, workbook
from pipeline.site.blocks.sql_table import TableView
from pipeline.site.context import SiteContext
from tests.site.conftest import KPI, board

ABOUT = About("Mezcla", "por día", "GWh", "", "Generación", ("Gene",), "XM", "Datos simulados.")
ROWS = pd.DataFrame(
    {
        "x": pd.to_datetime(["2026-11-15", "2026-11-15", "2026-11-16"]),
        "series": ["Gas", "Solar", "Gas"],
        "value": [3.25, 0.1 + 0.2, 4.0],
        "quality": ["ok", "ok", "provisional"],
    }
)


def cells(book: bytes, sheet: int) -> list[list[str]]:
    """Return the cells of a sheet as text, `-` where there is none."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        shared = re.findall(r"<si><t[^>]*>(.*?)</t></si>", archive.read("xl/sharedStrings.xml").decode())
        text = archive.read(f"xl/worksheets/sheet{sheet}.xml").decode()
    found = []
    for row in re.findall(r"<row [^>]*>(.*?)</row>", text):
        values = {}
        for column, kind, value in re.findall(r'<c r="([A-Z]+)[0-9]+"[^>]*?( t="s")?><v>(.*?)</v></c>', row):
            values[column] = shared[int(value)] if kind else value
        found.append([values.get(chr(65 + i), "-") for i in range(1 + ord(max(values)) - 65)])
    return found


def test_workbook_has_a_column_a_series_and_leaves_what_is_missing_empty() -> None:
    """Solar has no value on the 16th: its cell is empty, not zero; the provisional day is marked."""
    assert cells(workbook(ROWS, ABOUT), 1) == [
        ["Fecha", "Gas", "Solar", "Estado"],
        ["46341", "3.25", "0.3", "Publicado"],
        ["46342", "4", "-", "Preliminar"],
    ]


def test_workbook_says_what_it_holds_and_that_it_is_simulated() -> None:
    """The second sheet carries warning, unit, source and metrics."""
    told = dict(cells(workbook(ROWS, ABOUT), 2))
    assert told["Aviso"] == "Datos simulados."
    assert (told["Unidad"], told["Fuente"], told["Métricas"]) == ("GWh", "XM", "Gene")


def test_equal_rows_are_equal_files() -> None:
    """Nothing in the files tells when they were made."""
    assert workbook(ROWS, ABOUT) == workbook(ROWS.copy(), ABOUT)
    assert parquet_bytes(ROWS) == parquet_bytes(ROWS.copy())


def test_parquet_holds_the_rows_with_full_precision() -> None:
    """Types and values survive, and no index is added."""
    table = pq.read_table(io.BytesIO(parquet_bytes(ROWS)))
    assert table.column_names == ["x", "series", "value", "quality"]
    assert table["value"].to_pylist() == ROWS["value"].tolist()
    assert table["x"][0].as_py() == dt.datetime(2026, 11, 15)


def test_rows_that_are_no_series_keep_their_shape() -> None:
    """A table of a board goes as it is; chart columns get Spanish heads."""
    table = pd.DataFrame({"Planta": ["Guavio"], "Energía": [10.0]})
    assert list(wide(table).columns) == ["Planta", "Energía"]
    forecast = pd.DataFrame({"x": [1], "actual": [2.0], "mean": [3.0]})
    assert list(wide(forecast).columns) == ["Fecha", "Observado", "Pronóstico"]


def test_every_row_of_a_table_goes_into_its_files(site: SiteContext) -> None:
    """The page shows a hundred rows; the files hold them all and the page links them."""
    block = Block.model_validate(
        {"type": "table", "id": "t", "title": "T", "sql": 'SELECT range AS "Número" FROM range(150)'}
    )
    place = Place.on_board(site, board("x", KPI), "tableros/x/")
    view = build_block(block, place)
    assert isinstance(view, TableView)
    assert view.table is not None
    assert len(view.table.rows) == 100
    assert dict(view.files) == {k: f"assets/figures/x/t.{k.lower()}" for k in ("CSV", "XLSX", "Parquet")}
    saved = place.assets["assets/figures/x/t.parquet"]
    assert isinstance(saved, bytes)
    assert pq.read_table(io.BytesIO(saved)).num_rows == 150
