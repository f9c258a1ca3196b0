"""Which model is shown: the first of the policy's preferences that earned it, or the seasonal naive, and why.

A preference is passed over when it has no forecast today, when its backtest is worse than the seasonal naive's, or
when its errors of the last four weeks are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.catalog.forecasts import BASELINE, COHERENT
from pipeline.forecast.coherence import add_up_group, add_up_hours
from pipeline.forecast.desk import Desk, scored
from pipeline.forecast.monitor import lost_touch
from pipeline.forecast.scores import Scored, against


def skill(by_model: Mapping[str, Scored], model: str) -> float:
    """Skill of a model against the seasonal naive in the backtest [%]; NaN when there is none."""
    own, base = by_model.get(model), by_model.get(BASELINE)
    if own is None or base is None:
        return float("nan")
    return against(own, base, np.ones(len(own.leads), dtype=bool))[0]


def choose(desk: Desk) -> None:
    """Choose the base model of a series and note why others were passed over."""
    by_model = scored(desk)
    for model in desk.policy.published:
        gain = skill(by_model, model)
        if model not in desk.live:
            desk.note(model, "fallback", "no forecast today; the next choice is shown")
        elif np.isnan(gain):
            desk.note(model, "fallback", "no backtest yet; the next choice is shown")
        elif gain < 0:
            desk.note(model, "fallback", f"worse than the seasonal naive: skill {gain:.3g} %")
        elif why := lost_touch(desk, model):
            desk.note(model, "fallback", why)
        else:
            desk.base = desk.shown = model
            return
    desk.base = desk.shown = BASELINE
    desk.note(BASELINE, "naive", "the seasonal naive is published")


def settle_group(desks: Sequence[Desk]) -> None:
    """Make a group add up, and show its coherent forecasts where they are no worse than the naive.

    A series whose coherent forecast would be worse than its naive goes back to the naive, and the group is added up
    again; in the end at the worst all are naive, and naive forecasts add up.
    """
    totals = [desk for desk in desks if desk.policy.role == "total"]
    parts = [desk for desk in desks if desk.policy.role == "part"]
    if len(totals) != 1 or not parts:
        return
    total = totals[0]
    for _ in range(len(desks) + 1):
        add_up_group(total, parts)
        worse = [desk for desk in desks if desk.base != BASELINE and skill(scored(desk), COHERENT) < 0]
        if not worse and total.base == BASELINE and skill(scored(total), COHERENT) < 0:
            worse = [desk for desk in parts if desk.base != BASELINE]
        if not worse:
            break
        for desk in worse:
            desk.note(desk.base, "fallback", "made coherent it is worse than the seasonal naive, which is taken")
            desk.base = desk.shown = BASELINE
        for desk in desks:
            fresh = desk.vintages.get(COHERENT, {}).keys() - desk.before.get(COHERENT, frozenset())
            for origin in fresh:
                del desk.vintages[COHERENT][origin]
            desk.live.pop(COHERENT, None)
    if all(COHERENT in desk.live for desk in desks):
        for desk in desks:
            # A part whose naive is taken keeps it as it is, and is labelled so.
            desk.shown = BASELINE if desk.base == BASELINE and desk is not total else COHERENT


def settle_hours(desk: Desk, day: Desk) -> None:
    """Make hours add up to the day's forecast, and show them where they are no worse than the naive."""
    add_up_hours(desk, day)
    if COHERENT not in desk.live:
        desk.note(COHERENT, "incoherent", f"no forecast of {day.policy.series} for the same days; hours stand alone")
    elif not skill(scored(desk), COHERENT) >= 0:
        desk.note(COHERENT, "fallback", "hours made to add up are not proven better than the naive; they stand alone")
    else:
        desk.shown = COHERENT
