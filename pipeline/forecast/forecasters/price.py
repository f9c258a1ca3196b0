"""Two simple models for a price: Theta, and a slow return to the year's mean, pushed by the water of the last days.

Nothing beats the last value by much on the Colombian spot price: when rivers swell, it falls in the days after, and a
price far from its year's mean comes back in weeks. On 1,330 origins of 2015 to 2025 reversion errs 7 % less than the
last value on day 1 and 9 % less on day 30; without the water 4 and 9 %, Theta 4 and 0 %.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.forecast.forecasters import Array, Context, Prediction

WEEK = 7
THETA_DAYS = 2 * 365
MEAN_DAYS = 365
TIME_CONSTANT = 90.0
WEEKDAY_SHARE = 0.5
WATER_DAYS = 6 * 365
FRESH, USUAL = 2, 14
"""Days of inflow that are news, and those that they are news against."""
FEW_DAYS = 90
"""Days at which what the water does is believed by half."""
SMOOTHING = np.linspace(0.05, 1.0, 39)


def theta(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Theta method: exponential smoothing of the week-adjusted series plus half its trend."""
    y = y.iloc[-THETA_DAYS:]
    seasonal = weekday_effects(y)
    values = y.to_numpy() - seasonal[y.index.dayofweek]  # type: ignore[attr-defined]
    known = np.isfinite(values)
    slope = float(np.polyfit(np.flatnonzero(known), values[known], 1)[0])
    level, alpha, sigma = _smooth(values)
    ahead = np.arange(1, horizon + 1)
    drift = 0.5 * slope * (ahead - 1 + (1 - (1 - alpha) ** len(values)) / alpha)
    spread = sigma * np.sqrt(1 + (ahead - 1) * alpha**2)
    return Prediction(level + drift + _ahead(seasonal, y, horizon), spread)


def mean_reversion(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Return from the last value to the mean of the last year, with a time constant of 90 days.

    Args:
        y: Price in the model's space, NaN where not known.
        horizon: Days ahead.
        context: Driver ``inflow`` known at the origin, if any.
    """
    year = y.iloc[-MEAN_DAYS:]
    seasonal = weekday_effects(year)
    values = year.to_numpy() - seasonal[year.index.dayofweek]  # type: ignore[attr-defined]
    known = values[np.isfinite(values)]
    centre, decay = float(known.mean()), np.exp(-np.arange(1, horizon + 1) / TIME_CONSTANT)
    step = float(np.std(np.diff(known)))
    spread = step * np.sqrt(np.cumsum(np.concatenate([[1.0], decay[:-1] ** 2])))
    mean = centre + (known[-1] - centre) * decay + _ahead(seasonal, y, horizon)
    return Prediction(mean + _push(y, decay, context), spread)


def _push(y: pd.Series[float], decay: Array, context: Context) -> Array:
    """What the inflows of the last days do to the price at each lead, shape (h,).

    A regression, lead by lead, of what plain reversion missed on the logarithm of the inflows of two days over those
    of two weeks.
    """
    nothing: Array = np.zeros(len(decay))
    if context.drivers is None or "inflow" not in context.drivers:
        return nothing
    y = y.iloc[-WATER_DAYS:]
    inflow = context.drivers["inflow"].reindex(y.index)
    inflow = inflow.where(inflow > 0)
    fresh, usual = (inflow.rolling(days, min_periods=days // 2).mean() for days in (FRESH, USUAL))
    news = np.log((fresh / usual).to_numpy())
    centre = y.rolling(MEAN_DAYS, min_periods=MEAN_DAYS // 2).mean().to_numpy()[:, None]
    after = sliding_window_view(np.append(y.to_numpy(), np.full(len(decay), np.nan))[1:], len(decay))
    missed = after - centre - (y.to_numpy()[:, None] - centre) * decay
    known = np.isfinite(missed) & np.isfinite(news)[:, None]
    if not np.isfinite(news[-1]) or not known.any():
        return nothing
    x, target = np.where(known, news[:, None], 0.0), np.where(known, missed, 0.0)
    prior = FEW_DAYS * float(np.nanmean(news**2))
    push: Array = news[-1] * (x * target).sum(axis=0) / ((x**2).sum(axis=0) + prior)
    return push


def weekday_effects(y: pd.Series[float]) -> Array:
    """Half the mean distance of each weekday from its centred week, shape (7,), Monday first, sum 0.

    Half, because the week of a price is weak: on 622 origins 2015-12 to 2024-06 the whole effect made the
    first day worse than the last value (WAPE 8.5 against 8.2 %), half of it better (8.1 %).
    """
    distance = y - y.rolling(WEEK, center=True, min_periods=4).mean()
    effect = distance.groupby(y.index.dayofweek).mean().reindex(range(WEEK)).fillna(0.0)  # type: ignore[attr-defined]
    values: Array = WEEKDAY_SHARE * (effect.to_numpy(dtype="float64") - float(effect.mean()))
    return values


def _ahead(seasonal: Array, y: pd.Series[float], horizon: int) -> Array:
    first = int(y.index[-1].dayofweek) + 1
    result: Array = seasonal[(first + np.arange(horizon)) % WEEK]
    return result


def _smooth(values: Array) -> tuple[float, float, float]:
    """Level, smoothing factor and error of the best simple exponential smoothing (a grid of factors at once)."""
    known = values[np.isfinite(values)]
    level = np.full(len(SMOOTHING), known[:WEEK].mean())
    total = np.zeros(len(SMOOTHING))
    for value in known:
        error = value - level
        total += error**2
        level = level + SMOOTHING * error
    best = int(np.argmin(total))
    return float(level[best]), float(SMOOTHING[best]), float(np.sqrt(total[best] / len(known)))
