"""What the search of the pages finds by name: boards, named things, metrics, terms, pages, with the words people use.

It holds no value and no day: it changes when a declaration, a page or a list of the source does. Figures come from the
newest documents of the API, reports from their list. `site_src/js/lib/finder.js` ranks it; the text of the pages is
Pagefind's (`pipeline/site/search.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.search_words import GroupId
from pipeline.core.errors import PublishError
from pipeline.site.downloads.data import json_bytes
from pipeline.site.downloads.page_facts import folder_of
from pipeline.site.shells import front_matter
from pipeline.site.terms import anchor_of

FOUND: Final = "datos/busqueda.json"
_NAMED: Final = """
SELECT n.kind, k.folder, n.thing, n.slug, n.name, coalesce(n.code, '') FROM named AS n JOIN named_kind AS k USING (kind)
ORDER BY k.folder, n.slug
"""
#: Pages that are made of declarations: what they are called.
_LISTS: Final = {
    "metricas/": ("Métricas", "Todas las métricas, con definición, unidad y descarga"),
    "glosario/": ("Glosario", "Los términos del sector eléctrico en palabras claras"),
}


@dataclass(frozen=True)
class Findable:
    """A page that has a name.

    Attributes:
        group: What it is.
        title: Its name.
        url: Its address, from the root of the site.
        said: What stands under the title.
        words: Other names, and codes.
        heard: Names of what it tells among other things.
    """

    group: GroupId
    title: str
    url: str
    said: str = ""
    words: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()

    def row(self, groups: Mapping[GroupId, int]) -> list[object]:
        """Return it as the document has it: empty ends are left out."""
        row: list[object] = [groups[self.group], self.title, self.url, self.said, list(self.words), list(self.heard)]
        while not row[-1]:
            row.pop()
        return row


def findable(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, site_src: Path, pages: Collection[str]
) -> dict[str, bytes]:
    """Return the document of the search by its address.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        site_src: Folder of the hand-written pages.
        pages: Files of the site: what has no page is not found.

    Raises:
        PublishError: A view is missing or fails.
    """
    words = catalog.search
    groups = {group.id: place for place, group in enumerate(words.groups)}
    try:
        named = list(_named(con, catalog))
        folders = dict(con.execute("SELECT kind, folder FROM named_kind ORDER BY kind").fetchall())
    except duckdb.Error as error:
        raise PublishError(
            f"The names for the search could not be read: {error}", hint="check pipeline/views/entities/named.sql"
        ) from error
    all_ = [*_boards(catalog), *_pages(catalog, site_src), *named, *_metrics(catalog), *_terms(catalog)]
    there = [each for each in all_ if each.group in groups and f"{each.url.partition('#')[0]}index.html" in pages]
    document = {
        "groups": [[group.id, group.label, group.weight, list(group.asked)] for group in words.groups],
        "pages": [each.row(groups) for each in there],
        "series": list(_series(catalog, pages)),
        "refusals": [
            [each.words, each.says, each.page] for each in catalog.assistant.refusals if each.topic in words.refusals
        ],
        "same": catalog.assistant.same,
        "fillers": words.fillers,
        "folders": folders,
    }
    return {FOUND: json_bytes(document)}


def _boards(catalog: Catalog) -> Iterator[Findable]:
    """Yield the boards; what their texts tell is heard, too."""
    for board in catalog.boards.values():
        url = folder_of(board)
        told = [catalog.headlines[name] for name in board.tells if name in catalog.headlines and url]
        heard = dict.fromkeys(name for series in told for name in (series.label, *series.also, *series.asked))
        words = (*catalog.search.boards.get(board.slug, ()), *catalog.search.pages.get(url, ()))
        yield Findable("board", board.title, url, board.question, words, tuple(heard))


def _pages(catalog: Catalog, site_src: Path) -> Iterator[Findable]:
    """Yield pages about the data, lists of declarations and hand-written pages; those that ask are questions."""
    found = {f"{page.slug}/": (page.title, page.description) for page in catalog.pages.values()} | _LISTS
    for path in sorted(site_src.glob("*.md")):
        front, _ = front_matter(path.read_text(encoding="utf-8"))
        if front:
            found[f"{path.stem}/"] = (str(front["title"]), str(front["description"]))
    for url, (title, said) in sorted(found.items()):
        group: GroupId = "question" if title.startswith("¿") else "page"
        yield Findable(group, title, url, said, catalog.search.pages.get(url, ()))


def _named(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> Iterator[Findable]:
    """Yield everything that has a name of its own, with its codes and the other names that people give it."""
    also = {(each.shows, thing): names for each in catalog.directories.values() for thing, names in each.also.items()}
    for kind, folder, thing, slug, name, code in con.execute(_NAMED).fetchall():
        others = also.get((kind, thing), ())
        said = f"También: {', '.join(others)}" if others else ""
        codes = tuple(filter(None, code.split(", ")))
        more = (thing,) if kind == "agent" and thing.lower() != name.lower() else ()
        yield Findable(kind, name, f"{folder}/{slug}/", said, (*others, *codes, *more))


def _metrics(catalog: Catalog) -> Iterator[Findable]:
    """Yield the metrics; the names of the headline series that are made of one alone are heard."""
    heard: dict[str, list[str]] = {}
    for series in catalog.headlines.values():
        if len(series.metrics) == 1:
            heard.setdefault(series.metrics[0], []).extend((series.label, *series.also))
    for metric in catalog.metrics.values():
        theme = catalog.themes[metric.theme].title if metric.theme in catalog.themes else metric.theme
        names = tuple(dict.fromkeys(heard.get(metric.id, ())))
        yield Findable("metric", metric.title, f"metricas/{metric.id}/", f"{metric.id} · {theme}", (metric.id,), names)


def _terms(catalog: Catalog) -> Iterator[Findable]:
    for term in catalog.glossary:
        title = f"{term.term} ({term.abbreviation})" if term.abbreviation else term.term
        names = (term.term, term.abbreviation) if term.abbreviation else ()
        words = (*names, *catalog.search.terms.get(term.term, ()))
        said = " ".join(term.definition.split())
        yield Findable("term", title, f"glosario/#{anchor_of(term.term)}", said, words)


def _series(catalog: Catalog, pages: Collection[str]) -> Iterator[list[object]]:
    """Yield the headline series: id, label, page, names, and what must be said with each figure."""
    for series in catalog.headlines.values():
        boards = map(folder_of, catalog.telling(series.id))
        url = next((url for url in boards if f"{url}index.html" in pages), f"metricas/{series.metrics[0]}/")
        names = dict.fromkeys((series.label, *series.also, *series.asked))
        yield [series.id, series.label, url, list(names), catalog.assistant.cautions.get(series.id, "")]
