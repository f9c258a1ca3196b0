"""The way of a commit: rows → merge → segments → parts → losses → manifest → CURRENT, each a module or a last line.

Rows are merged with what is there, cut by period, and written as parts as they come; what would be lost is told; then a
manifest names the parts, and the lake points to it. Nothing counts until `commit`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.answers import WholeAnswer
from pipeline.core.errors import LockHeld, ShrinkRefused
from pipeline.core.log import get_logger
from pipeline.store import losses, retention
from pipeline.store import parts as parquet
from pipeline.store.atomic import checkpoint, remove
from pipeline.store.held import TABLE as HELD
from pipeline.store.held import Decide, Doubt, HeldBack, Place, in_places, undecided
from pipeline.store.logs import Log, log_of
from pipeline.store.manifest import Manifest, Part
from pipeline.store.merge import Merge, codes_of, merge_rows
from pipeline.store.revisions import PendingRevisions
from pipeline.store.segments import (
    PART_BYTES,
    Grain,
    PartLimits,
    by_year,
    cut,
    inside,
    open_since,
    periods_of,
    slices,
    stem_of,
    touches,
)

if TYPE_CHECKING:
    from pipeline.store.lake import Lake

ROWS_PER_PART = 850_000  # of a series: below 8 MB even where no value repeats (8 bytes a value, and its share of keys)
REVISIONS = "_revisions"

log = get_logger("lake")


@dataclass
class Transaction:
    """Changes being prepared on `base`, the state in use when they began."""

    lake: Lake
    base: Manifest
    today: dt.date
    pointer: str = ""
    repair: bool = False
    decide: Decide = undecided
    _kept: dict[tuple[str, str], list[Part]] = field(default_factory=dict)
    revisions: PendingRevisions = field(default_factory=PendingRevisions)
    _forgotten: set[tuple[str, str]] = field(default_factory=set)
    _replaced: set[tuple[str, str]] = field(default_factory=set)
    _expired: Counter[tuple[str, str]] = field(default_factory=Counter)
    _fresh: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    @cached_property
    def held_back(self) -> HeldBack:
        """What is held back of any series: days and lists that stay as they are until a person decides."""
        return HeldBack(self.lake.joined(self._now(*HELD)), self.decide, self.today)

    def upsert(
        self,
        metric: str,
        entity: str,
        rows: pa.Table,
        *,
        answers: Sequence[WholeAnswer] = (),
        order: Sequence[str] = (),
        reported: bool = False,
        requalified: bool = False,
    ) -> Merge:
        """Merge `rows` (columns code, ts, value, quality; key code + ts) into a series.

        A series kept in every settlement version has a column `version` too, which is part of its key.

        Only the parts that hold a touched month are read or rewritten. Equal rows change nothing. What the source no
        longer holds goes, and is a revision without a new value. Days whose change is in doubt stay as they are
        (`losses.doubts`).

        Args:
            metric: Metric of the series.
            entity: Its entity.
            rows: The rows.
            answers: Days of which the source said all that it holds.
            order: Settlement versions, the weakest first.
            reported: The series adds up those who have reported so far (`merge_rows`).
            requalified: They are those of the lake, judged anew: the source said nothing of their days.

        Returns:
            What changed: rows added, revised, unchanged, withdrawn, held back.
        """
        key, current = (metric, entity), self._now(metric, entity)
        touched = periods_of(rows["ts"]) if current else {}
        affected = [
            p for p in current if touches(p.years, touched) or any(each.meets(p.min_ts, p.max_ts) for each in answers)
        ]
        old = self._rows_of(affected)
        merged = partial(merge_rows, old, answers=answers, order=order, reported=reported, restated=requalified)
        merge = merged(rows)
        waiting = frozenset[Place]() if requalified else self.held_back.answered(key, rows, answers)
        if old is not None and merge.revisions.num_rows:
            doubts = self._doubts(key, affected, rows, merge, answers, waiting)
            if doubts:  # their days stay as they are, and are noted
                self.held_back.add(key, doubts)
                places = {(each.day, each.version) for each in doubts}
                taken = rows.filter(pc.invert(in_places(rows, places)))
                merge = replace(merged(taken, spared=places), held=rows.num_rows - taken.num_rows)
        if not merge.changed:
            return merge
        self.revisions.add(key, merge.revisions)
        if merge.added and old is not None:
            self._fresh.setdefault(key, set()).update(codes_of(merge.rows) - codes_of(old))
        kept = [part for part in current if part not in affected]
        self._kept[key] = self._repartition(key, kept, merge.rows)
        return merge

    def _rows_of(self, parts: Sequence[Part]) -> pa.Table | None:
        return pa.concat_tables([parquet.rows_of(self.lake.rows(p)) for p in parts]) if parts else None

    def _around(self, key: tuple[str, str], affected: Sequence[Part], revisions: pa.Table) -> list[Part]:
        """Return the other parts that hold days near those of some revisions: what a day is measured against."""
        first, last = pc.min_max(revisions["ts"].cast(pa.date32())).as_py().values()
        reach = dt.timedelta(days=losses.AROUND)
        near = WholeAnswer(first - reach, last + reach)
        return [part for part in self._now(*key) if part not in affected and near.meets(part.min_ts, part.max_ts)]

    def _doubts(
        self,
        key: tuple[str, str],
        affected: Sequence[Part],
        rows: pa.Table,
        merge: Merge,
        answers: Sequence[WholeAnswer],
        waiting: Collection[Place],
    ) -> list[Doubt]:
        """Return the days that a merge would change without good reason, and that nobody accepted."""
        around = [*affected, *self._around(key, affected, merge.revisions)]
        context = pa.concat_tables([parquet.rows_of(self.lake.rows(part)) for part in around])
        newest = max((part.max_ts for part in self.base.of(*key) if part.max_ts), default="")
        last = dt.date.fromisoformat(newest[:10]) if newest else pc.max(context["ts"]).as_py().date()
        found = losses.doubts(context, rows, merge, last, answers, waiting)
        return [each for each in found if self.decide(*key, each.day) != "accept"]

    def read(self, metric: str, entity: str, days: int | None = None) -> pa.Table:
        """Return a series or table as these changes leave it so far, or its newest `days`; an absent one is empty."""
        current = self._now(metric, entity)
        newest = max((part.max_ts for part in current if part.max_ts), default=None)
        if days is None or newest is None:
            return self.lake.joined(current)
        since = dt.datetime.fromisoformat(newest) - dt.timedelta(days=days)
        rows = self.lake.joined(p for p in current if p.max_ts and p.max_ts >= since.isoformat(timespec="seconds"))
        return rows.filter(pc.greater_equal(rows["ts"], pa.scalar(since, rows["ts"].type)))

    def touched(self) -> set[tuple[str, str]]:
        """Return the series that other rows came for, or went from."""
        return {key for key, parts in self._kept.items() if parts != self.base.of(*key)}

    def fresh_codes(self, metric: str, entity: str) -> frozenset[str]:
        """Return the codes of a series that came and were not there in the months for which they came."""
        return frozenset(self._fresh.get((metric, entity), ()))

    def growing_since(self, metric: str, entity: str, years: Mapping[int, int]) -> int:
        """Return the first year of the part that would grow if later rows followed some (`years`: their count in each).

        0 when every part would.
        """
        if sum(years.values()) + sum(part.rows for part in self._now(metric, entity)) <= ROWS_PER_PART:
            return 0
        total = Counter({str(year): count for year, count in years.items()})
        for part in self._now(metric, entity):
            total.update(by_year(part.years))
        groups = cut(total, open_since(self.today), PartLimits(ROWS_PER_PART, ROWS_PER_PART))
        return int(groups[-1][0]) if groups else self.today.year

    def put_table(
        self, metric: str, entity: str, table: pa.Table, *, mode: Literal["replace", "append"] = "replace"
    ) -> bool:
        """Store a table that is no series (a list, scores, a log); return whether it changed.

        `append` keeps what is there and adds `table` behind it; the caller has removed what is known already. Tables
        that grow so are declared in `store.logs`.
        """
        key = metric, entity
        if mode == "append":
            return bool(table.num_rows) and self._append(key, log_of(metric), table)
        self._replaced.add(key)
        self.held_back.answered(key)
        parts = self._write_all(key, "all", [table])
        if [part.sha256 for part in self._now(*key)] == [part.sha256 for part in parts]:
            return False
        self._kept[key] = parts
        return True

    def _append(self, key: tuple[str, str], log: Log, table: pa.Table) -> bool:
        """Add rows to a log: its newest part is written, and those that hold rows too old to be kept."""
        periods, first = periods_of(table[log.day]), pc.min(table[log.day]).as_py().isoformat()
        oldest = log.oldest(self.today)
        kept: list[Part] = []
        affected: list[Part] = []
        for part in self._now(*key):
            # A part without periods is of the release before, when a log was one file.
            full = len(part.years) == 1 and part.rows >= log.limits.open and bool(part.max_ts) and part.max_ts < first
            expired = oldest is not None and min(part.years, default="") < oldest
            touched = not part.years or expired or (touches(part.years, periods) and not full)
            (affected if touched else kept).append(part)
        rows = pa.concat_tables([*map(self.lake.rows, affected), table], promote_options="default")
        if oldest is not None:
            young = rows.filter(pc.greater_equal(pc.year(rows[log.day]), int(oldest)))
            self._expired[key] += rows.num_rows - young.num_rows
            rows = young
        self._kept[key] = self._repartition(key, kept, rows, log)
        return True

    def forget(self, parts: Iterable[Part]) -> None:
        """Leave damaged parts out: what comes in their place is read again from the archive.

        The guard still compares with what they held, so that nothing is lost in silence.
        """
        for part in parts:
            self._kept[part.key] = [p for p in self._now(*part.key) if p != part]
            self._forgotten.add(part.key)

    def commit(self, created: dt.datetime) -> Manifest:
        """Write the manifest and swap `CURRENT`; return the new manifest, or the old one when nothing changed.

        A series or list that would lose something stays as it was, and all others are committed.

        Raises:
            ShrinkRefused: What would be lost cannot stay as it was: it is damaged, or a record of our own.
            LockHeld: Another run committed since this transaction began.
        """
        self._hold_losses()
        if (revised := self.revisions.table(self.today)) is not None:
            self.put_table(REVISIONS, "log", revised, mode="append")
        if (waiting := self.held_back.table()).num_rows or self.base.of(*HELD):
            self.put_table(*HELD, waiting)
        changed = {key: value for key, value in self._kept.items() if value != self.base.of(*key)}
        self._guard()
        if self.lake.pointer() != self.pointer:
            raise LockHeld("Another run committed to the lake", hint="run again", lake=self.lake.root)
        if not changed:
            if not self.lake.in_use(self.base):
                self.lake.put_in_use(self.base)
            self._give_up_past()
            return self.base
        kept = [p for p in self.base.parts if p.key not in changed]
        parts = sorted(
            [*kept, *(p for value in changed.values() for p in value)],
            key=lambda p: (p.metric, p.entity, p.path),
        )
        parent = self.base.name if self.base.version else None
        manifest = Manifest(self.base.version + 1, parent, created.isoformat(timespec="seconds"), tuple(parts))
        checkpoint("before manifest")
        manifest = self.lake.put_in_use(manifest)
        self._give_up_past()
        retention.collect(self.lake.root, manifest, self.lake.keep)
        return manifest

    def _give_up_past(self) -> None:
        """After a repair: a past state that still cannot be read is no answer to anybody; it is forgotten."""
        if not self.repair:
            return
        for path in self.lake.damaged_past():
            log.warning("past state given up", manifest=path.name)
            remove(path)

    def _now(self, metric: str, entity: str) -> list[Part]:
        known = self._kept.get((metric, entity))
        return self.base.of(metric, entity) if known is None else known

    def _repartition(
        self, key: tuple[str, str], kept: list[Part], merged: pa.Table, log: Log | None = None
    ) -> list[Part]:
        """Cut a series or log into parts by rows per month, keeping every file whose months nobody touched.

        Args:
            key: Metric and entity.
            kept: Its parts that were not touched.
            merged: The rows of all others, and the new ones.
            log: How it grows; None for a series.
        """
        day, limits = (log.day, log.limits) if log else ("ts", PartLimits(ROWS_PER_PART, ROWS_PER_PART))
        first_open = open_since(self.today)
        while True:
            counts = Counter(periods_of(merged[day]))
            for part in kept:
                counts.update(part.years)
            grain = Grain.of(counts, self.today, limits, thirds=not log)
            coarse = [part for part in kept if grain.splits(part.years)]
            if not coarse:
                break
            merged = pa.concat_tables([merged, *(self._rows(part, log) for part in coarse)], promote_options="default")
            kept = [part for part in kept if part not in coarse]
        counts = grain.fold(counts)
        result = []
        for group in cut(counts, first_open, limits):
            rows, limit = sum(counts[period] for period in group), limits.of(group[0], first_open)
            near = [part for part in kept if touches(part.years, group)]
            own = [part for part in near if part.years.keys() == set(group)]
            if near == own and [part.rows for part in near] == slices(rows, limit):
                result += near
                continue
            # Full slices of one month of a log stay as they are: what comes is later than all they hold.
            front = list(takewhile(lambda part: log and part in own and part.rows == limit, near))  # noqa: B023
            pieces = [self._rows(part, log) for part in near if part not in front]
            pieces = [piece.filter(pa.array(inside(piece[day], group))) for piece in (*pieces, merged)]
            table = pa.concat_tables(pieces, promote_options="default")
            table = log.ordered(table) if log else parquet.named(parquet.sort_rows(table), *key)
            starts = range(0, table.num_rows, limit)
            fresh = [table.slice(start, limit) for start in starts]
            result += [*front, *self._write_all(key, stem_of(group), fresh, day, grain, len(front), series=not log)]
        return result

    def _rows(self, part: Part, log: Log | None) -> pa.Table:
        rows = self.lake.rows(part)
        return rows if log else parquet.rows_of(rows)

    def _write_all(
        self,
        key: tuple[str, str],
        stem: str,
        tables: list[pa.Table],
        day: str = "",
        grain: Grain | None = None,
        number: int = 0,
        *,
        series: bool = False,
    ) -> list[Part]:
        """Write each table as a part, in halves where it would be too large; their names keep their order."""
        written: list[Part] = []
        waiting = tables[::-1]
        while waiting:
            table, place = waiting.pop(), number + len(written)
            name = f"{stem}.{place:03d}" if place else stem
            path, sha, size = parquet.write(self.lake.root / key[0] / key[1], name, table)
            if size > PART_BYTES and table.num_rows > 1:  # the file is named by nothing and swept with the commit
                half = table.num_rows // 2
                waiting += [table.slice(half), table.slice(0, half)]
                continue
            low = high = None
            stamps = day or ("ts" if "ts" in table.column_names else "")
            if stamps and table.num_rows:
                bounds = pc.min_max(table[stamps].cast(pa.timestamp("ms"))).as_py()
                low, high = (bounds[k].isoformat(timespec="seconds") for k in ("min", "max"))
            periods = dict((grain or Grain()).fold(periods_of(table[day]))) if day else {}
            days = len(parquet.days_of(table)) if series else 0
            codes = pc.count_distinct(table["code"]).as_py() if series else 0
            where = Path(path).relative_to(self.lake.root).as_posix()
            written.append(Part(*key, where, table.num_rows, size, sha, low, high, periods, days, codes))
        return written

    def _losses(self) -> dict[tuple[str, str], list[str]]:
        """Return what would be lost without a person's word; the table of doubts shrinks as they are settled."""
        before = {key: self.base.of(*key) for key in self.base.keys()}  # noqa: SIM118 - a method of ours
        found = losses.losses(
            before, before | self._kept, self._replaced, self._expired, self.revisions.withdrawn_by_year()
        )
        found.pop(HELD, None)
        return {key: facts for key, facts in found.items() if self.decide(*key, self.today) != "accept"}

    def _hold_losses(self) -> None:
        """Leave each series and list that would lose something as it was, where what it was is sound."""
        for key in self._losses():
            if key in self._kept and key not in self._forgotten and not key[0].startswith("_"):
                was, now = (sum(part.rows for part in parts) for parts in (self.base.of(*key), self._kept.pop(key)))
                self.held_back.add(key, [Doubt(self.today, None, was, now, was, now, "loss")])
                self.revisions.drop(key)

    def _guard(self) -> None:
        """Refuse a commit that would lose what cannot stay as it was.

        Raises:
            ShrinkRefused: It would.
        """
        lost = [f"{'/'.join(filter(None, key))}: {fact}" for key, facts in self._losses().items() for fact in facts]
        if lost:
            more = f" … and {len(lost) - 5} more" if len(lost) > 5 else ""
            raise ShrinkRefused(
                f"This commit would lose data: {'; '.join(lost[:5])}{more}",
                hint="nothing was changed; if that is right, run again with --accept-shrink",
            )
