"""A disk that refuses the n-th call, for every n: what is left is the old lake or the new one."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from pipeline.core.errors import StoreError
from pipeline.store import atomic
from tests.bench.crash.devices import Failing, Unsynced
from tests.bench.crash.night import Night, check

SERIES = 2
TURN = 2
_MOST = 400


class Refusals(NamedTuple):
    """Account of the calls that were refused."""

    calls: int
    bad: list[str]


def refuse_every_call(code: int) -> Refusals:
    """Run a night once per call it makes, with that call failing, until a night ends without a failure.

    Args:
        code: errno of the failure (`ENOSPC`, `EIO`, `EROFS`).
    """
    bad: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        base, clean, place = (Path(folder) / name for name in ("base", "clean", "place"))
        with atomic.using(Unsynced()):
            Night(base, 1, SERIES).run()
            shutil.copytree(base, clean)
            Night(clean, TURN, SERIES).run()
        wanted = Night(clean, TURN, SERIES)
        states = {
            Night(base, TURN, SERIES).lake.manifest().fingerprint(): "old",
            wanted.lake.manifest().fingerprint(): "new",
        }
        for n in range(1, _MOST):
            shutil.copytree(base, place)
            refused = _refused(place, n, code)
            name = f"{errno.errorcode[code]} at call {n}"
            if fault := check(place, TURN, states, series=SERIES):
                bad.append(f"{name}: {fault}")
            with atomic.using(Unsynced()):
                Night(place, TURN, SERIES).run()
            if Night(place, TURN, SERIES).tree() != wanted.tree():
                bad.append(f"{name}: the next run differs from a clean one")
            shutil.rmtree(place)
            if not refused:
                return Refusals(n - 1, bad)
    return Refusals(_MOST, [*bad, "the night never ended"])


def _refused(place: Path, n: int, code: int) -> bool:
    """Run a night whose n-th call fails; return whether it failed with an error of ours."""
    try:
        with atomic.using(Failing(n, code)):
            Night(place, TURN, SERIES).run()
    except StoreError:
        return True
    return False
