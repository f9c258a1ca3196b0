"""No forecast lies outside what can be: means, bands, blends, sources and hours that add up, scenarios."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.catalog.load import load_catalog
from pipeline.forecast.history import GatedHistory
from pipeline.forecast.night import ForecastRun
from pipeline.forecast.origins import ModelSettings
from pipeline.forecast.series_run import SeriesRun
from tests.forecast.world import forecast, quick_policy

TODAY = date(2026, 1, 1)
SETTINGS = ModelSettings(score_origins=3, dense_days=60)
FAST = ("seasonal_naive", "naive", "dhr_ar", "theta", "ets")


def history(kind: str, level: float, seed: int, days: int = 260) -> pd.DataFrame:
    """Days of a kind: calm, near zero, a random walk, one that has leapt, one that rises to its ceiling."""
    rng = np.random.default_rng(seed)
    step = np.arange(days)
    values = {
        "calm": level * (1 + rng.normal(0, 0.05, days)),
        "near zero": level * np.abs(rng.normal(0, 1, days)) * 0.01,
        "walk": level * np.exp(np.cumsum(rng.normal(0, 0.12, days))),
        "leap": level * np.where(step > days - 12, 6.0, 1.0) * np.exp(rng.normal(0, 0.1, days)),
        "rise": level * (0.1 + 0.9 * step / days) + rng.normal(0, 0.02 * level, days),
    }[kind]
    last = pd.Timestamp(TODAY) - pd.Timedelta(days=1)
    index = pd.date_range(end=last, periods=days, freq="D")
    return pd.DataFrame({"day": index.date, "value": np.maximum(values, 0.0), "quality": "ok"})


def limits(frame: pd.DataFrame, room: float) -> pd.DataFrame:
    """Between zero and a little above the largest value so far, as the warehouse gives it."""
    most = frame["value"].cummax().to_numpy() * room
    return pd.DataFrame({"least": 0.0, "most": most}, index=pd.to_datetime(frame["day"]))


def outside(found: ForecastRun, given_limits: dict[str, pd.DataFrame]) -> list[object]:
    """Rows with a mean or a band outside the range known at their origin, or out of order."""
    bad: list[object] = []
    for series, known in given_limits.items():
        for rows in (found.values, found.hourly):
            mine = rows[rows["series"] == series]
            if mine.empty:
                continue
            at = known.index.searchsorted(pd.to_datetime(mine["origin"]), side="right") - 1
            low, high = known["least"].to_numpy()[at], known["most"].to_numpy()[at]
            table = mine[["lo95", "lo80", "mean", "hi80", "hi95"]].to_numpy(dtype="float64")
            table = np.where(np.isfinite(table), table, mine[["mean"]].to_numpy(dtype="float64"))
            wrong = (table < low[:, None]).any(axis=1) | (table > high[:, None]).any(axis=1)
            wrong |= (np.diff(table, axis=1) < 0).any(axis=1)
            bad += mine[wrong].to_dict("records")
    return bad


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(
    kind=st.sampled_from(["calm", "near zero", "walk", "leap", "rise"]),
    level=st.sampled_from([0.4, 90.0, 4000.0]),
    transform=st.sampled_from(["log", "levels"]),
    engine=st.sampled_from(FAST[2:]),
    room=st.sampled_from([1.0, 1.1, 1.5]),
    seed=st.integers(0, 1000),
)
def test_every_row_lies_within_what_can_be(
    kind: str, level: float, transform: str, engine: str, room: float, seed: int
) -> None:
    """Whatever the history and the model: 80 inside 95, the mean inside the 80, all inside the range of its origin."""
    frame = history(kind, level, seed)
    known = limits(frame, room)
    policy = quick_policy(roster=FAST, engine=engine, published=(engine,), transform=transform)
    found = forecast({"demand_daily": SeriesInput(frame, limits=known)}, TODAY, [policy], SETTINGS)
    assert len(found.values) > 0
    assert outside(found, {"demand_daily": known}) == []


@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1000), room=st.sampled_from([1.0, 1.2]))
def test_sources_that_add_up_stay_within_what_each_can_be(seed: int, room: float) -> None:
    """Made to add up, no source leaves its range, and they still add up to the last digit."""
    hydro, wind = history("walk", 150.0, seed), history("near zero", 40.0, seed + 1)
    frames = {"all_daily": hydro.assign(value=hydro["value"] + wind["value"]), "hydro_daily": hydro, "wind_daily": wind}
    ranges = {name: limits(frame, room) for name, frame in frames.items()}
    ranges["all_daily"] = ranges["hydro_daily"] + ranges["wind_daily"]
    policies = [
        quick_policy(series=name, group="g", role=role, transform="levels", roster=("seasonal_naive", "naive", "theta"),
                     blends={}, engine="theta", published=("theta", "naive"))
        for name, role in (("all_daily", "total"), ("hydro_daily", "part"), ("wind_daily", "part"))
    ]  # fmt: skip
    inputs = {name: SeriesInput(frame, limits=ranges[name]) for name, frame in frames.items()}
    found = forecast(inputs, TODAY, policies, SETTINGS)
    assert outside(found, ranges) == []
    made = found.values[found.values["model"] == "coherent"]
    wide = made.pivot_table(index=["run_kind", "origin", "h"], columns="series", values="mean")
    assert (wide["all_daily"] - wide["hydro_daily"] - wide["wind_daily"]).abs().max() < 1e-6


def run(low: float | str | None, high: float | str | None, known: pd.DataFrame | None) -> SeriesRun:
    index = pd.date_range("2025-12-01", "2025-12-31", freq="D")
    y = pd.Series(1.0, index)
    return SeriesRun(quick_policy(least=low, most=high), GatedHistory(y, {}), SETTINGS, limits=known)


def test_a_range_is_the_one_known_at_the_origin() -> None:
    """A query's by day, NaN where it says nothing; before its first day a number holds and a query does not."""
    days = pd.to_datetime(["2025-12-10", "2025-12-20"])
    known = pd.DataFrame({"least": [0.0, np.nan], "most": [10.00004, 12.0]}, index=days)
    one = run(0.0, "SELECT …", known)
    at = [date(2025, 12, day).toordinal() for day in (9, 10, 19, 25)]
    assert [one.within(day) for day in at] == [(0.0, np.inf), (0.0, 10.0), (0.0, 10.0), (-np.inf, 12.0)]
    assert run(0.0, 5.0, None).within(at[0]) == (0.0, 5.0)
    assert run(None, None, None).within(at[0]) == (-np.inf, np.inf)


def test_a_band_holds_its_mean() -> None:
    """A mean of zero, which has no logarithm, lies in its band; 80 lies in 95 even if the models say otherwise."""
    bands = run(0.0, 10.0, None).around(np.array([0.0, 9.0]), np.array([[0.1, 3, 0.2, 2], [8, 12, 7, 30.0]]), 739_000)
    assert bands.tolist() == [[0.0, 3.0, 0.0, 3.0], [8.0, 10.0, 7.0, 10.0]]


def test_every_series_declares_what_it_can_be() -> None:
    """Both ends, for each file of the catalogue."""
    assert [p.series for p in load_catalog().forecasts if p.least is None or p.most is None] == []
