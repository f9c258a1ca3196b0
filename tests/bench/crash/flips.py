"""Flipping bits of a lake and its archive, one at a time, and the account of who noticed.

`python -m tests.bench.crash.flips 300` prints the account of 300 flips.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from structlog.testing import capture_logs

from pipeline.core.errors import PartCorrupt, ShrinkRefused
from pipeline.store import atomic, retention
from pipeline.store.bronze import reference
from pipeline.store.manifest import load_manifest
from tests.bench.crash.devices import Unsynced
from tests.bench.crash.night import Night

TURN = 3
KINDS = ("part", "manifest", "CURRENT", "bronze")
PATTERNS = {
    "part": "lake/**/*.parquet",
    "manifest": "lake/manifest-*",
    "CURRENT": "lake/CURRENT",
    "bronze": "bronze/**/*.zst",
}


@dataclass
class FlipReport:
    """The account of a number of flips.

    Attributes:
        flips: Bits flipped.
        found: Flips whose file `verify` named.
        refused: Flips that a reader of the file refused.
        rebuilt: Flips after which the archive gave back the same lake.
        kinds: Flips per kind of file.
        bad: What was wrong, one line a flip.
        seconds: Wall time [s].
    """

    flips: int = 0
    found: int = 0
    refused: int = 0
    rebuilt: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run_flips(count: int, *, seed: int = 7) -> FlipReport:
    """Flip `count` bits, a quarter each in parts, manifests, the pointer and the archive, and mend each."""
    started = time.monotonic()
    rng = random.Random(seed)
    report = FlipReport()
    with tempfile.TemporaryDirectory() as folder, atomic.using(Unsynced()), capture_logs():
        home = Path(folder) / "sound"
        for turn in range(1, TURN + 1):
            Night(home, turn).run()
        for number in range(count):
            place = Path(folder) / "damaged"
            shutil.copytree(home, place)
            report.flips += 1
            report.kinds[KINDS[number % 4]] += 1
            if fault := _flip(home, place, KINDS[number % 4], rng, report):
                report.bad.append(fault)
            shutil.rmtree(place)
    report.seconds = round(time.monotonic() - started, 1)
    return report


def _flip(home: Path, place: Path, kind: str, rng: random.Random, report: FlipReport) -> str:
    """Flip one bit of the copy at `place`; return what was wrong afterwards."""
    night = Night(place, TURN)
    path = rng.choice(sorted(place.glob(PATTERNS[kind])))
    data = bytearray(path.read_bytes())
    bit = rng.randrange(len(data) * 8)
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    what = f"bit {bit} of {path.relative_to(place)}"
    if not any(path.name in line for line in night.lake.verify() + night.bronze.verify()):
        return f"{what}: not found"
    report.found += 1
    if not _refused(night, path, kind):
        return f"{what}: a reader took it"
    report.refused += 1
    _mend(night, path, kind, home)
    if night.lake.verify() or night.bronze.verify():
        return f"{what}: still damaged"
    if night.lake.manifest().fingerprint() != Night(home, TURN).lake.manifest().fingerprint():
        return f"{what}: another lake"
    report.rebuilt += 1
    return ""


def _refused(night: Night, path: Path, kind: str) -> bool:
    """Return whether a reader of the damaged file raises the right error."""
    lake = night.lake
    try:
        if kind == "part":
            states = retention.history(lake.root, lake.manifest())
            parts = {part.path: part for state in states for part in load_manifest(state.path).parts}
            lake.rows(parts[path.relative_to(lake.root).as_posix()])
        elif kind == "manifest":
            load_manifest(path)
        elif kind == "CURRENT":
            lake.manifest()
        else:
            night.bronze.get(reference(path))
    except PartCorrupt:
        return True
    return False


def _mend(night: Night, path: Path, kind: str, home: Path) -> None:
    """Do what the messages say: rebuild from the archive; what it does not hold comes from a copy of the lake."""
    if kind == "bronze":
        path.unlink()
    else:
        try:
            night.replay()
        except ShrinkRefused:
            lake = night.lake
            (part,) = lake.bad_parts(lake.manifest())
            lake.adopt(part, (home / "lake" / part.path).read_bytes())
    night.run()


if __name__ == "__main__":
    sys.stdout.write(f"{run_flips(int(sys.argv[1]))}\n")
