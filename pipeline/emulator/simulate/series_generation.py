"""Generation, availability, deviations, fuels, emissions and the sun over the panels."""

from __future__ import annotations

import numpy as np

from pipeline.emulator.simulate.month import CAPACITY, HOURS, KIND, Month, cents
from pipeline.emulator.simulate.registry import Rows, coded, kept, present, series, system
from pipeline.emulator.simulate.rng import Floats, rounded
from pipeline.emulator.simulate.roster import PLANTS

CODES = [plant.code for plant in PLANTS]
CENTRAL = [i for i, plant in enumerate(PLANTS) if plant.central]
VARIABLE = KIND["SOLAR"] + KIND["EOLICA"]
SOLAR = KIND["SOLAR"]
BURNERS = KIND["TERMICA"] + KIND["COGENERADOR"]
SAFE = [i for i in KIND["TERMICA"] + KIND["HIDRAULICA"][:6] if PLANTS[i].area != "ORIENTAL"]
# Emissions of each fuel: CO2 [t/MBTU], CH4 and N2O [kg/MBTU].
_FACTORS = {
    "GAS": (0.0586, 0.00106, 0.00011),
    "CARBON": (0.0930, 0.00106, 0.00158),
    "ACPM": (0.0784, 0.00317, 0.00063),
    "COMBUSTOLEO": (0.0808, 0.00317, 0.00063),
    "BAGAZO": (0.0, 0.0316, 0.0042),
}
_BAGASSE_HEAT = 34.0
_COAL_IN_COGEN = 0.18


def picked(plants: list[int], values: Floats) -> Rows:
    """Return rows by plant code."""
    return coded([CODES[i] for i in plants], values)


def started(month: Month) -> Floats:
    """Say which plants are in operation each day: 1 or NaN (days, plants)."""
    return np.where(month.capacity > 0, 1.0, np.nan)


@series("Gene", "Recurso")
def _plants(month: Month) -> Rows:
    """Every plant in operation that month, idle ones too."""
    known = [i for i, plant in enumerate(PLANTS) if plant.since <= month.dates[-1].isoformat()]
    return picked(known, present(month.generation[:, known]))


@series("Gene", "Sistema")
def _total(month: Month) -> Rows:
    return system(month.total)


@kept
def _ideal(month: Month) -> Floats:
    """Dispatch without grid: what safety asked of dear plants goes back to the cheap ones."""
    moved = out_of_merit(month)
    ideal = month.generation - moved
    hydro = KIND["HIDRAULICA"]
    room = np.maximum(month.capacity[:, hydro, None] - ideal[:, hydro], 0.0)
    ideal[:, hydro] += room * (moved.sum(axis=1) / room.sum(axis=1))[:, None, :]
    return cents(ideal)


@series("GeneIdea", "Recurso")
def _ideal_plants(month: Month) -> Rows:
    return picked(list(range(len(PLANTS))), present(_ideal(month)))


@series("GeneIdea", "Sistema")
def _ideal_total(month: Month) -> Rows:
    return system(cents(_ideal(month).sum(axis=1)))


@kept
def safety(month: Month) -> Floats:
    """Generation asked for by the safety of the grid [kWh] (days, plants, 24), mostly in the Caribbean."""
    share = np.zeros(len(PLANTS))
    share[SAFE] = [0.72 if PLANTS[i].area == "CARIBE" else 0.30 for i in SAFE]
    active = (month.uniform("safety", len(PLANTS)) < 0.85)[:, :, None]
    noise = np.clip(1.0 + 0.15 * month.normal("safety-hours", len(PLANTS), HOURS), 0.2, 2.0)
    return cents(np.minimum(month.generation * share[:, None] * active * noise, month.generation))


@kept
def out_of_merit(month: Month) -> Floats:
    """Part of the safety generation whose offer lies above the spot price [kWh] (days, plants, 24)."""
    dear = month.offers[:, :, None] > month.price[:, None, :]
    return cents(safety(month) * dear * 0.85)


@series("GeneSeguridad", "Recurso")
def _safety(month: Month) -> Rows:
    return picked(SAFE, present(safety(month)[:, SAFE]))


@series("GeneFueraMerito", "Recurso")
def _dear(month: Month) -> Rows:
    return picked(SAFE, present(out_of_merit(month)[:, SAFE]))


def scheduled(month: Month, stream: str, size: float) -> Floats:
    """Programme of each plant [kWh]: what it did, missed by a few per cent (days, plants, 24)."""
    sizes = np.full(len(PLANTS), size)
    sizes[VARIABLE] = 4.0 * size
    error = 1.0 + sizes[:, None] * (
        month.normal(stream, len(PLANTS), 1) + 0.4 * month.normal(f"{stream}-hours", len(PLANTS), HOURS)
    )
    return rounded(np.clip(month.generation * error, 0.0, CAPACITY[:, None]), -1)


