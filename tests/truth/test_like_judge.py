"""What the judge of like days takes to be alike."""

from __future__ import annotations

import datetime as dt

from tests.truth.real import kind, like


def test_a_holiday_of_holy_week_is_a_holiday() -> None:
    """Saint Joseph's of 2024 fell on the Monday of Holy Week: its like day is that of 2023, not the Monday at work."""
    joseph, before, at_work = dt.date(2024, 3, 25), dt.date(2023, 3, 20), dt.date(2023, 4, 3)
    assert kind(joseph) == kind(before) != kind(at_work)
    assert like(joseph) == before


def test_days_of_holy_week_are_like_themselves() -> None:
    """Good Friday is like Good Friday, whatever the date."""
    assert like(dt.date(2024, 3, 29)) == dt.date(2023, 4, 7)
