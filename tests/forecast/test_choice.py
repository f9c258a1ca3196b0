"""The last four weeks overrule the backtest; a break widens the bands."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from pipeline.catalog.forecast_frames import VALUE, no_rows
from pipeline.forecast.bands import calibrate, watch
from pipeline.forecast.choice import choose, lost_touch, recent_ratio
from pipeline.forecast.fits import receive, run_task, tasks_of
from pipeline.forecast.series_run import open_series
from pipeline.forecast.vintages import Vintage
from tests.forecast.world import FAST_SETTINGS, demand, given, quick_policy

pytestmark = pytest.mark.slow

TODAY = date(2026, 1, 1)


def run_of(frame, **changes):
    run = open_series(quick_policy(**changes), given(frame)["demand_daily"], TODAY, FAST_SETTINGS)
    run.remember(no_rows(VALUE), TODAY)
    receive(run, [outcome for task in tasks_of(run, fast=True) for outcome in run_task(task)])
    watch(run)
    calibrate(run)
    return run


def test_a_model_that_lost_touch_is_dropped_and_the_naive_says_why():
    """Live forecasts twice as wrong as the naive's for four weeks: the model is not shown, whatever its backtest."""
    run = run_of(demand())
    choose(run)
    assert run.shown == "dhr_ar"
    truth = run.y.to_numpy()
    for origin in range(run.last - 27, run.last):
        start = origin - run.first + 1
        actual = np.resize(truth[start : start + 30], 30)
        blank = np.full(30, np.nan)
        run.past_live.setdefault("seasonal_naive", {})[origin] = Vintage(actual + 5, blank)
        run.past_live.setdefault("dhr_ar", {})[origin] = Vintage(actual + 60, blank)
    assert recent_ratio(run, "dhr_ar") > 1.3
    assert "1.3 allowed" in lost_touch(run, "dhr_ar")
    choose(run)
    assert run.shown == "seasonal_naive"
    assert [note.kind for note in run.notes[-2:]] == ["fallback", "naive"]
    assert "28 days" in run.notes[-2].text


def test_few_recent_forecasts_judge_nobody():
    """Without forecasts to compare there is no ratio, hence no verdict."""
    run = run_of(demand())
    run.vintages["theta"] = {}
    assert recent_ratio(run, "theta") is None
    assert lost_touch(run, "theta") == ""


def test_a_break_is_seen_and_bands_widen_by_themselves():
    """Demand that falls by a fifth, as in March 2020, is a break; a steady series is none."""
    calm = run_of(demand())
    assert not calm.broken
    assert [note for note in calm.notes if note.kind == "break"] == []
    frame = demand()
    frame.loc[frame.index[-14:], "value"] *= 0.8
    broken = run_of(frame)
    widths = [run.live["dhr_ar"][run.last].bands for run in (calm, broken)]
    ratio = [float(np.mean(np.log(bands[:7, 1] / bands[:7, 0]))) for bands in widths]
    assert [note.kind for note in broken.notes if note.kind == "break"] == ["break"]
    assert broken.broken
    assert ratio[1] > 1.3 * ratio[0]
