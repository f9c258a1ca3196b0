"""The hours of one calendar month: demand, exchanges, dispatch and price, drawn from the daily backbone.

Everything is rounded as it will be served (0.01 kWh) before it is added up, so that totals are the exact sums
of their parts. Settlement revises the last 45 days: energies and prices of a day carry a small factor that
depends on the version in force on `today`, and settle for good afterwards.
"""

from __future__ import annotations

import calendar
import datetime as dt
from functools import cached_property

import numpy as np

from pipeline.emulator.simulate.daytypes import WEEKDAY
from pipeline.emulator.simulate.rng import Floats, floats, generator, rounded
from pipeline.emulator.simulate.roster import LINKS, PLANTS, RESERVOIRS, RIVERS
from pipeline.emulator.simulate.world import FIRST_DAY, World

HOURS = 24
# Age at which a version gives way to the next [days], and how far each lies from the final value.
VERSION_AGES = (8, 20, 45)
_ENERGY_STEP = np.array([0.0040, 0.0022, 0.0008, 0.0])
_PRICE_STEP = np.array([0.020, 0.012, 0.004, 0.0])
KIND = {kind: [i for i, p in enumerate(PLANTS) if p.kind == kind] for kind in dict.fromkeys(p.kind for p in PLANTS)}
CAPACITY = np.array([plant.megawatts for plant in PLANTS]) * 1000.0
# Demand of each hour relative to the mean of its day: working day, Saturday, Sunday, holiday (2022-23).
_SHAPES = np.array(
    [
        [.866, .837, .817, .808, .826, .870, .891, .945, .999, 1.033, 1.070, 1.099, 1.091, 1.098, 1.116, 1.115,
         1.097, 1.070, 1.119, 1.137, 1.112, 1.063, .993, .928],
        [.925, .892, .868, .855, .857, .866, .882, .941, 1.003, 1.045, 1.080, 1.103, 1.098, 1.084, 1.070, 1.060,
         1.045, 1.042, 1.110, 1.123, 1.092, 1.043, .985, .932],
        [.978, .941, .913, .893, .882, .871, .850, .886, .934, .978, 1.013, 1.043, 1.058, 1.056, 1.043, 1.033,
         1.025, 1.032, 1.121, 1.155, 1.141, 1.105, 1.053, .996],
        [.939, .906, .883, .866, .862, .857, .845, .887, .937, .981, 1.023, 1.060, 1.077, 1.074, 1.062, 1.052,
         1.041, 1.047, 1.135, 1.168, 1.148, 1.108, 1.052, .994],
    ]
)  # fmt: skip
# A working day of October 2026: roofs with panels sink the morning and lift the evening.
_LATE = np.array(
    [.895, .866, .845, .833, .833, .867, .877, .910, .947, .974, 1.011, 1.042, 1.045, 1.062, 1.090, 1.098, 1.092,
     1.083, 1.175, 1.185, 1.165, 1.083, 1.022, .962]
)  # fmt: skip
_SUNLIGHT = np.array(
    [0, 0, 0, 0, 0, 1, 87, 500, 897, 1178, 1287, 1310, 1293, 1212, 1071, 826, 403, 41, 0, 0, 0, 0, 0, 0], dtype=float
)
_BREEZE = np.array(
    [.85, .75, .65, .6, .55, .5, .45, .5, .6, .75, .9, 1.1, 1.3, 1.5, 1.65, 1.7, 1.65, 1.5, 1.35, 1.2, 1.1, 1.05,
     1.0, .95]
)  # fmt: skip
_PRICE_EARLY = np.array(
    [.87, .86, .84, .83, .85, .89, .89, .93, .98, 1.02, 1.07, 1.12, 1.08, 1.08, 1.11, 1.10, 1.06, 1.02, 1.14, 1.20,
     1.12, 1.05, .98, .92]
)  # fmt: skip
_PRICE_LATE = np.array(
    [.86, .85, .83, .82, .84, .88, .87, .87, .87, .87, .89, .93, .93, .95, 1.00, 1.04, 1.08, 1.11, 1.40, 1.67, 1.33,
     1.13, 1.04, .96]
)  # fmt: skip
_PRICE_STEPS = np.array([0] * 5 + [1] * 6 + [2] * 5 + [3] * 4 + [4] * 3 + [5])
# Thermal energy that safety asks for, whatever the merit order says [share of capacity].
_MUST_RUN = {"TBST": 0.30, "TFL4": 0.22, "TCDT": 0.08, "GE32": 0.15, "TSJ1": 0.1, "PPA4": 0.1}


