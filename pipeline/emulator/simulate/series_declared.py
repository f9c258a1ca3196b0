"""Metrics that are declared and have no place in the simulated world yet: a wave of the year within their bounds.

So a metric is one entry of the catalogue in the demo too; who writes what moves it registers a maker of its own.
"""

from __future__ import annotations

import numpy as np

from pipeline.emulator.simulate.market import AGENTS
from pipeline.emulator.simulate.month import HOURS, Month, cents
from pipeline.emulator.simulate.registry import Key, Maker, Rows
from pipeline.emulator.simulate.roster import PLANTS, RESERVOIRS, RIVERS
from pipeline.emulator.xm_contract import Contract

_CODES = {
    "Recurso": tuple(plant.code for plant in PLANTS),
    "Agente": tuple(AGENTS),
    "Embalse": tuple(reservoir.name for reservoir in RESERVOIRS),
    "Rio": tuple(river.name for river in RIVERS),
}
_LEVEL, _SWING, _NOISE = 0.4, 0.1, 0.01  # of the room between the bounds


def declared(contract: Contract) -> Maker:
    """Return a maker of values in the middle of what is plausible, the same at every asking."""
    low, high = contract.plausible
    codes = _CODES.get(contract.entity, (contract.entity,))
    keys: list[Key] = [tuple([code] * len(contract.keys)) for code in codes]
    hourly, monthly = contract.grain == "hourly", contract.grain == "monthly"

    def make(month: Month) -> Rows:
        days = np.array([day.timetuple().tm_yday for day in month.dates])[: 1 if monthly else None]
        noise = month.normal(f"{contract.metric}/{contract.entity}", len(codes))[: len(days)]
        share = _LEVEL + _SWING * np.sin(2 * np.pi * days / 365.25)[:, None] + _NOISE * np.clip(noise, -3, 3)
        values = cents(low + (high - low) * share)
        return keys, np.repeat(values[:, :, None], HOURS, axis=2) if hourly else values

    return make
