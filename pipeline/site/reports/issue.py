"""Publishing reports: which are due, drawn one by one, kept in the lake in one commit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.reports import Report
from pipeline.core.errors import RenderError
from pipeline.core.log import get_logger, progress
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.site.context import SiteContext, site_context
from pipeline.site.host_limits import check_reports
from pipeline.site.reports.freeze import DataVersion, freeze
from pipeline.site.reports.period import Period, due, whole_periods
from pipeline.store.lake import Lake
from pipeline.store.report_archive import FrozenReport, ReportArchive

log = get_logger("reports")


@dataclass
class Issued:
    """What became of the reports of a run: addresses that are new, and reason by report that could not be drawn."""

    made: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def publish_reports(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    paths: Paths,
    settings: Settings,
    run: RunInfo,
    span: tuple[dt.date, dt.date] | None = None,
) -> Issued:
    """Draw the reports that are due and keep them; what is published already stays as it is.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        paths: Where things lie.
        settings: The site's address.
        run: Identity of the run.
        span: Make those of the periods that lie in these days instead, from what is known now.

    Raises:
        StoreError: They cannot be kept.
        BudgetExceeded: The host has no room for them.
    """
    lake, done = Lake(paths.lake), Issued()
    archive = ReportArchive(lake)
    site = site_context(con, catalog, paths, run, archive.manifest, settings.site_url)
    data = DataVersion.of(archive.manifest)
    wanted = [*_wanted(site, archive, span)]
    made: list[tuple[FrozenReport, Mapping[str, bytes]]] = []
    for report, period, past in progress(wanted, len(wanted), "reports"):
        try:
            made.append(freeze(site, report, period, data, past=past))
        except (RenderError, duckdb.Error) as error:
            done.failed[period.address] = str(error)
            log.warning("report failed", report=period.address, error=str(error))
    fresh = sum(len(content) for _, files in made for content in files.values())
    if made:
        check_reports(archive.manifest, fresh, settings)
    archive.keep(made, run)
    done.made = [report.address for report, _ in made]
    return done


def _wanted(
    site: SiteContext, archive: ReportArchive, span: tuple[dt.date, dt.date] | None
) -> Iterator[tuple[Report, Period, bool]]:
    """Yield what is to be drawn: report, period, and whether it is made later than its night."""
    for report in site.catalog.reports.values():
        known = {each.name for each in archive.reports if each.kind == report.edition}
        whole = whole_periods(site.con, report)
        tonight = due(whole, known)
        chosen = [p for p in whole if span[0] <= p.first and p.last <= span[1]] if span else tonight
        for period in chosen:
            if period.name not in known:
                yield report, period, period not in tonight[-1:]
