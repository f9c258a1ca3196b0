"""es-CO formatting, as printed in the ministry's bulletins."""

import datetime as dt

import pytest

from pipeline.core import spanish


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (12907.74, 2, "12.907,74"), (0.0, 1, "0,0"), (-0.04, 1, "0,0"), (-50.5, 1, "−50,5"), (1529.4, None, "1.529"),
        (34.42, None, "34,4"), (7.26, None, "7,26"), (0.0042, None, "0,004"), (1e9, 0, "1.000.000.000"),
    ],
)  # fmt: skip
def test_numbers(value: float, decimals: int | None, text: str) -> None:
    """Decimal comma, thousands point, a true minus sign, never a minus zero."""
    assert spanish.number(value, decimals) == text


def test_missing_is_said() -> None:
    """No value is words, not a zero."""
    assert spanish.quantity(None, "GWh") == "sin dato"
    assert spanish.headline(float("nan"), "GWh") == "sin dato"


def test_quantities_carry_their_unit() -> None:
    """Value and unit stay on one line."""
    assert spanish.quantity(233.858, "GWh") == "233,86\u00a0GWh"
    assert spanish.quantity(16505.1, "MCOP") == "16.505,1\u00a0millones de COP"


def test_dates() -> None:
    """Short, long and month forms."""
    day = dt.date(2026, 11, 22)
    assert spanish.date(day) == "22\u00a0nov\u00a02026"
    assert spanish.long_date(day) == "22 de noviembre de 2026"
    assert spanish.month(day) == "noviembre de 2026"
    assert spanish.weekday(day) == "domingo"


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [(242.87, 254.69, "▼ 4,6\u00a0%"), (243.07, 183.25, "▲ 32,6\u00a0%"), (28544.92, 26631.48, "▲ 7,2\u00a0%")],
)
def test_variation_matches_the_published_table(now: float, before: float, text: str) -> None:
    """(now − before)/|before|, as XM's own boards print it."""
    assert spanish.variation(now, before).text == text


def test_variation_of_percentages_is_in_points() -> None:
    """Reserves fall by points, not by percent of a percent."""
    assert spanish.variation(34.4, 55.4, points=True).text == "▼ 21,0\u00a0p.p."


@pytest.mark.parametrize(("now", "before"), [(1.0, None), (None, 1.0), (1.0, 0.0), (float("nan"), 1.0)])
def test_no_base_no_variation(now: float | None, before: float | None) -> None:
    """Without a comparable base there is no percentage."""
    assert spanish.variation(now, before).direction == "unknown"


def test_enumerations() -> None:
    """«y», and «e» before an i sound."""
    assert spanish.join(["gas", "carbón", "hidráulica"]) == "gas, carbón e hidráulica"
    assert spanish.join(["hielo"]) == "hielo"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ended 2025-02-28", "terminó el 28\u00a0feb\u00a02025"),
        ("starts 2025-03-01", "comienza el 1\u00a0mar\u00a02025"),
        ("no_event", "sin eventos en el periodo"),
        ("", ""),
        ("timeout: no whole answer in time; tries are spent", "la fuente no respondió a tiempo"),
        ("http_503; deadline", "la fuente falló (respondió 503)"),
        ("http_403: Access denied", "la fuente no permite el acceso desde este portal (respondió 403)"),
        ("source_down: http_503", "la fuente falló (respondió 503)"),
        (
            "frozen: unit 'a' is now 'b'",
            "la fuente cambió la unidad o el tipo de la serie; se conserva lo anterior hasta revisarlo",
        ),
        ("Something nobody foresaw", spanish.UNKNOWN_REASON),
    ],
)
def test_reasons_are_words(code: str, words: str) -> None:
    """What ingest leaves as a code is read as a sentence."""
    assert spanish.reason(code) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11", "nov·2026"),
        ("2026-13", "2026-13"),
        ("70 % o más", "70·% o más"),
        ("73,9 % de 4.120 GWh", "73,9·% de 4.120·GWh"),
        ("12 plantas", "12 plantas"),
    ],
)
def test_labels_of_the_data_are_readable(text: str, shown: str) -> None:
    """Month codes are written in words and a number is never parted from its unit."""
    assert spanish.label(text) == shown.replace("·", spanish.NBSP)


def test_a_flat_change_is_still_the_change() -> None:
    """Under 0,1 nothing is called up or down, and what is shown is the rounded change, not a zero."""
    small, none = spanish.variation(1.13, 1.05, points=True), spanish.variation(100.02, 100.0)
    assert (small.direction, small.text) == ("flat", "= 0,1\u00a0p.p.")
    assert (none.direction, none.text) == ("flat", "= 0,0\u00a0%")
