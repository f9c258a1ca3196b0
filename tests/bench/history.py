"""A night's increment over a slow network, and a history larger than the old portal's at full resolution."""

from __future__ import annotations

import datetime as dt
import json
import tempfile

from pipeline.catalog.load import load_catalog
from pipeline.emulator.server import Manner, running
from tests.bench.peer import Order
from tests.bench.process import Cost, run_measured
from tests.bench.table import Line, at_least, at_most, exactly, told

TODAY = dt.date(2026, 6, 30)
_DAY = dt.timedelta(days=1)
LATENCY = 0.3
NIGHT_DAYS = 200
NIGHT_FLOOR = 90.0
HISTORY_DAYS = 730
FIRST_DAY = dt.date(2000, 1, 1)
ROWS_FLOOR = 12_400_000
MEMORY_FLOOR_MB = 2048
RAW_FLOOR = 193


def bench_nightly() -> list[Line]:
    """Fill a lake with 200 days up to yesterday, then bring today's increment with 300 ms before every answer."""
    since = (TODAY - dt.timedelta(days=NIGHT_DAYS)).isoformat()
    with tempfile.TemporaryDirectory() as folder:
        with running("simulated", TODAY - _DAY) as url:
            _ingest(Order(url, [], since, (TODAY - _DAY).isoformat(), folder))
        with running("simulated", TODAY, manner=Manner(latency=LATENCY)) as url:
            cost, account = _ingest(Order(url, [], since, TODAY.isoformat(), folder))
    return [
        exactly("night: series brought up to date", account["series"] - account["failed"], _series()),
        told("night: windows asked, 4 connections, 300 ms latency", account["asked"]),
        told("night: lake rows afterwards", account["rows"]),
        at_most("night: increment, start of Python included [s]", cost.seconds, NIGHT_FLOOR),
    ]


def bench_history() -> list[Line]:
    """Bring two years of every series: more values than the old portal held, none of them averaged away."""
    return _since(TODAY - dt.timedelta(days=HISTORY_DAYS), "history")


def bench_whole() -> list[Line]:
    """Bring everything XM publishes, from its first day on: half an hour or more, nearly all of it simulation."""
    return _since(FIRST_DAY, "whole history")


def _since(first: dt.date, what: str) -> list[Line]:
    with tempfile.TemporaryDirectory() as folder, running("simulated", TODAY) as url:
        cost, account = _ingest(Order(url, [], first.isoformat(), TODAY.isoformat(), folder))
    return [
        at_least(f"{what}: rows, every series, hourly where XM is", account["rows"], ROWS_FLOOR),
        exactly(f"{what}: series asked", account["series"], _series()),
        exactly(f"{what}: series that failed", account["failed"], 0),
        told(f"{what}: windows asked", account["asked"]),
        told(f"{what} [s]", cost.seconds),
        told(f"{what}: raw JSON [MB]", account["raw"] / 2**20),
        at_most(f"{what}: peak memory, all processes [MB]", cost.peak, MEMORY_FLOOR_MB),
        told(f"{what}: lake bytes per row", account["bytes"] / account["rows"]),
    ]


def _series() -> int:
    return sum(len(metric.entities) for metric in load_catalog().metrics.values() if metric.source == "xm")


def _ingest(order: Order) -> tuple[Cost, dict[str, float]]:
    cost = run_measured("tests.bench.own", [order.as_text()])
    account: dict[str, float] = json.loads(cost.output)
    return cost, account