@series("GeneProgDesp", "Recurso")
def _programme(month: Month) -> Rows:
    return picked(CENTRAL, present(scheduled(month, "programme", 0.03)[:, CENTRAL]))


@series("GeneProgRedesp", "Recurso")
def _redispatch(month: Month) -> Rows:
    return picked(CENTRAL, present(scheduled(month, "redispatch", 0.015)[:, CENTRAL]))


@kept
def available(month: Month) -> Floats:
    """Available power [kW] (days, plants, 24): capacity less outages, never below what was generated."""
    outage = (month.uniform("outage", len(PLANTS)) < 0.06) * month.uniform("outage-size", len(PLANTS))
    declared = CAPACITY * (1.0 - outage) * started(month)
    power = np.repeat(np.round(declared, -3)[:, :, None], HOURS, axis=2)
    power[:, VARIABLE] = np.round(month.generation[:, VARIABLE] * 1.01, -2)
    return np.fmax(power, np.ceil(month.generation / 100.0) * 100.0)


@series("DispoReal", "Recurso")
def _available(month: Month) -> Rows:
    return picked(CENTRAL, present(available(month)[:, CENTRAL]))


@series("DispoCome", "Recurso")
def _commercial(month: Month) -> Rows:
    trim = 1.0 - 0.01 * month.uniform("commercial", len(PLANTS))[:, :, None]
    return picked(CENTRAL, present(cents(available(month) * trim)[:, CENTRAL]))


@series("DispoDeclarada", "Recurso")
def _declared(month: Month) -> Rows:
    return picked(CENTRAL, present(np.round(available(month) * 1.005, -3)[:, CENTRAL]))


@series("CapEfecNeta", "Recurso")
def _capacity(month: Month) -> Rows:
    return picked(list(range(len(PLANTS))), CAPACITY * started(month))


@series("IndRecMargina", "Recurso")
def _marginal(month: Month) -> Rows:
    """The hydro plant whose offer lies nearest to the price sets it: 1 in its hours, blank elsewhere."""
    hydro = KIND["HIDRAULICA"][:12]
    gap = np.abs(month.offers[:, hydro, None] - month.price[:, None, :])
    nearest = gap.argmin(axis=1)
    return picked(hydro, np.where(nearest[:, None, :] == np.arange(len(hydro))[:, None], 1.0, np.nan))


def _deviation(month: Month) -> Floats:
    """Penalised deviations [kWh] (days, plants, 24): a few plants a day miss their programme by far."""
    gap = 6.0 * (month.generation - scheduled(month, "redispatch", 0.015))
    punished = (month.uniform("punished", len(PLANTS)) < 0.12)[:, :, None]
    return cents(np.abs(gap) * punished * (np.abs(gap) > 0.05 * month.generation))


@series("DesvEner", "Recurso")
def _deviations(month: Month) -> Rows:
    return picked(CENTRAL, present(_deviation(month)[:, CENTRAL]))


def _deviation_money(month: Month) -> Floats:
    return cents(_deviation(month) * np.abs(month.offers[:, :, None] - month.price[:, None, :]) * 0.5)


@series("DesvMoneda", "Recurso")
def _deviation_costs(month: Month) -> Rows:
    return picked(CENTRAL, present(_deviation_money(month)[:, CENTRAL]))


@series("DesvMoneda", "Sistema")
def _deviation_total(month: Month) -> Rows:
    return system(present(cents(_deviation_money(month)[:, CENTRAL].sum(axis=1))))


@series("DesvGenVariableDesp", "Recurso")
def _variable(month: Month) -> Rows:
    gap = cents(month.generation - scheduled(month, "programme", 0.03))
    return picked(VARIABLE, present(gap[:, VARIABLE]))


@series("DesvGenVariableRedesp", "Recurso")
def _variable_again(month: Month) -> Rows:
    gap = cents(month.generation - scheduled(month, "redispatch", 0.015))
    return picked(VARIABLE, present(gap[:, VARIABLE]))


def fuel_rows(month: Month) -> tuple[list[tuple[str, str]], Floats]:
    """Fuel burnt by plant and fuel [MBTU]: keys (plant, fuel), values (days, keys, 24)."""
    keys, parts = [], []
    noise = 1.0 + 0.01 * month.normal("heat-rate", len(PLANTS), HOURS)
    for i in BURNERS:
        plant = PLANTS[i]
        heat = month.generation[:, i] / 1000.0 * (plant.heat_rate or _BAGASSE_HEAT) * noise[:, i]
        shares = {"BAGAZO": 1.0 - _COAL_IN_COGEN, "CARBON": _COAL_IN_COGEN}
        for fuel, share in shares.items() if plant.fuel == "BAGAZO" else ((plant.fuel, 1.0),):
            keys.append((plant.code, fuel))
            parts.append(heat * share)
    return keys, rounded(np.stack(parts, axis=1), 5)


