"""The ingest, top to bottom: lock, send each source on its job, commit, remember what was asked, go on."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.errors import SourceError, SourceUnavailable, StoreError, UsageError
from pipeline.core.host import budget_of
from pipeline.core.log import get_logger
from pipeline.core.log import progress as watched
from pipeline.core.memory import lean
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.ingest.archive import newest, nights, prune_archive
from pipeline.ingest.drift import reopened, with_reopened
from pipeline.ingest.gaps import note_gaps, read_ledger, store_ledger
from pipeline.ingest.job import Archive, SourceJob
from pipeline.ingest.lost import heal, settle_lost, told_lines
from pipeline.ingest.plan import progress, without_past
from pipeline.ingest.renames import note_renames, told, undeclared
from pipeline.ingest.sources import MAIN, adaptors
from pipeline.ingest.states import (
    IngestReport,
    Memory,
    Progress,
    States,
    Wanted,
    prune,
    read_memory,
    refuse_mixing,
    refuse_past,
    settle_state,
    write_memory,
)
from pipeline.ingest.windows import Holes
from pipeline.store.atomic import sweep
from pipeline.store.bronze import Bronze
from pipeline.store.held import Decide, accept_all, decided_in, undecided
from pipeline.store.lake import Lake, Manifest, Transaction
from pipeline.store.retention import Keep

log = get_logger("ingest")

SOURCES = adaptors()
"""Id in catalog/sources.yml → how it is asked. A source that fails never stops the others."""

_LEAST = 300.0
"""Time that each source has in the first round, even when those before it took the run's [s]."""
_IMPATIENT, _UNREACHABLE = 5.0, 1.0
"""Patience with further sources once one is down, or cannot even be reached from here [s]."""


@dataclass
class _Ingest:
    """What the jobs of one run share."""

    catalog: Catalog
    settings: Settings
    paths: Paths
    run: RunInfo
    memory: Memory
    decide: Decide = undecided
    report: IngestReport = field(default_factory=IngestReport)
    started: float = field(default_factory=time.monotonic)

    @property
    def states(self) -> States:
        """What is known of every series."""
        return self.memory.series

    def jobs(self, chosen: list[Metric], transaction: Transaction, *, full: bool = False) -> list[SourceJob]:
        """Return one job per source that has a metric among `chosen`, in the order of `SOURCES`."""
        bronze = Bronze(self.paths.bronze)
        return [
            SourceJob(
                source, metrics, self.catalog, self.settings, self.run, self.states, bronze, transaction,
                self.report, full=full,
            )
            for source in SOURCES
            if (metrics := [metric for metric in chosen if metric.source == source])
        ]  # fmt: skip

    def gather(self, jobs: list[SourceJob], transaction: Transaction) -> None:
        """Send every job for one round, then bring the gaps up to date with what came."""
        ledger = read_ledger(self.catalog, transaction)
        holes = ledger.holes(self.catalog, self.run.today)
        for key, days in transaction.held_back.days().items():  # a decision counts from the next answer on
            holes.setdefault(key, Holes()).due += [(day, day) for day in days]
        full = self._is_full(transaction.base)
        for job in jobs:
            job.begin(transaction, holes)
            job.no_room = full
            if full and job.agenda:
                job.agenda = without_past(job.agenda, self.run.today)
            job.settings = self._limits(job)
        _send(jobs, "gather")
        for job in jobs:
            note_gaps(job, ledger)
        ledger.forget(self.run.today)
        store_ledger(self.catalog, transaction, ledger)
        self.report.gaps = ledger.open_count(self.catalog)

    def _is_full(self, manifest: Manifest) -> bool:
        """Say whether the lake has all the room that the host of the site leaves it: no more of the past comes then."""
        room = budget_of(self.settings).lake
        return room is not None and sum(part.bytes for part in manifest.parts) >= room

    def _limits(self, job: SourceJob) -> Settings:
        """Return the settings of a round: what the run has left of its time and of its requests."""
        left = self.time_left()
        if job.agenda is None and job.source != MAIN:
            left = max(left, min(_LEAST, self.settings.xm_run_deadline))
        requests = max(self.settings.requests - job.spent, 1)
        changes = {"xm_run_deadline": max(left, 0.001), "requests": 10**9 if job.full else requests}
        return self.settings.model_copy(update=changes)

    def time_left(self) -> float:
        """Return what is left of the time of the run [s]."""
        return self.settings.xm_run_deadline - (time.monotonic() - self.started)

    def goes_on(self, job: SourceJob) -> bool:
        """Say whether a source has more to be asked tonight, and may be."""
        spent = job.spent >= self.settings.requests and not job.full
        return bool(job.agenda) and job.source not in self.report.down and not spent and self.time_left() > 0

    def commit(self, transaction: Transaction) -> Manifest:
        """Commit a round; what is held back, and what looks renamed, is reported as the last one leaves it."""
        proposed = note_renames(transaction, self.catalog, self.run.today)
        self.report.renames = told(undeclared(proposed, self.catalog.aliases))
        manifest = transaction.commit(self.run.created)
        self.report.held_back = transaction.held_back.told()
        return manifest

    def settle(self, chosen: list[Metric], jobs: list[SourceJob], manifest: Manifest) -> None:
        """Bring the states up to date with the lake, and say how much of the past is there."""
        pending: set[str] = set()
        reached: dict[str, Progress] = {}
        for source in (job.source for job in jobs):
            mine = [metric for metric in chosen if metric.source == source]
            state = self.memory.sources.setdefault(source, {})
            state["down"] = self.report.down.get(source, "")
            if SOURCES[source].planned:
                reached[source], missing = progress(mine, self.run, self.states)
                state.update(vars(reached[source]))  # type: ignore[typeddict-item]
                missing_past = state["asked"] < state["wanted"] and self._is_full(manifest)
                state["no_room"] = budget_of(self.settings).why if missing_past else ""
                pending |= missing
        for job in jobs:
            if job.compared:
                self.memory.sources[job.source]["compared"] = self.run.today.isoformat()
        self.report.progress = {source: dict(vars(done)) for source, done in reached.items()}
        self.report.progress["all"] = dict(vars(sum(reached.values(), Progress(0, 0, self.run.since.isoformat()))))
        self.settle_states(chosen, manifest, pending)

    def settle_states(self, chosen: list[Metric], manifest: Manifest, pending: Collection[str] = ()) -> None:
        """Give every series its state, as the lake now is."""
        for metric in chosen:
            for entity in metric.entities:
                rows = sum(part.rows for part in manifest.of(metric.id, entity))
                missing = f"{metric.id}/{entity}" in pending
                settle_state(self.states, metric, entity, rows=rows, run=self.run, pending=missing)

    def summed_up(self) -> IngestReport:
        """Return the report: the states are counted, what failed is named."""
        for key, state in self.states.items():
            self.report.states[state["state"]] = self.report.states.get(state["state"], 0) + 1
            if state["state"] == "failed":
                self.report.failed[key] = state["reason"]
        self.report.seconds = time.monotonic() - self.started
        return self.report


