"""Bands from past errors: adaptive conformal inference with delayed feedback, one lead at a time.

A band at origin *t* and lead *h* is a quantile of the absolute errors of forecasts whose target was known at
*t*. The quantile's level is not fixed: after each outcome it moves a little, up when the band missed, down
when it held (Gibbs and Candès 2021), so that coverage holds in the long run even when the series changes.
Native bands of the models cover 43 to 99 % at nominal 80 % on these series (forecasting.md §3.2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.forecast.contract import Array

ALPHAS = (0.2, 0.05)
"""Miss rates of the two bands."""
NORMAL_QUANTILES = (1.2815515655446004, 1.959963984540054)
WINDOW_DAYS = 730
FEW_ORIGINS = 60
POOL_LEADS = 2
MIN_ERRORS = 12
MIN_ORIGINS = 6
ALPHA_RANGE = (0.002, 0.6)
BEYOND = 1.1
PRIOR_PAIRS = 60
TINY = 1e-12

Days = NDArray[np.int64]


def adaptive_widths(origins: Days, errors: Array, rate: float, ahead: Days, *, smooth: bool = True) -> Array:
    """Half-widths of the 80 and 95 % bands at each origin, from what was known there.

    Args:
        origins: Days of the origins (proleptic ordinals), increasing, shape (n,).
        errors: Forecast minus actual in the model's space, NaN where the target is not known, shape (n, k).
        rate: Learning rate of the miss rate.
        ahead: Days between the origin and the day of each lead, increasing, shape (k,).
        smooth: Whether widths grow smoothly with the lead; not for hours, which differ among themselves.

    Returns:
        Half-widths, shape (n, k, 2); NaN where fewer than 12 errors of 6 origins were known.
    """
    count, leads = errors.shape
    size = np.abs(errors)
    widths = np.full((count, leads, len(ALPHAS)), np.nan)
    level = np.tile(np.array(ALPHAS), (leads, 1))
    judged = np.zeros(leads, dtype=np.int64)
    smoother = _smoother(ahead)
    for at in range(count):
        first = int(np.searchsorted(origins, origins[at] - WINDOW_DAYS))
        # Known at origin t: the day of the target is t or earlier.
        ends = np.searchsorted(origins, origins[at] - ahead, side="right")
        while (todo := judged < ends).any():
            column = np.flatnonzero(todo)
            _learn(level, column, size[judged[column], column], widths[judged[column], column], rate)
            judged[column] += 1
        widths[at] = _quantiles(_pools(size, first, ends), level)
        widths[at, ends - first < MIN_ORIGINS] = np.nan
        if smooth and np.isfinite(widths[at]).all():
            widths[at] = np.exp(smoother @ np.log(np.maximum(widths[at], TINY)))
    return widths


def _pools(size: Array, first: int, ends: Days) -> Array:
    """Sizes known for each lead, NaN where not, shape (m, k); few ones borrow from their neighbours."""
    last = int(ends.max(initial=first))
    rows = np.arange(first, max(last, first))[:, None]
    own = np.where(rows < ends[None, :], size[first : max(last, first)], np.nan)
    few = ends - first < FEW_ORIGINS
    if not few.any():
        return own
    borrowed = []
    for shift in range(-POOL_LEADS, POOL_LEADS + 1):
        moved = np.full_like(own, np.nan)
        here = slice(max(0, -shift), own.shape[1] - max(0, shift))
        there = slice(max(0, shift), own.shape[1] - max(0, -shift))
        moved[:, here] = own[:, there]
        if shift:
            moved[:, ~few] = np.nan
        borrowed.append(moved)
    return np.concatenate(borrowed)


def _quantiles(pools: Array, level: Array) -> Array:
    """Conformal quantiles at each lead's miss rates, shape (k, 2); a little beyond the largest where there are few."""
    leads = pools.shape[1]
    known = np.isfinite(pools).sum(axis=0)
    found = np.full((leads, level.shape[1]), np.nan)
    if not len(pools):
        return found
    ordered = np.sort(pools, axis=0)
    enough = known >= MIN_ERRORS
    for band in range(level.shape[1]):
        rank = np.ceil((known + 1) * (1 - level[:, band])).astype(np.int64)
        beyond = rank > known
        place = np.clip(np.minimum(rank, known) - 1, 0, len(pools) - 1)
        values = ordered[place, np.arange(leads)] * np.where(beyond, BEYOND, 1.0)
        found[enough, band] = values[enough]
    return found


def _smoother(ahead: Days) -> Array:
    """Projection of log widths on smooth growth with the lead, ``a + b log(h) + c log(h)^2``, shape (k, k).

    Quantiles lead by lead are ragged; how fast a band opens is not. Coverage is judged on the smooth bands.
    """
    lead = np.log(ahead)
    basis = np.column_stack([np.ones(len(ahead)), lead, lead**2])
    projection: Array = basis @ np.linalg.pinv(basis)
    return projection


def _learn(level: Array, column: Days, size: Array, width: Array, rate: float) -> None:
    """Move the miss rates of some leads after an outcome each, in place."""
    sure = np.isfinite(size) & np.isfinite(width).all(axis=1)
    missed = (size[sure, None] > width[sure]).astype("float64")
    level[column[sure]] = np.clip(level[column[sure]] + rate * (np.array(ALPHAS) - missed), *ALPHA_RANGE)


def relative_size(origins: Days, errors: Array, engine_errors: Array, ahead: Days, at: int) -> float:
    """How large the errors of a model are beside those of the fast engine, known at a day.

    A slow model has too few origins to calibrate a band by itself. It borrows the band of the engine, scaled
    by this ratio, which is drawn towards 1 while the common errors are few.

    Args:
        origins: Days of the origins (ordinals), shape (n,).
        errors: Errors of the model, NaN where unknown, shape (n, k).
        engine_errors: Errors of the engine at the same origins, shape (n, k).
        ahead: Days between the origin and the day of each lead, shape (k,).
        at: Day on which the ratio must be known (ordinal).
    """
    targets = origins[:, None] + ahead[None, :]
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
