"""Forecasts that add up: sources to the total, hours to the day.

Sources share the gap between their sum and the total in proportion to the variance of their errors: the one that is
known worst gives most. Ordinary least squares would give all the same, and spread the error of the large hydro over
the small wind (its error grew fivefold: forecasting.md §3.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from pipeline.catalog.forecasts import BASELINE, COHERENT
from pipeline.forecast.bands import moved
from pipeline.forecast.forecasters import Array
from pipeline.forecast.history import DECIMALS
from pipeline.forecast.origins import actuals, naive_scale
from pipeline.forecast.scores import gathered, scored, skill
from pipeline.forecast.series_run import SeriesRun
from pipeline.forecast.vintages import Vintages

VARIANCE_DAYS = 365
ROOM = 0.01
"""Beyond what rounding leaves of 24 hours [stored unit]."""


def settle_group(runs: Sequence[SeriesRun]) -> None:
    """Make a group add up, and show its coherent forecasts where they are no worse than the naive.

    A series whose coherent forecast would be worse than its naive goes back to the naive, and the group is added up
    again; in the end at the worst all are naive, and naive forecasts add up.
    """
    totals = [run for run in runs if run.policy.role == "total"]
    parts = [run for run in runs if run.policy.role == "part"]
    if len(totals) != 1 or not parts:
        return
    total = totals[0]
    for _ in range(len(runs) + 1):
        _add_up_group(total, parts)
        worse = [run for run in runs if run.base != BASELINE and skill(scored(run), COHERENT) < 0]
        if not worse and total.base == BASELINE and skill(scored(total), COHERENT) < 0:
            worse = [run for run in parts if run.base != BASELINE]
        if not worse:
            break
        for run in worse:
            run.note(run.base, "fallback", "made coherent it is worse than the seasonal naive, which is taken")
            run.base = run.shown = BASELINE
        for run in runs:
            fresh = run.vintages.get(COHERENT, {}).keys() - run.before.get(COHERENT, frozenset())
            for origin in fresh:
                del run.vintages[COHERENT][origin]
            run.live.pop(COHERENT, None)
    if all(COHERENT in run.live for run in runs):
        for run in runs:
            # A part whose naive is taken keeps it as it is, and is labelled so.
            run.shown = BASELINE if run.base == BASELINE and run is not total else COHERENT


def settle_hours(run: SeriesRun, day: SeriesRun) -> None:
    """Make hours add up to the day's forecast, and show them where they are no worse than the naive."""
    _add_up_hours(run, day)
    if COHERENT not in run.live:
        run.note(COHERENT, "incoherent", f"no forecast of {day.policy.series} for the same days; hours stand alone")
    elif not skill(scored(run), COHERENT) >= 0:
        run.note(COHERENT, "fallback", "hours made to add up are not proven better than the naive; they stand alone")
    else:
        run.shown = COHERENT


def reconcile(total: Array, parts: Array, variance: Array, limits: Array) -> tuple[Array, Array]:
    """Total and parts that add up, none negative, each part within what it can be.

    Args:
        total: Forecast of the total, shape (h,).
        parts: Forecasts of the parts, shape (k, h).
        variance: Error variance of the total and of each part, shape (k + 1,); 0 = leave as it is. All zero: the
            parts stay, and the total is their sum.
        limits: Smallest and largest value of each part, shape (k, 2).

    Returns:
        Total, shape (h,), and parts, shape (k, h), rounded, the total exactly the sum of the parts.
    """
    gap = total - parts.sum(axis=0)
    whole = float(variance.sum())
    share = variance[1:] / whole if whole > 0 else np.zeros(len(parts))
    moved = np.maximum(parts + share[:, None] * gap, np.minimum(parts, 0.0))
    adjusted = np.clip(np.round(moved, DECIMALS), limits[:, :1], limits[:, 1:])
    return np.round(adjusted.sum(axis=0), DECIMALS), adjusted


