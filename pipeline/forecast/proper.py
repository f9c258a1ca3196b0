"""Proper scores of a point with its bands: what is expected to be smallest for whoever says what he believes.

Coverage alone rewards bands that are too wide, and an error says nothing of them. Both scores here are in the unit of
the series, like a mean absolute error, and both fall when the bands are narrow and hold.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from pipeline.forecast.forecasters import Array

ALPHAS = (0.2, 0.05)
"""Miss rates of the two bands."""
LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
"""Of the quantiles that a mean and its bands are, in order."""


def weighted_interval_score(mean: Array, bands: Array, actual: Array) -> Array:
    """WIS of each forecast: half the error of the point and, weighted, the score of each band.

    The score of a band is its width plus ``2 / alpha`` times how far outside of it the outcome was (Bracher and others
    2021, the score of the Hubverse hubs).

    Args:
        mean: Points [unit], shape (n,).
        bands: lo80, hi80, lo95, hi95 [unit], shape (n, 4).
        actual: What happened [unit], shape (n,).

    Returns:
        Scores [unit], shape (n,), NaN where there is no band.
    """
    total = 0.5 * np.abs(actual - mean)
    for band, alpha in enumerate(ALPHAS):
        low, high = bands[:, 2 * band], bands[:, 2 * band + 1]
        outside = np.maximum(low - actual, 0.0) + np.maximum(actual - high, 0.0)
        total = total + alpha / 2 * (high - low + 2 / alpha * outside)
    found: Array = total / (len(ALPHAS) + 0.5)
    return found


def ranked_probability_score(mean: Array, bands: Array, actual: Array) -> Array:
    """CRPS of each forecast: the squared distance of its distribution from what happened, added up over the values.

    Between the five quantiles the distribution rises in straight lines; what is beyond the 95 % band sits at its ends.

    Args:
        mean: Points [unit], shape (n,).
        bands: lo80, hi80, lo95, hi95 [unit], shape (n, 4).
        actual: What happened [unit], shape (n,).

    Returns:
        Scores [unit], shape (n,), NaN where there is no band.
    """
    edges = np.column_stack([bands[:, 2], bands[:, 0], mean, bands[:, 1], bands[:, 3]])
    total = np.maximum(edges[:, 0] - actual, 0.0) + np.maximum(actual - edges[:, -1], 0.0)
    for place, (below, above) in enumerate(pairwise(LEVELS)):
        left, right = edges[:, place], edges[:, place + 1]
        split = np.clip(actual, left, right)
        share = (split - left) / np.where(right > left, right - left, 1.0)
        level = below + (above - below) * share
        total = total + (split - left) * _square(below, level) + (right - split) * _square(1 - above, 1 - level)
    found: Array = total
    return found


def _square(start: Array | float, end: Array | float) -> Array:
    """Mean square along a straight line from one height to another."""
    mean: Array = np.asarray((start**2 + start * end + end**2) / 3)
    return mean
