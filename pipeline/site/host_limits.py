"""Whether a site fits its host (`core.host`).

What can be known before rendering is checked there, so that a night does not work for an hour towards a site that
cannot be published.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.core.errors import BudgetExceeded
from pipeline.core.host import MB, HostBudget, budget_of
from pipeline.core.settings import Settings
from pipeline.site.downloads.export import CsvLimits, cut, daily_months, first_year
from pipeline.store.lake import Manifest
from pipeline.store.report_archive import FILES, INDEX, WHOLE
from pipeline.store.series_files import addresses

#: What no night changes: browser assets, theme, hand-written pages, search code [B], [files].
_FIXED_BYTES, _FIXED_FILES = 24 * MB, 120
#: Page, API document, drawing and files of a metric, measured on the whole catalogue [B], [files].
_METRIC_BYTES, _METRIC_FILES = 90_000, 10
#: Figures of past nights where they stood: room that CSV files leave free [B].
_PAST_BYTES = 80 * MB
#: Page and files of a report beside its part of the lake, as a multiple of it, and their number.
_REPORT_PAGES, _REPORT_FILES = 3.3, 11
_WAYS = (
    "Set PORTAL_HOST to where the site lives (`server` has no limit) or raise the one limit that is named; a smaller "
    "PORTAL_CSV_MB makes more and smaller CSV files, and a later --since a smaller lake in an empty PORTAL_DATA_DIR"
)


def beyond(sizes: Mapping[str, int], budget: HostBudget, about: str = "") -> Iterator[str]:
    """Yield what goes beyond the budget, with the setting that governs it.

    Args:
        sizes: Bytes of each file, by its address.
        budget: What the host accepts.
        about: Said before figures that are expected and not measured.
    """
    total = sum(sizes.values())
    if budget.site is not None and total > budget.site:
        limit = f"the {budget.site / MB:g} MB of a site (PORTAL_MAX_SITE_MB; {budget.why})"
        heaviest = ", ".join(f"{where} {weight / MB:.0f} MB" for where, weight in _heaviest(sizes))
        yield f"the site weighs {about}{total / MB:.0f} MB, more than {limit}: {heaviest}"
    if budget.files is not None and len(sizes) > budget.files:
        limit = f"the {budget.files} files of a site (PORTAL_MAX_FILES; {budget.why})"
        yield f"the site has {about}{len(sizes)} files, more than {limit}"
    for name, size in sizes.items():
        if budget.file is not None and size > budget.file:
            limit = f"the {budget.file / MB:g} MB of a file (PORTAL_MAX_FILE_MB; {budget.why})"
            yield f"{name}: {about}{size / MB:.1f} MB, more than {limit}"


def _heaviest(sizes: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the three folders that weigh most, so that whoever must save knows where."""
    weights: dict[str, int] = {}
    for name, size in sizes.items():
        folder = "/".join(name.split("/")[:2]) if name.startswith(("datos/", "assets/")) else name.split("/")[0]
        weights[folder] = weights.get(folder, 0) + size
    return sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:3]


def limits_of(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, manifest: Manifest, settings: Settings, today: dt.date
) -> CsvLimits:
    """Return when a CSV is cut, and from which year on there is room for CSV files at this host.

    Values are there twice, as CSV and as Parquet: where a site may not weigh as much, the oldest years have no CSV.
    """
    limits, site = CsvLimits.of(settings, today), budget_of(settings).site
    if site is None:
        return limits
    lake = sum(part.bytes for part in manifest.parts) + reports_weight(manifest)
    room = site - lake - _FIXED_BYTES - _PAST_BYTES - _METRIC_BYTES * len(catalog.metrics)
    return replace(limits, first=first_year(daily_months(con, catalog).values(), limits, room))


def reports_weight(manifest: Manifest) -> int:
    """Return what the published reports weigh as pages, beside the parts of the lake that hold them [B]."""
    return round(_REPORT_PAGES * sum(part.bytes for part in manifest.of(FILES, WHOLE)))


def check_reports(manifest: Manifest, fresh: int, settings: Settings) -> None:
    """Refuse reports for which the host has no room: what is published once stays.

    Args:
        manifest: State of the lake.
        fresh: What the files of the new ones weigh [B].
        settings: Of the portal, with its host.

    Raises:
        BudgetExceeded: Lake and reports alone would be more than the site may weigh.
    """
    budget = budget_of(settings)
    weight = sum(part.bytes for part in manifest.parts) + reports_weight(manifest) + _FIXED_BYTES + 2 * fresh
    if budget.site is not None and weight > budget.site:
        raise BudgetExceeded(
            f"{fresh / MB:.1f} MB of new reports do not fit: lake, reports and portal would weigh {weight / MB:.0f} MB "
            f"and the site may weigh {budget.site / MB:g} MB (PORTAL_MAX_SITE_MB; {budget.why})",
            hint="choose fewer days, or a host with more room (PORTAL_HOST)",
        )


def expected_sizes(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, manifest: Manifest, limits: CsvLimits
) -> dict[str, int]:
    """Return what is known of the site before a page is drawn: parts of the lake, CSV files, pages by their number.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        manifest: State of the lake.
        limits: When a CSV is cut.
    """
    where = addresses(manifest)
    sizes = {f"datos/{where[part.path]}": part.bytes for part in manifest.parts}
    for (metric, entity), months in daily_months(con, catalog).items():
        for span in cut(months, limits):
            weight = sum(m.bytes for key, m in months.items() if span.holds(*key))
            sizes[f"datos/csv/{metric}.{entity}{'.' * bool(span.label)}{span.label}.csv"] = weight
    reports = manifest.of(INDEX, WHOLE)
    pages = sum(part.rows for part in reports)
    for name, files, weight in (
        ("published reports", pages * _REPORT_FILES, reports_weight(manifest)),
        ("the portal itself", _FIXED_FILES, _FIXED_BYTES),
        ("pages of the metrics", _METRIC_FILES * len(catalog.metrics), _METRIC_BYTES * len(catalog.metrics)),
    ):
        sizes |= {f"{name} ({n + 1} of {files})": weight // files for n in range(files)}
    return sizes


def check_ahead(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, manifest: Manifest, settings: Settings, today: dt.date
) -> None:
    """Refuse to render a site that its host will not take, as far as that can be known now.

    Raises:
        BudgetExceeded: Every limit that would be crossed, and what to do about it.
    """
    sizes = expected_sizes(con, catalog, manifest, limits_of(con, catalog, manifest, settings, today))
    found = list(beyond(sizes, budget_of(settings), about="about "))
    if found:
        shown = "\n".join(f"  · {line}" for line in found[:10])
        raise BudgetExceeded(
            f"The site would be more than its host accepts:\n{shown}\n  {_WAYS}",
            hint="nothing was drawn, the last good site is still there",
        )