def hours_to_day(hours: Array, days: Array, mean: bool, most: float = np.inf) -> Array:
    """Hours scaled so that each day's sum (or mean) is the day's forecast, rounded, exact to 1e-6.

    What an hour would have beyond what can be goes to the others, in proportion to the room they have.

    Args:
        hours: Forecast by hour, shape (24 d,).
        days: Forecast by day, shape (d,).
        mean: Whether the day is the mean of its hours.
        most: Largest value of an hour.
    """
    table = hours.reshape(len(days), -1)
    wanted = days * (table.shape[1] if mean else 1)
    table = table * (wanted / table.sum(axis=1))[:, None]
    if (table > most).any():
        table = np.minimum(table, most)
        room = most - table
        table += room * np.minimum(1.0, (wanted - table.sum(axis=1)) / np.maximum(room.sum(axis=1), 1e-9))[:, None]
    table = np.round(table, DECIMALS)
    # What rounding left goes to the largest hour, where it weighs least, or to one that has room for it.
    largest = np.where(table < most - ROOM, table, -np.inf).argmax(axis=1)
    rows = np.arange(len(days))
    table[rows, largest] = np.round(table[rows, largest] + wanted - table.sum(axis=1), 2 * DECIMALS)
    made: Array = table.reshape(-1)
    return made


def _add_up_group(total: SeriesRun, parts: Sequence[SeriesRun]) -> None:
    """Add the coherent forecasts of a group at every origin where all of its chosen models are there.

    A series whose naive is chosen keeps it as it is: its error must equal the naive's.
    """
    runs = [total, *parts]
    origins = set.intersection(*(set(run.vintages.get(run.base, {})) for run in runs))
    for origin in sorted(origins - total.vintages.get(COHERENT, {}).keys()):
        _add_up(runs, origin, [run.vintages for run in runs])
    if all(run.last == total.last and run.base in run.live for run in runs):
        _add_up(runs, total.last, [run.live for run in runs])
    else:
        days = ", ".join(f"{run.policy.series} {date.fromordinal(run.last)}" for run in runs)
        total.note(COHERENT, "incoherent", f"sources do not add up today: their newest days differ ({days})")


def _add_up(runs: Sequence[SeriesRun], origin: int, tables: Sequence[Vintages]) -> None:
    base = [table[run.base][origin] for run, table in zip(runs, tables, strict=True)]
    if any(not np.isfinite(vintage.mean).all() for vintage in base):
        return
    variance = np.array([0.0 if run.base == BASELINE else _variance(run, origin) for run in runs])
    limits = np.array([run.within(origin) for run in runs[1:]])
    whole, parts = reconcile(base[0].mean, np.array([vintage.mean for vintage in base[1:]]), variance, limits)
    for run, table, old, mean in zip(runs, tables, base, [whole, *parts], strict=True):
        table.setdefault(COHERENT, {})[origin] = moved(run, old, mean, origin)


def _variance(run: SeriesRun, origin: int) -> float:
    """Mean squared error of the engine over the year before an origin [stored unit squared]; known then."""
    found = run.vintages.get(run.policy.engine, {})
    near = sorted(o for o in found if origin - VARIANCE_DAYS <= o < origin)
    if near:
        judged = gathered(run, {o: found[o] for o in near}, near)
        known = np.isfinite(judged.actual) & (judged.origins[:, None] + judged.leads[None, :] <= origin)
        if known.any():
            return float(np.mean((judged.mean - judged.actual)[known] ** 2))
    return float(naive_scale(run.y, [origin])[0] ** 2)


def _add_up_hours(run: SeriesRun, day: SeriesRun) -> None:
    """Add the coherent hours at every origin where the day has a published forecast."""
    known = run.vintages.get(COHERENT, {}).keys()
    for origin in sorted((run.vintages.get(run.base, {}).keys() & day.vintages.get(day.shown, {}).keys()) - known):
        _scale(run, run.vintages, origin, day.vintages[day.shown][origin].mean[: run.days_ahead])
    if run.base in run.live and day.last in day.live.get(day.shown, {}):
        _scale(run, run.live, run.last, _days_after(day, run.last, run.days_ahead))


def _days_after(day: SeriesRun, origin: int, count: int) -> Array:
    """The days after an origin of today: what is known of them, and today's forecast for the others, shape (count,)."""
    forecast = day.live[day.shown][day.last].mean
    known = actuals(day.y, [origin], count)[0] if day.first <= origin else np.full(count, np.nan)
    places = origin + np.arange(1, count + 1) - day.last - 1
    ahead = np.where((places >= 0) & (places < len(forecast)), forecast[np.clip(places, 0, len(forecast) - 1)], np.nan)
    found: Array = np.where(np.isfinite(known), known, ahead)
    return found


def _scale(run: SeriesRun, table: Vintages, origin: int, days: Array) -> None:
    old = table[run.base][origin]
    if np.isfinite(old.mean).all() and np.isfinite(days).all() and (old.mean > 0).all():
        mean = hours_to_day(old.mean, days, run.policy.day_is == "mean", run.within(origin)[1])
        table.setdefault(COHERENT, {})[origin] = moved(run, old, mean, origin)
