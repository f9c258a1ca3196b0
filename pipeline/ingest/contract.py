"""What the parts of the ingest say to each other: states kept between runs, the report, an adaptor's errand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypedDict

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.store.bronze import Bronze
from pipeline.store.lake import Transaction


class Window(TypedDict):
    """How the last question about one window ended."""

    end: str
    asked: str
    status: str
    reason: str


class SeriesState(TypedDict):
    """What is known of one series: its windows by start day, and where it stands."""

    state: str
    reason: str
    windows: dict[str, Window]


States = dict[str, SeriesState]


def fresh_state() -> SeriesState:
    """Return the state of a series nobody asked for yet."""
    return {"state": "", "reason": "", "windows": {}}


@dataclass
class IngestReport:
    """Account of one ingest."""

    asked: int = 0
    failed_windows: int = 0
    cells: int = 0
    rows_added: int = 0
    rows_revised: int = 0
    rejects: int = 0
    bytes: int = 0
    seconds: float = 0.0
    changed: bool = False
    states: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    down: dict[str, str] = field(default_factory=dict)
    """Sources that could not be asked at all, with the reason."""


@dataclass
class Errand:
    """What an adaptor is sent to do: bring the metrics of one source up to date.

    Attributes:
        source: Id of the source in `catalog/sources.yml`.
        metrics: The metrics of that source that are wanted.
        catalog: All declarations.
        settings: How sources are reached.
        paths: Where things lie.
        run: The day of the run, and since when data are wanted.
        states: Per series, what was asked and how it ended; the adaptor notes what it asked.
        bronze: Where raw replies go before anything else happens to them.
        transaction: Where rows go; the caller commits.
        report: The account, shared by all sources.
        full: Ask again for every window, known or not.
    """

    source: str
    metrics: list[Metric]
    catalog: Catalog
    settings: Settings
    paths: Paths
    run: RunInfo
    states: States
    bronze: Bronze
    transaction: Transaction
    report: IngestReport
    full: bool = False


Gather = Callable[[Errand], None]


@dataclass(frozen=True)
class Adaptor:
    """How one source is asked, and how its archive is read again.

    `gather` asks the source, archives, parses and puts rows into the transaction. It raises a SourceError only
    when the source as a whole cannot be used; a series that fails is noted in its state. `replay` does the same
    from bronze alone.
    """

    gather: Gather
    replay: Gather
