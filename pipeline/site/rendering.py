"""The whole rendering: every page of the site from the warehouse, only what changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import TypeVar

import duckdb

from pipeline.catalog.load import HOME, Catalog
from pipeline.catalog.schema import Board
from pipeline.core import palette
from pipeline.core.log import progress
from pipeline.core.paths import Paths
from pipeline.core.processes import is_wanted, processes
from pipeline.core.run import RunInfo
from pipeline.site.context import Page, SiteContext, site_context
from pipeline.site.drawing import theme
from pipeline.site.drawing.figure import dump
from pipeline.site.named_links import read_named
from pipeline.site.pages.board import board_page
from pipeline.site.pages.data_page import data_page
from pipeline.site.pages.directory import directory_jobs, outline_job
from pipeline.site.pages.home import home_page, newest_report
from pipeline.site.pages.index_pages import catalogue_page, glossary_page
from pipeline.site.pages.metric_page import metric_page
from pipeline.site.reports.archive_pages import report_jobs
from pipeline.site.writer import STATE_FILE, Job, RenderReport, Share, Writer, key_of, sources_hash
from pipeline.store import warehouse
from pipeline.store.lake import Lake, Manifest
from pipeline.store.model_faults import create_model_faults
from pipeline.store.report_archive import ReportArchive, create_report_view

TEMPLATE_FILE = "assets/plotly-template.json"
_MANY = 100  # pages from which other processes pay: each takes a second to start
T = TypeVar("T")


@dataclass(frozen=True)
class _Drawing:
    """All that a process needs to draw its share of the pages: the one of `number` among `of`."""

    catalog: Catalog
    paths: Paths
    run: RunInfo
    manifest: Manifest
    site_url: str
    number: int = 0
    of: int = 1

    @property
    def writer(self) -> Writer:
        return Writer(self.paths.docs, self.paths.build / STATE_FILE)

    def dealt(self, declared: Iterable[T]) -> list[T]:
        """Return this process's share of what is declared."""
        return [*islice(declared, self.number, None, self.of)]


def render_site(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    paths: Paths,
    run: RunInfo,
    manifest: Manifest,
    site_url: str = "",
    workers: int = 1,
) -> RenderReport:
    """Render every page into build/docs; pages whose inputs did not change are not even made.

    Args:
        con: Connection to the warehouse.
        catalog: All declarations.
        paths: Where templates and texts are and where pages go.
        run: Identity of the run.
        manifest: The lake: a metric's page is made again when its parts changed.
        site_url: Public address, for the links of feeds; empty when it is not known.
        workers: Processes that draw, this one among them; more than one open the warehouse of `paths` themselves.

    Returns:
        What was rendered, written, skipped and removed, and which pages failed and kept their last version.
    """
    own = _Drawing(catalog, paths, run, manifest, site_url, of=drawers(catalog, workers))
    if own.of == 1:
        return own.writer.finish([_drawn(own, con)])
    with processes(own.of - 1, [__name__]) as pool:
        others = [pool.submit(_drawn_apart, replace(own, number=number)) for number in range(1, own.of)]
        return own.writer.finish([_drawn(own, con), *(other.result() for other in others)])


def drawers(catalog: Catalog, workers: int) -> int:
    """Return how many processes draw the pages of a catalogue: one, where they are few."""
    return workers if len(catalog.metrics) + len(catalog.boards) + len(catalog.pages) >= _MANY else 1


def _drawn_apart(part: _Drawing) -> Share:
    """Draw the share of another process, with a connection of its own."""
    with warehouse.connect(part.paths.warehouse) as con:
        return _drawn(part, con)


def _drawn(part: _Drawing, con: duckdb.DuckDBPyConnection) -> Share:
    """Draw a share: this process's part of what is declared, and the first one what stands once beside it."""
    catalog, paths = part.catalog, part.paths
    site = context_of_pages(con, catalog, paths, part.run, part.manifest, part.site_url)
    common = key_of(
        sources_hash([paths.templates / "pages", paths.templates / "partials", Path(__file__).parent]),
        palette.css(),
        part.run.source,
        part.site_url,
        repr(catalog.glossary),
        json.dumps({s.id: s.publisher + s.attribution for s in catalog.sources.values()}),
    )
    unlinked, linked = replace(site, named={}), key_of(common, repr(site.named))
    archive = ReportArchive(Lake(paths.lake), part.manifest)
    boards, metrics = _board_jobs(site, linked, part), _metric_jobs(site, linked, part)
    things = [*directory_jobs(unlinked, common, part.dealt(catalog.directories.values()))]
    jobs = chain(_data_jobs(site, linked, part), boards, metrics, things)
    if part.number:
        return part.writer.draw(takewhile(lambda _: is_wanted(), jobs))
    rest = [*_shared_jobs(site, linked), *([outline_job(unlinked)] if catalog.directories else [])]
    dealt = sum(len(part.dealt(each)) for each in (catalog.pages, catalog.boards, catalog.metrics))
    count = dealt + len(things) + len(rest) + len(archive.reports)
    return part.writer.draw(progress(chain(rest, jobs, report_jobs(unlinked, archive, common)), count, "render"))


