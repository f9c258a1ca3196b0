"""What a commit may not do without a person's word: lose rows, days, codes, series or metrics, or move a settled day.

Pure functions. `losses` compares what two manifests say of the series a commit touches; `doubts` looks at the values a
merge replaces.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.store.held import Doubt
from pipeline.store.manifest import Part
from pipeline.store.merge import Merge
from pipeline.store.segments import by_year, touches

SETTLING_DAYS = 10  # the newest days of a series may still take any level
SHIFT = 0.5  # of a day's total: a settled day that moves more is another thing under the same name
AROUND, LEAST_AROUND = 28, 7  # days on either side that say where a day belongs, and how many of them it takes
LONE = 3  # settled days that move in one answer: more of them, when they are most, are a shift of the series
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
) -> dict[Key, list[str]]:
    """Return what each series or table would lose between two states; a metric that goes whole has no entity.

    Args:
        before: Every series and table of the old state.
        after: The same of the new state.
        replaced: Tables that were written anew as a whole, and may therefore shrink a little.
        expired: Rows of logs that were older than they are kept.
    """
    found: dict[Key, list[str]] = {}
    metrics = {metric for (metric, _), parts in after.items() if parts}
    for key in sorted(before):
        metric, old, new = key[0], before[key], after.get(key, ())
        if not new and metric in metrics:
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


def doubts(old: pa.Table, offered: pa.Table, merge: Merge) -> list[Doubt]:
    """Return the days that a merge would change without good reason, oldest first.

    A settled day whose total moves by more than half is another thing under the same name, unless it comes nearer to
    the days around it: a spike that is taken back, a half-published day that is completed. Where most settled days of
    an answer move so (a unit, another sign), none of its days is taken.

    A day counts by the values that were there and still are: a hole that is filled moves nothing. Totals of small or
    signed values are measured against the usual size of a day, so that noise around zero is no alarm.

    Args:
        old: The rows before: code, ts, value (and version, which then has totals of its own).
        offered: The rows that come.
        merge: What they make of the old ones.
    """
    revisions = merge.revisions
    if not revisions.num_rows or not old.num_rows:
        return []
    by = ["day", "version"] if "version" in revisions.column_names else ["day"]
    settled = pc.max(old["ts"]).as_py().date() - dt.timedelta(days=SETTLING_DAYS)
    sizes = {place: size for place, (size, _) in _totals(old, pc.abs(old["value"]), by).items()}
    usual = statistics.median(sizes.values())
    deltas = {
        place: delta
        for place, (delta, _) in _totals(revisions, pc.subtract(revisions["new"], revisions["old"]), by).items()
        if place[0] < settled and abs(delta) > SHIFT * max(sizes.get(place, 0.0), usual)
    }
    if not deltas:
        return []
    before, after = _totals(old, old["value"], by), _totals(merge.rows, merge.rows["value"], by)
    moved = [place for place, delta in deltas.items() if not _nearer(before, place, delta, deltas.keys())]
    came = _totals(offered, offered["value"], by).keys()
    known = sum(place in before and place[0] < settled for place in came)
    if len(moved) > LONE and 2 * len(moved) >= known:
        changed = sorted(place for place in came if before.get(place) != after[place])
        return [_doubt(place, before, after, "shift") for place in changed]
    return [_doubt(place, before, after, "moved") for place in moved]


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


def _doubt(place: Day, before: Totals, after: Totals, reason: Literal["moved", "shift"]) -> Doubt:
    (old, old_count), (new, new_count) = before.get(place, (None, 0)), after[place]
    version = place[1] if len(place) > 1 else None
    return Doubt(place[0], version, old, new, old_count, new_count, reason)


def _totals(table: pa.Table, value: pa.ChunkedArray, by: list[str]) -> Totals:
    """Return the sum and number of `value` per day (and version), in order of day."""
    columns = {"day": table["ts"].cast(pa.date32()), "value": value}
    columns |= {name: table[name] for name in by if name != "day"}
    sums = pa.table(columns).group_by(by, use_threads=False).aggregate([("value", "sum"), ("value", "count")])
    rows = sums.sort_by([(name, "ascending") for name in by]).to_pylist()
    return {tuple(row[name] for name in by): (float(row["value_sum"]), row["value_count"]) for row in rows}
