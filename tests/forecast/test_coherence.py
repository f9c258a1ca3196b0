"""Forecasts that add up."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.forecast.coherence import hours_to_day, reconcile
from pipeline.forecast.origins import ModelSettings
from tests.forecast.world import demand, forecast, hours, price, quick_policy

TODAY = date(2026, 1, 1)
SETTINGS = ModelSettings(score_origins=4, dense_days=120)
RNG = np.random.default_rng(8)


def free(parts):
    """No limits."""
    return np.tile([-np.inf, np.inf], (parts, 1))


def test_the_gap_goes_to_the_series_known_worst():
    """A gap of ten is shared by variance, nothing to the series that is exact, and all adds up to the last digit."""
    total, parts = np.array([110.0]), np.array([[60.0], [38.0], [2.0]])
    whole, adjusted = reconcile(total, parts, np.array([1.0, 3.0, 1.0, 0.0]), free(3))
    assert adjusted[:, 0] == pytest.approx([66, 40, 2])
    assert whole[0] == pytest.approx(108)
    assert whole[0] == pytest.approx(adjusted.sum(), abs=1e-9)


def test_nothing_becomes_negative_and_certain_series_stay():
    """A source near zero is not pushed below it; with every variance zero the total is the sum of the parts."""
    total, parts = np.array([50.0, 100.0]), np.array([[90.0, 99.0], [0.5, 0.5]])
    whole, adjusted = reconcile(total, parts, np.array([0.1, 1.0, 5.0]), free(2))
    assert (adjusted >= 0).all()
    assert whole == pytest.approx(adjusted.sum(axis=0), abs=1e-9)
    whole, adjusted = reconcile(total, parts, np.zeros(3), free(2))
    assert (adjusted == parts).all()
    assert whole == pytest.approx([90.5, 99.5])


def test_a_source_gives_no_more_than_it_can_and_the_total_follows():
    """A gap of 50 cannot all go to a source that has 5 left; the total is what the parts are."""
    total, parts = np.array([150.0]), np.array([[60.0], [40.0]])
    whole, adjusted = reconcile(total, parts, np.array([0.0, 1.0, 1.0]), np.array([[0.0, 65.0], [0.0, 300.0]]))
    assert adjusted[:, 0] == pytest.approx([65, 65])
    assert whole[0] == pytest.approx(130)


@pytest.mark.parametrize("mean", [False, True])
def test_hours_that_cannot_take_more_give_it_to_the_others(mean):
    """A peak that scaling would put above what can be is cut; the day still is the day, to 1e-6."""
    table = np.tile(np.r_[np.full(20, 8.0), np.full(4, 12.0)], 7)
    days = np.linspace(230, 255, 7) / (24 if mean else 1)
    found = hours_to_day(table, days, mean, most=11.0).reshape(7, 24)
    assert found.max() <= 11.0
    assert (found.mean(axis=1) if mean else found.sum(axis=1)) == pytest.approx(days, abs=1e-6)


@pytest.mark.parametrize("mean", [False, True])
def test_hours_add_up_to_their_day(mean):
    """To 1e-6 after rounding, in their own shape."""
    table = RNG.uniform(5, 12, 168)
    days = RNG.uniform(180, 250, 7) / (24 if mean else 1)
    found = hours_to_day(table, days, mean).reshape(7, 24)
    assert (found.mean(axis=1) if mean else found.sum(axis=1)) == pytest.approx(days, abs=1e-6)
    shape = found / found.sum(axis=1, keepdims=True) * table.reshape(7, 24).sum(axis=1, keepdims=True)
    assert np.abs(shape - table.reshape(7, 24)).max() < 0.01


def group():
    """Two sources that add up to a total, with noise of very different size, and the policies of the three."""
    total = demand(days=330)
    wind = 3 + np.cumsum(RNG.normal(0, 0.05, len(total))) * 0.2
    frames = {"all_daily": total, "wind_daily": total.assign(value=np.maximum(wind, 0.2))}
    frames["hydro_daily"] = total.assign(value=total["value"] - frames["wind_daily"]["value"])
    roster = ("seasonal_naive", "naive", "dhr_ar", "theta")
    policies = [
        quick_policy(series=name, group="g", role=role, transform="levels", least=0.0, roster=roster, blends={},
                     published=("dhr_ar", "theta"))
        for name, role in (("all_daily", "total"), ("hydro_daily", "part"), ("wind_daily", "part"))
    ]  # fmt: skip
    return {name: SeriesInput(frame) for name, frame in frames.items()}, policies


@pytest.mark.slow
def test_published_sources_add_up_to_the_published_total():
    """Every day of today's forecasts, to 1e-6; each no worse than its naive; a part whose naive is taken says so."""
    inputs, policies = group()
    found = forecast(inputs, TODAY, policies, SETTINGS)
    live = found.values[found.values["run_kind"] == "live"]
    shown = {
        name: live[(live["series"] == name) & (live["model"] == model)].set_index("h")["mean"]
        for name, model in found.published.items()
    }
    assert set(shown) == set(inputs)
    assert (shown["hydro_daily"] + shown["wind_daily"] - shown["all_daily"]).abs().max() < 1e-6
    assert len(shown["all_daily"]) == 30
    best = found.scores[found.scores["published"] & (found.scores["lead"] == "all")]
    assert (best["skill"].fillna(0) >= 0).all()


