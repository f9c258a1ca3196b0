"""A page about the data: a heading and sentences made of one row of facts, then its blocks, and its feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from pipeline.catalog.data_pages import DataPage, Feed, FeedEntries
from pipeline.core.errors import RenderError
from pipeline.site.blocks import TYPES, BlockType, Place
from pipeline.site.blocks.section import placed
from pipeline.site.blocks.worded_chart import OPTIONS as CHART_OPTIONS
from pipeline.site.charts import REGISTRY
from pipeline.site.context import Page, SiteContext, prefix_of
from pipeline.site.page import make_page, source_words
from pipeline.site.pages.feed import Entry, atom
from pipeline.site.wording import Wording, paragraphs, records

#: What the templates of these pages may name besides columns and facts.
SHARED = frozenset({"up", "source", "sentence", "more", "shown", "total"})
#: Of any block here: a column that repeats it, the row it shares with its neighbours, the level of a chart's title.
_ANYWHERE = ("each", "row", "head")


def page_rules() -> dict[str, BlockType]:
    """Return the block types as they stand on these pages, where the words of charts too are templates."""
    rules = {name: replace(kind, options=(*kind.options, *_ANYWHERE)) for name, kind in TYPES.items()}
    charts = {
        name: replace(rules[name], optional=None, options=(*rules[name].options, *CHART_OPTIONS), worded=True)
        for name in REGISTRY
    }
    return rules | charts


def data_page(site: SiteContext, page: DataPage) -> Page:
    """Return a page and its files.

    Raises:
        RenderError: A query, a sentence or a block fails; the message names the page.
    """
    path = f"{page.slug}.md"
    try:
        facts = words_of(site, page, path).over(next(iter(records(site.query(page.sql))), {}))
        place = replace(Place.of(site, page.slug, page.title, f"{page.slug}/"), words=facts)
        values = shown(page, place, page.eyebrow or page.title)
        if page.feed:
            place.assets[page.feed.file] = _feed(place, page.feed)
    except RenderError as error:
        raise RenderError(error.message, hint=error.hint, **(error.context | {"page": page.slug})) from error
    return make_page(site, path, "data", page.title, page.description, values, place.assets, kind=page.kind)


def words_of(site: SiteContext, page: DataPage, path: str) -> Wording:
    """Return the templates of a page that is written to `path`."""
    return Wording(site.catalog, prefix_of(path), {"source": source_words(site)}, page.phrases)


def shown(page: DataPage, place: Place, title: str) -> dict[str, object]:
    """Return what a page says and shows; the words of its place are over its facts."""
    facts = place.words
    return {
        "title": title,
        "headline": facts.text(page.headline),
        "answer": list(answer_of(place.site, page, facts)),
        "meta": facts.html(page.meta),
        "views": [view for block in page.blocks for view in placed(block, place)],
        "method": paragraphs(page.method),
    }


def answer_of(site: SiteContext, page: DataPage, facts: Wording) -> Iterator[tuple[str, str]]:
    """Yield style and words of each paragraph that says something."""
    for paragraph in page.answer:
        rows = records(site.query(paragraph.sql)) if paragraph.sql else [{}]
        said = [told for row in rows if (told := facts.text(paragraph.text, row))]
        for told in [" ".join(said)] if paragraph.joined and said else said:
            yield paragraph.style, told


def _feed(place: Place, feed: Feed) -> str:
    entries = [entry for told in feed.entries for entry in _entries(told, place.words, place.site.query(told.sql))]
    return atom(place.site, feed.file, feed.title, feed.subtitle, place.address, entries)


def _entries(told: FeedEntries, facts: Wording, rows: pd.DataFrame) -> Iterator[Entry]:
    """Yield an entry for each row, or with `each` for each value of a column."""
    groups: dict[object, list[dict[str, object]]] = {}
    for number, line in enumerate(records(rows)):
        groups.setdefault(line[told.each] if told.each else number, []).append(line)
    for group in groups.values():
        first = group[0]
        yield Entry(
            facts.text(told.key, first),
            facts.text(told.title, first),
            " ".join(facts.text(told.text, line) for line in group),
            facts.text(told.link, first),
            pd.Timestamp(str(first["day"])).date(),
        )
