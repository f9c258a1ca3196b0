"""Time as XM means it."""

import datetime as dt

from pipeline.core import clock


def test_months() -> None:
    """The first day of a month, over the end of a year and back."""
    assert clock.add_months(dt.date(2024, 1, 31), -1) == dt.date(2023, 12, 1)
    assert clock.add_months(dt.date(2023, 11, 5), 14) == dt.date(2025, 1, 1)


def test_months_apart() -> None:
    """Whole months between two dates, either way."""
    assert clock.months_between(dt.date(2023, 11, 30), dt.date(2024, 2, 1)) == 3
    assert clock.months_between(dt.date(2024, 2, 1), dt.date(2023, 11, 30)) == -3


def test_no_daylight_saving() -> None:
    """Bogotá is UTC−5 in January and in July."""
    for month in (1, 7):
        assert dt.datetime(2026, month, 1, tzinfo=clock.BOGOTA).utcoffset() == dt.timedelta(hours=-5)
