"""Commands of `tasks.py` in processes of their own, forked from one that has imported what they need.

To import it takes a command longer than its work. A forked command is a process like any other: it has its own folders,
locks, exit code and words; only what was imported is shared.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.paths import ROOT


@dataclass(frozen=True)
class Command:
    """A command that was started, and the files that hold its words and, when it has ended, its exit code."""

    folder: Path

    def ended(self, timeout: float = 300) -> tuple[int, str, str]:
        """Wait for its end; return exit code, answer and complaints."""
        until = time.monotonic() + timeout
        while not (self.folder / "code").exists():
            assert time.monotonic() < until, f"no end after {timeout} s"
            time.sleep(0.01)
        code, out, err = ((self.folder / name).read_text(encoding="utf-8") for name in ("code", "out", "err"))
        return int(code), out, err


@dataclass
class Warm:
    """The process that commands are forked from."""

    process: subprocess.Popen[str]
    folder: Path
    started: int = 0

    def start(self, command: tuple[str, ...], env: Mapping[str, str]) -> Command:
        """Start a command with an environment of its own."""
        self.started += 1
        folder = self.folder / f"{self.started}"
        folder.mkdir()
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"command": command, "env": dict(env), "folder": str(folder)}) + "\n")
        self.process.stdin.flush()
        return Command(folder)


@contextmanager
def warm(folder: Path) -> Iterator[Warm]:
    """Yield a process that has imported all that commands do; it ends with the block."""
    process = subprocess.Popen([sys.executable, "-m", "tests.warm"], cwd=ROOT, stdin=subprocess.PIPE, text=True)
    try:
        yield Warm(process, folder)
    finally:
        process.communicate()


def main() -> int:
    """Fork a command for each line that is read; return what the process that returns from here ends with."""
    import pipeline.check.catalogue
    import pipeline.emulator.server
    import pipeline.operate
    import pipeline.site.serve  # noqa: F401 - imported for the commands
    import tasks

    for line in sys.stdin:
        told = json.loads(line)
        if os.fork() == 0:
            break
    else:
        return 0
    folder = Path(told["folder"])
    command = os.fork()
    if command:  # the one that waits for it; nobody waits for this one
        _, status = os.waitpid(command, 0)
        (folder / "ending").write_text(f"{os.waitstatus_to_exitcode(status)}")
        (folder / "ending").rename(folder / "code")
        os._exit(0)
    os.environ.clear()  # noqa: TID251 (the command's own)
    os.environ.update(told["env"])  # noqa: TID251
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    tasks.program().run(["./inv", *told["command"]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
