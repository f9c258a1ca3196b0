"""SIMEM: a dataset is asked once for all its metrics; its replies are kept by dataset and read by metric.

Lists come in two kinds. Of one that is republished whole every day (the lines) the newest day counts. The calendar of
versions grows by period: what came replaces what was known of the same periods, the rest stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import pyarrow as pa

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError, PartCorrupt, SourceRefused, SourceUnavailable
from pipeline.core.log import bar, get_logger
from pipeline.ingest.acceptance import merge, note_unreadable
from pipeline.ingest.cell_account import Balance
from pipeline.ingest.download import down_because, unblamed
from pipeline.ingest.job import UNREADABLE, Adaptor, Asked, SourceJob, fail, fresh_state
from pipeline.ingest.plan import agenda, months
from pipeline.ingest.sources.simem_questions import DatasetRequest, fetch_windows
from pipeline.ingest.sources.simem_records import SimemRecord, parse_records, parse_table, records_of
from pipeline.ingest.sources.xm_cells import Parsed, Reject
from pipeline.ingest.sources.xm_replies import SeriesRows
from pipeline.ingest.states import is_calendar, note_outcomes
from pipeline.ingest.windows import Reply, WindowOutcome, WindowRequest
from pipeline.store.bronze import BronzeRef
from pipeline.store.parts import key_of, sort_rows

log = get_logger("ingest")

SOURCE = "simem"
RECORDS = "records"
"""Place of a dataset's replies in the archive: `simem/<dataset>/records/<window>`."""
INVENTORY = "e007fb"
_SNAPSHOT_DAYS = 7
_ENDING_DAYS = 60
_FAILED = {"retry_later", "permanent"}


@dataclass
class _Plan:
    """Windows to ask, and which series want each of them."""

    windows: dict[DatasetRequest, list[WindowRequest]] = field(default_factory=dict)

    def add(self, metric: Metric, windows: Iterable[WindowRequest]) -> None:
        for window in windows:
            request = DatasetRequest(_dataset(metric), window.start, window.end)
            self.windows.setdefault(request, []).append(window)

    def series_of(self, part: DatasetRequest) -> Iterator[WindowRequest]:
        """Yield the part of each series' window that an answered part (perhaps a half) covers."""
        for request, wanted_by in self.windows.items():
            if request.dataset == part.dataset and request.start <= part.start and part.end <= request.end:
                for window in wanted_by:
                    yield replace(window, start=part.start, end=part.end)


def gather(job: SourceJob) -> None:
    """Ask SIMEM for the next round of `job` and put what it answered into the transaction.

    Raises:
        SourceUnavailable: SIMEM answered none of them, or was given up.
        RowBalanceError: Cells were lost on the way; nothing may be committed.
    """
    first = job.agenda is None
    if job.agenda is None:
        job.agenda = agenda(job, job.metrics)
    plan = _Plan()
    for window in job.agenda.pop(0) if job.agenda else ():
        plan.add(window.metric, _spans(window, job.run.today))
    if not plan.windows:
        return
    today = job.run.today
    requests = [*plan.windows, *([DatasetRequest(INVENTORY, today, today)] if first else [])]
    refs: list[BronzeRef] = []

    def on_reply(reply: Reply[DatasetRequest]) -> None:
        job.report.bytes += len(reply.body)
        if reply.status in {"ok", "empty"}:
            span = (reply.request.start, reply.request.end)
            ref = job.bronze.put(SOURCE, reply.request.dataset, RECORDS, span, today, reply.body)
            if reply.status == "ok":
                refs.append(ref)

    with bar(len(requests), "SIMEM", unit="windows") as ticker:

        def show(done: int, _total: int) -> None:
            ticker.update(done - ticker.n)

        outcomes = fetch_windows(requests, job.settings, on_reply, progress=show)
    job.spent += sum(outcome.attempts for outcome in outcomes)
    job.report.asked += sum(o.status != "unsent" and o.request.dataset != INVENTORY for o in outcomes)
    cause = down_because(outcomes, answered=job.answered)
    job.answered |= any(outcome.status in {"ok", "empty"} for outcome in outcomes)
    if cause is not None:
        outcomes = unblamed(outcomes, cause)
    _settle(job, plan, [o for o in outcomes if o.request.dataset != INVENTORY], refs)
    _watch_ends(job, [ref for ref in refs if ref.metric == INVENTORY])
    if cause is not None:
        raise SourceUnavailable(f"SIMEM does not answer: {cause}", hint="run again later", code=cause)


def replay(job: SourceJob) -> None:
    """Parse the archived replies of one night again."""
    refs = [ref for (_, place), found in job.archive.items() if place == RECORDS for ref in found]
    _parse_all(job, refs)


def _settle(job: SourceJob, plan: _Plan, outcomes: list[WindowOutcome[DatasetRequest]], refs: list[BronzeRef]) -> None:
    """Note how each series' windows ended and take the rows that came."""
    by_series: list[WindowOutcome[WindowRequest]] = [
        WindowOutcome(window, outcome.status, outcome.reason, outcome.attempts, outcome.size)
        # A snapshot keeps one state for all its windows: the failed ones have the last word.
        for outcome in sorted(outcomes, key=lambda outcome: outcome.status in _FAILED)
        for window in plan.series_of(outcome.request)
    ]
    refused = note_outcomes(by_series, job.states, job.run, job.report)
    unreadable = _parse_all(job, refs)
    job.spoilt |= refused  # a later round that goes well does not undo it
    for key, reason in job.spoilt.items():
        fail(job.states, key, reason)
    for outcome in by_series:
        window = outcome.request
        if outcome.status == "unsent":
            continue
        why = unreadable.get((window.key, window.start.isoformat()), "")
        answered = outcome.status not in _FAILED and not why
        job.asked.append(Asked(window.metric, window.entity, window.start, window.end, answered, why or outcome.reason))


