"""The operator's own forecasts of the simulated demand: the truth with the errors of an honest forecaster.

The truth is the demand at its final version, so a file says the same whenever it is asked for. Errors: one of the
whole week, one of each day and one of each hour, about 1.2 % in all; holidays err more. (XM's file of the last week of
2022 was 1.1 % off on average.)
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property

import numpy as np

from pipeline.emulator.files import BusForecast
from pipeline.emulator.simulate.daytypes import HOLIDAY
from pipeline.emulator.simulate.month import HOURS, hour_shapes, per_day
from pipeline.emulator.simulate.rng import Floats, generator
from pipeline.emulator.simulate.roster import SUBAREAS
from pipeline.emulator.simulate.world import FIRST_DAY, Expected, expect

_WEEK, _DAY, _HOUR, _HOLIDAY = 0.008, 0.012, 0.006, 0.020
_AHEAD = dt.timedelta(days=14)
_BUSES = 3
_MONDAY = dt.date(1999, 12, 27)  # weeks are counted from here


class Official:
    """Forecasts published up to a day.

    Args:
        today: The day it is.
        seed: Seed of the world.
    """

    def __init__(self, today: dt.date, seed: int) -> None:
        self._today, self._seed = today, seed

    @cached_property
    def _expected(self) -> Expected:
        return expect(self._today + _AHEAD, self._seed)

    def week(self, monday: dt.date) -> Floats | None:
        """Return the mean power of each hour of a week [MW], shape (7, 24); None outside the world."""
        start = (monday - FIRST_DAY).days
        truth = self._expected
        if start < 0 or start + 7 > len(truth.demand):
            return None
        rows = slice(start, start + 7)
        types = truth.types[rows]
        rng = generator(self._seed, "official", (monday - _MONDAY).days // 7)
        slips = _DAY + (_HOLIDAY - _DAY) * (types == HOLIDAY)
        level = np.exp(_WEEK * rng.normal() + slips * rng.normal(size=7))
        shapes = hour_shapes(types, monday.year + (monday.month - 0.5) / 12.0)
        shapes = shapes * (1.0 + _HOUR * rng.normal(size=(7, HOURS)))
        return per_day(truth.demand[rows] * 1e3 * level, shapes)

    def buses(self, day: dt.date) -> list[BusForecast]:
        """Return the forecast of each bus for one day: that of its week, mended a little, split."""
        week = self.week(day - dt.timedelta(day.weekday()))
        if week is None:
            return []
        rng = generator(self._seed, "official-buses", (day - FIRST_DAY).days)
        total = week[day.weekday()] * np.exp(0.004 * rng.normal())
        shares = generator(self._seed, "official-shares").random((len(SUBAREAS), _BUSES)) + 0.3
        shares /= shares.sum()
        return [
            BusForecast(name, f"{name} {110 + 5 * bus} KV", 110 + 5 * bus, np.round(total * shares[unit, bus], 4))
            for unit, (name, _) in enumerate(SUBAREAS)
            for bus in range(_BUSES)
        ]
