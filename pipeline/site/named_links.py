"""Names in tables as ways to their pages: one rule for every table of every page.

A column is of a kind of named things where its head is one of those that the kind declares (`heads`), and a cell leads
to the page of the one that its text stands for, or the code beside it in a column of codes. A code of XM, or a name in
its capitals, gives way to the name; the code stays on hover, where the table has no column of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.site.table import Table

CODE = "Código"
_TEXTS = (
    "SELECT text, shown, folder || '/' || slug || '/', coalesce(code, '') FROM named_text JOIN named_kind USING (kind) "
    "WHERE kind = ? ORDER BY text"
)


@dataclass(frozen=True)
class NamedPage:
    """What a text stands for: the name to show, the address of its page from the root, its code at XM."""

    shown: str
    address: str
    code: str


#: Head of a column → text of a cell, or code beside it → what it stands for.
NamedPages = Mapping[str, Mapping[str, NamedPage]]


def read_named(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> NamedPages:
    """Return what the texts of tables stand for, of everything that has a page."""
    found: dict[str, dict[str, NamedPage]] = {}
    for directory in catalog.directories.values():
        rows = con.execute(_TEXTS, [directory.shows]).fetchall()
        pages = {text: NamedPage(*page) for text, *page in rows}
        found |= dict.fromkeys(directory.heads, pages)
    return found


def linked(table: Table, named: NamedPages, up: str) -> Table:
    """Return a table whose names lead to their pages.

    Args:
        table: As it was made.
        named: What texts stand for.
        up: Way from its page to the root of the site.
    """
    heads = [head.text for head in table.headers]
    kinds = [named.get(head, {}) for head in heads]
    if not any(kinds):
        return table
    whose = next(place for place, kind in enumerate(kinds) if kind)  # the column that the codes are of
    rows = []
    for row in table.rows:
        cells = list(row)
        for place, (cell, kind) in enumerate(zip(row, kinds, strict=True)):
            code = row[heads.index(CODE)].text if CODE in heads and place == whose else ""
            own = kind.get(cell.text)
            if page := kind.get(code) or own:
                hint = "" if CODE in heads or page.code == page.shown else page.code
                shown = own.shown if own else cell.text
                cells[place] = replace(cell, text=shown, href=f"{up}{page.address}", hint=hint)
        rows.append(tuple(cells))
    return replace(table, rows=tuple(rows))
