"""What a reader may trust, measured: faults of the source, true extremes, real values, like days, bands, anchors."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.bench_parts import wanted
from tests.bench.table import Line
from tests.bench.truth_faults import bench_drawn, bench_extremes, bench_inputs
from tests.bench.truth_real import bench_clean, bench_like, bench_may
from tests.bench.truth_static import bench_anchors, bench_bands, bench_surfaces
from tests.bench.truth_world import Worlds

Part = Callable[[Worlds], Sequence[Line]]
PARTS: dict[str, Part] = {
    "anchors": bench_anchors,
    "inputs": bench_inputs,
    "drawn": bench_drawn,
    "extremes": bench_extremes,
    "clean": bench_clean,
    "may": bench_may,
    "like": bench_like,
    "surfaces": bench_surfaces,
    "bands": bench_bands,
}


def bench_truth(data: Path, only: Sequence[str]) -> list[Line]:
    """Run the parts that are wanted, all by default.

    Args:
        data: Folder of real data (`Metric.Entity.parquet`).
        only: Names of `PARTS`.

    Raises:
        UsageError: There is no such part.
    """
    names = wanted(PARTS, only)
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as folder:
        worlds = Worlds(Path(folder), data)
        for name in names:
            lines += PARTS[name](worlds)
    return lines
