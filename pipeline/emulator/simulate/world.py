"""The daily backbone: demand, exchanges, water, dispatch and price of every day since 2000.

Water balance of each reservoir, exact to the kilowatt-hour:
``volume = volume of the day before + inflow − turbined − spilled``.
Rivers without reservoir are turbined the same day up to the capacity of their plants; the rest passes by.
Simplifications: capacities are constant in time, evaporation is nil, a cubic metre of a reservoir always yields
the same energy, and the hourly dispatch follows the daily releases within a few per cent plant by plant.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from pipeline.emulator.simulate import climate
from pipeline.emulator.simulate.daytypes import Days, day_types, days_between
from pipeline.emulator.simulate.rng import Floats, autoregressive, floats, generator, rounded, smooth
from pipeline.emulator.simulate.roster import PLANTS, RESERVOIRS, RIVERS

FIRST_DAY = dt.date(2000, 1, 1)
# Demand of the system per year [GWh]: level of the trend (XM's yearly totals, rounded; 2026 on: assumed).
_YEARLY = {
    2000: 41500, 2001: 42300, 2002: 43500, 2003: 44800, 2004: 46700, 2005: 48800, 2006: 50800, 2007: 52800,
    2008: 53900, 2009: 54700, 2010: 56100, 2011: 57200, 2012: 59400, 2013: 60900, 2014: 63600, 2015: 66000,
    2016: 66300, 2017: 66900, 2018: 69100, 2019: 71900, 2020: 70400, 2021: 74100, 2022: 76700, 2023: 80000,
    2024: 82100, 2025: 84000, 2026: 88600, 2027: 91300, 2028: 94600, 2029: 97400,
}  # fmt: skip
_COVID = (dt.date(2020, 3, 24), dt.date(2020, 9, 1), 0.86)
# Exports and imports through the links with Ecuador per year [GWh].
_TRADE = {
    2000: (30, 60), 2005: (1700, 30), 2010: (800, 10), 2014: (820, 45), 2016: (350, 380), 2018: (230, 110),
    2019: (6, 1765), 2020: (251, 1302), 2021: (364, 479), 2022: (465, 159), 2023: (1297, 530), 2024: (1267, 45),
    2025: (624, 193), 2026: (230, 10), 2027: (300, 60),
}  # fmt: skip
_GUIDE = np.array([71, 60, 53, 51, 57, 66, 74, 77, 77, 78, 80, 78], dtype=float) / 100.0
THERMAL_FLOOR = 16.0
_AVAILABLE = 0.93


@dataclass(frozen=True)
class World:
    """Every day from 2000-01-01 to `days[-1]`.

    Energies in GWh/d, shapes (days,) or (days, parts); `volume`, `turbined`, `spilled` in whole kWh.

    Attributes:
        types: Type of day (see daytypes).
        demand: Demand of the SIN, unserved included.
        exchange: Net export to Ecuador (negative: import).
        unserved: Unserved demand by cause (programmed, not programmed) [GWh/d], (days, 2).
        solar: Energy of each solar plant; wind and cogen likewise, columns as in PLANTS of that kind.
        thermal: Thermal energy.
        released: Energy turbined from each reservoir [kWh].
        river_run: Energy of each river without reservoir.
        price: Mean spot price [COP/kWh].
        dollar: Exchange rate [COP/USD].
    """

    seed: int
    days: Days
    types: np.ndarray[tuple[int], np.dtype[np.int64]]
    sky: climate.Climate
    demand: Floats
    exchange: Floats
    unserved: Floats
    solar: Floats
    wind: Floats
    cogen: Floats
    thermal: Floats
    released: Floats
    river_run: Floats
    volume: Floats
    spilled: Floats
    inflow: Floats
    price: Floats
    dollar: Floats

    def index(self, day: dt.date) -> int:
        """Return the row of a day."""
        return (day - FIRST_DAY).days


def _per_year(at: Floats, table: dict[int, float]) -> Floats:
    return np.interp(at, [year + 0.5 for year in table], list(table.values()))


def _demand(days: Days, at: Floats, factors: Floats, heat: Floats, seed: int) -> Floats:
    noise = autoregressive(generator(seed, "demand").normal(size=len(days)), 0.62, 0.014)
    level = _per_year(at, {year: total / 365.2425 for year, total in _YEARLY.items()})
    start, end, depth = _COVID
    position = (days - np.datetime64(start)) / (np.datetime64(end) - np.datetime64(start))
    inside = (position >= 0) & (position <= 1)
    virus = np.where(inside, depth + (1.02 - depth) * np.clip(position, 0, 1), 1.0)
    return level * factors / 0.973 * virus * np.exp(noise + 0.004 * heat)


def _exchange(at: Floats, wetness: Floats, seed: int) -> Floats:
    out = _per_year(at, {year: pair[0] / 365.0 for year, pair in _TRADE.items()})
    back = _per_year(at, {year: pair[1] / 365.0 for year, pair in _TRADE.items()})
    mood = autoregressive(generator(seed, "exchange").normal(size=len(at)), 0.95, 1.0)
    share = out / np.maximum(out + back, 1e-9)
    export = mood > np.quantile(np.linspace(-1.8, 1.8, 101), 1 - np.clip(share, 0.02, 0.98))
    size = np.exp(0.5 * autoregressive(generator(seed, "flow").normal(size=len(at)), 0.8, 1.0) - 0.12)
    flow = np.where(export, out / np.maximum(share, 0.15), -back / np.maximum(1 - share, 0.15)) * size
    return rounded(np.clip(flow * (1 + 0.2 * np.clip(wetness, -1, 1)), -10.5, 10.5), 4)


def _unserved(count: int, seed: int) -> Floats:
    rng = generator(seed, "unserved")
    draws = rng.random((count, 4))
    programmed = np.where(draws[:, 0] < 0.16, 0.12 - 0.25 * np.log1p(-draws[:, 1]), 0.0)
    events = np.where(draws[:, 2] < 0.55, 0.02 - 0.11 * np.log1p(-draws[:, 3]), 0.0)
    return np.round(np.stack([programmed, events], axis=1), 5)


def _ramp(days: Days, since: str, months: float) -> Floats:
    return np.clip((days - np.datetime64(since)).astype(float) / (30.4 * months), 0.0, 1.0)


def _variable(days: Days, sky: climate.Climate, seed: int) -> tuple[Floats, Floats, Floats]:
    rng = generator(seed, "variable")
    shake = rng.normal(size=(len(days), 16))
    parts: dict[str, list[Floats]] = {"SOLAR": [], "EOLICA": [], "COGENERADOR": []}
    for column, plant in enumerate(p for p in PLANTS if p.kind in parts):
        full = plant.megawatts * 0.024 * _ramp(days, plant.since, 8.0 if plant.megawatts > 1000 else 2.0)
        wiggle = shake[:, column]
        if plant.kind == "SOLAR":
            energy = full * 0.215 * sky.sun[:, 0 if plant.area == "CARIBE" else 1] * np.exp(0.06 * wiggle)
        elif plant.kind == "EOLICA":
            energy = full * 0.30 * sky.wind * np.exp(0.1 * wiggle)
        else:
            energy = full * np.clip(0.66 + 0.07 * wiggle, 0.2, 0.95)
        parts[plant.kind].append(np.clip(energy, 0.0, full * 0.97))
    solar, wind, cogen = (np.stack(part, axis=1) for part in parts.values())
    return solar, wind, cogen


@dataclass
class _Water:
    """State and limits of the reservoirs while the days go by [GWh]."""

    capacity: Floats
    turbines: Floats
    volume: Floats

    @classmethod
    def start(cls) -> _Water:
        capacity = np.array([reservoir.gigawatt_hours for reservoir in RESERVOIRS])
        megawatts = {plant.code: plant.megawatts for plant in PLANTS}
        fed: dict[str, float] = {}
        for reservoir in RESERVOIRS:
            for code, share in reservoir.plants:
                fed[code] = fed.get(code, 0.0) + share * reservoir.gigawatt_hours**0.5
        turbines = np.array(
            [
                min(
                    megawatts[code] * 0.024 * _AVAILABLE * (reservoir.gigawatt_hours**0.5 * share / fed[code]) / share
                    for code, share in reservoir.plants
                )
                for reservoir in RESERVOIRS
            ]
        )
        return cls(capacity, turbines, capacity * 0.7)

    def release(self, need: float, inflow: Floats) -> Floats:
        """Return what each reservoir turbines to cover a need [GWh]; less when water or turbines are short."""
        most = np.minimum(self.turbines, self.volume + inflow)
        least = np.minimum(most, np.maximum(self.volume + inflow - 0.985 * self.capacity, 0.0))
        fill = self.volume / self.capacity
        wish = self.turbines * (0.12 + 0.88 * fill) + 0.25 * inflow
        given = np.clip(wish * (need / wish.sum()), least, most)
        for _ in range(6):
            gap = need - given.sum()
            room = most - given if gap > 0 else given - least
            total = room.sum()
            if total < 1e-9 or abs(gap) < 1e-7:
                break
            given += room * max(min(gap / total, 1.0), -1.0)
        return floats(given)


@dataclass(frozen=True)
class Expected:
    """Type and demand [GWh/d] of every day from 2000-01-01, without the dispatch that serves it."""

    types: np.ndarray[tuple[int], np.dtype[np.int64]]
    demand: Floats


def expect(last: dt.date, seed: int) -> Expected:
    """Return the demand up to a day, in the future too: what the world of that seed will ask for."""
    days = days_between(FIRST_DAY.isoformat(), max(last, FIRST_DAY).isoformat())
    types, factors = day_types(days)
    demand = _demand(days, climate.year_fraction(days), factors, climate.build(days, seed).heat, seed)
    return Expected(types, demand)


def build(today: dt.date, seed: int) -> World:
    """Return the world up to a day.

    Args:
        today: Last day.
        seed: Seed; the same seed and day always give the same values, whatever `today` is.
    """
    days = days_between(FIRST_DAY.isoformat(), max(today, FIRST_DAY).isoformat())
    at = climate.year_fraction(days)
    types, factors = day_types(days)
    sky = climate.build(days, seed)
    wetness = smooth(np.log(np.maximum(sky.inflow.sum(axis=1), 1.0) / sky.usual.sum(axis=1)), 60.0)
    demand = _demand(days, at, factors, sky.heat, seed)
    exchange = _exchange(at, wetness, seed)
    unserved = _unserved(len(days), seed)
    solar, wind, cogen = _variable(days, sky, seed)
    served = demand - unserved.sum(axis=1) + exchange
    net = served - solar.sum(axis=1) - wind.sum(axis=1) - cogen.sum(axis=1)
    feeds = np.array([[r.code == river.reservoir for r in RESERVOIRS] for river in RIVERS], dtype=float)
    free = np.array([river.reservoir == "" for river in RIVERS])
    megawatts = {plant.code: plant.megawatts for plant in PLANTS}
    limits = np.array(
        [sum(megawatts[code] for code, _ in river.plants) * 0.024 * 0.9 for river in RIVERS if not river.reservoir]
    )
    river_run = np.minimum(sky.inflow[:, free], limits)
    inflow = np.round(sky.inflow @ feeds * 1e4) * 100.0
    thermal, released, volume, spilled = _run(days, net - river_run.sum(axis=1), served, inflow, wetness, sky, seed)
    price = _price(days, at, thermal / served, sky, seed)
    dollar = np.interp(
        at, [2000, 2003, 2008, 2013, 2015.5, 2016.2, 2018, 2020.3, 2022.9, 2024.3, 2025, 2026, 2027],
        [2000, 2850, 1900, 1850, 2600, 3250, 2900, 3900, 4800, 3880, 4350, 3750, 3850],
    )  # fmt: skip
    drift = autoregressive(generator(seed, "dollar").normal(size=len(days)), 0.97, 0.015)
    return World(
        seed, days, types, sky, demand, exchange, unserved, solar, wind, cogen, thermal, released, river_run,
        volume, spilled, inflow, price, np.round(dollar * np.exp(drift), 2),
    )  # fmt: skip


def _run(
    days: Days, net: Floats, served: Floats, inflow: Floats, wetness: Floats, sky: climate.Climate, seed: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Go through the days: thermal plants cover what the guide curve asks for, water the rest.

    Args:
        days: The days.
        net: Energy that thermal plants and reservoirs must give [GWh/d].
        served: Generation of the system [GWh/d].
        inflow: Inflow of each reservoir [kWh/d].
        wetness: Log of the recent inflow relative to its mean.
        sky: Weather.
        seed: Seed.

    Returns:
        Thermal energy [GWh/d], then released, volume and spilled of each reservoir [kWh].
    """
    water = _Water.start()
    total = float(water.capacity.sum())
    guide = climate.monthly(days, _GUIDE)
    noise = autoregressive(generator(seed, "thermal").normal(size=len(days)), 0.75, 0.010)
    outlook = 0.42 * np.maximum(-wetness, 0.0) - 0.08 * np.maximum(wetness, 0.0) + 0.035 * np.maximum(sky.pacific, 0)
    most = sum(plant.megawatts for plant in PLANTS if plant.kind == "TERMICA") * 0.024 * 0.95
    count = len(days)
    thermal, released = np.empty(count), np.empty_like(inflow)
    volume, spilled = np.empty_like(inflow), np.zeros_like(inflow)
    share = 0.15
    incoming = inflow * 1e-6
    for day in range(count):
        behind = guide[day] - float(water.volume.sum()) / total
        wanted = 0.085 + outlook[day] + 0.55 * max(behind, -0.06) + 0.9 * max(behind - 0.12, 0.0)
        share = 0.93 * share + 0.07 * wanted
        heat = min(max((share + noise[day]) * served[day], THERMAL_FLOOR), most, net[day])
        given = water.release(net[day] - heat, incoming[day])
        excess = float(given.sum()) - (net[day] - THERMAL_FLOOR)
        if excess > 0.0:  # more water than the day needs: it is spilled, some thermal plants must run
            given *= (net[day] - THERMAL_FLOOR) / float(given.sum())
        heat = net[day] - float(given.sum())
        thermal[day] = heat
        turbined = np.round(given * 1e6)
        level = np.round(water.volume * 1e6) + inflow[day] - turbined
        over = np.maximum(level - np.round(water.capacity * 1e6), 0.0)
        released[day], spilled[day], volume[day] = turbined, over, level - over
        water.volume = volume[day] * 1e-6
    return thermal, released, volume, spilled


def _price(days: Days, at: Floats, share: Floats, sky: climate.Climate, seed: int) -> Floats:
    tight = np.clip(smooth(share, 3.0) - 0.08, -0.04, 0.4)
    slow = autoregressive(generator(seed, "price").normal(size=len(days)), 0.97, 0.22)
    fast = autoregressive(generator(seed, "bids").normal(size=len(days)), 0.45, 0.07)
    weekday = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    week = np.array([0.99, 1.03, 1.04, 1.03, 1.01, 0.97, 0.91])[weekday]
    money = np.exp(0.045 * np.minimum(at - 2023.0, 1.0))
    # Since 2022 thermal energy costs more, and a tight system is dearer still.
    era = np.clip((at - 2021.5) / 1.5, 0.0, 1.0)
    tension = (9.0 * tight - 8.0 * tight**2) * (0.72 + 0.28 * era)
    level = np.exp(4.72 + 0.14 * era + tension + slow + fast) * money * week
    return floats(np.clip(level, 95.0 * np.minimum(money, 1.0), 2600.0))
