"""What the boards promise, measured: data on all of them, right figures, gaps told, quick to make, light to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.bench_parts import wanted
from tests.bench.boards_build import bench_build
from tests.bench.boards_figures import bench_figures
from tests.bench.boards_gaps import bench_gaps
from tests.bench.boards_kpis import bench_kpis
from tests.bench.boards_shown import bench_shown
from tests.bench.boards_weight import bench_weight
from tests.bench.portals import Portals, portals
from tests.bench.table import Line

Part = Callable[[Portals], Sequence[Line]]
PARTS: dict[str, Part] = {
    "shown": bench_shown,
    "kpis": bench_kpis,
    "figures": bench_figures,
    "gaps": bench_gaps,
    "build": bench_build,
    "weight": bench_weight,
}


def bench_boards(data: Path, only: Sequence[str]) -> list[Line]:
    """Run the parts that are wanted, all by default.

    Args:
        data: Folder of real data (`Metric.Entity.parquet`).
        only: Names of `PARTS`.

    Raises:
        UsageError: There is no such part.
    """
    names = wanted(PARTS, only)
    lines: list[Line] = []
    with portals(data) as built:
        for name in names:
            lines += PARTS[name](built)
    return lines
