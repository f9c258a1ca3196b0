"""Bands from past errors, within what can be: adaptive conformal inference with delayed feedback, lead by lead.

A band at origin *t* and lead *h* is a quantile of the absolute errors of forecasts whose target was known at
*t*. The quantile's level is not fixed: after each outcome it moves a little, up when the band missed, down
when it held (Gibbs and Candès 2021), so that coverage holds in the long run even when the series changes.
Native bands of the models cover 43 to 99 % at nominal 80 % on these series (forecasting.md §3.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pipeline.catalog.forecasts import BASELINE
from pipeline.forecast.forecasters import Array
from pipeline.forecast.history import to_levels
from pipeline.forecast.series_run import WATCH_DAYS, SeriesRun
from pipeline.forecast.vintages import Vintage

ALPHAS = (0.2, 0.05)
"""Miss rates of the two bands."""
NORMAL_QUANTILES = (1.2815515655446004, 1.959963984540054)
WINDOW_DAYS = 730
FEW_ORIGINS = 60
POOL_LEADS = 2
MIN_ERRORS = 12
MIN_ORIGINS = 6
ALPHA_RANGE = (0.002, 0.6)
BEYOND = 1.1
PRIOR_PAIRS = 60
TINY = 1e-12
SLACK, LIMIT = 0.75, 6.0
"""Of the cumulative sum of scaled errors: what is forgiven each time, and what is a break."""
FEW_ERRORS = 30
WIDEST = 3.0

Days = NDArray[np.int64]


def calibrate(run: SeriesRun) -> None:
    """Give every vintage without bands its bands, from the errors known at its origin."""
    policy = run.policy
    widths: dict[str, dict[int, Array]] = {}
    tables: dict[str, tuple[list[int], Array]] = {}
    for model in policy.models:
        found = run.vintages.get(model, {})
        origins = sorted({*found, run.last})
        tables[model] = origins, run.errors(found, origins)
    for model in dict.fromkeys((policy.engine, BASELINE)):
        origins, errors = tables[model]
        smooth = policy.grain == "daily"
        own = adaptive_widths(np.array(origins), errors, policy.aci_rate, run.ahead, smooth=smooth)
        widths[model] = dict(zip(origins, own, strict=True))
    for model in policy.models:
        for table in (run.vintages, run.live):
            for origin, vintage in table.get(model, {}).items():
                if vintage.bands is None:
                    known = widths.get(model)
                    half = known[origin] if known is not None else _borrowed(run, tables, widths, model, origin)
                    table[model][origin] = _banded(run, vintage, half, origin)


def watch(run: SeriesRun) -> None:
    """Note a break of the series in the last 28 days and say how much wider its bands must be.

    A two-sided cumulative sum of the engine's errors one to three days ahead, scaled by what was usual before each.
    """
    found = run.vintages.get(run.policy.engine, {})
    origins = sorted(found)
    if len(origins) < FEW_ERRORS:
        return
    first = run.ahead <= 3
    errors = run.errors(found, origins)[:, first]
    daily = np.array([np.nanmean(row) if np.isfinite(row).any() else np.nan for row in errors])
    known = np.isfinite(daily)
    days, daily = np.array(origins)[known], daily[known]
    up = down = 0.0
    broken = None
    for at in range(FEW_ERRORS, len(daily)):
        usual = float(np.median(np.abs(daily[max(0, at - 120) : at]))) * 1.4826 + 1e-12
        scaled = float(np.clip(daily[at] / usual, -4, 4))
        up, down = max(0.0, up + scaled - SLACK), max(0.0, down - scaled - SLACK)
        if max(up, down) > LIMIT:
            broken, up, down = int(days[at]), 0.0, 0.0
    if broken is None or broken <= run.last - WATCH_DAYS:
        return
    recent = float(np.mean(np.abs(daily[days > run.last - WATCH_DAYS])))
    usual = float(np.mean(np.abs(daily[days > run.last - 730]))) + 1e-12
    run.strained = float(np.clip(recent / usual, 1.0, WIDEST))
    text = f"errors changed around {date.fromordinal(broken)}; bands are {run.strained:.2f} times wider"
    run.note(run.policy.engine, "break", text)


def _borrowed(
    run: SeriesRun,
    tables: Mapping[str, tuple[list[int], Array]],
    widths: Mapping[str, Mapping[int, Array]],
    model: str,
    origin: int,
) -> Array:
    """Half-widths of the engine, scaled to a model with few origins."""
    engine = run.policy.engine
    if origin not in widths[engine]:
        return np.full((len(run.leads), 2), np.nan)
    origins, errors = tables[model]
    place = {day: row for row, day in enumerate(tables[engine][0])}
    blank = np.full(len(run.leads), np.nan)
    beside = np.array([tables[engine][1][place[day]] if day in place else blank for day in origins])
    return widths[engine][origin] * relative_size(np.array(origins), errors, beside, run.ahead, origin)


def _banded(run: SeriesRun, vintage: Vintage, half: Array, origin: int) -> Vintage:
    """A vintage with bands, at every lead; the native error stands in where no past error can say."""
    leads = run.leads
    every = np.arange(1, run.policy.horizon + 1)
    native = native_widths(vintage.sigma)
    if np.isfinite(half).all():
        logs = np.log(np.maximum(half, TINY))
        wide = np.column_stack([np.exp(np.interp(np.log(every), np.log(leads), logs[:, k])) for k in (0, 1)])
    else:
        wide = native
        wide[leads - 1] = np.where(np.isfinite(half), half, native[leads - 1])
    if origin == run.last:
        wide = wide * run.strained
    wide[:, 1] = np.maximum(wide[:, 0], wide[:, 1])
    centre = run.inner(vintage.mean)[:, None]
    low, high = (to_levels(edge, run.policy.transform) for edge in (centre - wide, centre + wide))
    bands = np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]])
    return replace(vintage, bands=run.around(vintage.mean, bands, origin))


def moved(run: SeriesRun, vintage: Vintage, mean: Array, origin: int) -> Vintage:
    """A vintage about another mean, its bands as wide as before in the model's space, all within what can be."""
    mean = np.clip(mean, *run.within(origin))
    if vintage.bands is None:
        return replace(vintage, mean=mean)
    shift = (run.inner(mean) - run.inner(vintage.mean))[:, None]
    bands = to_levels(run.inner(vintage.bands) + shift, run.policy.transform)
    return replace(vintage, mean=mean, bands=run.around(mean, bands, origin))


