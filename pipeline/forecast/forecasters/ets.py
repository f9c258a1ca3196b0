"""Exponential smoothing by statsmodels: level, damped trend and the week."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from statsmodels.tsa.holtwinters import ExponentialSmoothing

from pipeline.core.errors import ForecastError
from pipeline.forecast.forecasters import Context, Prediction

WEEK = 7
MAX_DAYS = 2 * 365


def ets(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Forecast with additive exponential smoothing, damped, on the last two years; gaps are interpolated."""
    values = y.iloc[-MAX_DAYS:].interpolate(limit_direction="both").to_numpy()
    centre, scale = float(values.mean()), float(values.std())
    if scale < 1e-12 * max(1.0, abs(centre)):
        return Prediction(np.full(horizon, centre), np.zeros(horizon))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is read from the result instead
        model = ExponentialSmoothing(
            (values - centre) / scale, trend="add", damped_trend=True, seasonal="add", seasonal_periods=WEEK,
            initialization_method="heuristic",
        )  # fmt: skip
        result = model.fit(optimized=True, use_brute=False)
    mean = np.asarray(result.forecast(horizon), dtype="float64")
    if not np.isfinite(mean).all():
        raise ForecastError("ETS does not converge", hint="another model of the roster is used", days=len(values))
    alpha = float(result.params["smoothing_level"])
    sigma = float(np.std(result.resid)) * np.sqrt(1 + np.arange(horizon) * alpha**2)
    return Prediction(centre + scale * mean, scale * sigma)
