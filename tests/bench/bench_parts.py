"""The parts of a benchmark: which are wanted, and running them, each in a folder of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from pipeline.core.errors import UsageError
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
