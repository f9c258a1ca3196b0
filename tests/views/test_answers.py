"""Each board answers its own question: is it El Niño, is firm energy enough and by how much, what is the record."""

from __future__ import annotations

import datetime as dt

import pytest
from small_world import World, hours, one, rows

from pipeline.catalog.load import load_catalog
from pipeline.narrate.claims import read_claims
from pipeline.narrate.editor import edit
from pipeline.narrate.paragraph import realise

DAY = dt.date(2026, 11, 15)
ONE = dt.timedelta(days=1)


def text(con: object, board: str) -> str:
    """Return the text that the rules make for a board."""
    claims = read_claims(con, board)  # type: ignore[arg-type]
    told = realise(edit(claims, load_catalog().boards[board].tells), claims)
    return " ".join(told.paragraphs).replace("\xa0", " ")


def oni(*values: float) -> list[tuple[str, dt.date, float]]:
    """Return the index of the months up to September 2026."""
    months = [dt.date(2026, 9 - i, 1) for i in range(len(values))]
    return [("Sistema", month, value) for month, value in zip(months, reversed(values), strict=True)]


@pytest.mark.parametrize(
    ("values", "answer", "seasons"),
    [
        ((0.1, 0.6, 0.8, 1.1, 1.4, 1.6), "cinco trimestres seguidos en 0,5 °C o más", 5),
        ((0.6, 0.8, 1.1, 1.4, 1.6), "cinco trimestres seguidos en 0,5 °C o más", 5),  # as far as the data go
        ((0.4, 0.6, 0.8, 1.1, 1.4), "cuatro trimestres seguidos en 0,5 °C o más", 4),
        ((0.9, 0.9, 0.9, 0.9, 0.9, 0.4), "0,5 °C", 0),
        ((0.9, 0.9, 0.9, 0.9, 0.4, 0.5), "un trimestre en 0,5 °C o más", 1),
        ((-0.6, -0.8), "0,5 °C", 0),
    ],
)
def test_is_it_el_nino(world: World, values: tuple[float, ...], answer: str, seasons: int) -> None:
    """Five seasons in a row at 0.5 °C or more, by NOAA's rule; the count is said with it, and whose rule it is."""
    con = world({"ONI/Sistema": oni(*values)}, today=dt.date(2026, 11, 17))
    assert one(con, "SELECT seasons FROM nino_now") == {"seasons": seasons}
    said = text(con, "sequia")
    assert answer in said and "NOAA" in said
    assert said.startswith("En septiembre de 2026, ")
    assert ("cinco trimestres" in said.partition("NOAA")[0]) == (seasons == 5)


@pytest.mark.parametrize(("firm", "apart"), [(243.5, "13,5 GWh"), (220.0, "10,0 GWh")])
def test_is_firm_energy_enough_and_by_how_much(world: World, firm: float, apart: str) -> None:
    """On a Sunday of 200 GWh it is the mean of its week, 230 GWh, that firm energy is set against."""
    demand = [("Sistema", DAY - ONE * i, 200.0 if i == 0 else 235.0) for i in range(7)]
    con = world(
        {
            "DemaSIN/Sistema": demand,
            "ENFICC/Sistema": [("Sistema", DAY, firm)],
            "ENFICC/Recurso": [("AAAA", DAY, firm)],
            "ObligEnerFirme/Recurso": [("AAAA", DAY, 225.0)],
        },
        today=DAY + ONE * 2,
    )
    found = one(con, "FROM firm_margin")
    assert found["demand_gwh"] == 230.0
    assert found["enficc_margin_gwh"] == pytest.approx(firm - 230.0)
    said = text(con, "confiabilidad")
    assert said.startswith("El 15 de noviembre de 2026, ") and "la demanda media de siete días" in said
    assert apart in said and "5,0 GWh" in said
    short = world({"DemaSIN/Sistema": demand[:6], "ENFICC/Sistema": [("Sistema", DAY, firm)]}, today=DAY + ONE * 2)
    assert rows(short, "FROM firm_margin") == []


def test_how_far_generation_has_gone(world: World) -> None:
    """The record of generation, with its date, once there is a year to compare with."""
    series = [row for i in range(400) for row in hours(DAY - ONE * i, 10.0 if i != 46 else 11.0)]
    said = text(world({"Gene/Sistema": series}, today=DAY + ONE * 2), "generacion")
    assert "264,0 GWh" in said and "30 de septiembre" in said
