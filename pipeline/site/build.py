"""The stage, top to bottom: warehouse → blocks → pages → MkDocs → data and API beside them → checked site."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.site.host_limits import check_ahead
from pipeline.site.publishing import publish_site
from pipeline.site.rendering import render_site
from pipeline.store.lake import Lake


@dataclass(frozen=True)
class SiteReport:
    """What a building of the site did.

    Attributes:
        pages: HTML pages of the site.
        files: Files of the site.
        written: Files of the site whose bytes changed.
        bytes: Size of the site [B].
        rendered: Pages that were made again.
        skipped: Pages whose inputs had not changed.
        seconds: Time of each part [s].
        failed: Page → why it kept its last good version, or is missing.
    """

    pages: int
    files: int
    written: int
    bytes: int
    rendered: tuple[str, ...]
    skipped: int
    seconds: Mapping[str, float]
    failed: Mapping[str, str]


def build_site(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, paths: Paths, settings: Settings, run: RunInfo
) -> SiteReport:
    """Draw the pages that changed, assemble the site and check it.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        paths: Where things lie.
        settings: The site's address and host.
        run: Identity of the run, printed on every page.

    Raises:
        BudgetExceeded: The site would be more than its host accepts; nothing is drawn.
        PublishError: A part failed; the last good site is intact.
        BrokenSite: The new site fails its checks; every fault is listed.
    """
    manifest = Lake(paths.lake).manifest()
    check_ahead(con, catalog, manifest, settings, run.today)
    started = time.perf_counter()
    drawn = render_site(con, catalog, paths, run, manifest, settings.site_url)
    drawing = round(time.perf_counter() - started, 3)
    done = publish_site(con, catalog, paths, settings, run)
    return SiteReport(
        done.pages,
        done.files,
        done.written,
        done.bytes,
        drawn.rendered,
        drawn.skipped,
        {"drawing": drawing, **done.seconds},
        drawn.failed,
    )
