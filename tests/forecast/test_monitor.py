"""The last four weeks overrule the backtest; a break widens the bands."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from pipeline.forecast.choose import choose
from pipeline.forecast.desk import Desk, calibrate, open_desk, receive, tasks_of
from pipeline.forecast.monitor import lost_touch, recent_ratio, watch
from pipeline.forecast.pool import run_tasks
from pipeline.forecast.prepare import prepare
from pipeline.forecast.vintages import Vintage
from tests.forecast.world import FAST_SETTINGS, demand, given, quick_policy

pytestmark = pytest.mark.slow

TODAY = date(2026, 1, 1)


def desk_of(frame, **changes):
    import pandas as pd

    from pipeline.forecast.contract import VALUE_COLUMNS

    policy = quick_policy(**changes)
    prepared = prepare(given(frame)["demand_daily"], policy, TODAY, 60)
    desk = open_desk(Desk(policy, prepared, FAST_SETTINGS), pd.DataFrame(columns=list(VALUE_COLUMNS)), TODAY)
    receive(desk, run_tasks(tasks_of(desk)))
    watch(desk)
    calibrate(desk)
    return desk


def test_a_model_that_lost_touch_is_dropped_and_the_naive_says_why():
    """Live forecasts twice as wrong as the naive's for four weeks: the model is not shown, whatever its backtest."""
    desk = desk_of(demand())
    choose(desk)
    assert desk.shown == "dhr_ar"
    truth = desk.y.to_numpy()
    for origin in range(desk.last - 27, desk.last):
        start = origin - desk.first + 1
        actual = np.resize(truth[start : start + 30], 30)
        blank = np.full(30, np.nan)
        desk.past_live.setdefault("seasonal_naive", {})[origin] = Vintage(actual + 5, blank)
        desk.past_live.setdefault("dhr_ar", {})[origin] = Vintage(actual + 60, blank)
    assert recent_ratio(desk, "dhr_ar") > 1.3
    assert "1.3 allowed" in lost_touch(desk, "dhr_ar")
    choose(desk)
    assert desk.shown == "seasonal_naive"
    assert [note.kind for note in desk.notes[-2:]] == ["fallback", "naive"]
    assert "28 days" in desk.notes[-2].text


def test_few_recent_forecasts_judge_nobody():
    """Without forecasts to compare there is no ratio, hence no verdict."""
    desk = desk_of(demand())
    desk.vintages["theta"] = {}
    assert recent_ratio(desk, "theta") is None
    assert lost_touch(desk, "theta") == ""


def test_a_break_is_seen_and_widens_todays_bands():
    """Demand that falls by a fifth, as in March 2020, is a break; a steady series is none."""
    calm = desk_of(demand())
    assert calm.strained == 1.0
    assert [note for note in calm.notes if note.kind == "break"] == []
    frame = demand()
    frame.loc[frame.index[-14:], "value"] *= 0.8
    broken = desk_of(frame)
    widths = [desk.live["dhr_ar"][desk.last].bands for desk in (calm, broken)]
    ratio = [float(np.mean(np.log(bands[:7, 1] / bands[:7, 0]))) for bands in widths]
    assert [note.kind for note in broken.notes if note.kind == "break"] == ["break"]
    assert broken.strained > 1.3
    assert ratio[1] > 1.3 * ratio[0]
