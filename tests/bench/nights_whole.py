"""The whole catalogue: the first night with the defaults, the way to the whole past, and forty nights."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from pipeline.catalog.load import load_catalog
from pipeline.core import spanish
from pipeline.core.settings import load_settings
from pipeline.emulator.server import running
from tests.bench.nights_commands import ended, start
from tests.bench.table import Line, at_least, at_most, exactly, told
from tests.nights.footprint import Footprint, footprint, largest, size_below
from tests.nights.life import Life, Night, living
from tests.nights.year import FIRST, MB

SINCE: Final = dt.date(2000, 1, 1)
HOURS: Final = 3.0
NIGHTS_TO_THE_PAST: Final = 9
NIGHTS: Final = 40
DAYS: Final = 400
SECONDS, MEGABYTES, LIKE, LARGEST_MB = 60.0, 25.0, 1.1, 8.0
_RECENT_DAYS = 60
_BUILT = 3  # nights at either end that make pages
_TEN = 10
_DAY = dt.timedelta(days=1)
_TEXTS = {".html", ".json", ".csv", ".xml", ".txt", ".svg"}


def bench_first(home: Path) -> list[Line]:
    """Run `./inv build` with nothing but defaults on a source that has everything since 2000."""
    with running("simulated", FIRST) as url:
        started = time.monotonic()
        said = ended(start(home, url, ("build", "--today", FIRST.isoformat())), started, HOURS * 3600)
    site = home / "build" / "site"
    page = (site / "index.html").read_text(encoding="utf-8") if (site / "index.html").is_file() else ""
    return [
        exactly("first night, defaults: a portal", bool(page), 1),
        exactly("first night, defaults: exit code 0, or 75 with the past still to come", said.code in {0, 75}, 1),
        exactly("first night, defaults: 'sin dato' on home", page.count("sin dato"), 0),
        told("first night, defaults [min]", said.seconds / 60),
        told("first night, defaults: largest file of the site [MB]", largest(footprint(site))[1] / MB),
        *([] if page else [told(f"first night ended with: {said.text.strip()[-200:]}", said.code)]),
    ]


def bench_past(home: Path, nights: int = NIGHTS_TO_THE_PAST + 3) -> list[Line]:
    """Bring everything since 2000 at the questions that one run may ask, night after night.

    XM holds nothing older than two months here: the way is one of questions, and the answers of the past weigh nothing.
    """
    late = 0
    asked: list[int] = []
    with _whole(home, nights, history=(FIRST - SINCE).days) as life:
        life.emulator.source.empty_until = FIRST - _RECENT_DAYS * _DAY
        for number in range(nights):
            night = life.night(FIRST + number * _DAY)
            asked.append(night.planned)
            late += len(_late(life, night))
            if number and night.planned < asked[0] / 2:
                break
    return [
        told("past: windows asked, by night: " + ", ".join(map(str, asked)), sum(asked)),
        at_most("past: nights until all since 2000 is asked", len(asked) - 1, NIGHTS_TO_THE_PAST),
        exactly("past: days late meanwhile", late, 0),
    ]


def bench_whole(home: Path, nights: int = NIGHTS) -> list[Line]:
    """Live forty nights with the whole catalogue: all ask, the first three and the last three make pages too.

    The first of each three makes what the nights without pages left over, and is not compared. What a night writes
    follows the day of the month, as months and thirds of them fill up, and a few nights close a month or the year
    before: so the middle of ten nights at the end is compared with that of ten at the beginning.
    Seconds are those of the processor, of the emulator too: another's work on the machine does not count.
    """
    bad: list[str] = []
    site: dict[int, float] = {}
    spent: dict[int, float] = {}
    top: tuple[str, int] = ("", 0)
    with _whole(home, nights, history=DAYS) as life:
        for number in range(nights):
            builds = number < _BUILT or number >= nights - _BUILT
            before, began = footprint(home / "build" / "site"), time.process_time()
            night = life.night(FIRST + number * _DAY, run=life.whole_line if builds else lambda line: line.ingest())
            spent[number] = time.process_time() - began
            after = footprint(home / "build" / "site")
            site[number] = size_below(_fresh(before, after)) / MB
            folders = (after, footprint(life.data / "lake"), footprint(life.data / "bronze"))
            top = max(top, *(largest(_grown(each)) for each in folders), key=lambda found: found[1])
            if night.code != 0:
                bad.append(f"{night.day}: {night.code}: {' '.join(night.reason.split())[:400]}")
        early, late = life.nights[1 : 1 + _TEN], life.nights[-_TEN:]
    written = [[(night.lake_written + night.bronze_written) / MB for night in ten] for ten in (early, late)]
    middle = [median(sizes) for sizes in written]
    seconds = [spent[1] + spent[2], spent[nights - 2] + spent[nights - 1]]
    return [
        exactly(f"whole, {nights} nights: failures", len(bad), 0),
        *(told(f"whole: {line}", 0) for line in bad[:5]),
        at_most(f"whole, {nights} nights: largest file that grows [MB] ({top[0]})", top[1] / MB, LARGEST_MB),
        told("whole: nights 2 and 3, everything [CPU s]", seconds[0]),
        at_most("whole: the last two nights over these, CPU seconds", seconds[1] / seconds[0], LIKE),
        told("whole: the second night [s]", life.nights[1].seconds),
        told("whole: the last night [s]", life.nights[-1].seconds),
        told("whole: lake and archive written, middle of nights 2 to 11 [MB]", middle[0]),
        at_most("whole: middle of the last ten nights over this, MB", middle[1] / middle[0], LIKE),
        told("whole: the largest of the last ten, which closes a month or a year [MB]", max(written[1])),
        told(f"whole: MB of the site, night 2 (night {nights}: {site[nights - 1]:.1f})", site[1]),
        told("whole: data folder at the end, disposable warehouse included [MB]", life.nights[-1].size / MB),
        told(f"whole: questions, night 2 (night {nights}: {life.nights[-1].asked})", life.nights[1].asked),
    ]


def _grown(found: Footprint) -> Footprint:
    """Return the files that nights make; the browser's libraries are of the release and never grow."""
    return {path: stamp for path, stamp in found.items() if not path.startswith("assets/vendor/")}


