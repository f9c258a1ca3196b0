"""Each forecaster finds what it is made for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.errors import CatalogError, ForecastError
from pipeline.forecast.calendar import calendar_table, holiday_dates
from pipeline.forecast.forecasters import FAST, Context, forecaster
from pipeline.forecast.forecasters.dhr_ar import regress
from tests.forecast.world import demand, hours

HORIZON = 30
HOURLY = {"lear", "day_profile"}
SLOW = ("sarima", "sarima_calendar", "ets", "prophet", "prophet_calendar", "prophet_ar")


def log_demand(days=400, last=date(2025, 11, 30)):
    frame = demand(days + HORIZON, last=date.fromordinal(last.toordinal() + HORIZON))
    y = pd.Series(np.log(frame["value"].to_numpy()), index=pd.to_datetime(frame["day"])).asfreq("D")
    return y.iloc[:days], y.iloc[days:]


def context(y):
    return Context(calendar_table(y.index[0].date(), date.fromordinal(y.index[-1].toordinal() + HORIZON)))


def error(model, y, truth):
    prediction = forecaster(model)(y, HORIZON, context(y))
    return float(np.mean(np.abs(np.exp(prediction.mean - truth.to_numpy()) - 1)))


def test_seasonal_naive_repeats_the_last_known_weekday():
    """A missing day is replaced by the same weekday one week earlier, nothing else."""
    y = pd.Series(np.arange(28.0), index=pd.date_range("2025-01-06", periods=28, freq="D"))
    y.iloc[-2] = np.nan
    mean = forecaster("seasonal_naive")(y, 10, context(y)).mean
    assert list(mean) == [21, 22, 23, 24, 25, 19, 27, 21, 22, 23]


def test_naive_repeats_the_last_known_value():
    """The last value, even behind a gap."""
    y = pd.Series([1.0, 2.0, 3.0, np.nan], index=pd.date_range("2025-01-06", periods=4, freq="D"))
    assert set(forecaster("naive")(y, 5, context(y)).mean) == {3.0}


def test_harmonic_regression_recovers_the_holiday_effect():
    """A holiday 13 % lower is found, although a year has only a few of each kind."""
    y, truth = log_demand(days=800)
    groups = list(context(y).calendar.columns)
    effects = regress(y, HORIZON, context(y).calendar).effects
    assert effects[groups.index("monday_holiday")] == pytest.approx(-0.13, abs=0.02)
    assert effects[groups.index("january_6_12")] == pytest.approx(0, abs=0.02)
    assert error("dhr_ar", y, truth) < 0.015


def test_theta_follows_half_the_trend():
    """On a straight line without noise Theta goes up, by less than the line."""
    y = pd.Series(np.arange(200) * 0.01, index=pd.date_range("2025-01-01", periods=200, freq="D"))
    mean = forecaster("theta")(y, HORIZON, context(y)).mean
    rise = mean[-1] - mean[0]
    assert 0.4 * 0.29 < rise < 0.6 * 0.29


def test_mean_reversion_goes_back_to_the_mean():
    """From a peak the price falls towards the year's mean, never past it."""
    y = pd.Series(np.full(365, 5.0), index=pd.date_range("2025-01-01", periods=365, freq="D"))
    y.iloc[-10:] = 6.0
    mean = forecaster("mean_reversion")(y, HORIZON, context(y)).mean
    assert (np.diff(mean) < 0.01).all()
    assert y.mean() < mean[-1] < 5.85


def priced_by_water(days=800):
    """A price that falls the day after by half of what the water rose by, and stays there; that water, and its news."""
    rng = np.random.default_rng(7)
    index = pd.date_range("2023-01-01", periods=days, freq="D")
    inflow = pd.Series(np.exp(0.4 * rng.standard_normal(days)), index=index)
    news = np.log(inflow.rolling(2).mean() / inflow.rolling(14).mean()).fillna(0.0).to_numpy()
    return pd.Series(5 - 0.5 * np.cumsum(np.append(0.0, news[:-1])), index=index), inflow, float(news[-1])


