"""Calendar regressors against dates anybody can check."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.forecast.calendar import GROUPS, calendar_table, easter, groups_of, holiday_dates

FREE = holiday_dates(date(2022, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2000, date(2000, 4, 23)), (2024, date(2024, 3, 31)), (2025, date(2025, 4, 20)), (2038, date(2038, 4, 25))],
)
def test_easter_is_the_churchs(year, expected):
    """Easter falls on its published date, the latest possible one included."""
    assert easter(year) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 1, 1), {"midweek_holiday", "new_year"}),
        (date(2023, 1, 1), {"new_year"}),  # a Sunday: already a day of rest
        (date(2025, 4, 17), {"midweek_holiday", "maundy_thursday"}),
        (date(2025, 4, 18), {"midweek_holiday", "good_friday"}),
        (date(2025, 4, 16), {"holy_week_mon_wed"}),
        (date(2025, 6, 23), {"monday_holiday"}),
        (date(2025, 6, 24), {"day_after"}),
        (date(2025, 6, 21), {"long_weekend_saturday"}),
        (date(2025, 6, 22), {"long_weekend_sunday"}),
        (date(2025, 8, 8), {"bridge_day"}),  # Friday after Thursday 7 August
        (date(2025, 5, 1), {"midweek_holiday", "labour_day"}),
        (date(2025, 7, 20), set()),  # a holiday on a Sunday
        (date(2024, 7, 20), {"saturday_holiday"}),
        (date(2025, 12, 24), {"december_24"}),
        (date(2025, 9, 10), set()),
    ],
)
def test_days_belong_to_their_groups(day, expected):
    """Known days of the Colombian calendar get exactly their groups."""
    assert set(groups_of(day, FREE)) == expected


def test_table_has_one_row_a_day_and_ten_moved_holidays_a_year():
    """The table is a full grid of zeros and ones; 2025 has ten Monday holidays."""
    table = calendar_table(date(2025, 1, 1), date(2025, 12, 31))
    assert list(table.columns) == list(GROUPS)
    assert len(table) == 365
    assert set(table.to_numpy().ravel()) == {0.0, 1.0}
    assert table["monday_holiday"].sum() == 10


def test_a_day_does_not_depend_on_the_span_asked():
    """The edge of a table knows the holidays beyond it (31 December is the eve of one)."""
    whole = calendar_table(date(2024, 12, 1), date(2025, 1, 31))
    part = calendar_table(date(2024, 12, 31), date(2024, 12, 31))
    assert part.iloc[0].equals(whole.loc["2024-12-31"])
