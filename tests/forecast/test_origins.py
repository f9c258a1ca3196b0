"""Origins, execution and scores of the backtest."""

from __future__ import annotations

import os
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import UsageError
from pipeline.forecast.calendar import calendar_table
from pipeline.forecast.fits import Task, modules_of, pooled, run_task
from pipeline.forecast.forecasters import Context
from pipeline.forecast.origins import ModelSettings, actuals, dense_grid, grid, naive_scale, score_grid
from pipeline.forecast.scores import Scored, score
from tests.forecast.world import quick_policy

pytestmark = pytest.mark.slow

SETTINGS = ModelSettings(score_origins=8)
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


def test_a_forecast_made_after_the_last_datum_has_no_actuals_yet():
    """A night without new data: what was said then is not known wrong, and the scoring goes on."""
    y = series(10)
    found = actuals(y, [y.index[9].toordinal() + 5, y.index[0].toordinal() - 3], 4)
    assert np.isnan(found[0]).all()
    assert np.array_equal(found[1], [np.nan, np.nan, *y.to_numpy()[:2]], equal_nan=True)


def test_more_history_is_judged_at_more_origins():
    """One origin per hundred days, at least three, 24 at most: a short history cannot pay for many fits."""
    default = ModelSettings()
    long = score_grid(date(2015, 1, 1), LAST, 90, default)
    assert len(long) == 24
    assert len(score_grid(FIRST, LAST, 90, default)) == 3


def test_hours_follow_their_origin():
    """The first hour after an origin is hour 0 of the next day."""
    y = pd.Series(np.arange(72.0), index=pd.date_range("2025-01-01", periods=72, freq="h"))
    found = actuals(y, [date(2025, 1, 1).toordinal(), date(2025, 1, 3).toordinal()], 48, 24)
    assert found[0].tolist() == list(range(24, 72))
    assert np.isnan(found[1]).all()


def scored(mean, actual, half=5.0):
    mean, actual = np.array(mean, dtype=float), np.array(actual, dtype=float)
    bands = np.stack([mean - half, mean + half, mean - 2 * half, mean + 2 * half], axis=-1)
    origins = 738_000.0 + np.arange(len(mean))
    return Scored(origins, np.arange(1, mean.shape[1] + 1), mean, bands, actual, np.full(len(mean), 4.0))


def table_of(published="", **by_model):
    return score(quick_policy(), by_model, "backtest", published).set_index("lead")


def test_scores_are_those_of_a_hand_calculation():
    """Errors 10, -4 and 0 on actuals 100, 200, 50; a day not known is not counted."""
    table = table_of("m", m=scored([[110, 196, 50, 1]], [[100, 200, 50, np.nan]])).loc["all"]
    assert table["n"] == 3
    assert table["origins"] == 1
    assert table["mape"] == pytest.approx(100 * (0.1 + 0.02 + 0) / 3, abs=1e-5)
    assert table["wape"] == pytest.approx(100 * 14 / 350, abs=1e-5)
    assert table["mae"] == pytest.approx(14 / 3, abs=1e-5)
    assert table["mase"] == pytest.approx(14 / 3 / 4, abs=1e-5)
    assert table["bias"] == pytest.approx(100 * 6 / 350, abs=1e-5)
    assert table["cov80"] == pytest.approx(100 * 2 / 3, abs=1e-5)
    assert table["cov95"] == 100
    assert table["published"]


def test_lead_buckets_hold_their_days():
    """Ninety days ahead fall in 7, 7, 16 and 60; "all" holds the ninety."""
    table = table_of("x", m=scored(np.ones((2, 90)), np.ones((2, 90))))
    assert table["n"].to_dict() == {"1-7": 14, "8-14": 14, "15-30": 32, "31-90": 120, "all": 180}
    assert not table["published"].any()


def test_mape_ignores_zeros_and_mase_needs_a_scale():
    """A zero actual does not make MAPE infinite; a constant past has no MASE; wind has no MAPE at all."""
    one = scored([[1.0, 11.0]], [[0.0, 10.0]])
    flat = Scored(one.origins, one.leads, one.mean, one.bands, one.actual, np.zeros(1))
    table = table_of(m=flat).loc["all"]
    assert table["mape"] == pytest.approx(10)
    assert np.isnan(table["mase"])
    calm = score(quick_policy(percent_errors=False), {"m": one}, "backtest", "")
    assert calm["mape"].isna().all()


