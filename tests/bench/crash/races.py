"""Runs at once: of any number of processes that want to write, one commits and the others are told at once.

`python -m tests.bench.crash.races 50 8` prints the account of 50 rounds of 8 processes.
"""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from pipeline.core.errors import LockHeld
from pipeline.store import atomic
from tests.bench.crash.devices import Unsynced
from tests.bench.crash.night import Night

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 30.0


@dataclass
class RaceReport:
    """The account of a number of rounds.

    Attributes:
        rounds: Rounds run.
        processes: Processes in each.
        slowest: Longest time a loser took to be turned away [s].
        bad: What was wrong, one line a round.
        seconds: Wall time [s].
    """

    rounds: int = 0
    processes: int = 0
    slowest: float = 0.0
    bad: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run_races(rounds: int, processes: int) -> RaceReport:
    """Let `processes` processes commit to one lake at the same time, `rounds` times."""
    command = [sys.executable, "-m", "tests.bench.crash.races", "--host", str(rounds), str(processes)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return RaceReport(bad=[f"the host failed: {done.stderr.strip()[-300:]}"])
    return RaceReport(**json.loads(done.stdout))


def _host(rounds: int, processes: int) -> RaceReport:
    """Fork the runners from a process that has everything loaded, and let them race."""
    started = time.monotonic()
    report = RaceReport(processes=processes)
    fork = multiprocessing.get_context("fork")
    runners: list[Connection] = []
    for _ in range(processes):
        here, there = fork.Pipe()
        fork.Process(target=_runner, args=(there,), daemon=True).start()
        runners.append(here)
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(1, rounds + 1):
            _round(runners, folder, turn, report)
        version = Night(Path(folder), rounds).lake.manifest().version
    if version != rounds:
        report.bad.append(f"{version} commits in {rounds} rounds")
    report.seconds = round(time.monotonic() - started, 1)
    return report


def _round(runners: list[Connection], folder: str, turn: int, report: RaceReport) -> None:
    for runner in runners:
        runner.send((folder, turn))
    # The winner holds the lock until every other one was turned away.
    answers = [_hear(runner) for runner in runners]
    for position, (said, _) in enumerate(answers):
        if said == "holding":
            runners[position].send("go on")
            answers[position] = _hear(runners[position])
    report.rounds += 1
    report.slowest = max([report.slowest, *(seconds for said, seconds in answers if said == "held")])
    found = sorted(said for said, _ in answers)
    if found != sorted(["committed", *["held"] * (len(runners) - 1)]):
        report.bad.append(f"round {turn}: {found}")


def _hear(runner: Connection) -> tuple[str, float]:
    if not runner.poll(PATIENCE_SECONDS):
        return "nothing", PATIENCE_SECONDS
    said, seconds = runner.recv()
    return said, seconds


def _runner(host: Connection) -> None:
    def hold(name: str) -> None:
        if name == "before manifest":
            host.send(("holding", 0.0))
            host.recv()

    while True:
        folder, turn = host.recv()
        started = time.monotonic()
        try:
            with atomic.using(Unsynced()), atomic.watching(hold):
                Night(Path(folder), turn, series=1).run()
        except LockHeld as error:
            host.send(("held" if error.exit_code == 75 else "wrong code", time.monotonic() - started))
        else:
            host.send(("committed", 0.0))


if __name__ == "__main__":
    if sys.argv[1] == "--host":
        sys.stdout.write(json.dumps(vars(_host(int(sys.argv[2]), int(sys.argv[3])))))
    else:
        sys.stdout.write(f"{run_races(int(sys.argv[1]), int(sys.argv[2]))}\n")
