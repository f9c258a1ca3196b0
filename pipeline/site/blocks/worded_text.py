"""Block `worded_text`: paragraphs that are templates."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from pipeline.catalog.schema import Block
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.wording import paragraphs, records

#: CSS class, and the last paragraph, in small.
OPTIONS = ("style", "foot")


@dataclass(frozen=True)
class WordedTextView:
    """Paragraphs, the last one small."""

    id: str
    title: str
    style: str
    paragraphs: tuple[Markup, ...]
    foot: Markup


@block_type("worded_text", optional=None, options=OPTIONS)
def worded_text(block: Block, rows: pd.DataFrame, place: Place) -> WordedTextView | None:
    """Return the paragraphs of `note` and a `sentence` for each row; a text that says nothing is left out."""
    words = place.words
    told = [words.html(part) for part in paragraphs(block.note)]
    told += [words.html(block.sentence, row) for row in records(rows)]
    said = tuple(paragraph for paragraph in told if paragraph)
    foot = words.html(str(block.options.get("foot", "")))
    style = str(block.options.get("style", "prose"))
    return WordedTextView(block.id, words.text(block.title), style, said, foot) if said or foot else None
