"""From parsed replies to rows in the transaction: marked, merged, accounted for; what was refused in quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DuplicateKey, RowBalanceError
from pipeline.core.run import RunInfo
from pipeline.ingest.contract import Errand, fail
from pipeline.ingest.parsing import Harvest
from pipeline.store.lake import Transaction
from pipeline.store.parts import days_of, rows_of
from pipeline.validate.parse import Reject
from pipeline.validate.provisional import are_settled, mark

QUARANTINE = "_quarantine"
QUARANTINE_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("metric", "entity", "bronze", "rule", "place", "value")] + [("seen", pa.date32())]
)


def merge(harvested: Harvest, metric: Metric, errand: Errand) -> None:
    """Put the rows of one series into the transaction and its rejects into quarantine.

    Raises:
        RowBalanceError: Cells or rows were lost on the way; the caller must not commit.
    """
    key = (harvested.metric, harvested.entity)
    report = errand.report
    harvested.balance.check(metric=metric.id, entity=harvested.entity)
    report.count(harvested.balance)
    report.rejects += len(harvested.rejects)
    if harvested.rejects:
        quarantine(errand.transaction, errand.run, *key, harvested.rejects)
    if not harvested.rows.num_rows:
        return
    if metric.grain == "list":
        errand.transaction.put_table(*key, harvested.rows)
        return
    errand.present.setdefault(key, set()).update(days_of(harvested.rows))
    if metric.level_check:
        settled = are_settled(harvested.rows, errand.run.today)  # what came before need not be read for those
        marked = mark(harvested.rows, errand.run.today, None if settled else errand.transaction.recent(*key))
    else:
        marked = _ok(harvested.rows)
    try:
        merged = errand.transaction.upsert(*key, marked)
    except DuplicateKey as error:
        _spoil(errand, key, f"duplicate: {error}")
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


def note_unreadable(errand: Errand, unreadable: Mapping[tuple[str, str], str]) -> None:
    """Note the series that have replies which are no document: by (series, start day), the reason."""
    errand.report.failed_windows += len(unreadable)
    for (key, _), reason in unreadable.items():
        errand.spoilt[key] = reason
        fail(errand.states, key, reason)


def _spoil(errand: Errand, key: tuple[str, str], reason: str) -> None:
    name = f"{key[0]}/{key[1]}"
    errand.spoilt[name] = reason
    fail(errand.states, name, reason)


def remark(errand: Errand, metric: Metric, entity: str) -> None:
    """Judge the half-built days of a series again, now that all its rows are there."""
    recent = errand.transaction.recent(metric.id, entity)
    if recent is None or not recent.num_rows:
        return
    rows = rows_of(recent)
    marked = mark(rows.drop_columns(["quality"]), errand.run.today)
    moved = pc.not_equal(rows["quality"], marked["quality"])
    if pc.any(moved).as_py():
        errand.transaction.upsert(metric.id, entity, marked.filter(moved))


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
