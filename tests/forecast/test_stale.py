"""Keys of forecasts: what a series reads is in its key, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given as drawn
from hypothesis import settings as sizes
from hypothesis import strategies as st

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.forecast.series_run import open_series
from pipeline.forecast.stale import key_of, stale
from tests.forecast.world import FAST_SETTINGS, demand, quick_policy

TODAY = date(2026, 1, 1)
FRAME = demand(days=120)


def key(frame=FRAME, today=TODAY, settings=FAST_SETTINGS, known=None, code="c", **changes):
    opened = open_series(quick_policy(**changes), SeriesInput(frame, known), today, settings)
    return key_of(opened, settings, code)


def table(**columns):
    return pd.DataFrame(columns, index=pd.to_datetime([date(2025, 12, 1), date(2025, 12, 31), date(2026, 1, 1)]))


def test_what_is_not_read_is_not_in_the_key():
    """Another day, another order of rows, other processes, a driver that is not declared or later: the same key."""
    first = key()
    assert key(FRAME.sample(frac=1, random_state=1)) == first
    assert key(today=TODAY + timedelta(days=9)) == first
    assert key(settings=replace(FAST_SETTINGS, workers=8, dask="local")) == first
    used = {"drivers": table(oni=[0.1, 0.2, 0.3], other=[1.0, 2.0, 3.0])}
    policy = {"roster": ("seasonal_naive", "naive", "dhr_ar", "theta")}
    assert quick_policy(**policy).drivers == ()
    assert key(known=used["drivers"]) == key(known=table(oni=[9.0, 9.0, 9.0]))


@pytest.mark.parametrize(
    "change",
    [
        {"settings": replace(FAST_SETTINGS, seed=8)}, {"code": "d"}, {"horizon": 31}, {"published": ("theta",)},
        {"frame": FRAME.iloc[1:]}, {"frame": FRAME.iloc[:-1]}, {"frame": FRAME.iloc[:0]}, {"frame": FRAME.head(9)},
        {"today": date(2025, 12, 31)},
    ],
)  # fmt: skip
def test_what_is_read_is_in_the_key(change):
    """Settings, code, policy, days that come or go: another key."""
    assert key(**change) != key()


def test_declared_drivers_are_read_up_to_the_newest_day():
    """A driver of the policy moves the key; what it says of days the series has not reached does not."""
    oni = {"drivers": ("oni",)}

    def with_oni(*values, other=0.0):
        return key(known=table(oni=list(values), other=[other] * 3), **oni)

    assert with_oni(0.1, 0.2, 0.3) == with_oni(0.1, 0.2, 9.0) == with_oni(0.1, 0.2, 0.3, other=5.0)
    assert with_oni(0.1, 0.2, 0.3) != with_oni(0.1, 0.7, 0.3)


@sizes(max_examples=25, deadline=None)
@drawn(st.integers(0, 119), st.floats(1e-6, 5.0))
def test_any_revised_day_moves_the_key(place, more):
    """One value of any day, however little it moves."""
    frame = FRAME.copy()
    frame.loc[place, "value"] += more
    assert key(frame) != key()


def bound(series, **changes):
    return quick_policy(series=series, **changes)


POLICIES = (
    bound("total", group="g", role="total"), bound("hydro", group="g", role="part"),
    bound("solar", group="g", role="part"),
    bound("day"), bound("hours", day="day", grain="hourly", horizon=168), bound("alone"),
)  # fmt: skip
BONDS = ({"total", "hydro", "solar"}, {"day", "hours"}, {"alone"})


@drawn(st.sets(st.sampled_from([policy.series for policy in POLICIES])))
def test_series_that_add_up_run_together(moved):
    """What moved, and all that must add up with it; in the order of the declarations; nothing else."""
    keys = {policy.series: "new" if policy.series in moved else "old" for policy in POLICIES}
    done = dict.fromkeys(keys, "old")
    expected = set().union(*(bond for bond in BONDS if bond & moved))
    found = stale(POLICIES, keys, done)
    assert set(found) == expected
    assert found == [policy.series for policy in POLICIES if policy.series in expected]


def test_a_series_never_kept_is_run():
    """No key of an earlier run, a series of a later release: it is run."""
    assert stale(POLICIES[5:], {"alone": "new"}, {}) == ["alone"]
