"""What a run is about: the day it stands on, the span it covers, whose data it reads."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from pipeline.core.paths import VERSION

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
