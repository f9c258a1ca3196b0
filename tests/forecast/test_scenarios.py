"""Water to six months under named scenarios."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.forecast.origins import ModelSettings
from pipeline.forecast.scenarios import HORIZON, MODEL, STEP
from tests.forecast.world import forecast, quick_policy

pytestmark = pytest.mark.slow

TODAY = date(2026, 1, 1)
DAYS = 1100


def rivers(oni=0.8):
    """Three years of inflows with a season, a reservoir of 17,000 GWh that stores half of the unusual, an ONI."""
    index = pd.date_range(end="2025-12-31", periods=DAYS, freq="D")
    season = 0.4 * np.sin(2 * np.pi * index.dayofyear.to_numpy() / 365.25)
    rng = np.random.default_rng(2)
    wet = np.zeros(DAYS)
    for day in range(1, DAYS):
        wet[day] = 0.95 * wet[day - 1] + rng.normal(0, 0.08)
    inflow = 170 * np.exp(season + wet)
    volume = np.clip(11_000 + np.cumsum(20 * season + 0.5 * (inflow - 170 * np.exp(season))), 2_000, 16_500)
    months = pd.date_range("2022-06-10", "2025-12-10", freq="MS") + pd.Timedelta(days=9)
    drivers = pd.DataFrame({"inflow": pd.Series(inflow, index)})
    full = pd.DataFrame({"least": 0.0, "most": 17_000.0}, index=index)
    drivers = drivers.join(pd.Series(oni, months, name="oni"), how="outer")
    frames = {"inflow_daily": inflow, "volume_daily": volume}
    return {
        name: SeriesInput(pd.DataFrame({"day": index.date, "value": values}), drivers, full)
        for name, values in frames.items()
    }


def policies():
    shared = {"blends": {}, "least": 0.0}
    return [
        quick_policy(series="inflow_daily", roster=("seasonal_naive", "climatology"), published=("climatology",),
                     engine="climatology", drivers=("oni",), scenarios="inflow", **shared),
        quick_policy(series="volume_daily", roster=("seasonal_naive", "balance"), published=("balance",),
                     engine="balance", transform="levels", drivers=("inflow", "oni"),
                     scenarios="stored", **shared),
    ]  # fmt: skip


SETTINGS = ModelSettings(score_origins=3, dense_days=90)


@pytest.fixture(scope="module")
def made():
    return forecast(rivers(), TODAY, policies(), SETTINGS)


@pytest.fixture(scope="module")
def rows(made):
    return made.values[made.values["model"] == MODEL]


def test_scenarios_are_named_and_reach_six_months(rows):
    """The outlook has no name, the three scenarios have theirs; one row a week to 182 days, bands around the middle."""
    assert set(rows["scenario"]) == {"", "nino", "neutral", "nina"}
    assert sorted(rows["h"].unique()) == list(range(STEP, HORIZON + 1, STEP))
    assert (rows["run_kind"] == "live").all()
    assert (np.diff(rows[["lo95", "lo80", "mean", "hi80", "hi95"]].to_numpy(), axis=1) >= 0).all()


def test_el_nino_brings_less_water_than_la_nina(rows):
    """At three months Niño < neutral < Niña, for rivers and reservoirs, within what the reservoirs hold."""
    later = rows[rows["h"] == 91].pivot_table(index="series", columns="scenario", values="mean")
    for series in ("inflow_daily", "volume_daily"):
        assert later.loc[series, "nino"] < later.loc[series, "neutral"] < later.loc[series, "nina"]
    stored = rows[rows["series"] == "volume_daily"]
    assert stored[["lo95", "hi95"]].min().min() >= 0
    assert stored[["lo95", "hi95"]].max().max() <= 17_000


def test_scenarios_and_forecast_speak_of_the_same_water(made, rows):
    """As far as the forecast reaches the outlook is the forecast, and no scenario leaves its 95 % band."""
    values = made.values[(made.values["run_kind"] == "live") & (made.values["model"] != MODEL)]
    for series, model in made.published.items():
        shown = values[(values["series"] == series) & (values["model"] == model)].set_index("target")
        mine = rows[(rows["series"] == series) & rows["target"].isin(shown.index)]
        assert set(mine["scenario"]) == {"", "nino", "neutral", "nina"}
        outlook = mine[mine["scenario"] == ""].set_index("target")["mean"]
        assert outlook.to_numpy() == pytest.approx(shown.loc[outlook.index, "mean"].to_numpy(), abs=1e-3)
        beside = mine.join(shown[["lo95", "hi95"]], on="target", rsuffix="_shown")
        assert beside["mean"].between(beside["lo95_shown"], beside["hi95_shown"]).all()


def test_the_effect_is_the_declared_one(rows):
    """Between neutral and an ONI of 1.2 °C the middle falls as measured: 22 % a degree from April to June."""
    at = rows[(rows["series"] == "inflow_daily") & (rows["h"] == 175)].set_index("scenario")["mean"]
    assert at["nino"] / at["neutral"] == pytest.approx(1 - 0.22 * 1.2, abs=0.02)


def test_scenarios_are_not_read_back_as_forecasts(rows):
    """A second run on the same day repeats none of them, and scores none of them."""
    first = forecast(rivers(), TODAY, policies(), SETTINGS)
    again = forecast(rivers(), TODAY, policies(), SETTINGS, known=first.values)
    assert again.values.empty
    assert MODEL not in set(again.scores["model"])


def test_without_the_index_there_are_no_scenarios_but_a_note():
    """No ONI, no scenario: nothing is invented."""
    inputs = {
        name: SeriesInput(given.frame, given.drivers.drop(columns="oni"), given.limits)
        for name, given in rivers().items()
    }
    found = forecast(inputs, TODAY, policies(), SETTINGS)
    assert MODEL not in set(found.values["model"])
    assert {note.series for note in found.notes if note.model == MODEL} == {"inflow_daily", "volume_daily"}
