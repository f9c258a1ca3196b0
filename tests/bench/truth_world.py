"""The portals that the bench of truth looks at, each made when it is first asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import duckdb

from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.emulator.server import running
from pipeline.flow import Line
from tests.bench.portals import Portals
from tests.bench.table import Line as Row
from tests.nights.life import quiet
from tests.once import Once
from tests.truth.house import asked_catalog, read

#: The real window, with the year that it is compared with, read on a day when all of it is long settled.
ASKED_SINCE: Final = dt.date(2022, 1, 1)
REAL_SINCE, REAL_LAST, REAL_TODAY = dt.date(2023, 1, 1), dt.date(2025, 3, 31), dt.date(2025, 4, 1)
NO_DATA: Final = "no data"


def absent(what: str) -> Row:
    """Return the row of what could not be measured: it is not right, it is not known."""
    return Row(what, 0.0, NO_DATA, ok=False)


@dataclass
class Worlds:
    """Portals under one folder.

    Attributes:
        home: Folder of their own; gone when the bench ends.
        data: Folder of real values.
    """

    home: Path
    data: Path

    @cached_property
    def once(self) -> Once:
        """What is lived once."""
        return Once(self.home)

    @cached_property
    def portals(self) -> Portals:
        """The demo, whole."""
        return Portals(self.home / "portals", self.data)

    @property
    def has_real(self) -> bool:
        """Whether there are real values."""
        return any(self.data.glob("*.*.parquet"))

    @cached_property
    def _real(self) -> Path:
        run = RunInfo(REAL_TODAY, ASKED_SINCE, "replayed", dt.datetime.combine(REAL_TODAY, dt.time(5, 40)))
        with running(self.data, REAL_TODAY) as url, quiet():
            home = self.home / "real"
            settings = load_settings(
                xm_base_url=url, simem_base_url=url, data_dir=home / "data", build_dir=home / "build"
            )
            line = Line(settings, run, Paths.of(settings), asked_catalog())
            read(line)
        return line.paths.warehouse

    @contextmanager
    def real(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the warehouse over the real window."""
        with duckdb.connect(str(self._real), read_only=True) as con:
            yield con
