"""Running a command and measuring it from outside: seconds, CPU seconds, peak memory of its whole process tree."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.core.errors import UsageError
from pipeline.core.paths import ROOT

_EVERY_SECONDS = 0.25
_TREE_EVERY = 8  # looks: listing all processes of the machine is dear
_MB = 2**20


class Cost(NamedTuple):
    """What a command cost, and what it wrote to its standard output.

    Attributes:
        seconds: Wall time, start of the interpreter included.
        cpu: User and system time of the command and of the processes it waited for [s].
        peak: Highest sum of the resident memory of all its processes [MB]; pages they share count once each.
        output: Its standard output.
    """

    seconds: float
    cpu: float
    peak: float
    output: str


def run_measured(module: str, arguments: Sequence[str]) -> Cost:
    """Run `module.main(arguments)` in a process of its own, to its end.

    Not with `-m`: worker processes would import the module again as their main one, which `./inv` spares them.

    Raises:
        UsageError: It failed; its last words are in the message.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    call = f"import sys; from {module} import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", call, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    peak = looks = 0
    tree: list[int] = []
    while process.poll() is None:
        tree = tree if looks % _TREE_EVERY else _tree(process.pid)
        looks += 1
        peak = max(peak, sum(_proportional(pid) for pid in tree))
        time.sleep(_EVERY_SECONDS)
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    output, errors = process.communicate()
    if process.returncode:
        raise UsageError(f"{module} failed: {errors.strip()[-600:]}", hint="run it by itself to see why")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(seconds, cpu, peak / _MB, output)


def _tree(root: int) -> list[int]:
    """Return a process and all that descend from it, as Linux lists them."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it ended meanwhile
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _proportional(pid: int) -> int:
    """Return the resident memory of a process [bytes], a page shared by n processes counted as 1/n."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:  # it ended meanwhile
        return 0
    return 0
