"""Devices that fail, record, or keep nothing: the disk as it can be."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipeline.store.atomic import Device

Loss = Literal["nothing kept", "names kept, data empty", "names kept, data torn", "any of it"]
LOSSES: tuple[Loss, ...] = ("nothing kept", "names kept, data empty", "names kept, data torn", "any of it")


class Unsynced(Device):
    """A device that is never waited for: a killed process loses no page cache."""

    def sync(self, path: Path) -> None:
        """Do nothing."""

    def flush(self) -> None:
        """Do nothing."""


class Failing(Unsynced):
    """Fails at the n-th call; a write that fails leaves half of its bytes.

    Args:
        at: Number of the call that fails, from 1.
        code: errno of the failure. `EROFS`: every later call fails too.
    """

    def __init__(self, at: int, code: int) -> None:
        self.left = at
        self.code = code

    def _turn(self) -> None:
        self.left -= 1
        if self.left == 0 or (self.left < 0 and self.code == errno.EROFS):
            raise OSError(self.code, os.strerror(self.code))

    def write(self, path: Path, data: bytes) -> None:
        """Write, or write half and fail."""
        try:
            self._turn()
        except OSError:
            if self.code != errno.EROFS:
                super().write(path, data[: len(data) // 2])
            raise
        super().write(path, data)

    def sync(self, path: Path) -> None:
        """Fail in turn."""
        self._turn()

    def rename(self, source: Path, target: Path) -> None:
        """Rename, or fail in turn."""
        self._turn()
        super().rename(source, target)

    def make_folder(self, path: Path) -> None:
        """Make the folder, or fail in turn."""
        self._turn()
        super().make_folder(path)

    def remove(self, path: Path) -> None:
        """Delete, or fail in turn; only a read-only or broken device refuses that."""
        if self.code != errno.ENOSPC:
            self._turn()
        super().remove(path)


@dataclass(frozen=True)
class Call:
    """One call that changed the disk."""

    what: Literal["write", "sync", "rename", "folder", "remove", "flush"]
    path: Path = Path()
    source: Path = Path()
    data: bytes = b""


@dataclass
class Tracing(Unsynced):
    """Records every call."""

    calls: list[Call] = field(default_factory=list)

    def write(self, path: Path, data: bytes) -> None:
        """Record and write."""
        self.calls.append(Call("write", path, data=data))
        super().write(path, data)

    def sync(self, path: Path) -> None:
        """Record."""
        self.calls.append(Call("sync", path))

    def rename(self, source: Path, target: Path) -> None:
        """Record and rename."""
        self.calls.append(Call("rename", target, source))
        super().rename(source, target)

    def make_folder(self, path: Path) -> None:
        """Record and make."""
        self.calls.append(Call("folder", path))
        super().make_folder(path)

    def remove(self, path: Path) -> None:
        """Record and delete."""
        if path.exists():
            self.calls.append(Call("remove", path))
        super().remove(path)

    def flush(self) -> None:
        """Record."""
        self.calls.append(Call("flush"))


class PowerLoss:
    """What a disk may hold when the power goes after some calls.

    The strict reading of POSIX: the bytes of a file last only after its fsync, a name only after the fsync of its
    folder, and of what was not synced any part may be there.

    Args:
        before: Content of the disk before the first call, all of it lasting.
        root: Folder the calls were made in.
    """

    def __init__(self, before: dict[str, bytes], root: Path) -> None:
        self.root = root
        self.lasting: dict[Path, int] = {}
        self.data: list[bytes] = []
        self.synced: set[int] = set()
        self.folders = {root, *(parent for name in before for parent in (root / name).parents)}
        self.pending: list[tuple[Path, Callable[[dict[Path, int], set[Path]], object]]] = []
        self.now: dict[Path, int] = {}
        for name, content in before.items():
            self.lasting[root / name] = self.now[root / name] = self._inode(content)
            self.synced.add(self.now[root / name])

    def _inode(self, content: bytes) -> int:
        self.data.append(content)
        return len(self.data) - 1

    def do(self, call: Call) -> None:
        """Apply one call."""
        path = call.path
        if call.what == "write":
            inode = self.now[path] = self._inode(call.data)
            self._name(path, lambda names, _: names.__setitem__(path, inode))
        elif call.what == "rename":
            moved = self.now.pop(call.source)
            self.now[path] = moved
            self._name(path, lambda names, _: names.__setitem__(path, moved))
            self._name(call.source, lambda names, _: names.pop(call.source, None))
        elif call.what == "remove":
            self.now.pop(path, None)
            self._name(path, lambda names, _: names.pop(path, None))
        elif call.what == "folder":
            self._name(path, lambda _, folders: folders.add(path))
        elif call.what == "sync" and path in self.now:
            self.synced.add(self.now[path])
        else:
            self._last(None if call.what == "flush" else path)

    def _name(self, path: Path, change: Callable[[dict[Path, int], set[Path]], object]) -> None:
        self.pending.append((path.parent, lambda names, folders: change(names, folders) and None))

    def _last(self, folder: Path | None) -> None:
        for place, change in self.pending:
            if folder is None or place == folder:
                change(self.lasting, self.folders)
        self.pending = [] if folder is None else [p for p in self.pending if p[0] != folder]
        if folder is None:
            self.synced.update(range(len(self.data)))

    def after(self, loss: Loss, target: Path, rng: random.Random) -> None:
        """Write to `target` what is there when the power comes back."""
        names, folders = dict(self.lasting), set(self.folders)
        for _, change in self.pending:
            if loss.startswith("names") or (loss == "any of it" and rng.random() < 0.5):
                change(names, folders)
        for path, inode in names.items():
            if any(parent not in folders for parent in path.parents if parent.is_relative_to(self.root)):
                continue
            content = self.data[inode]
            if inode not in self.synced:
                share = {"names kept, data empty": 0.0, "names kept, data torn": 0.5}.get(loss, rng.random())
                kept = int(len(content) * share)
                content = content[:kept] + (b"\0" * (len(content) - kept) if rng.random() < 0.3 else b"")
            there = target / path.relative_to(self.root)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(content)
