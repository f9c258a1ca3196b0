"""Block `section`: blocks that stand together, once or once for each row of its query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import pandas as pd

from pipeline.catalog.data_pages import PageBlock
from pipeline.catalog.schema import Block
from pipeline.site.blocks.block_types import Place, block_type, build_block
from pipeline.site.blocks.worded_chart import worded_chart
from pipeline.site.charts import REGISTRY
from pipeline.site.wording import records

#: CSS class (without one its blocks stand where it does), id on the page, what stands in place of its blocks where that
#: says something, and words of a search over the rows of its tables: label, example, nouns, id.
OPTIONS = ("style", "anchor", "empty", "find", "example", "nouns", "list")


@dataclass(frozen=True)
class Placed:
    """A block in its place: its type, what it shows, the row it shares with its neighbours, the level of its title."""

    type: str
    view: object
    row: str = ""
    head: str = "h2"


@dataclass(frozen=True)
class SectionView:
    """Blocks that stand together, in rows, or why there are none."""

    id: str
    title: str
    subtitle: str
    note: str
    empty: str
    rows: tuple[tuple[str, tuple[Placed, ...]], ...]
    option: dict[str, str]


@block_type("section", optional=None, options=("each", *OPTIONS))
def sections(block: Block, rows: pd.DataFrame, place: Place) -> tuple[SectionView, ...] | None:
    """Return a section, or one for each row, whose columns are facts of all that stands in it; None without any."""
    each = str(block.options.get("each", ""))
    found = []
    for row in records(rows) if block.sql else [{}]:
        keys = {**place.keys, each: row[each]} if each else place.keys
        found.append(_section(block, replace(place, words=place.words.over(row), keys=keys)))
    return tuple(view for view in found if view is not None) or None


def _section(block: Block, place: Place) -> SectionView | None:
    """Return a section around its blocks, which are made where nothing is said in their place; None without any."""
    words = place.words
    option = {name: words.text(str(block.options.get(name, ""))) for name in OPTIONS}
    inner = block.blocks if isinstance(block, PageBlock) and not option["empty"] else ()
    inside = [view for each in inner for view in placed(each, place)]
    if not inside and not option["empty"]:
        return None
    return SectionView(
        option["anchor"] or block.id,
        words.text(block.title),
        words.text(block.subtitle),
        words.text(block.note),
        option["empty"],
        tuple((row, tuple(found)) for row, found in groupby(inside, lambda view: view.row)),
        option,
    )


def placed(block: Block, place: Place) -> Iterator[Placed]:
    """Yield what a block shows in its place: one view, none, or with option `each` one for every value of a column."""
    rows = place.rows_of(block)
    each = "" if block.type == "section" else str(block.options.get("each", ""))
    parts = [(block, rows, place)]
    if each:
        parts = [
            (
                block.model_copy(update={"id": str(value)}),
                part,
                replace(place, words=place.words.over(records(part.head(1))[0])),
            )
            for value, part in rows.groupby(each, sort=False)
        ]
    row, head = (str(block.options.get(name, other)) for name, other in (("row", ""), ("head", "h2")))
    for own, mine, there in parts:
        chart = block.type in REGISTRY
        view = worded_chart(own, mine, there) if chart else build_block(own, there, mine)
        if view is not None:
            yield Placed(block.type, view, row, head)
