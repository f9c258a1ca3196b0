"""The second line: every figure of a finished or pasted text is a fact, or it is named."""

from __future__ import annotations

import pytest

from pipeline.narrate.figures import unsupported
from tests.narrate.samples import facts_of

INICIO = list(facts_of("inicio").values())


@pytest.mark.parametrize(
    "text",
    [
        "Los embalses están al 34,42 %, 21,0 puntos menos que hace un año.",
        "Los embalses están al 34,4 % y los aportes fueron de 344 GWh.",
        "La demanda fue de 231,4 GWh el 30 de abril de 2024 (0,2314 TWh; 231.400 MWh).",
        "El precio promedió 127 COP/kWh, una caída de -58,2 %.",
        "Reserves are at 34.42 % as of 2024-05-05.",
        "En abril de 2024 el precio fue de 127,1 COP/kWh.",
        "Sin cifras.",
    ],
)
def test_supported(text):
    """Figures within the rounding they are written with are accepted, in es-CO and English form."""
    assert unsupported(text, INICIO) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Los embalses están al 34,52 %.", "34,52 %"),
        ("Los embalses están al 34,4 GWh.", "34,4 GWh"),
        ("La demanda fue de 231,4 MWh.", "231,4 MWh"),
        ("La demanda fue de 2.314 GWh.", "2.314 GWh"),
        ("El precio fue de 1.271,2 COP/kWh.", "1.271,2 COP/kWh"),
        ("Fueron 3 plantas.", "3 plantas"),
        ("El 29 de abril de 2024 la demanda fue de 231,4 GWh.", "29 de abril de 2024"),
        ("En mayo de 2023 llovió.", "mayo de 2023"),
        ("Costó 127 mil millones de pesos.", "127 mil millones de pesos"),
    ],
)
def test_unsupported(text, found):
    """A changed digit, unit, magnitude or date is found."""
    assert any(found.startswith(piece) or piece.startswith(found) for piece in unsupported(text, INICIO))


def test_digits_of_a_name_are_no_figures():
    """The digits of a label («PORCE3», «30 días») are not held against a text."""
    facts = list(facts_of("precio-bolsa").values())
    assert unsupported("Precio de bolsa, promedio de los últimos 30 días: 411,20 COP/kWh.", facts) == []
