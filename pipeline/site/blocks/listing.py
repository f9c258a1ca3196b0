"""Blocks `list` and `tally`: an item or a card for each row, in the words of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from pipeline.catalog.schema import Block
from pipeline.catalog.vocabulary import Word
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.wording import records

#: Of a list: CSS class, HTML template of an item, how many are shown, and words: of those left out, of an empty list.
LIST_OPTIONS = ("style", "item", "limit", "more", "empty")
TALLY_COLUMNS = ("code", "n")
TALLY_OPTIONS = ("words", "noun")


@dataclass(frozen=True)
class ListView:
    """A list: its items as HTML, in order of time or not, and what is not shown."""

    id: str
    title: str
    subtitle: str
    style: str
    items: tuple[Markup, ...]
    more: str = ""
    empty: str = ""


@dataclass(frozen=True)
class TallyView:
    """Cards that count: words of a code, and how many there are."""

    cards: tuple[tuple[Word, str], ...]
    noun: str


@block_type("list", optional=None, options=LIST_OPTIONS)
@block_type("chips", optional=None, options=LIST_OPTIONS)
def listing(block: Block, rows: pd.DataFrame, place: Place) -> ListView | None:
    """Return an item for each row."""
    if rows.empty and not block.options.get("empty"):
        return None
    words = place.words
    option = {name: str(block.options.get(name, "")) for name in LIST_OPTIONS}
    limit = int(option["limit"] or len(rows))
    return ListView(
        block.id,
        words.text(block.title),
        words.text(block.subtitle),
        option["style"],
        tuple(
            words.html(option["item"], {**row, "sentence": words.text(block.sentence, row)})
            for row in records(rows.head(limit))
        ),
        words.text(option["more"], {"more": len(rows) - limit}) if len(rows) > limit else "",
        words.text(option["empty"]) if rows.empty else "",
    )


@block_type("tally", TALLY_COLUMNS, optional=None, options=TALLY_OPTIONS)
def tally(block: Block, rows: pd.DataFrame, place: Place) -> TallyView | None:
    """Return a card for each code, in the order of its vocabulary."""
    if rows.empty:
        return None
    known = place.site.catalog.words.get(str(block.options.get("words", "")), {})
    counts = {str(r["code"]): int(str(r["n"])) for r in records(rows)}
    cards = tuple((word, spanish.number(counts[code], 0)) for code, word in known.items() if counts.get(code))
    return TallyView(cards, str(block.options.get("noun", "")))
