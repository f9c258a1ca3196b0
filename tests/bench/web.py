"""What a reader meets on the pages of the built demo: how long and quick they are, and whether the search finds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.bench.bench_parts import Part, built_demo, in_folders
from tests.bench.search_score import bench_search
from tests.bench.table import Line
from tests.bench.web_access import bench_access
from tests.bench.web_pages import bench_pages


def bench_searches(_home: Path) -> list[Line]:
    """Search the built demo as people search.

    Raises:
        UsageError: The demo is not built.
    """
    return bench_search(built_demo().site)


def bench_built_pages(_home: Path) -> list[Line]:
    """Open the home page and the boards of the built demo on a desk and on a phone.

    Raises:
        UsageError: The demo is not built.
    """
    return bench_pages(built_demo().site)


def bench_access_of_pages(_home: Path) -> list[Line]:
    """Ask axe, walk the charts by keys, enlarge and look for focus on pages of every kind.

    Raises:
        UsageError: The demo is not built.
    """
    return bench_access(built_demo().site)


PARTS: dict[str, Part] = {"search": bench_searches, "pages": bench_built_pages, "access": bench_access_of_pages}
"""One function a part; each in a folder of its own."""


def bench_web(only: Sequence[str]) -> list[Line]:
    """Run the parts that are wanted, all by default.

    Args:
        only: Names of `PARTS`.

    Raises:
        UsageError: There is no such part.
    """
    return in_folders(PARTS, only)
