"""Fixtures of the ingest tests: a house, a stub of XM for the whole session, declarations small enough to read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.catalog.schema import Grain, Metric
from pipeline.core.settings import Settings
from tests.ingest.fake import house
from tests.ingest.stub import StubXm

__all__ = ["house"]


@pytest.fixture(scope="session")
def running_stub() -> Iterator[StubXm]:
    stub = StubXm().start()
    yield stub
    stub.stop()


@pytest.fixture
def stub(running_stub: StubXm) -> StubXm:
    running_stub.clear()
    return running_stub


@pytest.fixture
def settings(stub: StubXm) -> Settings:
    """Settings that point at the stub and hardly wait."""
    return Settings(
        _env_file=None,
        xm_base_url=stub.url,
        simem_base_url=stub.url,
        xm_backoff=0.01,
        xm_connect_timeout=2,
        xm_read_timeout=2,
    )


def metric(
    name: str = "Gene", grain: Grain = "hourly", entities: tuple[str, ...] = ("Sistema",), **fields: object
) -> Metric:
    """Return a declaration with the fields a test cares about."""
    listed = grain == "list"
    declared: dict[str, object] = {
        "id": name,
        "title": "A metric of the tests",
        "definition": "A definition long enough to please the schema of the catalogue.",
        "theme": "tests",
        "entities": entities,
        "grain": grain,
        "kind": "list" if listed else "flow",
        "unit": {"source": "", "stored": ""} if listed else {"source": "kWh", "stored": "GWh"},
        "lag_days": 3,
        "max_days": 731 if grain in {"monthly", "list"} else 31,
        "columns": {"Code": "code"} if listed else {},
    }
    return Metric.model_validate(declared | fields)
