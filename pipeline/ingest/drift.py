"""What a source has otherwise than we declare it: told, and kept with the days on which it was seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.log import get_logger
from pipeline.ingest.job import SourceJob
from pipeline.store.manifest import Manifest

log = get_logger("ingest")
TABLE = "_catalog_drift"
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("kind", "metric", "entity", "field", "was", "now")]
    + [(name, pa.date32()) for name in ("first_seen", "last_seen")]
)


class Difference(NamedTuple):
    """Something that a source has otherwise than we declare it.

    Attributes:
        kind: In its list of metrics: `new`, `removed`, or `changed`, then `field` was `was` and is `now`. In its
            answers: `field_new`, `field_gone`, `variable_new`, `respelled` (a code, which is kept as it was spelled),
            `entry_gone` (a code that left a list), and `reopened` where a series that ended goes on.
    """

    kind: str
    metric: str
    entity: str
    field: str = ""
    was: str = ""
    now: str = ""

    @property
    def freezes(self) -> bool:
        """Whether new values of the metric must not be mixed with the old ones: its unit or type changed."""
        return self.field in {"unit", "type"} and self.kind == "changed"

    def __str__(self) -> str:
        told = {"new": f"({self.now})", "changed": f"{self.field}: {self.was!r} → {self.now!r}"}
        more = " ".join(filter(None, (self.field, self.was and f"was {self.was}", self.now and f"now {self.now}")))
        return f"{self.kind}: {self.metric}/{self.entity} {told.get(self.kind, more)}".rstrip()


def note_differences(job: SourceJob, found: Iterable[Difference]) -> None:
    """Keep each difference with the days on which it was first and last seen.

    A field that is new or gone is one difference, whatever stood in it that day.
    """
    found = sorted(found)
    job.report.drift += [told for told in map(str, found) if told not in job.report.drift]
    for difference in found:
        log.warning("catalogue drift", difference=str(difference))
    if not found:
        return
    table = job.transaction.read(TABLE, job.source)
    rows = table.to_pylist() if table.num_rows else []
    known = {_key(Difference(*(row[name] for name in SCHEMA.names[:6]))): row for row in rows}
    for difference in found:
        first = {**difference._asdict(), "first_seen": job.run.today}
        known[_key(difference)] = {**known.get(_key(difference), first), "last_seen": job.run.today}
    ordered = pa.Table.from_pylist([known[key] for key in sorted(known)], schema=SCHEMA)
    job.transaction.put_table(TABLE, job.source, ordered)


def _key(difference: Difference) -> tuple[str, ...]:
    listed = difference.kind in {"new", "removed", "changed"}
    return tuple(difference) if listed else tuple(difference[:4])


def with_reopened(catalog: Catalog, manifest: Manifest) -> Catalog:
    """Return the catalogue in which a series that the source goes on publishing past its declared end has none."""
    going_on = {
        metric.id: metric.model_copy(update={"ends": None})
        for metric in catalog.metrics.values()
        if metric.ends and _newest(metric, manifest) > metric.ends.isoformat()
    }
    return replace(catalog, metrics=catalog.metrics | going_on) if going_on else catalog


def reopened(declared: Catalog, catalog: Catalog) -> list[str]:
    """Return a line for each series that goes on past its declared end: the declaration is to be mended."""
    return [
        f"{name}: goes on past {declared.metrics[name].ends}, its declared end: asked again; delete `ends` of its entry"
        for name, metric in catalog.metrics.items()
        if metric.ends != declared.metrics[name].ends
    ]


def _newest(metric: Metric, manifest: Manifest) -> str:
    """Return the newest day of a metric in the lake (ISO); empty when it has none."""
    days = [str(part.max_ts)[:10] for part in manifest.parts if part.metric == metric.id and part.max_ts]
    return max(days, default="")
