"""A year of nights with mishaps drawn from a seed, and what it shows: nothing lost, nothing late, nothing fatter."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from pipeline.core.errors import LockHeld
from pipeline.core.settings import Settings, load_settings
from pipeline.ingest.restoring import restore_lake
from tests.bench.crash.kills import POINTS
from tests.nights.footprint import footprint, largest, size_below
from tests.nights.life import SERIES, Life, Night, ill, killed_at, living

FIRST: Final = dt.date(2026, 3, 2)
SEED: Final = 7
SHARE: Final = 0.12  # of all nights have a mishap
MONTH: Final = 28  # whole weeks: what is swept once a week is in every month alike
MB: Final = 1_000_000
_DAY = dt.timedelta(days=1)


@dataclass
class Year:
    """The account of a year.

    Attributes:
        nights: Every night, mishaps too.
        faults: What went wrong though nothing was made to go wrong; empty in a good year.
        mishaps: How many of each kind there were.
        late: Nights on which a source answered and a day that was due was not there.
        largest: The largest file at any night's end: its path and size [B].
        lake, bronze: Bytes at the end.
        live: Bytes of the parts of the last state: the rows that are there.
        scratch, replies: Bytes of the parts and of the archive of a portal made on the last day from nothing.
        bound: What lake and archive may hold at the end by what is declared to be kept (`bound_of`).
        differs: Series that are not the same rows as in that one.
        seconds: Wall time of the nights.
    """

    nights: list[Night] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    mishaps: Counter[str] = field(default_factory=Counter)
    late: list[str] = field(default_factory=list)
    largest: tuple[str, int] = ("", 0)
    lake: int = 0
    bronze: int = 0
    live: int = 0
    scratch: int = 0
    replies: int = 0
    bound: float = 0.0
    differs: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def early(self) -> list[Night]:
        """The first month but for its first night, which brought the past."""
        return self.nights[1 : MONTH + 1]

    @property
    def tail(self) -> list[Night]:
        """The last month."""
        return self.nights[-MONTH:]


def mean(nights: Sequence[Night], what: Callable[[Night], float]) -> float:
    """Return the mean of a figure over some nights."""
    return sum(map(what, nights)) / len(nights)


def live_a_year(home: Path, nights: int, *, first: dt.date = FIRST, seed: int = SEED, share: float = SHARE) -> Year:
    """Live `nights` nights in `home`, mishaps drawn from `seed`, and compare the end with a portal made from nothing.

    The first month and the last have none: nights that are compared are ordinary ones.
    """
    year = Year()
    draw = random.Random(seed)
    bag: list[str] = []
    started = time.monotonic()
    with living(home / "portal", first, nights) as life:
        for number in range(nights):
            day = first + number * _DAY
            mishap = ""
            if MONTH < number < nights - MONTH and draw.random() < share:
                bag = bag or draw.sample(sorted(MISHAPS), len(MISHAPS))  # each kind once before any comes again
                mishap = bag.pop()
            year.mishaps[mishap or "none"] += 1
            MISHAPS[mishap](life, day, draw, year) if mishap else life.night(day, run=_night)
            _judge(year, life, life.nights[-1], number)
        year.nights = life.nights
        year.seconds = time.monotonic() - started
        _compare(year, life, home / "scratch", life.nights[-1].day)
    return year


def _night(line: object) -> None:
    """Ask and keep; what models would write is kept by `_judge`'s caller."""
    line.ingest()  # type: ignore[attr-defined]


def _judge(year: Year, life: Life, night: Night, number: int) -> None:
    """Look at what a night left; an ordinary one also keeps its forecasts."""
    if night.mishap:
        return
    life.keep_forecasts(night.day)
    path, size = largest(footprint(life.data))
    year.largest = max(year.largest, (path, size), key=lambda found: found[1])
    if night.code != 0:
        year.faults.append(f"night {number + 1}, {night.day}: exit {night.code}: {night.reason[:200]}")
    for metric, newest in life.newest().items():
        declared = life.small.metrics[metric]
        due = night.day - declared.lag_days * _DAY
        if declared.grain in {"hourly", "daily"} and newest[:10] < due.isoformat():
            year.late.append(f"{night.day}: {metric} ends on {newest[:10]}, {due} is due")


def _down(life: Life, day: dt.date, draw: random.Random, _year: Year) -> None:
    """A source is down, or all are."""
    which = draw.choice([("xm",), ("simem",), ("noaa",), ("xm", "simem", "noaa")])
    life.night(day, f"down: {', '.join(which)}", within=ill(life.emulator, "down", *which), patience=0.2)


