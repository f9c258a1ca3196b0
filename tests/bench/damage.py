"""Flipped bits and runs at once (S7, S8)."""

from __future__ import annotations

from tests.bench.crash.flips import run_flips
from tests.bench.crash.races import run_races
from tests.bench.table import Line, exactly, told

FLIPS, SEED = 300, 7
ROUNDS = 50
PROCESSES = (2, 8)


def bench_flips() -> list[Line]:
    """Flip 300 bits of parts, manifests, pointer and archive, one at a time."""
    report = run_flips(FLIPS, seed=SEED)
    return [
        exactly(f"bit flips (seed {SEED}): named by verify", report.found, FLIPS),
        exactly("bit flips: refused by the reader of the file", report.refused, FLIPS),
        exactly("bit flips: lake made again, byte for byte", report.rebuilt, FLIPS),
        told("bit flips [s]", report.seconds),
    ]


def bench_races() -> list[Line]:
    """Let 2 and 8 processes commit at once, 50 rounds each."""
    lines = []
    for processes in PROCESSES:
        report = run_races(ROUNDS, processes)
        lines += [
            exactly(f"{processes} runs at once, {ROUNDS} rounds: not one commit a round", len(report.bad), 0),
            told(f"{processes} runs at once: slowest loser told after [s]", round(report.slowest, 3)),
        ]
    return lines
