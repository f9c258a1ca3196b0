"""A small world: the whole line on the emulator, in a folder of its own."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.paths import Paths
from pipeline.core.run import DataSource, RunInfo, RunReport
from pipeline.core.settings import load_settings
from pipeline.emulator.server import running
from pipeline.flow import Line

TODAY = dt.date(2026, 5, 20)
DAYS = 240


@dataclass
class SmallWorld:
    """A built portal and the report of its build."""

    paths: Paths
    report: RunReport
    run: RunInfo

    def stamps(self) -> dict[str, int]:
        """Return the time of writing of every file of the site."""
        return {p.relative_to(self.paths.site).as_posix(): p.stat().st_mtime_ns for p in _files(self.paths.site)}

    def contents(self) -> dict[str, bytes]:
        """Return every file of the site."""
        return {p.relative_to(self.paths.site).as_posix(): p.read_bytes() for p in _files(self.paths.site)}

    def page(self, address: str) -> str:
        """Return the HTML of a page."""
        return (self.paths.site / address / "index.html").read_text(encoding="utf-8")


def _files(site: Path) -> list[Path]:
    return sorted(p for p in site.rglob("*") if p.is_file())


def build(
    home: Path,
    *,
    today: dt.date = TODAY,
    since: dt.date | None = None,
    source: DataSource = "simulated",
    data: str | Path = "simulated",
    **own: object,
) -> SmallWorld:
    """Run the whole line into `home`, with its `own` settings; return what was built."""
    run = RunInfo(today, since or today - dt.timedelta(days=DAYS), source, dt.datetime.combine(today, dt.time(5, 40)))
    # In a thread of its own: the browser of the same test session holds this one's event loop.
    with running(data, today) as url, ThreadPoolExecutor(1) as apart:
        folders = {"data_dir": home / "data", "build_dir": home / "build"}
        settings = load_settings(xm_base_url=url, simem_base_url=url, **folders, **own)
        line = Line.of(settings, run)
        report = apart.submit(line.build).result()
    return SmallWorld(line.paths, report, run)
