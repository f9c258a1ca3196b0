"""Where a value comes from, offline: the cell, the part of the lake that holds it, the raw reply that said it.

Each hop is checked: the manifest by its own hash, the part by the hash that the manifest names, the reply by its seal
and its name, and the value by reading that one reply again as the night read it. What does not agree is refused, and
the error names the hop.
"""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.errors import PartCorrupt, UsageError
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.core.units import factor
from pipeline.ingest.job import SourceJob
from pipeline.ingest.sources import adaptors
from pipeline.ingest.states import IngestReport
from pipeline.store.bronze import Bronze, BronzeRef, reference
from pipeline.store.lake import Lake, Part, Transaction
from pipeline.store.merge import REVISION_SCHEMA, Merge

CELL = re.compile(r"(\w+)/([\w-]+)/(.+)@(\d{4}-\d\d-\d\d)(?::(\d\d?))?")
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_HOURS = 24
_Key = tuple[str, dt.datetime, str]  # code, moment, version
_GONE = "a restored portal brings no archive, and old replies are kept as long as PORTAL_BRONZE_DAYS says"
_MEND = "run ./inv verify to see what else is damaged, then ./inv restore --from a published portal"


@dataclass(frozen=True)
class TracedCell:
    """One value of the lake: its key, what it is, the part it lies in and the reply that said it."""

    metric: str
    entity: str
    code: str
    ts: dt.datetime
    value: float
    version: str
    state: str
    part: Part
    reply: BronzeRef
    sha256: str
    """Of the reply."""
    said: str
    """The number as it stands in the reply; empty where it stands in no plain text."""


def trace_cell(catalog: Catalog, settings: Settings, paths: Paths, text: str) -> TracedCell:
    """Follow one value back to the reply that said it.

    Args:
        catalog: The declarations.
        settings: How replies are read.
        paths: Where lake and archive are.
        text: `Metric/Entity/code@2026-05-01`, with `:13` for the hour from 12:00 to 13:00.

    Raises:
        UsageError: It is no such text, or the lake has no such value.
        PartCorrupt: A hop does not agree; the message names it.
    """
    metric, entity, code, ts = _asked(catalog, text)
    lake = Lake(paths.lake)
    part, row = _row(lake, metric, entity, code, ts, catalog.versions)
    version = str(row.get("version", ""))
    for ref in _replies(Bronze(paths.bronze), metric, entity, ts):
        body, rows = _heard(catalog, settings, paths, metric, ref)
        chosen = pc.and_(pc.equal(rows["code"], code), pc.equal(rows["ts"], pa.scalar(ts, rows["ts"].type)))
        found = rows.filter(chosen)
        told = [each["value"] for each in found.to_pylist() if str(each.get("version", "")) == version]
        if not told:
            continue
        if told[-1] != row["value"]:
            raise PartCorrupt(
                f"Hop part → reply: the part says {row['value']!r} and the reply {told[-1]!r}",
                hint=_MEND, part=part.path, reply=ref.path,
            )  # fmt: skip
        said = _as_said(body, row["value"] / factor(metric.unit.source, metric.unit.stored))
        digest = hashlib.sha256(body).hexdigest()
        return TracedCell(metric.id, entity, code, ts, row["value"], version, row["quality"], part, ref, digest, said)
    raise PartCorrupt(
        "Hop part → reply: no archived reply says this value",
        hint=_GONE,
        part=part.path,
    )


@dataclass(frozen=True)
class TracedDay:
    """All values that a series has on its last day up to one: the parts they lie in and the replies that said them."""

    entity: str
    day: dt.date
    values: int
    parts: tuple[Part, ...]
    replies: tuple[BronzeRef, ...]


