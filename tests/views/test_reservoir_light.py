"""The one semaphore, the indices of the Estatuto, the alerts, and the way of the water."""

from __future__ import annotations

import datetime as dt

import pytest
from small_world import Row, World, hours, one, rows

DAY = dt.date(2024, 4, 30)
RESERVOIRS = [
    {"code": "PENOL", "name": "PENOL", "region": "ANTIOQUIA"},
    {"code": "MIEL1", "name": "AMANI", "region": "CALDAS"},
    {"code": "GUAVIO", "name": "GUAVIO", "region": "ORIENTE"},
]
# code: volume, capacity, upper and lower minimum [GWh]; GUAVIO has none published
LEVELS = {
    "PENOL": (2000.0, 4000.0, 1200.0, 800.0),
    "MIEL1": (50.0, 200.0, 60.0, 40.0),
    "GUAVIO": (10.0, 800.0, None, None),
}
METRICS = ("VolumenUtilDiarioEnergia", "CapacidadUtilEnergia", "MinimoOperativoSuperior", "MinimoOperativoInferior")


def levels(changed: dict[str, tuple[float | None, ...]] | None = None) -> dict[str, list[Row]]:
    """Return the four SIMEM series of one day."""
    told = LEVELS | (changed or {})
    return {
        f"{metric}/Embalse": [(code, DAY, values[i]) for code, values in told.items() if values[i] is not None]
        for i, metric in enumerate(METRICS)
    }


@pytest.mark.parametrize(
    ("volume", "light"),
    [(60.0, "good"), (59.9, "watch"), (40.0, "watch"), (39.9, "low"), (0.0, "low")],
)
def test_light_stands_on_both_minima(world: World, volume: float, light: str) -> None:
    """At the upper minimum it is good; at the lower one still watch; below it, low."""
    con = world(levels({"MIEL1": (volume, 200.0, 60.0, 40.0)}), {"ListadoEmbalses": RESERVOIRS})
    assert one(con, "SELECT light FROM reservoir_light WHERE reservoir = 'AMANI'") == {"light": light}


def test_without_a_minimum_there_is_no_light(world: World) -> None:
    """Guavio has no minimum, and a published 0 is none: no threshold is supposed."""
    con = world(levels({"MIEL1": (50.0, 200.0, 0.0, 0.0)}), {"ListadoEmbalses": RESERVOIRS})
    found = {r["reservoir"]: r["light"] for r in rows(con, "SELECT reservoir, light FROM reservoir_light")}
    assert found == {"PENOL": "good", "AMANI": None, "GUAVIO": None}
    assert one(con, "SELECT light_word(NULL) AS w") == {"w": "Sin mínimo publicado"}


def test_system_adds_up_the_reservoirs_with_minima(world: World) -> None:
    """2,050 GWh of 1,260 and 840; one of two below its upper minimum; 84 % of the capacity has a reference."""
    con = world(levels(), {"ListadoEmbalses": RESERVOIRS})
    found = one(con, "FROM system_light")
    assert (found["volume_gwh"], found["upper_gwh"], found["lower_gwh"]) == (2050.0, 1260.0, 840.0)
    assert (found["light"], found["with_minimum"], found["watch"], found["low"]) == ("good", 2, 1, 0)
    assert found["covered_pct"] == pytest.approx(84.0)
    assert found["of_upper_pct"] == pytest.approx(162.6984127)
    headline = one(con, "SELECT value FROM headline WHERE series = 'reserves_of_minimum'")
    assert headline["value"] == found["of_upper_pct"]


def test_system_has_no_light_when_minima_cover_too_little(world: World) -> None:
    """With the minimum of the small one alone, 4 % of the capacity cannot speak for the system."""
    con = world(levels({"PENOL": (2000.0, 4000.0, None, None)}), {"ListadoEmbalses": RESERVOIRS})
    assert one(con, "SELECT light, with_minimum FROM system_light") == {"light": None, "with_minimum": 1}
    assert rows(con, "SELECT * FROM headline WHERE series = 'reserves_of_minimum'") == []


def inflows(pct: float, days: int = 28) -> dict[str, list[Row]]:
    """Return `days` days of inflows at `pct` % of a mean of 200 GWh."""
    span = [DAY - dt.timedelta(days=d) for d in range(days)]
    return {
        "AporEner/Sistema": [("Sistema", day, 2.0 * pct) for day in span],
        "AporEnerMediHist/Sistema": [("Sistema", day, 200.0) for day in span],
    }


@pytest.mark.parametrize(
    ("pct", "days", "crossed", "word"),
    [(89.9, 28, True, "Bajo"), (90.0, 28, False, "Alto"), (50.0, 27, None, "Faltan días")],
)
def test_hsin_is_four_weeks_over_their_mean(
    world: World, pct: float, days: int, crossed: bool | None, word: str
) -> None:
    """Below 90 % is low; without the 28 days there is no level."""
    con = world(inflows(pct, days))
    found = one(con, "SELECT value, crossed, word FROM statute_index WHERE code = 'HSIN'")
    assert found == {"value": pytest.approx(pct) if days == 28 else None, "crossed": crossed, "word": word}


