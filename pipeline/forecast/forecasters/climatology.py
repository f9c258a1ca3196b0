"""What is usual at this time of the year, reached slowly from where the series is now."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.forecast.forecasters import Array, Context, Prediction
from pipeline.forecast.forecasters.ridge import YEAR, ridge

HARMONICS = 3
RIDGE_SEASON = 20.0
LAGS = (1, 7, 28)


def climatology(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Harmonics of the year, without a trend, plus what is left today fading as it used to, one regression a lead."""
    values = y.to_numpy()
    n = len(values)
    known = np.isfinite(values)
    usual = seasonal(y, horizon)
    rest = np.where(known, values - usual[:n], 0.0)
    features = np.column_stack([trailing(rest, lag) for lag in LAGS])
    mean, sigma = usual[n:].copy(), np.full(horizon, float(rest[known].std()))
    for lead in range(1, horizon + 1):
        origins = np.arange(LAGS[-1], n - lead)
        origins = origins[known[origins + lead]]
        if len(origins) < LAGS[-1]:
            continue
        x, target = features[origins], rest[origins + lead]
        weight = np.full(len(LAGS), 5.0 * lead * float(np.var(rest)) + 1e-12)
        beta = ridge(x, target, weight)
        mean[lead - 1] += float(features[-1] @ beta)
        sigma[lead - 1] = float(np.std(target - x @ beta))
    return Prediction(mean, sigma)


def seasonal(y: pd.Series[float], horizon: int) -> Array:
    """Usual value of each day, harmonics shrunk while the history is short, shape (n + horizon,)."""
    days = pd.date_range(y.index[0], periods=len(y) + horizon, freq="D")
    angle = 2 * np.pi * days.dayofyear.to_numpy() / YEAR
    orders = range(1, HARMONICS + 1)
    waves = np.column_stack([np.ones(len(days)), *(f(k * angle) for k in orders for f in (np.sin, np.cos))])
    values = y.to_numpy()
    known = np.isfinite(values)
    centre = float(values[known].mean())
    penalty = np.array([0.0] + [RIDGE_SEASON] * (waves.shape[1] - 1))
    usual: Array = waves @ ridge(waves[: len(y)][known], values[known] - centre, penalty) + centre
    return usual


def trailing(values: Array, days: int) -> Array:
    """Mean of the last days at each day, of fewer at the start, shape (n,)."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - days, 0)
    mean: Array = (total[ends] - total[starts]) / (ends - starts)
    return mean
