"""Hours ahead by ridge regression: one equation for each hour and day ahead, all of them solved at once.

First the expected hours of every day, from trend, weekday, season and calendar, one regression an hour. Then what is
left of them, from what was left of the last day, of the same weekday one and two weeks before the target, and of the
last weeks. The second penalty was chosen on 2022 of the real demand, before 2023 was looked at.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.forecast.forecasters import Array, Context, Prediction
from pipeline.forecast.forecasters.ridge import calendar_design, ridge

Days = np.ndarray[tuple[int], np.dtype[np.int64]]
HOURS, WEEK, MONTH = 24, 7, 28
MAX_DAYS = 4 * 365
HARMONICS = 3
PENALTY = 100.0


def lear(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Forecast up to seven days of hours.

    Args:
        y: Hourly series of whole days (model's space), NaN where not known.
        horizon: Hours ahead, at most 168.
        context: Calendar of the whole span.
    """
    y = y.iloc[-MAX_DAYS * HOURS :]
    table = y.to_numpy().reshape(-1, HOURS)
    days, ahead = len(table), -(-horizon // HOURS)
    dates = pd.date_range(y.index[0].normalize(), periods=days + ahead, freq="D")
    design, penalty, _ = calendar_design(dates, context.calendar, HARMONICS)
    known = np.asarray(np.isfinite(table).all(axis=1))
    centre = table[known].mean(axis=0)
    beta = ridge(design[:days][known], table[known] - centre, penalty)
    expected = design @ beta + centre
    rest = np.where(known[:, None], table - expected[:days], 0.0)
    weight = PENALTY * float(np.var(rest[known])) + 1e-12
    mean, spread = expected[days:].copy(), np.tile(rest[known].std(axis=0), (ahead, 1))
    common = _common(rest)
    for lead in range(1, ahead + 1):
        origins = np.arange(MONTH, days - lead)
        origins = origins[known[origins] & known[origins + lead]]
        if len(origins) < MONTH:
            continue
        x, target = _features(rest, common, origins, lead), rest[origins + lead]
        solved = ridge(x, target, np.full(x.shape[1], weight))
        mean[lead - 1] += (_features(rest, common, np.array([days - 1]), lead) @ solved)[0]
        spread[lead - 1] = (target - x @ solved).std(axis=0)
    return Prediction(mean.reshape(-1)[:horizon], spread.reshape(-1)[:horizon])


def _common(rest: Array) -> Array:
    """Means of the last weeks at each day, whatever the day ahead, shape (days, 24 + 7)."""
    level = rest.mean(axis=1)
    total = np.cumsum(np.vstack([np.zeros(HOURS), rest]), axis=0)
    ends = np.arange(1, len(rest) + 1)
    week = (total[ends] - total[np.maximum(ends - WEEK, 0)]) / WEEK
    month = (total[ends] - total[np.maximum(ends - MONTH, 0)]).mean(axis=1) / MONTH
    past = [np.concatenate([np.zeros(lag), level[:-lag]]) for lag in range(1, WEEK)]
    return np.column_stack([week, month, *past])


def _features(rest: Array, common: Array, origins: Days, lead: int) -> Array:
    """What is known at each origin for one day ahead, shape (n, 104)."""
    parts = [rest[origins], rest[origins + lead - WEEK], rest[origins + lead - 2 * WEEK], common[origins]]
    return np.column_stack([*parts, np.ones(len(origins))])


def day_profile(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Level of the last week in the mean hourly shape of the last four same weekdays.

    Args:
        y: Hourly series of whole days (model's space), NaN where not known.
        horizon: Hours ahead.
        context: Not used.
    """
    table = y.to_numpy().reshape(-1, HOURS)
    known = np.asarray(np.isfinite(table).all(axis=1))
    level = np.full(len(table), np.nan)
    level[known] = table[known].mean(axis=1)
    shape = table - level[:, None]
    ahead = -(-horizon // HOURS)
    recent = level[-WEEK:][known[-WEEK:]]
    centre = float(recent.mean()) if len(recent) else float(level[known][-1])
    rows = []
    for day in range(1, ahead + 1):
        place = len(table) - 1 + day - WEEK * (1 + (day - 1) // WEEK)
        same = [p for p in range(place, max(-1, place - 4 * WEEK), -WEEK) if p >= 0 and known[p]]
        rows.append(shape[same].mean(axis=0) if same else np.zeros(HOURS))
    mean = (np.array(rows) + centre).reshape(-1)[:horizon]
    steps = np.diff(level[-MONTH:])
    steps = steps[np.isfinite(steps)]
    return Prediction(mean, np.full(horizon, float(steps.std()) if len(steps) else np.nan))
