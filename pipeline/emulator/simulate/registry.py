"""Which function gives the values of which series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps

import numpy as np

from pipeline.emulator.simulate.month import Month
from pipeline.emulator.simulate.rng import Floats

Key = tuple[str, ...]
Rows = tuple[Sequence[Key], Floats]
Maker = Callable[[Month], Rows]
SERIES: dict[tuple[str, str], Maker] = {}
# Series in which XM sends a row of blanks for an element that did nothing all day.
BLANK_ROWS = {("Gene", "Recurso")}


def series(metric: str, entity: str) -> Callable[[Maker], Maker]:
    """Register the maker of a series.

    A maker returns the keys of its rows and their values in XM's unit: shape (days, keys, 24) for hourly
    series, (days, keys) for daily ones, (1, keys) for monthly ones; NaN where nothing is published.
    """

    def register(maker: Maker) -> Maker:
        SERIES[metric, entity] = maker
        return maker

    return register


def kept(maker: Callable[[Month], Floats]) -> Callable[[Month], Floats]:
    """Remember what a function gives for a month as long as the month lives."""

    @wraps(maker)
    def remember(month: Month) -> Floats:
        found = month.kept.get(maker.__qualname__)
        if found is None:
            found = month.kept[maker.__qualname__] = maker(month)
        return found

    return remember


def system(values: Floats) -> Rows:
    """Return the rows of a national hourly series (days, 24)."""
    return (("Sistema",),), values[:, None, :]


def national(values: Floats) -> Rows:
    """Return the rows of a national daily or monthly series (days,): flat, without key."""
    return ((),), values[:, None]


def coded(codes: Sequence[str], values: Floats) -> Rows:
    """Return rows with one key field."""
    return [(code,) for code in codes], values


def present(values: Floats) -> Floats:
    """Return values with a blank instead of every zero: XM leaves out what does not happen."""
    return np.where(values == 0.0, np.nan, values)
