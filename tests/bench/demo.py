"""The demo, cold and warm: how long a portal takes from nothing, and again when nothing changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipeline.core.errors import UsageError
from pipeline.core.paths import ROOT
from tests.bench.table import Line, at_most, told

BUILD_FLOOR_SECONDS = 150.0
REBUILD_FLOOR_SECONDS = 15.0


def bench_demo() -> list[Line]:
    """Build the demo twice in a folder of its own: cold, and again with nothing changed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        first = _timed(home)
        before = _stamps(home / "build" / "demo" / "site")
        again = _timed(home)
        after = _stamps(home / "build" / "demo" / "site")
        rewritten = sum(before.get(path) != stamp for path, stamp in after.items())
        shutil.rmtree(home / "build", ignore_errors=True)
    return [
        at_most("demo build, 400 days, 193 series [s]", first, BUILD_FLOOR_SECONDS),
        at_most("the same again, nothing changed [s]", again, REBUILD_FLOOR_SECONDS),
        Line("site files rewritten by it", float(rewritten), "= 0", rewritten == 0 and bool(before)),
        told("site files", len(before)),
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
