"""One run at a time: a command that writes holds its folders from its first look to its last word.

The lock is the system's (it dies with the process, however that ends); a note beside it says who holds it, for the one
that is turned away.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.core.errors import LockHeld, PipelineError, disk_error
from pipeline.core.paths import Paths

LOCK, HOLDER = ".run.lock", ".run.json"


@contextmanager
def alone(paths: Paths, command: str, since: dt.datetime) -> Iterator[None]:
    """Hold the data folder and the build folder of a portal, or be turned away at once.

    Args:
        paths: The two folders; they are made if need be.
        command: What holds them, in words a person typed.
        since: Now [Bogotá].

    Raises:
        LockHeld: Another command holds one of them; it is named.
        StoreError: The folder cannot be written to.
    """
    with ExitStack() as held:
        for folder in dict.fromkeys((paths.data, paths.build)):
            held.enter_context(_hold(folder, command, since))
        yield


@contextmanager
def _hold(folder: Path, command: str, since: dt.datetime) -> Iterator[None]:
    lock, note = FileLock(folder / LOCK), folder / HOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout as error:
        raise LockHeld(
            f"Another command is at work on {folder}: {_words(_said(note))}",
            hint="wait for it to end, then run again; nothing was changed",
        ) from error
    except OSError as error:
        raise disk_error(error, folder) from error
    try:
        with suppress(OSError):  # a courtesy: the lock holds without it, on a full disk too
            said = {"pid": os.getpid(), "command": command, "since": since.isoformat(sep=" ", timespec="seconds")}
            note.write_text(json.dumps(said, ensure_ascii=False) + "\n", encoding="utf-8")
        yield
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)
        lock.release()


@contextmanager
def undisturbed(paths: Paths) -> Iterator[None]:
    """Read a portal that another command may be changing: what then looks broken is to be looked at again.

    Raises:
        LockHeld: The reading failed while another command was at work; it is named.
    """
    before = at_work(paths)
    try:
        yield
    except (PipelineError, OSError) as error:
        if who := before or at_work(paths):
            raise LockHeld(f"{error}. It was being changed by {who}", hint="run again when that has ended") from None
        raise


def at_work(paths: Paths) -> str:
    """Return who is changing a portal now, for a reader that found it half changed; empty when nobody is."""
    for folder in (paths.data, paths.build):
        said = _said(folder / HOLDER)
        if said is None:
            continue
        with suppress(OSError):
            os.kill(int(said["pid"]), 0)
            return _words(said)
    return ""


def _said(note: Path) -> dict[str, str] | None:
    """Return what a holder wrote of itself; None when there is none, or it is just starting or ending."""
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
        return {"pid": str(int(said["pid"])), "command": str(said["command"]), "since": str(said["since"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _words(said: dict[str, str] | None) -> str:
    return f"./inv {said['command']} (process {said['pid']}, since {said['since']})" if said else "just starting"
