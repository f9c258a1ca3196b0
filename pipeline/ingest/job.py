"""What one source has to do in a run: its metrics, what it fills, and how it is turned to (`Adaptor`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.ingest.states import IngestReport, States, fail, fresh_state
from pipeline.ingest.windows import FAILED, Holes, WindowOutcome, WindowRequest
from pipeline.store.bronze import Bronze, BronzeRef
from pipeline.store.lake import Transaction

Archive = dict[tuple[str, str], list[BronzeRef]]
"""Archived replies of one source, by metric and entity."""


@dataclass
class SourceJob:
    """What an adaptor is sent to do: bring the metrics of one source up to date.

    Attributes:
        source: Id of the source in `catalog/sources.yml`.
        metrics: The metrics of that source that are wanted.
        catalog: All declarations.
        settings: How sources are reached.
        run: The day of the run, and since when data are wanted.
        states: Per series, what was asked and how it ended; the adaptor notes what it asked.
        bronze: Where raw replies go before anything else happens to them.
        transaction: Where rows go; the caller commits.
        report: The account, shared by all sources.
        full: Ask again for every window, known or not.
        holes: The open gaps by (metric, entity), for the plan.
        asked: What was asked in this round, and how it ended; the gaps are found in it.
        present: Filled by the merge: days (`date.toordinal`) of each series for which rows came in this run.
        spoilt: Filled by the merge: series (`Metric/Entity`) whose replies could not be used, with the reason.
        archive: Only when replaying: the replies of the night that is replayed.
        agenda: Windows still to be asked tonight, round by round; None before the source was first turned to.
        spent: Requests sent so far.
        compared: The source's own list of metrics was compared with the catalogue in this run.
        answered: The source gave a good answer in this run.
        no_room: The past is not asked for: the host of the site has no room for it.
    """

    source: str
    metrics: list[Metric]
    catalog: Catalog
    settings: Settings
    run: RunInfo
    states: States
    bronze: Bronze
    transaction: Transaction
    report: IngestReport
    full: bool = False
    holes: dict[tuple[str, str], Holes] = field(default_factory=dict)
    asked: list[WindowOutcome] = field(default_factory=list)
    present: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    spoilt: dict[str, str] = field(default_factory=dict)
    archive: Archive = field(default_factory=dict)
    agenda: list[list[WindowRequest]] | None = None
    spent: int = 0
    compared: bool = False
    answered: bool = False
    no_room: bool = False

    def begin(self, transaction: Transaction, holes: dict[tuple[str, str], Holes]) -> None:
        """Start a round: what was asked and what came is noted per transaction."""
        self.transaction, self.holes = transaction, holes
        self.asked, self.present = [], {}

    def note(self, outcomes: Sequence[WindowOutcome], unreadable: Mapping[tuple[str, str], str]) -> None:
        """Remember how the window of each series ended that was asked for.

        Args:
            outcomes: Of the questions of this round.
            unreadable: Windows whose reply is no document, by (series, start day), with the reason: left to another
                night.
        """
        ended = []
        for outcome in (each for one in outcomes if one.status != "unsent" for each in one.series()):
            why = unreadable.get((outcome.request.key, outcome.request.start.isoformat()), "")
            ended.append(replace(outcome, status="retry_later", reason=why) if why else outcome)
        # A list of several windows has one state for all: the failed ones have the last word.
        for outcome in sorted(ended, key=lambda outcome: outcome.status in FAILED):
            request = outcome.request
            state = self.states.setdefault(request.key, fresh_state())
            state["windows"][request.place] = {
                "end": request.end.isoformat(), "asked": self.run.today.isoformat(), "status": outcome.status,
                "reason": "" if outcome.answered else outcome.reason,
            }  # fmt: skip
            state["state"] = state["reason"] = ""
            # A source may well have forgotten a series that ended: to be told so is an answer.
            forgotten = outcome.status == "permanent" and request.start > (request.metric.ends or request.end)
            if not outcome.answered and not forgotten:
                self.report.failed_windows += 1
                self.spoilt[request.key] = outcome.reason
        for key, reason in self.spoilt.items():  # a later round that goes well does not undo it
            fail(self.states, key, reason)
        self.asked += ended

    def spoil(self, key: str, reason: str) -> None:
        """Note that replies of a series (`Metric/Entity`) could not be used."""
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
