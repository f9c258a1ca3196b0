"""Block `worded_table`: a table whose cells are templates over the columns of its query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.catalog.schema import Block
from pipeline.core import spanish
from pipeline.core.errors import RenderError
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.table import Cell, Header, Table
from pipeline.site.wording import Row, Wording, records

#: Caption; words of an empty table (without them it leaves no trace) and under one that shows fewer rows than there
#: are; rows shown; CSS classes of section, table and frame; whether it is folded; what a search finds a row by.
OPTIONS = ("caption", "empty", "shown", "limit", "style", "table", "frame", "fold", "search")


@dataclass(frozen=True)
class WordedTableView:
    """A table in words, and what is said where it has no rows."""

    id: str
    title: str
    subtitle: str
    note: str
    caption: str
    table: Table | None
    empty: str = ""
    style: str = "tableblock"
    dress: str = ""
    frame: str = ""
    fold: bool = False


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
        None if rows.empty else _table(block, words, rows),
        words.text(option["empty"]) if rows.empty else "",
        option["style"] or "tableblock",
        option["table"],
        option["frame"],
        bool(block.options.get("fold")),
    )


def _table(block: Block, words: Wording, rows: pd.DataFrame) -> Table:
    shown, search = (str(block.options.get(name, "")) for name in ("shown", "search"))
    kept = records(rows.head(int(block.options.get("limit", len(rows)))))
    columns = {name: [words.html(column.text, row) for row in kept] for name, column in block.columns.items()}
    shown_columns = [(n, c) for n, c in block.columns.items() if any(columns[n]) or not c.optional]
    heads = tuple(
        Header(
            column.title or name,
            _small(block, name, column.small, words, kept) or spanish.unit_label(column.unit or ""),
            numeric=column.align == "right",
        )
        for name, column in shown_columns
    )
    cells = ([Cell(text or column.empty) for text in columns[name]] for name, column in shown_columns)
    body = tuple(zip(*cells, strict=True))
    counts = {"shown": len(body), "total": len(rows)}
    note = words.text(shown, counts) if len(body) < len(rows) else ""
    return Table(heads, body, len(rows), note, tuple(words.text(search, row) for row in kept) if search else ())


def _small(block: Block, name: str, small: str, words: Wording, rows: Sequence[Row]) -> str:
    """Return what stands small under a heading, such as the unit of its column: the same whichever row is asked.

    Raises:
        RenderError: Rows say different things: a heading would put the unit of one on the figures of all.
    """
    said = sorted({words.text(small, row) for row in rows}) if small else [""]
    if len(said) > 1:
        raise RenderError(
            "A heading speaks for every row, and the rows differ",
            hint="write the unit beside each figure",
            block=block.id, column=name, said=said,
        )  # fmt: skip
    return said[0]
