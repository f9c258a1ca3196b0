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
from pipeline.site.blocks.chart_files import About, csv_text, parquet_bytes, tidy, told_rows, wide, workbook
from pipeline.site.blocks.sql_table import TableView
from pipeline.site.context import SiteContext
from tests.site.conftest import KPI, board

ABOUT = About("Mezcla", "por día", "GWh", "", "Generación", ("Gene",), "XM", "Datos simulados.")
ROWS = pd.DataFrame(
    {
        "x": pd.to_datetime(["2026-11-15", "2026-11-15", "2026-11-16"]),
        "series": ["Gas", "Solar", "Gas"],
        "value": [3.25, 0.1 + 0.2, 4.0],
        "quality": ["Publicado", "Publicado", "Preliminar"],
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
        ["Fecha", "Gas (GWh)", "Solar (GWh)", "Estado"],
        ["46341", "3.25", "0.3", "Publicado"],
        ["46342", "4", "-", "Preliminar"],
    ]


def test_workbook_is_whole_without_the_parts_that_no_reader_needs() -> None:
    """What a part names is there, no font leans on a theme, and a closed set of parts is all there is."""
    with zipfile.ZipFile(io.BytesIO(workbook(ROWS, ABOUT))) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    named = set(re.findall(r'PartName="/([^"]+)"', parts["[Content_Types].xml"]))
    named |= {f"xl/{target}" for target in re.findall(r'Target="([^"]+)"', parts["xl/_rels/workbook.xml.rels"])}
    named |= set(re.findall(r'Target="([^"]+)"', parts["_rels/.rels"]))
    assert {name for name in parts if not name.endswith(".rels") and name != "[Content_Types].xml"} == named
    assert not [name for name, text in parts.items() if re.search(r"theme(?!Version)|scheme val", text)]


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
    forecast = pd.DataFrame({"x": pd.to_datetime(["2026-11-15"]), "actual": [2.0], "mean": [3.0]})
    assert list(wide(forecast, unit="GWh").columns) == ["Fecha", "Observado (GWh)", "Pronóstico (GWh)"]
    assert list(tidy(forecast, "GWh").columns) == ["fecha", "observado", "pronóstico", "unidad"]
    assert list(tidy(table, "", units={"Energía": "GWh"}).columns) == ["Planta", "Energía (GWh)"]
    assert list(wide(table, units={"Energía": "MCOP"}).columns) == ["Planta", "Energía (millones de COP)"]


PAIR = pd.DataFrame(
    {
        "x": pd.to_datetime(["2026-11-15", "2026-11-16", "2026-11-15", "2026-11-16"]),
        "day": pd.to_datetime(["2026-11-15", "2026-11-16", "2025-11-16", "2025-11-17"]),
        "series": ["Último año"] * 2 + ["Un año antes"] * 2,
        "value": [1.0, 2.0, 3.0, 4.0],
    }
)


def test_the_days_of_both_sides_of_a_comparison_are_their_own() -> None:
    """Last year's line is drawn under this year's days and saved under its own (in CSV and in the workbook)."""
    assert csv_text(tidy(PAIR, "GWh")).splitlines()[:4:3] == [
        "fecha,fecha en el gráfico,serie,valor,unidad",
        "2025-11-16,2026-11-15,Un año antes,3.0,GWh",
    ]
    shown = wide(PAIR, unit="GWh")
    assert list(shown.columns) == [
        "Fecha en el gráfico", "Último año (GWh)", "Fecha, Un año antes", "Un año antes (GWh)",
    ]  # fmt: skip
    assert list(shown["Fecha, Un año antes"].dt.strftime("%Y-%m-%d")) == ["2025-11-16", "2025-11-17"]


def test_an_axis_without_a_name_is_called_for_what_stands_on_it() -> None:
    """Moments, numbers, names; `./inv check` asks for the name of the last two."""
    axes = (pd.to_datetime(["2026-11-15"]), [0.5, 7], ["Antioquia", "Caribe"])
    heads = [tidy(pd.DataFrame({"x": list(x), "value": 1.0}), "").columns[0] for x in axes]
    assert heads == ["fecha", "posición", "nombre"]


def test_a_month_is_a_month_in_every_file() -> None:
    """`2026-11` in the CSV, a real date with a format of months in the workbook; one position alone stays a day."""
    rows = pd.DataFrame({"x": pd.to_datetime(["2026-10-01", "2026-11-01"]), "value": [1.0, 2.0]})
    assert csv_text(tidy(rows, "%")) == "fecha,valor,unidad\n2026-10,1.0,%\n2026-11,2.0,%\n"
    months = pd.DataFrame({"Mes": ["2026-10", "2026-11"], "Suma": [1.0, 2.0]})
    for table in (rows, months):
        assert [line[0] for line in cells(workbook(table, ABOUT), 1)[1:]] == ["46296", "46327"]
    assert csv_text(tidy(rows[1:], "%")).endswith("2026-11-01,2.0,%\n")


def test_states_are_told_in_the_words_of_the_pages(site: SiteContext) -> None:
    """The word as the files of series have it, and a column of one unnamed series is left out."""
    rows = pd.DataFrame({"series": ["", ""], "value": [1.0, 2.0], "quality": ["ok", "provisional"]})
    told = told_rows(rows)
    assert told.to_dict("list") == {"value": [1.0, 2.0], "quality": ["publicado", "preliminar"]}


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
