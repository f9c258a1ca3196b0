"""What lies in a folder, and how it grows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """What tells a file from the one that was there before: its inode, size and time of writing."""

    inode: int
    size: int
    written: int


Footprint = dict[str, Stamp]
"""Every file below a folder, by its path."""


def footprint(folder: Path) -> Footprint:
    """Return every file below `folder`; none when it is not there."""
    return dict(_files(str(folder), "")) if folder.is_dir() else {}


def _files(folder: str, prefix: str) -> Iterator[tuple[str, Stamp]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path, f"{prefix}{entry.name}/")
            elif entry.is_file(follow_symlinks=False):
                found = entry.stat(follow_symlinks=False)
                yield prefix + entry.name, Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


def size_below(found: Footprint, prefix: str = "") -> int:
    """Return the bytes of the files whose path begins with `prefix`."""
    return sum(stamp.size for path, stamp in found.items() if path.startswith(prefix))


def largest(found: Footprint) -> tuple[str, int]:
    """Return path and size of the largest file."""
    return max(((path, stamp.size) for path, stamp in found.items()), key=lambda item: item[1], default=("", 0))
