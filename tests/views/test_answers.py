"""Each board answers its own question: is it El Niño, is firm energy enough and by how much, what is the record."""

from __future__ import annotations

import datetime as dt

import pytest
from small_world import World, hours, one, rows

from pipeline.core.paths import PACKAGE
from pipeline.narrate.facts import read_facts
from pipeline.narrate.lexicon import load_lexicon
from pipeline.narrate.text import finished, house_sentences

TEMPLATES = PACKAGE.parent / "templates"
DAY = dt.date(2026, 11, 15)
ONE = dt.timedelta(days=1)


def text(con: object, board: str) -> str:
    """Return the house's own text of a board, checked by the guard."""
    facts = {fact.id: fact for fact in read_facts(con, board)}  # type: ignore[arg-type]
    told = house_sentences(board, board, facts, TEMPLATES, load_lexicon(TEMPLATES))
    return " ".join(finished(sentence, facts) for sentence in told).replace("\xa0", " ")


def oni(*values: float) -> list[tuple[str, dt.date, float]]:
    """Return the index of the months up to September 2026."""
    months = [dt.date(2026, 9 - i, 1) for i in range(len(values))]
    return [("Sistema", month, value) for month, value in zip(months, reversed(values), strict=True)]


@pytest.mark.parametrize(
    ("values", "answer", "seasons"),
    [
        ((0.1, 0.6, 0.8, 1.1, 1.4, 1.6), "hay El Niño según la regla de la NOAA", 5),
        ((0.6, 0.8, 1.1, 1.4, 1.6), "hay El Niño según la regla de la NOAA", 5),  # as far as the data go
        ((0.4, 0.6, 0.8, 1.1, 1.4), "aún no hay El Niño", 4),
        ((0.9, 0.9, 0.9, 0.9, 0.9, 0.4), "no hay El Niño", 0),
        ((0.9, 0.9, 0.9, 0.9, 0.4, 0.5), "aún no hay El Niño", 1),
        ((-0.6, -0.8), "no hay El Niño", 0),
    ],
)
def test_is_it_el_nino(world: World, values: tuple[float, ...], answer: str, seasons: int) -> None:
    """Five seasons in a row at 0.5 °C or more, by NOAA's rule; the count is said with it."""
    con = world({"ONI/Sistema": oni(*values)}, today=dt.date(2026, 11, 17))
    assert one(con, "SELECT seasons FROM nino_now") == {"seasons": seasons}
    said = text(con, "sequia")
    assert f"; {answer}" in said
    assert said.startswith("En septiembre de 2026, ")
    assert f"0,5 °C o más: {seasons}." in said


def test_reserves_stand_beside_the_same_date_of_the_strong_episodes(world: World) -> None:
    """18 November 2026 beside that of 2023 and of 2015, each with its date and without a cause."""
    levels = {dt.date(2026, 11, 18): 69.6, dt.date(2023, 11, 18): 71.0, dt.date(2015, 11, 18): 61.2}
    series = {"VoluUtilDiarEner/Sistema": [("Sistema", d, v) for d, v in levels.items()]}
    series["CapaUtilDiarEner/Sistema"] = [("Sistema", d, 100.0) for d in levels]
    said = text(world(series, today=dt.date(2026, 11, 20)), "sequia")
    assert "El 18 de noviembre de 2023, los embalses estaban al 71,0 % de su volumen útil." in said
    assert "El 18 de noviembre de 2015, los embalses estaban al 61,2 % de su volumen útil." in said


@pytest.mark.parametrize(
    ("firm", "answer"), [(243.5, "alcanza para la demanda media"), (220.0, "no alcanza para la demanda media")]
)
def test_is_firm_energy_enough_and_by_how_much(world: World, firm: float, answer: str) -> None:
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
    assert said.startswith(f"El 15 de noviembre de 2026, la energía firme {answer}")
    assert f"{'sobran: 13,5' if firm > 230 else 'faltan: 10,0'}" in said
    assert "les faltan, frente a esa demanda media: 5,0" in said
    short = world({"DemaSIN/Sistema": demand[:6], "ENFICC/Sistema": [("Sistema", DAY, firm)]}, today=DAY + ONE * 2)
    assert rows(short, "FROM firm_margin") == []


def test_how_far_generation_has_gone(world: World) -> None:
    """The record of generation, with its date, once there is a year to compare with."""
    series = [row for i in range(400) for row in hours(DAY - ONE * i, 10.0 if i != 46 else 11.0)]
    said = text(world({"Gene/Sistema": series}, today=DAY + ONE * 2), "generacion")
    assert said.endswith("Récord de generación total: 264,0 GWh, el 30 de septiembre de 2026.")
