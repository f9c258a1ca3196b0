"""The portals a bench of the pages looks at: the demo, and a window of real values, each built once and kept."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.core.errors import UsageError
from pipeline.core.paths import ROOT
from pipeline.core.run import DataSource, RunInfo
from pipeline.core.settings import load_settings
from pipeline.emulator.server import running
from pipeline.flow import Line

#: The demo: its usual length, on a fixed day.
DEMO_TODAY, DEMO_DAYS = dt.date(2026, 11, 22), 400
#: The window of real values: every pair reports from 29 April 2024 on, prices and reservoirs from long before.
REAL_TODAY, REAL_SINCE = dt.date(2024, 5, 6), dt.date(2023, 1, 1)


@dataclass
class Portals:
    """Built portals under one folder.

    Attributes:
        home: Folder of their own; gone when the bench ends.
        data: Folder of real values (`Metric.Entity.parquet`).
    """

    home: Path
    data: Path
    _built: dict[str, Line] = field(default_factory=dict)

    def demo(self) -> Line:
        """Return the line of the simulated portal, built."""
        return self._line("demo", "simulated", "simulated", DEMO_TODAY, DEMO_TODAY - dt.timedelta(days=DEMO_DAYS))

    def real(self) -> Line:
        """Return the line of the portal of real values, built.

        Raises:
            UsageError: There are no real values.
        """
        if not any(self.data.glob("*.*.parquet")):
            raise UsageError(f"No real values in {self.data}", hint="give their folder: --data PATH")
        return self._line("real", str(self.data), "replayed", REAL_TODAY, REAL_SINCE)

    def copy(self, of: Line, name: str) -> Line:
        """Return a line on a copy of the data of `of`, with nothing built yet."""
        folder = self.home / name
        shutil.copytree(of.paths.data, folder / "data", ignore=shutil.ignore_patterns("bronze"))
        return self._new(folder, of.run, of.settings.xm_base_url)

    def _line(self, name: str, data: str, source: DataSource, today: dt.date, since: dt.date) -> Line:
        if name not in self._built:
            run = RunInfo(today, since, source, dt.datetime.combine(today, dt.time(5, 40)))
            with running(data, today) as url:
                line = self._new(self.home / name, run, url)
                line.build()
            self._built[name] = line
        return self._built[name]

    @staticmethod
    def _new(folder: Path, run: RunInfo, url: str) -> Line:
        build = folder / "build"
        build.mkdir(parents=True, exist_ok=True)
        vendor = ROOT / "build" / "vendor"  # browser assets are the checkout's: they are not what is measured
        vendor.mkdir(parents=True, exist_ok=True)
        if not (build / "vendor").exists():
            (build / "vendor").symlink_to(vendor)
        settings = load_settings(xm_base_url=url, simem_base_url=url, data_dir=folder / "data", build_dir=build)
        return Line.of(settings, run)


@contextmanager
def portals(data: Path) -> Iterator[Portals]:
    """Yield portals in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        yield Portals(Path(folder), data)
