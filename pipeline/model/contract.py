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
)  # fmt: skip
"""Columns of ``forecast_value``: one row a vintage and day ahead, in the stored unit of the series."""

SCORE_COLUMNS: tuple[str, ...] = (
    "series", "model", "lead", "n", "mape", "wape", "mase", "mae", "cov80", "cov95", "bias", "published",
)  # fmt: skip
"""Columns of ``forecast_score``: mape, wape, bias, cov80, cov95 [%], mae [stored unit], mase [-]."""

PAIRED_COLUMNS: tuple[str, ...] = ("series", "model", "lead", "origins", "skill", "t")
"""Columns of the paired comparison with the seasonal naive: skill [%], t [-]; positive is better."""


@dataclass(frozen=True)
class SeriesInput:
    """Daily history of one series, as the view ``"<Metric>_daily"`` gives it.

    Attributes:
        frame: Columns ``day``, ``value`` [stored unit] and, when known, ``hours`` (24 = complete, missing =
            published as daily) and ``quality`` (``ok``, ``provisional``, ``corrected``). One row a day.
        reference: Independent daily figure of the same quantity, indexed by day, against which half-built
            days are recognised (generation for demand); None when there is none.
    """

    frame: pd.DataFrame
    reference: pd.Series[float] | None = None


@dataclass(frozen=True)
class Context:
    """What a forecaster may know besides the past of its series.

    Attributes:
        calendar: Calendar regressors, indexed by day, from the first day of the series to the last day ahead.
        seed: Seed of anything random.
    """

    calendar: pd.DataFrame
    seed: int = 7


@dataclass(frozen=True)
class Prediction:
    """A forecast in the model's space (logarithms or levels, as the policy says).

    Attributes:
        mean: Expected value at days 1..h ahead, shape (h,).
        sigma: Native standard error, shape (h,); used only while no past error can calibrate a band.
    """

    mean: Array
    sigma: Array


Forecaster = Callable[["pd.Series[float]", int, Context], Prediction]
"""``fit_predict(y, horizon, context)``: y is a regular daily series that may hold NaN (days not known)."""


@dataclass(frozen=True)
class ModelSettings:
    """How much to backtest. Origins sit on a fixed grid of dates, so that a night adds few and redoes none.

    Attributes:
        score_origins: Scored origins at most (every model).
        score_spacing: Days between scored origins; no multiple of 7, so that every weekday is an origin.
        dense_spacing: Days between the origins of the fast models, which calibrate the bands; divides
            ``score_spacing``.
        dense_days: How far back dense origins go [days].
        min_history: Valid days needed to forecast at all.
        min_training: Days between the start of a series and its first backtest origin.
        workers: Processes for slow models; 1 = none.
        seed: Seed of anything random.
    """

    score_origins: int = 8
    score_spacing: int = 18
    dense_spacing: int = 3
    dense_days: int = 730
    min_history: int = 60
    min_training: int = 180
    workers: int = 1
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
        values: New rows only, columns ``VALUE_COLUMNS``; rows given as ``known`` are not repeated.
        scores: Scores over all backtest rows, known and new, columns ``SCORE_COLUMNS``.
        paired: Paired comparison with the seasonal naive, columns ``PAIRED_COLUMNS``.
        notes: What the reader should know, in order.
        published: Model shown for each series.
    """

    values: pd.DataFrame
    scores: pd.DataFrame
    paired: pd.DataFrame
    notes: tuple[Note, ...] = ()
    published: dict[str, str] = field(default_factory=dict)