def test_mean_reversion_is_pushed_by_the_water_of_the_last_days():
    """After the rivers rise tomorrow's price is lower, by what they did to it before, and only where they are known."""
    y, inflow, news = priced_by_water()
    plain = forecaster("mean_reversion")(y, HORIZON, context(y)).mean
    pushed = {
        name: forecaster("mean_reversion")(y, HORIZON, replace(context(y), drivers=found.to_frame("inflow"))).mean
        for name, found in {"known": inflow, "late": inflow.iloc[:-2], "dry": inflow * 0}.items()
    }
    push = pushed["known"] - plain
    assert push[0] == pytest.approx(-0.5 * news, rel=0.2)
    assert np.array_equal(pushed["late"], plain)
    assert np.array_equal(pushed["dry"], plain)


@pytest.mark.parametrize("model", sorted(FAST - HOURLY))
def test_fast_models_bear_gaps_and_short_series(model):
    """Sixty days with a hole of nine still give a finite forecast."""
    y, _ = log_demand(days=60)
    y.iloc[20:29] = np.nan
    prediction = forecaster(model)(y, HORIZON, context(y))
    assert np.isfinite(prediction.mean).all()
    assert (prediction.sigma >= 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("model", SLOW)
def test_slow_models_learn_the_week_bear_gaps_and_repeat_themselves(model, capfd, caplog):
    """Prophet and SARIMA learn the week, bear a gap, give the same bytes twice, and keep quiet."""
    y, truth = log_demand()
    y.iloc[50:55] = np.nan
    assert error(model, y, truth) < 0.25 * error("naive", y, truth)
    once, twice = (forecaster(model)(y, HORIZON, context(y)).mean.tobytes() for _ in range(2))
    assert once == twice
    assert "cmdstanpy" not in capfd.readouterr().err + caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("pair", [("prophet", "prophet_calendar"), ("sarima", "sarima_calendar")])
def test_the_calendar_pays_on_holidays(pair):
    """On the holidays of a month with three of them, the calendar cuts the error to less than half."""
    y, truth = log_demand(days=760, last=date(2025, 5, 27))
    free = [day.date() in holiday_dates(date(2025, 5, 1), date(2025, 7, 31)) for day in truth.index]
    plain, calendar = (
        np.abs(forecaster(model)(y, HORIZON, context(y)).mean - truth.to_numpy())[free].mean() for model in pair
    )
    assert sum(free) >= 2
    assert calendar < 0.5 * plain


@pytest.mark.slow
def test_sarima_repeats_a_constant():
    """No variance: no fit, the constant."""
    y = pd.Series(np.full(100, 3.0), index=pd.date_range("2025-01-01", periods=100, freq="D"))
    prediction = forecaster("sarima")(y, HORIZON, context(y))
    assert set(prediction.mean) == {3.0}


def test_sarima_that_does_not_converge_says_so(monkeypatch):
    """When neither order converges the model gives up instead of showing a bad fit."""
    from pipeline.forecast.forecasters import sarima as module

    tried = []
    monkeypatch.setattr(module, "_fit", lambda values, order, horizon: tried.append(order))
    y, _ = log_demand(days=100)
    with pytest.raises(ForecastError, match="does not converge"):
        forecaster("sarima")(y, HORIZON, context(y))
    assert tried == [(1, 1, 1), (0, 1, 1)]


def test_unknown_models_are_refused_with_the_known_ones():
    """A misspelt model names what exists."""
    with pytest.raises(CatalogError, match="prophet_calendar"):
        forecaster("profeta")


@pytest.mark.parametrize("policy", load_catalog().forecasts, ids=lambda policy: policy.series)
def test_policies_name_models_that_exist(policy):
    """Rosters exist, daily ones hold both models that readers ask for, the engine is fast, every text is there."""
    for model in policy.roster:
        forecaster(model)
    if policy.grain == "daily":
        assert {"prophet", "sarima"} <= set(policy.roster)
    assert policy.title
    assert policy.why.endswith(".")
    assert set(policy.blends.get(policy.engine, (policy.engine,))) <= FAST


def hourly(days=200):
    frame = hours(days + 7, last=date(2025, 11, 30))
    y = pd.Series(np.log(frame["value"].to_numpy()), index=pd.to_datetime(frame["ts"]))
    return y.iloc[: days * 24], y.iloc[days * 24 :]


@pytest.mark.parametrize("model", sorted(HOURLY))
def test_hourly_models_know_the_hour_and_the_weekday(model):
    """A week of hours is forecast better than by repeating the last day, with a day missing in between."""
    y, truth = hourly()
    y.iloc[100 * 24 + 5] = np.nan
    own = forecaster(model)(y, 168, context(y)).mean
    last_day = np.tile(y.to_numpy()[-24:], 7)
    assert np.abs(own - truth.to_numpy()).mean() < 0.5 * np.abs(last_day - truth.to_numpy()).mean()


def test_the_autoregression_brings_back_the_last_level():
    """Prophet forgets that the last week was high; its residuals carried on remember, and let go in time."""
    y, _ = log_demand(days=500)
    y.iloc[-10:] += 0.05
    plain, carried = (forecaster(model)(y, HORIZON, context(y)).mean for model in ("prophet_calendar", "prophet_ar"))
    assert carried[0] - plain[0] > 0.005
    assert abs(carried[-1] - plain[-1]) < 0.6 * (carried[0] - plain[0])


def test_the_climatology_returns_to_the_season():
    """From a dry spell the forecast goes back to what is usual at that time of the year."""
    days = pd.date_range("2019-01-01", periods=6 * 365, freq="D")
    usual = 5 + 0.4 * np.sin(2 * np.pi * days.dayofyear.to_numpy() / 365.25)
    noise = np.random.default_rng(3).normal(0, 0.05, len(days))
    y = pd.Series(usual + noise, index=days)
    y.iloc[-20:] -= 0.5
    mean = forecaster("climatology")(y, 90, Context(calendar_table(date(2025, 1, 1), date(2025, 1, 2)))).mean
    ahead = pd.date_range(days[-1] + pd.Timedelta(days=1), periods=90, freq="D")
    assert mean[-1] == pytest.approx(5 + 0.4 * np.sin(2 * np.pi * ahead[-1].dayofyear / 365.25), abs=0.1)
    assert mean[0] < mean[-1] - 0.1


def water(days=1500):
    """A reservoir that stores half of what its rivers bring beyond the usual [GWh]."""
    index = pd.date_range("2021-01-01", periods=days, freq="D")
    season = np.sin(2 * np.pi * index.dayofyear.to_numpy() / 365.25)
    rng = np.random.default_rng(9)
    wet = np.zeros(days)
    for day in range(1, days):
        wet[day] = 0.97 * wet[day - 1] + rng.normal(0, 6)
    change = 25 * season + 0.5 * wet
    return pd.Series(8000 + np.cumsum(change), index=index), pd.DataFrame(
        {"inflow": 150 + 60 * season + wet}, index=index
    )


def test_the_balance_knows_season_and_inflows():
    """Increments of the season and of wet rivers are found: far better than standing still, a month ahead."""
    y, drivers = water()
    own, still = [], []
    for end in range(1000, 1470, 47):
        past = y.iloc[:end]
        context_ = Context(calendar_table(date(2021, 1, 1), date(2021, 1, 2)), drivers=drivers.iloc[:end])
        own.append(abs(forecaster("balance")(past, 30, context_).mean[-1] - y.iloc[end + 29]))
        still.append(abs(past.iloc[-1] - y.iloc[end + 29]))
    assert np.mean(own) < 0.5 * np.mean(still)