def ingest(
    catalog: Catalog,
    settings: Settings,
    paths: Paths,
    run: RunInfo,
    *,
    metrics: Iterable[str] | None = None,
    full: bool = False,
    accept_shrink: bool = False,
) -> IngestReport:
    """Ask every source for what is wanted of it, round by round, and commit each round.

    What is not reached tonight, for want of time or requests or because a source is down, is asked another night.

    Args:
        catalog: The declarations.
        settings: Where the sources are and how to ask them.
        paths: Where things lie.
        run: The day of the run, and since when data are wanted.
        metrics: Only these metrics; all when None. This and `run.since` are kept with the lake as what is wanted.
        full: Ask again for every window, known or not, however many requests that takes.
        accept_shrink: Take changes that would be held back, whatever they are.

    Raises:
        UsageError: A metric is unknown, the dates are reversed, or the day lies before the data or what is there.
        PartCorrupt: What was asked before cannot be read.
        LockHeld: Another run is writing.
        SourceUnavailable: No source can be reached at all, and the lake has nothing to show.
        RowBalanceError: Cells were lost on the way; the round was not committed.
    """
    refuse_past(paths, run)
    names = None if metrics is None else tuple(metrics)
    lake, bronze = Lake(paths.lake, Keep.of(settings)), Bronze(paths.bronze)
    chosen = _chosen(with_reopened(catalog, lake.manifest()), names)
    if run.since > run.today:
        raise UsageError("The range ends before it starts", hint="give --since before --today")
    refuse_mixing(paths, run)
    decide = accept_all if accept_shrink else decided_in(catalog)
    work = _Ingest(catalog, settings, paths, run, read_memory(paths), decide)
    with lake.writing(), lean():
        bronze.sweep()
        sweep(paths.data)
        heal(lake, work.memory, run.today, run.created)
        work.report.warnings += told_lines(span for span in work.memory.lost if not span["told"])
        work.memory.want(Wanted(run.since, names), run.source)
        jobs = pending = work.jobs(chosen, lake.transaction(run.today), full=full)
        while pending:
            transaction = lake.transaction(run.today, decide=decide)
            work.gather(pending, transaction)
            work.report.balance.check()
            bronze.settle()
            manifest = work.commit(transaction)
            work.report.changed |= manifest.version != transaction.base.version
            work.settle(chosen, jobs, manifest)
            prune(work.states)
            settle_lost(work.memory, manifest, run.today)
            write_memory(paths, work.memory)
            pending = [job for job in pending if work.goes_on(job)]
        prune_archive(bronze, catalog, lake, run.today, settings.bronze_days)
        work.report.warnings += reopened(catalog, with_reopened(catalog, lake.manifest()))
    done = work.report.progress.get("all", {})
    if done and done["asked"] != done["wanted"]:
        log.info("the past is brought in night by night", **done)
    return work.summed_up()