def test_comparison_pairs_the_same_origins():
    """Half the naive's error is a skill of 50 %; origins that only one has are left out."""
    naive = scored([[4.0], [8.0], [6.0], [100.0]], np.zeros((4, 1)))
    model = scored([[2.0], [4.0], [3.0]], np.zeros((3, 1)))
    table = score(quick_policy(), {"seasonal_naive": naive, "m": model}, "backtest", "m")
    row = table[(table["model"] == "m") & (table["lead"] == "all")].iloc[0]
    assert row["skill"] == pytest.approx(50)
    assert row["t"] == pytest.approx(3 / (1 / np.sqrt(3)), abs=1e-5)
    assert table.loc[table["model"] == "seasonal_naive", "skill"].isna().all()


def test_scale_looks_back_only():
    """The scale of MASE at an origin does not see what comes after."""
    y = series()
    origin = y.index[80].toordinal()
    later = y.copy()
    later.iloc[81:] = 9.0
    assert naive_scale(y, [origin]) == naive_scale(later, [origin])


def tasks(*models, days=120):
    y = series(days)
    context = Context(calendar_table(y.index[0].date(), date(2025, 6, 30)))
    return [Task((model,), "s", y.index[-1].toordinal(), y, 14, context) for model in models]


def ran(todo, **where):
    size = ModelSettings(**where)
    return [one for found in pooled(run_task, todo, size, "fits", least=2, modules=modules_of(todo)) for one in found]


FIVE = ("seasonal_naive", "dhr_ar", "theta", "mean_reversion", "naive")


def test_a_pool_gives_what_one_process_gives():
    """Two processes change the time, not the numbers nor their order."""
    wanted = tasks(*FIVE)
    alone, apart = ran(wanted), ran(wanted, workers=2)
    assert [outcome.model for outcome in apart] == list(FIVE)
    for left, right in zip(alone, apart, strict=True):
        assert np.array_equal(left.prediction.mean, right.prediction.mean)


def test_a_cluster_of_two_workers_gives_the_same_bytes():
    """A scheduler and two workers, processes of their own reached by address: every fit as in one process."""
    from distributed import Client, LocalCluster

    wanted = [each for days in (110, 115, 120) for each in tasks(*FIVE, days=days)]
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, worker_dashboard_address=None
    ) as cluster:
        found = ran(wanted, dask=cluster.scheduler_address)
        size = ModelSettings(dask=cluster.scheduler_address)
        where = set(pooled(lambda _: os.getpid(), range(40), size, "where", least=2))
        with Client(cluster.scheduler_address) as client:
            workers = set(client.run(os.getpid).values())
    assert where <= workers and len(workers) == 2
    for left, right in zip(ran(wanted), found, strict=True):
        assert (left.series, left.model, left.origin, left.failure) == (
            right.series, right.model, right.origin, right.failure,
        )  # fmt: skip
        assert left.prediction.mean.tobytes() == right.prediction.mean.tobytes()
        assert left.prediction.sigma.tobytes() == right.prediction.sigma.tobytes()


def test_dask_that_is_not_there_says_what_to_install(monkeypatch):
    """PORTAL_DASK without Dask is wrong usage, in words."""
    from pipeline.forecast import fits

    def absent(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(fits, "import_module", absent)
    with pytest.raises(UsageError, match=r"dask\[distributed\]"):
        ran(tasks("naive"), dask="local")


@pytest.mark.parametrize(("value", "reason"), [(np.nan, "not finite"), (50.0, "plausible range")])
def test_nonsense_is_a_failure(monkeypatch, value, reason):
    """A forecast that is NaN, or e^50 GWh, is never shown."""
    from pipeline.forecast import fits
    from pipeline.forecast.forecasters import Prediction

    monkeypatch.setattr(fits, "forecaster", lambda name: lambda y, h, c: Prediction(np.full(h, value), np.ones(h)))
    (outcome,) = run_task(tasks("naive")[0])
    assert outcome.prediction is None
    assert reason in outcome.failure