@series("ConsCombustibleMBTU", "Recurso")
def _fuel(month: Month) -> Rows:
    keys, values = fuel_rows(month)
    chosen = [k for k, (code, _) in enumerate(keys) if PLANTS[CODES.index(code)].kind == "TERMICA"]
    return [(keys[k][1], keys[k][0]) for k in chosen], present(values[:, chosen])


@series("ConsCombustibleMBTU", "Combustible")
def _fuel_total(month: Month) -> Rows:
    rows, values = _fuel(month)
    fuels = sorted({fuel for fuel, _ in rows})
    sums = [np.nansum(values[:, [k for k, row in enumerate(rows) if row[0] == fuel]], axis=1) for fuel in fuels]
    return coded(fuels, present(np.round(np.stack(sums, axis=1), 5)))


@series("ConsCombAprox", "RecursoComb")
def _fuel_guess(month: Month) -> Rows:
    """Only the plants that XM has no measured fuel for: cogeneration."""
    keys, values = fuel_rows(month)
    chosen = [k for k, (code, _) in enumerate(keys) if PLANTS[CODES.index(code)].kind == "COGENERADOR"]
    return [keys[k] for k in chosen], present(values[:, chosen])


def gases(month: Month) -> tuple[list[tuple[str, str]], Floats]:
    """CO2, CH4 and N2O by plant and fuel [t] (days, keys, 24, 3)."""
    keys, values = fuel_rows(month)
    factors = np.array([_FACTORS[fuel] for _, fuel in keys]) * [1.0, 1e-3, 1e-3]
    return keys, np.round(values[..., None] * factors[:, None, :], 6)


def _add_gas(metric: str, column: int) -> None:
    def gas(month: Month) -> Rows:
        keys, values = gases(month)
        return keys, present(np.round(values[..., column], 5))

    series(metric, "RecursoComb")(gas)


for _column, _name in enumerate(("EmisionesCO2", "EmisionesCH4", "EmisionesN2O")):
    _add_gas(_name, _column)


@kept
def _equivalent(month: Month) -> Floats:
    """CO2 equivalent of each burning plant [t] (days, burners, 24): 1 t CH4 = 21, 1 t N2O = 310."""
    keys, values = gases(month)
    tonnes = values @ np.array([1.0, 21.0, 310.0])
    owner = np.array([[code == CODES[i] for code, _ in keys] for i in BURNERS], dtype=float)
    return rounded(np.einsum("bk,dkh->dbh", owner, tonnes), 5)


@series("EmisionesCO2Eq", "Recurso")
def _co2(month: Month) -> Rows:
    return picked(BURNERS, present(_equivalent(month)))


@series("factorEmisionCO2e", "Sistema")
def _factor(month: Month) -> Rows:
    return system(np.round(_equivalent(month).sum(axis=1) * 1e6 / month.total, 5))


def _sunlight(month: Month) -> Floats:
    sky = month.world.sky.sun[month.rows]
    side = [0 if PLANTS[i].area == "CARIBE" else 1 for i in SOLAR]
    return np.clip(sky[:, side] * np.exp(0.06 * month.normal("panel", len(SOLAR))), 0.2, 1.5)


@series("IrrGlobal", "Recurso")
def _irradiance(month: Month) -> Rows:
    return picked(SOLAR, np.round(405.0 * _sunlight(month) * started(month)[:, SOLAR], 5))


@series("IrrPanel", "Recurso")
def _panel(month: Month) -> Rows:
    return picked(SOLAR, np.round(436.0 * _sunlight(month) * started(month)[:, SOLAR], 5))


def _air(month: Month) -> Floats:
    heat = month.world.sky.heat[month.rows][:, None]
    place = np.array([29.5 if PLANTS[i].area == "CARIBE" else 27.0 for i in SOLAR])
    return place + heat + 0.8 * month.normal("air", len(SOLAR))


@series("TempAmbSolar", "Recurso")
def _ambient(month: Month) -> Rows:
    return picked(SOLAR, np.round(_air(month) * started(month)[:, SOLAR], 5))


@series("TempPanel", "Recurso")
def _hot(month: Month) -> Rows:
    return picked(SOLAR, np.round((_air(month) + 11.0 * _sunlight(month)) * started(month)[:, SOLAR], 5))
