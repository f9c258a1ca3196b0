"""Blends: means of several models, made at every origin at which all of them are there."""

from __future__ import annotations

import numpy as np

from pipeline.forecast.history import to_levels
from pipeline.forecast.series_run import SeriesRun
from pipeline.forecast.vintages import Vintage, Vintages


def blend(run: SeriesRun) -> None:
    """Add the blends of the policy to the backtest and to tonight's forecasts."""
    _add(run, run.vintages)
    _add(run, run.live)


def _add(run: SeriesRun, vintages: Vintages) -> None:
    """Add the equal-weight means (geometric under logarithms), of the models' own errors too."""
    for name, members in run.policy.blends.items():
        common = set.intersection(*(set(vintages.get(member, {})) for member in members))
        for origin in sorted(common - vintages.get(name, {}).keys()):
            parts = [vintages[member][origin] for member in members]
            if any(not np.isfinite(part.mean).all() for part in parts):
                continue  # a member read back holds the kept leads only: its blend was made then
            inner = np.mean([run.inner(part.mean) for part in parts], axis=0)
            sigma = np.mean([part.sigma for part in parts], axis=0)
            mean = run.clip(to_levels(inner, run.policy.transform), origin)
            vintages.setdefault(name, {})[origin] = Vintage(mean, sigma)
