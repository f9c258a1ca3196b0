"""What goes in and out of the models: plain frozen values, no behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.floating]

VALUE_COLUMNS: tuple[str, ...] = (
    "series", "model", "run_kind", "issued", "origin", "h", "target", "mean", "lo80", "hi80", "lo95", "hi95",
    "scenario",
)  # fmt: skip
"""Columns of ``forecast_value``: one row a vintage and lead, in the stored unit of the series."""

SCORE_COLUMNS: tuple[str, ...] = (
    "series", "model", "run_kind", "lead", "n", "origins", "mape", "wape", "mase", "mae", "cov80", "cov95", "bias",
    "skill", "t", "published",
)  # fmt: skip
"""Columns of ``forecast_score``: mape, wape, bias, cov80, cov95, skill [%], mae [stored unit], mase, t [-]."""

POLICY_COLUMNS: tuple[str, ...] = (
    "series", "title_es", "metric", "entity", "unit", "grain", "horizon", "roster", "published", "reason",
)  # fmt: skip
EFFECT_COLUMNS: tuple[str, ...] = ("series", "class", "title_es", "effect", "lo", "hi", "n")
MISS_COLUMNS: tuple[str, ...] = (
    "series", "model", "origin", "target", "h", "mean", "actual", "error", "note_es",
)  # fmt: skip


@dataclass(frozen=True)
class SeriesInput:
    """History of one series, as the views ``forecast_input`` and ``forecast_input_hourly`` give it.

    Attributes:
        frame: Columns ``day`` (or ``ts`` where hourly), ``value`` [stored unit] and, when known, ``hours`` (24 =
            complete, missing = published as daily) and ``quality`` (``ok``, ``provisional``, ``corrected``).
        reference: Independent daily figure of the same quantity, indexed by day, against which half-built
            days are recognised (generation for demand); None when there is none.
        drivers: What else was known, indexed by the day on which it was known, one column a driver; None when there
            is nothing.
    """

    frame: pd.DataFrame
    reference: pd.Series[float] | None = None
    drivers: pd.DataFrame | None = None


@dataclass(frozen=True)
class Context:
    """What a forecaster may know besides the past of its series.

    Attributes:
        calendar: Calendar regressors, indexed by day, from the first day of the series to the last day ahead.
        seed: Seed of anything random.
        season: Steps of the seasonal naive.
        drivers: Drivers known at the origin, indexed by day; nothing later.
    """

    calendar: pd.DataFrame
    seed: int = 7
    season: int = 7
    drivers: pd.DataFrame | None = None


@dataclass(frozen=True)
class Prediction:
    """A forecast in the model's space (logarithms or levels, as the policy says).

    Attributes:
        mean: Expected value at steps 1..h ahead, shape (h,).
        sigma: Native standard error, shape (h,); used only while no past error can calibrate a band.
    """

    mean: Array
    sigma: Array


Forecaster = Callable[["pd.Series[float]", int, Context], Prediction]
"""``fit_predict(y, horizon, context)``: y is a regular series that may hold NaN (steps not known)."""


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


@dataclass(frozen=True)
class Note:
    """Something the run must tell: a model that failed, days left out, a naive that is published."""

    series: str
    model: str
    kind: str
    text: str


@dataclass(frozen=True)
class ForecastRun:
    """Result of one run: new vintages, fresh scores.

    Attributes:
        values: New rows of the daily series, columns ``VALUE_COLUMNS``; rows given as ``known`` are not repeated.
        hourly: The same for the hourly series; ``target`` is the start of the hour.
        scores: Scores over all rows, known and new, columns ``SCORE_COLUMNS``.
        policies: What is published and why, columns ``POLICY_COLUMNS``, one row a declared series.
        effects: Effects of the calendar, columns ``EFFECT_COLUMNS``.
        misses: Worst misses of what is published, columns ``MISS_COLUMNS``.
        notes: What the reader should know, in order.
        published: Model shown for each series.
    """

    values: pd.DataFrame
    hourly: pd.DataFrame
    scores: pd.DataFrame
    policies: pd.DataFrame
    effects: pd.DataFrame
    misses: pd.DataFrame
    notes: tuple[Note, ...] = ()
    published: dict[str, str] = field(default_factory=dict)
