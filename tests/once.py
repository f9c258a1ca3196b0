"""What is expensive is made once for all workers of a test session."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

Made = TypeVar("Made")


@dataclass(frozen=True)
class Once:
    """Makes something in a folder that all workers share; who comes second waits for the first, then reads it.

    Attributes:
        folder: The session's folder, the same for every worker.
    """

    folder: Path

    def __call__(self, name: str, make: Callable[[Path], Made]) -> Made:
        """Return what `make` returned when it was first called with this name, in whichever worker that was.

        Args:
            name: Of the folder that is made.
            make: Fills an empty folder; what it returns must survive pickling.
        """
        made = self.folder / f"{name}.pickle"
        with FileLock(self.folder / f"{name}.lock"):
            if not made.exists():
                home = self.folder / name
                shutil.rmtree(home, ignore_errors=True)  # what a worker left that failed
                home.mkdir()
                made.write_bytes(pickle.dumps(make(home)))
        found: Made = pickle.loads(made.read_bytes())
        return found
