"""Demand and losses: national, by retailer, market, area, activity and operator."""

from __future__ import annotations

import numpy as np

from pipeline.emulator.simulate.market import BUYERS, FREE, REGULATED, Market, split
from pipeline.emulator.simulate.month import HOURS, Month, cents
from pipeline.emulator.simulate.registry import Rows, coded, national, present, series, system
from pipeline.emulator.simulate.rng import Floats, generator
from pipeline.emulator.simulate.roster import ACTIVITIES, AREAS, DISTRIBUTORS, MARKETS, SUBAREAS

_MARKET_NAMES = ("REGULADO", "NO REGULADO")
_AREA_WEIGHTS = np.array([0.16, 0.46, 0.12, 0.12, 0.14])


def market_of(month: Month) -> Market:
    """Return the market of a month, made once."""
    found = month.__dict__.get("market")
    if not isinstance(found, Market):
        found = month.__dict__["market"] = Market(month)
    return found


def _retail(values: Floats) -> Rows:
    return coded(BUYERS, present(cents(values)))


def _add(metric: str, values: str, market: int | None) -> None:
    """Register a metric for the system and for its retailers."""

    def by_agent(month: Month) -> Rows:
        parts: Floats = getattr(market_of(month), values)
        return _retail(parts.sum(axis=2) if market is None else parts[:, :, market])

    def total(month: Month) -> Rows:
        return system(cents(np.nansum(by_agent(month)[1], axis=1)))

    series(metric, "Agente")(by_agent)
    series(metric, "Sistema")(total)


for _name, _values in (("DemaCome", "demand"), ("DemaReal", "real"), ("PerdidasEner", "losses")):
    _add(_name, _values, None)
    _add(f"{_name}Reg", _values, REGULATED)
    _add(f"{_name}NoReg", _values, FREE)


@series("DemaCome", "MercadoComercializacion")
def _by_place(month: Month) -> Rows:
    market = market_of(month)
    keys, parts = [], []
    for kind, label in enumerate(_MARKET_NAMES):
        weights = np.array([row[kind + 1] for row in MARKETS])[:, None]
        noise = np.exp(0.02 * month.normal(f"place-{kind}", len(MARKETS), HOURS))
        parts.append(split(market.by_market[:, kind], weights * noise))
        keys += [(name, label) for name, *_ in MARKETS]
    return keys, np.concatenate(parts, axis=1)


@series("DemaComeNoReg", "CIIU")
def _by_activity(month: Month) -> Rows:
    weights = np.array([weight for *_, weight in ACTIVITIES])[:, None]
    noise = np.exp(0.05 * month.normal("activity", len(ACTIVITIES), HOURS))
    return [row[:3] for row in ACTIVITIES], split(market_of(month).by_market[:, FREE], weights * noise)


@series("DemaOR", "Agente")
def _by_operator(month: Month) -> Rows:
    total = cents(0.925 * (month.total + month.import_ - month.export))
    weights = np.array([weight for *_, weight in DISTRIBUTORS])[:, None]
    noise = np.exp(0.015 * month.normal("operator", len(DISTRIBUTORS), HOURS))
    return coded([code for code, *_ in DISTRIBUTORS], split(total, weights * noise))


@series("DemaSIN", "Sistema")
def _sin(month: Month) -> Rows:
    """Generation plus imports less exports plus unserved demand, of the rounded parts."""
    hours = month.total + month.import_ - month.export
    return national(cents(hours.sum(axis=1) + month.unserved.sum(axis=1)))


@series("DemaMaxPot", "Sistema")
def _peak(month: Month) -> Rows:
    return national(np.round((month.total + month.import_ - month.export).max(axis=1), 0))


def _unserved(month: Month, cause: int) -> Floats:
    """Spread the unserved demand of each day over two subareas (days, subareas) [kWh]."""
    total = month.unserved[:, cause]
    rng = generator(month.world.seed, f"unserved-{cause}", month.number)
    draws = rng.random((month.size, 3))
    weight = np.repeat(_AREA_WEIGHTS / [1, 4, 2, 2, 2], [1, 4, 2, 2, 2])
    edges = np.cumsum(weight / weight.sum())
    places = np.searchsorted(edges, draws[:, :2] * 0.999)
    first = np.round(total * (0.4 + 0.6 * draws[:, 2]) / 10.0) * 10.0
    values = np.zeros((month.size, len(SUBAREAS)))
    rows = np.arange(month.size)
    np.add.at(values, (rows, places[:, 0]), np.minimum(first, total))
    np.add.at(values, (rows, places[:, 1]), total - np.minimum(first, total))
    return values


def _add_unserved(metric: str, cause: int) -> None:
    def by_subarea(month: Month) -> Rows:
        return coded([f"SUBAREA {name}" for name, _ in SUBAREAS], present(_unserved(month, cause)))

    def by_area(month: Month) -> Rows:
        belongs = np.array([[area == name for name in AREAS] for _, area in SUBAREAS], dtype=float)
        return coded([f"AREA {name}" for name in AREAS], present(_unserved(month, cause) @ belongs))

    series(metric, "Subarea")(by_subarea)
    series(metric, "Area")(by_area)


_add_unserved("DemaNoAtenProg", 0)
_add_unserved("DemaNoAtenNoProg", 1)


def _add_plan(metric: str, factor: float) -> None:
    def plan(month: Month) -> Rows:
        days = month.world.demand[month.rows]
        whole = float(days.mean()) * (31 if month.first.month in {1, 3, 5, 7, 8, 10, 12} else 30) * 1e6
        return national(np.array([np.round(whole * factor / 1e6) * 1e6]))

    series(metric, "Sistema")(plan)


for _name, _factor in (("EscDemUPMEAlto", 1.055), ("EscDemUPMEMedio", 1.02), ("EscDemUPMEBajo", 0.982)):
    _add_plan(_name, _factor)


@series("ExcedenteAGPE", "Agente")
def _roofs(month: Month) -> Rows:
    """Surplus of small self-generators bought by the retailers: daylight hours only."""
    sun = np.clip(np.sin((np.arange(HOURS) - 5.5) / 12.0 * np.pi), 0.0, None)
    weights = np.linspace(1.0, 0.2, len(BUYERS))[:, None]
    growth = max(month.year - 2020.5, 0.05)
    noise = np.exp(0.1 * month.normal("roofs", len(BUYERS), 1))
    return coded(BUYERS, present(cents(5200.0 * growth * weights * sun * noise)))
