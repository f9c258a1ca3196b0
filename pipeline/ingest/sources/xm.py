"""XM's API: what is asked. What an answer means, and how it becomes rows, is told in `xm_reply`.

The questions are those of pydataxm, XM's own client. It asks for all windows at once and without a limit of time,
and for wrong days where a span ends on the 1st of a month; so it is not used here, but a test compares every series
with what it answers.

XM's own list of metrics is asked first, kept, and compared with our declarations; a changed unit freezes its metric.
The question is also the quick one before a long run: can XM be reached at all from here?
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic_core import from_json

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Grain, Metric
from pipeline.core.errors import PartCorrupt, SourceSchemaChanged, SourceUnavailable
from pipeline.core.log import get_logger
from pipeline.core.settings import Settings
from pipeline.ingest.codes import vocabularies
from pipeline.ingest.drift import Difference, note_differences
from pipeline.ingest.job import SourceJob
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.planned import PlannedSource
from pipeline.ingest.probes import SyncTransport
from pipeline.ingest.sources.xm_cells import LIST_KEYS
from pipeline.ingest.sources.xm_reply import judge_xm, read_replies
from pipeline.ingest.states import fail
from pipeline.ingest.transport import HttpCall
from pipeline.ingest.verdicts import ReplyVerdict
from pipeline.ingest.windows import WindowRequest

log = get_logger("ingest")
_PATH: dict[Grain, str] = {"hourly": "hourly", "daily": "daily", "monthly": "monthly", "list": "lists"}
# The catalogue says `ListsEntities`; answers carry `ListEntities`. Both are taken.
_GRAINS: dict[str, Grain] = {key: grain for grain, key in LIST_KEYS.items()}
_GRAINS["ListsEntities"] = "list"
_DEFAULT_MAX_DAYS = 30
_UNREACHABLE = (
    "XM has refused or ignored addresses outside Colombia before: set PORTAL_XM_PROXY to a proxy there, or run "
    "on a machine in Colombia; or try again later. The last good lake is untouched"
)
QUESTION = {"MetricId": "ListadoMetricas"}
_PATIENCE = 25.0
"""Longest wait for one answer to a probe [s]; two that time out and the second question end within 90 s."""
_ATTEMPTS = 5
LISTING = "_listing"


def call_of(request: WindowRequest, base_url: str) -> HttpCall:
    """Return the HTTP request of one window, as pydataxm would send it."""
    body: dict[str, object] = {"MetricId": request.metric.id, "Entity": request.entity}
    if request.metric.grain != "list":
        body |= {"StartDate": request.start.isoformat(), "EndDate": request.end.isoformat(), "Filter": []}
    return HttpCall(f"{base_url.rstrip('/')}/{_PATH[request.metric.grain]}", json=body)


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


def compare(catalog: Catalog, listed: Iterable[ListedMetric]) -> list[Difference]:
    """Return what XM lists otherwise than we declare it, sorted.

    The declarations are what counts, not yesterday's list: a metric thaws as soon as the two agree again, whether
    XM took its change back or somebody declared the new unit.
    """
    metrics = [metric for metric in catalog.metrics.values() if metric.source == "xm"]
    ours = {(metric.id, entity): metric for metric in metrics for entity in metric.entities}
    theirs = {(row.metric, row.entity): row for row in listed}
    found = {Difference("removed", *pair) for pair in ours.keys() - theirs.keys()}
    for pair, row in theirs.items():
        if pair not in ours:
            found.add(Difference("new", *pair, now=f"{row.type} {row.unit}".strip()))
            continue
        metric = ours[pair]
        fields = [("type", metric.grain, row.grain or row.type), ("max_days", str(metric.max_days), str(row.max_days))]
        if metric.grain != "list":
            label = metric.unit.source if metric.source_label is None else metric.source_label
            fields.append(("unit", label, row.unit))
        found |= {
            Difference("changed", *pair, name, was, now)
            for name, was, now in fields
            if was.casefold() != now.casefold()
        }
    return sorted(found)


def note_drift(job: SourceJob, listed: list[ListedMetric]) -> list[Difference]:
    """Compare the list with the catalogue, and keep and return the differences."""
    found = compare(job.catalog, listed) if listed else []
    note_differences(job, found)
    return found


def freeze(job: SourceJob, found: list[Difference]) -> list[Metric]:
    """Return the metrics that may be asked; the frozen ones keep their last good state and say why."""
    free = []
    for metric in job.metrics:
        changes = [each for each in found if each.metric == metric.id and each.freezes]
        why = "; ".join(f"{change.field} {change.was!r} is now {change.now!r}" for change in changes)
        for entity in metric.entities if changes else ():
            fail(job.states, f"{metric.id}/{entity}", f"frozen: {why}")
        if not changes:
            free.append(metric)
    return free


def preflight(settings: Settings) -> bytes | None:
    """Ask XM for its list of metrics, and tell a dead source from a dead list.

    Returns:
        The raw ListadoMetricas reply (see `parse_listing`), or None when XM answers but its list
        does not work: known metrics can still be asked (reliability study F4).

    Raises:
        SourceUnavailable: XM cannot be reached, refuses us, or answers with a web page.
    """
    policy = PacingPolicy.from_settings(settings)
    impatient = dataclasses.replace(
        policy,
        attempts=min(_ATTEMPTS, policy.attempts),
        connect_timeout=min(policy.connect_timeout, _PATIENCE),
        read_timeout=min(policy.read_timeout, _PATIENCE),
        total_timeout=min(policy.total_timeout, _PATIENCE),
        backoff_cap=min(policy.backoff_cap, 2.0),
        retry_after_cap=5.0,
        run_deadline=min(policy.run_deadline, 3 * _PATIENCE + 10),
    )
    base = settings.xm_base_url.rstrip("/")
    with SyncTransport(impatient) as line:
        settled = line.ask(HttpCall(f"{base}/lists", json=QUESTION), judge_xm("ListEntities"))
        kind, why = settled.verdict.kind, settled.verdict.reason
        if kind in {"ok", "empty"}:
            return settled.body
        # Nobody answered, or somebody who is not XM's programme.
        dead = kind == "refused" or why.startswith(("connect", "broken", "not_json"))
        if not dead and line.transport.given_up:
            dead, why = True, line.transport.cause
        elif not dead and why.startswith("timeout"):
            alive = line.ask(HttpCall(f"{base}/", method="GET"), lambda _status, _body: ReplyVerdict("ok"))
            dead, why = alive.verdict.kind != "ok", line.transport.cause
    if not dead:
        log.warning("the list of metrics does not work; going on with the known ones", why=why)
        return None
    hint = _UNREACHABLE
    if "certificate" in why:
        hint = "if a private authority signs your connections, name its PEM file in PORTAL_XM_CA_BUNDLE"
    proxied = "yes" if settings.xm_proxy else "no"
    raise SourceUnavailable(f"XM cannot be reached: {why}", hint=hint, code=why, url=base, proxy=proxied)


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


def shortened(metric: Metric, listed: list[ListedMetric]) -> Metric:
    """Return the metric with the window length the source accepts today, where that is less than we declare."""
    days = min((row.max_days for row in listed if row.metric == metric.id), default=metric.max_days)
    return metric.model_copy(update={"max_days": days}) if 0 < days < metric.max_days else metric


def begin(job: SourceJob) -> list[Metric]:
    """Ask for XM's own list of metrics: is XM there, did a unit change? Return what may be asked."""
    listed = listed_today(job)
    job.answered = job.compared
    return [shortened(metric, listed) for metric in freeze(job, note_drift(job, listed))]


def _call(request: WindowRequest, settings: Settings) -> HttpCall:
    return call_of(request, settings.xm_base_url)


XM = PlannedSource(
    "XM",
    call_of=_call,
    judge_of=lambda request: judge_xm(LIST_KEYS[request.metric.grain]),
    reader=lambda _job: read_replies,
    place_of=lambda metric, entity: (metric.id, entity),
    begin=begin,
    codes=lambda job: vocabularies(job.catalog, job.transaction),
    hint=_UNREACHABLE,
)
ADAPTOR = XM.adaptor
