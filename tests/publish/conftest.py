"""A tiny world whose browser assets are stand-ins: npm and the network are not needed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.core import palette
from pipeline.core.paths import ROOT
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


@pytest.fixture(scope="session")
def fake_web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our browser code as it is written, not bundled."""
    folder = tmp_path_factory.mktemp("web")
    shutil.copytree(ROOT / "site_src" / "js", folder / "js")
    (folder / "css").mkdir()
    (folder / "css" / "site.css").write_text(palette.css())
    return folder


@pytest.fixture
def world(tmp_path: Path, fake_vendor: Path, fake_web: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A fresh tiny world, not yet published."""
    monkeypatch.setattr(site, "vendor_folder", lambda root, cache: fake_vendor)
    monkeypatch.setattr(site, "web_folder", lambda root, cache: fake_web)
    return make_world(tmp_path)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, fake_vendor: Path, fake_web: Path) -> World:
    """A tiny world published once; tests that share it only read it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "vendor_folder", lambda root, cache: fake_vendor)
        patch.setattr(site, "web_folder", lambda root, cache: fake_web)
        shared = make_world(tmp_path_factory.mktemp("published"))
        shared.publish()
    return shared