def replay(
    catalog: Catalog, settings: Settings, paths: Paths, run: RunInfo, *, accept_shrink: bool = False
) -> IngestReport:
    """Parse the archived replies again and commit what changes; no source is asked.

    Into an empty lake, night by night: values, revisions and quarantine come back as they grew. Into one that is
    there, the newest reply of each window over what is known: a parser that learned something is applied to the whole
    archive, and damaged parts, or a damaged manifest, are made again.

    Raises:
        ShrinkRefused: A damaged part held what the archive does not.
        LockHeld: Another run is writing.
        StoreError: No reply is archived.
    """
    refuse_mixing(paths, run)
    if Bronze(paths.bronze).is_empty():
        raise StoreError(
            "There is no archive of raw replies to read again",
            hint="a restored portal brings none, and PORTAL_BRONZE_DAYS=0 keeps none: run ./inv ingest --full to ask "
            "again, or ./inv restore --from a published portal",
            archive=paths.bronze,
        )
    decide = accept_all if accept_shrink else decided_in(catalog)
    work = _Ingest(catalog, settings, paths, run, read_memory(paths), decide)
    lake = Lake(paths.lake, Keep.of(settings))
    chosen = list(catalog.metrics.values())
    bronze = Bronze(paths.bronze)
    with lake.writing(), lean():
        before = lake.pointer()
        if not lake.is_empty():
            archives = {source: newest(bronze, source, catalog) for source in SOURCES}
            _replay_into(work, lake.transaction(run.today, repair=True, decide=decide), archives)
        else:
            by_night = {source: nights(bronze, source, catalog) for source in SOURCES}
            days = sorted({day for archive in by_night.values() for day in archive})
            for day in watched(days, len(days), "replay"):
                _replay_night(work, lake, day, {source: archive.get(day, {}) for source, archive in by_night.items()})
        manifest = lake.manifest()
        work.report.changed = lake.pointer() != before
    work.settle_states(chosen, manifest)
    return work.summed_up()


def _replay_night(work: _Ingest, lake: Lake, day: str, archives: dict[str, Archive]) -> None:
    """Commit the replies of one night as on that night."""
    night = dt.date.fromisoformat(day)
    created = work.run.created - (work.run.today - night)
    tonight = replace(work, run=replace(work.run, today=night, created=created))
    _replay_into(tonight, lake.transaction(night, decide=work.decide), archives)


def _replay_into(work: _Ingest, transaction: Transaction, archives: dict[str, Archive]) -> None:
    jobs = work.jobs(list(work.catalog.metrics.values()), transaction)
    for job in jobs:
        job.archive = archives[job.source]
    _send(jobs, "replay")
    work.report.balance.check()
    work.commit(transaction)


def _chosen(catalog: Catalog, metrics: Iterable[str] | None) -> list[Metric]:
    if metrics is None:
        return list(catalog.metrics.values())
    names = list(metrics)
    unknown = [name for name in names if name not in catalog.metrics]
    if unknown:
        raise UsageError(f"Unknown metric: {', '.join(unknown)}", hint="see the ids in pipeline/catalog/metrics")
    return [catalog.metrics[name] for name in names]


def _send(jobs: list[SourceJob], what: Literal["gather", "replay"]) -> None:
    """Send every job; a source that is down is noted and the others go on, with less patience.

    Raises:
        SourceUnavailable: The main source is down, or all are, and nothing of them is there: there would be no portal.
    """
    down: dict[str, SourceError] = {}
    for job in jobs:
        adaptor = SOURCES[job.source]
        if down:
            unreachable = any(error.code.startswith("connect") for error in down.values())
            limit = min(job.settings.patience, _UNREACHABLE if unreachable else _IMPATIENT)
            job.settings = job.settings.model_copy(update={"patience": limit})
        try:
            (adaptor.gather if what == "gather" else adaptor.replay)(job)
        except SourceError as error:
            log.warning("source down", source=job.source, reason=str(error))
            job.report.down[job.source] = error.code
            job.report.failed[f"source {job.source}"] = str(error)
            down[job.source] = error
    lost = [job for job in jobs if job.source in down and _is_new(job)]
    if lost and (len(lost) == len(jobs) or any(job.source == MAIN for job in lost)):
        first = down[lost[0].source]
        if isinstance(first, SourceUnavailable):
            raise first
        raise SourceUnavailable(f"No source could be asked: {first.message}", hint=first.hint, code=first.code)


def _is_new(job: SourceJob) -> bool:
    """Say whether nothing of the source of `job` is in the lake, or came tonight."""
    base = job.transaction.base
    return not job.present and not any(
        base.of(metric.id, entity) for metric in job.metrics for entity in metric.entities
    )