def bench_day(home: Path) -> list[Line]:
    """Build four hundred days of everything, then one new day: what is made again, and how long it takes.

    With as many processes as the settings say, as an operator has them.
    """
    with _whole(home, 2, history=DAYS) as life:
        workers = load_settings().workers
        life.night(FIRST, run=life.whole_line, workers=workers)
        site = home / "build" / "site"
        before = footprint(site)
        texts = {name: _bare(site / name, FIRST) for name in before if Path(name).suffix in _TEXTS}
        night = life.night(FIRST + _DAY, run=life.whole_line, workers=workers)
        fresh = _fresh(before, footprint(site))
        same = [name for name in fresh if name in texts and _bare(site / name, FIRST + _DAY) == texts[name]]
        untouched = [name for name in fresh if name in before and name not in texts]
    stages = ", ".join(f"{stage} {spent:.0f}" for stage, spent in life.stages.items())
    return [
        at_most(f"one new day: everything [s] ({stages})", night.seconds, SECONDS),
        told(f"one new day: files rewritten, of {len(before)}", len(fresh)),
        exactly("one new day: files rewritten that show nothing new", len(same), 0),
        *(told(f"one new day: for example {name}", 0) for name in same[:5]),
        told("one new day: other files under the same name", len(untouched)),
        at_most("one new day: MB rewritten", size_below(fresh) / MB, MEGABYTES),
        exactly("one new day: exit code", -1 if night.code is None else night.code, 0),
        at_least("one new day: files of the site", len(before), 1),
    ]


@contextmanager
def _whole(home: Path, nights: int, *, history: int) -> Iterator[Life]:
    """Yield a portal that asks for every metric."""
    with living(home, FIRST, nights, history=history, offers_all=True) as life:
        life.small = life.whole = load_catalog()
        yield life


def _fresh(before: Footprint, after: Footprint) -> Footprint:
    return {path: stamp for path, stamp in after.items() if before.get(path) != stamp}


def _bare(path: Path, made: dt.date) -> str:
    """Return a text without the day it was made: a page in which nothing else is new shows nothing new.

    The days of the data stay, and so do the names of the files it leads to: a link to rows of before is a dead one.
    """
    text = path.read_text(encoding="utf-8", errors="replace").replace(spanish.NBSP, " ")
    words = f"{spanish.date(made)}|{spanish.long_date(made)}".replace(spanish.NBSP, " ")
    return re.sub(rf"(?:{made}|{words})(?:(?:[T ]|, )\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?", "", text)


def _late(life: Life, night: Night) -> list[str]:
    """Return the series of XM whose newest day is older than their lag: the simulated source is never late."""
    newest = life.newest()
    return [
        metric.id
        for metric in life.whole.data_metrics()
        if metric.source == "xm" and metric.grain in {"hourly", "daily"} and not metric.sparse and not metric.ends
        if newest.get(metric.id, "9")[:10] < (night.day - metric.lag_days * _DAY).isoformat()
    ]
