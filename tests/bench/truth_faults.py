"""The twenty inputs, faults that are drawn, and extremes that are true: what a reader may quote after them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.core.log import get_logger
from tests.bench.table import Line, exactly, told
from tests.bench.truth_world import Worlds, absent
from tests.truth.apart import layouts_differ, lost_part
from tests.truth.cases import TONIGHT
from tests.truth.drawn import Draw, drawn, extremes, plan, withheld
from tests.truth.house import FIRST, Published, live, read
from tests.truth.judge import Truth, Verdict, judge
from tests.truth.real import half_built_may
from tests.truth.scenes import base_of, lived, scene_of, truth_of
from tests.truth.shown import said_by_day
from tests.truth.twenty import CASES

log = get_logger("bench")
WANTED: Final = 100


def bench_inputs(worlds: Worlds) -> list[Line]:
    """Count the inputs of the issue after which something is wrong."""
    failed = {}
    for case in CASES:
        if faults := case.faults(scene_of(case.scene, worlds.once)):
            failed[case.number] = faults
    clean = lived("clean", worlds.once)
    if faults := lost_part(clean, worlds.home / "restored"):
        failed["D14"] = faults
    if faults := layouts_differ():
        failed["D18"] = faults
    lines = []
    if worlds.has_real:
        with worlds.real() as con:
            if faults := half_built_may(con):
                failed["D2"] = faults
    else:
        lines.append(absent("inputs: D2, on real values"))
    for number, faults in failed.items():
        log.warning("input does harm", number=number, faults=len(faults), first=faults[0])
    tried = len(CASES) + 2 + worlds.has_real
    return [told("inputs: tried", tried), exactly("inputs: that do harm", len(failed), 0), *lines]


def scenes() -> Iterator[list[Draw]]:
    """Yield drawn scenes until there are enough draws."""
    count = 0
    for seed in range(1, WANTED):
        if count >= WANTED:
            return
        draws = drawn(seed)
        count += len(draws)
        yield draws


def bench_drawn(worlds: Worlds) -> list[Line]:
    """Live scenes of drawn faults, one night each."""
    base = base_of(worlds.once)
    truth = truth_of("clean", worlds.once)
    count, verdicts = 0, Verdict()
    for number, draws in enumerate(scenes(), 1):
        verdict = drawn_night(worlds.home / f"drawn {number}", draws, base, truth)
        count += len(draws)
        for kind in ("wrong", "frozen", "silent"):
            for told_of in getattr(verdict, kind):
                log.warning(f"drawn: {kind}", scene=number, fault=told_of)
            getattr(verdicts, kind).extend(getattr(verdict, kind))
    return [
        told("drawn: faults", count),
        exactly("drawn: wrong values that a reader may quote", len(verdicts.wrong), 0),
        exactly("drawn: series frozen by another's trouble", len(verdicts.frozen), 0),
        exactly("drawn: faults that nothing names", len(verdicts.silent), 0),
    ]


def drawn_night(home: Path, draws: list[Draw], base: Published, truth: Truth) -> Verdict:
    """Live a night of drawn faults and judge it."""
    portal = live(home, [(TONIGHT, plan(draws))], base=base.home)
    return judge(portal, truth, [each for draw in draws for each in draw.altered])


def bench_extremes(worlds: Worlds) -> list[Line]:
    """Count the true extremes that are not quotable: a blackout, a quarantine, a price of scarcity."""
    base = base_of(worlds.once)
    portal = live(worlds.home / "extremes", [(FIRST, extremes(base))], run=read)
    missing = list(withheld(portal, said_by_day(portal, quotable=True)))
    for line in missing:
        log.warning("true extreme withheld", what=line)
    return [exactly("extremes: true ones withheld", len(missing), 0)]
