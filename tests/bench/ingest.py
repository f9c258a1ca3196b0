"""What the ingest promises, measured in one run: nothing lost, every date right, fast, small, equal to the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.bench_parts import wanted
from tests.bench.damage import bench_flips, bench_races
from tests.bench.faults import bench_faults
from tests.bench.history import bench_history, bench_nightly, bench_whole
from tests.bench.kills import bench_calls, bench_kills
from tests.bench.malformed import bench_malformed
from tests.bench.real import bench_real
from tests.bench.speed import bench_speed
from tests.bench.table import Line
from tests.bench.windows import bench_windows

Part = Callable[[Path], Sequence[Line]]
# Name → what it takes the folder of real data for, if anything.
PARTS: dict[str, Part] = {
    "faults": lambda _data: bench_faults(),
    "windows": lambda _data: bench_windows(),
    "malformed": lambda _data: bench_malformed(),
    "kills": lambda _data: bench_kills(),
    "calls": lambda _data: bench_calls(),
    "flips": lambda _data: bench_flips(),
    "races": lambda _data: bench_races(),
    "speed": lambda _data: bench_speed(),
    "nightly": lambda _data: bench_nightly(),
    "history": lambda _data: bench_history(),
    "real": bench_real,
}
# Parts that run only when they are named.
LONG: dict[str, Part] = {"whole": lambda _data: bench_whole()}


def bench_ingest(data: Path, only: Sequence[str]) -> list[Line]:
    """Run the parts that are wanted, all by default.

    Args:
        data: Folder of real data (`Metric.Entity.parquet`).
        only: Names of `PARTS` or `LONG`.

    Raises:
        UsageError: There is no such part.
    """
    parts = PARTS | LONG
    return [line for name in wanted(parts, only or [*PARTS]) for line in parts[name](data)]