@pytest.mark.parametrize(("dear", "word"), [(3, "Bajo"), (4, "Alto")])
def test_pbp_is_high_when_most_of_the_week_reaches_the_scarcity_price(world: World, dear: int, word: str) -> None:
    """Low while at least four of seven days stay below 1,000; three dear days do not change that, four do."""
    prices = [row for d in range(7) for row in hours(DAY - dt.timedelta(days=d), 1000.0 if d < dear else 300.0)]
    con = world({"PrecBolsNaci/Sistema": prices, "PrecEscaAct/Sistema": [("Sistema", dt.date(2024, 4, 3), 1000.0)]})
    found = one(con, "SELECT word, threshold, crossed FROM statute_index WHERE code = 'PBP'")
    assert found == {"word": word, "threshold": 1000.0, "crossed": word == "Alto"}


def test_ne_has_a_value_and_no_level(world: World) -> None:
    """XM publishes the reference path in no API: nothing takes its place."""
    con = world(
        {f"{m}/Sistema": [("Sistema", DAY, v)] for m, v in (("VoluUtilDiarEner", 60.0), ("CapaUtilDiarEner", 100.0))}
    )
    found = one(con, "SELECT value, threshold, crossed FROM statute_index WHERE code = 'NE'")
    assert found == {"value": 60.0, "threshold": None, "crossed": None}


def test_alerts_say_what_is_crossed_and_what_cannot_be_told(world: World) -> None:
    """One reservoir and the inflows are in alert; the price has no reference and stays unknown."""
    con = world(levels() | inflows(59.1) | {"PrecBolsNaci/Sistema": hours(DAY, 300.0)}, {"ListadoEmbalses": RESERVOIRS})
    found = {r["id"]: r for r in rows(con, "SELECT id, in_force, text FROM alert")}
    assert {k: r["in_force"] for k, r in found.items()} == {
        "system_light": False, "reservoirs_low": True, "hsin": True, "pbp": None, "scarcity_hours": None,
    }  # fmt: skip
    assert found["reservoirs_low"]["text"] == "1 embalse está por debajo de su mínimo operativo superior"
    assert "59,1 %" in found["hsin"]["text"]


def test_water_goes_from_the_river_to_the_plant(world: World) -> None:
    """Nare fills El Peñol, which feeds Guatapé; a river that fills nothing stands alone."""
    plants = [{"code": "GTPE", "name": "GUATAPE", "type": "HIDRAULICA", "energy_source": "AGUA"}]
    con = world(
        {
            "AporEner/Rio": [("NARE", DAY, 20.0), ("AMOYA", DAY, 1.0)],
            "AporEnerMediHist/Rio": [("NARE", DAY, 40.0)],
            "VoluUtilDiarEner/Embalse": [("PENOL", DAY, 1000.0)],
            "CapaUtilDiarEner/Embalse": [("PENOL", DAY, 4000.0)],
            "Gene/Recurso": hours(DAY, 0.5, "GTPE"),
            "Gene/Sistema": hours(DAY, 0.5),
        },
        {"ListadoRecursos": plants, "ListadoEmbalses": RESERVOIRS},
    )
    found = {r["river"]: r for r in rows(con, "FROM water_chain")}
    nare = found["NARE"]
    assert (nare["of_mean_pct"], nare["reservoir"], nare["reservoir_pct"]) == (50.0, "PENOL", 25.0)
    assert (nare["plant"], nare["plant_gwh"]) == ("GUATAPE", 12.0)
    assert (found["AMOYA"]["reservoir"], found["AMOYA"]["plant"]) == (None, None)


def test_turbined_and_spilled_water_are_told_apart(world: World) -> None:
    """Spills of two reservoirs add up; a day without them has none reported, which is no zero."""
    before = DAY - dt.timedelta(days=1)
    con = world(
        {
            "VolTurbMasa/Sistema": [("Sistema", DAY, 300.0), ("Sistema", before, 280.0)],
            "VolTurbMasa/Embalse": [("PENOL", DAY, 10.0)],
            "VertMasa/Embalse": [("PENOL", DAY, 4.0), ("AMANI", DAY, 1.0)],
        }
    )
    assert rows(con, "SELECT turbined_hm3, spilled_hm3 FROM water_daily ORDER BY day") == [
        {"turbined_hm3": 280.0, "spilled_hm3": None},
        {"turbined_hm3": 300.0, "spilled_hm3": 5.0},
    ]
    found = {r["reservoir"]: r for r in rows(con, "FROM water_reservoir_recent")}
    assert (found["PENOL"]["turbined_hm3"], found["PENOL"]["spilled_hm3"]) == (10.0, 4.0)
