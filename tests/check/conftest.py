"""Two warehouses over the project's own catalogue, made once: the small lake is kept in the build folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.check.small_lake import small_lake
from pipeline.check.trial import Trial, in_memory
from pipeline.core.paths import Paths
from pipeline.core.settings import load_settings


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Both warehouses with every view, and nothing wrong with them."""
    catalog = load_catalog()
    nothing = tmp_path_factory.mktemp("nothing")
    with in_memory() as empty, in_memory() as small:
        made = Trial(empty, small)
        assert made.build(catalog, Paths(nothing, nothing), small_lake(load_settings(), catalog)) == []
        yield made
