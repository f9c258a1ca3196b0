"""The ingest, top to bottom: lock, send each source on its errand, commit once, remember what was asked."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Literal

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.errors import SourceError, SourceUnavailable, UsageError
from pipeline.core.log import get_logger
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.ingest.contract import Adaptor, Errand, IngestReport, States
from pipeline.ingest.states import read_states, refuse_mixing, settle_state, summarise, write_states
from pipeline.ingest.xm import XM
from pipeline.store.bronze import Bronze
from pipeline.store.lake import Lake, Manifest, Transaction

log = get_logger("ingest")

# Id in catalog/sources.yml → how it is asked. A source that fails never stops the others.
SOURCES: dict[str, Adaptor] = {"xm": XM}


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
    """
    started = time.monotonic()
    chosen = _chosen(catalog, metrics)
    if run.since > run.today:
        raise UsageError("The range ends before it starts", hint="give --since before --today")
    refuse_mixing(paths, run)
    states = read_states(paths)
    report = IngestReport()
    lake = Lake(paths.lake)
    with lake.writing():
        transaction = lake.transaction(run.today)
        errands = _errands(chosen, catalog, settings, paths, run, states, transaction, report, full=full)
        _send(errands, "gather")
        before = lake.manifest().version
        manifest = transaction.commit(run.created, accept_shrink=accept_shrink)
        report.changed = manifest.version != before
        _settle(chosen, states, manifest, run)
        write_states(paths, run, states)
    summarise(report, states)
    report.seconds = time.monotonic() - started
    return report


def replay(catalog: Catalog, settings: Settings, paths: Paths, run: RunInfo) -> IngestReport:
    """Parse every archived reply again and commit what changes, without asking any source.

    A parser that learned something is thus applied to the whole archive. Replies are merged oldest first per window.
    """
    started = time.monotonic()
    refuse_mixing(paths, run)
    states = read_states(paths)
    report = IngestReport()
    lake = Lake(paths.lake)
    with lake.writing():
        transaction = lake.transaction(run.today)
        chosen = list(catalog.metrics.values())
        _send(_errands(chosen, catalog, settings, paths, run, states, transaction, report), "replay")
        report.changed = transaction.commit(run.created).version != transaction.base.version
    summarise(report, states)
    report.seconds = time.monotonic() - started
    return report


def _chosen(catalog: Catalog, metrics: Iterable[str] | None) -> list[Metric]:
    if metrics is None:
        return list(catalog.metrics.values())
    names = list(metrics)
    unknown = [name for name in names if name not in catalog.metrics]
    if unknown:
        raise UsageError(f"Unknown metric: {', '.join(unknown)}", hint="see the ids in pipeline/catalog/metrics")
    return [catalog.metrics[name] for name in names]


def _errands(
    chosen: list[Metric],
    catalog: Catalog,
    settings: Settings,
    paths: Paths,
    run: RunInfo,
    states: States,
    transaction: Transaction,
    report: IngestReport,
    *,
    full: bool = False,
) -> list[Errand]:
    """Return one errand per source that has a metric among `chosen`, in the order of `SOURCES`."""
    bronze = Bronze(paths.bronze)
    errands = []
    for source in SOURCES:
        metrics = [metric for metric in chosen if metric.source == source]
        if metrics:
            errands.append(
                Errand(source, metrics, catalog, settings, paths, run, states, bronze, transaction, report, full=full)
            )
    return errands


def _send(errands: list[Errand], what: Literal["gather", "replay"]) -> None:
    """Send every errand; a source that is down is noted, and only when all are down does it stop the run.

    Raises:
        SourceUnavailable: Every source is down.
    """
    down: list[SourceError] = []
    for errand in errands:
        adaptor = SOURCES[errand.source]
        try:
            (adaptor.gather if what == "gather" else adaptor.replay)(errand)
        except SourceError as error:
            log.warning("source down", source=errand.source, reason=str(error))
            errand.report.down[errand.source] = str(error)
            errand.report.failed[f"source {errand.source}"] = str(error)
            down.append(error)
    if down and len(down) == len(errands):
        first = down[0]
        if isinstance(first, SourceUnavailable):
            raise first
        raise SourceUnavailable(f"No source could be asked: {first.message}", hint=first.hint, **first.context)


def _settle(chosen: list[Metric], states: States, manifest: Manifest, run: RunInfo) -> None:
    for metric in chosen:
        for entity in metric.entities:
            rows = sum(part.rows for part in manifest.of(metric.id, entity))
            settle_state(states, metric, entity, rows=rows, run=run)
