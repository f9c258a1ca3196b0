"""What a board says, as text to take elsewhere: an `index.md` beside the page, and `llms.txt`, which lists them.

The sentences and headline figures of the page, with unit, day, state and source: at most `LIMIT` bytes a board.
Readers carry it into an assistant of their own, which then has our figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import duckdb

from pipeline.catalog.load import HOME, Catalog
from pipeline.catalog.schema import Board
from pipeline.catalog.value_states import word
from pipeline.core import spanish
from pipeline.core.run import RunInfo
from pipeline.site.context import text_environment

LIMIT: Final = 3000  # bytes
INDEX: Final = "llms.txt"
_HEADLINES: Final = (
    "SELECT h.series, i.label, h.value, i.unit, i.decimals, h.day, h.quality, i.compare = 'month' "
    "FROM headline AS h JOIN series_info AS i USING (series) ORDER BY i.ordinal"
)


def page_facts(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    texts: Mapping[str, Mapping[str, object]],
    run: RunInfo,
    templates: Path,
    url: str,
) -> dict[str, bytes]:
    """Return the texts by their address from the root.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        texts: Checked texts of the boards, by slug.
        run: Identity of the run.
        templates: The project's templates.
        url: Public address of the site; empty where it is not known, and then links are relative.
    """
    figures = {
        series: f"{label}: {spanish.quantity(value, unit, decimals)} "
        f"({spanish.period(day, 'monthly' if monthly else 'daily')}; {word(quality).lower()})"
        for series, label, value, unit, decimals, day, quality, monthly in con.execute(_HEADLINES).fetchall()
    }
    environment = text_environment(templates / "texts")
    environment.globals |= {"url": f"{url.rstrip('/')}/" if url else "", "simulated": run.source == "simulated"}
    draw = environment.get_template("tablero.md").render
    boards = [(board, folder_of(board)) for board in catalog.boards.values()]
    tree = {
        f"{folder}index.md": _within(draw, board, folder, texts.get(board.slug, {}), figures)
        for board, folder in boards
    }
    return tree | {INDEX: environment.get_template(INDEX).render(boards=boards).encode()}


def folder_of(board: Board) -> str:
    """Return the folder of the page of a board, from the root."""
    return "" if board.slug == HOME else f"tableros/{board.slug}/"


def _within(
    draw: Callable[..., str], board: Board, folder: str, text: Mapping[str, object], figures: Mapping[str, str]
) -> bytes:
    """Return the text of a board; figures are left out from the last one on, not to pass the limit."""
    told = [figures[name] for name in board.tells if name in figures]
    while True:
        made = draw(board=board, folder=folder, paragraphs=text.get("paragraphs", ()), figures=told).encode()
        if len(made) <= LIMIT or not told:
            return made
        told.pop()
