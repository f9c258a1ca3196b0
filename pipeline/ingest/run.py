"""The ingest, top to bottom: lock, send each source on its errand, commit once, remember what was asked."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.errors import SourceError, SourceUnavailable, StoreError, UsageError
from pipeline.core.log import get_logger, progress
from pipeline.core.memory import lean
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.ingest.archive import newest, nights, prune_archive
from pipeline.ingest.calendar import CALENDAR
from pipeline.ingest.contract import Adaptor, Archive, Errand, IngestReport, States
from pipeline.ingest.gaps import note_gaps, read_ledger, store_ledger
from pipeline.ingest.noaa import NOAA
from pipeline.ingest.simem import SIMEM
from pipeline.ingest.states import prune, read_states, refuse_mixing, settle_state, summarise, write_states
from pipeline.ingest.xm import XM
from pipeline.ingest.xm_files import XM_FILES
from pipeline.store.atomic import sweep
from pipeline.store.bronze import Bronze
from pipeline.store.lake import Lake, Manifest, Transaction
from pipeline.store.retention import Keep

log = get_logger("ingest")

# Id in catalog/sources.yml → how it is asked. A source that fails never stops the others.
MAIN = "xm"
SOURCES: dict[str, Adaptor] = {"xm": XM, "simem": SIMEM, "noaa": NOAA, "xm-files": XM_FILES, "holidays": CALENDAR}


@dataclass
class _Ingest:
    """What the errands of one run share."""

    catalog: Catalog
    settings: Settings
    paths: Paths
    run: RunInfo
    states: States
    report: IngestReport = field(default_factory=IngestReport)

    def errands(self, chosen: list[Metric], transaction: Transaction, *, full: bool = False) -> list[Errand]:
        """Return one errand per source that has a metric among `chosen`, in the order of `SOURCES`."""
        bronze = Bronze(self.paths.bronze)
        return [
            Errand(
                source, metrics, self.catalog, self.settings, self.paths, self.run, self.states, bronze, transaction,
                self.report, full=full,
            )
            for source in SOURCES
            if (metrics := [metric for metric in chosen if metric.source == source])
        ]  # fmt: skip

    def gather(self, errands: list[Errand], transaction: Transaction) -> None:
        """Send every errand, then bring the gaps up to date with what came."""
        ledger = read_ledger(self.catalog, transaction)
        holes = ledger.holes(self.catalog, self.run.today)
        for errand in errands:
            errand.holes = holes
        _send(errands, "gather")
        for errand in errands:
            note_gaps(errand, ledger)
        store_ledger(self.catalog, transaction, ledger)
        self.report.gaps = ledger.open_count(self.catalog)


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
    """Ask every source for what is wanted of it and commit what they answered.

    Args:
        catalog: The declarations.
        settings: Where the sources are and how to ask them.
        paths: Where things lie.
        run: The day of the run, and since when data are wanted.
        metrics: Only these metrics; all when None.
        full: Ask again for every window, known or not.
        accept_shrink: Allow a commit that loses rows.

    Raises:
        UsageError: A metric is unknown or the dates are reversed.
        LockHeld: Another run is writing.
        SourceUnavailable: No source can be reached at all.
        RowBalanceError: Cells were lost on the way; nothing was committed.
    """
    started = time.monotonic()
    chosen = _chosen(catalog, metrics)
    if run.since > run.today:
        raise UsageError("The range ends before it starts", hint="give --since before --today")
    refuse_mixing(paths, run)
    work = _Ingest(catalog, settings, paths, run, read_states(paths))
    lake, bronze = Lake(paths.lake, Keep.of(settings)), Bronze(paths.bronze)
    with lake.writing(), lean():
        bronze.sweep()
        sweep(paths.data)
        transaction = lake.transaction(run.today)
        work.gather(work.errands(chosen, transaction, full=full), transaction)
        work.report.balance.check()
        bronze.settle()
        manifest = transaction.commit(run.created, accept_shrink=accept_shrink)
        work.report.changed = manifest.version != transaction.base.version
        _settle(chosen, work.states, manifest, run)
        prune(work.states)
        write_states(paths, run, work.states)
        prune_archive(bronze, catalog, run.today, settings.bronze_days)
    summarise(work.report, work.states)
    work.report.seconds = time.monotonic() - started
    return work.report


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
    started = time.monotonic()
    refuse_mixing(paths, run)
    if Bronze(paths.bronze).is_empty():
        raise StoreError(
            "There is no archive of raw replies to read again",
            hint="a restored portal brings none, and PORTAL_BRONZE_DAYS=0 keeps none: run ./inv extract --full to ask "
            "again, or ./inv restore --from a published portal",
            archive=paths.bronze,
        )
    work = _Ingest(catalog, settings, paths, run, read_states(paths))
    lake = Lake(paths.lake, Keep.of(settings))
    chosen = list(catalog.metrics.values())
    bronze = Bronze(paths.bronze)
    with lake.writing(), lean():
        before = lake.pointer()
        if not lake.is_empty():
            archives = {source: newest(bronze, source) for source in SOURCES}
            transaction = lake.transaction(run.today, repair=True)
            _replay_into(work, transaction, archives, accept_shrink=accept_shrink)
        else:
            by_night = {source: nights(bronze, source, catalog) for source in SOURCES}
            days = sorted({day for archive in by_night.values() for day in archive})
            for day in progress(days, len(days), "replay"):
                _replay_night(work, lake, day, {source: archive.get(day, {}) for source, archive in by_night.items()})
        manifest = lake.manifest()
        work.report.changed = lake.pointer() != before
    _settle(chosen, work.states, manifest, run)
    summarise(work.report, work.states)
    work.report.seconds = time.monotonic() - started
    return work.report


def _replay_night(work: _Ingest, lake: Lake, day: str, archives: dict[str, Archive]) -> None:
    """Commit the replies of one night as on that night."""
    night = dt.date.fromisoformat(day)
    created = work.run.created - (work.run.today - night)
    tonight = replace(work, run=replace(work.run, today=night, created=created))
    _replay_into(tonight, lake.transaction(night), archives)


def _replay_into(
    work: _Ingest, transaction: Transaction, archives: dict[str, Archive], *, accept_shrink: bool = False
) -> None:
    errands = work.errands(list(work.catalog.metrics.values()), transaction)
    for errand in errands:
        errand.archive = archives[errand.source]
    _send(errands, "replay")
    work.report.balance.check()
    transaction.commit(work.run.created, accept_shrink=accept_shrink)


def _chosen(catalog: Catalog, metrics: Iterable[str] | None) -> list[Metric]:
    if metrics is None:
        return list(catalog.metrics.values())
    names = list(metrics)
    unknown = [name for name in names if name not in catalog.metrics]
    if unknown:
        raise UsageError(f"Unknown metric: {', '.join(unknown)}", hint="see the ids in pipeline/catalog/metrics")
    return [catalog.metrics[name] for name in names]


def _send(errands: list[Errand], what: Literal["gather", "replay"]) -> None:
    """Send every errand; a source that is down is noted and the others go on.

    Raises:
        SourceUnavailable: Every source is down, or the main one is and the lake has nothing of it: there would be
            no portal to show.
    """
    down: dict[str, SourceError] = {}
    for errand in errands:
        adaptor = SOURCES[errand.source]
        try:
            (adaptor.gather if what == "gather" else adaptor.replay)(errand)
        except SourceError as error:
            log.warning("source down", source=errand.source, reason=str(error))
            errand.report.down[errand.source] = str(error)
            errand.report.failed[f"source {errand.source}"] = str(error)
            down[errand.source] = error
    if down and (len(down) == len(errands) or any(e.source == MAIN and MAIN in down and _is_new(e) for e in errands)):
        first = next(iter(down.values()))
        if isinstance(first, SourceUnavailable):
            raise first
        raise SourceUnavailable(f"No source could be asked: {first.message}", hint=first.hint, code=first.code)


def _is_new(errand: Errand) -> bool:
    """Say whether the lake has nothing yet of the source of `errand`."""
    base = errand.transaction.base
    return not any(base.of(metric.id, entity) for metric in errand.metrics for entity in metric.entities)


def _settle(chosen: list[Metric], states: States, manifest: Manifest, run: RunInfo) -> None:
    for metric in chosen:
        for entity in metric.entities:
            rows = sum(part.rows for part in manifest.of(metric.id, entity))
            settle_state(states, metric, entity, rows=rows, run=run)
