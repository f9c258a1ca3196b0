"""The forecast bench, on the real history where it is present."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.core.errors import UsageError
from tests.bench.forecast import PARTS, bench_forecast
from tests.bench.forecast.chance import persistence, strays
from tests.bench.forecast.data import History
from tests.bench.forecast.members import Members
from tests.bench.forecast.nested import Nested, block_error, coverage_lines, point_lines
from tests.forecast.world import demand, quick_policy

REAL = Path(__file__).parents[2].parent / "shared" / "realdata" / "xm"
QUICK = ("demand", "bands", "price")


def test_a_folder_without_history_is_refused(tmp_path):
    """The message names the missing file."""
    with pytest.raises(UsageError, match=r"DemaSIN\.Sistema\.parquet"):
        bench_forecast(tmp_path, only=["demand"])


def test_unknown_parts_are_refused_with_the_known_ones(tmp_path):
    """A misspelt part names what exists."""
    with pytest.raises(UsageError, match="water"):
        bench_forecast(tmp_path, only=["agua"])
    assert set(QUICK) < set(PARTS)


def write(folder, name, **columns):
    pd.DataFrame(columns).to_parquet(folder / f"{name}.parquet")


def test_units_and_days_are_those_of_the_lake(tmp_path):
    """Energy in kWh becomes GWh, hours become a daily mean with their number, hours add up to the day's demand."""
    folder = tmp_path / "xm"
    folder.mkdir()
    hours = pd.date_range("2023-01-01", periods=24, freq="h")
    write(folder, "DemaSIN.Sistema", ts=pd.to_datetime(["2023-01-01"]), value=[2.4e8])
    write(folder, "DemaCome.Sistema", ts=hours, value=[1.0e7] * 12 + [1.2e7] * 12)
    write(folder, "PrecBolsNaci.Sistema", ts=hours[:6], value=range(6))
    write(folder, "PorcApor.Sistema", ts=hours[:1], value=[0.9])
    history = History(folder)
    assert history.demand("2023-01-01").frame["value"].tolist() == [240.0]
    assert history.price("2023-01-01").frame[["value", "hours"]].to_numpy().tolist() == [[2.5, 6.0]]
    found = history.demand_hours("2023-01-01").frame["value"]
    assert found.sum() == pytest.approx(240)
    assert found.iloc[-1] / found.iloc[0] == pytest.approx(1.2)


def test_chance_moves_a_year_the_more_the_longer_a_shock_lasts():
    """Errors that forget at once are independent trials; those of a random walk are worth fewer than a hundred."""
    forgetful, walk = np.ones(30), np.sqrt(np.arange(1, 31))
    assert (persistence(forgetful), persistence(walk)) == (0.0, 1.0)
    trials = 30 * len(range(0, 365, 3))
    low, high = strays(forgetful, 3)
    # A day is a target of ten of the thirty forecasts of a month, and the same error in each.
    assert low == pytest.approx(100 * np.sqrt(0.8 * 0.2 / trials * 10), rel=0.15)
    assert strays(walk, 3)[0] > 100 * np.sqrt(0.8 * 0.2 / 100)
    assert high < low


def test_the_error_of_a_coverage_counts_months_and_not_days():
    """Days that hold or miss alone are so many trials; months that hold or miss whole are twelve."""
    rng = np.random.default_rng(2)
    alone = (rng.random((120, 30, 2)) < 0.8).astype(float)
    whole = np.repeat((rng.random((12, 1, 2)) < 0.8).astype(float), 10, axis=0) * np.ones((1, 30, 1))
    assert block_error(alone)[0] == pytest.approx(100 * np.sqrt(0.8 * 0.2 / 3600), rel=0.5)
    assert block_error(whole) == pytest.approx(100 * whole[::10, 0].std(axis=0, ddof=1) / np.sqrt(12))


def test_nested_members_are_fitted_once_and_judged_year_by_year(tmp_path):
    """A member is kept and read again; its bands are judged in each whole year that the history holds."""
    one = ("seasonal_naive",)
    policy = quick_policy(roster=one, blends={}, published=one, engine=one[0])
    given = SeriesInput(demand(2400, date(2016, 12, 31)))
    nested = Nested(History(tmp_path), {policy.series: policy}, Members(tmp_path / "kept"))
    run = nested.run_of(policy, given)
    (kept,) = (tmp_path / "kept").iterdir()
    stamp = kept.stat().st_mtime_ns
    again = nested.run_of(policy, given)
    assert kept.stat().st_mtime_ns == stamp
    assert all(np.array_equal(run.vintages[one[0]][o].bands, v.bands, True) for o, v in again.vintages[one[0]].items())
    lines = coverage_lines(run)
    assert "2015 " in lines[0].what
    assert "2016 " in lines[0].what
    assert "2014" not in lines[0].what
    assert lines[0].value < 15
    assert [line.what.split(",")[2] for line in point_lines(run)][:5] == [
        f" leads {r}" for r in ("1", "7", "1-7", "1-30", "30")
    ]


@pytest.mark.real
@pytest.mark.slow
def test_floors_hold_on_real_history():
    """On XM's demand and price every floor of accuracy and calibration holds, with four origins instead of 29."""
    if not REAL.is_dir():
        pytest.skip(f"no real data at {REAL}")
    lines = bench_forecast(REAL, workers=1, only=QUICK, origins=4)
    assert len(lines) > 25
    assert [line for line in lines if not line.ok] == []
