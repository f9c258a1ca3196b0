"""Warehouses over the published figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from tests.anchors.anchored import HERE, open_anchors
from tests.views.small_world import Warehouse


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A warehouse over the figures of April and May 2024."""
    with open_anchors(tmp_path_factory.mktemp("week"), dt.date(2024, 4, 1), dt.date(2024, 5, 5)) as con:
        yield con


@pytest.fixture(scope="session")
def years(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """A warehouse over the figures of all years."""
    with open_anchors(tmp_path_factory.mktemp("years"), dt.date(2000, 1, 1), dt.date(2025, 12, 31)) as con:
        yield con


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what opens a warehouse out of the fast core."""
    for item in items:
        if {"week", "years"} & set(getattr(item, "fixturenames", ())) and item.path.parent == HERE:
            item.add_marker(pytest.mark.slow)
