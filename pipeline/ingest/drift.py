"""XM's own list of metrics: asked first, kept, compared with our declarations; a changed unit freezes its metric."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from pipeline.catalog.schema import Metric
from pipeline.core.errors import PartCorrupt, SourceSchemaChanged
from pipeline.core.log import get_logger
from pipeline.ingest.job import SourceJob, fail
from pipeline.ingest.listing import Drift, ListedMetric, compare, parse_listing
from pipeline.ingest.preflight import preflight
from pipeline.store.lake import Transaction

log = get_logger("ingest")

LISTING = "_listing"
TABLE = ("_catalog_drift", "xm")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("kind", "metric", "entity", "field", "was", "now")]
    + [(name, pa.date32()) for name in ("first_seen", "last_seen")]
)


def listed_today(job: SourceJob) -> list[ListedMetric]:
    """Ask for the list and return it; a dead list gives way to the last good one.

    Raises:
        SourceUnavailable: XM cannot be reached at all.
    """
    body = preflight(job.settings)
    if body is not None:
        try:
            listed = parse_listing(body)
        except SourceSchemaChanged as error:
            log.warning("the list of metrics has another shape", reason=str(error))
        else:
            if listed:
                today = job.run.today
                job.bronze.put(job.source, LISTING, "Sistema", (today, today), today, body)
                job.compared = True
                return listed
    before = _last_good(job)
    known = f"the last good one ({len(before)} series) is used" if before else "there is no older one"
    job.report.warnings.append(f"XM's list of metrics does not work: {known}")
    log.warning("list of metrics unusable", known=len(before))
    return before


def _last_good(job: SourceJob) -> list[ListedMetric]:
    for ref in reversed(job.bronze.newest(job.source, LISTING, "Sistema")):
        try:
            return parse_listing(job.bronze.get(ref))
        except (SourceSchemaChanged, PartCorrupt) as error:
            log.warning("an archived list of metrics cannot be read", reason=str(error))
    return []


def note_drift(job: SourceJob, listed: list[ListedMetric]) -> Drift:
    """Compare the list with the catalogue, keep and log the differences, and return them.

    The declarations are what counts, not yesterday's list: a metric thaws as soon as the two agree again, whether
    the source took its change back or somebody declared the new unit.
    """
    if not listed:
        return Drift()
    drift = compare(job.catalog, listed)
    job.report.drift = drift.lines()
    for line in job.report.drift:
        log.warning("catalogue drift", difference=line)
    keep(job.transaction, job.run.today, drift)
    return drift


def keep(transaction: Transaction, today: dt.date, drift: Drift) -> None:
    """Store each difference with the days on which it was first and last seen."""
    found = [
        *(("new", row.metric, row.entity, "", "", f"{row.type} {row.unit}".strip()) for row in drift.new),
        *(("removed", metric, entity, "", "", "") for metric, entity in drift.removed),
        *(("changed", c.metric, c.entity, c.field, c.was, c.now) for c in drift.changed),
    ]
    table = transaction.read(*TABLE)
    known = {tuple(r[n] for n in SCHEMA.names[:6]): r for r in table.to_pylist()} if table.num_rows else {}
    if not found:
        return
    for key in found:
        first = {**dict(zip(SCHEMA.names, key, strict=False)), "first_seen": today}
        known[key] = {**known.get(key, first), "last_seen": today}
    transaction.put_table(*TABLE, pa.Table.from_pylist([known[key] for key in sorted(known)], schema=SCHEMA))


def freeze(job: SourceJob, drift: Drift) -> list[Metric]:
    """Return the metrics that may be asked; the frozen ones keep their last good state and say why."""
    free = []
    for metric in job.metrics:
        if metric.id not in drift.frozen:
            free.append(metric)
            continue
        why = "; ".join(
            f"{c.field} {c.was!r} is now {c.now!r}"
            for c in drift.changed
            if c.metric == metric.id and c.field in {"unit", "type"}
        )
        for entity in metric.entities:
            fail(job.states, f"{metric.id}/{entity}", f"frozen: {why}")
    return free


def shortened(metric: Metric, listed: list[ListedMetric]) -> Metric:
    """Return the metric with the window length the source accepts today, where that is less than we declare."""
    days = min((row.max_days for row in listed if row.metric == metric.id), default=metric.max_days)
    return metric.model_copy(update={"max_days": days}) if 0 < days < metric.max_days else metric
