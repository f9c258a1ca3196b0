"""Spanish of noun phrases, figures and dates: what every sentence of the grammar is made of."""

from __future__ import annotations

import datetime as dt

from pipeline.core import spanish

SPANS = {7: "los últimos siete días", 28: "las últimas cuatro semanas"}
COUNTS = ("cero", "un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")


def plain_span(days: int) -> str:
    """Return a span of days without its article: «siete días»."""
    return SPANS[days].split(" ", 2)[2]


def plural(said: str) -> bool:
    """Return whether a noun phrase with its article is plural."""
    return said.startswith(("los ", "las "))


def agree(said: str, forms: str) -> str:
    """Return the form of a verb that goes with a noun phrase: `fue|fueron`; one form serves both."""
    one, _, many = forms.partition("|")
    return many if many and plural(said) else one


def of(said: str) -> str:
    """Return «de» and a noun phrase: del embalse, de la demanda."""
    return f"del {said[3:]}" if said.startswith("el ") else f"de {said}"


def to(said: str) -> str:
    """Return «a» and a noun phrase: al precio, a la demanda."""
    return f"al {said[3:]}" if said.startswith("el ") else f"a {said}"


def opened(text: str) -> str:
    """Return a sentence with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def quantity(value: float, unit: str, decimals: int) -> str:
    """Return a figure with its unit; a threshold that is a whole number has no decimals."""
    label = "puntos" if unit == "puntos" and spanish.number(abs(value), decimals) != "1" else unit
    return spanish.quantity(value, "horas" if unit == "h" else label, decimals)


def whole(value: float, unit: str, decimals: int) -> str:
    """Return a figure that is declared, not measured: 90 %, not 90,0 %."""
    return quantity(value, unit, 0 if value == int(value) else decimals)


def count(number: float) -> str:
    """Return a count of masculine things: in letters below ten."""
    return COUNTS[int(number)] if 0 <= number < len(COUNTS) else spanish.number(number, 0)


def day_of(day: dt.date, near: dt.date, *, month: bool = False) -> str:
    """Return a day beside another: without its year where that is plain, by its month where years lie between.

    Args:
        day: The day named.
        near: The day of the sentence.
        month: True to name the month only.
    """
    if month or (day.year != near.year and abs((near - day).days) > 200):
        return spanish.month(day)
    return f"el {day.day} de {spanish.MONTHS[day.month - 1]}"


def since(day: dt.date, near: dt.date) -> str:
    """Return «desde» and a day."""
    return f"desde {day_of(day, near)}"
