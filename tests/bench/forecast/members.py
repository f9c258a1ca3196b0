"""Forecasts of every member over a dozen years of origins, made once and kept: bands and blends are tried in seconds.

A member is fitted at the origins of a fixed grid with nothing later than each, through the very code of a night. What
is kept is its mean by lead; the rest of a night (blends, bands, choice) is worked out again from it each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.catalog.forecasts import ForecastPolicy
from pipeline.forecast.fits import modules_of, pooled, receive, run_task, tasks_of
from pipeline.forecast.forecasters import FAST, Array
from pipeline.forecast.origins import ModelSettings
from pipeline.forecast.series_run import SeriesRun, open_series
from pipeline.forecast.vintages import Vintage
from tests.bench.forecast.data import History

FIRST = date(2012, 7, 1)
"""First origin: two years and a half of errors are known when the first year is judged."""
NEVER = date(2026, 7, 4)
FAST_SPACING, SLOW_SPACING = 3, 36


def long_inputs(history: History) -> dict[str, SeriesInput]:
    """Every series of which the folder has several years, as long as it has it; what the source left out stays out."""
    split = history.sources("2006-01-01")
    joined = {}
    for name, source in (("hydro_daily", "HIDRAULICA"), ("thermal_daily", "TERMICA")):
        recent = history.recent_source(source).frame
        early = split[name].frame
        joined[name] = SeriesInput(pd.concat([early[early["day"] < recent["day"].min()], recent], ignore_index=True))
    # The years after the hole of 2022 lack new plants: a level that is not theirs.
    cut = pd.Timestamp("2022-07-01")
    sources = {name: SeriesInput(given.frame[given.frame["day"] < cut]) for name, given in split.items()}
    return {
        "demand_daily": history.demand("2006-01-01"),
        "price_daily": history.price("2008-01-01"),
        **sources,
        **joined,
        "inflow_daily": history.inflow("2004-01-01"),
        "volume_daily": history.volume(),
        "exports_daily": history.exports("2008-01-01"),
        "price_hourly": history.price_hours("2010-01-01"),
        "demand_hourly": history.demand_hours("2020-01-01"),
    }


@dataclass(frozen=True)
class Members:
    """The folder of kept forecasts.

    Attributes:
        folder: Where they lie.
        workers: Processes for what is missing.
    """

    folder: Path
    workers: int = 1

    def run_of(self, policy: ForecastPolicy, given: SeriesInput, spacings: Mapping[str, int]) -> SeriesRun:
        """A run of a series with the vintages of some members, fitted where they are not kept yet.

        Args:
            policy: How it is forecast.
            given: Its whole history.
            spacings: Days between the origins of each member [days].
        """
        run = _opened(policy, given, ModelSettings())
        for model, spacing in spacings.items():
            origins, means = self._kept(policy, given, model, spacing)
            blank = np.full(policy.horizon, np.nan)
            run.vintages[model] = {int(o): Vintage(mean, blank) for o, mean in zip(origins, means, strict=True)}
        return run

    def _kept(self, policy: ForecastPolicy, given: SeriesInput, model: str, spacing: int) -> tuple[Array, Array]:
        path = self.folder / f"{policy.series}.{model}.{spacing}.npz"
        if path.is_file():
            with np.load(path) as kept:
                return kept["origins"], kept["means"]
        found = self._fitted(policy, given, model, spacing)
        origins = np.array(sorted(found))
        means = np.array([found[int(origin)].mean for origin in origins]).reshape(len(origins), policy.horizon)
        self.folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, origins=origins, means=means)
        return origins, means

    def _fitted(self, policy: ForecastPolicy, given: SeriesInput, model: str, spacing: int) -> dict[int, Vintage]:
        alone = policy.model_copy(update={"roster": (model,), "blends": {}, "published": (model,), "engine": model})
        first = pd.to_datetime(given.frame["ts" if policy.grain == "hourly" else "day"]).min().date()
        training = max(180, (FIRST - first).days)
        size = ModelSettings(
            score_origins=100_000, score_spacing=spacing, dense_spacing=spacing, dense_days=0, min_training=training
        )
        run = _opened(alone, given, size)
        tasks = tasks_of(run, fast=model in FAST)
        workers = ModelSettings(workers=self.workers)
        outcomes = pooled(run_task, tasks, workers, f"{policy.series} {model}", least=12, modules=modules_of(tasks))
        receive(run, (outcome for made in outcomes for outcome in made))
        return {**run.vintages.get(model, {}), **run.live.get(model, {})}


def _opened(policy: ForecastPolicy, given: SeriesInput, settings: ModelSettings) -> SeriesRun:
    run = open_series(policy, given, NEVER, settings)
    if not isinstance(run, SeriesRun):
        raise TypeError(run.text)
    return run
