"""What the parts of the ingest say to each other: states kept between runs, the report, an adaptor's job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.ingest.cell_account import Balance
from pipeline.ingest.windows import WindowRequest
from pipeline.store.bronze import Bronze, BronzeRef
from pipeline.store.lake import Transaction


class Window(TypedDict):
    """How the last question about one window ended."""

    end: str
    asked: str
    status: str
    reason: str


class SeriesMemory(TypedDict):
    """What is known of one series: its windows by start day, where it stands, the longest span the source takes."""

    state: str
    reason: str
    windows: dict[str, Window]
    longest: NotRequired[int]


class SourceMemory(TypedDict, total=False):
    """What is known of one source: how much of the past was asked, what ails it, when its catalogue was compared.

    Attributes:
        wanted: Windows wanted since the first day.
        asked: Those of them that were ever asked.
        complete_since: First day from which everything was asked; empty when not even the newest days were.
        down: Code of what kept it from being asked in the last run; empty when nothing did.
        compared: Last day on which its own list of metrics was compared with the catalogue.
        held: The host that has no room for more of the past; empty where there is room.
    """

    wanted: int
    asked: int
    complete_since: str
    down: str
    compared: str
    held: str


@dataclass(frozen=True)
class Wanted:
    """What a lake is to hold: since when, and which metrics (None: all)."""

    since: dt.date
    metrics: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Progress:
    """Windows wanted, windows ever asked, and the first day (ISO) from which everything was asked."""

    wanted: int
    asked: int
    complete_since: str

    def __add__(self, other: Progress) -> Progress:
        both = self.complete_since, other.complete_since
        return Progress(self.wanted + other.wanted, self.asked + other.asked, max(both) if all(both) else "")


States = dict[str, SeriesMemory]
Span = tuple[dt.date, dt.date]
Archive = dict[tuple[str, str], list[BronzeRef]]
"""Archived replies of one source, by metric and entity."""


UNREADABLE = "unreadable"
"""Code of a reply that is no document; as every reason it begins with a word `core.spanish.reason` knows."""


def fresh_state() -> SeriesMemory:
    """Return the state of a series nobody asked for yet."""
    return {"state": "", "reason": "", "windows": {}}


def fail(states: States, key: str, reason: str) -> None:
    """Note that a series (`Metric/Entity`) failed; it keeps its last good rows."""
    state = states.setdefault(key, fresh_state())
    state["state"], state["reason"] = "failed", reason


@dataclass
class IngestReport:
    """Account of one ingest. Cells: see `cell_account`."""

    asked: int = 0
    failed_windows: int = 0
    cells: int = 0
    accepted: int = 0
    blank: int = 0
    duplicate: int = 0
    clipped: int = 0
    quarantined: int = 0
    rejects: int = 0
    rows_added: int = 0
    rows_revised: int = 0
    bytes: int = 0
    seconds: float = 0.0
    changed: bool = False
    gaps: int = 0
    """Gaps open after this ingest."""
    unknown_codes: int = 0
    drift: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    down: dict[str, str] = field(default_factory=dict)
    """Sources that could not be asked at all, with the code of the reason."""
    progress: dict[str, dict[str, object]] = field(default_factory=dict)
    """By source, and for `all`: windows wanted, asked, and since when all of them were asked."""

    def count(self, balance: Balance) -> None:
        """Add the cells of a series."""
        for name, cells in vars(balance).items():
            setattr(self, name, getattr(self, name) + cells)

    @property
    def balance(self) -> Balance:
        """The cells of the whole ingest."""
        return Balance(self.cells, self.accepted, self.blank, self.duplicate, self.clipped, self.quarantined)


@dataclass
class Holes:
    """The open gaps of one series: those to be asked again today, and those that wait for their day."""

    due: list[Span] = field(default_factory=list)
    waiting: list[Span] = field(default_factory=list)


@dataclass(frozen=True)
class Asked:
    """A span of days that a source was asked for, and how it ended."""

    metric: Metric
    entity: str
    start: dt.date
    end: dt.date
    answered: bool
    reason: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Metric and entity."""
        return self.metric.id, self.entity


@dataclass
class SourceJob:
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
        holes: The open gaps by (metric, entity), for the plan.
        asked: Filled by the adaptor: what was asked in this run; the gaps are found in it.
        present: Filled by the merge: days (`date.toordinal`) of each series for which rows came in this run.
        spoilt: Filled by the merge: series (`Metric/Entity`) whose replies could not be used, with the reason.
        archive: Only when replaying: the replies of the night that is replayed.
        agenda: Windows still to be asked tonight, round by round; None before the source was first turned to.
        spent: Requests sent so far.
        compared: The source's own list of metrics was compared with the catalogue in this run.
        answered: The source gave a good answer in this run.
        held: The past is not asked for: the host of the site has no room for it.
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
    holes: dict[tuple[str, str], Holes] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    present: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    spoilt: dict[str, str] = field(default_factory=dict)
    archive: Archive = field(default_factory=dict)
    agenda: list[list[WindowRequest]] | None = None
    spent: int = 0
    compared: bool = False
    answered: bool = False
    held: bool = False

    def begin(self, transaction: Transaction, holes: dict[tuple[str, str], Holes]) -> None:
        """Start a round: what was asked and what came is noted per transaction."""
        self.transaction, self.holes = transaction, holes
        self.asked, self.present = [], {}


Gather = Callable[[SourceJob], None]


@dataclass(frozen=True)
class Adaptor:
    """How one source is asked, and how its archive is read again.

    `gather` asks the source, archives, parses and puts rows into the transaction. It raises a SourceError only
    when the source as a whole cannot be used; a series that fails is noted in its state. `replay` puts the rows of
    `job.archive` (the replies of one night) into the transaction, without asking anybody.
    """

    gather: Gather
    replay: Gather