def adaptive_widths(origins: Days, errors: Array, rate: float, ahead: Days, *, smooth: bool = True) -> Array:
    """Half-widths of the 80 and 95 % bands at each origin, from what was known there.

    Args:
        origins: Days of the origins (proleptic ordinals), increasing, shape (n,).
        errors: Forecast minus actual in the model's space, NaN where the target is not known, shape (n, k).
        rate: Learning rate of the miss rate.
        ahead: Days between the origin and the day of each lead, increasing, shape (k,).
        smooth: Whether widths grow smoothly with the lead; not for hours, which differ among themselves.

    Returns:
        Half-widths, shape (n, k, 2); NaN where fewer than 12 errors of 6 origins were known.
    """
    count, leads = errors.shape
    size = np.abs(errors)
    widths = np.full((count, leads, len(ALPHAS)), np.nan)
    level = np.tile(np.array(ALPHAS), (leads, 1))
    judged = np.zeros(leads, dtype=np.int64)
    smoother = _smoother(ahead)
    for at in range(count):
        first = int(np.searchsorted(origins, origins[at] - WINDOW_DAYS))
        # Known at origin t: the day of the target is t or earlier.
        ends = np.searchsorted(origins, origins[at] - ahead, side="right")
        while (todo := judged < ends).any():
            column = np.flatnonzero(todo)
            _learn(level, column, size[judged[column], column], widths[judged[column], column], rate)
            judged[column] += 1
        widths[at] = _quantiles(_pools(size, first, ends), level)
        widths[at, ends - first < MIN_ORIGINS] = np.nan
        if smooth and np.isfinite(widths[at]).all():
            widths[at] = np.exp(smoother @ np.log(np.maximum(widths[at], TINY)))
    return widths


