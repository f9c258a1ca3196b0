"""Rolling-origin backtest: which origins, what each model would have said, and how wrong it was.

Origins sit on a fixed grid of dates (ordinal day divisible by the spacing), so that the grid of tomorrow is
today's plus at most one: what is already scored is never fitted again. A forecaster receives a copy of the
series that ends at the origin, so that nothing later can reach it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context

import numpy as np
import pandas as pd

from pipeline.core.errors import ForecastError
from pipeline.model.contract import PAIRED_COLUMNS, SCORE_COLUMNS, Array, Context, ModelSettings, Prediction
from pipeline.model.forecasters import forecaster, module_of
from pipeline.model.policies import BASELINE

LEADS: dict[str, tuple[int, int]] = {"1-7": (1, 7), "8-14": (8, 14), "15-30": (15, 30), "all": (1, 10_000)}
"""Lead buckets, first and last day ahead."""
WEEK = 7
SCALE_DAYS = 730
PLAUSIBLE = 5.0
MIN_PAIRED = 3
POOL_FROM = 60
"""Fits from which a pool pays: a worker costs some seconds of imports."""


@dataclass(frozen=True)
class Task:
    """One fit: a model on the series up to an origin (the last day of ``y``)."""

    model: str
    origin: int
    y: pd.Series[float]
    horizon: int
    context: Context


@dataclass(frozen=True)
class Outcome:
    """What a task gave: a prediction, or why there is none."""

    model: str
    origin: int
    prediction: Prediction | None
    failure: str = ""


def grid(first: int, last: int, spacing: int) -> list[int]:
    """Ordinals divisible by ``spacing`` from ``first`` to ``last``, both included."""
    start = -(-first // spacing) * spacing
    return list(range(start, last + 1, spacing))


def score_grid(first_day: date, last_day: date, horizon: int, settings: ModelSettings) -> list[int]:
    """Origins at which every model is scored: the newest whose whole horizon is known."""
    earliest = first_day.toordinal() + settings.min_training
    found = grid(earliest, last_day.toordinal() - horizon, settings.score_spacing)
    return found[-settings.score_origins :] if settings.score_origins else []


def dense_grid(first_day: date, last_day: date, settings: ModelSettings) -> list[int]:
    """Origins at which the fast models are run, to calibrate bands."""
    earliest = max(first_day.toordinal() + settings.min_training, last_day.toordinal() - settings.dense_days)
    return grid(earliest, last_day.toordinal() - 1, settings.dense_spacing)


def run_task(task: Task) -> Outcome:
    """Fit one model; a failure is a result, so that the other models go on."""
    try:
        prediction = forecaster(task.model)(task.y, task.horizon, task.context)
    except (ForecastError, ValueError, RuntimeError, ArithmeticError, np.linalg.LinAlgError) as error:
        return Outcome(task.model, task.origin, None, f"{type(error).__name__}: {error}")
    problem = _implausible(prediction.mean, task.y.to_numpy(), task.horizon)
    if problem:
        return Outcome(task.model, task.origin, None, problem)
    return Outcome(task.model, task.origin, prediction)


def _implausible(mean: Array, history: Array, horizon: int) -> str:
    """Why a forecast cannot be shown; empty when it can."""
    if mean.shape != (horizon,) or not np.isfinite(mean).all():
        return "forecast is not finite"
    low, high = float(np.nanmin(history)), float(np.nanmax(history))
    margin = PLAUSIBLE * max(high - low, 1e-9 * max(1.0, abs(high)))
    if mean.min() < low - margin or mean.max() > high + margin:
        return "forecast leaves the plausible range"
    return ""


def run_tasks(tasks: Sequence[Task], workers: int) -> list[Outcome]:
    """Run tasks in order, in this process or in a pool; the result does not depend on which."""
    if workers <= 1 or len(tasks) < POOL_FROM:
        return [run_task(task) for task in tasks]
    # A server without threads forks the workers (the caller may hold DuckDB's or Arrow's), its imports done once.
    server = get_context("forkserver")
    server.set_forkserver_preload(sorted({module_of(task.model) for task in tasks}))
    with ProcessPoolExecutor(max_workers=workers, mp_context=server) as pool:
        return list(pool.map(run_task, tasks, chunksize=max(1, len(tasks) // (8 * workers))))


@dataclass(frozen=True)
class Scored:
    """Forecasts of one model at its scored origins [stored unit], rows aligned.

    Attributes:
        origins: Ordinals, shape (n,).
        mean: Forecasts, shape (n, h).
        bands: lo80, hi80, lo95, hi95, shape (n, h, 4).
        actual: What happened, NaN where not known, shape (n, h).
        scale: Mean absolute weekly difference before each origin [stored unit], shape (n,).
    """

    origins: Array
    mean: Array
    bands: Array
    actual: Array
    scale: Array


def actuals(y: pd.Series[float], origins: Sequence[int], horizon: int) -> Array:
    """Values that followed each origin, NaN where not known, shape (n, horizon)."""
    start = y.index[0].toordinal()
    padded = np.concatenate([y.to_numpy(), np.full(horizon, np.nan)])
    rows = [padded[origin - start + 1 : origin - start + 1 + horizon] for origin in origins]
    return np.array(rows).reshape(len(origins), horizon)


def naive_scale(y: pd.Series[float], origins: Sequence[int]) -> Array:
    """Scale of MASE at each origin: mean absolute weekly difference of the two years before it, shape (n,)."""
    start, values = y.index[0].toordinal(), y.to_numpy()
    change = np.abs(values[WEEK:] - values[:-WEEK])
    ends = [max(1, origin - start + 1 - WEEK) for origin in origins]
    return np.array([np.nanmean(change[max(0, end - SCALE_DAYS) : end]) for end in ends])


def score(series: str, by_model: Mapping[str, Scored], published: str) -> pd.DataFrame:
    """Score every model by lead bucket.

    Returns:
        Columns ``SCORE_COLUMNS``: percentages over the scored days, mae [stored unit], bias as percentage
        of the actual (positive = forecast too high).
    """
    rows: list[tuple[object, ...]] = []
    for model, scored in by_model.items():
        for lead, (first, last) in LEADS.items():
            cut = slice(first - 1, last)
            actual, mean, bands = scored.actual[:, cut], scored.mean[:, cut], scored.bands[:, cut]
            known = np.isfinite(actual) & np.isfinite(mean)
            if not known.any():
                continue
            a, error = actual[known], (mean - actual)[known]
            scale = np.broadcast_to(scored.scale[:, None], actual.shape)[known]
            cover = [_coverage(actual, bands[..., k], bands[..., k + 1]) for k in (0, 2)]
            nonzero = np.abs(a) > 0
            figures = (
                100 * float(np.mean(np.abs(error[nonzero] / a[nonzero]))) if nonzero.any() else float("nan"),
                100 * float(np.abs(error).sum() / max(np.abs(a).sum(), 1e-12)),
                float(np.mean(np.abs(error) / scale)) if (scale > 0).all() else float("nan"),
                float(np.mean(np.abs(error))),
                *cover,
                100 * float(error.sum() / max(np.abs(a).sum(), 1e-12)),
            )
            rounded = [round(figure, 6) for figure in figures]
            rows.append((series, model, lead, int(known.sum()), *rounded, model == published))
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def _coverage(actual: Array, low: Array, high: Array) -> float:
    """Share of known days inside a band [%]; NaN without bands."""
    known = np.isfinite(actual) & np.isfinite(low) & np.isfinite(high)
    if not known.any():
        return float("nan")
    inside = (actual >= low) & (actual <= high)
    return 100 * float(inside[known].mean())


def compare(series: str, by_model: Mapping[str, Scored]) -> pd.DataFrame:
    """Compare every model with the seasonal naive at the origins they share.

    Returns:
        Columns ``PAIRED_COLUMNS``: skill = 100 (1 − error / naive's error); t over the origins' mean
        differences, NaN below three origins.
    """
    rows: list[tuple[object, ...]] = []
    base = by_model.get(BASELINE)
    for model, scored in by_model.items():
        if base is None or model == BASELINE:
            continue
        shared, left, right = np.intersect1d(scored.origins, base.origins, return_indices=True)
        if not len(shared):
            continue
        for lead, (first, last) in LEADS.items():
            cut = slice(first - 1, last)
            own = np.abs(scored.mean - scored.actual)[left, cut]
            other = np.abs(base.mean - base.actual)[right, cut]
            if not np.isfinite(own).any():
                continue
            gain = np.nanmean(other - own, axis=1)
            spread = float(np.std(gain, ddof=1)) if len(gain) >= MIN_PAIRED else 0.0
            t = float(gain.mean() / (spread / np.sqrt(len(gain)))) if spread > 0 else float("nan")
            skill = 100 * (1 - float(np.nansum(own)) / max(float(np.nansum(other)), 1e-12))
            rows.append((series, model, lead, len(shared), round(skill, 6), round(t, 6)))
    return pd.DataFrame(rows, columns=list(PAIRED_COLUMNS))
