"""The catalogue under test, loaded once."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.catalog.load import Catalog, load_catalog


class InventoryRow(NamedTuple):
    """One row of XM's own list of metrics."""

    metric: str
    entity: str
    grain: str
    max_days: int


_GRAINS = {"Hourly": "hourly", "Daily": "daily", "Monthly": "monthly", "List": "list"}


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def inventory() -> list[InventoryRow]:
    path = Path(__file__).with_name("xm_inventory.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return [
            InventoryRow(row["metric_id"], row["entity"], _GRAINS[row["type"]], int(row["max_days"]))
            for row in csv.DictReader(file)
        ]
