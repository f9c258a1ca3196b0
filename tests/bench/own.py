"""Our ingest as a process of its own, so that it is measured from outside like its peer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core import log
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.ingest.addresses import identify
from pipeline.ingest.rounds import ingest
from pipeline.ingest.states import IngestReport
from pipeline.store.lake import Lake
from tests.bench.peer import Order

WORKERS = 2


def ingest_now(order: Order) -> tuple[IngestReport, Lake]:
    """Bring the series of `order` (all when it names none) into a lake under its folder."""
    home = Path(order.folder)
    settings = load_settings(
        xm_base_url=order.url,
        simem_base_url=order.url,
        data_dir=home / "data",
        build_dir=home / "build",
        workers=WORKERS,
        xm_run_deadline=6 * 3600,  # the whole history is no night
        requests=10**9,
    )
    today = dt.date.fromisoformat(order.today)
    made = dt.datetime.combine(today, dt.time(5, 40))
    run = RunInfo(today, dt.date.fromisoformat(order.since), identify(order.url), made)
    catalog, paths = load_catalog(), Paths.of(settings)
    names = sorted({metric for metric, _ in order.series}) or xm_metrics(catalog)
    return ingest(narrowed(catalog, order.series), settings, paths, run, metrics=names), Lake(paths.lake)


def xm_metrics(catalog: Catalog) -> list[str]:
    """Return the ids of the metrics that come from XM's API."""
    return [metric.id for metric in catalog.metrics.values() if metric.source == "xm"]


def narrowed(catalog: Catalog, series: Sequence[tuple[str, str]]) -> Catalog:
    """Return the catalogue with only the entities that are wanted of the metrics in `series`."""
    wanted: dict[str, list[str]] = {}
    for metric, entity in series:
        wanted.setdefault(metric, []).append(entity)
    changed = {
        name: catalog.metrics[name].model_copy(update={"entities": tuple(entities)})
        for name, entities in wanted.items()
    }
    return dataclasses.replace(catalog, metrics={**catalog.metrics, **changed})


def main(arguments: Sequence[str]) -> int:
    """Run one order and print its account."""
    log.configure(json=True)
    report, lake = ingest_now(Order.read(arguments[0]))
    parts = lake.manifest().parts
    account = {
        "asked": report.asked,
        "cells": report.cells,
        "rejects": report.rejects,
        "failed": len(report.failed),
        "series": sum(report.states.values()),
        "seconds": report.seconds,
        "raw": report.bytes,
        "rows": sum(part.rows for part in parts),
        "bytes": sum(part.bytes for part in parts),
        "parts": len(parts),
    }
    sys.stdout.write(f"{json.dumps(account)}\n")
    return 0
