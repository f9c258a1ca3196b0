"""Blends: means of several models, made at every origin at which all of them are there.

Members weigh the same, or by what they were worth of late, day 1 on its own: a model that knows tomorrow best need not
be the one that knows next month. The weights at an origin come from errors whose target was known there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.forecast.forecasters import Array
from pipeline.forecast.history import to_levels
from pipeline.forecast.series_run import SeriesRun
from pipeline.forecast.vintages import Vintage, Vintages

REACHES = (1, 7, 30)
"""Days ahead up to which leads are judged together; the rest are the last group."""
WINDOW_DAYS = 730
PRIOR_ORIGINS = 5.0
"""Origins at which the members are taken to have erred alike: while there are few, weights stay nearly equal."""
SHARPNESS = 2.0
TINY = 1e-12

Days = NDArray[np.int64]


def blend(run: SeriesRun) -> None:
    """Add the blends of the policy to the backtest and to tonight's forecasts."""
    for name, members in run.policy.blends.items():
        past = _common(run.vintages, members)
        judged = past if name in run.policy.weighted else []
        errors = np.empty((len(members), 0, len(run.leads)))
        if judged:
            errors = np.array([run.errors(run.vintages[member], judged) for member in members])
        days = np.array(judged, dtype=np.int64)
        for table in (run.vintages, run.live):
            for origin in _common(table, members):
                if origin not in table.get(name, {}):
                    _add(run, table, name, members, origin, recent_weights(days, errors, run.ahead, origin))


def _common(table: Vintages, members: tuple[str, ...]) -> list[int]:
    return sorted(set.intersection(*(set(table.get(member, {})) for member in members)))


def _add(run: SeriesRun, table: Vintages, name: str, members: tuple[str, ...], origin: int, weights: Array) -> None:
    """Add a blend at one origin, geometric under logarithms, of the models' own errors too."""
    parts = [table[member][origin] for member in members]
    if any(not np.isfinite(part.mean).all() for part in parts):
        return  # a member read back holds the kept leads only: its blend was made then
    every = np.log(np.arange(1, run.policy.horizon + 1))
    share = np.array([np.interp(every, np.log(run.leads), own) for own in weights])
    inner = (share * np.array([run.inner(part.mean) for part in parts])).sum(axis=0)
    sigma = (share * np.array([part.sigma for part in parts])).sum(axis=0)
    mean = run.clip(to_levels(inner, run.policy.transform), origin)
    table.setdefault(name, {})[origin] = Vintage(mean, sigma)


def recent_weights(origins: Days, errors: Array, ahead: Days, at: int) -> Array:
    """Weights of the members of a blend at each lead, from their errors known at a day.

    Proportional to the mean squared error to the power of -2, drawn towards equal while there are few origins; one set
    for day 1, for the rest of the week, of the month and beyond, and between the middles of these, straight lines over
    the logarithm of the lead.

    Args:
        origins: Days of the past origins (ordinals), increasing, shape (n,).
        errors: Errors of each member at them, NaN where unknown, shape (m, n, k).
        ahead: Days between an origin and the day of each lead, shape (k,).
        at: Day on which the errors must be known (ordinal).

    Returns:
        Shape (m, k), the sum over the members is 1.
    """
    lately = slice(*np.searchsorted(origins, (at - WINDOW_DAYS, at)))
    origins, errors = origins[lately], errors[:, lately]
    known = np.isfinite(errors).all(axis=0) & (origins[:, None] + ahead <= at)
    groups = np.searchsorted(REACHES, ahead)
    middles, found = [], []
    for group in np.unique(groups):
        cut = groups == group
        middles.append(float(np.log(ahead[cut]).mean()))
        found.append(_weights(errors[:, :, cut], known[:, cut]))
    table = np.array(found)
    return np.array([np.interp(np.log(ahead), middles, own) for own in table.T])


def _weights(errors: Array, known: NDArray[np.bool_]) -> Array:
    """Weights of the members from the errors of one group of leads, shape (m,)."""
    members, count = len(errors), int(known.any(axis=1).sum())
    if not count:
        return np.full(members, 1 / members)
    square = np.array([float(np.mean(own[known] ** 2)) for own in errors])
    drawn = (count * square + PRIOR_ORIGINS * square.mean()) / (count + PRIOR_ORIGINS) + TINY
    worth: Array = (drawn / drawn.mean()) ** -SHARPNESS
    shares: Array = worth / worth.sum()
    return shares
