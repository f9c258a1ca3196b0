"""Time as XM means it."""

import datetime as dt

from pipeline.core import clock


def test_months_and_years() -> None:
    """Ends of months, leap days, a year before."""
    assert clock.month_end(dt.date(2024, 2, 10)) == dt.date(2024, 2, 29)
    assert clock.add_months(dt.date(2024, 1, 31), -1) == dt.date(2023, 12, 1)
    assert clock.year_before(dt.date(2024, 2, 29)) == dt.date(2023, 2, 28)
    assert list(clock.days(dt.date(2024, 2, 28), dt.date(2024, 3, 1)))[1] == dt.date(2024, 2, 29)


def test_no_daylight_saving() -> None:
    """Bogotá is UTC−5 in January and in July."""
    for month in (1, 7):
        assert dt.datetime(2026, month, 1, tzinfo=clock.BOGOTA).utcoffset() == dt.timedelta(hours=-5)
