"""Rivers and reservoirs, all daily."""

from __future__ import annotations

import numpy as np

from pipeline.emulator.simulate.month import Month, cents
from pipeline.emulator.simulate.registry import Rows, coded, national, present, series
from pipeline.emulator.simulate.rng import Floats, rounded
from pipeline.emulator.simulate.roster import RESERVOIRS, RIVERS

_NAMES = [reservoir.name for reservoir in RESERVOIRS]
_CAPACITY = np.array([round(reservoir.gigawatt_hours * 1e6) for reservoir in RESERVOIRS], dtype=float)
_DENSITY = np.array([reservoir.kilowatt_hours_per_m3 for reservoir in RESERVOIRS])
_BY_CODE = {reservoir.code: reservoir for reservoir in RESERVOIRS}
_RIVER_DENSITY = np.array(
    [_BY_CODE[river.reservoir].kilowatt_hours_per_m3 if river.reservoir else river.density for river in RIVERS]
)
_DAY = 86_400.0


def _inflow(month: Month) -> Floats:
    return np.round(month.world.sky.inflow[month.rows] * 1e4) * 100.0


def _usual(month: Month) -> Floats:
    return np.round(month.world.sky.usual[month.rows] * 1e4) * 100.0


def _flowing(month: Month) -> Floats:
    return np.where(_usual(month) > 0, 1.0, np.nan)


def _rivers(values: Floats) -> Rows:
    return coded([river.name for river in RIVERS], values)


def _reservoirs(values: Floats) -> Rows:
    return coded(_NAMES, values)


@series("AporEner", "Rio")
def _inflow_rivers(month: Month) -> Rows:
    return _rivers(_inflow(month) * _flowing(month))


@series("AporEner", "Sistema")
def _inflow_total(month: Month) -> Rows:
    return national(_inflow(month).sum(axis=1))


@series("AporEnerMediHist", "Rio")
def _usual_rivers(month: Month) -> Rows:
    return _rivers(_usual(month) * _flowing(month))


@series("AporEnerMediHist", "Sistema")
def _usual_total(month: Month) -> Rows:
    return national(_usual(month).sum(axis=1))


@series("PorcApor", "Rio")
def _share_rivers(month: Month) -> Rows:
    return _rivers(np.round(_inflow(month) / (_usual(month) * _flowing(month)), 5))


@series("PorcApor", "Sistema")
def _share_total(month: Month) -> Rows:
    return national(np.round(_inflow(month).sum(axis=1) / _usual(month).sum(axis=1), 5))


@series("AporCaudal", "Rio")
def _flow(month: Month) -> Rows:
    return _rivers(np.round(_inflow(month) / _RIVER_DENSITY / _DAY, 3) * _flowing(month))


@series("AporCaudalMediHist", "Rio")
def _usual_flow(month: Month) -> Rows:
    return _rivers(np.round(_usual(month) / _RIVER_DENSITY / _DAY, 3) * _flowing(month))


def _volume(month: Month) -> Floats:
    return month.world.volume[month.rows]


def _everywhere(month: Month) -> Floats:
    return np.tile(_CAPACITY, (month.size, 1))


@series("VoluUtilDiarEner", "Embalse")
def _volumes(month: Month) -> Rows:
    return _reservoirs(_volume(month))


@series("VoluUtilDiarEner", "Sistema")
def _volume_total(month: Month) -> Rows:
    return national(_volume(month).sum(axis=1))


@series("CapaUtilDiarEner", "Embalse")
def _capacities(month: Month) -> Rows:
    return _reservoirs(_everywhere(month))


@series("CapaUtilDiarEner", "Sistema")
def _capacity_total(month: Month) -> Rows:
    return national(_everywhere(month).sum(axis=1))


@series("PorcVoluUtilDiar", "Embalse")
def _level(month: Month) -> Rows:
    return _reservoirs(np.round(_volume(month) / _CAPACITY, 5))


@series("PorcVoluUtilDiar", "Sistema")
def _level_total(month: Month) -> Rows:
    return national(np.round(_volume(month).sum(axis=1) / _CAPACITY.sum(), 5))


@series("VoluUtilDiarMasa", "Embalse")
def _mass(month: Month) -> Rows:
    return _reservoirs(np.round(_volume(month) / _DENSITY))


@series("CapaUtilDiarMasa", "Embalse")
def _mass_capacity(month: Month) -> Rows:
    return _reservoirs(np.round(_everywhere(month) / _DENSITY))


@series("CapaUtilDiarMasa", "Sistema")
def _mass_capacity_total(month: Month) -> Rows:
    return national(np.round(_everywhere(month) / _DENSITY).sum(axis=1))


def _turbined(month: Month) -> Floats:
    return rounded(month.world.released[month.rows] / _DENSITY, 0)


@series("VolTurbMasa", "Embalse")
def _turbines(month: Month) -> Rows:
    return _reservoirs(_turbined(month))


@series("VolTurbMasa", "Sistema")
def _turbines_total(month: Month) -> Rows:
    return national(_turbined(month).sum(axis=1))


@series("VertEner", "Embalse")
def _spills(month: Month) -> Rows:
    """Zeros are written: XM reports a day without spill."""
    return _reservoirs(month.world.spilled[month.rows])


@series("VertEner", "Sistema")
def _spill_total(month: Month) -> Rows:
    return national(month.world.spilled[month.rows].sum(axis=1))


@series("VertMasa", "Embalse")
def _spill_mass(month: Month) -> Rows:
    return _reservoirs(present(np.round(month.world.spilled[month.rows] / _DENSITY)))


@series("DescMasa", "Embalse")
def _discharges(month: Month) -> Rows:
    """Water let out through the bottom, returned to the balance by the reservoirs downstream: rare and small."""
    some = [0, 1, 5, 7, 9]
    open_ = month.uniform("gates-open", len(some)) < 0.3
    water = np.exp(12.8 + 1.3 * month.normal("gates-water", len(some)))
    return coded([_NAMES[i] for i in some], present(cents(np.where(open_, np.round(water), 0.0))))
