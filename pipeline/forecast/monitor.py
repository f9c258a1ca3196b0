"""Watching the newest errors: a model that has lost touch is not shown, and a break widens the bands at once."""

from __future__ import annotations

from datetime import date

import numpy as np

from pipeline.catalog.forecasts import BASELINE
from pipeline.forecast.desk import Desk, errors_at
from pipeline.forecast.vintages import Vintages, kept_leads

WATCH_DAYS = 28
NEAR_LEADS = 7
FEW_PAIRS = 21
DROP_RATIO, DROP_RATIO_IN_BREAK = 1.3, 1.0
SLACK, LIMIT = 0.75, 6.0
"""Of the cumulative sum of scaled errors: what is forgiven each time, and what is a break."""
FEW_ERRORS = 30
WIDEST = 3.0


def recent_ratio(desk: Desk, model: str) -> float | None:
    """MASE of a model over that of the naive on the targets of the last 28 days, leads of a week; None if few.

    Live forecasts of earlier nights and backtest ones count alike: both used only what was known at their origin.
    """
    steps = desk.policy.steps
    near = kept_leads(desk.policy) <= NEAR_LEADS * steps
    leads = kept_leads(desk.policy)[near]
    own, base = 0.0, 0.0
    pairs = 0
    for table in (desk.vintages, desk.past_live):
        both = _shared(table, model, desk.last)
        if not both:
            continue
        truth = desk.truth(both)[:, near]
        day = np.array(both)[:, None] + -(-leads // steps)[None, :]
        mine = np.array([table[model][o].mean[leads - 1] for o in both])
        theirs = np.array([table[BASELINE][o].mean[leads - 1] for o in both])
        sure = np.isfinite(truth) & np.isfinite(mine) & np.isfinite(theirs) & (day > desk.last - WATCH_DAYS)
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


def watch(desk: Desk) -> None:
    """Note a break of the series in the last 28 days and say how much wider its bands must be.

    A two-sided cumulative sum of the engine's errors one to three days ahead, scaled by what was usual before each.
    """
    found = desk.vintages.get(desk.policy.engine, {})
    origins = sorted(found)
    if len(origins) < FEW_ERRORS:
        return
    first = desk.ahead <= 3
    errors = errors_at(desk, found, origins)[:, first]
    daily = np.array([np.nanmean(row) if np.isfinite(row).any() else np.nan for row in errors])
    known = np.isfinite(daily)
    days, daily = np.array(origins)[known], daily[known]
    up = down = 0.0
    broken = None
    for at in range(FEW_ERRORS, len(daily)):
        usual = float(np.median(np.abs(daily[max(0, at - 120) : at]))) * 1.4826 + 1e-12
        scaled = float(np.clip(daily[at] / usual, -4, 4))
        up, down = max(0.0, up + scaled - SLACK), max(0.0, down - scaled - SLACK)
        if max(up, down) > LIMIT:
            broken, up, down = int(days[at]), 0.0, 0.0
    if broken is None or broken <= desk.last - WATCH_DAYS:
        return
    recent = float(np.mean(np.abs(daily[days > desk.last - WATCH_DAYS])))
    usual = float(np.mean(np.abs(daily[days > desk.last - 730]))) + 1e-12
    desk.strained = float(np.clip(recent / usual, 1.0, WIDEST))
    text = f"errors changed around {date.fromordinal(broken)}; bands are {desk.strained:.2f} times wider"
    desk.note(desk.policy.engine, "break", text)


def lost_touch(desk: Desk, model: str) -> str:
    """Why a model must not be shown tonight; empty when it may."""
    ratio = recent_ratio(desk, model)
    limit = DROP_RATIO_IN_BREAK if desk.strained > 1 else DROP_RATIO
    if ratio is None or ratio <= limit:
        return ""
    return f"{ratio:.2f} times the naive's error in the last {WATCH_DAYS} days, {limit:g} allowed"
