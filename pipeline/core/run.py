"""What a run is about: the day it stands on, the span it covers, whose data it reads; and what came of it."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from pipeline.core.log import get_logger
from pipeline.core.paths import VERSION

log = get_logger("flow")

DataSource = Literal["simulated", "replayed", "xm"]


@dataclass(frozen=True)
class RunInfo:
    """Identity of one run; it is printed on every page.

    Attributes:
        today: The day the run stands on [Bogotá].
        since: First day asked of the source.
        source: `simulated` and `replayed` come from the emulator and say so on every page.
        created: Time of publication [Bogotá]; derived from `today` for emulated runs, so that the same
            inputs give the same bytes.
        code_version: Version of the package, from `pyproject.toml`.
    """

    today: dt.date
    since: dt.date
    source: DataSource
    created: dt.datetime
    code_version: str = VERSION


@dataclass
class RunReport:
    """What happened, stage by stage; written to `build/reports/run.json`."""

    seconds: dict[str, float] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What went wrong and left everything published all the same."""
    exit_code: int = 0

    def fail(self, reason: str, exit_code: int = 1) -> None:
        """Note a failure that does not stop the line.

        Trying again later (75) is the answer only where it is for every failure.
        """
        self.failed.append(reason)
        self.exit_code = min(self.exit_code or exit_code, exit_code)
        log.error("failed", reason=reason)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage, and log one line about it where it ends well."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(time.monotonic() - started, 2)
        log.info("stage done", stage=name, seconds=self.seconds[name])
