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
from pipeline.site.publishing import PublishReport, publish_site
from pipeline.site.rendering import render_site
from pipeline.site.tree import files_below
from pipeline.site.writer import RenderReport
from pipeline.store.figure_albums import is_figure, keep_album
from pipeline.store.lake import Lake


@dataclass(frozen=True)
class SiteReport:
    """What a building of the site did: the pages that were drawn, what was published, and the time of each part [s]."""

    drawn: RenderReport
    published: PublishReport
    seconds: Mapping[str, float]

    def told(self) -> dict[str, object]:
        """Return what the report of a run keeps of it."""
        return {
            "pages": self.published.pages,
            "files": self.published.files,
            "written": self.published.written,
            "bytes": self.published.bytes,
            "rendered": list(self.drawn.rendered),
            "skipped": self.drawn.skipped,
            "seconds": self.seconds,
        }


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
    drawn = render_site(con, catalog, paths, run, manifest, settings.site_url, settings.workers)
    shown = {name: path for name, path in files_below(paths.docs).items() if is_figure(name)}
    keep_album(paths.data, run.today, shown)
    seconds = {"drawing": round(time.perf_counter() - started, 3)}
    done = publish_site(con, catalog, paths, settings, run)
    return SiteReport(drawn, done, seconds | done.seconds)