def _half(life: Life, day: dt.date, draw: random.Random, _year: Year) -> None:
    """One answer in three breaks off."""
    life.night(day, "half", within=ill(life.emulator, "half", draw.choice(["xm", "simem"])))


def _cut(life: Life, day: dt.date, draw: random.Random, _year: Year) -> None:
    """The deadline passes before all is asked."""
    slow = ill(life.emulator, "slow", "xm", "simem")
    life.night(day, "cut", within=slow, xm_run_deadline=draw.uniform(0.02, 0.3))


def _killed(life: Life, day: dt.date, draw: random.Random, _year: Year) -> None:
    """The run dies somewhere in the store; it is run again the same night."""
    life.night(day, "killed", within=killed_at(draw.choice(POINTS), draw.randint(1, 3)))
    life.nights.pop()
    life.night(day, "killed, then again")
    _again(life, _year, "after a kill")


def _again(life: Life, year: Year, when: str) -> None:
    night = life.nights[-1]
    if night.code != 0:
        year.faults.append(f"{night.day}, {when}: exit {night.code}: {night.reason[:200]}")


def _replayed(life: Life, day: dt.date, _draw: random.Random, year: Year) -> None:
    """The archive is read again after the night: the lake must be what it was."""
    life.night(day, "replay")
    _again(life, year, "before replay")
    before = content(life)
    life.line(day).replay()
    changed = [key for key, rows in content(life).items() if not rows.equals(before[key])]
    year.faults += [f"{day}: replay changed {key}" for key in changed]


def _two(life: Life, day: dt.date, _draw: random.Random, year: Year) -> None:
    """Another run holds the lake: this one says so, and works when it is gone."""
    with life.lake.writing():
        night = life.night(day, "two at once")
    if night.code != LockHeld.exit_code:
        year.faults.append(f"{day}: two at once: exit {night.code}: {night.reason[:200]}")
    life.nights.pop()
    life.night(day, "two at once, then alone")
    _again(life, year, "after two at once")


MISHAPS: Final[dict[str, Callable[[Life, dt.date, random.Random, Year], None]]] = {
    "cut": _cut,
    "down": _down,
    "half": _half,
    "killed": _killed,
    "two": _two,
    "replay": _replayed,
}


def content(life: Life) -> dict[str, pa.Table]:
    """Return the rows of every series of `SERIES` in the lake."""
    return {
        f"{metric}/{entity}": life.lake.read(metric, entity) for metric, names in SERIES.items() for entity in names
    }


def _compare(year: Year, life: Life, home: Path, day: dt.date) -> None:
    """Make a portal from nothing on the last day, and compare rows and sizes with the one that lived."""
    scratch = Life(home, life.url, life.emulator, life.since, life.whole)
    scratch.night(day, run=_night)
    old, new = content(life), content(scratch)
    year.differs = [key for key in new if not old[key].equals(new[key])]
    lived = footprint(life.data)
    year.lake, year.bronze = size_below(lived, "lake/"), size_below(lived, "bronze/")
    year.live = sum(part.bytes for part in life.lake.manifest().parts)
    year.scratch = sum(part.bytes for part in scratch.lake.manifest().parts)
    year.replies = size_below(footprint(scratch.data), "bronze/")
    year.bound = bound_of(year, load_settings())
    shutil.rmtree(home, ignore_errors=True)


def bound_of(year: Year, settings: Settings) -> float:
    """Return what lake and archive may hold by the declared policies [B].

    The rows that are there and the newest reply about each day; of each old state that is kept what a night replaces;
    of each day that older replies stay what a night brings.
    """
    lived = len(year.nights)
    states = min(settings.keep_nights, lived) + min(settings.keep_months, lived // MONTH)
    days = min(settings.bronze_days, lived)
    return (
        year.live
        + year.replies
        + states * mean(year.tail, lambda night: night.lake_written)
        + days * mean(year.tail, lambda night: night.bronze_written)
    )


def restored(life: Life, home: Path) -> Life:
    """Return a portal made in an empty folder from what `life` published, as CI makes it every night."""
    settings = load_settings(data_dir=home / "data", build_dir=home / "build")
    restore_lake(settings, str(life.home / "build" / "site"))
    return Life(home, life.url, life.emulator, life.since, life.whole)
