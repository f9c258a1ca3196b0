"""Rolling-origin backtest: at which origins, and what happened after each.

Origins sit on a fixed grid of dates (ordinal day divisible by the spacing), so that the grid of tomorrow is
today's plus at most one: what is already scored is never fitted again. A forecaster receives a copy of the
series that ends at the origin, so that nothing later can reach it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from pipeline.forecast.forecasters import Array

SCORED_DAYS = 30
"""Days that must be known after a scored origin; later leads are judged as they become known."""
SCALE_DAYS = 730
DAYS_AN_ORIGIN, FEWEST_ORIGINS, MOST_ORIGINS = 100, 3, 24


@dataclass(frozen=True)
class ModelSettings:
    """How much to backtest. Origins sit on a fixed grid of dates, so that a night adds few and redoes none.

    Attributes:
        score_origins: Scored origins at most (every model); None: one per hundred days of history, from 3 to 24.
        score_spacing: Days between scored origins; no multiple of 7, so that every weekday is an origin.
        dense_spacing: Days between the origins of the fast models, which calibrate the bands; divides
            ``score_spacing``.
        dense_days: How far back dense origins go [days].
        memory_days: How far back of the newest day earlier backtest vintages are read [days]: the two years that
            bands are made of; the scored origins lie within. So a night's work does not grow with the nights before.
        live_days: The same of live vintages: the live scores and misses tell of the last four months, in which the
            longest lead (90 days) becomes known; whoever watches a model needs five weeks.
        min_history: Valid days needed to forecast at all.
        min_training: Days between the start of a series and its first backtest origin.
        workers: Processes for slow models; 1 = none.
        dask: Address of a Dask scheduler whose executor is the pool, or ``local``; empty: processes of our own.
        seed: Seed of anything random.
    """

    score_origins: int | None = None
    score_spacing: int = 18
    dense_spacing: int = 3
    dense_days: int = 730
    memory_days: int = 730
    live_days: int = 120
    min_history: int = 60
    min_training: int = 180
    workers: int = 1
    dask: str = ""
    seed: int = 7

    def by(self, other: ModelSettings) -> ModelSettings:
        """The same backtest, done by the processes of other settings."""
        return replace(self, workers=other.workers, dask=other.dask)

    def windows(self, newest: date) -> dict[str, date]:
        """The oldest origin that is read of earlier runs, by kind, for a series that ends on a day."""
        days = {"backtest": self.memory_days, "live": self.live_days}
        return {kind: newest - timedelta(days=count) for kind, count in days.items()}


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
