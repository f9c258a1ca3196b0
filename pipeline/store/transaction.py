"""Changes to a lake being prepared. Parts are written as they come; nothing counts until `commit`."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import LockHeld, ShrinkRefused
from pipeline.core.log import get_logger
from pipeline.store import guard, retention
from pipeline.store import parts as parquet
from pipeline.store.atomic import checkpoint, remove
from pipeline.store.manifest import Manifest, Part
from pipeline.store.merge import Merge, merge_rows

if TYPE_CHECKING:
    from pipeline.store.lake import Lake

ROWS_PER_PART = 1_000_000  # up to about 8 MB: few requests for a browser, little to rewrite in a night
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
    _kept: dict[tuple[str, str], list[Part]] = field(default_factory=dict)
    _revisions: list[pa.Table] = field(default_factory=list)
    _moved: list[str] = field(default_factory=list)
    _replaced: set[tuple[str, str]] = field(default_factory=set)

    def upsert(self, metric: str, entity: str, rows: pa.Table) -> Merge:
        """Merge `rows` (columns code, ts, value, quality; key code + ts) into a series.

        A series kept in every settlement version has a column `version` too, which is part of its key.

        Only the parts that hold a touched year are read or rewritten. Equal rows change nothing.

        Returns:
            What changed: rows added, revised, unchanged.
        """
        current = self._now(metric, entity)
        touched = set(parquet.years_of(rows)) if current and rows.num_rows else set()
        affected = [p for p in current if touched & {int(y) for y in p.years}]
        pieces = [parquet.rows_of(self.lake.rows(p)) for p in affected]
        old = pa.concat_tables(pieces) if pieces else None
        merge = merge_rows(old, rows)
        if not merge.changed:
            return merge
        if old is not None and merge.revisions.num_rows:
            self._revisions.append(_labelled(merge.revisions, metric, entity))
            self._moved += [f"{metric}/{entity}: {fact}" for fact in guard.moved_days(old, merge.revisions)]
        self._kept[metric, entity] = self._repartition(metric, entity, current, affected, merge.rows)
        return merge

    def read(self, metric: str, entity: str) -> pa.Table:
        """Return a series or table as these changes leave it so far; an absent one is an empty table."""
        found = [self.lake.rows(part) for part in self._now(metric, entity)]
        return pa.concat_tables(found) if found else parquet.SERIES_SCHEMA.empty_table()

    def recent(self, metric: str, entity: str) -> pa.Table | None:
        """Return the rows of the two newest parts of a series, or None: what came just before new rows."""
        found = self._now(metric, entity)[-2:]
        return pa.concat_tables([self.lake.rows(p) for p in found]) if found else None

    def growing_since(self, metric: str, entity: str, years: Mapping[int, int]) -> int:
        """Return the first year of the part that would grow if later rows followed some (`years`: their count in each).

        0 when every part would.
        """
        if sum(years.values()) + sum(part.rows for part in self._now(metric, entity)) <= ROWS_PER_PART:
            return 0
        total = Counter(years)
        for part in self._now(metric, entity):
            total.update({int(year): count for year, count in part.years.items()})
        return _ranges(dict(total), self.today.year)[-1][0] if total else self.today.year

    def put_table(
        self, metric: str, entity: str, table: pa.Table, *, mode: Literal["replace", "append"] = "replace"
    ) -> bool:
        """Store a table that is no series (a list, forecasts, a log) as one part; return whether it changed.

        `append` keeps what is there and adds `table` behind it; the caller has removed what is known already.
        """
        current = self._now(metric, entity)
        if mode == "append" and current:
            if not table.num_rows:
                return False
            table = pa.concat_tables([*(self.lake.rows(p) for p in current), table], promote_options="default")
        if mode == "replace":
            self._replaced.add((metric, entity))
        part = self._write(metric, entity, "all", table, years={})
        if [p.sha256 for p in current] == [part.sha256]:
            return False
        self._kept[metric, entity] = [part]
        return True

    def forget(self, parts: Iterable[Part]) -> None:
        """Leave damaged parts out: what comes in their place is read again from the archive.

        The guard still compares with what they held, so that nothing is lost in silence.
        """
        for part in parts:
            self._kept[part.key] = [p for p in self._now(*part.key) if p != part]

    def commit(self, created: dt.datetime, *, accept_shrink: bool = False) -> Manifest:
        """Write the manifest and swap `CURRENT`; return the new manifest, or the old one when nothing changed.

        Raises:
            ShrinkRefused: Rows, days, codes or series would be lost, or a settled day would be another.
            LockHeld: Another run committed since this transaction began.
        """
        if self._revisions:
            # Sorted: which series came first is a matter of the network, and equal nights give equal bytes.
            table = pa.concat_tables(self._revisions, promote_options="default")
            table = table.sort_by([(name, "ascending") for name in ("metric", "entity", "code", "ts")])
            self.put_table(REVISIONS, "log", _dated(table, self.today), mode="append")
        changed = {key: value for key, value in self._kept.items() if value != self.base.of(*key)}
        if not accept_shrink:
            self._guard(changed)
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
        retention.collect(self.lake.root, manifest)
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
        self, metric: str, entity: str, current: list[Part], affected: list[Part], merged: pa.Table
    ) -> list[Part]:
        """Cut the series into parts by rows per year, keeping every file whose years nobody touched."""
        rows_by_year = {int(y): n for p in current if p not in affected for y, n in p.years.items()}
        rows_by_year.update(parquet.years_of(merged))
        result = []
        for first, last in _ranges(rows_by_year, self.today.year):
            span = set(range(first, last + 1)) & set(rows_by_year)
            same = [p for p in current if p not in affected and {int(y) for y in p.years} == span]
            if same:
                result.append(same[0])
                continue
            pieces = [_between(merged, first, last)]
            pieces += [
                _between(parquet.rows_of(self.lake.rows(p)), first, last)
                for p in current
                if p not in affected and span & {int(y) for y in p.years}
            ]
            table = pieces[0] if len(pieces) == 1 else parquet.sort_rows(pa.concat_tables(pieces))
            stem = str(first) if first == last else f"{first}-{last}"
            years = {str(y): rows_by_year[y] for y in sorted(span)}
            result.append(self._write(metric, entity, stem, parquet.named(table, metric, entity), years))
        return result

    def _write(self, metric: str, entity: str, stem: str, table: pa.Table, years: dict[str, int]) -> Part:
        path, sha, size = parquet.write(self.lake.root / metric / entity, stem, table)
        low = high = None
        if "ts" in table.column_names and table.num_rows:
            bounds = pc.min_max(table["ts"]).as_py()
            low, high = (bounds[k].isoformat(timespec="seconds") for k in ("min", "max"))
        days = len(parquet.days_of(table)) if years else 0
        codes = pc.count_distinct(table["code"]).as_py() if years else 0
        place = Path(path).relative_to(self.lake.root).as_posix()
        return Part(metric, entity, place, table.num_rows, size, sha, low, high, years, days, codes)

    def _guard(self, changed: dict[tuple[str, str], list[Part]]) -> None:
        before = {key: self.base.of(*key) for key in self.base.keys()}  # noqa: SIM118 - a method of ours
        lost = guard.losses(before, before | changed, self._replaced) + self._moved
        if lost:
            more = f" … and {len(lost) - 5} more" if len(lost) > 5 else ""
            raise ShrinkRefused(
                f"This commit would lose data: {'; '.join(lost[:5])}{more}",
                hint="nothing was changed; if that is right, run again with --accept-shrink",
            )


def _ranges(rows_by_year: dict[int, int], current_year: int) -> list[tuple[int, int]]:
    """Group years into parts: the current year alone, closed years together up to `ROWS_PER_PART` rows.

    A pure function of the rows per year, so that a lake grown night by night and one replayed from zero agree.
    """
    ranges: list[tuple[int, int]] = []
    filled = 0
    for year in sorted(rows_by_year):
        rows = rows_by_year[year]
        closed = year < current_year
        if ranges and closed and filled and filled + rows <= ROWS_PER_PART:
            ranges[-1] = (ranges[-1][0], year)
            filled += rows
        else:
            ranges.append((year, year))
            filled = rows if closed else 0
    return ranges


def _between(table: pa.Table, first: int, last: int) -> pa.Table:
    stamps = table["ts"].cast(pa.timestamp("ms")).to_numpy()
    inside = (stamps >= np.datetime64(f"{first}-01-01")) & (stamps < np.datetime64(f"{last + 1}-01-01"))
    return table if inside.all() else table.filter(pa.array(inside))


def _labelled(table: pa.Table, metric: str, entity: str) -> pa.Table:
    for position, (name, value) in enumerate((("metric", metric), ("entity", entity))):
        table = table.add_column(position, name, pa.repeat(pa.scalar(value), table.num_rows))
    return table


def _dated(table: pa.Table, seen: dt.date) -> pa.Table:
    return table.append_column("seen", pa.repeat(pa.scalar(seen), table.num_rows))
