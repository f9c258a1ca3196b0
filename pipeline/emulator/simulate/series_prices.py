"""Spot, offer and scarcity prices; restrictions and reconciliations."""

from __future__ import annotations

import numpy as np

from pipeline.emulator.simulate.month import HOURS, Month, cents
from pipeline.emulator.simulate.registry import Rows, coded, kept, national, present, series, system
from pipeline.emulator.simulate.rng import Floats, generator, rounded
from pipeline.emulator.simulate.roster import AREAS, PLANTS, SUBAREAS
from pipeline.emulator.simulate.series_demand import market_of
from pipeline.emulator.simulate.series_generation import CENTRAL, SAFE, available, out_of_merit, picked

_SCARCITY = ([2006, 2010, 2014, 2016, 2018, 2020.3, 2022.3, 2024.0, 2024.8, 2025.5, 2026.6, 2030],
             [270, 380, 450, 310, 520, 380, 1010, 740, 790, 690, 760, 820])  # fmt: skip


@series("PrecBolsNaci", "Sistema")
def _spot(month: Month) -> Rows:
    return system(month.price)


@series("PrecBolsNaciTX1", "Sistema")
def _first(month: Month) -> Rows:
    return system(month.price_at(np.zeros(month.size, dtype=np.int64)))


@series("PrecTransBolsa", "Sistema")
def _trade(month: Month) -> Rows:
    """What trades pay: the spot price, capped by the scarcity price in force."""
    return system(np.minimum(month.price, scarcity(month) * 1.25))


@series("PPPrecBolsNaci", "Sistema")
def _weighted(month: Month) -> Rows:
    energy = market_of(month).spot_bought.sum(axis=1)
    return national(np.round((month.price * energy).sum(axis=1) / energy.sum(axis=1), 5))


@series("CostMargDesp", "Sistema")
def _marginal(month: Month) -> Rows:
    return system(np.round(month.final_price * (0.965 + 0.02 * month.normal("marginal", HOURS)), 5))


@series("DeltaNal", "Sistema")
def _delta(month: Month) -> Rows:
    return national(np.round(5.0 * np.exp(0.5 * month.normal("delta")), 5))


@series("DeltaInt", "Sistema")
def _delta_abroad(month: Month) -> Rows:
    some = month.export.sum(axis=1) > 0
    return national(np.where(some, np.round(1.8 * np.exp(0.5 * month.normal("delta-int")), 5), np.nan))


@series("MaxPrecOferNal", "Sistema")
def _highest(month: Month) -> Rows:
    """Dearest offer called in each hour: the spot price less the increment."""
    delta = np.asarray(_delta(month)[1])
    return system(rounded(np.maximum(month.price - delta, 50.0), 5))


@series("PrecOferDesp", "Recurso")
def _offers(month: Month) -> Rows:
    offers = np.repeat(month.offers[:, CENTRAL, None], HOURS, axis=2)
    return picked(CENTRAL, np.where(np.isnan(available(month)[:, CENTRAL]), np.nan, offers))


@series("PrecOferIdeal", "Recurso")
def _ideal_offers(month: Month) -> Rows:
    return picked(CENTRAL, np.round(month.offers[:, CENTRAL] * 1.012, 5))


def scarcity(month: Month) -> float:
    """Scarcity price of the month [COP/kWh]."""
    noise = float(generator(month.world.seed, "scarcity", month.number).normal())
    return round(float(np.interp(month.year, *_SCARCITY)) * float(np.exp(0.03 * noise)), 5)


def _add_scarcity(metric: str, factor: float, noise: float) -> None:
    def price(month: Month) -> Rows:
        wobble = float(generator(month.world.seed, metric, month.number).normal())
        return national(np.full(month.size, round(scarcity(month) * factor * (1 + noise * wobble), 5)))

    series(metric, "Sistema")(price)


for _metric, _factor, _noise in (
    ("PrecEsca", 1.0, 0.0),
    ("PrecEscaAct", 1.33, 0.01),
    ("PrecEscaMarg", 1.33, 0.01),
    ("PrecEscaPon", 1.27, 0.01),
    ("PrecEscaSup", 1.25, 0.0),
    ("PrecEscaInf", 0.46, 0.01),
):
    _add_scarcity(_metric, _factor, _noise)


# --- restrictions ---------------------------------------------------------------------------------


@kept
def positive(month: Month) -> Floats:
    """Positive reconciliations [kWh] (days, plants, 24): what safety made dear plants give."""
    return out_of_merit(month)


@kept
def negative(month: Month) -> Floats:
    """Negative reconciliations [kWh] (days, plants, 24): what cheap hydro plants could not give for it."""
    moved = positive(month).sum(axis=1)
    hydro = np.array([plant.kind == "HIDRAULICA" and plant.central for plant in PLANTS])
    weights = month.generation * hydro[:, None] * (month.uniform("held", len(PLANTS)) < 0.6)[:, :, None]
    return cents(1.2 * moved[:, None, :] * weights / np.maximum(weights.sum(axis=1), 1.0)[:, None, :])


