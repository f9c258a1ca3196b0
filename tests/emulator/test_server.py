"""The server answers with XM's addresses, shapes and refusals."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from pipeline.emulator.server import Emulator, build

TODAY = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return build("simulated", TODAY)


def test_every_series_of_the_catalogue_is_answered(emulator: Emulator) -> None:
    """All 193 series get a well-formed reply; a data series without values gets an empty list."""
    for (metric, entity), contract in emulator.catalog.items():
        endpoint = {"list": "lists"}.get(contract.grain, contract.grain)
        body = {"MetricId": metric, "Entity": entity, "StartDate": "2026-09-01", "EndDate": "2026-09-02"}
        items = json.loads(emulator.reply(endpoint, json.dumps(body).encode()))["Items"]
        assert isinstance(items, list)
    assert len(emulator.catalog) == 193