def trace_day(
    catalog: Catalog, settings: Settings, paths: Paths, metric: Metric, until: dt.date
) -> Iterator[TracedDay]:
    """Follow every value of a metric on its last day up to `until` back to the replies that said them, by entity.

    Raises:
        PartCorrupt: A hop does not agree; the message names it.
    """
    lake = Lake(paths.lake)
    for entity in metric.entities:
        found = _last_day(lake, metric, entity, until)
        if found is None:
            continue
        day, parts, values = found
        missing, replies = dict(values), []
        for ref in _replies(Bronze(paths.bronze), metric, entity, dt.datetime.combine(day, dt.time())):
            rows = _heard(catalog, settings, paths, metric, ref)[1]
            said = {_key(row): row["value"] for row in rows.filter(_on(rows, day)).to_pylist()}
            told = missing.keys() & said.keys()
            for key in told:
                if said[key] != missing.pop(key):
                    raise PartCorrupt(
                        f"Hop part → reply: of {key} the part says {values[key]!r} and the reply {said[key]!r}",
                        hint=_MEND, part=parts[0].path, reply=ref.path,
                    )  # fmt: skip
            replies += [ref] if told else []
            if not missing:
                break
        if missing:
            raise PartCorrupt(
                f"Hop part → reply: no archived reply says {len(missing)} of {len(values)} values of {day}",
                hint=_GONE, part=parts[0].path,
            )  # fmt: skip
        yield TracedDay(entity, day, len(values), parts, tuple(replies))


def _last_day(
    lake: Lake, metric: Metric, entity: str, until: dt.date
) -> tuple[dt.date, tuple[Part, ...], dict[_Key, float]] | None:
    """Return the last day up to one that has values, the parts that hold them, and they by their key."""
    end = dt.datetime.combine(until, dt.time(23, 59, 59))
    begun = [part for part in lake.manifest().of(metric.id, entity) if part.min_ts and part.min_ts <= end.isoformat()]
    if not begun:
        return None
    last = max(min(str(part.max_ts), end.isoformat()) for part in begun)
    held = [(part, _sound(lake, part)) for part in begun if str(part.max_ts) >= last]
    moments = [
        pc.max(rows.filter(pc.less_equal(rows["ts"], pa.scalar(end, rows["ts"].type)))["ts"]) for _, rows in held
    ]
    day = max(moment.as_py() for moment in moments).date()
    values = {_key(row): row["value"] for _, rows in held for row in rows.filter(_on(rows, day)).to_pylist()}
    return day, tuple(part for part, _ in held), values


def _on(rows: pa.Table, day: dt.date) -> pa.ChunkedArray:
    return pc.equal(
        pc.floor_temporal(rows["ts"], unit="day"), pa.scalar(dt.datetime.combine(day, dt.time()), rows["ts"].type)
    )


def _key(row: Mapping[str, Any]) -> _Key:
    return row["code"], row["ts"], str(row.get("version", ""))


def _sound(lake: Lake, part: Part) -> pa.Table:
    try:
        return lake.rows(part)
    except PartCorrupt as error:
        raise PartCorrupt(f"Hop cell → part: {error.message}", hint=_MEND, part=part.path) from error


def _asked(catalog: Catalog, text: str) -> tuple[Metric, str, str, dt.datetime]:
    found = CELL.fullmatch(text)
    metric = catalog.metrics.get(found[1]) if found else None
    hour = int(found[5] or 1) if found else 0
    if not found or metric is None or metric.grain == "list" or not 1 <= hour <= _HOURS:
        raise UsageError(
            f"{text!r} names no value", hint="write Metric/Entity/code@2026-05-01, and :13 behind it for an hour"
        )
    try:
        day = dt.datetime.fromisoformat(found[4])
    except ValueError as error:
        raise UsageError(f"{found[4]} is no day", hint="write it as 2026-05-01") from error
    return metric, found[2], found[3], day + dt.timedelta(hours=hour - 1)


