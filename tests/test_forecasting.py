"""The forecasts on disk: only what moved is run again, what did not stays, and the two together are whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.catalog.forecast_frames import FORECAST_TABLES, VALUE
from pipeline.catalog.load import Catalog
from pipeline.core.run import RunInfo
from pipeline.forecast.night import Night, forecast_night
from pipeline.forecast.origins import ModelSettings
from pipeline.store.forecast_inputs import read_inputs
from pipeline.store.forecast_log import ForecastLog, as_table, merged
from pipeline.store.lake import Lake
from tests.forecast.world import demand, quick_policy

pytestmark = pytest.mark.slow

TODAY = dt.date(2026, 1, 1)
SIZE = ModelSettings(score_origins=3, dense_days=60)
SMALL = {"roster": ("seasonal_naive", "dhr_ar"), "blends": {}, "horizon": 14}
POLICIES = (
    quick_policy(series="total_daily", group="g", role="total", published=("coherent", "dhr_ar"), **SMALL),
    quick_policy(series="hydro_daily", group="g", role="part", published=("coherent", "dhr_ar"), **SMALL),
    quick_policy(series="rest_daily", group="g", role="part", published=("coherent", "dhr_ar"), **SMALL),
    quick_policy(series="demand_daily", **SMALL),
)


def run_of(day: dt.date) -> RunInfo:
    return RunInfo(day, TODAY - dt.timedelta(days=300), "simulated", dt.datetime.combine(day, dt.time(5, 40)))


def frames(until: dict[str, dt.date] | None = None) -> dict[str, pd.DataFrame]:
    """The days of each series, up to the day before `TODAY` or the given one."""
    hydro, rest = (demand(days=310, last=TODAY + dt.timedelta(days=9), seed=seed) for seed in (1, 2))
    total = hydro.assign(value=hydro["value"] + rest["value"])
    found = {
        "total_daily": total,
        "hydro_daily": hydro,
        "rest_daily": rest,
        "demand_daily": hydro.assign(value=hydro["value"] * 2),
    }
    last = dict.fromkeys(found, TODAY) | (until or {})
    return {name: frame[frame["day"] < last[name]] for name, frame in found.items()}


def draft(path: Path, days: dict[str, pd.DataFrame], agents: int = 0) -> Path:
    """A warehouse with the views that the models read, as tables."""
    path.unlink(missing_ok=True)
    rows = pd.concat([frame.assign(series=name) for name, frame in days.items()])
    rows = rows.assign(day=pd.to_datetime(rows["day"]).dt.date, reference=np.nan)
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE forecast_driver(name VARCHAR, day DATE, value DOUBLE)")
        con.execute("CREATE TABLE forecast_input_hourly(series VARCHAR, ts TIMESTAMP, value DOUBLE, quality VARCHAR)")
        con.register("rows", rows)
        con.execute("CREATE TABLE forecast_input AS SELECT * FROM rows")
        con.execute("CREATE TABLE forecast_range AS SELECT series, day, 0.0 AS least, 9999.0 AS most FROM rows")
        con.execute(
            "CREATE TABLE forecast_input_agents AS SELECT 'retailer_daily:' || c AS series, day, value, hours, quality "
            f"FROM rows, range({agents}) AS t(c) WHERE series = 'hydro_daily'"
        )
    return path


@pytest.fixture(scope="module")
def own(catalog: Catalog) -> Catalog:
    return replace(catalog, forecasts=POLICIES)


def tables(lake: Lake) -> dict[tuple[str, str], pa.Table]:
    return {key: lake.read(*key) for key in lake.manifest().keys()}  # noqa: SIM118 - a method of ours


def of(table: pa.Table, *series: str) -> list[dict]:
    return [row for row in table.to_pylist() if row["series"] in series]


def night(folder: Path, catalog: Catalog, days: dict[str, pd.DataFrame], day: dt.date, agents: int = 0) -> Night:
    log = ForecastLog(Lake(folder / "lake"))
    inputs, others = read_inputs(draft(folder / "w.duckdb", days, agents), catalog.forecasts)
    made = forecast_night(inputs, others, catalog, day, log, "code", SIZE)
    log.keep(made.rows, run_of(day))
    return made


def test_nothing_new_is_nothing_run(tmp_path: Path, own: Catalog) -> None:
    """The same days tonight and nine nights later: no series runs, and the lake is the same state."""
    made = night(tmp_path, own, frames(), TODAY)
    assert made.series == tuple(policy.series for policy in POLICIES)
    before = Lake(tmp_path / "lake").manifest()
    for later in (0, 1, 9):
        again = night(tmp_path, own, frames(), TODAY + dt.timedelta(days=later))
        assert again == Night()
    assert Lake(tmp_path / "lake").manifest() == before


def test_what_moved_runs_and_the_others_stay(tmp_path: Path, own: Catalog) -> None:
    """A new day of demand: demand runs alone; a new day of one source: its whole group, exact; other rows stay."""
    night(tmp_path, own, frames(), TODAY)
    lake = Lake(tmp_path / "lake")
    first = tables(lake)
    tomorrow = TODAY + dt.timedelta(days=1)
    made = night(tmp_path, own, frames({"demand_daily": tomorrow}), tomorrow)
    assert made.series == ("demand_daily",)
    second = tables(lake)
    group = ("total_daily", "hydro_daily", "rest_daily")
    for key, table in second.items():
        if key[0] not in {"_forecast_key", "_forecast_chain"}:  # what is of the night, not of a series
            assert of(table, *group) == of(first[key], *group), key
    assert of(second["_forecast_policy", "daily"], "demand_daily")
    names = [row["series"] for row in second["_forecast_policy", "daily"].to_pylist()]
    assert names == [policy.series for policy in POLICIES]
    moved = dict.fromkeys((*group, "demand_daily"), tomorrow)
    made = night(tmp_path, own, frames(moved), tomorrow)
    assert made.series == group
    live = lake.read("_forecast_value", "daily").to_pandas()
    live = live[(live["run_kind"] == "live") & (live["model"] == "coherent") & (live["issued"] == tomorrow)]
    by_series = live.pivot_table(index="target", columns="series", values="mean")
    assert len(by_series) == 14
    assert np.abs(by_series["total_daily"] - by_series["hydro_daily"] - by_series["rest_daily"]).max() < 1e-6


def test_by_halves_or_at_once_gives_the_same_rows(tmp_path: Path, own: Catalog) -> None:
    """Demand first and the group after it on the same night: scores, policies and misses as if all had run at once."""
    tomorrow = TODAY + dt.timedelta(days=1)
    every = dict.fromkeys([policy.series for policy in POLICIES], tomorrow)
    for name in ("halves", "once"):
        (tmp_path / name).mkdir()
        night(tmp_path / name, own, frames(), TODAY)
    night(tmp_path / "halves", own, frames({"demand_daily": tomorrow}), tomorrow)
    night(tmp_path / "halves", own, frames(every), tomorrow)
    night(tmp_path / "once", own, frames(every), tomorrow)
    halves, once = (tables(Lake(tmp_path / name / "lake")) for name in ("halves", "once"))
    assert halves.keys() == once.keys()
    for key in once:
        if key[0] == "_forecast_value":
            rows = [sorted(map(str, found[key].to_pylist())) for found in (halves, once)]
            assert rows[0] == rows[1]
        else:
            assert halves[key].equals(once[key]), key


def test_agents_run_when_due_and_moved(tmp_path: Path, own: Catalog) -> None:
    """A week later with the same days no agent runs; with new ones all do; one that is gone leaves the tables."""
    made = night(tmp_path, own, frames(), TODAY, agents=3)
    assert made.agents == 3
    week = TODAY + dt.timedelta(days=7)
    assert night(tmp_path, own, frames(), week, agents=3).agents == 0
    every = dict.fromkeys([policy.series for policy in POLICIES], week)
    assert night(tmp_path, own, frames(every), week, agents=2).agents == 2
    policies = Lake(tmp_path / "lake").read("_forecast_policy", "agents")
    assert policies["series"].to_pylist() == ["retailer_daily:0", "retailer_daily:1"]


def test_what_is_read_does_not_grow_with_the_nights(tmp_path: Path) -> None:
    """Four hundred nights in the lake: a run reads the declared windows of them and no row before."""
    lake = Lake(tmp_path / "lake")
    blocks = []
    for back in range(400):
        issued = TODAY - dt.timedelta(days=back)
        for kind in ("live", "backtest"):
            row = dict.fromkeys(FORECAST_TABLES[VALUE], 1.0) | {
                "series": "s",
                "model": "m",
                "run_kind": kind,
                "scenario": "",
                "h": 1,
            }
            blocks.append(row | {"issued": issued, "origin": issued - dt.timedelta(days=1), "target": issued})
    with lake.writing():
        transaction = lake.transaction(TODAY)
        transaction.put_table("_forecast_value", "daily", as_table(VALUE, pd.DataFrame(blocks)), mode="append")
        transaction.commit(run_of(TODAY).created)
    size = ModelSettings(live_days=20, memory_days=100)
    log = ForecastLog(lake)
    found = log.vintages(("daily", "hourly"), size.windows(TODAY - dt.timedelta(days=1)))
    assert found.groupby("run_kind", observed=True).size().to_dict() == {"backtest": 101, "live": 21}
    assert list(found.columns) == list(FORECAST_TABLES[VALUE])
    nothing = log.vintages(("agents",), size.windows(TODAY))
    assert nothing.empty


def test_rows_of_a_release_before_stay() -> None:
    """A column that old rows lack is empty there; an empty half changes nothing; order is the declarations'."""
    old = pa.table({"series": ["b", "a"], "n": pa.array([2, 1], pa.int32())})
    new = pa.table({"series": ["c"], "n": pa.array([3], pa.int32()), "x": ["new"]})
    both = merged(old, new, {"c"}, ["a", "b", "c"])
    assert both.to_pylist() == [
        {"series": "a", "n": 1, "x": None}, {"series": "b", "n": 2, "x": None}, {"series": "c", "n": 3, "x": "new"},
    ]  # fmt: skip
    assert merged(old, new.slice(0, 0), {"b"}, ["a", "b"]).to_pylist() == [{"series": "a", "n": 1}]
    assert merged(old.slice(0, 0), new, {"c"}, ["c"]).equals(new)
