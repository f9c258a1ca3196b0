"""What each settlement version said of the price."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from small_world import open_warehouse, rows, series_table, small_catalog

DAY = dt.date(2024, 4, 10)


def said(versions: dict[str, float], hours: int = 24, days: tuple[dt.date, ...] = (DAY,)) -> pa.Table:
    """Return the price of days in several versions."""
    stamps = [dt.datetime.combine(day, dt.time(hour)) for day in days for hour in range(hours)]
    tables = [
        series_table("PB_Nal/Sistema", [("Sistema", stamp, value + stamp.hour) for stamp in stamps]).append_column(
            "version", pa.array([version] * len(stamps), pa.string())
        )
        for version, value in versions.items()
    ]
    return pa.concat_tables(tables)


@pytest.fixture
def world(tmp_path: Path) -> Callable[[pa.Table], object]:
    """Open a warehouse that holds versions of one price."""
    return lambda table: open_warehouse(tmp_path, {"PB_Nal/Sistema": table}, dt.date(2024, 5, 6), small_catalog())


def test_each_version_is_a_column_and_the_highest_holds(world: Callable[[pa.Table], object]) -> None:
    """TX1 said 100, TXF says 112; TX10 is no TX1, and what was not published is NULL."""
    con = world(said({"TX1": 100.0, "TX10": 109.0, "TXF": 112.0}))
    found = rows(con, "SELECT * FROM price_versions ORDER BY ts LIMIT 1")[0]  # type: ignore[arg-type]
    assert (found["tx1"], found["tx2"], found["txf"], found["latest"]) == (100.0, None, 112.0, 112.0)
    assert (found["latest_version"], found["versions"], found["max_change"]) == ("TXF", 3, 12.0)


def test_a_day_moves_by_the_mean_of_its_hours(world: Callable[[pa.Table], object]) -> None:
    """From 111.5 to 122.65: +10 %; the month repeats it while it has one day."""
    con = world(said({"TX1": 100.0, "TXR": 111.15}))
    for name in ("price_versions_by_day", "price_versions_by_month"):
        found = rows(con, f"SELECT tx1, latest, difference, difference_pct FROM {name}")  # type: ignore[arg-type]
        assert found == [{"tx1": 111.5, "latest": 122.65, "difference": 11.15, "difference_pct": 10.0}]


def test_a_day_without_its_24_hours_is_no_day(world: Callable[[pa.Table], object]) -> None:
    """Hours are shown as they come, days only whole."""
    con = world(said({"TX1": 100.0, "TXR": 110.0}, hours=23))
    assert len(rows(con, "SELECT ts FROM price_versions")) == 23  # type: ignore[arg-type]
    assert rows(con, "SELECT day FROM price_versions_by_day") == []  # type: ignore[arg-type]


@pytest.mark.parametrize("days", [30, 29])
def test_a_step_of_the_settlement_is_told_of_whole_months(world: Callable[[pa.Table], object], days: int) -> None:
    """From TX1 to TX2 every hour of April moves by 3, then by nothing; a month that lacks a day is not told."""
    april = tuple(dt.date(2024, 4, day + 1) for day in range(days))
    con = world(said({"TX1": 100.0, "TX2": 97.0, "TXR": 97.0}, days=april))
    found = rows(con, "SELECT * EXCLUDE (ordinal) FROM price_version_step")  # type: ignore[arg-type]
    month = dt.date(2024, 4, 1)
    assert found == (
        [
            {"month": month, "step": "TX1 → TX2", "mean_move": 3.0, "most_move": 3.0, "moved_hours": 720},
            {"month": month, "step": "TX2 → TXR", "mean_move": 0.0, "most_move": 0.0, "moved_hours": 0},
        ]
        if days == 30
        else []
    )
