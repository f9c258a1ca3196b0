"""The command line in bad company: two commands at once, and the small faults that an operator meets first."""

from __future__ import annotations

import datetime as dt
import random
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.core.paths import ROOT
from tests.bench.table import Line, at_most, exactly, told
from tests.nights.life import HISTORY_DAYS, SERIES, Life, living
from tests.nights.year import FIRST, SEED

PAIRS: Final = 30
SECONDS: Final = 600.0  # a command that takes longer hangs
_TRACE: Final = "Traceback (most recent call last)"
_NAMES: Final = ",".join(SERIES)
_DAY: Final = FIRST.isoformat()
_SINCE: Final = (FIRST - dt.timedelta(days=HISTORY_DAYS)).isoformat()
ASKING: Final = ("--today", _DAY, "--since", _SINCE, "--metrics", _NAMES)
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "build": ASKING,
    "ingest": ASKING,
    "replay": (),
    "forecast": (),
    "narrate": (),
    "site": (),
    "status": (),
    "verify": (),
    "check": (),
}
"""What may be called at any time on a portal that is there. The day and the series are those of the rig."""


@dataclass(frozen=True)
class Said:
    """How a command ended: its exit code, what it wrote, how long it took [s]."""

    code: int
    text: str
    seconds: float

    @property
    def raw(self) -> bool:
        """Whether it ended in a traceback."""
        return _TRACE in self.text


def start(home: Path, url: str, command: Sequence[str], **settings: str) -> subprocess.Popen[str]:
    """Start a command on the portal in `home` and the source at `url`, with more settings as `PORTAL_*` variables."""
    given = {
        "DATA_DIR": str(home / "data"), "BUILD_DIR": str(home / "build"), "XM_BASE_URL": url, "SIMEM_BASE_URL": url,
        **settings,
    }  # fmt: skip
    variables = [f"PORTAL_{name}={value}" for name, value in given.items()]
    return subprocess.Popen(
        ["env", *variables, sys.executable, "tasks.py", *command],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str], started: float, limit: float = SECONDS) -> Said:
    """Return how a command ended; one that hangs is ended."""
    try:
        text, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        process.kill()
        text, _ = process.communicate()
        text += f"\n{_TRACE}: it hung"
    return Said(process.returncode, text, time.monotonic() - started)


def say(life: Life, *command: str, **settings: str) -> Said:
    """Run a command on the portal of `life` to its end."""
    started = time.monotonic()
    return ended(start(life.home, life.url, command, **settings), started)


def bench_pairs(home: Path, pairs: int = PAIRS) -> list[Line]:
    """Start two drawn commands at once, thirty times: one works, the other works too or says that it must wait."""
    draw = random.Random(SEED)
    wrong: list[str] = []
    both = waited = 0
    with living(home, FIRST, 2, offers_all=True) as life:
        life.night(FIRST, run=life.whole_line)
        for _ in range(pairs):
            names = draw.choice(sorted(COMMANDS)), draw.choice(sorted(COMMANDS))
            started = time.monotonic()
            running = [start(life.home, life.url, (name, *COMMANDS[name])) for name in names]
            said = [ended(process, started) for process in running]
            codes = sorted(s.code for s in said)
            both += codes == [0, 0]
            waited += codes == [0, 75]
            if codes not in ([0, 0], [0, 75]) or any(s.raw for s in said):
                last = [s.text.strip().splitlines()[-1][:90] if s.text.strip() else "" for s in said]
                wrong.append(f"{names[0]} ({said[0].code}: {last[0]}) and {names[1]} ({said[1].code}: {last[1]})")
        sound = say(life, "verify")
    return [
        told(f"pairs: two of {len(COMMANDS)} commands at once (seed {SEED})", pairs),
        told("pairs: both worked", both),
        told("pairs: one worked, the other said that a run is under way (75)", waited),
        exactly("pairs: anything else", len(wrong), 0),
        *(told(f"pairs: wrong: {line}", 0) for line in wrong),
        exactly("pairs: verify afterwards, exit code", sound.code, 0),
    ]


def bench_smaller(home: Path) -> list[Line]:
    """Meet the small faults one by one."""
    with living(home, FIRST, 2, offers_all=True) as life:
        life.night(FIRST, run=life.whole_line)
        return [*_settings_and_words(life), *_restoring(life), *_damaged(life)]


def _settings_and_words(life: Life) -> list[Line]:
    bad = say(life, "build", *ASKING, SITE_URL="portal.example.org/energia")
    postgres = say(life, "mirror", POSTGRES_URL="postgresql://nobody@127.0.0.1:9/none")
    checked = say(life, "check")
    return [
        exactly("PORTAL_SITE_URL without a scheme: exit code", bad.code, 2),
        exactly("PORTAL_SITE_URL without a scheme: named", "PORTAL_SITE_URL" in bad.text, 1),
        at_most("PORTAL_SITE_URL without a scheme: told after [s]", bad.seconds, 20),
        exactly("PostgreSQL unreachable: exit code", postgres.code, 75),
        exactly("check: says what it counted", bool(re.search(r"\d+ .*[a-z]{4}", checked.text.splitlines()[-1])), 1),
    ]


def _restoring(life: Life) -> list[Line]:
    site = str(life.home / "build" / "site")
    other = Life(life.home / "restored", life.url, life.emulator, life.since, life.whole)
    helped = say(other, "restore", "--help")
    empty = say(other, "verify")
    wrong = say(other, "restore", "--from", f"{life.url}/nothing-here")
    restored = say(other, "restore", "--from", site)
    status = say(other, "status")
    return [
        exactly("restore --help: exit code", helped.code, 0),
        exactly("restore --help: restores from a place of that name", "restored" in helped.text.lower(), 0),
        exactly("verify of an empty folder: says that every hash agrees", "every hash agrees" in empty.text, 0),
        exactly("restore from an address that holds no portal: exits 75", wrong.code == 75, 0),
        exactly("restore from an address that holds no portal: tracebacks", wrong.raw, 0),
        exactly("restore from a folder: exit code", restored.code, 0),
        exactly("status right after a restore: exit code", status.code, 0),
    ]


def _damaged(life: Life) -> list[Line]:
    memory = life.data / "ingest.json"
    whole = memory.read_bytes()
    memory.write_bytes(whole[: len(whole) // 2])
    cut = say(life, "ingest", *ASKING)
    memory.write_bytes(whole)
    return [
        exactly("ingest.json cut in half: tracebacks", cut.raw, 0),
        exactly("ingest.json cut in half: it is named", "ingest.json" in cut.text, 1),
    ]
