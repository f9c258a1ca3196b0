"""Forecast tables of the warehouse: three keys of the lake, one table."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.catalog.forecast_frames import FORECAST_TABLES
from pipeline.store.forecast_log import create_tables, load_forecasts
from pipeline.store.lake import Lake
from pipeline.store.mirror_rows import shaped, unified

DAY = dt.date(2026, 11, 20)
NOW = dt.datetime(2026, 11, 21, 5, 40)


def vintage(target: object, kind: pa.DataType, **more: object) -> pa.Table:
    """One row of a forecast."""
    columns = {"series": ["s"], "model": ["m"], "run_kind": ["live"], "mean": [1.5]}
    dates = {"issued": pa.array([NOW.date()]), "origin": pa.array([DAY]), "target": pa.array([target], kind)}
    return pa.table(columns | dates | {"h": pa.array([1], pa.int32())} | {k: [v] for k, v in more.items()})


def loaded(root: Path, **tables: pa.Table) -> duckdb.DuckDBPyConnection:
    """A warehouse whose forecast tables come from a lake with these tables (`name__key`)."""
    lake = Lake(root / "lake")
    with lake.writing():
        transaction = lake.transaction(NOW.date())
        for name, table in tables.items():
            transaction.put_table(*name.split("__"), table, mode="append")
        transaction.commit(NOW)
    con = duckdb.connect()
    create_tables(con)
    load_forecasts(con, lake, lake.manifest())
    return con


def test_days_and_hours_share_a_table(tmp_path: Path) -> None:
    """A day is its midnight, an hour its start; an older part without scenario has none."""
    hour = dt.datetime(2026, 11, 21, 19)
    con = loaded(
        tmp_path,
        _forecast_value__daily=vintage(dt.date(2026, 11, 21), pa.date32()),
        _forecast_value__hourly=vintage(hour, pa.timestamp("ms"), scenario="nino"),
    )
    found = con.execute("SELECT target, scenario, lo80 FROM forecast_value ORDER BY target").fetchall()
    assert found == [(dt.datetime(2026, 11, 21), "", None), (hour, "nino", None)]


def test_an_empty_lake_gives_empty_tables(tmp_path: Path) -> None:
    """Without forecasts every table is there and holds nothing."""
    con = loaded(tmp_path)
    assert [con.execute(f"SELECT count(*) FROM {name}").fetchone() for name in FORECAST_TABLES] == [(0,)] * 5


def test_the_mirror_puts_days_and_hours_in_one_column() -> None:
    """PostgreSQL gets one table: the day of a daily forecast becomes its midnight, what a part lacks is NULL."""
    pieces = [
        vintage(dt.date(2026, 11, 21), pa.date32()),
        vintage(dt.datetime(2026, 11, 21, 19), pa.timestamp("ms"), scenario=""),
    ]
    rows = pa.concat_tables([shaped(p, unified([q.schema for q in pieces])) for p in pieces]).to_pylist()
    assert [row["target"] for row in rows] == [dt.datetime(2026, 11, 21), dt.datetime(2026, 11, 21, 19)]
    assert [row["scenario"] for row in rows] == [None, ""]
