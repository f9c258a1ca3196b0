"""The fixture of the domain layer's tests: a warehouse from a few inline rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from small_world import Lists, Series, World, list_table, open_warehouse, series_table, small_catalog


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a function that builds a warehouse from `{"Gene/Recurso": [(code, ts, value[, quality])]}` and lists."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def make(
        series: Series | None = None, lists: Lists | None = None, today: dt.date = dt.date(2024, 5, 6)
    ) -> duckdb.DuckDBPyConnection:
        tables = {key: series_table(key, rows) for key, rows in (series or {}).items()}
        tables |= {f"{name}/Sistema": list_table(name, rows) for name, rows in (lists or {}).items()}
        con = open_warehouse(tmp_path / str(len(opened)), tables, today, small_catalog())
        opened.append(con)
        return con

    yield make
    for con in opened:
        con.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the contract of the views in the fast core; worlds that build the whole domain layer are slow."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.path.name != "test_contract.py":
            item.add_marker(pytest.mark.slow)
