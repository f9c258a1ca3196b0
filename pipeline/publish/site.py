"""Publishing, in order: sources → MkDocs → bodies and policy → search → data and API → one folder, by content.

Each step has a key made of its inputs and is skipped when the key is the one of the last run. The final folder is
compared byte by byte, so that an unchanged build rewrites no file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import jinja2

from pipeline.catalog.load import Catalog
from pipeline.core import spanish
from pipeline.core.errors import PublishError
from pipeline.core.log import get_logger
from pipeline.core.paths import PACKAGE, Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.publish import pages
from pipeline.publish.api import publish_api
from pipeline.publish.architecture import architecture
from pipeline.publish.assets import vendor_folder, web_folder
from pipeline.publish.check import check_tree
from pipeline.publish.data import PublishedData, publish_data
from pipeline.publish.data_model import data_model
from pipeline.publish.search import build_index
from pipeline.publish.tree import Content, differs, files_below, fingerprint, sha256_of, sync, write_if_changed
from pipeline.store.backup import files_to_save
from pipeline.store.lake import Lake

RECIPE = "3"  # raise it when this package changes what it makes of the same inputs
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
    state = _read_state(work)
    with steps.step("assets"):
        vendor = vendor_folder(paths.root, paths.vendor) / "site"
        web = web_folder(paths.root, paths.vendor)
    with steps.step("data"):
        data = publish_data(con, catalog, Lake(paths.lake), work / "csv", run, files_to_save(paths.data))
        api = publish_api(con, catalog, data, run)
    with steps.step("pages"):
        key = _build_pages(con, catalog, paths, settings, run, data, work, state)
    with steps.step("check"):
        tree = _tree(paths, work, vendor, web, data, api)
        found = sum(name.endswith(".html") for name in tree)
        if state.get("checked") != key or differs(paths.site, tree):
            check_tree(tree, run)
    with steps.step("sync"):
        result = sync(paths.site, tree, links=data.links)
        _write_state(work, {**_read_state(work), "checked": key})
    report = PublishReport(
        pages=found,
        files=result.total,
        written=len(result.written),
        removed=len(result.removed),
        bytes=result.size,
        seconds=steps.seconds,
    )
    _log.info("site published", pages=found, files=result.total, written=report.written, removed=report.removed)
    return report


def _build_pages(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    paths: Paths,
    settings: Settings,
    run: RunInfo,
    data: PublishedData,
    work: Path,
    state: Mapping[str, object],
) -> str:
    """Make `work/html` and `work/pagefind`, unless their inputs are those of the last run; return their key."""
    before = state.get("sources")
    sources = pages.copy_sources(paths.site_src, paths.docs, before if isinstance(before, list) else [])
    config = pages.config_text(paths, settings, catalog, run, _data_until(con, run), work)
    made = {
        "descargas": _downloads(catalog, data, paths, run),
        "arquitectura": architecture(PACKAGE),
        "modelo-de-datos": data_model(catalog),
    }
    slots = pages.take_bodies(paths.docs, made)
    digest = hashlib.sha256(f"{RECIPE}\n{config}\n".encode())
    for folder in (paths.docs, paths.templates / "theme"):
        digest.update(fingerprint(folder).encode())
    digest.update(sha256_of(paths.root / pages.CONFIG_NAME).encode())
    digest.update("".join(made.values()).encode())
    key = digest.hexdigest()
    fresh = state.get("pages") == key and (work / "html" / "index.html").is_file()
    if not (fresh and (work / "pagefind" / "pagefind.js").is_file()):
        write_if_changed(work / pages.CONFIG_NAME, config.encode())
        sync(work / "docs", slots.pages)
        pages.build_html(work, int(run.created.replace(tzinfo=run.created.tzinfo or dt.UTC).timestamp()))
        pages.finish_html(work / "html", slots.bodies)
        build_index(work / "html", work / "pagefind")
    _write_state(work, {"sources": list(sources), "pages": key, "checked": state.get("checked")})
    return key


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


def _data_until(con: duckdb.DuckDBPyConnection, run: RunInfo) -> str:
    """Return the newest complete day of any daily series, in Spanish."""
    row = con.execute(
        "SELECT max(last_day_ok) FROM series_status WHERE state = 'ok' AND last_day_ok <= ?", [run.today]
    ).fetchone()
    return spanish.date(row[0]) if row and row[0] else spanish.MISSING


def _downloads(catalog: Catalog, data: PublishedData, paths: Paths, run: RunInfo) -> str:
    """Return the table of downloads, by theme, for the page of the data."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(paths.templates / "theme" / "partials"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    exports = {(e.metric, e.entity): e for e in data.exports}
    themes = []
    for theme in sorted(catalog.themes.values(), key=lambda t: (t.order, t.id)):
        rows = [
            {
                "id": metric.id,
                "title": metric.title,
                "entity": entity,
                "entity_label": catalog.entities[entity].label if entity in catalog.entities else entity,
                "unit": spanish.unit_label(metric.unit.stored),
                "csv": exports.get((metric.id, entity)),
                "size": _size(exports[metric.id, entity].path) if (metric.id, entity) in exports else "",
                "parts": [
                    {"path": part.path, "size": _bytes(part.bytes), "span": _span(part.min_ts, part.max_ts)}
                    for part in data.manifest.of(metric.id, entity)
                ],
            }
            for metric in catalog.metrics.values()
            if metric.theme == theme.id
            for entity in metric.entities
        ]
        if rows:
            themes.append({"id": theme.id, "title": theme.title, "rows": rows})
    template = environment.get_template("descargas.html")
    return template.render(themes=themes, headlines=data.exports[-1], today=spanish.date(run.created.date()))


def _span(first: str | None, last: str | None) -> str:
    if not first or not last:
        return ""
    return first[:4] if first[:4] == last[:4] else f"{first[:4]}–{last[:4]}"


def _size(path: Path) -> str:
    return _bytes(path.stat().st_size)


def _bytes(size: int) -> str:
    if size < 1_000_000:
        return f"{spanish.number(max(size / 1000, 1), 0)} kB"
    return f"{spanish.number(size / 1_000_000, 1)} MB"


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
