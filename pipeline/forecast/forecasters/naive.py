"""The two baselines: yesterday again, and last week again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.forecast.forecasters import Array, Context, Prediction


def seasonal_naive(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Repeat the last known value of each weekday, or of each hour of the week or of the day.

    Args:
        y: Series (model's space), NaN where not known.
        horizon: Steps ahead.
        context: Season [steps].
    """
    values, season = y.to_numpy(), context.season
    table = values[len(values) % season :].reshape(-1, season)[::-1]
    first = np.isfinite(table).argmax(axis=0)
    mean = np.resize(table[first, np.arange(season)], horizon)
    cycles = np.ceil(np.arange(1, horizon + 1) / season)
    return Prediction(mean, _spread(values, season) * np.sqrt(cycles))


def naive(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Repeat the last known value: a season of one step."""
    return seasonal_naive(y, horizon, replace(context, season=1))


def _spread(values: Array, lag: int) -> float:
    """Standard deviation of the differences at a lag."""
    change = values[lag:] - values[:-lag]
    change = change[np.isfinite(change)]
    return float(np.sqrt(np.mean(change**2))) if change.size else 0.0
