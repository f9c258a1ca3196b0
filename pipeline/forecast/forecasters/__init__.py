"""Forecasters: one signature, ``fit_predict(y, horizon, context) -> Prediction``.

Modules are imported when a model of theirs is first asked for: Prophet alone takes over a second.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from pipeline.core.errors import CatalogError
from pipeline.forecast.contract import Forecaster

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


def forecaster(name: str) -> Forecaster:
    """Return the forecaster of a model, importing its module if need be.

    Raises:
        CatalogError: No such model.
    """
    return cast("Forecaster", getattr(import_module(module_of(name)), _PLACES[name][1]))
