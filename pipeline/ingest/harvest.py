"""From archived replies to rows in the transaction: parsed in a worker, merged in the caller."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.context import BaseContext

import pyarrow as pa

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError, PartCorrupt
from pipeline.core.run import RunInfo
from pipeline.ingest.contract import IngestReport, States
from pipeline.store.bronze import Bronze, BronzeRef
from pipeline.store.lake import Transaction
from pipeline.store.parts import sort_rows
from pipeline.validate.parse import Parsed, Reject, parse, parse_list
from pipeline.validate.provisional import mark

QUARANTINE = "_quarantine"
QUARANTINE_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("metric", "entity", "bronze", "rule", "place", "value")] + [("seen", pa.date32())]
)


@dataclass(frozen=True)
class Harvest:
    """Parsed rows of one series, as they come back from a worker."""

    metric: str
    entity: str
    rows: pa.Table
    rejects: list[tuple[str, Reject]]
    cells: int
    error: str = ""


def processes() -> BaseContext:
    """Return how workers are started."""
    # forkserver: the parent holds threads (the download loop), and a fork would copy their locks.
    return multiprocessing.get_context("forkserver")


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
    rows = pa.concat_tables(tables) if tables else pa.table({})
    if rows.num_rows and metric.grain != "list":
        rows = sort_rows(rows)  # here, in a worker: the caller finds them in order
    return Harvest(metric.id, entity, rows, rejects, cells)


def merge(
    harvested: Harvest,
    metrics: Mapping[str, Metric],
    transaction: Transaction,
    run: RunInfo,
    states: States,
    report: IngestReport,
) -> None:
    """Put the rows of one series into the transaction and its rejects into quarantine."""
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
    merged = transaction.upsert(metric.id, harvested.entity, marked)
    report.rows_added += merged.added
    report.rows_revised += merged.revised


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
