"""Killing runs: SIGKILL at each named point of a commit and at random times, and the account of what was left.

`python -m tests.bench.crash.kills 12 20 100` prints the account of
12 points × 20 kills and 100 kills at random times.

A nursery process imports everything once and forks a child per kill: the child runs a night and dies in it; a second
child then opens what is left, runs the night again and compares every byte with a night nobody killed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.store import atomic
from tests.bench.crash.devices import Unsynced
from tests.bench.crash.night import Night, check

ROOT = Path(__file__).resolve().parents[3]
NURSERIES = 2
SERIES = 2
TURN = 3  # the night that is killed: there is a state before it, and one before that
POINTS = (
    "part written", "part synced", "part renamed", "part folder synced", "before manifest", "manifest written",
    "manifest folder synced", "before CURRENT", "CURRENT renamed", "before sweep", "manifests swept",
    "before ingest.json", "bronze written", "bronze renamed", "manifest synced", "manifest renamed", "CURRENT written",
    "CURRENT synced", "CURRENT folder synced", "after CURRENT", "parts swept", "ingest.json written",
    "ingest.json renamed", "after ingest.json",
)  # fmt: skip
"""Every kind of place in a commit; the first twelve are the ones that matter most."""


@dataclass
class KillReport:
    """The account of a number of kills.

    Attributes:
        kills: Runs that were sent to their death.
        died: Runs that died of it (a random time may come after the end).
        old: Portals left in the state before the run.
        new: Portals left in the state after it.
        points: Kills per named point.
        bad: What was wrong afterwards, one line a portal.
        seconds: Wall time [s].
    """

    kills: int = 0
    died: int = 0
    old: int = 0
    new: int = 0
    points: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run_kills(points: int = 12, each: int = 20, random: int = 100, *, seed: int = 7) -> KillReport:
    """Kill `points` × `each` runs at named points and `random` runs at random times.

    Args:
        points: How many of `POINTS`, from the first.
        each: Kills per point, spread over the times a run passes it.
        random: Kills at random times of the run.
        seed: Of the random times.
    """
    started = time.monotonic()
    orders = [[str(points), str(each), str(random), str(seed), str(n)] for n in range(NURSERIES)]
    single = ["OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "PYTHONWARNINGS=ignore"]
    command = ["env", *single, sys.executable, "-m", "tests.bench.crash.kills", "--nursery"]
    nurseries = [
        subprocess.Popen([*command, *order], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for order in orders
    ]
    report = KillReport()
    for nursery in nurseries:
        out, errors = nursery.communicate()
        if nursery.returncode:
            report.bad.append(f"the nursery failed: {errors.strip()[-300:]}")
            continue
        one = json.loads(out.splitlines()[-1])
        report.points.update(one.pop("points"))
        report.bad += one.pop("bad")
        for name in ("kills", "died", "old", "new"):
            setattr(report, name, getattr(report, name) + one[name])
    report.seconds = round(time.monotonic() - started, 1)
    return report


class Nursery:
    """Forks the children. It runs nothing while it forks, and pyarrow renews its pools in a child."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.base = home / "base"
        self.report = KillReport()

        def prepare() -> str:
            for turn in range(1, TURN):
                Night(self.base, turn, SERIES).run()
            shutil.copytree(self.base, home / "clean")
            passed: Counter[str] = Counter()
            old = Night(self.base, TURN, SERIES).lake.manifest().fingerprint()
            began = time.monotonic()
            with atomic.watching(lambda name: passed.update([name])):
                Night(home / "clean", TURN, SERIES).run()
            seconds = time.monotonic() - began
            new = Night(home / "clean", TURN, SERIES).lake.manifest().fingerprint()
            return json.dumps({"states": {old: "old", new: "new"}, "passed": passed, "seconds": seconds})

        with atomic.using(Unsynced()):  # here, not in a child: what pandas and pyarrow load at first use is then there
            facts = json.loads(prepare())
        self.states: dict[str, str] = facts["states"]
        self.passed: dict[str, int] = facts["passed"]
        self.seconds: float = facts["seconds"]
        self.clean = Night(home / "clean", TURN, SERIES).tree()

    def kill_at(self, point: str, turn: int) -> None:
        """Kill a run when it passes `point` for the `turn`-th time."""
        left = [turn % self.passed[point] + 1]

        def watch(name: str) -> None:
            left[0] -= name == point
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        self.report.points[point] += 1
        self._kill(lambda pid: None, watch, f"{point} ({left[0]})")

    def kill_after(self, share: float) -> None:
        """Kill a run after a share of the time a run takes."""

        def later(pid: int) -> None:
            time.sleep(share * self.seconds)
            os.kill(pid, signal.SIGKILL)

        self.report.points["random"] += 1
        self._kill(later, lambda name: None, f"after {share:.3f} of the run")

    def _kill(self, kill: Callable[[int], None], watch: Callable[[str], None], what: str) -> None:
        place = self.home / "run"
        shutil.copytree(self.base, place)
        pid = os.fork()
        if not pid:
            with atomic.using(Unsynced()), atomic.watching(watch):
                Night(place, TURN, SERIES).run()
            os._exit(0)
        kill(pid)
        _, status = os.waitpid(pid, 0)
        self.report.kills += 1
        self.report.died += os.WIFSIGNALED(status)
        verdict = in_child(lambda: self._judge(place))
        if verdict in {"old", "new"}:
            setattr(self.report, verdict, getattr(self.report, verdict) + 1)
        else:
            self.report.bad.append(f"{what}: {verdict}")
        shutil.rmtree(place)

    def _judge(self, place: Path) -> str:
        night = Night(place, TURN, SERIES)
        if fault := check(place, TURN, self.states, series=SERIES) or "; ".join(night.bronze.verify()):
            return fault
        state = self.states[night.lake.manifest().fingerprint()]
        night.run()
        tree = night.tree()
        differing = sorted(name for name in {*tree, *self.clean} if tree.get(name) != self.clean.get(name))
        return f"after the next run these differ: {differing}" if differing else state


def in_child(work: Callable[[], str]) -> str:
    """Run `work` in a forked child and return its text, or its trace."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        try:
            with atomic.using(Unsynced()):
                text = work()
        except BaseException:  # noqa: BLE001 - the parent reports whatever went wrong
            text = traceback.format_exc()
        with os.fdopen(writer, "w") as stream:
            stream.write(text)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    os.waitpid(pid, 0)
    return text


def _nursery(points: int, each: int, at_random: int, seed: int, number: int) -> None:
    rng = random.Random(seed)
    orders = [(point, turn) for point in POINTS[:points] for turn in range(each)]
    shares = [rng.uniform(0, 1.2) for _ in range(at_random)]
    with tempfile.TemporaryDirectory() as folder:
        nursery = Nursery(Path(folder))
        for point, turn in orders[number::NURSERIES]:
            nursery.kill_at(point, turn)
        for share in shares[number::NURSERIES]:
            nursery.kill_after(share)
    sys.stdout.write(f"{json.dumps(vars(nursery.report))}\n")


if __name__ == "__main__":
    if sys.argv[1] == "--nursery":
        _nursery(*(int(text) for text in sys.argv[2:7]))
    else:
        sys.stdout.write(f"{run_kills(*(int(text) for text in sys.argv[1:4]))}\n")
