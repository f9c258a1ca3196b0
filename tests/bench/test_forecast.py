"""The forecast bench, on the real history where it is present."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.core.errors import UsageError
from tests.bench.forecast import PARTS, bench_forecast
from tests.bench.forecast.data import History

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
    history = History(folder)
    assert history.demand("2023-01-01").frame["value"].tolist() == [240.0]
    assert history.price("2023-01-01").frame[["value", "hours"]].to_numpy().tolist() == [[2.5, 6.0]]
    found = history.demand_hours("2023-01-01").frame["value"]
    assert found.sum() == pytest.approx(240)
    assert found.iloc[-1] / found.iloc[0] == pytest.approx(1.2)


@pytest.mark.real
@pytest.mark.slow
def test_floors_hold_on_real_history():
    """On XM's demand and price every floor of accuracy and calibration holds, with four origins instead of 29."""
    if not REAL.is_dir():
        pytest.skip(f"no real data at {REAL}")
    lines = bench_forecast(REAL, workers=1, only=QUICK, origins=4)
    assert len(lines) > 25
    assert [line for line in lines if not line.ok] == []
