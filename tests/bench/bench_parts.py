"""The parts of a benchmark: which are wanted, and running them, each in a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.core.errors import UsageError
from pipeline.core.paths import DEMO, ROOT, Paths
from pipeline.core.settings import load_settings
from tests.bench.table import Line

Part = Callable[[Path], Sequence[Line]]


def wanted(parts: Collection[str], only: Sequence[str]) -> list[str]:
    """Return the parts to run: those that are named, all by default.

    Args:
        parts: Names of the parts there are.
        only: Names of those that are wanted.

    Raises:
        UsageError: There is no such part.
    """
    if unknown := [name for name in only if name not in parts]:
        raise UsageError(f"No part of this bench: {', '.join(unknown)}", hint=f"use {', '.join(parts)}")
    return [*(only or parts)]


def in_folders(parts: Mapping[str, Part], only: Sequence[str]) -> list[Line]:
    """Run the wanted parts, each in a folder that is gone afterwards.

    Raises:
        UsageError: There is no such part.
    """
    lines: list[Line] = []
    for name in wanted(parts, only):
        with tempfile.TemporaryDirectory() as folder:
            lines += parts[name](Path(folder))
    return lines


def built_demo() -> Paths:
    """Return where the built demo lies.

    Raises:
        UsageError: It is not built.
    """
    paths = replace(Paths.of(load_settings()), data=ROOT / "data" / DEMO, build=ROOT / "build" / DEMO)
    if not (paths.site / "index.html").is_file():
        raise UsageError("The demo is not built", hint="run ./inv demo --no-serve first")
    return paths