@pytest.mark.slow
def test_published_hours_add_up_to_the_published_day():
    """Seven days of hours sum to the days' forecast to 1e-6, at every lead, with bands around them."""
    day = quick_policy()
    hour = quick_policy(series="demand_hourly", grain="hourly", horizon=168, roster=("seasonal_naive", "lear"),
                        blends={}, published=("lear",), engine="lear", season=168, day="demand_daily")  # fmt: skip
    frame = hours()
    inputs = {"demand_daily": SeriesInput(demand(days=250)), "demand_hourly": SeriesInput(frame)}
    found = forecast(inputs, TODAY, [day, hour], SETTINGS)
    assert found.published == {"demand_daily": "dhr_ar", "demand_hourly": "coherent"}
    live = found.hourly[(found.hourly["run_kind"] == "live") & (found.hourly["model"] == "coherent")]
    assert len(live) == 168
    assert pd.Timestamp(live["target"].iloc[0]) == pd.Timestamp("2026-01-01 00:00")
    sums = live.groupby(pd.to_datetime(live["target"]).dt.date)["mean"].sum()
    rows = found.values[(found.values["run_kind"] == "live") & (found.values["model"] == "dhr_ar")]
    wanted = rows.set_index("target")["mean"].reindex(sums.index)
    assert (sums - wanted).abs().max() < 1e-6
    assert (np.diff(live[["lo95", "lo80", "mean", "hi80", "hi95"]].to_numpy(), axis=1) >= 0).all()


@pytest.mark.slow
def test_hours_a_day_behind_still_add_up():
    """Hours published a day later than the days: what is known of a day is taken, the rest is today's forecast."""
    day = quick_policy()
    hour = quick_policy(series="demand_hourly", grain="hourly", horizon=168, roster=("seasonal_naive", "lear"),
                        blends={}, published=("lear",), engine="lear", season=168, day="demand_daily")  # fmt: skip
    frame = hours()
    late = frame[frame["ts"] < pd.Timestamp("2025-12-31")]
    daily = demand(days=250)
    found = forecast(
        {"demand_daily": SeriesInput(daily), "demand_hourly": SeriesInput(late)}, TODAY, [day, hour], SETTINGS
    )
    live = found.hourly[(found.hourly["run_kind"] == "live") & (found.hourly["model"] == "coherent")]
    sums = live.groupby(pd.to_datetime(live["target"]).dt.date)["mean"].sum()
    assert sums.iloc[0] == pytest.approx(daily["value"].iloc[-1], abs=1e-6)
    rows = found.values[(found.values["run_kind"] == "live") & (found.values["model"] == "dhr_ar")]
    assert sums.iloc[1] == pytest.approx(float(rows.loc[rows["h"] == 1, "mean"].iloc[0]), abs=1e-6)


@pytest.mark.slow
def test_a_price_of_the_day_is_the_mean_of_its_hours():
    """Hours of a price are scaled to the mean, not to the sum."""
    daily = price(days=250)
    rows = [
        (pd.Timestamp(day) + timedelta(hours=h), value * (1 + 0.3 * (h == 19) - 0.3 * (h == 3)))
        for day, value in zip(daily["day"], daily["value"], strict=True)
        for h in range(24)
    ]
    day = quick_policy(series="price_daily")
    hour = quick_policy(series="price_hourly", grain="hourly", horizon=168, roster=("seasonal_naive", "day_profile"),
                        blends={}, published=("day_profile",), engine="seasonal_naive", season=24, day="price_daily",
                        day_is="mean")  # fmt: skip
    inputs = {
        "price_daily": SeriesInput(daily),
        "price_hourly": SeriesInput(pd.DataFrame(rows, columns=["ts", "value"])),
    }
    found = forecast(inputs, TODAY, [day, hour], SETTINGS)
    live = found.hourly[(found.hourly["run_kind"] == "live") & (found.hourly["model"] == "coherent")]
    means = live.groupby(pd.to_datetime(live["target"]).dt.date)["mean"].mean()
    shown = found.values[found.values["model"] == found.published["price_daily"]]
    wanted = shown[shown["run_kind"] == "live"].set_index("target")["mean"].reindex(means.index)
    assert (means - wanted).abs().max() < 1e-6
