"""Benchmarks anyone can rerun: what, value, floor, ok. Written to `build/reports/bench-NAME.json`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from pipeline.core.errors import UsageError
from pipeline.core.paths import ROOT, Paths
from pipeline.core.settings import Settings
from pipeline.model.bench import bench_forecast
from pipeline.store.atomic import write_json

BUILD_FLOOR_SECONDS = 150.0
REBUILD_FLOOR_SECONDS = 15.0


class Measured(Protocol):
    """One figure beside its floor."""

    @property
    def what(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> float: ...  # noqa: D102
    @property
    def floor(self) -> str: ...  # noqa: D102
    @property
    def ok(self) -> bool: ...  # noqa: D102


class Line(NamedTuple):
    """One measured figure beside its floor (`-` where it is only told)."""

    what: str
    value: float
    floor: str
    ok: bool


def run_bench(settings: Settings, name: str, data: str) -> str:
    """Run one benchmark and return its table.

    Args:
        settings: Workers and places.
        name: `demo` or `forecast`.
        data: Folder of real data, for those that need it.

    Raises:
        UsageError: There is no such benchmark, or its data are not there.
    """
    benches: dict[str, Callable[[], Sequence[Measured]]] = {
        "demo": _demo,
        "forecast": lambda: bench_forecast((ROOT / data).resolve(), settings.workers),
    }
    if name not in benches:
        raise UsageError(f"There is no benchmark {name!r}", hint=f"use one of: {', '.join(benches)}")
    lines = benches[name]()
    rows = [{"what": m.what, "value": m.value, "floor": m.floor, "ok": m.ok} for m in lines]
    write_json(Paths.of(settings).reports / f"bench-{name}.json", rows)
    width = max(len(m.what) for m in lines)
    return "\n".join(f"{m.what:<{width}}  {m.value:>12.3f}  {m.floor:<14}  {'ok' if m.ok else 'FAILS'}" for m in lines)


def _demo() -> list[Line]:
    """Build the demo twice in a folder of its own: cold, and again with nothing changed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        first = _timed(home)
        before = _stamps(home / "build" / "site")
        again = _timed(home)
        after = _stamps(home / "build" / "site")
        rewritten = sum(before.get(path) != stamp for path, stamp in after.items())
        shutil.rmtree(home / "build", ignore_errors=True)
    return [
        Line("demo build, 400 days, 193 series [s]", first, "≤ 150", first <= BUILD_FLOOR_SECONDS),
        Line("the same again, nothing changed [s]", again, "≤ 15", again <= REBUILD_FLOOR_SECONDS),
        Line("site files rewritten by it", float(rewritten), "= 0", rewritten == 0 and bool(before)),
        Line("site files", float(len(before)), "-", True),
    ]


def _timed(home: Path) -> float:
    started = time.monotonic()
    places = [f"PORTAL_DATA_DIR={home / 'data'}", f"PORTAL_BUILD_DIR={home / 'build'}"]
    command = ["env", *places, sys.executable, "-m", "invoke", "demo", "--no-serve"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UsageError(f"The demo failed: {done.stderr.strip()[-400:]}", hint="run ./inv demo --no-serve to see why")
    return time.monotonic() - started


def _stamps(site: Path) -> dict[str, int]:
    return {p.relative_to(site).as_posix(): p.stat().st_mtime_ns for p in sorted(site.rglob("*")) if p.is_file()}
