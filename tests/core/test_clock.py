"""Time as XM means it."""

import datetime as dt

import pytest

from pipeline.core import clock


def test_hour_convention() -> None:
    """Hour01 begins at midnight, Hour24 at 23:00: 24 hours a day, all year."""
    assert [clock.hour_of(c) for c in clock.HOUR_COLUMNS] == list(range(24))
    assert clock.hour_of("Values_Hour24") == 23


@pytest.mark.parametrize("name", ["Hour00", "Hour25", "Hora01", "hour1"])
def test_other_names_are_no_hours(name: str) -> None:
    """A column that is no hour is refused."""
    with pytest.raises(ValueError, match="hour column"):
        clock.hour_of(name)


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
