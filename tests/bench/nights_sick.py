"""A portal whose source is dead, and one that is repaired again and again."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path
from typing import Final

from tests.bench.table import Line, at_most, exactly, told
from tests.nights.life import Life, ill, living
from tests.nights.year import FIRST, content

DEAD_SECONDS, GONE_SECONDS = 180.0, 10.0
TIMES: Final = 10
_DAY = dt.timedelta(days=1)
_ENGLISH = re.compile(r"the source|the run|deadline|run again|does not answer|HTTP|Service Unavailable|retry", re.I)
_TAGS = re.compile(r"<script.*?</script>|<style.*?</style>|<[^>]*>", re.DOTALL)
_SPANISH = re.compile(r"la fuente falló \(respondió \d+\)|la fuente no respondió|no pudo conectarse con la fuente")


def bench_dead(home: Path) -> list[Line]:
    """Build a portal, then two nights on which XM and SIMEM answer 503, and one on which nobody answers."""
    lines: list[Line] = []
    with living(home, FIRST, 10) as life:
        life.night(FIRST, run=life.whole_line)
        before = life.newest()
        started = time.monotonic()
        with ill(life.emulator, "down", "xm", "simem", "noaa"):
            night = life.night(FIRST + _DAY, "503", run=life.whole_line, xm_backoff=2.0, patience=120.0)
        lines += _lines("503", life, time.monotonic() - started, night.code, DEAD_SECONDS)
        lines.append(exactly("503: series whose newest day moved", _moved(before, life), 0))
        life.url = "http://127.0.0.1:9"  # nobody listens on discard
        started = time.monotonic()
        night = life.night(FIRST + 2 * _DAY, "unreachable", run=life.whole_line, xm_backoff=2.0, patience=120.0)
        lines += _lines("unreachable", life, time.monotonic() - started, night.code, GONE_SECONDS)
        lines.append(exactly("unreachable: series whose newest day moved", _moved(before, life), 0))
    return lines


def _lines(name: str, life: Life, seconds: float, code: int | None, limit: float) -> list[Line]:
    return [
        at_most(f"{name}: asking [s]", life.stage("ingest"), limit),
        told(f"{name}: the whole build, pages too [s]", seconds),
        exactly(f"{name}: exit code", -1 if code is None else code, 75),
        exactly(f"{name}: Estado says why in Spanish", bool(_SPANISH.search(_said(life, "estado"))), 1),
        told(f"{name}: home says it too", bool(_SPANISH.search(_said(life, "")))),
        exactly(f"{name}: English words on home, state and quality", sum(
            len(_ENGLISH.findall(_said(life, page))) for page in ("", "estado", "calidad")), 0),
    ]  # fmt: skip


def _said(life: Life, page: str) -> str:
    path = life.home / "build" / "site" / page / "index.html"
    return " ".join(_TAGS.sub(" ", path.read_text(encoding="utf-8")).split()) if path.is_file() else ""


def _moved(before: dict[str, str], life: Life) -> int:
    return sum(newest != before.get(metric) for metric, newest in life.newest().items())


def bench_replay(home: Path) -> list[Line]:
    """Live three nights and read the archive again ten times."""
    with living(home, FIRST, 3) as life:
        for number in range(3):
            life.night(FIRST + number * _DAY)
        rows = {key: table.num_rows for key, table in content(life).items()}
        before = life.lake.manifest().fingerprint()
        others = 0
        for _ in range(TIMES):
            life.line(FIRST + 2 * _DAY).replay()
            others += life.lake.manifest().fingerprint() != before
        grown = sum(table.num_rows != rows[key] for key, table in content(life).items())
    return [
        exactly(f"replay, {TIMES} times: lake not the same as before", others, 0),
        exactly("replay: series with more or fewer rows after the last", grown, 0),
    ]
