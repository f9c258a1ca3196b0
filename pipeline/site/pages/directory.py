"""Pages of named things: one for each plant, river or agent, from queries that are run once for all of a kind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import duckdb
import numpy as np
import pandas as pd

from pipeline.catalog.directories import Directory
from pipeline.core.errors import RenderError
from pipeline.site.blocks import Place
from pipeline.site.blocks.locator import OUTLINE, country
from pipeline.site.context import Page, SiteContext, row_hashes
from pipeline.site.page import make_page
from pipeline.site.pages.data_page import shown, words_of
from pipeline.site.wording import Row, Wording, records
from pipeline.site.writer import Job, key_of
from pipeline.store.sql import literal

_OWNER = "thing"


@dataclass(frozen=True)
class _Parted:
    """The rows of a query, and where those of each thing are; None where they are of all."""

    rows: pd.DataFrame
    hashes: np.ndarray
    places: Mapping[str, list[int]] | None

    @classmethod
    def of(cls, rows: pd.DataFrame) -> _Parted:
        """Return the rows of a query."""
        places: dict[str, list[int]] = {}
        for place, owner in enumerate(rows.get(_OWNER, ())):
            places.setdefault(str(owner), []).append(place)
        # Plain objects: thousands of small parts are taken of them, which is slow of columns that Arrow holds.
        plain = rows.astype({name: object for name, kind in rows.dtypes.items() if kind == "string"})
        return cls(plain, row_hashes(rows), places if _OWNER in rows else None)

    def part(self, thing: str) -> pd.DataFrame:
        """Return what a thing has of the rows."""
        return self.rows if self.places is None else self.rows.iloc[self.places.get(thing, [])]

    def digest(self, thing: str) -> str:
        """Return a hash of what a thing has of the rows."""
        found = range(len(self.rows)) if self.places is None else self.places.get(thing, [])
        return hashlib.sha256(np.sort(self.hashes[np.array(found, dtype=int)]).tobytes()).hexdigest()


def directory_jobs(site: SiteContext, common: str, directories: Iterable[Directory]) -> Iterator[Job]:
    """Yield the pages of named things, each keyed by its declaration and its own rows."""
    for directory in directories:
        yield from _jobs_of(site, directory, common)


def outline_job(site: SiteContext) -> Job:
    """Return the outline of the country that the pages of places share."""
    outlines = country(site)
    return Job(OUTLINE, key_of(outlines), lambda: Page(OUTLINE, outlines))


def _jobs_of(site: SiteContext, directory: Directory, common: str) -> Iterator[Job]:
    declared = directory.model_dump_json(exclude={"also", "moved"})
    common = key_of(common, declared, repr(site.catalog.words), repr(site.catalog.metrics))
    words = words_of(site, directory, f"{directory.slug}/x.md")
    kind = literal(directory.shows)
    site.con.execute(f"CREATE OR REPLACE TEMP TABLE shown_kind AS FROM named_kind WHERE kind = {kind}")
    found = {sql: _rows(site, sql) for _, sql in directory.queries()}
    parted = {sql: rows for sql, rows in found.items() if isinstance(rows, _Parted)}
    faults = [rows for rows in found.values() if isinstance(rows, str)]
    things = {str(row[_OWNER]): row for row in records(site.query(directory.sql))}
    for thing, row in things.items():
        also = list(directory.also.get(thing, ()))
        key = key_of(common, repr(also), *(rows.digest(thing) for rows in parted.values()), *faults)
        facts = words.over({**row, "also": also, "folder": directory.slug})
        yield Job(f"{directory.slug}/{row['slug']}", key, partial(_thing_page, site, directory, facts, row, parted))
    taken = {row["slug"] for row in things.values()}
    for old, thing in directory.moved.items():
        if thing in things and old not in taken:  # whoever has the address now keeps it
            facts = words.over(things[thing])
            key = key_of(common, old, facts.text(directory.title), str(things[thing]["slug"]))
            yield Job(f"{directory.slug}/{old}", key, partial(_moved_page, site, directory, old, facts))


def _rows(site: SiteContext, sql: str) -> _Parted | str:
    """Return the rows of a query, or the fault of one that fails: each page will tell it and stay as it was."""
    try:
        return _Parted.of(site.query(sql))
    except duckdb.Error as error:
        return str(error)


def _thing_page(
    site: SiteContext, directory: Directory, facts: Wording, row: Row, parted: Mapping[str, _Parted]
) -> Page:
    """Return the page of a thing, which has no file beside it.

    Raises:
        RenderError: A query, a sentence or a block fails; the message names the page.
    """
    own = replace(site, kept={sql: rows.part(str(row[_OWNER])) for sql, rows in parted.items()})
    path, slug = f"{directory.slug}/{row['slug']}.md", f"{directory.slug}/{row['slug']}"
    try:
        title = facts.text(directory.title)
        place = Place(own, slug, title, f"{slug}/", (), {}, facts, plain=True)
        values = shown(directory, place, facts.html(directory.eyebrow))
        description = facts.text(directory.description)
    except RenderError as error:
        raise RenderError(error.message, hint=error.hint, **(error.context | {"page": slug})) from error
    head: dict[str, object] = {"shell": directory.slug}
    return make_page(own, path, "data", title, description, values, head=head, kind=directory.kind)


def _moved_page(site: SiteContext, directory: Directory, old: str, facts: Wording) -> Page:
    """Return what stands at an address that a thing once had: its name and the way to its page."""
    title, new = facts.text(directory.title), f"../{facts.shared['slug']}/"
    values: dict[str, object] = {"title": title, "new": new}
    head: dict[str, object] = {"shell": "moved", "search": False}
    path = f"{directory.slug}/{old}.md"
    return make_page(site, path, "moved", title, f"{title} está ahora en otra dirección.", values, head=head)
