"""A page about the data: a heading and sentences made of one row of facts, then its blocks, and its feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from pipeline.catalog.data_pages import DataPage, Feed
from pipeline.catalog.schema import Block
from pipeline.core.errors import RenderError
from pipeline.site.blocks import Place, View, build_block
from pipeline.site.blocks.worded_table import WordedTableView
from pipeline.site.context import Page, SiteContext
from pipeline.site.page import make_page
from pipeline.site.pages.board import paragraphs
from pipeline.site.pages.feed import Entry, atom
from pipeline.site.wording import Wording, records

#: What the templates of these pages may name besides columns and facts.
SHARED = frozenset({"up", "source", "sentence", "more", "shown", "total"})


def data_page(site: SiteContext, page: DataPage) -> Page:
    """Return a page and its files.

    Raises:
        RenderError: A query, a sentence or a block fails; the message names the page.
    """
    path = f"{page.slug}.md"
    place = Place.of(site, page.slug, page.title, f"{page.slug}/")
    try:
        facts = place.words.over(next(iter(records(site.query(page.sql))), {}))
        place = replace(place, words=facts)
        values: dict[str, object] = {
            "title": page.title,
            "headline": facts.text(page.headline),
            "answer": list(_answer(site, page, facts)),
            "meta": facts.html(page.meta),
            "views": _joined(view for block in page.blocks for view in _views(block, place)),
            "method": paragraphs(page.method),
        }
        if page.feed:
            place.assets[page.feed.file] = _feed(site, page.slug, page.feed, facts)
    except RenderError as error:
        raise RenderError(error.message, hint=error.hint, **(error.context | {"page": page.slug})) from error
    return make_page(site, path, "data", page.title, page.description, values, place.assets, kind=page.kind)


def _answer(site: SiteContext, page: DataPage, facts: Wording) -> Iterator[tuple[str, str]]:
    """Yield style and words of each paragraph that says something."""
    for paragraph in page.answer:
        for row in records(site.query(paragraph.sql)) if paragraph.sql else [{}]:
            if said := facts.text(paragraph.text, row):
                yield paragraph.style, said


def _views(block: Block, place: Place) -> Iterator[tuple[str, View]]:
    """Yield what a block shows: one view, none, or with option `each` one for every value of a column."""
    each = str(block.options.get("each", ""))
    if not each:
        built = [build_block(block, place)]
    else:
        built = [
            build_block(
                block.model_copy(update={"id": str(value)}),
                replace(place, words=place.words.over(records(part.head(1))[0])),
                part,
            )
            for value, part in place.site.query(block.sql).groupby(each, sort=False)
        ]
    yield from ((block.type, view) for view in built if view is not None)


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
