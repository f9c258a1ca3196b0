"""Block `table`: the rows of a query as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.catalog.schema import Block, Column
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.blocks.chart_files import save_rows
from pipeline.site.blocks.kpi import TONES
from pipeline.site.table import Cell, Header, Table, cell_text, is_numeric, shown_note

TABLE_ROWS = 100


@dataclass(frozen=True)
class TableView:
    """A table block."""

    id: str
    title: str
    subtitle: str
    note: str
    table: Table | None = None
    empty: str = ""
    files: tuple[tuple[str, str], ...] = ()


@block_type("table", optional=None, options=("limit",), worded=True)
def table(block: Block, rows: pd.DataFrame, place: Place) -> TableView:
    """Return the first rows of a query, or why there are none; its files hold them all."""
    if rows.empty:
        return TableView(block.id, block.title, block.subtitle, block.note, empty=place.missing(block))
    shown = sql_table(rows, block.columns, int(block.options.get("limit", TABLE_ROWS)))
    return TableView(block.id, block.title, block.subtitle, block.note, shown, files=save_rows(block, rows, place))


def sql_table(rows: pd.DataFrame, columns: Mapping[str, Column], limit: int | None = None) -> Table:
    """Return any query result as a table; a column's declaration gives unit and decimals."""
    shown = rows if limit is None else rows.head(limit)
    heads: list[Header] = []
    cells: list[list[Cell]] = []
    for name in rows.columns:
        declared = columns.get(str(name), Column(unit=None, decimals=None, align=None))
        numeric = is_numeric(rows[name])
        right = numeric if declared.align is None else declared.align == "right"
        heads.append(Header(str(name), spanish.unit_label(declared.unit or ""), numeric=right))
        texts = [cell_text(v, declared.unit or "", declared.decimals) for v in shown[name]]
        cells.append([Cell(t, tone=TONES.get(t, "none") if declared.light else "") for t in texts])
    body = tuple(zip(*cells, strict=True)) if cells else ()
    return Table(tuple(heads), body, len(rows), shown_note(len(shown), len(rows)))
