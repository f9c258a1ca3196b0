"""The simulated source: the world of `simulate`, published as XM publishes: late, half-built at first, revised."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import numpy as np

from pipeline.emulator import noaa_wire
from pipeline.emulator.files import BusForecast
from pipeline.emulator.simem_wire import Record
from pipeline.emulator.simem_world import SimemWorld
from pipeline.emulator.simulate import (
    lists,
    series_demand,
    series_firm,
    series_generation,
    series_market,
    series_prices,
    series_water,
    world,
)
from pipeline.emulator.simulate.month import Month
from pipeline.emulator.simulate.official import Official
from pipeline.emulator.simulate.registry import BLANK_ROWS, SERIES
from pipeline.emulator.source import Floats, ValueBlock
from pipeline.emulator.xm_contract import Contract

# Importing a module registers its series.
FAMILIES = (series_demand, series_firm, series_generation, series_market, series_prices, series_water)
# What the two newest days of a level-checked series hold: 24 valid hours with some of the energy.
_PARTIAL = (0.21, 0.25)
_PARTIAL_SIN = (0.0007, 0.0004)
_MONTHS_KEPT = 16


class Simulated:
    """A physical world seen through XM's publication calendar.

    Args:
        today: The day it is.
        seed: Seed of the world.
    """

    def __init__(self, today: dt.date, seed: int = 7) -> None:
        self._today = today
        self._seed = seed
        self._world = world.build(today, seed)
        self._month = lru_cache(maxsize=_MONTHS_KEPT)(self._make)
        self._simem = SimemWorld(self._month, today)
        self._official = Official(today, seed)

    def _make(self, first: dt.date) -> Month:
        return Month(self._world, first, self._today)

    def block(self, contract: Contract, first: dt.date, last: dt.date) -> ValueBlock | None:
        """Return what is published of a series between two days."""
        maker = SERIES.get((contract.metric, contract.entity))
        newest = self._today - dt.timedelta(days=contract.lag_days)
        last = min(last, newest, contract.ends or last)
        begin = max(first, world.FIRST_DAY, contract.starts or first)
        if maker is None or begin > last:
            return None
        parts: list[ValueBlock] = []
        month = begin.replace(day=1)
        while month <= last:
            found = self._month(month)
            keys, values = maker(found)
            dates = (month,) if contract.grain == "monthly" else found.dates
            blanks = (contract.metric, contract.entity) in BLANK_ROWS
            parts.append(ValueBlock(dates, tuple(keys), values, blanks).clip(begin, last))
            month = (month + dt.timedelta(days=32)).replace(day=1)
        block = _join([part for part in parts if part.dates])
        if block is None or not contract.level_check:
            return block
        return _half_built(block, newest, _PARTIAL_SIN if contract.metric == "DemaSIN" else _PARTIAL)

    def listing(self, metric: str, entity: str) -> list[dict[str, str]]:
        """Return the rows of a list as of today."""
        return lists.listing(metric, entity, self._today, self._seed)

    def pacific(self) -> list[noaa_wire.Month]:
        """Return the Oceanic Niño Index of the simulated Pacific: means of three months around each one."""
        days = self._world.days.astype("datetime64[M]")
        starts = np.flatnonzero(np.r_[True, days[1:] != days[:-1]])
        means = np.add.reduceat(self._world.sky.pacific, starts) / np.diff(np.r_[starts, len(days)])
        last = noaa_wire.newest(self._today)
        found: list[noaa_wire.Month] = []
        for at in range(1, len(means) - 1):
            month: dt.date = days[starts[at]].astype("datetime64[D]").item()
            anomaly = float(means[at - 1 : at + 2].mean())
            if month <= last:
                found.append((month, 27.0 + anomaly, anomaly))
        return found

    def records(self, dataset: str, first: dt.date, last: dt.date) -> list[Record]:
        """Return the records of a SIMEM dataset, as known today."""
        return self._simem.records(dataset, first, last)

    def official_week(self, monday: dt.date) -> Floats | None:
        """Return XM's forecast of a week (7, 24) [MW]."""
        return self._official.week(monday)

    def official_buses(self, day: dt.date) -> list[BusForecast]:
        """Return the forecast of each bus for a day."""
        return self._official.buses(day)


def _join(parts: list[ValueBlock]) -> ValueBlock | None:
    """Put blocks of consecutive months together; a key missing in one is blank there."""
    if len(parts) < 2:
        return parts[0] if parts else None
    keys = tuple(dict.fromkeys(key for part in parts for key in part.keys))
    dates = tuple(day for part in parts for day in part.dates)
    values: Floats = np.full((len(dates), len(keys), *parts[0].values.shape[2:]), np.nan)
    row = 0
    for part in parts:
        columns = [keys.index(key) for key in part.keys]
        values[row : row + len(part.dates), columns] = part.values
        row += len(part.dates)
    return ValueBlock(dates, keys, values, parts[0].blank_rows)


def _half_built(block: ValueBlock, newest: dt.date, shares: tuple[float, float]) -> ValueBlock:
    """Return the block with its two newest published days present, complete and far too low."""
    values = block.values
    for age, share in enumerate(shares):
        day = newest - dt.timedelta(days=age)
        if day in block.dates:
            if values is block.values:
                values = values.copy()
            row = block.dates.index(day)
            values[row] = np.round(values[row] * share, 2)
    return ValueBlock(block.dates, block.keys, values, block.blank_rows)
