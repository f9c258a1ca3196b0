"""Forecasters: what each is given and gives, and where it is found. All have one signature, `Forecaster`.

Modules are imported when a model of theirs is first asked for: Prophet alone takes over a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import CatalogError

Array = NDArray[np.floating]


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
"""``fit_predict(y, horizon, context)``.

``y``: a regular series of days, or of the hours of whole days, in the model's space, NaN where not known, up to the
origin; ``horizon``: steps ahead. A model that cannot forecast raises ForecastError, and another of the roster is used.
"""

_PLACES: dict[str, tuple[str, str]] = {
    "seasonal_naive": ("naive", "seasonal_naive"),
    "naive": ("naive", "naive"),
    "dhr_ar": ("dhr_ar", "fit_predict"),
    "theta": ("price", "theta"),
    "mean_reversion": ("price", "mean_reversion"),
    "climatology": ("climatology", "climatology"),
    "balance": ("balance", "balance"),
    "lear": ("lear", "lear"),
    "day_profile": ("lear", "day_profile"),
    "ets": ("ets", "ets"),
    "sarima": ("sarima", "sarima"),
    "sarima_calendar": ("sarima", "sarima_calendar"),
    "prophet": ("prophet_model", "prophet"),
    "prophet_calendar": ("prophet_model", "prophet_calendar"),
    "prophet_ar": ("prophet_model", "prophet_ar"),
}

FAST = frozenset(
    {"seasonal_naive", "naive", "dhr_ar", "theta", "mean_reversion", "climatology", "balance", "lear", "day_profile"}
)
"""Models that cost milliseconds: they can be run at dense origins."""

FAMILIES: dict[str, str] = {"prophet_ar": "prophet_calendar"}
"""Models that share the fit of another one, and are therefore run beside it."""


def module_of(name: str) -> str:
    """Return the module of a model.

    Raises:
        CatalogError: No such model.
    """
    if name not in _PLACES:
        raise CatalogError(f"Unknown forecast model {name!r}", hint=f"policies may name: {', '.join(sorted(_PLACES))}")
    return f"{__name__}.{_PLACES[name][0]}"


def slow_modules() -> list[str]:
    """Return the modules of the models that are fitted in a pool."""
    return sorted({module_of(name) for name in _PLACES if name not in FAST})


def forecaster(name: str) -> Forecaster:
    """Return the forecaster of a model, importing its module if need be.

    Raises:
        CatalogError: No such model.
    """
    return cast("Forecaster", getattr(import_module(module_of(name)), _PLACES[name][1]))
