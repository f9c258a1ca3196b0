"""Parts of the forecast bench, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.bench_parts import wanted
from tests.bench.forecast.accuracy import ORIGINS, Bench
from tests.bench.forecast.data import History
from tests.bench.forecast.members import Members
from tests.bench.forecast.nested import SHORE, Nested
from tests.bench.forecast.running import Running
from tests.bench.table import Line

Part = Callable[[Bench, Running], list[Line]]
PARTS: dict[str, Part] = {
    "demand": lambda bench, _: bench.demand(),
    "hourly": lambda bench, _: bench.hourly(),
    "bands": lambda bench, _: bench.bands(),
    "price": lambda bench, _: bench.price(),
    "water": lambda bench, _: bench.water(),
    "published": lambda _, running: running.published(),
    "honesty": lambda _, running: running.honesty(),
    "nightly": lambda _, running: running.nightly(),
    "speed": lambda _, running: running.speed(),
    "nested": lambda bench, _: Nested(bench.history, bench.policies, Members(SHORE, bench.workers)).lines(),
}


def bench_forecast(folder: Path, workers: int = 2, only: Sequence[str] = (), origins: int = ORIGINS) -> list[Line]:
    """Measure the forecasts on real history, seed 7; every line tells its window.

    Args:
        folder: Folder of XM history, the tidy files beside it.
        workers: Processes for the slow models.
        only: Names of `PARTS`; all when empty.
        origins: Scored origins of the slow models; fewer make a quicker, coarser bench.

    Raises:
        UsageError: There is no such part, or the folder lacks a file.
    """
    names = wanted(PARTS, only)
    bench = Bench(History(folder), workers, origins)
    running = Running(bench)
    return [line for name in names for line in PARTS[name](bench, running)]
