"""The completeness gate: which days may be learned from."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.core.errors import DuplicateKey, NotEnoughHistory
from pipeline.forecast.history import gate, to_levels, to_space
from tests.forecast.world import demand, quick_policy

TODAY = date(2026, 1, 1)
LAST = date(2025, 12, 31)


def gated(frame, today=TODAY, **changes):
    return gate(SeriesInput(frame), quick_policy(**changes), today, 60)


def with_last(**changes):
    frame = demand()
    for column, value in changes.items():
        frame.loc[frame.index[-1], column] = value
    return frame


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hours": 23}, "hours"),
        ({"quality": "provisional"}, "in doubt"),
        ({"quality": "doubtful"}, "in doubt"),
        ({"value": 0.0}, "not positive"),
    ],
)
def test_unfinished_days_are_left_out(changes, reason):
    """A day with 23 hours, one that may not be quoted, or one at zero is not learned from."""
    found = gated(with_last(**changes))
    assert found.dropped == {LAST: reason}
    assert found.y.index[-1].date() == date(2025, 12, 30)


def test_a_low_holiday_is_kept():
    """A real day 30 % below the others is low, not half-built."""
    assert gated(with_last(value=160.0)).dropped == {}


def test_a_corrected_day_is_kept():
    """A revised value is the best one there is."""
    assert gated(with_last(quality="corrected")).dropped == {}


def test_today_is_not_over():
    """Values of today and later are ignored."""
    frame = demand(days=402, last=date(2026, 1, 2))
    assert gated(frame).y.index[-1].date() == LAST


def test_gaps_stay_gaps_and_nothing_is_invented():
    """The grid is regular; missing days are NaN; every other value is the given one."""
    frame = demand()
    missing = [date(2025, 6, 1), date(2025, 6, 2)]
    found = gated(frame[~frame["day"].isin(missing)]).y
    assert len(found) == 400
    assert [day.date() for day in found.index[found.isna()]] == missing
    known = found.dropna()
    truth = pd.Series(frame["value"].to_numpy(), index=pd.to_datetime(frame["day"])).reindex(known.index)
    assert (known == truth).all()


def test_a_verdict_does_not_change_with_later_days():
    """The level rule looks back only."""
    frame = with_last(value=52.6, quality="provisional")
    later = pd.concat([frame, demand(days=10, last=date(2026, 1, 10))])
    assert gated(later, today=date(2026, 1, 11)).dropped == gated(frame).dropped


def test_optional_columns_may_be_absent():
    """Day and value are enough."""
    assert len(gated(demand()[["day", "value"]]).y) == 400


def test_faults_are_named():
    """Too short a history and two values for a day raise, each with what to do."""
    with pytest.raises(NotEnoughHistory, match="59 valid days, 60 needed"):
        gated(demand(days=59))
    with pytest.raises(DuplicateKey, match="one row a day"):
        gated(pd.concat([demand(), demand().head(1)]))


def test_spaces_are_inverse():
    """Logarithms and levels come back to the same values."""
    values = np.array([32.0, 230.0, 2822.0])
    for transform in ("log", "levels"):
        assert np.allclose(to_levels(to_space(values, transform), transform), values)
