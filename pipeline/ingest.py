"""Bringing the lake up to date: ask, archive, parse, merge, commit.

The one place where `extract`, `validate` and `store` meet. A series that fails keeps its last good state and names its
reason; the others go on. What was asked, and how it ended, lies in `data/ingest.json`: the next run asks only for what
is missing, what failed, and what XM may still revise.
"""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from typing import TypedDict

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError, PartCorrupt, UsageError
from pipeline.core.log import bar, get_logger
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.extract.contract import Outcome, Reply, WindowRequest
from pipeline.extract.windows import plan_requests
from pipeline.extract.xm import fetch_series
from pipeline.store.atomic import write_json
from pipeline.store.bronze import Bronze, BronzeRef
from pipeline.store.lake import Lake, Transaction
from pipeline.validate.parse import Parsed, Reject, parse, parse_list
from pipeline.validate.provisional import mark

log = get_logger("ingest")

LOOK_BACK_DAYS = 45  # XM revises settled values for weeks: younger windows are asked again each day
QUARANTINE = "_quarantine"
QUARANTINE_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("metric", "entity", "bronze", "rule", "place", "value")] + [("seen", pa.date32())]
)


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


@dataclass(frozen=True)
class Harvest:
    """Parsed rows of one series, as they come back from a worker."""

    metric: str
    entity: str
    rows: pa.Table
    rejects: list[tuple[str, Reject]]
    cells: int
    error: str = ""


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
    """Ask the source for every window that is wanted and commit what it answered.

    Args:
        catalog: The declarations.
        settings: Where the source is and how to ask it.
        paths: Where things lie.
        run: The day of the run, and since when data are wanted.
        metrics: Only these metrics; all when None.
        full: Ask again for every window, known or not.
        accept_shrink: Allow a commit that loses rows.

    Raises:
        UsageError: A metric is unknown or the dates are reversed.
        LockHeld: Another run is writing.
        SourceUnavailable: The source cannot be reached at all.
    """
    started = time.monotonic()
    chosen = _chosen(catalog, metrics)
    if run.since > run.today:
        raise UsageError("The range ends before it starts", hint="give --since before --today")
    _refuse_mixing(paths, run)
    states = read_states(paths)
    requests = [r for metric in chosen for r in wanted(metric, run, states, full=full)]
    report = IngestReport(asked=len(requests))
    lake = Lake(paths.lake)
    with lake.writing():
        transaction = lake.transaction(run.today)
        if requests:
            _gather(requests, settings, paths, run, transaction, states, report)
        before = lake.manifest().version
        manifest = transaction.commit(run.created, accept_shrink=accept_shrink)
        report.changed = manifest.version != before
        for metric in chosen:
            for entity in metric.entities:
                _settle_state(states, metric, entity, rows=sum(p.rows for p in manifest.of(metric.id, entity)), run=run)
        write_json(paths.ingest, {"source": run.source, "series": states})
    _summarise(report, states)
    report.seconds = time.monotonic() - started
    return report


def replay(catalog: Catalog, settings: Settings, paths: Paths, run: RunInfo) -> IngestReport:
    """Parse every archived reply again and commit what changes, without asking the source.

    A parser that learned something is thus applied to the whole archive. Replies are merged oldest first per window.
    """
    started = time.monotonic()
    _refuse_mixing(paths, run)
    states = read_states(paths)
    report = IngestReport()
    bronze, lake = Bronze(paths.bronze), Lake(paths.lake)
    metrics = {series.key: catalog.metrics[series.metric] for series in catalog.series()}
    with lake.writing(), ProcessPoolExecutor(settings.workers, mp_context=_processes()) as pool:
        transaction = lake.transaction(run.today)
        futures = []
        for series in catalog.series():
            refs = bronze.newest("xm", series.metric, series.entity)
            if refs:
                states.setdefault(series.key, {"state": "", "reason": "", "windows": {}})["state"] = ""
                futures.append(pool.submit(harvest, bronze, metrics[series.key], series.entity, refs))
        for future in futures:
            _merge(future.result(), metrics, transaction, run, states, report)
        report.changed = transaction.commit(run.created).version != transaction.base.version
    _summarise(report, states)
    report.seconds = time.monotonic() - started
    return report


def _processes() -> BaseContext:
    # forkserver: the parent holds threads (the download loop), and a fork would copy their locks.
    return multiprocessing.get_context("forkserver")


def _refuse_mixing(paths: Paths, run: RunInfo) -> None:
    """Keep simulated, replayed and real data apart: a folder belongs to the source that filled it first."""
    if not paths.ingest.exists():
        return
    owner = json.loads(paths.ingest.read_text()).get("source")
    if owner != run.source:
        raise UsageError(
            f"{paths.data} holds {owner} data and this run brings {run.source} data",
            hint="point PORTAL_DATA_DIR to another folder, or empty this one with ./inv clean --data",
        )


