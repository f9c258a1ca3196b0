"""What a portal that lives promises: it starts with its defaults, and the hundredth night is like the first."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.bench_parts import Part, in_folders
from tests.bench.nights_commands import bench_pairs, bench_smaller
from tests.bench.nights_plan import bench_plan
from tests.bench.nights_sick import bench_dead, bench_replay
from tests.bench.nights_small import bench_small
from tests.bench.nights_whole import bench_day, bench_first, bench_past, bench_whole
from tests.bench.table import Line

PARTS: dict[str, Part] = {
    "small": bench_small,
    "plan": bench_plan,
    "dead": bench_dead,
    "replay": bench_replay,
    "pairs": bench_pairs,
    "smaller": bench_smaller,
    "day": bench_day,
    "first": bench_first,
    "past": bench_past,
    "whole": bench_whole,
}
"""Each in a folder of its own. The last four work on the whole catalogue: a quarter of an hour, or hours."""


def bench_nights(only: Sequence[str]) -> list[Line]:
    """Run the parts that are wanted, all by default.

    Args:
        only: Names of `PARTS`.

    Raises:
        UsageError: There is no such part.
    """
    return in_folders(PARTS, only)
