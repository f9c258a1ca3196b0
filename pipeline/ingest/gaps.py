"""Days that should be there and are not: kept, asked again with growing pauses, until filled or known to be absent.

A gap is a run of missing days (months, for monthly series) between the first day of a series and the day by which the
source should have published. It stays `open` until data come (`filled`) or until the source has said «nothing» on
three days (`confirmed_absent`): asked again after 1, 2, 4, 8 … days. A window that got no answer is a gap too, and is
never confirmed: nobody has said that there is nothing. Holes declared in catalog/corrections.yml carry their name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Correction, Metric
from pipeline.ingest.job import SourceJob
from pipeline.ingest.states import fresh_state
from pipeline.ingest.windows import Holes, WindowOutcome, WindowRequest
from pipeline.store.lake import Transaction
from pipeline.store.parts import days_of

CHECKS = 3
LONGEST_PAUSE = 64  # [days]
KEEP_FILLED = 400  # [days]: a year of history, as long as pages look back; open and confirmed gaps stay
TABLE = ("_gaps", "log")
SCHEMA = pa.schema(
    [
        pa.field("metric", pa.string()),
        pa.field("entity", pa.string()),
        pa.field("start", pa.date32()),
        pa.field("end", pa.date32()),
        pa.field("reason", pa.string()),
        pa.field("known_issue", pa.string()),
        pa.field("first_seen", pa.date32()),
        pa.field("tries", pa.int32()),
        pa.field("checks", pa.int32()),
        pa.field("last_asked", pa.date32()),
        pa.field("next_ask", pa.date32()),
        pa.field("state", pa.string()),
    ]
)
State = Literal["open", "filled", "confirmed_absent"]
Key = tuple[str, str]


@dataclass(frozen=True)
class Gap:
    """What is known of one missing day or month.

    Attributes:
        reason: `no_data` (answered, empty), `late` (nothing newer has come either), or what the transport said.
        known_issue: Id of the declared hole it belongs to, or empty.
        tries: Times asked.
        checks: Times answered with nothing, on days on which it was due.
        next_ask: When it is due again; None when it is not asked for any more.
    """

    reason: str
    known_issue: str
    first_seen: dt.date
    tries: int
    checks: int
    last_asked: dt.date
    next_ask: dt.date | None
    state: State


class Ledger:
    """Every gap of the lake, by series and day (or month)."""

    def __init__(self, gaps: dict[Key, dict[int, Gap]] | None = None) -> None:
        self._gaps = gaps or {}

    @classmethod
    def of(cls, table: pa.Table, catalog: Catalog) -> Ledger:
        """Return the ledger that a table of the lake holds."""
        gaps: dict[Key, dict[int, Gap]] = {}
        for row in table.to_pylist() if table.num_rows else []:
            metric = catalog.metrics.get(row["metric"])
            if metric is None:
                continue
            gap = Gap(**{name: row[name] for name in Gap.__annotations__})
            series = gaps.setdefault((row["metric"], row["entity"]), {})
            for tick in _ticks(metric, row["start"], row["end"]):
                series[tick] = gap
        return cls(gaps)

    def holes(self, catalog: Catalog, today: dt.date) -> dict[Key, Holes]:
        """Return the open gaps by series: due today, or waiting."""
        found: dict[Key, Holes] = {}
        for key, start, end, gap in self._runs(catalog):
            if gap.state == "open":
                holes = found.setdefault(key, Holes())
                (holes.waiting if gap.next_ask and gap.next_ask > today else holes.due).append((start, end))
        return found

    def open_count(self, catalog: Catalog) -> int:
        """Return how many gaps (runs of missing days) are still asked for."""
        return sum(gap.state == "open" for *_, gap in self._runs(catalog))

    def missing(
        self, key: Key, tick: int, reason: str, today: dt.date, *, answered: bool, issue: Correction | None = None
    ) -> None:
        """Note that a day did not come; an answer of «nothing» in a declared hole needs no second check."""
        series = self._gaps.setdefault(key, {})
        old = series.get(tick)
        if old is None or old.state == "filled":
            name = issue.id if issue else ""
            series[tick] = Gap(reason, name, today, 1, int(answered), today, today + dt.timedelta(days=1), "open")
        elif old.state == "open" and old.last_asked < today and (old.next_ask is None or old.next_ask <= today):
            pause = min(2**old.tries, LONGEST_PAUSE)
            series[tick] = replace(
                old,
                tries=old.tries + 1,
                checks=old.checks + int(answered),
                last_asked=today,
                next_ask=today + dt.timedelta(days=pause),
            )
        gap = series[tick]
        declared = answered and issue is not None and issue.start is not None
        if gap.state == "open" and (gap.checks >= CHECKS or declared):
            series[tick] = replace(gap, state="confirmed_absent", next_ask=None)

    def arrived(self, key: Key, tick: int, today: dt.date) -> None:
        """Note that a day that was missing is there."""
        series = self._gaps.get(key, {})
        if tick in series and series[tick].state != "filled":
            series[tick] = replace(series[tick], state="filled", last_asked=today, next_ask=None)

    def forget(self, today: dt.date) -> None:
        """Let go of gaps that were filled long ago: a log that only grows ends by filling the disk."""
        oldest = today - dt.timedelta(days=KEEP_FILLED)
        for key, series in self._gaps.items():
            self._gaps[key] = {t: g for t, g in series.items() if g.state != "filled" or g.last_asked >= oldest}

    def table(self, catalog: Catalog) -> pa.Table:
        """Return the gaps, runs of equal days in one row, sorted."""
        rows = [
            {"metric": key[0], "entity": key[1], "start": start, "end": end, **vars(gap)}
            for key, start, end, gap in self._runs(catalog)
        ]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def _runs(self, catalog: Catalog) -> Iterator[tuple[Key, dt.date, dt.date, Gap]]:
        for key in sorted(self._gaps):
            metric = catalog.metrics[key[0]]
            series = self._gaps[key]
            first = last = None
            for tick in sorted(series):
                if last is not None and first is not None and tick == last + 1 and series[tick] == series[first]:
                    last = tick
                    continue
                if first is not None and last is not None:
                    yield key, _day(metric, first), _day(metric, last), series[first]
                first = last = tick
            if first is not None and last is not None:
                yield key, _day(metric, first), _day(metric, last), series[first]


def _tick(metric: Metric, day: dt.date) -> int:
    return day.year * 12 + day.month - 1 if metric.grain == "monthly" else day.toordinal()


def _day(metric: Metric, tick: int) -> dt.date:
    return dt.date(tick // 12, tick % 12 + 1, 1) if metric.grain == "monthly" else dt.date.fromordinal(tick)


def _ticks(metric: Metric, start: dt.date, end: dt.date) -> range:
    return range(_tick(metric, start), _tick(metric, end) + 1)


def read_ledger(catalog: Catalog, transaction: Transaction) -> Ledger:
    """Return the ledger as the lake has it."""
    return Ledger.of(transaction.read(*TABLE), catalog)


def note_gaps(job: SourceJob, ledger: Ledger) -> None:
    """Bring the ledger up to date with what was asked in this run and what came."""
    by_series: dict[Key, list[WindowOutcome]] = {}
    for asked in job.asked:
        if asked.request.metric.grain != "list":
            by_series.setdefault((asked.request.metric.id, asked.request.entity), []).append(asked)
    for key, spans in by_series.items():
        _note_series(job, ledger, key, spans)


def _note_series(job: SourceJob, ledger: Ledger, key: Key, spans: list[WindowOutcome]) -> None:
    metric = spans[0].request.metric
    today = job.run.today
    came = {_tick(metric, dt.date.fromordinal(day)) for day in job.present.get(key, ())}
    first, newest, before = _known_span(job, key, metric, came)
    if before is not None and first < before:
        spans = [*spans, *_asked_between(job, spans[0].request, first, before)]
    due = _last_due(metric, today)
    absent: list[tuple[int, WindowOutcome]] = []
    for asked in spans:
        for tick in _ticks(metric, asked.request.start, asked.request.end):
            if tick in came:
                ledger.arrived(key, tick, today)
            elif first <= tick <= due and not (asked.answered and metric.sparse):
                absent.append((tick, asked))
    if not absent:
        return
    rows = job.transaction.read(*key)
    there = {_tick(metric, dt.date.fromordinal(day)) for day in (days_of(rows) if rows.num_rows else ())}
    issues = [c for c in job.catalog.corrections if c.kind == "gap" and metric.id in c.metrics]
    for tick, asked in absent:
        if tick in there:
            continue
        reason = asked.reason if not asked.answered else "no_data" if tick <= newest else "late"
        day = _day(metric, tick)
        # A declared hole without dates may be any day.
        issue = next((each for each in issues if (each.start or day) <= day <= (each.end or day)), None)
        ledger.missing(key, tick, reason, today, answered=asked.answered, issue=issue)


def _asked_between(job: SourceJob, like: WindowRequest, first: int, last: int) -> list[WindowOutcome]:
    """Return what was asked before of a stretch that lay outside a series until an older year came.

    Years come newest first: what was empty before the first known day may turn out to be a hole.
    """
    metric = like.metric
    found = []
    for start, window in job.states.get(like.key, fresh_state())["windows"].items():
        begin, end = dt.date.fromisoformat(start), dt.date.fromisoformat(window["end"])
        if _tick(metric, begin) < last and _tick(metric, end) > first:
            inside = replace(like, start=max(begin, _day(metric, first)), end=min(end, _day(metric, last)))
            found.append(WindowOutcome(inside, window["status"], window["reason"]))
    return found


def _known_span(job: SourceJob, key: Key, metric: Metric, came: set[int]) -> tuple[int, int, int | None]:
    """Return the first tick that may be missing, the newest that is there, and the first one before this run."""
    known = [(part.min_ts, part.max_ts) for part in job.transaction.base.of(*key) if part.min_ts]
    before = [_tick(metric, dt.date.fromisoformat(ts[:10])) for pair in known for ts in pair if ts]
    ticks = came.union(before)
    if ticks:
        return min(ticks), max(ticks), min(before, default=None)
    start = _tick(metric, max(job.run.since, metric.starts or job.run.since))
    return start, start - 1, None


def _last_due(metric: Metric, today: dt.date) -> int:
    """Return the newest tick the source must have published by now."""
    day = today - dt.timedelta(days=metric.lag_days + 1)
    if metric.ends:
        day = min(day, metric.ends)
    if metric.grain == "monthly":  # a month is published as a whole, once it has ended
        return _tick(metric, day + dt.timedelta(days=1)) - 1
    return _tick(metric, day)


def store_ledger(catalog: Catalog, transaction: Transaction, ledger: Ledger) -> None:
    """Keep the ledger in the lake."""
    table = ledger.table(catalog)
    if table.num_rows or transaction.read(*TABLE).num_rows:
        transaction.put_table(*TABLE, table)
