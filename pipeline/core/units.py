"""Units of the electricity sector and the only place where a factor is derived.

A metric declares its source unit and its stored unit; the factor between them is computed
here, and two units of different dimensions cannot meet. A fraction (`1`) and a percentage (`%`)
share the dimension `ratio`, because XM publishes fractions under the label `%`.
"""

from __future__ import annotations

from typing import NamedTuple

from pipeline.core.errors import UsageError


class Unit(NamedTuple):
    """A unit: its dimension and how many base units one of it is."""

    dimension: str
    base: float


UNITS: dict[str, Unit] = {
    "kWh": Unit("energy", 1.0),
    "MWh": Unit("energy", 1e3),
    "GWh": Unit("energy", 1e6),
    "TWh": Unit("energy", 1e9),
    "kW": Unit("power", 1.0),
    "MW": Unit("power", 1e3),
    "COP": Unit("money_cop", 1.0),
    "MCOP": Unit("money_cop", 1e6),
    "USD": Unit("money_usd", 1.0),
    "kUSD": Unit("money_usd", 1e3),
    "COP/kWh": Unit("price_cop", 1.0),
    "USD/kWh": Unit("price_usd", 1.0),
    "USD/MWh": Unit("price_usd", 1e-3),
    "1": Unit("ratio", 1.0),
    "%": Unit("ratio", 0.01),
    "m3": Unit("volume", 1.0),
    "hm3": Unit("volume", 1e6),
    "m3/s": Unit("flow", 1.0),
    "MBTU": Unit("heat", 1.0),
    "t": Unit("mass", 1.0),
    "gCO2e/kWh": Unit("emission_factor", 1.0),
    "W/m2": Unit("irradiance", 1.0),
    "°C": Unit("temperature", 1.0),
    "km": Unit("length", 1.0),
    "años": Unit("duration", 365.25),
    "días": Unit("duration", 1.0),
    "COP/USD": Unit("exchange_rate", 1.0),
    "#": Unit("count", 1.0),
    "": Unit("none", 1.0),
}


def dimension(unit: str) -> str:
    """Return the dimension of `unit`; raise UsageError when nobody declared it."""
    if unit not in UNITS:
        raise UsageError("Unknown unit", hint=f"use one of {', '.join(filter(None, UNITS))}", unit=unit)
    return UNITS[unit].dimension


def factor(source: str, stored: str) -> float:
    """Return the number that turns a value in `source` into a value in `stored`.

    Raises:
        UsageError: A unit is unknown or the dimensions differ.
    """
    if dimension(source) != dimension(stored):
        raise UsageError(
            "Units of different dimensions",
            hint="fix unit.source or unit.stored",
            source=source,
            stored=stored,
        )
    # Divide bases so that 1e6 stays exact: 1/1e6 in binary is not, value*1e-6 would drift.
    return UNITS[source].base / UNITS[stored].base


def convert(value: float, source: str, stored: str) -> float:
    """Return `value` [source] in `stored`, dividing by whole powers where that is exact."""
    ratio = factor(source, stored)
    return value * ratio if ratio >= 1 else value / (UNITS[stored].base / UNITS[source].base)
