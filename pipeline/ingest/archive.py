"""The archive as the nights that filled it: what a replay reads, in the order in which it came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from pipeline.catalog.load import Catalog
from pipeline.ingest.job import Archive
from pipeline.ingest.sources.simem import INVENTORY
from pipeline.ingest.sources.xm import LISTING
from pipeline.ingest.windows import Span
from pipeline.store.bronze import Bronze, BronzeRef
from pipeline.store.held import TABLE as HELD
from pipeline.store.lake import Lake

Key = tuple[str, str]


def nights(bronze: Bronze, source: str, catalog: Catalog) -> dict[str, Archive]:
    """Return what is to be parsed for each night (`AAAA-MM-DD`), oldest first.

    A reply that was the same on two nights lies in the archive once, on the first.
    """
    by_night: dict[str, dict[Key, list[BronzeRef]]] = {}
    for ref in _in_order(bronze, source):
        by_night.setdefault(ref.fetched, {}).setdefault((ref.metric, ref.entity), []).append(ref)
    return {
        night: {key: _newest(refs, catalog) for key, refs in tonight.items()}
        for night, tonight in sorted(by_night.items())
    }


def newest(bronze: Bronze, source: str, catalog: Catalog) -> Archive:
    """Return the newest reply about each day of each series: what the archive knows today."""
    found: dict[Key, list[BronzeRef]] = {}
    for ref in _in_order(bronze, source):
        found.setdefault((ref.metric, ref.entity), []).append(ref)
    return {key: _newest(refs, catalog) for key, refs in found.items()}


def prune_archive(
    bronze: Bronze, catalog: Catalog, lake: Lake, today: dt.date, days: int, *, whole: bool = False
) -> int:
    """Delete the replies that the policy does not keep (`Bronze.prune`); return how many went.

    Where a change is held back the lake stands on an older reply: that one stays too.
    """
    lists = {metric.id for metric in catalog.lists() if metric.source == "xm"}
    needed: dict[str, set[dt.date]] = {}
    for row in lake.read(*HELD).to_pylist():
        metric = catalog.metrics.get(row["metric"])
        place = metric.simem.dataset if metric and metric.simem else row["metric"]
        needed.setdefault(place, set()).add(row["day"])
    return bronze.prune(today, days, {*lists, LISTING, INVENTORY}, needed=needed, whole=whole)


def _in_order(bronze: Bronze, source: str) -> list[BronzeRef]:
    """Return every reply of a source in the order in which they came: a name begins with the day."""
    return sorted(bronze.every(source), key=lambda ref: ref.path.name)


def _newest(refs: Sequence[BronzeRef], catalog: Catalog) -> list[BronzeRef]:
    """Return, of replies in the order in which they came, what each still says, in order of window.

    Of a list the last one counts whole. Of a series each day counts as it came last: windows are cut where a younger
    one begins or ends, and what lies outside is clipped when the reply is parsed.
    """
    if not refs:
        return []
    metric = catalog.metrics.get(refs[0].metric)
    if metric is not None and metric.grain == "list":
        return [refs[-1]]
    kept: list[BronzeRef] = []
    for ref in reversed(refs):
        free = [(ref.start, ref.end)]
        for other in kept:
            free = [span for start, end in free for span in _outside(start, end, other.start, other.end)]
        kept += [replace(ref, start=start, end=end) for start, end in free]
    return sorted(kept, key=lambda ref: (ref.start, ref.end))


def _outside(start: dt.date, end: dt.date, first: dt.date, last: dt.date) -> list[Span]:
    """Return what of `start`…`end` lies outside `first`…`last`."""
    if last < start or first > end:
        return [(start, end)]
    return [
        span
        for span in ((start, first - dt.timedelta(days=1)), (last + dt.timedelta(days=1), end))
        if span[0] <= span[1]
    ]
