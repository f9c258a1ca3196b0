"""The two baselines: yesterday again, and last week again."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.model.contract import Array, Context, Prediction

WEEK = 7


def seasonal_naive(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Repeat the last known value of each weekday.

    Args:
        y: Daily series (model's space), NaN where not known.
        horizon: Days ahead.
        context: Not used.
    """
    values = y.to_numpy()
    last = [_last_known(values[position::-WEEK]) for position in range(len(values) - WEEK, len(values))]
    mean = np.resize(np.array(last), horizon)
    weeks = np.ceil(np.arange(1, horizon + 1) / WEEK)
    return Prediction(mean, _spread(values, WEEK) * np.sqrt(weeks))


def naive(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Repeat the last known value.

    Args:
        y: Daily series (model's space), NaN where not known.
        horizon: Days ahead.
        context: Not used.
    """
    values = y.to_numpy()
    mean = np.full(horizon, _last_known(values[::-1]))
    return Prediction(mean, _spread(values, 1) * np.sqrt(np.arange(1, horizon + 1)))


def _last_known(newest_first: Array) -> float:
    known = newest_first[np.isfinite(newest_first)]
    return float(known[0]) if known.size else float("nan")


def _spread(values: Array, lag: int) -> float:
    """Standard deviation of the differences at a lag."""
    change = values[lag:] - values[:-lag]
    change = change[np.isfinite(change)]
    return float(np.sqrt(np.mean(change**2))) if change.size else 0.0