def cents(values: Floats) -> Floats:
    """Round to the hundredth that is served."""
    return rounded(values, 2)


def per_day(total: Floats, pattern: Floats) -> Floats:
    """Spread daily totals over the last axis of a pattern, exactly in proportion."""
    return floats(pattern * (total / pattern.sum(axis=-1))[..., None])


def hour_shapes(types: np.ndarray[tuple[int], np.dtype[np.int64]], year: float) -> Floats:
    """Return the demand of each hour relative to the mean of its day, for days of some types (days, 24)."""
    late = np.clip((year - 2023.3) / 3.5, 0.0, 1.3)
    return floats(_SHAPES[types] * (1.0 + late * (_LATE / _SHAPES[WEEKDAY] - 1.0)))


class Month:
    """One calendar month, up to `today`.

    Args:
        world: The daily backbone.
        first: First day of the month.
        today: The day from which versions are counted.
    """

    def __init__(self, world: World, first: dt.date, today: dt.date) -> None:
        self.world = world
        self.first = first
        self.today = today
        size = calendar.monthrange(first.year, first.month)[1]
        start = world.index(first)
        self.rows = slice(start, min(start + size, len(world.days)))
        self.size = self.rows.stop - self.rows.start
        self.dates = tuple(first + dt.timedelta(days=i) for i in range(self.size))
        self.number = (first.year - FIRST_DAY.year) * 12 + first.month - 1
        self.year = first.year + (first.month - 0.5) / 12.0
        self.kept: dict[str, Floats] = {}

    def normal(self, stream: str, *shape: int) -> Floats:
        """Return standard normal noise of a named stream, shape (days, *shape)."""
        return generator(self.world.seed, stream, self.number).normal(size=(self.size, *shape))

    def uniform(self, stream: str, *shape: int) -> Floats:
        """Return uniform noise of a named stream, shape (days, *shape)."""
        return generator(self.world.seed, stream, self.number).random(size=(self.size, *shape))

    @cached_property
    def version(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Settlement version in force for each day: 0 (TX1) to 3 (TXF)."""
        ages = [(self.today - day).days for day in self.dates]
        return np.searchsorted(np.array(VERSION_AGES), ages, side="right")

    @cached_property
    def settling(self) -> Floats:
        """Factor of the energies of each day at their present version (days,)."""
        draws = self.normal("settling", 4)
        return 1.0 + _ENERGY_STEP[self.version] * np.take_along_axis(draws, self.version[:, None], 1)[:, 0]

    @cached_property
    def capacity(self) -> Floats:
        """Capacity of each plant [kW], none before it began (days, plants)."""
        since = np.array([np.datetime64(plant.since) for plant in PLANTS])
        return CAPACITY * (np.array(self.dates, dtype="datetime64[D]")[:, None] >= since)

    @cached_property
    def demand(self) -> Floats:
        """Demand of the system, unserved included [kWh], before rounding (days, 24)."""
        shapes = hour_shapes(self.world.types[self.rows], self.year)
        noise = 1.0 + 0.009 * self.normal("demand-hours", HOURS)
        return per_day(self.world.demand[self.rows] * 1e6 * self.settling, shapes * noise)

    @cached_property
    def flow(self) -> Floats:
        """Net export to Ecuador [kWh], positive outwards (days, 24)."""
        mean = self.world.exchange[self.rows] * 1e6 / HOURS * self.settling
        shape = 1.0 + 0.45 * self.normal("flow-hours", HOURS)
        shape += (1.0 - shape.mean(axis=1))[:, None]
        return np.clip(mean[:, None] * shape, -460e3, 460e3)

    @cached_property
    def links(self) -> Floats:
        """Net export of each link [kWh], same sign in all of them (days, links, 24)."""
        shares = np.array([share for _, share in LINKS])
        return cents(self.flow[:, None, :] * shares[:, None])

    @cached_property
    def exports(self) -> Floats:
        """Exports by link [kWh] (days, links, 24)."""
        return np.maximum(self.links, 0.0)

    @cached_property
    def imports(self) -> Floats:
        """Imports by link [kWh] (days, links, 24)."""
        return np.maximum(-self.links, 0.0)

    @cached_property
    def export(self) -> Floats:
        """Exports [kWh] (days, 24)."""
        return cents(self.exports.sum(axis=1))

    @cached_property
    def import_(self) -> Floats:
        """Imports [kWh] (days, 24)."""
        return cents(self.imports.sum(axis=1))

    @cached_property
    def unserved(self) -> Floats:
        """Unserved demand by cause [kWh] (days, 2): programmed, not programmed."""
        return np.round(self.world.unserved[self.rows] * 1e6 * self.settling[:, None], 0)

    def _free(self) -> Floats:
        """Solar, wind and cogeneration [kWh] (days, plants of those kinds, 24)."""
        world, scale = self.world, 1e6 * self.settling
        cloud = 1.0 + 0.10 * self.normal("cloud", len(KIND["SOLAR"]), HOURS)
        sun = per_day((world.solar[self.rows].T * scale).T, np.maximum(_SUNLIGHT * cloud, 0.0))
        gust = np.maximum(_BREEZE * (1.0 + 0.2 * self.normal("gust", len(KIND["EOLICA"]), HOURS)), 0.05)
        wind = per_day((world.wind[self.rows].T * scale).T, gust)
        steam = 1.0 + 0.04 * self.normal("steam", len(KIND["COGENERADOR"]), HOURS)
        cogen = per_day((world.cogen[self.rows].T * scale).T, steam)
        most = CAPACITY[KIND["SOLAR"] + KIND["EOLICA"] + KIND["COGENERADOR"]][:, None]
        return floats(np.minimum(np.concatenate([sun, wind, cogen], axis=1), most))

    @cached_property
    def offers(self) -> Floats:
        """Offer of each plant for each day [COP/kWh] (days, plants)."""
        world = self.world
        money = float(np.exp(0.045 * np.clip(self.year - 2024.0, -12.0, 3.0)))
        price = world.price[self.rows]
        cost = np.array([plant.cost for plant in PLANTS]) * money
        noise = np.exp(0.05 * self.normal("offers", len(PLANTS)))
        water = price[:, None] * np.exp(0.18 * self.normal("water", len(PLANTS)) + 0.05)
        floor = np.full_like(water, 88.0 * money)
        offer = np.where(cost > 0, cost * noise, np.maximum(water, floor))
        offer[:, KIND["SOLAR"] + KIND["EOLICA"] + KIND["COGENERADOR"]] = 86.0 * money
        return rounded(offer, 5)

    def _thermal(self) -> Floats:
        """Thermal plants in merit order over a must-run base [kWh] (days, plants, 24)."""
        plants = [PLANTS[i] for i in KIND["TERMICA"]]
        full = np.array([plant.megawatts for plant in plants]) * 24e3 * 0.95
        base = np.array([_MUST_RUN.get(plant.code, 0.0) for plant in plants]) * full
        total = self.world.thermal[self.rows] * 1e6
        order = np.argsort([plant.cost for plant in plants], kind="stable")
        given = np.minimum(base * np.minimum(total / base.sum(), 1.0)[:, None], full)
        rest = np.maximum(total - given.sum(axis=1), 0.0)
        tilt = np.exp(0.25 * self.normal("units", len(plants)))
        for plant in order:
            room = np.minimum((full[plant] - given[:, plant]) * np.minimum(0.86 * tilt[:, plant], 1.0), rest)
            given[:, plant] += room
            rest -= room
        spare = full - given
        given += spare * (rest / np.maximum(spare.sum(axis=1), 1.0))[:, None]
        pattern = 1.0 + 0.4 * (_LATE - 1.0) + 0.03 * self.normal("steps", len(plants), HOURS)
        most = CAPACITY[KIND["TERMICA"]][:, None]
        return np.minimum(per_day((given.T * self.settling).T, pattern), most)

    def _hydro(self, need: Floats) -> Floats:
        """Hydro plants that cover a need [kWh] (days, plants, 24), peakers more in the evening."""
        world, index = self.world, {PLANTS[i].code: k for k, i in enumerate(KIND["HIDRAULICA"])}
        power = self.capacity[:, KIND["HIDRAULICA"]]
        energy = power / power.max()
        for column, reservoir in enumerate(RESERVOIRS):
            for code, share in reservoir.plants:
                energy[:, index[code]] += world.released[self.rows, column] * share
        for column, river in enumerate([river for river in RIVERS if not river.reservoir]):
            for code, share in river.plants:
                energy[:, index[code]] += world.river_run[self.rows, column] * 1e6 * share
        swing = np.linspace(0.5, 1.5, len(index))[np.argsort(np.argsort([PLANTS[i].code for i in KIND["HIDRAULICA"]]))]
        relative = need / need.mean(axis=1)[:, None]
        weight = 1.0 + swing[:, None] * (relative[:, None, :] - 1.0) + 0.04 * self.normal("gates", len(index), HOURS)
        given = (energy * (power > 0))[:, :, None] * np.maximum(weight, 0.05)
        given *= (need / given.sum(axis=1))[:, None, :]
        most = power[:, :, None] * 0.985
        for _ in range(3):
            given = np.minimum(given, most)
            room = most - given
            given += room * ((need - given.sum(axis=1)) / room.sum(axis=1))[:, None, :]
        return floats(given)

    @cached_property
    def generation(self) -> Floats:
        """Generation of each plant [kWh], rounded (days, plants, 24); its sum is the generation of the system."""
        need = self.demand - self.unserved.sum(axis=1)[:, None] / HOURS + self.flow
        free, thermal = self._free(), self._thermal()
        left = need - free.sum(axis=1) - thermal.sum(axis=1)
        # What the hydro plants cannot give at the peak, thermal plants with room do.
        short = np.maximum(left - 0.965 * self.capacity[:, KIND["HIDRAULICA"]].sum(axis=1)[:, None], 0.0)
        room = CAPACITY[KIND["TERMICA"]][:, None] - thermal
        thermal = thermal + room * (short / room.sum(axis=1))[:, None, :]
        hydro = self._hydro(left - short)
        order = KIND["HIDRAULICA"] + KIND["TERMICA"] + KIND["SOLAR"] + KIND["EOLICA"] + KIND["COGENERADOR"]
        values = np.concatenate([hydro, thermal, free], axis=1)
        return np.maximum(cents(values[:, np.argsort(order)]), 0.0)

    @cached_property
    def total(self) -> Floats:
        """Generation of the system [kWh] (days, 24)."""
        return cents(self.generation.sum(axis=1))

    @cached_property
    def final_price(self) -> Floats:
        """Spot price at its final version [COP/kWh] (days, 24): some six steps a day."""
        late = np.clip((self.year - 2022.5) / 1.5, 0.0, 1.0)
        shape = _PRICE_EARLY + late * (_PRICE_LATE - _PRICE_EARLY)
        spread = np.exp(0.75 * self.normal("spread") - 0.45)
        shape = shape ** np.clip(spread, 0.12, 4.0)[:, None]
        noisy = shape * np.exp(0.02 * self.normal("price-hours", HOURS))
        rank = np.argsort(np.argsort(noisy, axis=1), axis=1)
        step = _PRICE_STEPS[rank]
        sizes = np.bincount(_PRICE_STEPS)
        levels = np.stack([(noisy * (step == k)).sum(axis=1) / size for k, size in enumerate(sizes)], axis=1)
        stepped = np.take_along_axis(levels, step, axis=1)
        price = self.world.price[self.rows, None] * stepped / stepped.mean(axis=1)[:, None]
        return rounded(np.clip(price, 55.0, 2950.0), 5)

    def price_at(self, version: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
        """Return the spot price as settled in one version per day [COP/kWh] (days, 24)."""
        draws = generator(self.world.seed, "price-version", self.number).normal(size=(self.size, 4))
        step = 1.0 + _PRICE_STEP[version] * np.take_along_axis(draws, version[:, None], 1)[:, 0]
        return np.round(self.final_price * step[:, None], 5)

    @cached_property
    def price(self) -> Floats:
        """Spot price at the present version [COP/kWh] (days, 24)."""
        return self.price_at(self.version)
