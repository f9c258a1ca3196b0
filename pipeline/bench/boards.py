"""What the boards promise, measured: all of the old ones, right figures, gaps told, quick to make and light to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.bench.boards_build import bench_build
from pipeline.bench.boards_figures import bench_figures
from pipeline.bench.boards_gaps import bench_gaps
from pipeline.bench.boards_kpis import bench_kpis
from pipeline.bench.boards_old import bench_old
from pipeline.bench.boards_weight import bench_weight
from pipeline.bench.portals import Portals, portals
from pipeline.bench.table import Line, Measured
from pipeline.core.errors import UsageError

Part = Callable[[Portals], Sequence[Line]]
PARTS: dict[str, Part] = {
    "old": bench_old,
    "kpis": bench_kpis,
    "figures": bench_figures,
    "gaps": bench_gaps,
    "build": bench_build,
    "weight": bench_weight,
}


def bench_boards(data: Path, only: Sequence[str]) -> list[Measured]:
    """Run the parts that are wanted, all by default.

    Args:
        data: Folder of real data (`Metric.Entity.parquet`).
        only: Names of `PARTS`.

    Raises:
        UsageError: There is no such part.
    """
    unknown = [name for name in only if name not in PARTS]
    if unknown:
        raise UsageError(f"No part of this bench: {', '.join(unknown)}", hint=f"use {', '.join(PARTS)}")
    lines: list[Measured] = []
    with portals(data) as built:
        for name in only or PARTS:
            lines += PARTS[name](built)
    return lines
