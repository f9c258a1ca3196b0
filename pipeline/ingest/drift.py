"""XM's own list of metrics: asked first, kept, compared with our declarations; a changed unit freezes its metric.

The question is also the quick one before a long run: can XM be reached at all from here?
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
from pydantic_core import from_json

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Grain, Metric
from pipeline.core.errors import PartCorrupt, SourceSchemaChanged, SourceUnavailable
from pipeline.core.log import get_logger
from pipeline.core.settings import Settings
from pipeline.ingest.columns import judge_xm
from pipeline.ingest.job import SourceJob
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.states import fail
from pipeline.ingest.transport import UNREACHABLE_HINT, HttpCall, Settled, SyncTransport
from pipeline.ingest.verdicts import ReplyVerdict
from pipeline.store.lake import Transaction

log = get_logger("ingest")
# The catalogue says `ListsEntities`; answers carry `ListEntities`. Both are taken.
_GRAINS: dict[str, Grain] = {
    "HourlyEntities": "hourly",
    "DailyEntities": "daily",
    "MonthlyEntities": "monthly",
    "ListsEntities": "list",
    "ListEntities": "list",
}
_DEFAULT_MAX_DAYS = 30
QUESTION = {"MetricId": "ListadoMetricas"}
_PATIENCE = 25.0
"""Longest wait for one answer to a probe [s]; two that time out and the second question end within 90 s."""
_ATTEMPTS = 5
LISTING = "_listing"
TABLE = ("_catalog_drift", "xm")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("kind", "metric", "entity", "field", "was", "now")]
    + [(name, pa.date32()) for name in ("first_seen", "last_seen")]
)


@dataclass(frozen=True, slots=True, order=True)
class ListedMetric:
    """One metric × entity pair as the source lists it today."""

    metric: str
    entity: str
    type: str
    unit: str
    max_days: int

    @property
    def grain(self) -> Grain | None:
        """Our grain of its type; None for a type nobody declared."""
        return _GRAINS.get(self.type)


@dataclass(frozen=True, slots=True, order=True)
class ListingChange:
    """A property in which the source and the declaration (or the last listing) differ."""

    metric: str
    entity: str
    field: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Drift:
    """Differences between what is declared and what the source lists, each sorted by metric and entity."""

    new: tuple[ListedMetric, ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    changed: tuple[ListingChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.removed or self.changed)

    @property
    def frozen(self) -> frozenset[str]:
        """Metrics whose unit or type changed: their new values must not be mixed with the old ones."""
        return frozenset(change.metric for change in self.changed if change.field in {"unit", "type"})

    def lines(self) -> list[str]:
        """Return the report, one difference a line."""
        return [
            *(f"new: {row.metric}/{row.entity} ({row.type}, {row.unit or 'no unit'})" for row in self.new),
            *(f"removed: {metric}/{entity}" for metric, entity in self.removed),
            *(f"changed: {c.metric}/{c.entity} {c.field}: {c.was!r} → {c.now!r}" for c in self.changed),
        ]


def parse_listing(body: bytes) -> list[ListedMetric]:
    """Return the pairs of a ListadoMetricas reply, sorted and without repetitions.

    Raises:
        SourceSchemaChanged: The reply is not that list.
    """
    try:
        found = {
            _listed(row["Values"])
            for item in from_json(body)["Items"]
            for row in item.get("ListEntities") or item["ListsEntities"]
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceSchemaChanged(
            f"ListadoMetricas cannot be read: {type(error).__name__}: {error}",
            hint="work with the last good copy, and compare the reply with domain notes",
        ) from error
    return sorted(found)


def _listed(values: dict[str, object]) -> ListedMetric:
    days = values.get("MaxDays")
    return ListedMetric(
        metric=str(values["MetricId"]).strip(),
        entity=str(values["Entity"]).strip(),
        type=str(values["Type"]).strip(),
        unit=str(values.get("MetricUnits") or "").strip(),
        max_days=int(str(days)) if str(days or "").strip().isdigit() else _DEFAULT_MAX_DAYS,
    )


def compare(catalog: Catalog, listed: Iterable[ListedMetric], previous: Iterable[ListedMetric] | None = None) -> Drift:
    """Report what the source lists otherwise than we declare it.

    Args:
        catalog: Our declarations; only metrics of source `xm` count.
        listed: The source's catalogue of today.
        previous: Its last good copy. When given, units are compared with it too, so that a change is seen
            also where our declaration corrects a wrong label of the source.
    """
    ours = {
        (metric.id, entity): metric
        for metric in catalog.metrics.values()
        if metric.source == "xm"
        for entity in metric.entities
    }
    theirs = {(row.metric, row.entity): row for row in listed}
    before = {(row.metric, row.entity): row for row in previous or ()}
    changed = {
        change
        for pair, row in theirs.items()
        if pair in ours
        for change in (*_against_declaration(ours[pair], row), *_against_copy(before.get(pair), row))
    }
    return Drift(
        new=tuple(sorted(row for pair, row in theirs.items() if pair not in ours)),
        removed=tuple(sorted(ours.keys() - theirs.keys())),
        changed=tuple(sorted(changed)),
    )


def _against_declaration(metric: Metric, row: ListedMetric) -> list[ListingChange]:
    label = metric.unit.source if metric.source_label is None else metric.source_label
    fields = [("type", metric.grain, row.grain or row.type), ("max_days", str(metric.max_days), str(row.max_days))]
    if metric.grain != "list":
        fields.append(("unit", label, row.unit))
    return [
        ListingChange(row.metric, row.entity, name, was, now)
        for name, was, now in fields
        if was.casefold() != now.casefold()
    ]


def _against_copy(before: ListedMetric | None, row: ListedMetric) -> list[ListingChange]:
    if before is None or before.unit.casefold() == row.unit.casefold():
        return []
    return [ListingChange(row.metric, row.entity, "unit", before.unit, row.unit)]


def preflight(settings: Settings, *, policy: PacingPolicy | None = None) -> bytes | None:
    """Ask XM for its list of metrics, and tell a dead source from a dead list.

    Returns:
        The raw ListadoMetricas reply (see `catalogue.parse_listing`), or None when XM answers but its list
        does not work: known metrics can still be asked (reliability study F4).

    Raises:
        SourceUnavailable: XM cannot be reached, refuses us, or answers with a web page.
    """
    limits = _impatient(policy or PacingPolicy.from_settings(settings))
    base = settings.xm_base_url.rstrip("/")
    with SyncTransport(limits) as line:
        settled = line.ask(HttpCall(f"{base}/lists", json=QUESTION), judge_xm("ListEntities"))
        if settled.verdict.kind in {"ok", "empty"}:
            return settled.body
        if _is_no_answer(settled):
            raise _unreachable(settings, settled.verdict)
        if line.transport.given_up:
            raise _unreachable(settings, ReplyVerdict("retry", line.transport.cause))
        if settled.verdict.reason.startswith("timeout"):
            settled = line.ask(HttpCall(f"{base}/", method="GET"), _anything)
            if settled.verdict.kind != "ok":
                raise _unreachable(settings, ReplyVerdict("retry", line.transport.cause))
    log.warning("the list of metrics does not work; going on with the known ones", why=settled.verdict.reason)
    return None


def _impatient(policy: PacingPolicy) -> PacingPolicy:
    return dataclasses.replace(
        policy,
        attempts=min(_ATTEMPTS, policy.attempts),
        connect_timeout=min(policy.connect_timeout, _PATIENCE),
        read_timeout=min(policy.read_timeout, _PATIENCE),
        total_timeout=min(policy.total_timeout, _PATIENCE),
        backoff_cap=min(policy.backoff_cap, 2.0),
        retry_after_cap=5.0,
        run_deadline=min(policy.run_deadline, 3 * _PATIENCE + 10),
    )


def _anything(_status: int, _body: bytes) -> ReplyVerdict:
    return ReplyVerdict("ok")


def _is_no_answer(settled: Settled) -> bool:
    """Say whether nobody answered, or somebody who is not XM's programme."""
    verdict = settled.verdict
    return verdict.kind == "refused" or verdict.reason.startswith(("connect", "broken", "not_json"))


def _unreachable(settings: Settings, verdict: ReplyVerdict) -> SourceUnavailable:
    proxied = "yes" if settings.xm_proxy else "no"
    hint = UNREACHABLE_HINT
    if "certificate" in verdict.reason:
        hint = "if a private authority signs your connections, name its PEM file in PORTAL_XM_CA_BUNDLE"
    return SourceUnavailable(
        f"XM cannot be reached: {verdict.reason}", hint=hint, code=verdict.reason, url=settings.xm_base_url,
        proxy=proxied,
    )  # fmt: skip


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
