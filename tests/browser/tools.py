"""The tools of the browser code (ESLint, TypeScript, axe), installed in `node_modules` from the lock file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from filelock import FileLock

from pipeline.core.paths import ROOT
from pipeline.site.assets import npm_ci


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
