"""Balance regression for the stored water: increments, direct by lead, linear.

``V(t + h) - V(t)`` is regressed, for each lead by itself, on what is known at *t*: the usual change of the season over
the days ahead, the unusual change of the last day, week and month, the inflows of the last week and month against
their season, and the level. Levels are never learned: a reservoir half full in a dry year says little about the next.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.forecast.forecasters import Array, Context, Prediction
from pipeline.forecast.forecasters.climatology import seasonal, trailing
from pipeline.forecast.forecasters.ridge import YEAR, ridge

RIDGE = 5.0
MONTH = 28


def balance(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Forecast the useful volume.

    Args:
        y: Useful volume [GWh], NaN where not known.
        horizon: Days ahead.
        context: Driver ``inflow`` known at the origin, if any.
    """
    values = y.interpolate(limit_direction="both").to_numpy()
    n = len(values)
    change = np.diff(values, prepend=values[0])
    usual = seasonal(pd.Series(change, index=y.index), horizon)
    total = np.cumsum(usual)
    features = _features(values, change - usual[:n], _inflow_anomaly(y, context))
    scale = np.maximum(features[MONTH:].std(axis=0), 1e-9)
    features = (features - features[MONTH:].mean(axis=0)) / scale
    mean, sigma = np.empty(horizon), np.empty(horizon)
    for lead in range(1, horizon + 1):
        known = slice(MONTH, n - lead)
        drift = total[lead : n + lead] - total[:n]
        target = values[lead:] - values[: n - lead] - drift[: n - lead]
        if n - lead - MONTH < MONTH:
            mean[lead - 1], sigma[lead - 1] = values[-1] + drift[-1], float(np.std(change)) * lead
            continue
        x, t = features[known], target[MONTH:]
        centre = 0.0 if len(t) < YEAR else float(t.mean())
        beta = ridge(x, t - centre, np.full(x.shape[1], RIDGE * lead))
        mean[lead - 1] = values[-1] + drift[-1] + centre + features[-1] @ beta
        sigma[lead - 1] = float(np.std(t - centre - x @ beta))
    return Prediction(mean, sigma)


def _inflow_anomaly(y: pd.Series[float], context: Context) -> Array:
    """Logarithm of inflows against their season, 0 where not known, shape (n,)."""
    if context.drivers is None or "inflow" not in context.drivers:
        return np.zeros(len(y))
    inflow = context.drivers["inflow"].reindex(y.index).ffill()
    logs = np.log(inflow.where(inflow > 0))
    if logs.notna().sum() < MONTH:
        return np.zeros(len(y))
    anomaly: Array = np.nan_to_num(logs.to_numpy() - seasonal(logs, 0))
    return anomaly


def _features(values: Array, anomaly: Array, inflow: Array) -> Array:
    """What is known at each day, shape (n, 6)."""
    return np.column_stack(
        [anomaly, trailing(anomaly, 7), trailing(anomaly, MONTH), trailing(inflow, 7), trailing(inflow, MONTH), values]
    )
