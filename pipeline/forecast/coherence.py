"""Forecasts that add up: sources to the total, hours to the day.

Sources share the gap between their sum and the total in proportion to the variance of their errors: the one that is
known worst gives most. Ordinary least squares would give all the same, and spread the error of the large hydro over
the small wind (its error grew fivefold: forecasting.md §3.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from pipeline.catalog.forecasts import BASELINE, COHERENT
from pipeline.forecast.backtest import actuals, naive_scale
from pipeline.forecast.contract import Array
from pipeline.forecast.desk import DECIMALS, Desk, gathered
from pipeline.forecast.prepare import to_levels, to_space
from pipeline.forecast.vintages import Vintage, Vintages

VARIANCE_DAYS = 365


def reconcile(total: Array, parts: Array, variance: Array) -> tuple[Array, Array]:
    """Total and parts that add up, none negative.

    Args:
        total: Forecast of the total, shape (h,).
        parts: Forecasts of the parts, shape (k, h).
        variance: Error variance of the total and of each part, shape (k + 1,); 0 = leave as it is. All zero: the
            parts stay, and the total is their sum.

    Returns:
        Total, shape (h,), and parts, shape (k, h), rounded, the total exactly the sum of the parts.
    """
    gap = total - parts.sum(axis=0)
    whole = float(variance.sum())
    share = variance[1:] / whole if whole > 0 else np.zeros(len(parts))
    adjusted = np.round(np.maximum(parts + share[:, None] * gap, np.minimum(parts, 0.0)), DECIMALS)
    return np.round(adjusted.sum(axis=0), DECIMALS), adjusted


def hours_to_day(hours: Array, days: Array, mean: bool) -> Array:
    """Hours scaled so that each day's sum (or mean) is the day's forecast, rounded, exact to 1e-6.

    Args:
        hours: Forecast by hour, shape (24 d,).
        days: Forecast by day, shape (d,).
        mean: Whether the day is the mean of its hours.
    """
    table = hours.reshape(len(days), -1)
    wanted = days * (table.shape[1] if mean else 1)
    table = np.round(table * (wanted / table.sum(axis=1))[:, None], DECIMALS)
    # What rounding left goes to the largest hour, where it weighs least.
    largest = table.argmax(axis=1)
    rows = np.arange(len(days))
    table[rows, largest] = np.round(table[rows, largest] + wanted - table.sum(axis=1), 2 * DECIMALS)
    made: Array = table.reshape(-1)
    return made


def add_up_group(total: Desk, parts: Sequence[Desk]) -> None:
    """Add the coherent forecasts of a group at every origin where all of its chosen models are there.

    A series whose naive is chosen keeps it as it is: its error must equal the naive's.
    """
    desks = [total, *parts]
    origins = set.intersection(*(set(desk.vintages.get(desk.base, {})) for desk in desks))
    for origin in sorted(origins - total.vintages.get(COHERENT, {}).keys()):
        _add_up(desks, origin, [desk.vintages for desk in desks])
    if all(desk.last == total.last and desk.base in desk.live for desk in desks):
        _add_up(desks, total.last, [desk.live for desk in desks])
    else:
        days = ", ".join(f"{desk.policy.series} {date.fromordinal(desk.last)}" for desk in desks)
        total.note(COHERENT, "incoherent", f"sources do not add up today: their newest days differ ({days})")


def _add_up(desks: Sequence[Desk], origin: int, tables: Sequence[Vintages]) -> None:
    base = [table[desk.base][origin] for desk, table in zip(desks, tables, strict=True)]
    if any(not np.isfinite(vintage.mean).all() for vintage in base):
        return
    variance = np.array([0.0 if desk.base == BASELINE else _variance(desk, origin) for desk in desks])
    whole, parts = reconcile(base[0].mean, np.array([vintage.mean for vintage in base[1:]]), variance)
    for desk, table, old, mean in zip(desks, tables, base, [whole, *parts], strict=True):
        table.setdefault(COHERENT, {})[origin] = moved(desk, old, mean, origin)


def _variance(desk: Desk, origin: int) -> float:
    """Mean squared error of the engine over the year before an origin [stored unit squared]; known then."""
    found = desk.vintages.get(desk.policy.engine, {})
    near = sorted(o for o in found if origin - VARIANCE_DAYS <= o < origin)
    if near:
        judged = gathered(desk, {o: found[o] for o in near}, near)
        known = np.isfinite(judged.actual) & (judged.origins[:, None] + judged.leads[None, :] <= origin)
        if known.any():
            return float(np.mean((judged.mean - judged.actual)[known] ** 2))
    return float(naive_scale(desk.y, [origin])[0] ** 2)


def moved(desk: Desk, vintage: Vintage, mean: Array, origin: int) -> Vintage:
    """A vintage about another mean, its bands as wide as before in the model's space."""
    if vintage.bands is None:
        return replace(vintage, mean=mean)
    transform = desk.policy.transform
    floor = 10.0**-DECIMALS if transform == "log" else -np.inf
    space = [to_space(np.maximum(v, floor), transform) for v in (mean, vintage.mean)]
    shift = (space[0] - space[1])[:, None]
    bands = to_levels(to_space(np.maximum(vintage.bands, floor), transform) + shift, transform)
    return replace(vintage, mean=mean, bands=desk.clip(bands, origin))


def add_up_hours(desk: Desk, day: Desk) -> None:
    """Add the coherent hours at every origin where the day has a published forecast."""
    known = desk.vintages.get(COHERENT, {}).keys()
    for origin in sorted((desk.vintages.get(desk.base, {}).keys() & day.vintages.get(day.shown, {}).keys()) - known):
        _scale(desk, desk.vintages, origin, day.vintages[day.shown][origin].mean[: desk.days_ahead])
    if desk.base in desk.live and day.last in day.live.get(day.shown, {}):
        _scale(desk, desk.live, desk.last, _days_after(day, desk.last, desk.days_ahead))


def _days_after(day: Desk, origin: int, count: int) -> Array:
    """The days after an origin of today: what is known of them, and today's forecast for the others, shape (count,)."""
    forecast = day.live[day.shown][day.last].mean
    known = actuals(day.y, [origin], count)[0] if day.first <= origin else np.full(count, np.nan)
    places = origin + np.arange(1, count + 1) - day.last - 1
    ahead = np.where((places >= 0) & (places < len(forecast)), forecast[np.clip(places, 0, len(forecast) - 1)], np.nan)
    found: Array = np.where(np.isfinite(known), known, ahead)
    return found


def _scale(desk: Desk, table: Vintages, origin: int, days: Array) -> None:
    old = table[desk.base][origin]
    if np.isfinite(old.mean).all() and np.isfinite(days).all() and (old.mean > 0).all():
        mean = hours_to_day(old.mean, days, desk.policy.day_is == "mean")
        table.setdefault(COHERENT, {})[origin] = moved(desk, old, mean, origin)
