"""Hundreds of series with the fast engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from pipeline.catalog.forecast_frames import FORECAST_TABLES, SCORE, VALUE, no_rows
from pipeline.forecast import night
from pipeline.forecast.agents import AGENT_SETTINGS, due, open_agents
from pipeline.forecast.night import forecast_series
from tests.forecast.world import demand

pytestmark = pytest.mark.slow

TODAY = date(2026, 1, 1)


def agents():
    """Two agents that report, one that stopped, one too new."""
    frame = demand(days=300)
    shares = {
        "retailer_daily:AAAC": 0.2,
        "operator_daily:BBBD": 0.01,
        "retailer_daily:GONE": 0.1,
        "retailer_daily:NEWC": 0.1,
    }
    found = [frame.assign(series=name, value=frame["value"] * share) for name, share in shares.items()]
    found[2] = found[2][found[2]["day"] < date(2025, 8, 1)]
    found[3] = found[3].tail(80)
    return pd.concat(found)


def run_agents(today, known=None, settings=AGENT_SETTINGS):
    known = no_rows(VALUE) if known is None else known
    return forecast_series(open_agents(agents(), today, settings), today, known, settings)


def test_agents_that_report_are_forecast_a_month_ahead():
    """The engine and the naive, thirty days, live; a few backtest origins; the one that stopped and the new one not."""
    found = run_agents(TODAY)
    assert tuple(found.values.columns) == tuple(FORECAST_TABLES[VALUE])
    assert tuple(found.scores.columns) == tuple(FORECAST_TABLES[SCORE])
    live = found.values[found.values["run_kind"] == "live"]
    assert set(live["series"]) == {"retailer_daily:AAAC", "operator_daily:BBBD"}
    assert live.groupby(["series", "model"]).size().tolist() == [30] * 4
    assert found.values["run_kind"].value_counts()["backtest"] <= 3 * 4 * 30
    shown = found.policies.set_index("series")
    assert shown.loc["operator_daily:BBBD", "metric"] == "DemaOR"
    assert shown.loc["operator_daily:BBBD", "title_es"] == "Demanda diaria del operador de red BBBD"
    assert set(shown["published"]) == {"dhr_ar"}
    assert set(found.scores["run_kind"]) == {"backtest"}
    assert found.misses.empty


def test_a_pool_gives_what_one_process_gives(monkeypatch):
    """Two processes change the time, not a byte."""
    monkeypatch.setattr(night, "MANY_SERIES", 2)
    pooled = run_agents(TODAY, settings=replace(AGENT_SETTINGS, workers=2))
    alone = run_agents(TODAY)
    for name in ("values", "scores", "policies"):
        pd.testing.assert_frame_equal(getattr(pooled, name), getattr(alone, name), check_exact=True)


def test_they_are_made_once_a_week_and_never_again():
    """Not due for six days; a week later only what is new is added."""
    first = run_agents(TODAY)
    assert due(no_rows(VALUE), TODAY)
    assert not due(first.values, TODAY + timedelta(days=6))
    assert due(first.values, TODAY + timedelta(days=7))
    later = run_agents(TODAY + timedelta(days=7), first.values)
    assert set(later.values["run_kind"]) == {"live"}
