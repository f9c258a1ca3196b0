"""SARIMA(1,1,1)(0,1,1)7 by statsmodels, plain or on the series freed of its calendar effects."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from statsmodels.tsa.statespace.sarimax import SARIMAX

from pipeline.core.errors import ForecastError
from pipeline.forecast.forecasters import Array, Context, Prediction
from pipeline.forecast.forecasters.dhr_ar import regress

MAX_DAYS = 2 * 365
MAX_ITERATIONS = 60
ORDERS = ((1, 1, 1), (0, 1, 1))
SEASON = (0, 1, 1, 7)


def sarima(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Forecast with SARIMA(1,1,1)(0,1,1)7 on the last two years.

    Iterations are capped and convergence is checked: a fit that does not converge is retried with the
    simpler (0,1,1)(0,1,1)7.
    """
    values = y.to_numpy(dtype="float64")[-MAX_DAYS:]
    centre, scale = float(np.nanmean(values)), float(np.nanstd(values))
    if scale < 1e-12 * max(1.0, abs(centre)):
        return Prediction(np.full(horizon, centre), np.zeros(horizon))
    for order in ORDERS:
        found = _fit((values - centre) / scale, order, horizon)
        if found is not None:
            return Prediction(centre + scale * found[0], scale * found[1])
    raise ForecastError("SARIMA does not converge", hint="another model of the roster is used", days=len(values))


def sarima_calendar(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """SARIMA on the series less its calendar effects, which are added back.

    The effects come from the harmonic regression, which is as good as estimating them inside the SARIMA and
    ten times faster.
    """
    effect = regress(y, horizon, context.calendar).calendar
    n = len(effect) - horizon
    inner = sarima(y.iloc[-n:] - effect[:n], horizon, context)
    return Prediction(inner.mean + effect[n:], inner.sigma)


def _fit(values: Array, order: tuple[int, int, int], horizon: int) -> tuple[Array, Array] | None:
    """Mean and standard error ahead, or None where the optimiser gives up."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is read from mle_retvals instead
        try:
            model = SARIMAX(values, order=order, seasonal_order=SEASON, concentrate_scale=True)
            result = model.fit(disp=False, maxiter=MAX_ITERATIONS, method="lbfgs")
            if not result.mle_retvals["converged"]:
                return None
            forecast = result.get_forecast(horizon)
        except np.linalg.LinAlgError:
            return None
    mean: Array = np.asarray(forecast.predicted_mean, dtype="float64")
    sigma: Array = np.asarray(forecast.se_mean, dtype="float64")
    return (mean, sigma) if np.isfinite(mean).all() and np.isfinite(sigma).all() else None
