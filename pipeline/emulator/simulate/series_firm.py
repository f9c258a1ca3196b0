"""Firm energy, charges of the grid and funds."""

from __future__ import annotations

import numpy as np

from pipeline.emulator.simulate.month import CAPACITY, Month, cents
from pipeline.emulator.simulate.registry import Rows, coded, national, present, series
from pipeline.emulator.simulate.rng import Floats, generator, rounded
from pipeline.emulator.simulate.roster import PLANTS
from pipeline.emulator.simulate.series_generation import CENTRAL, CODES, picked, started

# Share of the capacity that is firm, by kind of plant.
_FIRM = {"HIDRAULICA": 0.47, "TERMICA": 0.88, "SOLAR": 0.12, "EOLICA": 0.06, "COGENERADOR": 0.3}
_BACKUP = [i for i in CENTRAL if PLANTS[i].kind in {"HIDRAULICA", "TERMICA"}][::3]


def _firm(month: Month) -> Floats:
    share = np.array([_FIRM[plant.kind] for plant in PLANTS])
    return rounded(CAPACITY * 24.0 * share * started(month), 0)


@series("ENFICC", "Recurso")
def _energy(month: Month) -> Rows:
    return picked(list(range(len(PLANTS))), _firm(month))


@series("ENFICC", "Sistema")
def _energy_total(month: Month) -> Rows:
    return national(np.nansum(_firm(month), axis=1))


@series("ObligEnerFirme", "Recurso")
def _duty(month: Month) -> Rows:
    wobble = generator(month.world.seed, "duty", month.first.year).random(len(PLANTS))
    return picked(CENTRAL, np.round(_firm(month) * (0.93 + 0.07 * wobble), 2)[:, CENTRAL])


@series("DDVContratada", "Recurso")
def _voluntary(month: Month) -> Rows:
    """Voluntary disconnection backs few plants; the others carry a zero."""
    some = np.zeros(len(PLANTS))
    some[_BACKUP[:6]] = 0.3
    return picked(CENTRAL, np.round(_firm(month) * some, 2)[:, CENTRAL])


@series("PrecCargConf", "Recurso")
def _firm_price(month: Month) -> Rows:
    wobble = generator(month.world.seed, "firm-price", month.first.year).normal(size=len(PLANTS))
    dollar = month.world.dollar[month.rows][:, None] / 3900.0
    values = np.round(72.0 * dollar * (1 + 0.05 * wobble) * started(month), 5)
    chosen = [i for i in CENTRAL if PLANTS[i].kind in {"HIDRAULICA", "TERMICA"}]
    return picked(chosen, values[:, chosen])


@series("RemuRealIndiv", "Sistema")
def _paid(month: Month) -> Rows:
    energy = np.nansum(_firm(month), axis=1) * 0.86
    price = 72.0 * month.world.dollar[month.rows] / 3900.0
    return national(cents(energy * price * np.exp(0.03 * month.normal("paid"))))


def _backup(month: Month) -> Floats:
    active = month.uniform("backup", len(_BACKUP)) < 0.5
    size = np.exp(12.2 + 0.9 * month.normal("backup-size", len(_BACKUP)))
    return np.where(active, np.round(size, 0), 0.0)


def _add_backup(metric: str, step: int) -> None:
    """Register backup contracts; what some plants buy, others sell."""

    def by_plant(month: Month) -> Rows:
        order = _BACKUP[step:] + _BACKUP[:step]
        return coded([CODES[i] for i in order], present(_backup(month)))

    def total(month: Month) -> Rows:
        return national(present(_backup(month).sum(axis=1)))

    series(metric, "Recurso")(by_plant)
    series(metric, "Sistema")(total)


_add_backup("ComContRespEner", 0)
_add_backup("VentContRespEner", 4)


def _wobble(month: Month, stream: str, size: float) -> float:
    return float(np.exp(size * generator(month.world.seed, stream, month.number).normal()))


def _monthly_demand(month: Month) -> float:
    return float(month.world.demand[month.rows].mean()) * 30.4e6


def _add_level(metric: str, years: list[float], levels: list[float], size: float, energy: bool) -> None:
    """Register a monthly series: a level interpolated by year, times the month's demand for money."""

    def value(month: Month) -> Rows:
        level = float(np.interp(month.year, years, levels)) * _wobble(month, metric, size)
        return national(np.array([round(level * (_monthly_demand(month) if energy else 1.0), 5)]))

    series(metric, "Sistema")(value)


_YEARS = [2000.0, 2010.0, 2015.0, 2020.0, 2024.3, 2026.8, 2030.0]
for _metric, _levels, _size, _by_demand in (
    ("CERE", [22, 36, 42, 60, 75, 88, 100], 0.015, False),
    ("CEE", [21, 35, 41, 59, 74.5, 87, 99], 0.015, False),
    ("MC", [70, 128, 147, 225, 311, 332, 380], 0.012, False),
    ("PrecFAZNI", [0.9, 1.3, 1.6, 2.1, 3.1, 3.4, 4.0], 0.01, False),
    ("CargMaxTPrima", [12, 24, 28, 38, 54, 58, 66], 0.02, False),
    ("CargMedTPrima", [10, 20, 24, 33, 48, 52, 59], 0.02, False),
    ("CargMinTPrima", [8, 16, 20, 28, 42, 46, 52], 0.02, False),
    ("CargoUsoSTN", [10, 20, 24, 33, 49, 51, 58], 0.015, True),
    ("CargoUsoSTR", [6, 12, 15, 21, 31, 33, 37], 0.015, True),
    ("FAER", [0.8, 1.4, 1.7, 2.1, 2.75, 2.9, 3.3], 0.02, True),
    ("PRONE", [0.8, 1.3, 1.6, 1.9, 2.5, 2.6, 3.0], 0.02, True),
):
    _add_level(_metric, _YEARS, [float(level) for level in _levels], _size, _by_demand)


@series("FAZNI", "Sistema")
def _remote(month: Month) -> Rows:
    fee = float(np.interp(month.year, _YEARS, [0.9, 1.2, 1.5, 2.0, 2.8, 3.05, 3.6]))
    return national(cents(month.world.demand[month.rows] * 1e6 * fee))
