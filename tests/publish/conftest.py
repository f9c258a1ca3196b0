"""A tiny world whose browser assets are stand-ins: npm and the network are not needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.publish import site
from tests.publish.tiny import World, make_world


@pytest.fixture(scope="session")
def fake_vendor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stand-ins for the bundled browser assets."""
    folder = tmp_path_factory.mktemp("vendor")
    for name in ("duckdb/duckdb.js", "duckdb/duckdb-eh.wasm", "plotly-basic.min.js", "LICENCIAS.txt", "manifest.json"):
        path = folder / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
    return folder


@pytest.fixture
def world(tmp_path: Path, fake_vendor: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A fresh tiny world, not yet published."""
    monkeypatch.setattr(site, "vendor_folder", lambda root, cache: fake_vendor)
    return make_world(tmp_path)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, fake_vendor: Path) -> World:
    """A tiny world published once; tests that share it only read it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "vendor_folder", lambda root, cache: fake_vendor)
        shared = make_world(tmp_path_factory.mktemp("published"))
        shared.publish()
    return shared
