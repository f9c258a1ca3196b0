"""Dynamic harmonic regression with autoregressive errors, in numpy: the fast engine.

``y = level + trend + weekday + yearly harmonics + calendar + u``, where ``u`` follows an AR(14). Coefficients
come from ridge regressions: one for the line, one for the errors, then the line again on the series filtered
by the AR (Cochrane-Orcutt), twice. Equal weights over six years: discounting the past made it worse in every
window tried (forecasting.md §3.1). On 26 origins 2024-07 to 2025-12 of real demand: MAPE 1.5 % over days
1-7 and 1.7 % over 30 days at about 10 ms a fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.forecast.forecasters import Array, Context, Prediction
from pipeline.forecast.forecasters.ridge import calendar_design, ridge

MAX_DAYS = 6 * 365
HARMONICS = 3
LAGS = 14
PASSES = 2
RIDGE_LAGS = 1.0


@dataclass(frozen=True)
class Regression:
    """A fitted line with AR errors.

    Attributes:
        line: Fitted and extrapolated regression, shape (n + horizon,).
        calendar: Part of it that the calendar explains, shape (n + horizon,).
        effects: Coefficient of each calendar group, shape (groups,).
        effect_errors: Standard error of each, shape (groups,).
        days: Days that were fitted.
        errors: Past errors, 0 where not known, shape (n,).
        phi: AR coefficients, shape (LAGS,).
        sigma: Standard deviation of the innovations.
    """

    line: Array
    calendar: Array
    effects: Array
    effect_errors: Array
    days: int
    errors: Array
    phi: Array
    sigma: float


def fit_predict(y: pd.Series[float], horizon: int, context: Context) -> Prediction:
    """Forecast with dynamic harmonic regression and AR(14) errors."""
    fitted = regress(y, horizon, context.calendar)
    path, impulse = [*fitted.errors[-LAGS:]], [0.0] * (LAGS - 1) + [1.0]
    backwards = fitted.phi[::-1]
    for _ in range(horizon):
        path.append(float(backwards @ np.array(path[-LAGS:])))
        impulse.append(float(backwards @ np.array(impulse[-LAGS:])))
    weights = np.array(impulse[LAGS - 1 : LAGS - 1 + horizon])
    mean = fitted.line[-horizon:] + np.array(path[LAGS:])
    return Prediction(mean, fitted.sigma * np.sqrt(np.cumsum(weights**2)))


def regress(y: pd.Series[float], horizon: int, calendar: pd.DataFrame) -> Regression:
    """Fit the regression on the last six years of a series and extend it over the horizon."""
    y = y.iloc[-MAX_DAYS:]
    n = len(y)
    days = pd.date_range(y.index[0], periods=n + horizon, freq="D")
    design, penalty, groups = calendar_design(days, calendar, HARMONICS)
    past, known = design[:n], np.isfinite(y.to_numpy())
    centre = float(np.nanmean(y.to_numpy()))
    target = np.where(known, y.to_numpy() - centre, 0.0)
    beta = ridge(past[known], target[known], penalty)
    phi: Array = np.zeros(LAGS)
    for _ in range(PASSES):
        errors = np.where(known, target - past @ beta, 0.0)
        phi = autoregression(errors)
        usable, filtered_target, filtered = known[LAGS:].copy(), target[LAGS:].copy(), past[LAGS:].copy()
        for lag, factor in enumerate(phi, start=1):
            usable &= known[LAGS - lag : n - lag]
            filtered_target -= factor * target[LAGS - lag : n - lag]
            filtered -= factor * past[LAGS - lag : n - lag]
        if usable.sum() > LAGS:
            beta = ridge(filtered[usable], filtered_target[usable], penalty)
    errors = np.where(known, target - past @ beta, 0.0)
    sigma = float(np.std(errors[LAGS:] - _lagged(errors) @ phi))
    effects = beta[groups]
    doubt = sigma * np.sqrt(np.diag(np.linalg.inv(filtered.T @ filtered + np.diag(penalty + 1e-9)))[groups])
    line, part = design @ beta + centre, design[:, groups] @ effects
    return Regression(line, part, effects, doubt, n, errors, phi, sigma)


def autoregression(errors: Array) -> Array:
    """Coefficients of an AR(14) by ridge, shape (LAGS,)."""
    weight = np.full(LAGS, RIDGE_LAGS * float(np.var(errors)) + 1e-12)
    return ridge(_lagged(errors), errors[LAGS:], weight)


def _lagged(errors: Array) -> Array:
    n = len(errors)
    return np.column_stack([errors[LAGS - lag : n - lag] for lag in range(1, LAGS + 1)])
