"""The tools of the browser code (ESLint, TypeScript, axe), installed from the lock file; the pages to look at."""

from __future__ import annotations

import hashlib
from pathlib import Path

from filelock import FileLock

from pipeline.core.paths import ROOT
from pipeline.site.assets import npm_ci
from pipeline.site.tree import files_below


def node_modules() -> Path:
    """Return `node_modules`, installed again when the lock file changed; editors find the same tools there."""
    folder = ROOT / "node_modules"
    inputs = b"".join((ROOT / name).read_bytes() for name in ("package.json", "package-lock.json"))
    stamp = folder / f".lock-{hashlib.sha256(inputs).hexdigest()[:16]}"
    with FileLock(ROOT / "build" / ".npm.lock"):
        if not stamp.is_file():
            npm_ci(ROOT)
            stamp.touch()
    return folder


def all_pages(site: Path) -> list[str]:
    """Return the addresses of the pages of a site, from its root."""
    return [name.removesuffix("index.html") for name in files_below(site) if name.endswith("index.html")]


def of_each_kind(site: Path) -> list[str]:
    """Return every page made alone, and of those that one template makes many of the longest and the shortest."""
    kinds: dict[tuple[str, int], list[str]] = {}
    alone = []
    for name in all_pages(site):
        folder, depth = name.partition("/")[0], name.count("/")
        if depth < 2 or folder == "tableros":
            alone.append(name)
        else:
            kinds.setdefault((folder, depth), []).append(name)
    for names in kinds.values():
        names.sort(key=lambda name: (site / name / "index.html").stat().st_size)
    return sorted({*alone, *(names[end] for names in kinds.values() for end in (0, -1))})
