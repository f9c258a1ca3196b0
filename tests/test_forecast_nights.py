"""Forecasts of two nights in the lake: appended, never rewritten, whatever the shape of the frames."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd

from pipeline.catalog.forecast_frames import FORECAST_TABLES, VALUE
from pipeline.store.forecast_log import as_table
from pipeline.store.lake import Lake

NIGHT = dt.date(2026, 11, 21)


def vintage(issued: dt.date, *, hourly: bool = False) -> pd.DataFrame:
    """Two rows of a forecast, as the model stage gives them."""
    first = pd.Timestamp(issued)
    target = [first, first + pd.Timedelta(hours=1)] if hourly else [issued, issued + dt.timedelta(days=1)]
    frame = pd.DataFrame({"h": [1, 2], "target": target, "mean": [1.5, 2.5]})
    bands = {"lo80": 1.0, "hi80": 3.0, "lo95": 0.5, "hi95": 4.0}
    names = {"series": "s", "model": "m", "run_kind": "live", "scenario": ""}
    frame = frame.assign(**bands, **names, issued=issued, origin=issued - dt.timedelta(days=1))
    return frame[list(FORECAST_TABLES[VALUE])]


def night(lake: Lake, issued: dt.date) -> None:
    """Append a night's days and hours."""
    with lake.writing():
        transaction = lake.transaction(issued)
        for key in ("daily", "hourly"):
            frame = vintage(issued, hourly=key == "hourly")
            transaction.put_table("_forecast_value", key, as_table(VALUE, frame, hours=key == "hourly"), mode="append")
        transaction.commit(dt.datetime.combine(issued, dt.time(5, 40)))


def test_a_night_is_added_behind_the_others(tmp_path: Path) -> None:
    """The rows of the first night stand as they were; days are dates, hours are times."""
    lake = Lake(tmp_path / "lake")
    night(lake, NIGHT)
    before = {key: lake.read("_forecast_value", key).to_pylist() for key in ("daily", "hourly")}
    night(lake, NIGHT + dt.timedelta(days=1))
    for key, rows in before.items():
        after = lake.read("_forecast_value", key).to_pylist()
        assert after[:2] == rows
        assert len(after) == 4
    assert before["daily"][0]["target"] == NIGHT
    assert before["hourly"][1]["target"] == dt.datetime(2026, 11, 21, 1)
