"""What chance alone does to the coverage of a year: how far bands stray that are right by construction.

The days of a month ahead, forecast again every three days, are not so many trials: one wild fortnight is outside the
band at all leads and from all origins before it. A bound on every year says something of a method only beside this.
"""

from __future__ import annotations

import numpy as np

from pipeline.forecast.bands import NORMAL_QUANTILES
from pipeline.forecast.forecasters import Array

YEARS = 400
SEED = 7
DAYS = 365
GRID = np.linspace(0.0, 1.0, 201)


def persistence(size: Array) -> float:
    """What is left a day later of a shock to a series, from how its errors grow with the lead.

    Args:
        size: Mean absolute error at leads of 1, 2, ... days [model's space], shape (k,).
    """
    grown = np.log(np.cumsum(GRID[:, None] ** (2 * np.arange(len(size))), axis=1)) / 2
    apart: Array = ((np.log(size / size[0]) - grown) ** 2).sum(axis=1)
    return float(GRID[int(np.argmin(apart))])


def strays(size: Array, spacing: int) -> tuple[float, float]:
    """Root mean square distance of a year's coverage from 80 and from 95, of bands that are exactly right [points].

    Errors are Gaussian shocks of one size that fade at the persistence of the series; nothing else moves.

    Args:
        size: Mean absolute error at leads of 1, 2, ... days [model's space], shape (k,).
        spacing: Days between two origins.
    """
    kept, leads = persistence(size), len(size)
    scale = np.sqrt(np.cumsum(kept ** (2 * np.arange(leads))))
    starts = np.arange(0, DAYS, spacing)
    shocks = np.random.default_rng(SEED).standard_normal((YEARS, DAYS + leads))
    error = np.zeros((YEARS, len(starts)))
    held = np.zeros((2, YEARS))
    for lead in range(leads):
        error = kept * error + shocks[:, starts + lead]
        for band, quantile in enumerate(NORMAL_QUANTILES):
            held[band] += (np.abs(error) <= quantile * scale[lead]).mean(axis=1)
    far = 100 * held / leads - np.array([[80.0], [95.0]])
    low, high = (float(value) for value in np.sqrt((far**2).mean(axis=1)))
    return low, high
