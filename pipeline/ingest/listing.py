"""The source's own catalogue (ListadoMetricas), and how it has drifted from our declarations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic_core import from_json

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Grain, Metric
from pipeline.core.errors import SourceSchemaChanged
from pipeline.core.settings import Settings
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.transport import HttpCall, SyncTransport, usable
from pipeline.ingest.verdicts import judge_xm

# The catalogue says `ListsEntities`; answers carry `ListEntities`. Both are taken.
_GRAINS: dict[str, Grain] = {
    "HourlyEntities": "hourly",
    "DailyEntities": "daily",
    "MonthlyEntities": "monthly",
    "ListsEntities": "list",
    "ListEntities": "list",
}
_DEFAULT_MAX_DAYS = 30
LISTING = {"MetricId": "ListadoMetricas"}


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


def fetch_listing(settings: Settings, *, policy: PacingPolicy | None = None) -> bytes:
    """Return ListadoMetricas as XM sends it; keep it, so that a dead catalogue stops no known metric (F4).

    Raises:
        SourceError: XM gave no usable answer.
    """
    call = HttpCall(f"{settings.xm_base_url.rstrip('/')}/lists", json=LISTING)
    with SyncTransport(policy or PacingPolicy.from_settings(settings)) as line:
        return usable(line.ask(call, judge_xm("ListEntities")), call)


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
