"""Synthetic daily series with what the models must find: a week, a year, holidays, and a wandering level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from pipeline.catalog.forecast_frames import VALUE, SeriesInput, no_rows
from pipeline.catalog.forecasts import ForecastPolicy
from pipeline.catalog.schema import Correction
from pipeline.forecast.calendar import holiday_dates
from pipeline.forecast.night import ForecastRun, forecast_series
from pipeline.forecast.origins import ModelSettings
from pipeline.forecast.series_run import open_series

FAST_SETTINGS = ModelSettings(score_origins=3, dense_days=150)
"""Few origins, fast models."""


def forecast(
    inputs: Mapping[str, SeriesInput],
    today: date,
    policies: Sequence[ForecastPolicy],
    settings: ModelSettings | None = None,
    known: pd.DataFrame | None = None,
    corrections: Sequence[Correction] = (),
) -> ForecastRun:
    """Open some series and forecast them, as a night does with those that moved."""
    size = settings or ModelSettings()
    opened = {policy.series: open_series(policy, inputs.get(policy.series), today, size) for policy in policies}
    return forecast_series(opened, today, no_rows(VALUE) if known is None else known, size, corrections)


def demand(days: int = 400, last: date = date(2025, 12, 31), seed: int = 1) -> pd.DataFrame:
    """Demand-like days [GWh]: about 230, Sundays and holidays 13 % lower, small AR(1) noise."""
    first = last - timedelta(days=days - 1)
    free = holiday_dates(first, last)
    rng = np.random.default_rng(seed)
    rows, level = [], 0.0
    for step in range(days):
        day = first + timedelta(days=step)
        level = 0.7 * level + rng.normal(0, 0.008)
        low = 0.13 if day.weekday() == 6 or day in free else 0.05 if day.weekday() == 5 else 0.0
        rows.append((day, 230 * np.exp(level - low + 0.00008 * step), 24, "ok"))
    return pd.DataFrame(rows, columns=["day", "value", "hours", "quality"])


def price(days: int = 400, last: date = date(2025, 12, 31), seed: int = 2) -> pd.DataFrame:
    """Price-like days [COP/kWh]: a slow mean-reverting walk in logarithms around 250."""
    rng = np.random.default_rng(seed)
    rows, level = [], 0.0
    for step in range(days):
        day = last - timedelta(days=days - 1 - step)
        level = 0.97 * level + rng.normal(0, 0.12)
        rows.append((day, 250 * np.exp(level), 24, "ok"))
    return pd.DataFrame(rows, columns=["day", "value", "hours", "quality"])


def given(frame: pd.DataFrame) -> dict[str, SeriesInput]:
    """The frame as input of the test policy."""
    return {"demand_daily": SeriesInput(frame)}


def quick_policy(**changes: object) -> ForecastPolicy:
    """Demand with fast models only."""
    fields: dict[str, object] = {
        "series": "demand_daily",
        "metric": "DemaSIN",
        "entity": "Sistema",
        "unit": "GWh",
        "transform": "log",
        "roster": ("seasonal_naive", "naive", "dhr_ar", "theta"),
        "blends": {"pair": ("dhr_ar", "theta")},
        "published": ("dhr_ar",),
        "engine": "dhr_ar",
        "horizon": 30,
    }
    return ForecastPolicy(**{**fields, **changes})  # type: ignore[arg-type]


def hours(days: int = 250, last: date = date(2025, 12, 31)) -> pd.DataFrame:
    """Hours of the demand-like days [GWh]: an evening peak, flatter on Sundays."""
    frame = demand(days, last)
    rng = np.random.default_rng(4)
    clock = np.arange(24)
    rows = []
    for day, value in zip(frame["day"], frame["value"], strict=True):
        peak = 0.35 if day.weekday() < 6 else 0.2
        shape = 1 + peak * np.exp(-((clock - 19) ** 2) / 8) - 0.2 * (clock < 5) + rng.normal(0, 0.01, 24)
        start = pd.Timestamp(day)
        rows += [
            (start + pd.Timedelta(hours=int(h)), value * s / shape.sum()) for h, s in zip(clock, shape, strict=True)
        ]
    return pd.DataFrame(rows, columns=["ts", "value"])
