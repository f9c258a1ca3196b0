"""Folders compared by content, so that an unchanged build rewrites no file.

A *tree* is a mapping from a relative POSIX path to where its bytes are: a file on disk or bytes in memory.
"""

from __future__ import annotations

import errno
import filecmp
import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.core.errors import DiskFull, PublishError

Content = Path | bytes
Tree = Mapping[str, Content]


@dataclass(frozen=True)
class SyncResult:
    """What a synchronisation did, as relative paths."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    total: int = 0
    size: int = field(default=0)
    """Bytes of the whole folder afterwards [B]."""


def sha256_of(content: Content) -> str:
    """Return the SHA-256 of a file or of bytes, in hexadecimal."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def files_below(folder: Path) -> dict[str, Path]:
    """Return every file below `folder` by its relative POSIX path, in path order."""
    if not folder.is_dir():
        return {}
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return dict(sorted(found.items()))


def fingerprint(files: Mapping[str, Content]) -> str:
    """Return one hash over the names and bytes of files."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{sha256_of(content)}\n".encode())
    return digest.hexdigest()


def same_bytes(path: Path, content: Content) -> bool:
    """Return True when the file at `path` exists, is no link to `content`, and already holds it.

    A copy has the time of what it was copied from (`write_if_changed`): of the same size and time it is the same, and
    its bytes are not read. Whoever edits one of the two changes its time.
    """
    if not path.is_file():
        return False
    there = path.stat()
    if isinstance(content, bytes):
        return there.st_size == len(content) and path.read_bytes() == content
    wanted = content.stat()
    if there.st_size != wanted.st_size or (there.st_dev, there.st_ino) == (wanted.st_dev, wanted.st_ino):
        return False
    return there.st_mtime_ns == wanted.st_mtime_ns or filecmp.cmp(path, content, shallow=False)


def write_if_changed(path: Path, content: Content) -> bool:
    """Put `content` at `path` by rename, unless it is there already.

    A file is copied, never linked: the published portal is the backup of the lake, and what damages one of two names of
    a file damages both.

    Args:
        path: Destination; its folder is made.
        content: Bytes, or a file to copy.

    Returns:
        True when the file was written.

    Raises:
        DiskFull: No room left; the old file is intact.
    """
    if same_bytes(path, content):
        return False
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        if isinstance(content, bytes):
            temporary.write_bytes(content)
        else:
            _copy(content, temporary)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno == errno.ENOSPC:
            raise DiskFull("No room left to write the site", hint="free some space and run again", file=path) from error
        raise PublishError(f"Cannot write a file of the site: {error}", hint="check the folder", file=path) from error
    return True


def _copy(source: Path, target: Path) -> None:
    """Copy the bytes of a file, and its time."""
    shutil.copyfile(source, target)
    time = source.stat()
    os.utime(target, ns=(time.st_atime_ns, time.st_mtime_ns))


def differs(folder: Path, tree: Tree) -> bool:
    """Return True when `sync` would write or remove anything."""
    return any(name not in tree for name in files_below(folder)) or any(
        not same_bytes(folder / name, content) for name, content in tree.items()
    )


def is_done(mark: Path, key: str) -> bool:
    """Return whether a step was done with the inputs of that key."""
    return mark.is_file() and mark.read_text(encoding="utf-8") == key


def text_of(content: Content) -> str:
    """Return UTF-8 text from a file or from bytes."""
    return (content if isinstance(content, bytes) else content.read_bytes()).decode("utf-8")


def size_of(content: Content) -> int:
    """Return the size of a file or of bytes [B]."""
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def sync(folder: Path, tree: Tree) -> SyncResult:
    """Make `folder` hold exactly `tree`: write what differs, remove what is left over.

    Args:
        folder: The destination.
        tree: Relative POSIX path to content.

    Returns:
        What was written and removed.
    """
    written = tuple(name for name, content in sorted(tree.items()) if write_if_changed(folder / name, content))
    leftovers = tuple(name for name in files_below(folder) if name not in tree)
    for name in leftovers:
        (folder / name).unlink()
    _remove_empty_folders(folder)
    size = sum((folder / name).stat().st_size for name in tree)
    return SyncResult(written=written, removed=leftovers, total=len(tree), size=size)


def _remove_empty_folders(folder: Path) -> None:
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), key=lambda p: -len(p.parts)):
        if not any(path.iterdir()):
            path.rmdir()
