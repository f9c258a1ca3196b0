"""What reports promise, measured: the paper of a month, the time of a night, and addresses that keep their bytes."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from pipeline.catalog.load import load_catalog
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.site.blocks.figure_kit import qr_svg
from pipeline.site.context import SiteContext, site_context
from pipeline.site.reports.freeze import PDF, DataVersion, freeze
from pipeline.site.reports.period import whole_periods
from pipeline.store import warehouse
from pipeline.store.lake import Lake
from pipeline.store.report_archive import FrozenReport
from tests.bench.pdf_reading import PdfReader
from tests.bench.qr_reading import read_qr
from tests.bench.table import Line, at_least, at_most, exactly, told
from tests.nights.ledger import elsewhere, lived_nights, other_templates, published

SITE_URL = "https://portal.example.org/energia/"
_MB = 1_000_000


def bench_reports(paths: Paths) -> list[Line]:
    """Measure reports.

    Args:
        paths: Of a portal that was built; the ledger lives in a folder of its own.
    """
    return [*_paper(paths), *_ledger()]


def _paper(paths: Paths) -> list[Line]:
    """Measure one report of each kind, drawn twice over the newest whole period."""
    catalog, manifest = load_catalog(), Lake(paths.lake).manifest()
    with warehouse.connect(paths.warehouse) as con:
        row = con.execute("SELECT today, since, data_source, created FROM run_info").fetchone()
        assert row is not None
        site = site_context(con, catalog, paths, RunInfo(*row), manifest, SITE_URL)
        lines: list[Line] = []
        for report in catalog.reports.values():
            period = whole_periods(con, report)[-1]
            data = DataVersion.of(manifest)
            first, files = freeze(site, report, period, data, past=False)
            started = time.process_time()  # of this program alone: other work on the machine is not its own
            again = freeze(site, report, period, data, past=False)
            seconds = time.process_time() - started
            lines += _measured(site, report.slug, first, files, seconds)
            lines.append(
                exactly(f"{report.slug}: files that differ when drawn again", float(again != (first, files)), 0)
            )
    return lines


def _measured(
    site: SiteContext, name: str, report: FrozenReport, files: dict[str, bytes], seconds: float
) -> list[Line]:
    paper = PdfReader(files[PDF])
    words = " ".join(paper.words().split())
    said = [figure for figure in report.summary.split() if any(map(str.isdigit, figure))]
    url = f"{site.site_url}{report.address}/"
    return [
        at_most(f"{name}: pages", len(paper.pages), 12),
        at_most(f"{name}: PDF [MB]", len(files[PDF]) / _MB, 1),
        at_most(f"{name}: page, figures, data and PDF, processor [s]", seconds, 3),
        at_least(f"{name}: figures of its summary in the selected text [share]",
                 sum(figure in words for figure in said) / max(len(said), 1), 1),
        exactly(f"{name}: tagged (PDF/UA-1), fonts embedded", float(paper.tagged and paper.embedded), 1),
        exactly(f"{name}: QR read back", float(read_qr(qr_svg(url, ground=False).decode()) == url), 1),
        exactly(f"{name}: its address in the selected text", float(url in words), 1),
        told(f"{name}: all its files [kB]", sum(map(len, files.values())) / 1000),
    ]  # fmt: skip


def _ledger() -> list[Line]:
    """Measure thirty nights with revisions, two restores and a change of templates."""
    with tempfile.TemporaryDirectory() as folder, lived_nights(Path(folder) / "first") as (life, ledger):
        second = elsewhere(life, Path(folder) / "second", life.home / "build" / "site")
        third = elsewhere(life, Path(folder) / "third", second, other_templates(Path(folder) / "root"))
        found = [published(site) for site in (life.home / "build" / "site", second, third)]
    addresses = [name for name in ledger if name.endswith("index.html")]
    return [
        at_least("30 nights: addresses of reports", len(addresses), 25),
        exactly("addresses lost, here and in two restores", sum(len(ledger.keys() - each.keys()) for each in found), 0),
        exactly(
            "files of other bytes, restores and other templates too",
            sum(each.get(name) != sha for each in found for name, sha in ledger.items()),
            0,
        ),
    ]
