"""The judge judged: what it takes to be alike, and which number of a text it takes to be another's."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from tests.truth.house import FIRST, Published
from tests.truth.real import kind, like
from tests.truth.shown import tells_of_another


def test_a_holiday_of_holy_week_is_a_holiday() -> None:
    """Saint Joseph's of 2024 fell on the Monday of Holy Week: its like day is that of 2023, not the Monday at work."""
    joseph, before, at_work = dt.date(2024, 3, 25), dt.date(2023, 3, 20), dt.date(2023, 4, 3)
    assert kind(joseph) == kind(before) != kind(at_work)
    assert like(joseph) == before


def test_days_of_holy_week_are_like_themselves() -> None:
    """Good Friday is like Good Friday, whatever the date."""
    assert like(dt.date(2024, 3, 29)) == dt.date(2023, 4, 7)


@pytest.mark.parametrize(
    ("place", "series", "number", "another"),
    [
        ("restricciones", "enficc_cover", "25,7", True),  # the change of the costs
        ("restricciones", "rest_before", "25,7", False),  # its own claim
        ("restricciones", "enficc_cover", "25,8", False),  # nobody says so
        ("restricciones", "demand", "231,4", False),  # a claim that the text does not tell
        ("inicio", "enficc_cover", "25,7", False),  # more than a text
        ("records", "enficc_cover", "25,7", False),  # no claims
    ],
)
def test_a_number_is_anothers_where_a_told_claim_has_it(
    tmp_path: Path, place: str, series: str, number: str, another: bool
) -> None:
    """The text says that costs fell 25,7 %; the cover of firm energy, which errs, would read 25,7 too."""
    claims = [
        {"subject": "rest_before", "shown": True, "figures": {"value": 4325.87, "change": -25.658, "span": 1.0}},
        {"subject": "generation", "shown": False, "figures": {"value": 231.4}},
    ]
    for board in ("restricciones", "inicio"):
        path = tmp_path / "build" / "site" / "datos" / "narrative" / f"{board}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"claims": claims}), encoding="utf-8")
    assert tells_of_another(Published(tmp_path, FIRST, (), ()), place, series, number) == another
