"""Rows a second and memory, ours against the way the old portal ingested, on the same series of the same emulator."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from pathlib import Path

from pipeline.emulator.server import Manner, running
from tests.bench.peer import Order
from tests.bench.process import Cost, run_measured
from tests.bench.table import Line, at_least, at_most, exactly, told

TODAY = dt.date(2026, 6, 30)
DAYS = 3650  # ten years; the old portal kept five of its main series
SPEED_FLOOR = 10.0
MEMORY_SHARE = 0.5
# One of each shape the old portal asked for: hourly and daily, plants, agents, rivers, reservoirs, the system.
SERIES = [
    ("Gene", "Recurso"),
    ("Gene", "Sistema"),
    ("DispoReal", "Recurso"),
    ("DemaCome", "Agente"),
    ("DemaReal", "Agente"),
    ("DemaReal", "Sistema"),
    ("PrecBolsNaci", "Sistema"),
    ("AporEner", "Rio"),
    ("PorcApor", "Rio"),
    ("VoluUtilDiarEner", "Embalse"),
    ("CapaUtilDiarEner", "Embalse"),
    ("PerdidasEner", "Sistema"),
]


def bench_speed() -> list[Line]:
    """Warm the emulator, so that neither side waits for the simulation; then the peer, then ours."""
    with running("simulated", TODAY, manner=Manner(keep=True)) as url:
        _ours(url)
        peer, daily = _peer(url)
        ours, account = _ours(url)
    cells = int(account["cells"])
    return [
        told("cells in the same series, ten years", cells),
        told("peer: pydataxm + pandas → SQLite [s]", peer.seconds),
        told("peer: daily rows written", daily),
        told("ours: bronze + Parquet at full resolution [s]", ours.seconds),
        told("ours: hourly and daily rows written", int(account["rows"])),
        exactly("ours: series that failed", int(account["failed"]), 0),
        told("peer: cells per second", cells / peer.seconds),
        told("ours: cells per second", cells / ours.seconds),
        at_least("rows per second, ours / peer", peer.seconds / ours.seconds, SPEED_FLOOR),
        told("CPU seconds, peer", peer.cpu),
        told("CPU seconds, ours", ours.cpu),
        told("peak memory, peer [MB]", peer.peak),
        told("peak memory, ours, all processes [MB]", ours.peak),
        at_most("peak memory, ours / peer", ours.peak / peer.peak, MEMORY_SHARE),
    ]


def _order(url: str, folder: str) -> Order:
    since = (TODAY - dt.timedelta(days=DAYS)).replace(day=1)
    return Order(url, SERIES, since.isoformat(), TODAY.isoformat(), folder)


def _peer(url: str) -> tuple[Cost, int]:
    with tempfile.TemporaryDirectory() as folder:
        cost = run_measured("tests.bench.peer", [_order(url, folder).as_text()])
    return cost, int(cost.output)


def _ours(url: str) -> tuple[Cost, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "data").mkdir()
        cost = run_measured("tests.bench.own", [_order(url, folder).as_text()])
    account: dict[str, float] = json.loads(cost.output)
    return cost, account
