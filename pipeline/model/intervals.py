"""Bands from past errors: adaptive conformal inference with delayed feedback, one lead at a time.

A band at origin *t* and lead *h* is a quantile of the absolute errors of forecasts whose target was known at
*t*. The quantile's level is not fixed: after each outcome it moves a little, up when the band missed, down
when it held (Gibbs and Candès 2021), so that coverage holds in the long run even when the series changes.
Native bands of the models cover 43 to 99 % at nominal 80 % on these series (forecasting.md §3.2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.model.contract import Array

ALPHAS = (0.2, 0.05)
"""Miss rates of the two bands."""
NORMAL_QUANTILES = (1.2815515655446004, 1.959963984540054)
WINDOW_DAYS = 730
FEW_ORIGINS = 60
POOL_LEADS = 2
MIN_ERRORS = 12
ALPHA_RANGE = (0.002, 0.6)
BEYOND = 1.1
PRIOR_PAIRS = 60
TINY = 1e-12

Days = NDArray[np.int64]


def adaptive_widths(origins: Days, errors: Array, rate: float) -> Array:
    """Half-widths of the 80 and 95 % bands at each origin, from what was known there.

    Args:
        origins: Days of the origins (proleptic ordinals), increasing, shape (n,).
        errors: Forecast minus actual in the model's space, NaN where the target is not known, shape (n, h).
        rate: Learning rate of the miss rate.

    Returns:
        Half-widths, shape (n, h, 2); NaN where fewer than 12 errors were known.
    """
    count, horizon = errors.shape
    size = np.abs(errors)
    widths = np.full((count, horizon, len(ALPHAS)), np.nan)
    level = np.tile(np.array(ALPHAS), (horizon, 1))
    judged = np.zeros(horizon, dtype=np.int64)
    smoother = _smoother(horizon)
    for at in range(count):
        first = int(np.searchsorted(origins, origins[at] - WINDOW_DAYS))
        # Known at origin t: target = origin + lead <= t.
        ends = [int(np.searchsorted(origins, origins[at] - lead, side="right")) for lead in range(1, horizon + 1)]
        for h in range(horizon):
            while judged[h] < ends[h]:
                _learn(level[h], size[judged[h], h], widths[judged[h], h], rate)
                judged[h] += 1
            reach = POOL_LEADS if ends[h] - first < FEW_ORIGINS else 0
            near = range(max(0, h - reach), min(horizon, h + reach + 1))
            pool = np.concatenate([size[first : ends[k], k] for k in near])
            pool = np.sort(pool[np.isfinite(pool)])
            if len(pool) >= MIN_ERRORS:
                widths[at, h] = [_quantile(pool, alpha) for alpha in level[h]]
        if np.isfinite(widths[at]).all():
            widths[at] = np.exp(smoother @ np.log(np.maximum(widths[at], TINY)))
    return widths


def _smoother(horizon: int) -> Array:
    """Projection of log widths on smooth growth with the lead, ``a + b log(h) + c log(h)^2``, shape (h, h).

    Quantiles lead by lead are ragged; how fast a band opens is not. Coverage is judged on the smooth bands.
    """
    lead = np.log(np.arange(1, horizon + 1))
    basis = np.column_stack([np.ones(horizon), lead, lead**2])
    projection: Array = basis @ np.linalg.pinv(basis)
    return projection


def _learn(level: Array, size: float, width: Array, rate: float) -> None:
    """Move the miss rates of one lead after an outcome, in place."""
    if np.isfinite(size) and np.isfinite(width).all():
        missed = (size > width).astype("float64")
        level += rate * (np.array(ALPHAS) - missed)
        np.clip(level, *ALPHA_RANGE, out=level)


def _quantile(ordered: Array, alpha: float) -> float:
    """Conformal quantile of sorted sizes; a little beyond the largest where there are too few."""
    rank = int(np.ceil((len(ordered) + 1) * (1 - alpha)))
    return float(ordered[-1] * BEYOND if rank > len(ordered) else ordered[rank - 1])


def relative_size(origins: Days, errors: Array, engine_errors: Array, at: int) -> float:
    """How large the errors of a model are beside those of the fast engine, known at a day.

    A slow model has too few origins to calibrate a band by itself. It borrows the band of the engine, scaled
    by this ratio, which is drawn towards 1 while the common errors are few.

    Args:
        origins: Days of the origins (ordinals), shape (n,).
        errors: Errors of the model, NaN where unknown, shape (n, h).
        engine_errors: Errors of the engine at the same origins, shape (n, h).
        at: Day on which the ratio must be known (ordinal).
    """
    targets = origins[:, None] + np.arange(1, errors.shape[1] + 1)[None, :]
    common = (targets <= at) & np.isfinite(errors) & np.isfinite(engine_errors)
    if not common.any():
        return 1.0
    own, other = np.abs(errors[common]), np.abs(engine_errors[common])
    prior = PRIOR_PAIRS * float(other.mean())
    return float((own.sum() + prior) / max(other.sum() + prior, 1e-12))


def native_widths(sigma: Array) -> Array:
    """Gaussian half-widths from native standard errors, shape (h, 2)."""
    widths: Array = np.outer(sigma, NORMAL_QUANTILES)
    return widths
