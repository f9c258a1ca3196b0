"""The forecast bench, on the real history where it is present."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.core.errors import UsageError
from pipeline.model.bench import bench_forecast, read_folder

REAL = Path(__file__).parents[2].parent / "shared" / "realdata" / "xm"


def test_a_folder_without_history_is_refused(tmp_path):
    """The message names the missing file."""
    with pytest.raises(UsageError, match=r"DemaSIN\.Sistema\.parquet"):
        read_folder(tmp_path)


def test_units_and_days_are_those_of_the_lake(tmp_path):
    """Energy in kWh becomes GWh, hours become a daily mean with their number."""
    pd.DataFrame({"ts": pd.to_datetime(["2025-01-01"]), "value": [2.3e8]}).to_parquet(
        tmp_path / "DemaSIN.Sistema.parquet"
    )
    hours = pd.date_range("2025-01-01", periods=30, freq="h")
    pd.DataFrame({"ts": hours, "value": range(30)}).to_parquet(tmp_path / "PrecBolsNaci.Sistema.parquet")
    found = read_folder(tmp_path)
    assert found["demand_daily"].frame["value"].tolist() == [230.0]
    assert found["price_daily"].frame["hours"].tolist() == [24, 6]
    assert found["price_daily"].frame["value"].tolist() == [11.5, 26.5]


@pytest.mark.real
@pytest.mark.slow
def test_floors_hold_on_real_history():
    """On XM's demand and price every floor of the bench holds, with four origins instead of 29."""
    if not REAL.is_dir():
        pytest.skip(f"no real data at {REAL}")
    lines = bench_forecast(REAL, workers=1, origins=4)
    assert len(lines) > 30
    # Speed is judged by `./inv bench forecast` on a quiet machine, not while other tests run.
    assert [line for line in lines if not line.ok and "faster" not in line.what and "[s]" not in line.what] == []
