"""What a commit may not do without a person's word: lose rows, days, codes, series or metrics, or move a settled day.

What the source withdraws knowingly, in a whole answer, is no loss: it is in the log of revisions. Much of it at once is
in doubt all the same.

Pure functions. `losses` compares what two manifests say of the series a commit touches; `doubts` looks at the values a
merge replaces.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.answers import WholeAnswer
from pipeline.store.held import Doubt, Place
from pipeline.store.manifest import Part
from pipeline.store.merge import Merge
from pipeline.store.segments import by_year, touches

SETTLING_DAYS = 10  # the newest days of a series may still take any level
SHIFT = 0.5  # of a day's total: a settled day that moves more is another thing under the same name
AROUND, LEAST_AROUND = 28, 7  # days on either side that say where a day belongs, and how many of them it takes
LONE = 3  # settled days that move in one answer: more of them, when they are most, are a shift of the series; so many
# days may lose values in one answer
SLIGHT = 0.02  # of a day's values, and of their total: what a settled day may lose without being counted
TABLE_LOSS = 0.5  # of a table that is replaced as a whole (a list of plants changes, it does not halve)

Key = tuple[str, str]
Day = tuple[Any, ...]
"""A day, and in a series that has versions its version."""
Totals = Mapping[Day, tuple[float, int]]


def losses(
    before: Mapping[Key, Sequence[Part]],
    after: Mapping[Key, Sequence[Part]],
    replaced: set[Key],
    expired: Mapping[Key, int] | None = None,
    withdrawn: Mapping[Key, Mapping[str, int]] | None = None,
) -> dict[Key, list[str]]:
    """Return what each series or table would lose between two states; a metric that goes whole has no entity.

    Args:
        before: Every series and table of the old state.
        after: The same of the new state.
        replaced: Tables that were written anew as a whole, and may therefore shrink a little.
        expired: Rows of logs that were older than they are kept.
        withdrawn: Rows per year (`AAAA`) that the source withdrew.
    """
    found: dict[Key, list[str]] = {}
    metrics = {metric for (metric, _), parts in after.items() if parts}
    for key in sorted(before):
        metric, old, new = key[0], before[key], after.get(key, ())
        if gone := (withdrawn or {}).get(key):
            years, now = _years(old), _years(new)
            short = [year for year, count in sorted(years.items()) if now[year] < count - gone.get(year, 0)]
            if short:
                found[key] = [f"fewer rows in {', '.join(short[:5])} than the source withdrew"]
        elif not new and metric in metrics:
            found[key] = ["the whole series would vanish"]
        elif not new:
            found[metric, ""] = ["the whole metric would vanish"]
        elif list(old) != list(new):
            gone_by = (expired or {}).get(key, 0)
            series = any(part.years for part in old) and not gone_by
            facts = _series_losses(old, new) if series else _table_losses(old, new, gone_by, whole=key in replaced)
            if facts:
                found[key] = facts
    return found


def _series_losses(old: Sequence[Part], new: Sequence[Part]) -> list[str]:
    found = []
    rows = _rows(old), _rows(new)
    if rows[1] < rows[0]:
        found.append(f"from {rows[0]} to {rows[1]} rows")
    years = _years(old), _years(new)
    fewer = [year for year, count in sorted(years[0].items()) if years[1].get(year, 0) < count]
    if fewer and rows[1] >= rows[0]:
        found.append(f"fewer rows in {', '.join(fewer[:5])}")
    first = min((p.min_ts for p in old if p.min_ts), default=""), min((p.min_ts for p in new if p.min_ts), default="")
    if first[0] < first[1]:
        found.append(f"starts {first[1]} instead of {first[0]}")
    last = max((p.max_ts for p in old if p.max_ts), default=""), max((p.max_ts for p in new if p.max_ts), default="")
    if last[0] > last[1]:
        found.append(f"ends {last[1]} instead of {last[0]}")
    days = _days(old), _days(new)
    if days[1] < days[0]:
        found.append(f"from {days[0]} to {days[1]} days")
    for part in old:
        # Parts may be cut anew: together, those that now hold its months have at least its codes.
        heirs = [heir for heir in new if touches(part.years, heir.years)]
        codes = sum(heir.codes for heir in heirs)
        if codes < part.codes and all(heir.codes for heir in heirs):
            found.append(f"from {part.codes} to {codes} codes")
    return found


def _table_losses(old: Sequence[Part], new: Sequence[Part], expired: int, *, whole: bool) -> list[str]:
    before, now = _rows(old) - expired, _rows(new)
    floor = before * TABLE_LOSS if whole else before
    return [f"from {before} to {now} rows"] if now < floor else []


def _rows(parts: Sequence[Part]) -> int:
    return sum(part.rows for part in parts)


def _years(parts: Sequence[Part]) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(by_year(part.years))
    return total


def _days(parts: Sequence[Part]) -> int:
    """Return days (they add up: parts do not share days); 0 when not all parts say."""
    values = [part.days for part in parts]
    return sum(values) if all(values) else 0


def doubts(
    old: pa.Table,
    offered: pa.Table,
    merge: Merge,
    newest: dt.date,
    answers: Sequence[WholeAnswer] = (),
    waiting: Collection[Place] = (),
) -> list[Doubt]:
    """Return the days that a merge would change without good reason, oldest first.

    A settled day whose total moves by more than half is another thing under the same name, unless it comes nearer to
    the days around it: a spike that is taken back, a half-published day that is completed. Where most settled days of
    an answer move so (a unit, another sign), none of its days is taken.

    A day counts by the values that were there and still are: a hole that is filled moves nothing. One that loses values
    counts whole, as another code may have taken their place. Totals of small or signed values are measured against the
    usual size of a day, so that noise around zero is no alarm.

    Days of which values go are in doubt when they are many, or when the answer that lacks them is empty. A code that
    takes the place of another is no loss. A withdrawal that waits for a person goes on waiting until the values come
    again, however few days of it a later answer is about.

    What is said of a day follows from the days around it and from what changed, and not from what else was asked that
    night: a replay of the archive comes to the same.

    Args:
        old: The rows before, of the days that change and `AROUND` them: code, ts, value (and version, which then has
            totals of its own).
        offered: The rows that come.
        merge: What they make of the old ones.
        newest: The last day of the series before this night.
        answers: Days of which the source said all that it holds.
        waiting: Days of which values were withdrawn and held back.
    """
    if not merge.revisions.num_rows or not old.num_rows:
        return []
    days = _Days(old, merge, newest)
    lost = [place for answer in answers for place in days.lost(answer, waiting)] if days.gone else []
    moved = days.moved(lost)
    found = {place: _doubt(place, days, "moved") for place in moved}
    if len(moved) > LONE:
        came = _totals(offered, offered["value"], days.by).keys()
        changed = {place for place in came if days.before.get(place) != days.after[place]}
        about = {_answer_of(place, answers) for place in changed | days.gone.keys()}
        known = sum(_answer_of(p, answers) in about and p in days.before and p[0] < days.settled for p in came)
        if 2 * len(moved) >= known:
            found = {place: _doubt(place, days, "shift") for place in changed}
    found |= {place: _doubt(place, days, "withdrawn") for place in lost}
    return [found[place] for place in sorted(found, key=lambda place: (place[0], str(place[1:])))]


class _Days:
    """The days of a series before and after a merge: totals and numbers of values, by day (and version)."""

    def __init__(self, old: pa.Table, merge: Merge, newest: dt.date) -> None:
        log = merge.revisions
        self._old, self._new = old, merge.rows
        self.by = ["day", "version"] if "version" in log.column_names else ["day"]
        self.settled = newest - dt.timedelta(days=SETTLING_DAYS)
        self.sizes = {place: size for place, (size, _) in _totals(old, pc.abs(old["value"]), self.by).items()}
        revised, withdrawn = log.filter(pc.is_valid(log["new"])), log.filter(pc.is_null(log["new"]))
        self.revised = _totals(revised, pc.subtract(revised["new"], revised["old"]), self.by)
        self.gone = _totals(withdrawn, withdrawn["old"], self.by)

    @cached_property
    def before(self) -> Totals:
        """Totals before."""
        return _totals(self._old, self._old["value"], self.by)

    @cached_property
    def after(self) -> Totals:
        """Totals after, of the days that come and those near them."""
        return _totals(self._new, self._new["value"], self.by)

    def moved(self, lost: Collection[Day]) -> list[Day]:
        """Return the settled days whose total moves without coming nearer to the days around, but for `lost` ones."""
        deltas: dict[Day, float] = {}
        for place in self.revised.keys() | self.gone.keys():
            if place[0] >= self.settled or place in lost or (place in self.gone and place not in self.after):
                continue
            delta = self.revised.get(place, (0.0, 0))[0]
            if place in self.gone:
                delta = self.after[place][0] - self.before[place][0]
            if abs(delta) > SHIFT * self.sizes[place] and abs(delta) > SHIFT * self._usual(place):
                deltas[place] = delta
        return sorted(place for place, delta in deltas.items() if not _nearer(self.before, place, delta, deltas.keys()))

    def loses(self, place: Day) -> bool:
        """Say whether a day has fewer values than it had: none at all, or, of a settled one, more than a few."""
        (total, count), (left, rest) = self.before[place], self.after.get(place, (0.0, 0))
        slight = count - rest <= SLIGHT * count and abs(total - left) <= SLIGHT * self.sizes[place]
        return not rest or (rest < count and place[0] < self.settled and not slight)

    def lost(self, answer: WholeAnswer, waiting: Collection[Place]) -> list[Day]:
        """Return the days of an answer of which more goes than a person need not see; then all that have less."""
        gone = [place for place in self.gone if answer.has(place[0])]
        lost = [place for place in gone if self.loses(place)]
        if (answer.empty and lost) or len({place[0] for place in lost}) > LONE:
            return [place for place in gone if self.after.get(place, (0.0, 0))[1] < self.before[place][1]]
        return [place for place in lost if (place[0], place[1] if len(place) > 1 else None) in waiting]

    def _usual(self, place: Day) -> float:
        """Return the usual size of the days around one."""
        around = (place[0] + dt.timedelta(days=n) for n in range(-AROUND, AROUND + 1))
        sizes = (self.sizes.get((day, *place[1:])) for day in around)
        return statistics.median(size for size in sizes if size is not None)


def _answer_of(place: Day, answers: Sequence[WholeAnswer]) -> WholeAnswer | None:
    return next((answer for answer in answers if answer.has(place[0])), None)


def _nearer(before: Totals, place: Day, delta: float, others: Collection[Day]) -> bool:
    """Say whether a day comes nearer to the middle of the days around it; of too few nobody can say."""
    around = [
        total
        for other, (total, _) in before.items()
        if other[1:] == place[1:] and other not in others and abs((other[0] - place[0]).days) <= AROUND
    ]
    if len(around) < LEAST_AROUND:
        return False
    middle, was = statistics.median(around), before[place][0]
    return abs(was + delta - middle) < abs(was - middle)


def _doubt(place: Day, days: _Days, reason: Literal["moved", "shift", "withdrawn"]) -> Doubt:
    (old, old_count), (new, new_count) = days.before.get(place, (None, 0)), days.after.get(place, (None, 0))
    version = place[1] if len(place) > 1 else None
    return Doubt(place[0], version, old, new, old_count, new_count, reason)


def _totals(table: pa.Table, value: pa.ChunkedArray, by: list[str]) -> Totals:
    """Return the sum and number of `value` per day (and version), in order of day."""
    columns = {"day": table["ts"].cast(pa.date32()), "value": value}
    columns |= {name: table[name] for name in by if name != "day"}
    sums = pa.table(columns).group_by(by, use_threads=False).aggregate([("value", "sum"), ("value", "count")])
    rows = sums.sort_by([(name, "ascending") for name in by]).to_pylist()
    return {tuple(row[name] for name in by): (float(row["value_sum"]), row["value_count"]) for row in rows}