def _pools(size: Array, first: int, ends: Days) -> Array:
    """Sizes known for each lead, NaN where not, shape (m, k); few ones borrow from their neighbours."""
    last = int(ends.max(initial=first))
    rows = np.arange(first, max(last, first))[:, None]
    own = np.where(rows < ends[None, :], size[first : max(last, first)], np.nan)
    few = ends - first < FEW_ORIGINS
    if not few.any():
        return own
    borrowed = []
    for shift in range(-POOL_LEADS, POOL_LEADS + 1):
        moved = np.full_like(own, np.nan)
        here = slice(max(0, -shift), own.shape[1] - max(0, shift))
        there = slice(max(0, shift), own.shape[1] - max(0, -shift))
        moved[:, here] = own[:, there]
        if shift:
            moved[:, ~few] = np.nan
        borrowed.append(moved)
    return np.concatenate(borrowed)


def _quantiles(pools: Array, level: Array) -> Array:
    """Conformal quantiles at each lead's miss rates, shape (k, 2); a little beyond the largest where there are few."""
    leads = pools.shape[1]
    known = np.isfinite(pools).sum(axis=0)
    found = np.full((leads, level.shape[1]), np.nan)
    if not len(pools):
        return found
    ordered = np.sort(pools, axis=0)
    enough = known >= MIN_ERRORS
    for band in range(level.shape[1]):
        rank = np.ceil((known + 1) * (1 - level[:, band])).astype(np.int64)
        beyond = rank > known
        place = np.clip(np.minimum(rank, known) - 1, 0, len(pools) - 1)
        values = ordered[place, np.arange(leads)] * np.where(beyond, BEYOND, 1.0)
        found[enough, band] = values[enough]
    return found


def _smoother(ahead: Days) -> Array:
    """Projection of log widths on smooth growth with the lead, ``a + b log(h) + c log(h)^2``, shape (k, k).

    Quantiles lead by lead are ragged; how fast a band opens is not. Coverage is judged on the smooth bands.
    """
    lead = np.log(ahead)
    basis = np.column_stack([np.ones(len(ahead)), lead, lead**2])
    projection: Array = basis @ np.linalg.pinv(basis)
    return projection


def _learn(level: Array, column: Days, size: Array, width: Array, rate: float) -> None:
    """Move the miss rates of some leads after an outcome each, in place."""
    sure = np.isfinite(size) & np.isfinite(width).all(axis=1)
    missed = (size[sure, None] > width[sure]).astype("float64")
    level[column[sure]] = np.clip(level[column[sure]] + rate * (np.array(ALPHAS) - missed), *ALPHA_RANGE)


def relative_size(origins: Days, errors: Array, engine_errors: Array, ahead: Days, at: int) -> float:
    """How large the errors of a model are beside those of the fast engine, known at a day.

    A slow model has too few origins to calibrate a band by itself. It borrows the band of the engine, scaled
    by this ratio, which is drawn towards 1 while the common errors are few.

    Args:
        origins: Days of the origins (ordinals), shape (n,).
        errors: Errors of the model, NaN where unknown, shape (n, k).
        engine_errors: Errors of the engine at the same origins, shape (n, k).
        ahead: Days between the origin and the day of each lead, shape (k,).
        at: Day on which the ratio must be known (ordinal).
    """
    targets = origins[:, None] + ahead[None, :]
    common = (targets <= at) & np.isfinite(errors) & np.isfinite(engine_errors)
    if not common.any():
        return 1.0
    own, other = np.abs(errors[common]), np.abs(engine_errors[common])
    prior = PRIOR_PAIRS * float(other.mean())
    return float((own.sum() + prior) / max(other.sum() + prior, 1e-12))


def native_widths(sigma: Array) -> Array:
    """Gaussian half-widths from native standard errors, shape (h, 2)."""
    widths: Array = np.outer(sigma, NORMAL_QUANTILES)
    return widths
