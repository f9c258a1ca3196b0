"""Four hundred nights of the small catalogue, with mishaps, beside one built on the last day from nothing."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.bench.table import Line, at_most, exactly, told
from tests.nights.life import Night
from tests.nights.year import MB, MONTH, SEED, Year, live_a_year, mean

NIGHTS: Final = 400
# The year closes (its parts are put together) 90 days after its end: within 400 nights, and in neither of the months
# that are compared.
BEGIN: Final = dt.date(2026, 5, 4)
LARGEST_MB: Final = 8.0
GROWTH: Final = 1.5
LIKE: Final = 1.1
MINUTES: Final = 3.0
COUNTED: Final[dict[str, Callable[[Night], float]]] = {
    "questions that reached the sources": lambda night: night.asked,
    "questions planned": lambda night: night.planned,
    "files written": lambda night: night.written,
    "MB written": lambda night: (night.lake_written + night.bronze_written) / MB,
}


def bench_small(home: Path) -> list[Line]:
    """Live them."""
    return year_lines(live_a_year(home, NIGHTS, first=BEGIN), NIGHTS)


def year_lines(year: Year, nights: int) -> list[Line]:
    """Return what a year of `nights` nights must show."""
    early, late = year.early, year.tail
    name = f"{nights} nights"
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(year.mishaps.items()) if kind != "none")
    lines = [
        told(f"{name}, seed {SEED}: mishaps ({kinds})", sum(year.mishaps.values()) - year.mishaps["none"]),
        exactly(f"{name}: failures that are no mishap's", len(year.faults), 0),
        exactly(f"{name}: days late though the source answered", len(year.late), 0),
        exactly(f"{name}: series unlike those of a portal made from nothing", len(year.differs), 0),
        at_most(f"{name}: largest file, {year.largest[0]} [MB]", year.largest[1] / MB, LARGEST_MB),
        told(f"{name}: lake [MB]", year.lake / MB),
        told(f"{name}: archive [MB]", year.bronze / MB),
        told(f"{name}: bound of lake and archive by what is declared to be kept [MB]", year.bound / MB),
        at_most(f"{name}: lake and archive over the bound", (year.lake + year.bronze) / year.bound, GROWTH),
    ]
    for what, figure in COUNTED.items():
        first, last = mean(early, figure), mean(late, figure)
        lines.append(told(f"{name}: {what}, mean of the first {MONTH} nights after the first", first))
        lines.append(at_most(f"{name}: {what}, last month over first", last / first, LIKE))
    first, last = mean(early, _seconds), mean(late, _seconds)
    return [
        *lines,
        *(told(f"{name}: kB more a night in {place}", more / 1000) for place, more in _grown(early, late)),
        told(f"{name}: a night, last month over first [s/s]", last / first),
        told(f"{name}: all of them [min] (meant to stay under {MINUTES:g})", year.seconds / 60),
    ]


def _grown(early: Sequence[Night], late: Sequence[Night]) -> list[tuple[str, float]]:
    """Return the three places where a night writes most more than it did, with the bytes."""
    more: Counter[str] = Counter()
    for sign, nights in ((1, late), (-1, early)):
        for night in nights:
            more.update({place: sign * size for place, size in night.by_place.items()})
    return [(place, size / len(late)) for place, size in more.most_common(3)]


def _seconds(night: Night) -> float:
    return night.seconds
