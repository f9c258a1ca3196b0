"""Rolling-origin backtest: at which origins, and what happened after each.

Origins sit on a fixed grid of dates (ordinal day divisible by the spacing), so that the grid of tomorrow is
today's plus at most one: what is already scored is never fitted again. A forecaster receives a copy of the
series that ends at the origin, so that nothing later can reach it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from pipeline.forecast.contract import Array, ModelSettings

SCORED_DAYS = 30
"""Days that must be known after a scored origin; later leads are judged as they become known."""
SCALE_DAYS = 730
DAYS_AN_ORIGIN, FEWEST_ORIGINS, MOST_ORIGINS = 100, 3, 24


def grid(first: int, last: int, spacing: int) -> list[int]:
    """Ordinals divisible by ``spacing`` from ``first`` to ``last``, both included."""
    start = -(-first // spacing) * spacing
    return list(range(start, last + 1, spacing))


def score_grid(first_day: date, last_day: date, days_ahead: int, settings: ModelSettings) -> list[int]:
    """Origins at which every model is scored: the newest whose first month is known."""
    earliest = first_day.toordinal() + settings.min_training
    found = grid(earliest, last_day.toordinal() - min(days_ahead, SCORED_DAYS), settings.score_spacing)
    wanted = settings.score_origins
    if wanted is None:
        days = (last_day - first_day).days
        wanted = min(MOST_ORIGINS, max(FEWEST_ORIGINS, days // DAYS_AN_ORIGIN))
    return found[-wanted:] if wanted else []


def dense_grid(first_day: date, last_day: date, settings: ModelSettings) -> list[int]:
    """Origins at which the fast models are run, to calibrate bands."""
    earliest = max(first_day.toordinal() + settings.min_training, last_day.toordinal() - settings.dense_days)
    return grid(earliest, last_day.toordinal() - 1, settings.dense_spacing)


def actuals(y: pd.Series[float], origins: Sequence[int], horizon: int, steps: int = 1) -> Array:
    """Values that followed each origin, NaN where not known, shape (n, horizon).

    Args:
        y: Regular series of whole days.
        origins: Ordinals.
        horizon: Steps ahead.
        steps: Values a day.
    """
    start, values = y.index[0].toordinal(), y.to_numpy()
    firsts = np.array([(origin - start + 1) * steps for origin in origins], dtype=int)
    places = firsts[:, None] + np.arange(horizon)
    known = (places >= 0) & (places < len(values))  # a forecast may have been made after the last datum
    return np.where(known, values[np.where(known, places, 0)], np.nan)


def naive_scale(y: pd.Series[float], origins: Sequence[int], season: int = 7, steps: int = 1) -> Array:
    """Scale of MASE at each origin: mean absolute seasonal difference of the two years before it, shape (n,)."""
    start, values = y.index[0].toordinal(), y.to_numpy()
    change = np.abs(values[season:] - values[:-season])
    ends = [max(1, (origin - start + 1) * steps - season) for origin in origins]
    return np.array([_mean(change[max(0, end - SCALE_DAYS * steps) : end]) for end in ends])


def _mean(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
