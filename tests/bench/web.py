"""What a reader meets on the pages of the built demo: whether the search finds what is meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.bench.bench_parts import Part, built_demo, in_folders
from tests.bench.search_score import bench_search
from tests.bench.table import Line


def bench_searches(_home: Path) -> list[Line]:
    """Search the built demo as people search.

    Raises:
        UsageError: The demo is not built.
    """
    return bench_search(built_demo().site)


PARTS: dict[str, Part] = {"search": bench_searches}
"""One function a part; each in a folder of its own."""


def bench_web(only: Sequence[str]) -> list[Line]:
    """Run the parts that are wanted, all by default.

    Args:
        only: Names of `PARTS`.

    Raises:
        UsageError: There is no such part.
    """
    return in_folders(PARTS, only)