def _dataset(metric: Metric) -> str:
    return metric.simem.dataset if metric.simem else ""


def _spans(window: WindowRequest, today: dt.date) -> list[WindowRequest]:
    """Return what is asked for a window: itself; of a list that is republished daily, the months of its last days."""
    metric = window.metric
    if metric.grain != "list" or is_calendar(metric):
        return [window]
    first = today - dt.timedelta(days=metric.lag_days + _SNAPSHOT_DAYS)
    return [WindowRequest(metric, window.entity, *span) for span in months(first, today)]


def _parse_all(job: SourceJob, refs: list[BronzeRef]) -> dict[tuple[str, str], str]:
    """Parse replies, oldest first, and merge them; return the unreadable windows with the reason, by series."""
    harvests: dict[str, _Growing] = {}
    for ref in sorted(refs, key=lambda ref: (ref.fetched, ref.metric, ref.start)):
        metrics = [metric for metric in job.metrics if _dataset(metric) == ref.metric]
        try:
            records = records_of(job.bronze.get(ref)) if metrics else []
        except (DataError, PartCorrupt, SourceRefused) as error:
            for metric in metrics:
                harvests.setdefault(metric.id, _Growing(metric)).unreadable[ref.start.isoformat()] = (
                    f"{UNREADABLE}: {error}"
                )
            continue
        for metric in metrics:
            harvests.setdefault(metric.id, _Growing(metric)).read(records, ref, job.catalog.versions)
    unreadable: dict[tuple[str, str], str] = {}
    for growing in harvests.values():
        key = f"{growing.metric.id}/{growing.metric.entities[0]}"
        job.states.setdefault(key, fresh_state())
        merge(growing.harvest(job), growing.metric, job)
        unreadable |= {(key, start): reason for start, reason in growing.unreadable.items()}
    note_unreadable(job, unreadable)
    return unreadable


@dataclass
class _Growing:
    """What is read of one metric, reply by reply."""

    metric: Metric
    tables: list[pa.Table] = field(default_factory=list)
    rejects: list[tuple[str, Reject]] = field(default_factory=list)
    balance: Balance = field(default_factory=Balance)
    unreadable: dict[str, str] = field(default_factory=dict)

    def read(self, records: list[SimemRecord], ref: BronzeRef, versions: tuple[str, ...]) -> None:
        """Parse one reply; a column that is not there costs its window only."""
        try:
            parsed = self._parsed(records, ref, versions)
        except DataError as error:
            self.unreadable[ref.start.isoformat()] = f"{UNREADABLE}: {error}"
            return
        self.tables.append(parsed.rows)
        self.rejects += [(ref.sha12, reject) for reject in parsed.rejects]
        self.balance += parsed.balance

    def _parsed(self, records: list[SimemRecord], ref: BronzeRef, versions: tuple[str, ...]) -> Parsed:
        if self.metric.grain == "list":
            rows, rejects = parse_table(records, self.metric)
            return Parsed(rows, rejects, cells=rows.num_rows)
        return parse_records(records, self.metric, ref.start, ref.end, versions)

    def harvest(self, job: SourceJob) -> SeriesRows:
        """Return everything that was read, the newest of what was read twice."""
        rows = pa.concat_tables(self.tables) if self.tables else pa.table({})
        entity = self.metric.entities[0]
        if rows.num_rows and self.metric.grain == "list":
            rows = self._whole_list(rows, job.transaction.read(self.metric.id, entity))
        elif rows.num_rows:
            rows = sort_rows(_newest(rows, key_of(rows.schema)))
        return SeriesRows(self.metric.id, entity, rows, self.rejects, self.balance, self.unreadable)

    def _whole_list(self, rows: pa.Table, known: pa.Table) -> pa.Table:
        if self.metric.simem is not None and self.metric.simem.snapshot:
            frame = rows.to_pandas()
            rows = rows.filter(pa.array(frame["ts"] == frame["ts"].max()))
        elif known.num_rows:
            rows = pa.concat_tables([known.select(rows.column_names).cast(rows.schema), rows])
        return _newest(rows, ["code", "ts"]).sort_by([("ts", "ascending"), ("code", "ascending")])


def _newest(rows: pa.Table, key: list[str]) -> pa.Table:
    """Return the last row of each key."""
    twice = rows.select(key).to_pandas().duplicated(keep="last").to_numpy()
    return rows.filter(pa.array(~twice)) if twice.any() else rows


def _watch_ends(job: SourceJob, refs: list[BronzeRef]) -> None:
    """Report datasets that SIMEM says have ended or are about to: their successor must be declared in time."""
    used = {_dataset(metric).lower(): metric for metric in job.metrics}
    today = job.run.today
    for ref in refs:
        for record in records_of(job.bronze.get(ref)):
            metric = used.get(str(record.get("idDataset")).lower())
            try:
                end = dt.date.fromisoformat(str(record.get("finDato"))[:10])
            except ValueError:
                continue
            if metric is None or end.year > today.year + 5:
                continue
            late = dt.timedelta(days=metric.lag_days + _ENDING_DAYS)
            if end < today - late or today < end <= today + dt.timedelta(days=_ENDING_DAYS):
                line = (
                    f"simem {_dataset(metric)}: its data end on {end.isoformat()} ({record.get('nombreConjuntoDatos')})"
                )
                job.report.drift.append(line)
                log.warning("catalogue drift", difference=line)


SIMEM = Adaptor(gather, replay)
