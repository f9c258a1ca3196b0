"""The catalogue under test, loaded once."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.catalog.load import Catalog, load_catalog

from .additions import KINDS, add, copy_catalogue


class InventoryRow(NamedTuple):
    """One row of XM's own list of metrics."""

    metric: str
    entity: str
    grain: str
    max_days: int


_GRAINS = {"Hourly": "hourly", "Daily": "daily", "Monthly": "monthly", "List": "list"}


@pytest.fixture(scope="session", params=["as it stands", "with one more of each kind"])
def catalog(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The project's catalogue, and a legitimate addition to it: no test here may break by one."""
    if request.param == "as it stands":
        return load_catalog()
    root = copy_catalogue(tmp_path_factory.mktemp("catalogue") / "catalog")
    for kind in KINDS:
        add(root, kind)
    return load_catalog(root)


@pytest.fixture(scope="session")
def inventory() -> list[InventoryRow]:
    path = Path(__file__).with_name("xm_inventory.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return [
            InventoryRow(row["metric_id"], row["entity"], _GRAINS[row["type"]], int(row["max_days"]))
            for row in csv.DictReader(file)
        ]
