"""From parsed replies to rows in the transaction: marked, merged, accounted for; what was refused in quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DuplicateKey, RowBalanceError
from pipeline.core.run import RunInfo
from pipeline.ingest.job import SourceJob, fail
from pipeline.ingest.quality import are_settled, mark
from pipeline.ingest.sources.xm_cells import Reject
from pipeline.ingest.sources.xm_replies import SeriesRows
from pipeline.store.lake import Transaction
from pipeline.store.parts import days_of, rows_of

QUARANTINE = "_quarantine"
QUARANTINE_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("metric", "entity", "bronze", "rule", "place", "value")] + [("seen", pa.date32())]
)


def merge(harvested: SeriesRows, metric: Metric, job: SourceJob) -> None:
    """Put the rows of one series into the transaction and its rejects into quarantine.

    Raises:
        RowBalanceError: Cells or rows were lost on the way; the caller must not commit.
    """
    key = (harvested.metric, harvested.entity)
    report = job.report
    harvested.balance.check(metric=metric.id, entity=harvested.entity)
    report.count(harvested.balance)
    report.rejects += len(harvested.rejects)
    if harvested.rejects:
        quarantine(job.transaction, job.run, *key, harvested.rejects)
    if not harvested.rows.num_rows:
        return
    if metric.grain == "list":
        job.transaction.put_table(*key, harvested.rows)
        return
    job.present.setdefault(key, set()).update(days_of(harvested.rows))
    if metric.level_check:
        settled = are_settled(harvested.rows, job.run.today)  # what came before need not be read for those
        marked = mark(harvested.rows, job.run.today, None if settled else job.transaction.recent(*key))
    else:
        marked = _ok(harvested.rows)
    try:
        merged = job.transaction.upsert(*key, marked)
    except DuplicateKey as error:
        _spoil(job, key, f"duplicate: {error}")
        return
    if merged.added + merged.revised + merged.unchanged != harvested.rows.num_rows:
        raise RowBalanceError(
            "Rows offered to the lake are not rows added, revised or known",
            hint="nothing is committed: report it",
            metric=metric.id, entity=harvested.entity, offered=harvested.rows.num_rows,
            added=merged.added, revised=merged.revised, known=merged.unchanged,
        )  # fmt: skip
    report.rows_added += merged.added
    report.rows_revised += merged.revised


def note_unreadable(job: SourceJob, unreadable: Mapping[tuple[str, str], str]) -> None:
    """Note the series that have replies which are no document: by (series, start day), the reason."""
    job.report.failed_windows += len(unreadable)
    for (key, _), reason in unreadable.items():
        job.spoilt[key] = reason
        fail(job.states, key, reason)


def _spoil(job: SourceJob, key: tuple[str, str], reason: str) -> None:
    name = f"{key[0]}/{key[1]}"
    job.spoilt[name] = reason
    fail(job.states, name, reason)


def remark(job: SourceJob, metric: Metric, entity: str) -> None:
    """Judge the half-built days of a series again, now that all its rows are there."""
    recent = job.transaction.recent(metric.id, entity)
    if recent is None or not recent.num_rows:
        return
    rows = rows_of(recent)
    marked = mark(rows.drop_columns(["quality"]), job.run.today)
    moved = pc.not_equal(rows["quality"], marked["quality"])
    if pc.any(moved).as_py():
        job.transaction.upsert(metric.id, entity, marked.filter(moved))


def _ok(rows: pa.Table) -> pa.Table:
    return rows.append_column("quality", pa.repeat(pa.scalar("ok"), rows.num_rows))


def quarantine(
    transaction: Transaction, run: RunInfo, metric: str, entity: str, rejects: Iterable[tuple[str, Reject]]
) -> None:
    """Keep what was refused, once per reply, rule and place, in an order that does not depend on arrival."""
    key = (QUARANTINE, f"{metric}.{entity}")
    seen = {(row["bronze"], row["rule"], row["place"]) for row in transaction.read(*key).to_pylist()}
    rows = []
    for sha, reject in rejects:
        if (sha, reject.rule, reject.place) not in seen:
            seen.add((sha, reject.rule, reject.place))
            rows.append((metric, entity, sha, reject.rule, reject.place, reject.value, run.today))
    fresh = [dict(zip(QUARANTINE_SCHEMA.names, row, strict=True)) for row in rows]
    transaction.put_table(*key, pa.Table.from_pylist(fresh, schema=QUARANTINE_SCHEMA), mode="append")
