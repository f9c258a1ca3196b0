"""The chain of issues: what was published cannot be changed, dropped or added afterwards without being seen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from pipeline.catalog.forecast_frames import FORECAST_TABLES, VALUE, ForecastRows
from pipeline.core.run import RunInfo
from pipeline.store.forecast_chain import CHAIN, WHOLE, broken
from pipeline.store.forecast_log import ForecastLog, as_table
from pipeline.store.lake import Lake

FIRST = dt.date(2026, 11, 20)


def night(number: int) -> RunInfo:
    """The run of a night."""
    day = FIRST + dt.timedelta(days=number)
    return RunInfo(day, FIRST, "simulated", dt.datetime.combine(day, dt.time(5, 40)))


def issue(day: dt.date, model: str = "theta", kind: str = "live", mean: float = 1.5) -> pd.DataFrame:
    """Three days ahead of one series."""
    rows = [
        ("demand_daily", model, kind, day, day - dt.timedelta(days=2), h, day + dt.timedelta(days=h), mean + h,
         1.0, 9.0, 0.5, 9.5, "")
        for h in (1, 2, 3)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(FORECAST_TABLES[VALUE]))


def keep(lake: Lake, run: RunInfo, frame: pd.DataFrame) -> None:
    """Keep an issue as a night does."""
    ForecastLog(lake).keep({"daily": ForecastRows({VALUE: frame}, ("demand_daily",), {"demand_daily": "k"})}, run)


def links(lake: Lake) -> list[dict[str, object]]:
    """The chain."""
    return lake.read(CHAIN, WHOLE).to_pylist()


@pytest.fixture
def lived(tmp_path: Path) -> Lake:
    """Three nights."""
    lake = Lake(tmp_path / "lake")
    for number in range(3):
        keep(lake, night(number), issue(night(number).today))
    return lake


def test_each_night_adds_a_link_to_those_before(lived: Lake) -> None:
    """Closed links stay as they are; the chain agrees with the rows."""
    before = links(lived)
    assert [(row["issued"], row["rows"]) for row in before] == [(night(n).today, 3) for n in range(3)]
    assert len({row["digest"] for row in before}) == 3
    keep(lived, night(3), issue(night(3).today))
    assert links(lived)[:3] == before
    assert broken(lived) == []


def test_a_second_run_of_the_day_makes_only_its_own_link_anew(lived: Lake) -> None:
    """Another model on the same day: that day has six rows, the days before their digests."""
    before = links(lived)
    keep(lived, night(2), issue(night(2).today, model="dhr_ar"))
    after = links(lived)
    assert after[:2] == before[:2]
    assert after[2]["rows"] == 6
    assert after[2]["digest"] != before[2]["digest"]
    assert broken(lived) == []


def test_backtests_are_not_in_it(lived: Lake) -> None:
    """What is made afterwards changes no link and makes none."""
    before = links(lived)
    keep(lived, night(3), issue(night(3).today, kind="backtest"))
    assert links(lived) == before
    assert broken(lived) == []


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("fault", ["changed", "dropped", "added"])
def test_what_was_published_cannot_be_touched(lived: Lake, number: int, fault: str) -> None:
    """A later hand that writes the log anew, with its hashes, is found at the day it touched."""
    day = night(number).today
    rows = lived.read(f"_{VALUE}", "daily").to_pandas()
    of_day = pd.to_datetime(rows["issued"]).dt.date == day
    if fault == "changed":
        rows.loc[of_day & (rows["h"] == 2), "mean"] += 1e-9
    elif fault == "dropped":
        rows = rows[~(of_day & (rows["h"] == 3))]
    else:
        rows = pd.concat([rows, issue(day, model="oracle")])
    with lived.writing():
        transaction = lived.transaction(night(3).today, decide=lambda *_: "accept")
        transaction.put_table(f"_{VALUE}", "daily", as_table(VALUE, rows), mode="replace")
        transaction.commit(night(3).created)
    assert broken(lived) == [f"forecasts issued on {day} are not those whose digest was published"]


def test_a_lake_of_before_gets_the_links_of_all_its_days(tmp_path: Path) -> None:
    """Forecasts kept without a chain are chained on the first night with one, as if it had always been there."""
    chained_always, old = Lake(tmp_path / "a"), Lake(tmp_path / "b")
    for number in range(3):
        keep(chained_always, night(number), issue(night(number).today))
        with old.writing():
            transaction = old.transaction(night(number).today)
            transaction.put_table(f"_{VALUE}", "daily", as_table(VALUE, issue(night(number).today)), mode="append")
            transaction.commit(night(number).created)
    assert broken(old) == []
    for lake in (chained_always, old):
        keep(lake, night(3), issue(night(3).today))
    assert links(old) == links(chained_always)
    assert isinstance(old.read(CHAIN, WHOLE), pa.Table)
