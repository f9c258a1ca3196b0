"""Running fits: in this process, in a pool of processes, or on a Dask cluster. The result does not depend on which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from typing import TypeVar

import numpy as np
import pandas as pd

from pipeline.core.errors import ForecastError, UsageError
from pipeline.core.log import progress
from pipeline.forecast.contract import Array, Context, Prediction
from pipeline.forecast.forecasters import forecaster, module_of

T = TypeVar("T")
PLAUSIBLE = 5.0
POOL_FROM = 12
"""Slow fits from which a pool pays: a worker costs some seconds of imports."""
MANY_ITEMS = 200
"""Small items from which it does."""


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


def run_tasks(tasks: Sequence[Task], workers: int = 1, dask: str = "", label: str = "forecasts") -> list[Outcome]:
    """Run tasks, in order, in this process or in a pool.

    Args:
        tasks: What to fit.
        workers: Processes; 1 = none.
        dask: Address of a Dask scheduler, or ``local``; empty: processes of our own.
        label: Name of the progress bar.

    Raises:
        UsageError: Dask is asked for and not installed.
    """
    if not dask and (workers <= 1 or len(tasks) < POOL_FROM):
        return [outcome for task in progress(tasks, len(tasks), label) for outcome in run_task(task)]
    with _pool(sorted({module_of(m) for task in tasks for m in task.models}), workers, dask) as pool:
        # Small chunks and the longest series first would be faster still, but the order of results must be fixed.
        chunk = max(1, len(tasks) // (16 * max(workers, 1)))
        found = pool.map(run_task, tasks, chunksize=chunk)
        return [outcome for outcomes in progress(found, len(tasks), label) for outcome in outcomes]


def map_items(function: Callable[[T], T], items: Sequence[T], workers: int, dask: str, label: str) -> Iterator[T]:
    """Apply a function to many small items, in order, in this process or in the pool.

    Args:
        function: A function of a module; it returns what becomes of its item.
        items: Independent of one another.
        workers: Processes; 1 = none.
        dask: Address of a Dask scheduler, or ``local``; empty: processes of our own.
        label: Name of the progress bar.

    Raises:
        UsageError: Dask is asked for and not installed.
    """
    if not dask and (workers <= 1 or len(items) < MANY_ITEMS):
        yield from progress(map(function, items), len(items), label)
        return
    with _pool([function.__module__], workers, dask) as pool:
        found = pool.map(function, items, chunksize=max(1, len(items) // (16 * max(workers, 1))))
        yield from progress(found, len(items), label)


@contextmanager
def _pool(modules: Sequence[str], workers: int, dask: str) -> Iterator[Executor]:
    if dask:
        with _dask_client(dask, workers) as client:
            yield client.get_executor()
        return
    # A server without threads forks the workers (the caller may hold DuckDB's or Arrow's), its imports done once.
    server = get_context("forkserver")
    server.set_forkserver_preload(list(modules))
    with ProcessPoolExecutor(max_workers=workers, mp_context=server) as pool:
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