def context_of_pages(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, paths: Paths, run: RunInfo, manifest: Manifest, site_url: str = ""
) -> SiteContext:
    """Return what all pages are made from; their queries find the reports and the faults of models in the warehouse."""
    create_report_view(con, Lake(paths.lake), manifest, temporary=True)
    create_model_faults(con, paths)
    site = site_context(con, catalog, paths, run, manifest, site_url)
    return replace(site, named=read_named(con, catalog))


def _shared_jobs(site: SiteContext, common: str) -> list[Job]:
    """Return the pages that stand on the whole catalogue, and the shared template file."""
    everything = key_of(common, _declared(site), site.run.today.isoformat(), repr(site.states))
    template = dump(theme.shared_template())
    return [
        Job(TEMPLATE_FILE, key_of(template), lambda: Page(TEMPLATE_FILE, template)),
        Job("metricas", everything, lambda: catalogue_page(site)),
        Job("glosario", common, lambda: glossary_page(site)),
    ]


def _declared(site: SiteContext) -> str:
    """Return what the pages about all the data say of the declarations: no view, no forecast, no rule."""
    catalog = site.catalog
    boards = [(board.slug, board.title, board.metrics) for board in catalog.boards.values()]
    return repr((catalog.metrics, catalog.entities, catalog.themes, catalog.corrections, boards))


def _data_jobs(site: SiteContext, common: str, part: _Drawing) -> Iterator[Job]:
    """Yield the pages about the data, each keyed by its declaration, the words of the catalogue and its rows."""
    common = key_of(common, _declared(site), repr(site.catalog.words))
    for page in part.dealt(site.catalog.pages.values()):
        rows = [site.digest(sql) for _, sql in page.queries()]
        yield Job(page.slug, key_of(common, page.model_dump_json(), *rows), partial(data_page, site, page))
        site.kept.clear()


def _board_jobs(site: SiteContext, common: str, part: _Drawing) -> Iterator[Job]:
    """Yield the home page and the boards, each keyed by what it says: its declaration, text, states and rows.

    Views may read any metric, so that the rows themselves tell which boards a changed metric touches. They are
    queried once: the page takes what its key was made of.
    """
    boards = site.catalog.boards.values()
    for board in part.dealt(boards):
        text = json.dumps(dict(site.texts.get(board.slug, {})), sort_keys=True, default=str)
        blocks = list(board.blocks)
        key = key_of(common, board.model_dump_json(), text, _known(site, board))
        make: Callable[[], Page] = partial(board_page, site, board)
        if board.slug == HOME:
            blocks += [block for other in boards for block in other.blocks if block.type == "kpi"]
            key = key_of(
                key,
                "".join(b.model_dump_json() for b in boards),
                site.run.created.isoformat(),
                repr(newest_report(site)),
            )
            make = partial(home_page, site, board)
        name = HOME if board.slug == HOME else f"tableros/{board.slug}"
        yield Job(name, key_of(key, *(site.digest(block.sql) for block in blocks if block.sql)), make)
        site.kept.clear()


def _known(site: SiteContext, board: Board) -> str:
    """Return what a board says of its metrics besides their values: titles, states, and marks of known events."""
    names = {*board.metrics, *(name for block in board.blocks for name in block.metrics)}
    told = [
        (name, metric.title if (metric := site.catalog.metrics.get(name)) else "", site.states.get(name, ()))
        for name in sorted(names)
    ]
    marks = [(c.start, c.mark, c.metrics) for c in site.catalog.corrections if names & set(c.metrics)]
    return repr((told, marks))


def _metric_jobs(site: SiteContext, common: str, part: _Drawing) -> Iterator[Job]:
    """Yield the metric pages; each stands on its own declaration, data, state and corrections."""
    names = {entity: key_of(json.dumps(known, sort_keys=True)) for entity, known in site.names.items()}
    for metric in part.dealt(site.catalog.metrics.values()):
        corrections = "".join(c.model_dump_json() for c in site.catalog.corrections if metric.id in c.metrics)
        declared = (
            site.catalog.themes.get(metric.theme),
            [site.catalog.entities.get(entity) for entity in metric.entities],
        )
        key = key_of(
            common,
            metric.model_dump_json(),
            corrections,
            repr(declared),
            *(names.get(entity, "") for entity in metric.entities),
            part.manifest.fingerprint(metric.id),
            repr(site.states.get(metric.id, ())),
        )
        yield Job(f"metricas/{metric.id}", key, partial(metric_page, site, metric))
