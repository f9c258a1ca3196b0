"""Writing so that a crash, a power cut or a full disk leaves the old state or the new one, never a half.

Order: temporary file, fsync, rename, fsync of the folder (and of the folder above each folder made on the way).
Every call that changes the disk goes through one `Device`, so that tests can record, fail or cut any of them, and
every step of a commit has a name, so that tests can kill a run at each.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.core.errors import disk_error

TEMP_PREFIX = ".tmp-"


class Device:
    """The calls that change the disk."""

    def write(self, path: Path, data: bytes) -> None:
        """Make a file with this content; nothing is forced to the device yet."""
        path.write_bytes(data)

    def sync(self, path: Path) -> None:
        """Force the content of a file, or the names in a folder, to the device."""
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def rename(self, source: Path, target: Path) -> None:
        """Give a file its name, in the place of what had it."""
        source.replace(target)

    def make_folder(self, path: Path) -> None:
        """Make one folder; its parent is there."""
        path.mkdir(exist_ok=True)

    def remove(self, path: Path) -> None:
        """Delete a file, if it is there."""
        path.unlink(missing_ok=True)

    def flush(self) -> None:
        """Force everything written so far to the device, in one call."""
        os.sync()


class _Active:
    """The device in use and who watches the named points of a commit."""

    device: Device = Device()
    watch: Callable[[str], None] | None = None


@contextmanager
def using(device: Device) -> Iterator[None]:
    """Send the calls of this process to another device, to record them or to make them fail."""
    before, _Active.device = _Active.device, device
    try:
        yield
    finally:
        _Active.device = before


@contextmanager
def watching(watch: Callable[[str], None]) -> Iterator[None]:
    """Call `watch` with the name of each point that a commit passes."""
    before, _Active.watch = _Active.watch, watch
    try:
        yield
    finally:
        _Active.watch = before


def checkpoint(name: str) -> None:
    """Name a point of a commit. Does nothing unless somebody watches."""
    if _Active.watch is not None:
        _Active.watch(name)


def write_bytes(
    target: Path, data: bytes, *, durable: bool = True, kind: str = "file", scratch: Path | None = None
) -> None:
    """Write `data` atomically.

    Args:
        target: The file to appear or to be replaced.
        data: Its content.
        durable: Force the bytes to the device before the rename, and the name after it.
        kind: What the file is, for the names of the commit points (`part written`, `part synced` …).
        scratch: Folder of the temporary file, on the same device; beside the target when None.

    Raises:
        DiskFull: No room left; the old file is intact.
        StoreError: Any other failure of the device; the old file is intact.
    """
    temp = (scratch or target.parent) / f"{TEMP_PREFIX}{os.getpid()}-{target.name}.tmp"
    try:
        for folder in {target.parent, temp.parent}:
            _make_folders(folder, durable=durable)
        _Active.device.write(temp, data)
        checkpoint(f"{kind} written")
        if durable:
            _Active.device.sync(temp)
            checkpoint(f"{kind} synced")
        _Active.device.rename(temp, target)
        checkpoint(f"{kind} renamed")
        if durable:
            _Active.device.sync(target.parent)
            checkpoint(f"{kind} folder synced")
    except OSError as error:
        with suppress(OSError):  # what refused the write may refuse this too; the next run sweeps
            _Active.device.remove(temp)
        raise disk_error(error, target) from error


def write_json(target: Path, document: object, *, durable: bool = True, kind: str = "file") -> None:
    """Write a JSON document atomically, with sorted keys so that equal content is equal bytes."""
    write_bytes(target, json_bytes(document), durable=durable, kind=kind)


def json_bytes(document: object) -> bytes:
    """Return a document as JSON with sorted keys: equal content is equal bytes. Machines read it: no white space."""
    return (json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def remove(path: Path) -> None:
    """Delete a file, if it is there.

    Raises:
        StoreError: The device refuses.
    """
    try:
        _Active.device.remove(path)
    except OSError as error:
        raise disk_error(error, path) from error


def flush() -> None:
    """Force everything written so far to the device: one call for thousands of files written without `durable`."""
    _Active.device.flush()


def sweep(folder: Path, *, deep: bool = False) -> int:
    """Delete the temporary files a dead run left in `folder` (`deep`: and below it); return how many.

    Call it under the writer's lock: a living writer's temporary files would go too.
    """
    names = folder.rglob(f"{TEMP_PREFIX}*") if deep else folder.glob(f"{TEMP_PREFIX}*")
    found = sorted(path for path in names if path.is_file()) if folder.exists() else []
    for path in found:
        remove(path)
    return len(found)


def _make_folders(folder: Path, *, durable: bool) -> None:
    """Make `folder` and what is missing above it. A folder's name lies in its parent: that is synced too."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        _Active.device.make_folder(path)
        if durable:
            _Active.device.sync(path.parent)