def _positive_price(month: Month) -> Floats:
    return rounded(np.maximum(month.offers[:, :, None], month.price[:, None, :] * 1.05), 5)


def _negative_price(month: Month) -> Floats:
    return np.round(month.price * 0.97, 5)


_HELD = [i for i, plant in enumerate(PLANTS) if plant.kind == "HIDRAULICA" and plant.central]


@series("RecoPosEner", "Recurso")
def _pos(month: Month) -> Rows:
    return picked(SAFE, present(positive(month)[:, SAFE]))


@series("RecoNegEner", "Recurso")
def _neg(month: Month) -> Rows:
    return picked(_HELD, present(negative(month)[:, _HELD]))


def _positive_money(month: Month) -> Floats:
    return cents(positive(month) * _positive_price(month))


def _negative_money(month: Month) -> Floats:
    return cents(negative(month) * _negative_price(month)[:, None, :])


@series("RecoPosMoneda", "Recurso")
def _pos_money(month: Month) -> Rows:
    return picked(SAFE, present(_positive_money(month)[:, SAFE]))


@series("RecoNegMoneda", "Recurso")
def _neg_money(month: Month) -> Rows:
    return picked(_HELD, present(_negative_money(month)[:, _HELD]))


def _unit_cost(month: Month, money: Floats, energy: Floats, areas: list[str]) -> Floats:
    belongs = np.array([[plant.area == area for plant in PLANTS] for area in areas], dtype=float)
    paid, given = (np.einsum("ap,dph->dah", belongs, values) for values in (money, energy))
    with np.errstate(divide="ignore", invalid="ignore"):
        return rounded(np.where(given > 0, paid / given, np.nan), 5)


def _add_cost(metric: str, sign: int) -> None:
    def values(month: Month, areas: list[str]) -> Floats:
        if sign > 0:
            return _unit_cost(month, _positive_money(month), positive(month), areas)
        return _unit_cost(month, _negative_money(month), negative(month), areas)

    def by_area(month: Month) -> Rows:
        return coded([f"AREA {name}" for name in AREAS], values(month, list(AREAS)))

    def by_subarea(month: Month) -> Rows:
        spread = np.exp(0.06 * month.normal(f"{metric}-sub", len(SUBAREAS), 1))
        costs = np.round(values(month, [area for _, area in SUBAREAS]) * spread, 5)
        return coded([f"SUBAREA {name}" for name, _ in SUBAREAS], costs)

    series(metric, "Area")(by_area)
    series(metric, "SubArea")(by_subarea)


_add_cost("CostRecPos", 1)
_add_cost("CostRecNeg", -1)


def _restriction(month: Month) -> Floats:
    """Cost of the constraints [COP] (days, 24): positive reconciliations over what the spot market would pay."""
    energy = positive(month)
    extra = np.maximum(_positive_price(month) - month.price[:, None, :], 0.0) + 90.0
    level = 1.0e8 * np.exp(0.25 * month.normal("grid-days") + 0.004 * (month.year - 2024.0))
    return cents((energy * extra).sum(axis=1) * 0.70 + level[:, None])


@series("RestSinAliv", "Sistema")
def _before(month: Month) -> Rows:
    return system(_restriction(month))


@series("RestAliv", "Sistema")
def _after(month: Month) -> Rows:
    """What retailers are charged: some days more than the cost, some less, rarely below zero."""
    relief = 1.0 + 0.10 * month.normal("relief") - (month.uniform("windfall") < 0.01) * 1.6
    return system(cents(_restriction(month) * relief[:, None]))


@series("RespComerAGC", "Sistema")
def _regulation(month: Month) -> Rows:
    shape = 1.0 + 0.25 * month.normal("agc", HOURS)
    level = 2.2e7 + 1.3e5 * month.world.price[month.rows]
    return system(cents(np.clip(shape, 0.2, 3.0) * level[:, None] * 0.9))


@series("RentasCongestRestr", "Sistema")
def _rents(month: Month) -> Rows:
    return system(present(cents(month.export * month.price * 0.18)))


@series("EjecGarantRestr", "Sistema")
def _guarantees(month: Month) -> Rows:
    """Guarantees are called some three days a month."""
    day = month.uniform("guarantee") < 0.1
    return system(present(cents(np.outer(day * np.exp(14.5 + month.normal("guarantee-size")), np.ones(HOURS)))))


@series("CompNetArranPara", "Sistema")
def _starts(month: Month) -> Rows:
    level = 0.25e9 + 9e6 * month.world.thermal[month.rows]
    return national(cents(level * np.exp(0.35 * month.normal("starts"))))
