"""Values as text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd

from pipeline.catalog.schema import Column
from pipeline.site.blocks.chart_files import csv_text
from pipeline.site.blocks.sql_table import sql_table
from pipeline.site.charts import ChartSpec
from pipeline.site.charts.tables import series_table
from pipeline.site.table import cell_text

NBSP = "\u00a0"


def test_cells_are_written_as_colombia_writes_them() -> None:
    """Dates, numbers, words and absences each have one form."""
    assert cell_text(dt.date(2026, 11, 22)) == f"22{NBSP}nov{NBSP}2026"
    assert cell_text(12907.7, "GWh") == "12.907,70"
    assert cell_text(Decimal("1.5"), "%") == "1,5"
    assert cell_text(np.int64(2026), decimals=0) == "2.026"
    assert cell_text(float("nan")) == cell_text(None) == cell_text(pd.NaT) == cell_text(pd.NA) == "—"
    assert cell_text(True) == "sí"


def test_chart_table_is_newest_first_bounded_and_marks_provisional() -> None:
    """The page shows two weeks of values and says how many more the CSV has."""
    frame = pd.DataFrame({"x": pd.date_range("2026-01-01", periods=60), "series": "", "value": 1.0})
    frame["quality"] = ["ok"] * 59 + ["provisional"]
    table = series_table(frame, ChartSpec(id="a", type="line", unit="GWh"))
    assert len(table.rows) == 14
    assert table.rows[0][0].text == f"1{NBSP}mar{NBSP}2026"
    assert [row[0].state for row in table.rows[:2]] == ["provisional", ""]
    assert "14 de 60" in table.note
    assert [h.text for h in table.headers] == ["Fecha", "Valor"]


def test_sql_table_takes_units_from_the_declaration() -> None:
    """A declared column gets its unit in the head and its decimals in the cells."""
    frame = pd.DataFrame({"Planta": ["Guavio"], "Energía": [12.345]})
    table = sql_table(frame, {"Energía": Column(unit="GWh", decimals=1, align=None)})
    assert table.headers[1].unit == "GWh"
    assert table.headers[1].numeric
    assert table.rows[0][1].text == "12,3"


def test_csv_is_exactly_what_is_drawn() -> None:
    """Full precision, decimal point, one line a row."""
    assert csv_text(pd.DataFrame({"x": ["a"], "value": [0.1 + 0.2]})) == "x,value\na,0.30000000000000004\n"
