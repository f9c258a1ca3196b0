"""The pages of published reports: each is what was frozen, below a notice of what was revised since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from pipeline.catalog.reports import FOLDER, ReportNote
from pipeline.site.context import Assets, Page, SiteContext
from pipeline.site.page import make_page
from pipeline.site.reports.freeze import RECORD
from pipeline.site.reports.revised import Revised, revised
from pipeline.site.writer import Job, key_of
from pipeline.store.report_archive import PART, FrozenReport, ReportArchive


def report_jobs(site: SiteContext, archive: ReportArchive, common: str) -> Iterator[Job]:
    """Yield a job for each published report, keyed by what is frozen and by what is said above it.

    Args:
        site: Shared context.
        archive: The published reports.
        common: What all pages are made of: templates, code, palette.
    """
    changed: dict[str, tuple[Revised, ...]] = {}
    for report in site.catalog.reports.values():
        changed |= revised(site, report, [each for each in archive.reports if each.kind == report.edition])
    notes = site.catalog.notes
    for frozen in archive.reports:
        own = [note for note in notes if f"{FOLDER}/{note.address}" == frozen.address]
        told = changed.get(frozen.address, ())
        key = key_of(common, frozen.record, repr(told), repr(own))
        yield Job(frozen.address, key, partial(report_page, site, archive, frozen, told, own))


def report_page(
    site: SiteContext,
    archive: ReportArchive,
    frozen: FrozenReport,
    told: Sequence[Revised],
    notes: Sequence[ReportNote],
) -> Page:
    """Return the page of a published report and its files, byte for byte as they were published."""
    files = archive.files_of(frozen.address)
    values: dict[str, object] = {
        "part": files[PART].decode(),
        "revised": told,
        "figures": len(frozen.told["figures"]),
        "notes": notes,
        "frozen": frozen,
    }
    assets: Assets = {f"{frozen.address}/{name}": content for name, content in files.items() if name != PART}
    assets[f"{frozen.address}/{RECORD}"] = f"{frozen.record}\n"
    return make_page(
        site,
        f"{frozen.address}.md",
        "archived",
        frozen.title,
        frozen.summary,
        values,
        assets,
        head={"shell": "report"},
        kind="report",
    )
