"""A small lake to try queries on: forty days of the emulator, made once and kept until what makes it changes."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from pathlib import Path

from filelock import FileLock

from pipeline.catalog.load import Catalog
from pipeline.core.paths import PACKAGE, Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.emulator.server import running
from pipeline.ingest.rounds import ingest
from pipeline.ingest.states import read_states
from pipeline.store import warehouse
from pipeline.store.lake import Lake

TODAY = dt.date(2026, 5, 20)
#: Two whole months lie in it, and thirty days behind the slowest daily metric do not: queries of years stay empty.
DAYS = 40
RUN = RunInfo(TODAY, TODAY - dt.timedelta(days=DAYS), "simulated", dt.datetime.combine(TODAY, dt.time(5, 40)))


def small_lake(settings: Settings, catalog: Catalog) -> Paths:
    """Return the paths of the small lake, making it where it is not there or no longer what the code would make.

    Args:
        settings: Settings of the run; the lake lies in their build folder.
        catalog: The declarations.
    """
    folder = Paths.of(settings).build / "check"
    home = folder / _key(catalog)
    paths = Paths(data=home, build=home)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        _make(settings, catalog, paths)
    return paths


def _make(settings: Settings, catalog: Catalog, paths: Paths) -> None:
    home = paths.data
    if not (home / "done").exists():
        shutil.rmtree(home.parent, ignore_errors=True)
        with running("simulated", TODAY) as url:
            own = settings.model_copy(update={"xm_base_url": url, "simem_base_url": url, "data_dir": home})
            ingest(catalog, own, paths, RUN)
        # The evidence writes its states into the lake: once, and not by each of two readers at the same time.
        warehouse.prepare(paths, catalog, Lake(paths.lake), RUN, read_states(paths)).unlink()
        shutil.rmtree(paths.bronze, ignore_errors=True)
        (home / "done").touch()


def _key(catalog: Catalog) -> str:
    """Return a hash of what the lake follows from: metrics, emulator and all that reads its answers."""
    digest = hashlib.sha256(repr([*catalog.metrics.values(), catalog.sources, catalog.versions]).encode())
    for path in sorted(_code()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _code() -> list[Path]:
    known = ("ingest", "emulator", "core", "store")
    judged = (PACKAGE / "views" / "evidence").rglob("*.sql")  # states are written when it is made
    return [*(path for name in known for path in (PACKAGE / name).rglob("*.py")), *judged]
