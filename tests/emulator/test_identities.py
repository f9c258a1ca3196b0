"""What must balance in the real system balances in what the emulator serves."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pipeline.emulator.simulate.roster import RESERVOIRS, RIVERS
from tests.emulator.conftest import Ask, Table

# A drought with exports, a wet month before Ituango, a month that is still being settled.
MONTHS = [("2024-04-01", "2024-04-30"), ("2017-06-01", "2017-06-30"), ("2026-10-01", "2026-10-31")]


def total(table: Table, *, keep: str = "") -> dict[str, float]:
    """Sum a table by day, of the rows that carry a key when one is given."""
    days: dict[str, float] = {}
    for key, values in table.items():
        if not keep or keep in key:
            days[key[0]] = days.get(key[0], 0.0) + float(np.nansum(values))
    return days


def hours(table: Table) -> dict[str, np.ndarray]:
    """Sum a table by day and hour."""
    days: dict[str, np.ndarray] = {}
    for key, values in table.items():
        days[key[0]] = days.get(key[0], 0.0) + np.nan_to_num(values)
    return days


def assert_equal(left: Table, right: Table, tolerance: float = 1e-6) -> None:
    """Compare two tables hour by hour after adding up their rows."""
    one, other = hours(left), hours(right)
    assert one.keys() == other.keys() and one
    for day, values in one.items():
        np.testing.assert_allclose(values, other[day], rtol=tolerance, atol=0.02, err_msg=day)


@pytest.mark.parametrize("window", MONTHS)
@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (("Gene", "Recurso"), ("Gene", "Sistema")),
        (("DemaCome", "Agente"), ("DemaCome", "Sistema")),
        (("DemaCome", "MercadoComercializacion"), ("DemaCome", "Sistema")),
        (("DemaComeNoReg", "CIIU"), ("DemaComeNoReg", "Sistema")),
        (("DemaReal", "Agente"), ("DemaReal", "Sistema")),
        (("PerdidasEner", "Agente"), ("PerdidasEner", "Sistema")),
        (("CompContEner", "Agente"), ("CompContEner", "Sistema")),
        (("VentContEner", "Agente"), ("VentContEner", "Sistema")),
        (("CompBolsNaciEner", "Agente"), ("CompBolsNaciEner", "Sistema")),
        (("VentBolsNaciEner", "Agente"), ("VentBolsNaciEner", "Sistema")),
        (("CompContEner", "Sistema"), ("VentContEner", "Sistema")),
        (("CompBolsNaciEner", "Sistema"), ("VentBolsNaciEner", "Sistema")),
        (("CompContEnerSICEP", "Agente"), ("VentContEnerSICEP", "Agente")),
        (("CompBolsaTIEEner", "Sistema"), ("VentBolsaTIEEner", "Agente")),
        (("ExpoEner", "Enlace"), ("ExpoEner", "Sistema")),
        (("ConsCombustibleMBTU", "Recurso"), ("ConsCombustibleMBTU", "Combustible")),
        (("VoluUtilDiarEner", "Embalse"), ("VoluUtilDiarEner", "Sistema")),
        (("CapaUtilDiarEner", "Embalse"), ("CapaUtilDiarEner", "Sistema")),
        (("AporEner", "Rio"), ("AporEner", "Sistema")),
        (("AporEnerMediHist", "Rio"), ("AporEnerMediHist", "Sistema")),
        (("VertEner", "Embalse"), ("VertEner", "Sistema")),
        (("DemaNoAtenProg", "Subarea"), ("DemaNoAtenProg", "Area")),
    ],
    ids="/".join,
)
def test_parts_add_up_to_the_whole(
    ask: Ask, window: tuple[str, str], parts: tuple[str, str], whole: tuple[str, str]
) -> None:
    """Plants, agents, markets, links, rivers and reservoirs add up to the national figure each hour."""
    assert_equal(ask(*parts, *window), ask(*whole, *window))


@pytest.mark.parametrize("window", MONTHS)
def test_demand_is_generation_plus_imports_less_exports_plus_unserved(ask: Ask, window: tuple[str, str]) -> None:
    """DemaSIN closes the energy balance of the system every day."""
    demand = total(ask("DemaSIN", "Sistema", *window))
    made, bought, sold = (total(ask(name, "Sistema", *window)) for name in ("Gene", "ImpoEner", "ExpoEner"))
    unserved = [total(ask(f"DemaNoAten{cause}", "Area", *window)) for cause in ("Prog", "NoProg")]
    assert len(demand) == len(made)
    for day, value in demand.items():
        rest = made[day] + bought.get(day, 0.0) - sold.get(day, 0.0) + sum(part.get(day, 0.0) for part in unserved)
        assert value == pytest.approx(rest, rel=1e-6)


@pytest.mark.parametrize("window", MONTHS)
def test_commercial_demand_is_generation_plus_imports_and_real_demand_plus_losses(
    ask: Ask, window: tuple[str, str]
) -> None:
    """DemaCome = Gene + ImpoEner = DemaReal + PerdidasEner, and the regulated part plus the rest."""
    come = hours(ask("DemaCome", "Sistema", *window))
    made, bought, real, lost, regulated, free = (
        hours(ask(name, "Sistema", *window))
        for name in ("Gene", "ImpoEner", "DemaReal", "PerdidasEner", "DemaComeReg", "DemaComeNoReg")
    )
    for day, values in come.items():
        np.testing.assert_allclose(values, made[day] + bought.get(day, 0.0), rtol=1e-6)
        np.testing.assert_allclose(values, regulated[day] + free[day], rtol=1e-6)
        if day in real and day in lost:
            np.testing.assert_allclose(values, real[day] + lost[day], rtol=1e-6)


@pytest.mark.parametrize("window", MONTHS)
def test_water_is_neither_made_nor_lost(ask: Ask, window: tuple[str, str]) -> None:
    """Volume = volume of the day before + inflow − turbined − spilled, in each reservoir, each day."""
    volume, inflow, turbined, spilled, size, mass = (
        ask(*series, *window)
        for series in (
            ("VoluUtilDiarEner", "Embalse"),
            ("AporEner", "Rio"),
            ("VolTurbMasa", "Embalse"),
            ("VertEner", "Embalse"),
            ("CapaUtilDiarEner", "Embalse"),
            ("CapaUtilDiarMasa", "Embalse"),
        )
    )
    days = sorted({key[0] for key in volume})
    for reservoir in RESERVOIRS:
        feeding = [river.name for river in RIVERS if river.reservoir == reservoir.code]
        for before, day in itertools.pairwise(days):
            at = (day, reservoir.name)
            water = sum(float(inflow[day, river][0]) for river in feeding if (day, river) in inflow)
            energy = float(turbined[at][0] * size[at][0] / mass[at][0])
            expected = float(volume[before, reservoir.name][0]) + water - energy - float(spilled[at][0])
            assert float(volume[at][0]) == pytest.approx(expected, rel=1e-6, abs=20.0)
            assert -1e-6 <= float(volume[at][0]) <= float(size[at][0]) + 1.0


@pytest.mark.parametrize("window", MONTHS)
@pytest.mark.parametrize(
    ("ratio", "part", "whole", "entity"),
    [
        ("PorcApor", "AporEner", "AporEnerMediHist", "Sistema"),
        ("PorcApor", "AporEner", "AporEnerMediHist", "Rio"),
        ("PorcVoluUtilDiar", "VoluUtilDiarEner", "CapaUtilDiarEner", "Sistema"),
        ("PorcVoluUtilDiar", "VoluUtilDiarEner", "CapaUtilDiarEner", "Embalse"),
    ],
)
def test_percentages_are_fractions_of_their_parts(
    ask: Ask, window: tuple[str, str], ratio: str, part: str, whole: str, entity: str
) -> None:
    """PorcApor and PorcVoluUtilDiar are served as fractions, reproduced by their parts to 1e-5."""
    ratios, parts, wholes = (ask(name, entity, *window) for name in (ratio, part, whole))
    assert len(ratios) >= 30
    for key, value in ratios.items():
        assert float(value[0]) == pytest.approx(float(parts[key][0] / wholes[key][0]), abs=1e-5)


def test_the_years_look_like_the_real_ones(ask: Ask) -> None:
    """Levels of the drought of April 2024 and of wet July 2025 stay near what XM published."""
    dry, wet = ("2024-04-01", "2024-04-30"), ("2025-07-01", "2025-07-31")
    level = {w: np.mean([v[0] for v in ask("PorcVoluUtilDiar", "Sistema", *w).values()]) for w in (dry, wet)}
    price = {w: np.mean([v.mean() for v in ask("PrecBolsNaci", "Sistema", *w).values()]) for w in (dry, wet)}
    demand = np.mean(list(total(ask("DemaSIN", "Sistema", *dry)).values())) / 1e6
    assert level[dry] < 0.5 < level[wet]
    assert price[wet] < 250
    assert price[dry] > 400
    assert 215 < demand < 232
    evening = np.mean([v / v.mean() for v in ask("PrecBolsNaci", "Sistema", *dry).values()], axis=0)
    assert int(evening.argmax()) == 19