def wanted(
    metric: Metric, run: RunInfo, states: Mapping[str, SeriesState], *, full: bool = False
) -> list[WindowRequest]:
    """Return the windows of `metric` to be asked now: unknown, failed, or young enough to change."""
    if metric.grain == "list":
        plan = [WindowRequest(metric, entity, run.today, run.today) for entity in metric.entities]
    else:
        start = max(run.since, metric.starts or run.since)
        end = min(run.today, metric.ends or run.today)
        plan = plan_requests(metric, start, end) if start <= end else []
    return [r for r in plan if full or _stale(r, states, run.today)]


def _stale(request: WindowRequest, states: Mapping[str, SeriesState], today: dt.date) -> bool:
    state = states.get(request.key)
    known = state["windows"].get(_window_key(request)) if state else None
    if known is None or known["status"] == "retry_later" or known["end"] < request.end.isoformat():
        return True
    settled = request.end + dt.timedelta(days=LOOK_BACK_DAYS + request.metric.lag_days)
    return known["asked"] < min(today, settled).isoformat()


def _window_key(request: WindowRequest) -> str:
    return "list" if request.metric.grain == "list" else request.start.isoformat()


def _chosen(catalog: Catalog, metrics: Iterable[str] | None) -> list[Metric]:
    if metrics is None:
        return list(catalog.metrics.values())
    names = list(metrics)
    unknown = [name for name in names if name not in catalog.metrics]
    if unknown:
        raise UsageError(f"Unknown metric: {', '.join(unknown)}", hint="see the ids in pipeline/catalog/metrics")
    return [catalog.metrics[name] for name in names]


def _gather(
    requests: list[WindowRequest],
    settings: Settings,
    paths: Paths,
    run: RunInfo,
    transaction: Transaction,
    states: dict[str, SeriesState],
    report: IngestReport,
) -> None:
    """Download while a worker parses each series as soon as its last window is in."""
    bronze = Bronze(paths.bronze)
    metrics = {r.key: r.metric for r in requests}
    archived: dict[str, list[BronzeRef]] = {}
    # Days still to come per series. Days, not windows: a window may be halved on the way.
    days_left: dict[str, int] = {}
    for request in requests:
        days_left[request.key] = days_left.get(request.key, 0) + _days(request)
    futures: list[Future[Harvest]] = []
    with (
        ProcessPoolExecutor(max(1, settings.workers - 1), mp_context=_processes()) as pool,
        bar(len(requests), "XM") as ticker,
    ):

        def on_reply(reply: Reply[WindowRequest]) -> None:
            request = reply.request
            report.bytes += len(reply.body)
            if reply.status in {"ok", "empty"}:
                window = (request.start, request.end)
                ref = bronze.put("xm", request.metric.id, request.entity, window, run.today, reply.body)
                if reply.status == "ok":
                    archived.setdefault(request.key, []).append(ref)
            days_left[request.key] -= _days(request)
            if not days_left[request.key] and request.key in archived:
                refs = sorted(archived[request.key], key=lambda ref: ref.start)
                futures.append(pool.submit(harvest, bronze, request.metric, request.entity, refs))

        outcomes = fetch_series(requests, settings, on_reply, progress=lambda done, _total: _tick(ticker, done))
        refused = _note(outcomes, states, run, report)
        for future in futures:
            _merge(future.result(), metrics, transaction, run, states, report)
    for key, reason in refused.items():
        states[key]["state"], states[key]["reason"] = "failed", reason


def _days(request: WindowRequest) -> int:
    return (request.end - request.start).days + 1


def _tick(ticker: object, done: int) -> None:
    ticker.n = done  # type: ignore[attr-defined]
    ticker.refresh()  # type: ignore[attr-defined]


def harvest(bronze: Bronze, metric: Metric, entity: str, refs: list[BronzeRef]) -> Harvest:
    """Parse the archived replies of one series: a pure function of bronze, run in a worker."""
    tables: list[pa.Table] = []
    rejects: list[tuple[str, Reject]] = []
    cells = 0
    try:
        for ref in refs:
            body = bronze.get(ref)
            if metric.grain == "list":
                rows, refused = parse_list(body, metric, entity)
                parsed = Parsed(rows, refused, cells=rows.num_rows)
            else:
                parsed = parse(body, metric, entity, ref.start, ref.end)
            tables.append(parsed.rows)
            rejects += [(ref.sha12, reject) for reject in parsed.rejects]
            cells += parsed.cells
    except (DataError, PartCorrupt) as error:
        return Harvest(metric.id, entity, pa.table({}), rejects, cells, error=str(error))
    return Harvest(metric.id, entity, pa.concat_tables(tables) if tables else pa.table({}), rejects, cells)


