"""The archive as the nights that filled it: what a replay reads, in the order in which it came."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from pipeline.catalog.load import Catalog
from pipeline.ingest.contract import Archive
from pipeline.ingest.drift import LISTING
from pipeline.ingest.simem import INVENTORY
from pipeline.store.bronze import Bronze, BronzeRef
from pipeline.validate.provisional import SETTLING_DAYS


def nights(bronze: Bronze, source: str, catalog: Catalog) -> dict[str, Archive]:
    """Return what is to be parsed for each night (`AAAA-MM-DD`), oldest first.

    A reply that was the same on two nights lies in the archive once, on the first. So a night reads, besides its own
    replies, the newest known ones of half-built metrics that reach into its last weeks: whether a day is half-built
    depends on the day one stands on.
    """
    by_night: dict[str, Archive] = {}
    for ref in bronze.every(source):
        by_night.setdefault(ref.fetched, {}).setdefault((ref.metric, ref.entity), []).append(ref)
    latest: dict[tuple[str, str], dict[dt.date, BronzeRef]] = {}
    found: dict[str, Archive] = {}
    for night in sorted(by_night):
        tonight = by_night[night]
        for key, refs in tonight.items():
            latest.setdefault(key, {}).update({ref.start: ref for ref in refs})
        since = dt.date.fromisoformat(night) - dt.timedelta(days=SETTLING_DAYS + 1)
        chosen: Archive = {key: _tiles(refs) for key, refs in tonight.items()}
        for key, refs_by_start in latest.items():
            metric = catalog.metrics.get(key[0])
            if metric is not None and metric.level_check:
                young = [ref for ref in refs_by_start.values() if ref.end >= since]
                chosen[key] = _tiles([*tonight.get(key, []), *young])
        found[night] = {key: refs for key, refs in chosen.items() if refs}
    return found


def newest(bronze: Bronze, source: str) -> Archive:
    """Return the newest reply about each stretch of days of each series: what the archive knows today."""
    latest: dict[tuple[str, str], dict[dt.date, BronzeRef]] = {}
    for ref in sorted(bronze.every(source), key=lambda ref: ref.path.name):  # a name begins with the day it came
        latest.setdefault((ref.metric, ref.entity), {})[ref.start] = ref
    return {key: _tiles(refs.values()) for key, refs in latest.items()}


def prune_archive(bronze: Bronze, catalog: Catalog, today: dt.date, days: int, *, whole: bool = False) -> int:
    """Delete the replies that the policy does not keep (`Bronze.prune`); return how many went."""
    lists = {metric.id for metric in catalog.lists() if metric.source == "xm"}
    return bronze.prune(today, days, {*lists, LISTING, INVENTORY}, whole=whole)


def _tiles(refs: Iterable[BronzeRef]) -> list[BronzeRef]:
    """Return the replies in order of window, without those whose window lies inside another one."""
    kept: list[BronzeRef] = []
    for ref in sorted(set(refs), key=lambda ref: (ref.start, -ref.end.toordinal(), ref.sha12)):
        if not kept or ref.end > kept[-1].end:
            kept.append(ref)
    return kept
