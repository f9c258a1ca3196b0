"""Which benchmarks there are, and running one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.core.errors import UsageError
from pipeline.core.paths import ROOT, Paths
from pipeline.core.settings import Settings
from pipeline.store.atomic import write_json
from tests.bench.boards import bench_boards
from tests.bench.demo import bench_demo
from tests.bench.doctor import bench_doctor
from tests.bench.explore import bench_explore
from tests.bench.forecast import bench_forecast
from tests.bench.ingest import bench_ingest
from tests.bench.mirror import bench_mirror
from tests.bench.narrate import bench_narrate
from tests.bench.nights import bench_nights
from tests.bench.table import Line, as_rows, as_text
from tests.bench.truth import bench_truth
from tests.bench.web import bench_web

Bench = Callable[[Settings, Path, Sequence[str]], Sequence[Line]]
BENCHES: dict[str, Bench] = {
    "boards": lambda _settings, data, only: bench_boards(data, only),
    "demo": lambda _settings, _data, _only: bench_demo(),
    "doctor": lambda _settings, _data, _only: bench_doctor(),
    "explore": lambda _settings, _data, only: bench_explore(only),
    "forecast": lambda settings, data, only: bench_forecast(data, settings.workers, only),
    "ingest": lambda _settings, data, only: bench_ingest(data, only),
    "nights": lambda _settings, _data, only: bench_nights(only),
    "truth": lambda _settings, data, only: bench_truth(data, only),
    "narrate": lambda _settings, _data, only: bench_narrate(only),
    "web": lambda _settings, _data, only: bench_web(only),
    "mirror": lambda _settings, _data, only: bench_mirror(only),
}


def run_bench(settings: Settings, name: str, data: str, only: Sequence[str] = ()) -> str:
    """Run one benchmark and return its table.

    Args:
        settings: Workers and places.
        name: One of `BENCHES`.
        data: Folder of real data, for those that need it; relative to the project.
        only: Names of parts, for benchmarks that have parts; all when empty.

    Raises:
        UsageError: There is no such benchmark or part, or its data are not there.
    """
    if name not in BENCHES:
        raise UsageError(f"There is no benchmark {name!r}", hint=f"use one of: {', '.join(BENCHES)}")
    lines = BENCHES[name](settings, (ROOT / data).resolve(), only)
    write_json(Paths.of(settings).reports / f"bench-{name}.json", as_rows(lines))
    return as_text(lines)
