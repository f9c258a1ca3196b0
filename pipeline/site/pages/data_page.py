"""A page about the data: a heading and sentences made of one row of facts, then its blocks, and its feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from pipeline.catalog.data_pages import DataPage, Feed
from pipeline.catalog.schema import Block
from pipeline.core.errors import RenderError
from pipeline.site.blocks.chart_files import csv_text
from pipeline.site.blocks.heat import COLUMNS as HEAT_COLUMNS
from pipeline.site.blocks.heat import OPTIONS as HEAT_OPTIONS
from pipeline.site.blocks.heat import HeatView, heat_view
from pipeline.site.blocks.listing import (
    LIST_OPTIONS,
    TALLY_COLUMNS,
    TALLY_OPTIONS,
    ListView,
    TallyView,
    list_view,
    tally_view,
)
from pipeline.site.blocks.registry import BlockRule
from pipeline.site.blocks.worded_table import OPTIONS as TABLE_OPTIONS
from pipeline.site.blocks.worded_table import WordedTableView, worded_table
from pipeline.site.context import Assets, Page, SiteContext, prefix_of
from pipeline.site.page import make_page, source_words
from pipeline.site.pages.board import paragraphs
from pipeline.site.pages.feed import Entry, atom
from pipeline.site.wording import Wording, records

#: Rules of the block types of these pages, and what their templates may name besides columns and facts.
RULES = {
    "worded_table": BlockRule(optional=None, options=("each", *TABLE_OPTIONS), worded=True),
    "list": BlockRule(optional=None, options=LIST_OPTIONS),
    "tally": BlockRule(TALLY_COLUMNS, None, TALLY_OPTIONS),
    "heat": BlockRule(HEAT_COLUMNS, None, HEAT_OPTIONS),
}
SHARED = frozenset({"up", "source", "sentence", "more", "shown", "total"})
View = WordedTableView | HeatView | ListView | TallyView


def data_page(site: SiteContext, page: DataPage) -> Page:
    """Return a page and its files.

    Raises:
        RenderError: A query, a sentence or a block fails; the message names the page.
    """
    path = f"{page.slug}.md"
    words = Wording(site.catalog, prefix_of(path), {"source": source_words(site)})
    assets: Assets = {}
    try:
        facts = words.over(next(iter(records(site.query(page.sql))), {}))
        values: dict[str, object] = {
            "title": page.title,
            "headline": facts.text(page.headline),
            "answer": list(_answer(site, page, facts)),
            "meta": facts.html(page.meta),
            "views": _joined(view for block in page.blocks for view in _views(site, page, block, facts, assets)),
            "method": paragraphs(page.method),
        }
        if page.feed:
            assets[page.feed.file] = _feed(site, page.slug, page.feed, facts)
    except RenderError as error:
        raise RenderError(error.message, hint=error.hint, **(error.context | {"page": page.slug})) from error
    return make_page(site, path, "data", page.title, page.description, values, assets, kind=page.kind)


def _answer(site: SiteContext, page: DataPage, facts: Wording) -> Iterator[tuple[str, str]]:
    """Yield style and words of each paragraph that says something."""
    for paragraph in page.answer:
        for row in records(site.query(paragraph.sql)) if paragraph.sql else [{}]:
            if said := facts.text(paragraph.text, row):
                yield paragraph.style, said


def _views(
    site: SiteContext, page: DataPage, block: Block, facts: Wording, assets: Assets
) -> Iterator[tuple[str, View]]:
    """Yield what a block shows: one view, none, or with option `each` one for every value of a column."""
    rows = site.query(block.sql)
    each = str(block.options.get("each", ""))
    if not each:
        view = _view(site, page, block, facts, rows, assets)
        if view is not None:
            yield block.type, view
        return
    for value, part in rows.groupby(each, sort=False):
        first = facts.over(records(part.head(1))[0])
        view = _view(site, page, block.model_copy(update={"id": str(value)}), first, part, assets)
        if view is not None:
            yield block.type, view


def _view(
    site: SiteContext, page: DataPage, block: Block, words: Wording, rows: pd.DataFrame, assets: Assets
) -> View | None:
    """Return the view of a block over its rows; one without rows and without words for that is left out."""
    if rows.empty and not block.options.get("empty"):
        return None
    match block.type:
        case "worded_table":
            return worded_table(block, words, rows)
        case "list":
            return list_view(block, words, rows)
        case "tally":
            return tally_view(block, words, rows)
        case "heat":
            files = {f"assets/figures/{page.slug}/{name}.csv": sql for name, sql in block.files.items()}
            assets.update({path: csv_text(site.query(sql)) for path, sql in files.items()})
            return heat_view(block, words, rows, tuple(("CSV", path) for path in files))
        case _:
            raise RenderError(f"No block of a page about the data is called {block.type!r}", hint="mend its type")


def _joined(views: Iterator[tuple[str, View]]) -> list[tuple[str, View]]:
    """Put each table that stands under another into it."""
    found: list[tuple[str, View]] = []
    for kind, view in views:
        above = found[-1][1] if found else None
        if isinstance(view, WordedTableView) and view.under and isinstance(above, WordedTableView):
            found[-1] = (kind, replace(above, parts=(*above.parts, view)))
        else:
            found.append((kind, view))
    return found


def _feed(site: SiteContext, slug: str, feed: Feed, facts: Wording) -> str:
    entries = [
        Entry(
            facts.text(told.key, row),
            facts.text(told.title, row),
            facts.text(told.text, row),
            facts.text(told.link, row),
            pd.Timestamp(str(row["day"])).date(),
        )
        for told in feed.entries
        for row in records(site.query(told.sql))
    ]
    return atom(site, feed.file, feed.title, feed.subtitle, f"{slug}/", entries)
