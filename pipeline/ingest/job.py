"""What one source has to do in a run: its metrics, what it fills, and how it is turned to (`Adaptor`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.ingest.download import WindowOutcome, WindowRequest
from pipeline.ingest.states import IngestReport, States, fail, note_outcomes
from pipeline.store.bronze import Bronze, BronzeRef
from pipeline.store.lake import Transaction

Span = tuple[dt.date, dt.date]
Archive = dict[tuple[str, str], list[BronzeRef]]
"""Archived replies of one source, by metric and entity."""


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

    def note(self, outcomes: Sequence[WindowOutcome[WindowRequest]], unreadable: Mapping[tuple[str, str], str]) -> None:
        """Remember how each window that was asked ended.

        Args:
            outcomes: Of the windows of this round.
            unreadable: Those whose reply is no document, by (series, start day), with the reason.
        """
        refused = note_outcomes(outcomes, self.states, self.run, self.report)
        self.note_unreadable(unreadable)
        self.spoilt |= refused  # a later round that goes well does not undo it
        for key, reason in self.spoilt.items():
            fail(self.states, key, reason)
        for outcome in outcomes:
            if outcome.status == "unsent":
                continue
            window = outcome.request
            why = unreadable.get((window.key, window.start.isoformat()), "")
            answered = outcome.status in {"ok", "empty"} and not why
            reason = why or outcome.reason
            self.asked.append(Asked(window.metric, window.entity, window.start, window.end, answered, reason))

    def note_unreadable(self, unreadable: Mapping[tuple[str, str], str]) -> None:
        """Note the series that have replies which are no document."""
        self.report.failed_windows += len(unreadable)
        for (key, _), reason in unreadable.items():
            self.spoilt[key] = reason
            fail(self.states, key, reason)


Gather = Callable[[SourceJob], None]


@dataclass(frozen=True)
class Adaptor:
    """How one source is asked, and how its archive is read again.

    `gather` asks the source, archives, parses and puts rows into the transaction. It raises a SourceError only
    when the source as a whole cannot be used; a series that fails is noted in its state. `replay` puts the rows of
    `job.archive` (the replies of one night) into the transaction, without asking anybody. A `planned` source is asked
    in windows, newest first, the past over several nights.
    """

    gather: Gather
    replay: Gather
    planned: bool = False