def _merge(
    harvested: Harvest,
    metrics: Mapping[str, Metric],
    transaction: Transaction,
    run: RunInfo,
    states: dict[str, SeriesState],
    report: IngestReport,
) -> None:
    key = f"{harvested.metric}/{harvested.entity}"
    metric = metrics[key]
    report.cells += harvested.cells
    report.rejects += len(harvested.rejects)
    if harvested.error:
        states[key]["state"], states[key]["reason"] = "failed", harvested.error
        return
    if harvested.rejects:
        _quarantine(harvested, transaction, run)
    if not harvested.rows.num_rows:
        return
    if metric.grain == "list":
        transaction.put_table(metric.id, harvested.entity, harvested.rows)
        return
    history = transaction.recent(metric.id, harvested.entity) if metric.level_check else None
    marked = mark(harvested.rows, run.today, history) if metric.level_check else _ok(harvested.rows)
    merge = transaction.upsert(metric.id, harvested.entity, marked)
    report.rows_added += merge.added
    report.rows_revised += merge.revised


def _ok(rows: pa.Table) -> pa.Table:
    return rows.append_column("quality", pa.array(["ok"] * rows.num_rows, pa.string()))


def _quarantine(harvested: Harvest, transaction: Transaction, run: RunInfo) -> None:
    rows = [
        {"metric": harvested.metric, "entity": harvested.entity, "bronze": sha, "rule": r.rule, "place": r.place,
         "value": r.value, "seen": run.today}
        for sha, r in harvested.rejects
    ]  # fmt: skip
    key = (QUARANTINE, f"{harvested.metric}.{harvested.entity}")
    known = transaction.lake.read(*key, transaction.base)
    seen = {(r["bronze"], r["rule"], r["place"]) for r in known.to_pylist()} if known.num_rows else set()
    fresh = [r for r in rows if (r["bronze"], r["rule"], r["place"]) not in seen]
    transaction.put_table(*key, pa.Table.from_pylist(fresh, schema=QUARANTINE_SCHEMA), mode="append")


def _note(
    outcomes: list[Outcome[WindowRequest]], states: dict[str, SeriesState], run: RunInfo, report: IngestReport
) -> dict[str, str]:
    """Remember how each window ended; return the series the source refused, with its words."""
    refused: dict[str, str] = {}
    for outcome in outcomes:
        request = outcome.request
        state = states.setdefault(request.key, {"state": "", "reason": "", "windows": {}})
        state["windows"][_window_key(request)] = {
            "end": request.end.isoformat(), "asked": run.today.isoformat(), "status": outcome.status,
            "reason": outcome.reason if outcome.status not in {"ok", "empty"} else "",
        }  # fmt: skip
        state["state"] = state["reason"] = ""
        if outcome.status in {"retry_later", "permanent"}:
            report.failed_windows += 1
            refused[request.key] = outcome.reason
    return refused


def _settle_state(states: dict[str, SeriesState], metric: Metric, entity: str, *, rows: int, run: RunInfo) -> None:
    """Give a series that did not fail its state: `ok` with rows, `empty` with the reason why."""
    key = f"{metric.id}/{entity}"
    state = states.setdefault(key, {"state": "", "reason": "", "windows": {}})
    if state["state"] == "failed":
        return
    state["state"] = "ok" if rows else "empty"
    state["reason"] = "" if rows else _why_empty(metric, run)


def _why_empty(metric: Metric, run: RunInfo) -> str:
    """Return a code that core.spanish.reason turns into words."""
    if metric.ends and metric.ends < run.since:
        return f"ended {metric.ends.isoformat()}"
    if metric.starts and metric.starts > run.today:
        return f"starts {metric.starts.isoformat()}"
    if metric.sparse:
        return "no_event"
    if (run.today - run.since).days <= metric.lag_days:
        return "not_yet"
    return "no_data"


def read_states(paths: Paths) -> dict[str, SeriesState]:
    """Return the state of every series as the last ingest left it."""
    if not paths.ingest.exists():
        return {}
    document: dict[str, dict[str, SeriesState]] = json.loads(paths.ingest.read_text())
    return document["series"]


def _summarise(report: IngestReport, states: Mapping[str, SeriesState]) -> None:
    for key, state in states.items():
        report.states[state["state"]] = report.states.get(state["state"], 0) + 1
        if state["state"] == "failed":
            report.failed[key] = state["reason"]
