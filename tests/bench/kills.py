"""Kills at named points and at random, and a disk that refuses every call in turn (S1, S2, S4)."""

from __future__ import annotations

import errno

from tests.bench.crash.calls import refuse_every_call
from tests.bench.crash.kills import run_kills
from tests.bench.table import Line, at_least, exactly, told

POINTS, EACH, RANDOM, SEED = 12, 20, 100, 7


def bench_kills() -> list[Line]:
    """Kill 12 × 20 runs at named points of the commit and 100 at random times."""
    report = run_kills(POINTS, EACH, RANDOM, seed=SEED)
    return [
        exactly(f"kills: 240 at named points, 100 at random (seed {SEED})", report.kills, POINTS * EACH + RANDOM),
        told("kills: runs that died of it", report.died),
        told("kills: left in the old state", report.old),
        told("kills: left in the new state", report.new),
        exactly("kills: lake unreadable or unlike a clean run after the next", len(report.bad), 0),
        told("kills [s]", report.seconds),
    ]


def bench_calls() -> list[Line]:
    """Let the n-th write, sync, rename, folder or removal fail, for every n."""
    lines = []
    for code in (errno.ENOSPC, errno.EIO):
        refusals = refuse_every_call(code)
        name = errno.errorcode[code]
        lines += [
            at_least(f"{name}: calls refused, one a run", refusals.calls, 45),
            exactly(f"{name}: old state not intact, or next run unlike a clean one", len(refusals.bad), 0),
        ]
    return lines
