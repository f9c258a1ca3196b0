"""Publishing, in order: sources → MkDocs → bodies and policy → search → data and API → one folder, by content.

Each step has a key made of its inputs and is skipped when the key is the one of the last run. The final folder is
compared byte by byte, so that an unchanged build rewrites no file.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.core.errors import PublishError
from pipeline.core.host import budget_of
from pipeline.core.log import get_logger
from pipeline.core.paths import PACKAGE, Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.site import shells
from pipeline.site.assets import vendor_folder, web_folder
from pipeline.site.check import check_tree
from pipeline.site.downloads.api import publish_api
from pipeline.site.downloads.data import PublishedData, publish_data
from pipeline.site.downloads.download_tables import slots
from pipeline.site.host_limits import limits_of
from pipeline.site.pages.architecture import architecture
from pipeline.site.pages.data_model import data_model
from pipeline.site.search import build_index
from pipeline.site.tree import Content, differs, files_below, fingerprint, sha256_of, sync, write_if_changed
from pipeline.store.backup import files_to_save
from pipeline.store.lake import Lake

RECIPE = "4"  # raise it when this package changes what it makes of the same inputs
_STATE = "state.json"
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
    steps = _Steps()
    work = paths.build / "publish"
    work.mkdir(parents=True, exist_ok=True)
    lake, saved, budget = Lake(paths.lake), files_to_save(paths.data), budget_of(settings)
    limits = limits_of(con, catalog, lake.manifest(), settings, run.today)
    with steps.step("assets"):
        vendor = vendor_folder(paths.root, paths.vendor) / "site"
        web = web_folder(paths.root, paths.vendor)
    with steps.step("data"):
        data = publish_data(con, catalog, lake, work / "csv", run, limits, saved)
        api = publish_api(con, catalog, data, run)
    with steps.step("pages"):
        made = {"arquitectura": architecture(PACKAGE), "modelo-de-datos": data_model(catalog)}
        _build_pages(catalog, paths, settings, run, slots(catalog, data, paths.templates, limits.first) | made, work)
    with steps.step("check"):
        tree = _tree(paths, work, vendor, web, data, api)
        found = sum(name.endswith(".html") for name in tree)
        key = hashlib.sha256(f"{RECIPE}\n{run.source}\n{budget}".encode()).hexdigest()
        if _read_state(work).get("checked") != key or differs(paths.site, tree):
            check_tree(tree, run, budget)
    with steps.step("sync"):
        result = sync(paths.site, tree)
        _write_state(work, {**_read_state(work), "checked": key})
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


def _build_pages(
    catalog: Catalog, paths: Paths, settings: Settings, run: RunInfo, bodies: Mapping[str, str], work: Path
) -> None:
    """Make `work/html` and `work/pagefind`; shells, pages and index only where what they are made of changed."""
    state = _read_state(work)
    before = state.get("sources")
    sources = shells.copy_sources(paths.site_src, paths.docs, before if isinstance(before, list) else [])
    config = shells.config_text(paths, settings, catalog, run, work)
    slots = shells.take_bodies(paths.docs, bodies)
    digest = hashlib.sha256(f"{RECIPE}\n{config}\n{fingerprint(paths.templates / 'theme')}\n".encode())
    digest.update(sha256_of(paths.root / shells.CONFIG_NAME).encode())
    for name, content in sorted(slots.pages.items()):
        digest.update(f"{name}\0{sha256_of(content)}\n".encode())
    key = digest.hexdigest()
    if state.get("shells") != key or not (work / "shell" / "index.html").is_file():
        write_if_changed(work / shells.CONFIG_NAME, config.encode())
        sync(work / "docs", slots.pages)
        shells.build_shells(work)
    made = sync(work / "html", shells.finished(work / "shell", slots))
    if made.written or made.removed or not (work / "pagefind" / "pagefind.js").is_file():
        build_index(work / "html", work / "pagefind")
    _write_state(work, {**state, "sources": list(sources), "shells": key})


def _tree(
    paths: Paths, work: Path, vendor: Path, web: Path, data: PublishedData, api: Mapping[str, Content]
) -> dict[str, Content]:
    """Return everything the site holds, by its address."""
    tree: dict[str, Content] = {
        name: path for name, path in files_below(paths.docs).items() if not name.endswith(".md")
    }
    layers: tuple[Mapping[str, Content], ...] = (
        files_below(work / "html"),
        files_below(web),
        {f"pagefind/{name}": path for name, path in files_below(work / "pagefind").items()},
        {f"assets/vendor/{name}": path for name, path in files_below(vendor).items()},
        data.tree,
        api,
    )
    for layer in layers:
        if clash := sorted(set(tree) & set(layer)):
            raise PublishError(
                f"Two sources want to be {clash[0]} in the site", hint="rename one of them", clashes=len(clash)
            )
        tree |= layer
    return tree


def _read_state(work: Path) -> dict[str, object]:
    path = work / _STATE
    if not path.is_file():
        return {}
    try:
        state: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return state


def _write_state(work: Path, state: Mapping[str, object]) -> None:
    write_if_changed(work / _STATE, json.dumps(state, sort_keys=True).encode())
