"""Which model is shown: the first of the policy's preferences that earned it, or the seasonal naive, and why.

A preference is passed over when it has no forecast today, when its backtest is worse than the seasonal naive's, or
when its errors of the last four weeks are.
"""

from __future__ import annotations

import numpy as np

from pipeline.catalog.forecasts import BASELINE
from pipeline.forecast.scores import scored, skill
from pipeline.forecast.series_run import WATCH_DAYS, SeriesRun
from pipeline.forecast.vintages import Vintages

NEAR_LEADS = 7
FEW_PAIRS = 21
DROP_RATIO, DROP_RATIO_IN_BREAK = 1.3, 1.0


def choose(run: SeriesRun) -> None:
    """Choose the base model of a series and note why others were passed over."""
    by_model = scored(run)
    for model in run.policy.published:
        gain = skill(by_model, model)
        if model not in run.live:
            run.note(model, "fallback", "no forecast today; the next choice is shown")
        elif np.isnan(gain):
            run.note(model, "fallback", "no backtest yet; the next choice is shown")
        elif gain < 0:
            run.note(model, "fallback", f"worse than the seasonal naive: skill {gain:.3g} %")
        elif why := lost_touch(run, model):
            run.note(model, "fallback", why)
        else:
            run.base = run.shown = model
            return
    run.base = run.shown = BASELINE
    run.note(BASELINE, "naive", "the seasonal naive is published")


def lost_touch(run: SeriesRun, model: str) -> str:
    """Why a model must not be shown tonight; empty when it may."""
    ratio = recent_ratio(run, model)
    limit = DROP_RATIO_IN_BREAK if run.broken else DROP_RATIO
    if ratio is None or ratio <= limit:
        return ""
    return f"{ratio:.2f} times the naive's error in the last {WATCH_DAYS} days, {limit:g} allowed"


def recent_ratio(run: SeriesRun, model: str) -> float | None:
    """MASE of a model over that of the naive on the targets of the last 28 days, leads of a week; None if few.

    Live forecasts of earlier nights and backtest ones count alike: both used only what was known at their origin.
    """
    steps = run.policy.steps
    near = run.leads <= NEAR_LEADS * steps
    leads = run.leads[near]
    own, base = 0.0, 0.0
    pairs = 0
    for table in (run.vintages, run.past_live):
        both = _shared(table, model, run.last)
        if not both:
            continue
        truth = run.truth(both)[:, near]
        day = np.array(both)[:, None] + -(-leads // steps)[None, :]
        mine = np.array([table[model][o].mean[leads - 1] for o in both])
        theirs = np.array([table[BASELINE][o].mean[leads - 1] for o in both])
        sure = np.isfinite(truth) & np.isfinite(mine) & np.isfinite(theirs) & (day > run.last - WATCH_DAYS)
        own += float(np.abs(mine - truth)[sure].sum())
        base += float(np.abs(theirs - truth)[sure].sum())
        pairs += int(sure.sum())
    if pairs < FEW_PAIRS * steps or base <= 0:
        return None
    return own / base


def _shared(table: Vintages, model: str, last: int) -> list[int]:
    return sorted(
        origin
        for origin in table.get(model, {}).keys() & table.get(BASELINE, {}).keys()
        if last - WATCH_DAYS - NEAR_LEADS < origin < last
    )
