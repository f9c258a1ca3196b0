"""The three questions of every fault: is a wrong value quotable anywhere, did another series freeze, was it silent?"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

import duckdb

from pipeline.emulator.altered import Alteration
from tests.truth.house import Published, declared
from tests.truth.shown import (
    Figure,
    Key,
    figures,
    in_words,
    names,
    newest,
    said_by_day,
    says,
    sentences,
    tells_of_another,
    told_of_faults,
    versions,
)

CLOSE, ROUNDED = 1e-4, 0.00501  # of a value; of a figure with two decimals
SETTLED = 0.02  # of a value: what a settlement may still change
_WORDS = 3  # digits that make a number in a sentence that figure and no other


@dataclass
class Verdict:
    """What is wrong with a portal after faults; empty lists are what is wanted.

    Attributes:
        wrong: Quotable figures that are not right, with their surface.
        frozen: Series that end earlier than without the faults, though not theirs.
        silent: Faults that neither *Calidad*, *¿Qué cambió anoche?* nor the run's report names.
    """

    wrong: list[str] = field(default_factory=list)
    frozen: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Say whether anything is wrong."""
        return bool(self.wrong or self.frozen or self.silent)


@dataclass(frozen=True, eq=False)
class Truth:
    """What is right: the same nights over a source that never erred.

    Attributes:
        twin: The portal that lived them.
        past: Portals before the faults: what was right then may stay where a change is held back.
        later: The same source weeks later, when all days are settled: a day that nothing agreed with yet is right too
            where it turns out so.
        never: Names and days of which nothing is right: what the base already had wrong.
    """

    twin: Published
    past: tuple[Published, ...] = ()
    later: Published | None = None
    never: frozenset[Key] = frozenset()

    @cache  # noqa: B019 - a handful of portals, each read once
    def right(self) -> dict[Key, set[float]]:
        """Return the right values of every name and day."""
        found: dict[Key, set[float]] = defaultdict(set)
        for portal in (self.twin, *self.past):
            for key, value in said_by_day(portal, quotable=True).items():
                found[key].add(value)
        settled = said_by_day(self.later, quotable=True) if self.later else {}
        for key, value in said_by_day(self.twin).items():
            if key in settled and abs(value - settled[key]) <= SETTLED * abs(settled[key]):
                found[key].add(value)
        for figure in versions(self.twin):
            found[figure.name, figure.day].add(figure.value)
        return {key: values for key, values in found.items() if key not in self.never}

    @cache  # noqa: B019
    def words(self) -> frozenset[str]:
        """Return every number that is right of some headline series."""
        series = declared().headlines
        return frozenset(in_words(n, v) for (n, _), values in self.right().items() if n in series for v in values)

    @cache  # noqa: B019
    def texts(self) -> dict[str, str]:
        """Return what the twin says in words."""
        return sentences(self.twin)

    @cache  # noqa: B019
    def told(self) -> frozenset[str]:
        """Return what the twin says of faults: what every portal says."""
        return frozenset(told_of_faults(self.twin))


def judge(portal: Published, truth: Truth, altered: Sequence[Alteration]) -> Verdict:
    """Compare a portal with what is right."""
    return Verdict(
        wrong_of(portal, truth, altered), frozen_of(portal, truth, altered), silent_of(portal, truth, altered)
    )


def wrong_of(portal: Published, truth: Truth, altered: Sequence[Alteration] = ()) -> list[str]:
    """Return the quotable figures, and the numbers in sentences, that are not right."""
    renamed = {each.argument.partition("=")[2] for each in altered if each.kind in {"put", "copy"}}
    reopened = {each.metric for each in altered if each.kind == "reopen"}
    found = []
    for figure in figures(portal):
        if figure.name.partition("/")[0] in reopened:
            continue  # the twin has none of it
        right = truth.right().get((figure.name, figure.day))
        if (figure.name, figure.day) in truth.never:
            continue  # its own case looks at it
        if right is None and figure.name.rpartition("/")[2] in renamed:
            continue  # another name for what is right elsewhere: the totals tell whether it counts twice
        if right is None or not any(_same(figure, value) for value in right):
            found.append(f"{figure.where}: {figure.name} of {figure.day} is {figure.value:.6g}, right is {_few(right)}")
    texts = sentences(portal)
    for series, day, number in _wrong_words(portal, truth):
        found += [
            f"{place}: says {number}, {series} of {day}"
            for place, text in texts.items()
            if says(text, number) and not _by_chance(portal, truth, place, series, number)
        ]
    return found


def _by_chance(portal: Published, truth: Truth, place: str, series: str, number: str) -> bool:
    """Say whether a wrong value only reads like a right number: the twin says it there too, of something else."""
    return says(truth.texts().get(place, ""), number) and tells_of_another(portal, place, series, number)


def _same(figure: Figure, value: float) -> bool:
    return abs(figure.value - value) <= max(ROUNDED, CLOSE * abs(value))


def _few(right: Iterable[float] | None) -> str:
    return "not known" if right is None else " or ".join(f"{value:.6g}" for value in sorted(right))


def _wrong_words(portal: Published, truth: Truth) -> Iterable[tuple[str, dt.date, str]]:
    """Yield what the headline series hold that is not right, as sentences would write it."""
    for (series, day), value in said_by_day(portal).items():
        if (series, day) in truth.never or "/" in series:
            continue
        right = truth.right().get((series, day), set())
        if not any(_same(Figure("", series, day, value), each) for each in right):
            number = in_words(series, value)
            if sum(c.isdigit() for c in number) >= _WORDS and number not in truth.words():
                yield series, day, number


def frozen_of(portal: Published, truth: Truth, altered: Sequence[Alteration]) -> list[str]:
    """Return the series that end before they should: others' before the twin's, theirs before the fault."""
    ends, found = newest(portal), []
    erring = {each.metric: each for each in altered}
    for series, day in newest(truth.twin).items():
        faults = [erring[m] for m in _metrics_of(series) if m in erring]
        if not faults:
            wanted = day
        elif all(fault.first for fault in faults):
            wanted = min([day, *(fault.first - dt.timedelta(1) for fault in faults if fault.first)])
            wanted = min(wanted, _last_quotable(truth, series, wanted))
        else:
            continue
        if series not in ends or ends[series] < wanted:
            found.append(f"{series} ends on {ends.get(series)}, {wanted} is right")
    return found


def _last_quotable(truth: Truth, series: str, until: dt.date) -> dt.date:
    return max((day for name, day in truth.right() if name == series and day <= until), default=until)


@cache
def _metrics_of(series: str) -> tuple[str, ...]:
    return tuple(declared().headlines[series].metrics)


def silent_of(portal: Published, truth: Truth, altered: Sequence[Alteration]) -> list[str]:
    """Return the metrics that err and that nothing names: neither the pages about the data nor the report."""
    fresh = told_of_faults(portal) - truth.told()
    named = {each.metric: any(names(line, each.metric) for line in fresh) for each in altered}
    return sorted(metric for metric, known in named.items() if not known)


def rows_of(portal: Published, metric: str) -> list[tuple[str, str, dt.datetime, float, str]]:
    """Return the published rows of a metric: entity, code, ts, value, quality."""
    parts = sorted((portal.site / "datos" / "lake" / metric).rglob("*.parquet"))
    if not parts:
        return []
    files = ", ".join(f"'{part}'" for part in parts)
    return [
        (part, code, ts, value, quality)
        for code, ts, value, quality, part in duckdb.execute(
            f"SELECT code, ts, value, quality, parse_path(filename)[-2] FROM read_parquet([{files}], filename=true)"
        ).fetchall()
    ]
