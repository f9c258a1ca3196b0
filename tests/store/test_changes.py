"""What the lake gained since the day before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.store.changes import create_table
from pipeline.store.lake import Lake
from pipeline.store.parts import ROW_SCHEMA

FIRST, SECOND = dt.date(2026, 5, 19), dt.date(2026, 5, 20)


def night(lake: Lake, today: dt.date, series: dict[str, list[float]]) -> None:
    """Commit the given values of 1 May and the days after it."""
    with lake.writing():
        transaction = lake.transaction(today)
        for metric, values in series.items():
            days = [dt.datetime(2026, 5, 1) + dt.timedelta(days=i) for i in range(len(values))]
            rows = {"code": ["Sistema"] * len(days), "ts": days, "value": values, "quality": ["ok"] * len(days)}
            transaction.upsert(metric, "Sistema", pa.table(rows, schema=ROW_SCHEMA))
        transaction.commit(dt.datetime.combine(today, dt.time(5, 40)))


def changes(lake: Lake, today: dt.date) -> list[tuple[object, ...]]:
    """Return the table made on `today`."""
    with duckdb.connect() as con:
        create_table(con, lake, lake.manifest(), today)
        return con.execute("FROM lake_change").fetchall()


def test_a_night_is_compared_with_the_one_before(tmp_path: Path) -> None:
    """A longer series, a new one, and one that did not change; two commits of one day count as one night."""
    lake = Lake(tmp_path)
    night(lake, FIRST, {"DemaSIN": [1.0, 2.0], "Gene": [5.0]})
    night(lake, SECOND, {"DemaSIN": [1.0, 2.0, 3.0], "Gene": [5.0]})
    night(lake, SECOND, {"VertEner": [7.0]})
    assert changes(lake, SECOND) == [
        ("DemaSIN", "Sistema", 2, 3, dt.date(2026, 5, 2), dt.date(2026, 5, 3), FIRST),
        ("VertEner", "Sistema", 0, 1, None, dt.date(2026, 5, 1), FIRST),
    ]


def test_a_new_lake_has_nothing_to_compare_with(tmp_path: Path) -> None:
    """Every row is gained and `since` is empty."""
    lake = Lake(tmp_path)
    night(lake, FIRST, {"Gene": [5.0]})
    assert changes(lake, FIRST) == [("Gene", "Sistema", 0, 1, None, dt.date(2026, 5, 1), None)]