def _row(
    lake: Lake, metric: Metric, entity: str, code: str, ts: dt.datetime, order: Sequence[str]
) -> tuple[Part, dict[str, Any]]:
    """Return the part that holds a value, and its row; of several versions the last."""
    stamp = ts.isoformat(timespec="seconds")
    best: tuple[Part, dict[str, Any]] | None = None
    for part in lake.manifest().of(metric.id, entity):
        if not (part.min_ts and part.max_ts and part.min_ts <= stamp <= part.max_ts):
            continue
        rows = _sound(lake, part)
        chosen = pc.and_(pc.equal(rows["code"], code), pc.equal(rows["ts"], pa.scalar(ts, rows["ts"].type)))
        for row in rows.filter(chosen).to_pylist():
            if best is None or _place(order, row) > _place(order, best[1]):
                best = part, row
    if best is None:
        raise UsageError(
            f"The lake has no {metric.id}/{entity}/{code} of {stamp}", hint="see ./inv status for what is there"
        )
    return best


def _place(order: Sequence[str], row: dict[str, Any]) -> int:
    version = row.get("version")
    return order.index(version) if isinstance(version, str) and version in order else -1


def _replies(bronze: Bronze, metric: Metric, entity: str, ts: dt.datetime) -> Iterator[BronzeRef]:
    """Yield the archived replies that may say a value, the newest first."""
    name = metric.simem.dataset if metric.simem else metric.id
    refs = [reference(path) for path in (bronze.root / metric.source / name).glob("*/*_*/*.json.zst")]
    refs = [ref for ref in refs if ref.entity == entity] or refs
    day = ts.date()
    last = day.replace(day=calendar.monthrange(day.year, day.month)[1]) if metric.grain == "monthly" else day
    about = [ref for ref in refs if ref.start <= last and ref.end >= day]
    yield from sorted(about or refs, key=lambda ref: ref.path.name, reverse=True)


@dataclass
class _Listening(Transaction):
    """A transaction that keeps what it is given and changes nothing."""

    heard: list[pa.Table] = field(default_factory=list)

    def upsert(self, metric: str, entity: str, rows: pa.Table, **_how: object) -> Merge:
        """Keep the rows."""
        del metric, entity
        self.heard.append(rows)
        return Merge(rows, REVISION_SCHEMA.empty_table(), rows.num_rows, revised=0, unchanged=0, changed=True)

    def put_table(
        self, metric: str, entity: str, table: pa.Table, *, mode: Literal["replace", "append"] = "replace"
    ) -> bool:
        """Keep nothing: what is refused is not asked about."""
        del metric, entity, table, mode
        return False


def _heard(
    catalog: Catalog, settings: Settings, paths: Paths, metric: Metric, ref: BronzeRef
) -> tuple[bytes, pa.Table]:
    """Return a reply, and its rows as the night that asked for it read them."""
    bronze, lake = Bronze(paths.bronze), Lake(paths.lake)
    try:
        body = bronze.get(ref)
    except PartCorrupt as error:
        raise PartCorrupt(f"Hop part → reply: {error.message}", hint=error.hint, reply=ref.path) from error
    night = dt.date.fromisoformat(ref.fetched)
    run = RunInfo(night, ref.start, "xm", dt.datetime.combine(night, dt.time()))
    listening = _Listening(lake, lake.manifest(), night)
    job = SourceJob(
        metric.source, [metric], catalog, settings, run, {}, bronze, listening, IngestReport(),
        archive={(ref.metric, ref.entity): [ref]},
    )  # fmt: skip
    adaptors()[metric.source].replay(job)
    empty = pa.table({"code": pa.array([], pa.string()), "ts": pa.array([], pa.timestamp("ms")), "value": []})
    return body, pa.concat_tables(listening.heard) if listening.heard else empty


def _as_said(body: bytes, value: float) -> str:
    """Return the number of a reply that is a value, as it is written there."""
    for found in _NUMBER.finditer(body):
        if math.isclose(float(found[0]), value, rel_tol=1e-9):
            return found[0].decode()
    return ""
