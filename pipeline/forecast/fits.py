"""Fitting: what must be fitted, in this process, a pool of processes or a Dask cluster, and what becomes of it.

Vintages of earlier runs are taken as they stand; only what is missing on the grid of origins is fitted. The result does
not depend on where it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import import_module
from typing import TypeVar

import numpy as np
import pandas as pd

from pipeline.catalog.forecasts import BASELINE
from pipeline.core.errors import ForecastError, UsageError
from pipeline.core.log import progress
from pipeline.core.processes import processes
from pipeline.forecast.calendar import calendar_table
from pipeline.forecast.forecasters import FAMILIES, FAST, Array, Context, Prediction, forecaster, module_of
from pipeline.forecast.history import to_levels, to_space
from pipeline.forecast.origins import ModelSettings
from pipeline.forecast.series_run import SeriesRun
from pipeline.forecast.vintages import Vintage

T = TypeVar("T")
R = TypeVar("R")
PLAUSIBLE = 5.0


@dataclass(frozen=True)
class Task:
    """Fits of models that share their work, on a series up to an origin (the last day of ``y``)."""

    models: tuple[str, ...]
    series: str
    origin: int
    y: pd.Series[float]
    horizon: int
    context: Context


@dataclass(frozen=True)
class Outcome:
    """What a model gave: a prediction, or why there is none."""

    series: str
    model: str
    origin: int
    prediction: Prediction | None
    failure: str = ""


def tasks_of(run: SeriesRun, *, fast: bool) -> list[Task]:
    """What must be fitted of the fast or of the slow models: the backtest origins not known yet, and today."""
    policy, y = run.policy, run.y
    scored, dense = set(run.scored_at()), set(run.dense_at())
    members = policy.blends.get(policy.engine, (policy.engine,))
    blended = run.vintages.get(policy.engine, {}).keys() if policy.engine in policy.blends else set()
    todo: dict[tuple[int, str], list[str]] = {}
    for model in (model for model in policy.roster if (model in FAST) == fast):
        wanted = set(scored)
        if fast and model in members:
            wanted |= dense - blended
        if model == BASELINE:
            wanted |= dense
        missing = sorted(wanted - run.vintages.get(model, {}).keys())
        for origin in [*missing, run.last]:
            todo.setdefault((origin, FAMILIES.get(model, model)), []).append(model)
    inner = pd.Series(to_space(y.to_numpy(), policy.transform), index=y.index, name=y.name)
    first, last = run.span
    calendar = calendar_table(first, last + timedelta(days=run.days_ahead))
    context = Context(calendar, run.settings.seed, policy.season)
    tasks = []
    for (origin, _), models in todo.items():
        end = (origin - run.first + 1) * policy.steps
        known = None if run.drivers is None else run.drivers.loc[: pd.Timestamp(date.fromordinal(origin))]
        own = replace(context, drivers=known)
        tasks.append(Task(tuple(models), policy.series, origin, inner.iloc[:end].copy(), policy.horizon, own))
    return tasks


def run_task(task: Task) -> list[Outcome]:
    """Fit the models of a task; a failure is a result, so that the other models go on."""
    return [_run_model(task, model) for model in task.models]


def _run_model(task: Task, model: str) -> Outcome:
    def failed(why: str) -> Outcome:
        return Outcome(task.series, model, task.origin, None, why)

    try:
        prediction = forecaster(model)(task.y, task.horizon, task.context)
    except (ForecastError, ValueError, RuntimeError, ArithmeticError, np.linalg.LinAlgError) as error:
        return failed(f"{type(error).__name__}: {error}")
    problem = _implausible(prediction.mean, task.y.to_numpy(), task.horizon)
    return failed(problem) if problem else Outcome(task.series, model, task.origin, prediction)


def _implausible(mean: Array, history: Array, horizon: int) -> str:
    """Why a forecast cannot be shown; empty when it can."""
    if mean.shape != (horizon,) or not np.isfinite(mean).all():
        return "forecast is not finite"
    low, high = float(np.nanmin(history)), float(np.nanmax(history))
    margin = PLAUSIBLE * max(high - low, 1e-9 * max(1.0, abs(high)))
    if mean.min() < low - margin or mean.max() > high + margin:
        return "forecast leaves the plausible range"
    return ""


def naive_at(run: SeriesRun, origin: int) -> Vintage:
    """The seasonal naive of a daily series that knows the days before an origin, from the day after it on."""
    y: pd.Series[float] = run.y.iloc[: origin - run.first]
    inner = pd.Series(to_space(y.to_numpy(), run.policy.transform), index=y.index)
    found = forecaster(BASELINE)(inner, run.policy.horizon + 1, Context(pd.DataFrame(), season=run.policy.season))
    return Vintage(to_levels(found.mean[1:], run.policy.transform), found.sigma[1:])


def receive(run: SeriesRun, outcomes: Iterable[Outcome]) -> None:
    """Keep what the models gave; note the ones that fail."""
    failures: dict[str, list[str]] = {}
    tried: dict[str, int] = {}
    for outcome in outcomes:
        tried[outcome.model] = tried.get(outcome.model, 0) + 1
        if outcome.prediction is None:
            failures.setdefault(outcome.model, []).append(outcome.failure)
            continue
        # Rounded at once: bands and scores then do not depend on whether a row was read back or just made.
        mean = run.clip(to_levels(outcome.prediction.mean, run.policy.transform), outcome.origin)
        table = run.live if outcome.origin == run.last else run.vintages
        table.setdefault(outcome.model, {})[outcome.origin] = Vintage(mean, outcome.prediction.sigma)
    for model, reasons in sorted(failures.items()):
        run.note(model, "failed", f"{len(reasons)} of {tried[model]} origins: {reasons[-1]}")


def pooled(
    function: Callable[[T], R],
    items: Sequence[T],
    settings: ModelSettings,
    label: str,
    *,
    least: int,
    modules: Sequence[str] = (),
) -> Iterator[R]:
    """Apply a function to independent items, in order, in this process or in a pool.

    Args:
        function: A function of a module.
        items: What it is applied to.
        settings: How many processes (1: none), or whose.
        label: Name of the progress bar.
        least: Items from which a pool pays: a worker costs some seconds of imports.
        modules: What a worker imports before it starts.

    Raises:
        UsageError: Dask is asked for and not installed.
    """
    if not settings.dask and (settings.workers <= 1 or len(items) < least):
        yield from progress(map(function, items), len(items), label)
        return
    with _pool(settings, modules) as pool:
        # Small chunks and the longest series first would be faster still, but the order of results must be fixed.
        chunk = max(1, len(items) // (16 * max(settings.workers, 1)))
        yield from progress(pool.map(function, items, chunksize=chunk), len(items), label)


def modules_of(tasks: Iterable[Task]) -> list[str]:
    """The modules of the models of some tasks."""
    return sorted({module_of(model) for task in tasks for model in task.models})


@contextmanager
def _pool(settings: ModelSettings, modules: Sequence[str]) -> Iterator[Executor]:
    if settings.dask:
        with _dask_client(settings.dask, settings.workers) as client:
            yield client.get_executor()
        return
    with processes(settings.workers, modules) as pool:
        yield pool


def _dask_client(address: str, workers: int):  # type: ignore[no-untyped-def]  # noqa: ANN202 - Dask has no types
    try:
        distributed = import_module("distributed")
    except ModuleNotFoundError as error:
        raise UsageError(
            "PORTAL_DASK is set, but Dask is not installed",
            hint='run .venv/bin/pip install "dask[distributed]", or unset PORTAL_DASK to use processes of this machine',
        ) from error
    if address == "local":
        return distributed.Client(n_workers=workers, threads_per_worker=1, dashboard_address=None)
    return distributed.Client(address)
