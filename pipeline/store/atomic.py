"""Writing so that a crash or a full disk leaves the old state or the new one, never a half.

Order: temporary file beside the target, flush, fsync, rename, fsync of the folder.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

from pipeline.core.errors import DiskFull, StoreError

TEMP_PREFIX = ".tmp-"


def write_atomic(target: Path, write: Callable[[Path], None], *, durable: bool = True) -> None:
    """Call `write` on a temporary file beside `target`, then rename it over `target`.

    Args:
        target: The file to appear or to be replaced.
        write: Writes the content to the path it is given.
        durable: Force the bytes to the device before the rename.

    Raises:
        DiskFull: No room left; the old file is intact.
        StoreError: Any other failure of the device; the old file is intact.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temp = target.parent / f"{TEMP_PREFIX}{os.getpid()}-{target.name}"
    try:
        write(temp)
        if durable:
            _fsync(temp)
        temp.replace(target)
        if durable:
            _fsync(target.parent)
    except OSError as error:
        temp.unlink(missing_ok=True)
        raise disk_error(error, target) from error


def write_bytes(target: Path, data: bytes, *, durable: bool = True) -> None:
    """Write `data` atomically."""
    write_atomic(target, lambda temp: _put(temp, data), durable=durable)


def write_json(target: Path, document: object, *, durable: bool = True) -> None:
    """Write a JSON document atomically, with sorted keys so that equal content is equal bytes."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)
    write_bytes(target, (text + "\n").encode(), durable=durable)


def disk_error(error: OSError, target: Path) -> StoreError:
    """Return the error of our tree that says what the device refused."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(
            "The disk is full",
            hint="free some space and run again; the last good state is intact",
            path=target,
        )
    return StoreError(
        f"The device refused to write: {error.strerror}",
        hint="check the disk; the last good state is intact",
        path=target,
    )


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
