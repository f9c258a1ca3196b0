"""The way to the whole past by the plan alone: the whole catalogue, every window answered, nothing downloaded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.catalog.load import load_catalog
from pipeline.catalog.schema import Metric
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.ingest.plan import Tier, due, rounds
from pipeline.ingest.states import States, fresh_state
from tests.bench.table import Line, at_least, at_most, exactly, told
from tests.nights.year import FIRST

SINCE: Final = dt.date(2000, 1, 1)
NIGHTS_TO_THE_PAST: Final = 9
WINDOWS: Final = 50_000  # a plan of the whole past is longer than that
_AFTER = 30  # nights watched once all is there
_DAY = dt.timedelta(days=1)


class Planned(NamedTuple):
    """One night of one source: windows asked, those of readers' days left out, those of the past still to come."""

    asked: int
    late: int
    unasked: int


def bench_plan(_home: Path) -> list[Line]:
    """Plan night after night since 2000, as if every window had been answered, until all is asked; then a month."""
    catalog, budget = load_catalog(), load_settings().requests
    xm = list(live([m for m in catalog.metrics.values() if m.source == "xm"], budget))
    simem = list(live([m for m in catalog.metrics.values() if m.source == "simem"], budget))
    nights = nights_to_the_past(xm)
    after = [night.asked for night in xm[nights:]]
    return [
        at_least("plan: windows of XM since 2000", sum(night.asked for night in xm[:nights]), WINDOWS),
        told("plan: windows of XM asked, by night: " + ", ".join(str(n.asked) for n in xm[:nights]), nights),
        at_most(f"plan: nights until the whole past is asked, at {budget} a night", nights, NIGHTS_TO_THE_PAST),
        at_most("plan: the same, SIMEM", nights_to_the_past(simem), NIGHTS_TO_THE_PAST),
        exactly("plan: windows of the newest days left for another night", sum(n.late for n in (*xm, *simem)), 0),
        at_most(f"plan: most windows in one of the {len(after)} nights after", max(after), budget),
        told("plan: windows of such a night, mean", sum(after) / len(after)),
    ]


def nights_to_the_past(nights: list[Planned]) -> int:
    """Return the number of the first night that leaves nothing unasked."""
    return next(number for number, night in enumerate(nights, 1) if not night.unasked)


def live(metrics: list[Metric], budget: int) -> Iterator[Planned]:
    """Yield nights until nothing is unasked, and a month more."""
    states: States = {}
    left, number = _AFTER, 0
    while left:
        day = FIRST + number * _DAY
        run = RunInfo(day, SINCE, "simulated", dt.datetime.combine(day, dt.time(5, 40)))
        found = due(metrics, run, states)
        chosen = [request for part in rounds(found, budget) for request in part]
        for request in chosen:
            windows = states.setdefault(request.key, fresh_state())["windows"]
            windows[request.place] = {
                "end": request.end.isoformat(), "asked": day.isoformat(), "status": "ok", "reason": "",
            }  # fmt: skip
        kept = {id(request) for request in chosen}
        missed = [one for one in found if id(one.request) not in kept]
        night = Planned(
            len(chosen), sum(one.tier is Tier.FRESH for one in missed), sum(not one.asked for one in missed)
        )
        yield night
        left -= not night.unasked
        number += 1
