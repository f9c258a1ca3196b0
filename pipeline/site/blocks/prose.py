"""Blocks `summary` and `text`: the checked text of a board, or paragraphs of its declaration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.catalog.schema import Block
from pipeline.site.blocks.audit import TextAudit, audit_of
from pipeline.site.blocks.block_types import Place, block_type


@dataclass(frozen=True)
class TextView:
    """A text block: paragraphs, how many figures it shows, which model made its plan if any, and what it stands on.

    `headline` is the answer in a few words, without a full stop.
    """

    id: str
    title: str
    paragraphs: tuple[str, ...]
    checked: int = 0
    model: str = ""
    audit: TextAudit | None = None
    empty: str = ""
    link: tuple[str, str] | None = None
    headline: str = ""


@block_type("summary", optional=None)
def summary(block: Block, rows: pd.DataFrame, place: Place) -> TextView:
    """Return what a query says in its first column, else the text written about the board."""
    if block.sql:
        return TextView(block.id, block.title, tuple(str(v) for v in rows.iloc[:, 0].dropna()) if len(rows) else ())
    return text_view(place.site.texts.get(place.slug), block.id, block.title)


@block_type("text", optional=None, options=("board",))
def text(block: Block, rows: pd.DataFrame, place: Place) -> TextView:
    """Return the paragraphs of a query or of the declaration; option `board` links to another board."""
    if block.sql:
        return summary(block, rows, place)
    other = place.site.catalog.boards.get(str(block.options.get("board", "")))
    link = (f"tableros/{other.slug}/", f"Ver el tablero {other.title}") if other else None
    return TextView(block.id, block.title, tuple(p for p in block.note.split("\n\n") if p.strip()), link=link)


def text_view(text: Mapping[str, object] | None, block_id: str, title: str) -> TextView:
    """Return a board's narrative text; without one the page says so instead of leaving a hole."""
    raw = (text or {}).get("paragraphs")
    paragraphs = tuple(str(p) for p in raw) if isinstance(raw, (list, tuple)) else ()
    if text is None or not paragraphs:
        return TextView(block_id, title, (), empty="El resumen de este tablero aún no se ha escrito.")
    checked = text.get("checked_figures")
    written = str(text.get("model", "")) if text.get("origin") == "modelo" else ""
    return TextView(
        block_id,
        title,
        paragraphs,
        checked if isinstance(checked, int) else 0,
        written,
        audit_of(text),
        headline=str(text.get("headline", "")),
    )
