"""The calculator of a household bill: a table of what a kWh costs, part by part, that the browser multiplies.

Without JavaScript the block is that table. With it, a reader writes the month's consumption and, if the bill at hand
says it, what the data do not hold; the browser multiplies and adds, nothing else (site_src/js/calculadora.js).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.catalog.schema import Block
from pipeline.core.errors import RenderError
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.blocks.chart_files import save_rows
from pipeline.site.blocks.sql_table import sql_table
from pipeline.site.table import Table

#: Columns of the query: name of the part, and its lowest, last and highest value [COP/kWh]. The last row is the sum.
COLUMNS = ("Parte", "Mes más barato", "Último mes", "Mes más caro")


@dataclass(frozen=True)
class BillView:
    """The calculator: the table, the same figures for the browser, and the consumption it opens with [kWh]."""

    id: str
    title: str
    subtitle: str
    note: str
    table: Table | None = None
    parts: str = ""
    kwh: int = 0
    empty: str = ""
    files: tuple[tuple[str, str], ...] = ()


@block_type("bill", COLUMNS, optional=None, options=("kwh",), worded=True)
def bill(block: Block, rows: pd.DataFrame, place: Place) -> BillView:
    """Return the calculator over the rows of its query.

    Raises:
        RenderError: The query lacks a column, or a part has no value.
    """
    base = BillView(block.id, block.title, block.subtitle, block.note, kwh=int(block.options.get("kwh", 150)))
    if rows.empty:
        return replace(base, empty=place.missing(block))
    lacking = [name for name in COLUMNS if name not in rows]
    if lacking:
        raise RenderError("A calculator lacks columns", hint="mend its SQL", columns=", ".join(lacking))
    parts = [[str(row[COLUMNS[0]]), *(float(row[name]) for name in COLUMNS[1:])] for row in rows.to_dict("records")]
    if any(not math.isfinite(value) for part in parts for value in part[1:] if isinstance(value, float)):
        raise RenderError("A part of the bill has no value", hint="leave out of the SQL what is not known")
    figures, shown = json.dumps(parts, ensure_ascii=False), sql_table(rows, block.columns)
    return replace(base, table=shown, parts=figures, files=save_rows(block, rows, place))
