"""Publishing, in order: sources → MkDocs → bodies and policy → search → data and API → one folder, by content.

Each step has a key made of its inputs and is skipped when the key is the one of the last run. The final folder is
compared byte by byte, so that an unchanged build rewrites no file.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.core.errors import PublishError
from pipeline.core.host import MB, HostBudget, budget_of
from pipeline.core.log import get_logger
from pipeline.core.paths import PACKAGE, Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.site.assets import vendor_folder, web_folder
from pipeline.site.check import check_tree
from pipeline.site.context import read_texts
from pipeline.site.downloads.api import publish_api
from pipeline.site.downloads.data import publish_data
from pipeline.site.downloads.download_tables import slots
from pipeline.site.downloads.findable import findable
from pipeline.site.downloads.lasting import lasting_files
from pipeline.site.downloads.open_metadata import open_files
from pipeline.site.downloads.page_facts import page_facts
from pipeline.site.downloads.reader import reader_files
from pipeline.site.host_limits import limits_of
from pipeline.site.leaks import check_no_leaks
from pipeline.site.pages.architecture import architecture
from pipeline.site.pages.data_model import data_model, state_table
from pipeline.site.shells import build_pages
from pipeline.site.tree import Content, Tree, differs, files_below, is_done, size_of, sync, write_if_changed
from pipeline.store.backup import files_to_save
from pipeline.store.figure_albums import unpacked
from pipeline.store.lake import Lake
from pipeline.store.series_files import remember

RECIPE = "4"  # raise it when this package changes what it makes of the same inputs
_log = get_logger("publish")


@dataclass(frozen=True)
class PublishReport:
    """What a publication did.

    Attributes:
        pages: HTML pages of the site.
        files: Files of the site.
        written: Files whose bytes changed.
        removed: Files that were left over.
        bytes: Size of the site [B].
        seconds: Time of each step [s].
    """

    pages: int
    files: int
    written: int
    removed: int
    bytes: int
    seconds: dict[str, float]


@dataclass
class _Steps:
    """Times of the steps."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


def publish_site(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, paths: Paths, settings: Settings, run: RunInfo
) -> PublishReport:
    """Assemble `build/site` from `build/docs`, `site_src`, the lake and the warehouse, and check it.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        paths: Where things lie.
        settings: The site's address.
        run: Identity of the run, printed on every page.

    Returns:
        What was written.

    Raises:
        PublishError: A step failed; the last good site is intact.
        BrokenSite: The new site fails its checks; every fault is listed.
    """
    steps, work = _Steps(), paths.build / "publish"
    work.mkdir(parents=True, exist_ok=True)
    lake, budget = Lake(paths.lake), budget_of(settings)
    limits = limits_of(con, catalog, lake.manifest(), settings, run.today)
    with steps.step("assets"):
        vendor = files_below(vendor_folder(paths.root, paths.vendor) / "site")
        web = files_below(web_folder(paths.root, paths.vendor))
    with steps.step("data"):
        known = remember(paths.data, lake.manifest())
        data = publish_data(con, catalog, lake, work / "csv", run, limits, files_to_save(paths.data))
        lasting = lasting_files(catalog, lake, data.manifest, known, work / "series", settings.site_url)
        api = publish_api(con, catalog, data, run, paths.claims, settings.assistant_model)
        api |= page_facts(con, catalog, read_texts(paths.narrative), run, paths.templates, settings.site_url)
        about = open_files(catalog, data, paths.templates, settings.site_url or "")
        about |= reader_files(paths.templates, settings.site_url or "")
    with steps.step("pages"):
        made = {"arquitectura": architecture(PACKAGE), "modelo-de-datos": data_model(catalog), "estados": state_table()}
        made |= slots(catalog, data, paths.templates, limits.first)
        pages = build_pages(paths, settings, catalog, run, made, work)
        pages |= findable(con, catalog, paths.site_src, pages)
    with steps.step("check"):
        bundled = {f"assets/vendor/{name}": path for name, path in vendor.items()}
        tree = _joined(pages, web, bundled, data.tree, lasting, api, about)
        tree = _with_past(tree, unpacked(paths.data, work / "figures"), budget)
        key, mark = f"{RECIPE} {run.source} {budget}", work / "checked.key"
        if not is_done(mark, key) or differs(paths.site, tree):
            check_no_leaks(tree, settings.secrets())
            check_tree(tree, run, budget)
    with steps.step("sync"):
        result = sync(paths.site, tree)
        write_if_changed(mark, key.encode())
    found = sum(name.endswith(".html") for name in tree)
    report = PublishReport(
        pages=found,
        files=result.total,
        written=len(result.written),
        removed=len(result.removed),
        bytes=result.size,
        seconds=steps.seconds,
    )
    told = {"pages": found, "files": result.total, "written": report.written, "removed": report.removed}
    _log.info("site published", **told, seconds=steps.seconds)
    return report


def _with_past(tree: dict[str, Content], albums: Iterable[Tree], budget: HostBudget) -> dict[str, Content]:
    """Return the site with the figures of past nights where they stood, the newest first, while its host has room."""
    files, size = len(tree), sum(map(size_of, tree.values()))
    for album in albums:
        past = {name: content for name, content in album.items() if name not in tree}
        files, size = files + len(past), size + sum(map(size_of, past.values()))
        if (budget.files is not None and files > budget.files) or (budget.site is not None and size > budget.site):
            _log.warning("the host has no room for older figures", files=files, megabytes=size // MB)
            break
        tree |= past
    return tree


def _joined(*layers: Mapping[str, Content]) -> dict[str, Content]:
    """Return everything the site holds, by its address."""
    tree: dict[str, Content] = {}
    for layer in layers:
        if clash := sorted(set(tree) & set(layer)):
            raise PublishError(
                f"Two sources want to be {clash[0]} in the site", hint="rename one of them", clashes=len(clash)
            )
        tree |= layer
    return tree
