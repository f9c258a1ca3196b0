"""Block `worded_table`: a table whose cells are templates over the columns of its query."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.catalog.schema import Block
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.table import Cell, Header, Table
from pipeline.site.wording import Wording, records

#: Caption; words of an empty table (without them it leaves no trace) and under one that shows fewer rows than there
#: are; rows shown; CSS classes of section and table; whether it stands in the section before, folded or not.
OPTIONS = ("caption", "empty", "shown", "limit", "style", "table", "under", "fold")


@dataclass(frozen=True)
class WordedTableView:
    """A table in words, the tables under it, and what is said where it has no rows."""

    id: str
    title: str
    subtitle: str
    note: str
    caption: str
    table: Table | None
    empty: str = ""
    style: str = "tableblock"
    dress: str = ""
    under: bool = False
    fold: bool = False
    parts: tuple[WordedTableView, ...] = ()


@block_type("worded_table", optional=None, options=("each", *OPTIONS), worded=True)
def worded_table(block: Block, rows: pd.DataFrame, place: Place) -> WordedTableView | None:
    """Return the table of a query."""
    if rows.empty and not block.options.get("empty"):
        return None
    words = place.words
    option = {name: str(block.options.get(name, "")) for name in OPTIONS}
    return WordedTableView(
        block.id,
        words.text(block.title),
        words.text(block.subtitle),
        words.text(block.note),
        words.text(option["caption"]),
        None if rows.empty else _table(block, words, rows, option["shown"]),
        words.text(option["empty"]) if rows.empty else "",
        option["style"] or "tableblock",
        option["table"],
        bool(block.options.get("under")),
        bool(block.options.get("fold")),
    )


def _table(block: Block, words: Wording, rows: pd.DataFrame, shown: str) -> Table:
    kept = records(rows.head(int(block.options.get("limit", len(rows)))))
    heads = tuple(
        Header(name, spanish.unit_label(column.unit or ""), numeric=column.align == "right")
        for name, column in block.columns.items()
    )
    body = tuple(
        tuple(Cell(words.html(column.text, row) or column.empty) for column in block.columns.values()) for row in kept
    )
    counts = {"shown": len(body), "total": len(rows)}
    return Table(heads, body, len(rows), words.text(shown, counts) if len(body) < len(rows) else "")
