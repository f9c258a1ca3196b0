"""Bands from past errors, within what can be: conformal bands that follow drift, lead by lead.

The half-width at origin *t* and lead *h* is ``size x restlessness x factor x debt``, all from forecasts whose target
was known at *t*: the mean absolute error at that lead, the recent ones weighing most; how much larger the errors of the
next days are of late than usual; a factor that has one rule only; and what the bands owe.

After each outcome the logarithm of the factor goes up where the band missed and down where it held, so that in the long
run, and in nearly every year, the bands hold as often as they say: over any time the coverage is off by the change of
the logarithm over rate times outcomes, whatever the series did (quantile tracking: Gibbs and Candès 2021, Angelopoulos
and others 2023). The rate falls with how many outcomes of a lead are under way together: a band that is too narrow
misses in all of them before the first is known, and a factor that answers each as if it were the first overshoots; a
season ahead bands swung to ten times what was needed.

The debt is what the bands of a month missed in the last half year beyond their share: as many points more are covered
until it is paid, so that a wild fortnight leaves its year less short. In nested origins of 2015 to 2025, 10 of 91 years
of ten series are more than 3 points from 80, 15 without it, for bands 1 % worse by their score.

A quantile of the errors of two years, which the factor would correct, is no better and fell to 70 to 73 % in the first
year of a new regime (nested origins of 2015 to 2025). Native bands of the models cover 43 to 99 % at nominal 80 %.
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
from pipeline.forecast.proper import ALPHAS
from pipeline.forecast.series_run import WATCH_DAYS, SeriesRun
from pipeline.forecast.vintages import Vintage

NORMAL_QUANTILES = (1.2815515655446004, 1.959963984540054)
GAUSS = np.array(NORMAL_QUANTILES) * np.sqrt(np.pi / 2)
"""Half-widths in mean absolute errors, where errors are Gaussian: where the factors start."""
RATE, TOGETHER = 0.2, 0.6
"""What an outcome moves the logarithm of the factor at most, and what all that are under way together do."""
MEMORY, RESTLESS, DEBT = 365.0, 3.0, 180.0
"""Half-lives of the errors that make the size, of those that make the restlessness, and of what is owed [days]."""
NEAR_DAYS, MONTH = 10, 30
"""Leads that tell of restlessness, and leads whose misses are owed [days]."""
OPENING = 2 * np.array(NORMAL_QUANTILES) * np.exp(-np.square(NORMAL_QUANTILES) / 2) / np.sqrt(2 * np.pi)
"""Share that a Gaussian band covers more for each hundredth that it is wider [hundredths]."""
MIN_ORIGINS = 6
PRIOR_ORIGINS, BORROW_DAYS = 3.0, 730
"""Of the ratio to the engine: origins at which it is taken to be 1, and how far back others count."""
TINY = 1e-12
SLACK, LIMIT = 0.75, 6.0
"""Of the cumulative sum of scaled errors: what is forgiven each time, and what is a break."""
FEW_ERRORS = 30

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
        # What is not smoothed over its leads has the chance of each for itself: it learns at half the pace.
        own = adaptive_widths(np.array(origins), errors, RATE if smooth else RATE / 2, run.ahead, smooth=smooth)
        widths[model] = dict(zip(origins, own, strict=True))
    for model in policy.models:
        for table in (run.vintages, run.live):
            for origin, vintage in table.get(model, {}).items():
                if vintage.bands is None:
                    known = widths.get(model)
                    half = known[origin] if known is not None else _borrowed(run, tables, widths, model, origin)
                    table[model][origin] = _banded(run, vintage, half, origin)


def watch(run: SeriesRun) -> None:
    """Note a break of the series in the last 28 days: a model that lags must then not be shown.

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
    if broken is not None and broken > run.last - WATCH_DAYS:
        run.broken = True
        run.note(run.policy.engine, "break", f"errors changed around {date.fromordinal(broken)}")


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
    return widths[engine][origin] * relative_size(np.array(origins), errors, beside, run.ahead, origin)[:, None]


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
        rate: What an outcome moves the logarithm of the factor at most.
        ahead: Days between an origin and the day of each lead, shape (k,).
        smooth: Whether widths grow smoothly with the lead.

    Returns:
        Half-widths, shape (n, k, 2); NaN where fewer than six outcomes of that lead were known.
    """
    count, leads = errors.shape
    size = np.abs(errors)
    widths = np.full((count, leads, len(ALPHAS)), np.nan)
    factor = np.zeros((leads, len(ALPHAS)))
    judged = np.zeros(leads, dtype=np.int64)
    usual, recent = _Fading(leads, MEMORY), _Fading(leads, RESTLESS)
    smoother = _smoother(ahead) if smooth else np.eye(leads)
    step = np.diff(origins, prepend=origins[:1])
    month, owed, counted = ahead <= MONTH, np.zeros(len(ALPHAS)), 0.0
    for at in range(count):
        owed, counted = (total * 0.5 ** (step[at] / DEBT) for total in (owed, counted))
        # Known at origin t: the day of the target is t or earlier.
        ends = np.searchsorted(origins, origins[at] - ahead, side="right")
        while (todo := judged < ends).any():
            column = np.flatnonzero(todo)
            row = judged[column]
            outcome = size[row, column]
            excess = _excess(outcome, widths[row, column])
            factor[column] += np.minimum(rate, TOGETHER / (at - row))[:, None] * np.nan_to_num(excess)
            owed += np.nansum(excess[month[column]], axis=0)
            counted += np.isfinite(excess[month[column], 0]).sum()
            for fading in (usual, recent):
                fading.add(column, outcome, step[row])
            judged[column] += 1
        widths[at] = _widths(usual, recent, factor + owed / max(counted, 1.0) / OPENING, ahead, smoother)
    return widths


class _Fading:
    """Means of the absolute errors at each lead, in which the past fades.

    Args:
        leads: How many leads.
        half_life: Days in which an error loses half its weight.
    """

    def __init__(self, leads: int, half_life: float) -> None:
        self.half_life = half_life
        self.total, self.weight = np.zeros(leads), np.zeros(leads)
        self.count = np.zeros(leads, dtype=np.int64)

    def add(self, column: Days, outcome: Array, days: Days) -> None:
        """Add an outcome to some leads, the given days after the one before it."""
        sure = np.isfinite(outcome)
        keep = 0.5 ** (days / self.half_life)
        self.total[column] = keep * self.total[column] + np.where(sure, outcome, 0.0)
        self.weight[column] = keep * self.weight[column] + sure
        self.count[column] += sure

    def mean(self) -> Array:
        """Means [model's space], shape (k,); tiny where nothing is known."""
        found: Array = np.maximum(self.total / np.maximum(self.weight, TINY), TINY)
        return found


def _widths(usual: _Fading, recent: _Fading, factor: Array, ahead: Days, smoother: Array) -> Array:
    """Half-widths at one origin, shape (k, 2); NaN at leads with too few outcomes."""
    known = usual.count >= MIN_ORIGINS
    size, near = usual.mean(), known & (ahead <= NEAR_DAYS)
    restless = 1.0
    if near.any():
        restless = float(np.exp(0.5 * np.mean(np.log(recent.mean()[near] / size[near]))))
    logs = np.log(size * restless)[:, None] + np.log(GAUSS) + factor
    if known.all():
        logs = smoother @ logs
    found: Array = np.where(known[:, None], np.exp(logs), np.nan)
    found[:, 1] = np.maximum(found[:, 0], found[:, 1])
    return found


def _smoother(ahead: Days) -> Array:
    """Projection of log widths on smooth growth with the lead, ``a + b log(h) + c log(h)^2``, shape (k, k).

    Errors lead by lead are ragged; how fast a band opens is not. Coverage is judged on the smooth bands.
    """
    lead = np.log(ahead)
    basis = np.column_stack([np.ones(len(ahead)), lead, lead**2])
    projection: Array = basis @ np.linalg.pinv(basis)
    return projection


def _excess(size: Array, width: Array) -> Array:
    """What each band missed of an outcome (0 or 1) beyond its share, shape (n, 2); NaN where it was not put to it."""
    sure = np.isfinite(size) & np.isfinite(width).all(axis=1)
    found: Array = np.where(sure[:, None], (size[:, None] > width) - np.array(ALPHAS), np.nan)
    return found


def relative_size(origins: Days, errors: Array, engine_errors: Array, ahead: Days, at: int) -> Array:
    """How large the errors of a model are beside those of the fast engine, by lead, known at a day.

    A slow model has too few origins to calibrate a band by itself. It borrows the band of the engine, scaled
    by this ratio, which is drawn towards 1 while the common errors are few.

    Args:
        origins: Days of the origins (ordinals), shape (n,).
        errors: Errors of the model, NaN where unknown, shape (n, k).
        engine_errors: Errors of the engine at the same origins, shape (n, k).
        ahead: Days between the origin and the day of each lead, shape (k,).
        at: Day on which the ratio must be known (ordinal).

    Returns:
        Ratios, smooth over the leads, shape (k,).
    """
    targets = origins[:, None] + ahead[None, :]
    lately = (targets <= at) & (origins >= at - BORROW_DAYS)[:, None]
    common = lately & np.isfinite(errors) & np.isfinite(engine_errors)
    if not common.any():
        return np.ones(len(ahead))
    own, other = (np.where(common, np.abs(table), 0.0).sum(axis=0) for table in (errors, engine_errors))
    prior = PRIOR_ORIGINS * float(other.sum()) / float(common.sum())
    ratio: Array = np.exp(_smoother(ahead) @ np.log((own + prior + TINY) / (other + prior + TINY)))
    return ratio


def native_widths(sigma: Array) -> Array:
    """Gaussian half-widths from native standard errors, shape (h, 2)."""
    widths: Array = np.outer(sigma, NORMAL_QUANTILES)
    return widths
