"""Origins, execution and scores of the backtest."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.model.backtest import (
    Scored,
    Task,
    actuals,
    compare,
    dense_grid,
    grid,
    naive_scale,
    run_task,
    run_tasks,
    score,
    score_grid,
)
from pipeline.model.calendar import calendar_table
from pipeline.model.contract import Context, ModelSettings

pytestmark = pytest.mark.slow

SETTINGS = ModelSettings()
FIRST, LAST = date(2024, 11, 27), date(2025, 12, 31)


def series(days=120, first="2025-01-01"):
    index = pd.date_range(first, periods=days, freq="D")
    return pd.Series(np.log(200 + 10 * (index.dayofweek == 6) + np.arange(days) % 5), index=index)


def test_tomorrows_grid_is_todays_and_at_most_one_more():
    """Origins are fixed dates: a new day never moves the others."""
    today = score_grid(FIRST, LAST, 30, SETTINGS)
    tomorrow = score_grid(FIRST, date(2026, 1, 1), 30, SETTINGS)
    assert len(set(tomorrow) - set(today)) <= 1
    assert set(today) <= set(dense_grid(FIRST, LAST, SETTINGS))


def test_origins_leave_room_for_training_and_targets():
    """The first origin has 180 days behind it, the last its whole horizon ahead; there are 8 in 400 days."""
    origins = score_grid(FIRST, LAST, 30, SETTINGS)
    assert len(origins) == 8
    assert origins[0] >= FIRST.toordinal() + 180
    assert origins[-1] <= LAST.toordinal() - 30
    assert score_grid(FIRST, date(2025, 3, 1), 30, SETTINGS) == []


def test_origins_fall_on_every_weekday():
    """The spacing is no multiple of 7, else one weekday would be judged alone."""
    assert {date.fromordinal(day).weekday() for day in grid(738_000, 738_000 + 200, SETTINGS.score_spacing)} == set(
        range(7)
    )


def test_actuals_follow_the_origin():
    """Row one starts the day after the origin; beyond the data is NaN."""
    y = series(10)
    found = actuals(y, [y.index[6].toordinal(), y.index[9].toordinal()], 4)
    assert np.array_equal(found[0], [*y.to_numpy()[7:], np.nan], equal_nan=True)
    assert np.isnan(found[1]).all()


def scored(mean, actual, half=5.0):
    mean, actual = np.array(mean, dtype=float), np.array(actual, dtype=float)
    bands = np.stack([mean - half, mean + half, mean - 2 * half, mean + 2 * half], axis=-1)
    origins = 738_000.0 + np.arange(len(mean))
    return Scored(origins, mean, bands, actual, np.full(len(mean), 4.0))


def test_scores_are_those_of_a_hand_calculation():
    """Errors 10, -4 and 0 on actuals 100, 200, 50; a day not known is not counted."""
    table = score("s", {"m": scored([[110, 196, 50, 1]], [[100, 200, 50, np.nan]])}, "m").set_index("lead").loc["all"]
    assert table["n"] == 3
    assert table["mape"] == pytest.approx(100 * (0.1 + 0.02 + 0) / 3, abs=1e-5)
    assert table["wape"] == pytest.approx(100 * 14 / 350, abs=1e-5)
    assert table["mae"] == pytest.approx(14 / 3, abs=1e-5)
    assert table["mase"] == pytest.approx(14 / 3 / 4, abs=1e-5)
    assert table["bias"] == pytest.approx(100 * 6 / 350, abs=1e-5)
    assert table["cov80"] == pytest.approx(100 * 2 / 3, abs=1e-5)
    assert table["cov95"] == 100
    assert table["published"]


def test_lead_buckets_hold_their_days():
    """Thirty days ahead fall in 7, 7 and 16; "all" holds the thirty."""
    table = score("s", {"m": scored(np.ones((2, 30)), np.ones((2, 30)))}, "x").set_index("lead")
    assert table["n"].to_dict() == {"1-7": 14, "8-14": 14, "15-30": 32, "all": 60}
    assert not table["published"].any()


def test_mape_ignores_zeros_and_mase_needs_a_scale():
    """A zero actual does not make MAPE infinite; a constant past has no MASE."""
    one = scored([[1.0, 11.0]], [[0.0, 10.0]])
    flat = Scored(one.origins, one.mean, one.bands, one.actual, np.zeros(1))
    table = score("s", {"m": flat}, "").set_index("lead").loc["all"]
    assert table["mape"] == pytest.approx(10)
    assert np.isnan(table["mase"])


def test_comparison_pairs_the_same_origins():
    """Half the naive's error is a skill of 50 %; origins that only one has are left out."""
    naive = scored([[4.0], [8.0], [6.0], [100.0]], np.zeros((4, 1)))
    model = scored([[2.0], [4.0], [3.0]], np.zeros((3, 1)))
    row = compare("s", {"seasonal_naive": naive, "m": model}).set_index("lead").loc["all"]
    assert row["origins"] == 3
    assert row["skill"] == pytest.approx(50)
    assert row["t"] == pytest.approx(3 / (1 / np.sqrt(3)), abs=1e-5)
    assert len(compare("s", {"m": model})) == 0


def test_scale_looks_back_only():
    """The scale of MASE at an origin does not see what comes after."""
    y = series()
    origin = y.index[80].toordinal()
    later = y.copy()
    later.iloc[81:] = 9.0
    assert naive_scale(y, [origin]) == naive_scale(later, [origin])


def tasks(*models):
    y = series()
    context = Context(calendar_table(y.index[0].date(), date(2025, 6, 30)))
    return [Task(model, y.index[-1].toordinal(), y, 14, context) for model in models]


def test_a_pool_gives_what_one_process_gives(monkeypatch):
    """Two processes change the time, not the numbers nor their order."""
    monkeypatch.setattr("pipeline.model.backtest.POOL_FROM", 2)
    wanted = tasks("seasonal_naive", "dhr_ar", "theta", "mean_reversion", "naive")
    alone, pooled = run_tasks(wanted, 1), run_tasks(wanted, 2)
    assert [outcome.model for outcome in pooled] == [task.model for task in wanted]
    for left, right in zip(alone, pooled, strict=True):
        assert np.array_equal(left.prediction.mean, right.prediction.mean)


@pytest.mark.parametrize(("value", "reason"), [(np.nan, "not finite"), (50.0, "plausible range")])
def test_nonsense_is_a_failure(monkeypatch, value, reason):
    """A forecast that is NaN, or e^50 GWh, is never shown."""
    from pipeline.model import backtest
    from pipeline.model.contract import Prediction

    monkeypatch.setattr(backtest, "forecaster", lambda name: lambda y, h, c: Prediction(np.full(h, value), np.ones(h)))
    outcome = run_task(tasks("naive")[0])
    assert outcome.prediction is None
    assert reason in outcome.failure
