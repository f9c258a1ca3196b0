"""The lake: immutable Parquet parts, a manifest that names them, and one atomic pointer, `CURRENT`.

What the manifest does not name did not happen. A transaction writes parts as they come (nobody reads them yet),
then a new manifest, then swaps `CURRENT`; a crash before that leaves the old lake, after it the new one. Readers
open only what the manifest names. One writer at a time; a second one is turned away at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from filelock import FileLock, Timeout

from pipeline.core.errors import LockHeld, PartCorrupt, ShrinkRefused
from pipeline.store import parts as parquet
from pipeline.store.atomic import TEMP_PREFIX, write_bytes, write_json
from pipeline.store.merge import Merge, merge_rows

ROWS_PER_PART = 1_500_000  # about 8 MB: few requests for a browser, little to rewrite in a night
REVISIONS = "_revisions"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Part:
    """One file of the lake, as the manifest names it."""

    metric: str
    entity: str
    path: str
    rows: int
    bytes: int
    sha256: str
    min_ts: str | None
    max_ts: str | None
    years: dict[str, int]

    def as_json(self) -> dict[str, object]:
        """Return the manifest entry."""
        return dict(vars(self))


@dataclass(frozen=True)
class Manifest:
    """One state of the lake."""

    version: int
    parent: str | None
    created: str
    parts: tuple[Part, ...] = ()

    def of(self, metric: str, entity: str) -> list[Part]:
        """Return the parts of a series, oldest first."""
        return [p for p in self.parts if p.metric == metric and p.entity == entity]

    def keys(self) -> list[tuple[str, str]]:
        """Return every (metric, entity) that has a part."""
        return sorted({(p.metric, p.entity) for p in self.parts})

    def fingerprint(self, metric: str | None = None) -> str:
        """Return a hash of the content of one metric, or of the whole lake."""
        chosen = sorted(p.sha256 for p in self.parts if metric is None or p.metric == metric)
        return hashlib.sha256("".join(chosen).encode()).hexdigest()

    def as_json(self) -> dict[str, object]:
        """Return the document that is written, and published as `datos/manifest.json`."""
        return {
            "schema": SCHEMA_VERSION,
            "version": self.version,
            "parent": self.parent,
            "created": self.created,
            "parts": [p.as_json() for p in self.parts],
        }


EMPTY = Manifest(version=0, parent=None, created="")


class Lake:
    """A lake under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def manifest(self) -> Manifest:
        """Return the current manifest; an absent lake is an empty one.

        Raises:
            PartCorrupt: `CURRENT` or the manifest it names cannot be read.
        """
        pointer = self.root / "CURRENT"
        if not pointer.exists():
            return EMPTY
        path = self.root / pointer.read_text().strip()
        try:
            document: dict[str, Any] = json.loads(path.read_text())
            return Manifest(
                document["version"],
                document["parent"],
                document["created"],
                tuple(Part(**part) for part in document["parts"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PartCorrupt(
                "The lake's manifest cannot be read",
                hint="run ./inv restore --from a published portal",
                path=path,
            ) from error

    def path(self, part: Part) -> Path:
        """Return where a part lies."""
        return self.root / part.path

    def read(self, metric: str, entity: str, manifest: Manifest | None = None) -> pa.Table:
        """Return all rows of a series or table, oldest part first; an absent one is an empty table."""
        found = [parquet.read(self.path(part)) for part in (manifest or self.manifest()).of(metric, entity)]
        return pa.concat_tables(found) if found else parquet.SERIES_SCHEMA.empty_table()

    def verify(self) -> list[str]:
        """Return one line per file that is missing or differs from its hash."""
        faults = []
        for part in self.manifest().parts:
            path = self.path(part)
            if not path.exists():
                faults.append(f"{part.path}: missing")
            elif parquet.sha256(path) != part.sha256:
                faults.append(f"{part.path}: bytes differ from the manifest")
        return faults

    def adopt(self, part: Part, data: bytes) -> None:
        """Keep the bytes of a part that came from elsewhere, if they are the part's.

        Raises:
            PartCorrupt: The bytes differ from the manifest.
        """
        if hashlib.sha256(data).hexdigest() != part.sha256:
            raise PartCorrupt("A part differs from its manifest", hint="restore from another copy", path=part.path)
        path = self.path(part)
        if not path.exists() or parquet.sha256(path) != part.sha256:
            write_bytes(path, data)

    def put_in_use(self, manifest: Manifest) -> None:
        """Write a manifest whose parts are all here and swap `CURRENT` to it."""
        name = f"manifest-{manifest.version}.json"
        write_json(self.root / name, manifest.as_json())
        write_bytes(self.root / "CURRENT", f"{name}\n".encode())

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock; it dies with the process.

        Raises:
            LockHeld: Another run is writing.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / ".lock")
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise LockHeld(
                "Another run is writing to the lake",
                hint="wait for it to end, then run again",
                lake=self.root,
            ) from error
        try:
            yield
        finally:
            lock.release()

    def transaction(self, today: dt.date) -> Transaction:
        """Return a transaction on the state as it is now; call it under `writing()`."""
        return Transaction(self, self.manifest(), today)


@dataclass
class Transaction:
    """Changes being prepared. Nothing counts until `commit`."""

    lake: Lake
    base: Manifest
    today: dt.date
    _kept: dict[tuple[str, str], list[Part]] = field(default_factory=dict)
    _revisions: list[pa.Table] = field(default_factory=list)

    def upsert(self, metric: str, entity: str, rows: pa.Table) -> Merge:
        """Merge `rows` (columns code, ts, value, quality; key code + ts) into a series.

        A series kept in every settlement version has a column `version` too, which is part of its key.

        Only the parts that hold a touched year are read or rewritten. Equal rows change nothing.

        Returns:
            What changed: rows added, revised, unchanged.
        """
        current = self._kept.get((metric, entity), self.base.of(metric, entity))
        touched = set(parquet.years_of(rows)) if rows.num_rows else set()
        affected = [p for p in current if touched & {int(y) for y in p.years}]
        old = [parquet.rows_of(parquet.read(self.lake.path(p))) for p in affected]
        merge = merge_rows(pa.concat_tables(old) if old else None, rows)
        if not merge.changed:
            return merge
        if merge.revisions.num_rows:
            self._revisions.append(_labelled(merge.revisions, metric, entity))
        self._kept[metric, entity] = self._repartition(metric, entity, current, affected, merge.rows)
        return merge

    def recent(self, metric: str, entity: str) -> pa.Table | None:
        """Return the rows of the two newest parts of a series, or None: what came just before new rows."""
        found = self.base.of(metric, entity)[-2:]
        return pa.concat_tables([parquet.read(self.lake.path(p)) for p in found]) if found else None

    def put_table(
        self, metric: str, entity: str, table: pa.Table, *, mode: Literal["replace", "append"] = "replace"
    ) -> bool:
        """Store a table that is no series (a list, forecasts, a log) as one part; return whether it changed.

        `append` keeps what is there and adds `table` behind it; the caller has removed what is known already.
        """
        current = self._kept.get((metric, entity), self.base.of(metric, entity))
        if mode == "append" and current:
            if not table.num_rows:
                return False
            table = pa.concat_tables(
                [*(parquet.read(self.lake.path(p)) for p in current), table], promote_options="default"
            )
        part = self._write(metric, entity, "all", table, years={})
        if [p.sha256 for p in current] == [part.sha256]:
            return False
        self._kept[metric, entity] = [part]
        return True

    def commit(self, created: dt.datetime, *, accept_shrink: bool = False) -> Manifest:
        """Write the manifest and swap `CURRENT`; return the new manifest, or the old one when nothing changed.

        Raises:
            ShrinkRefused: A series would lose rows.
        """
        if self._revisions:
            self.put_table(REVISIONS, "log", _dated(_stacked(self._revisions), self.today), mode="append")
        changed = {key: value for key, value in self._kept.items() if value != self.base.of(*key)}
        if not changed:
            return self.base
        if not accept_shrink:
            self._guard(changed)
        kept = [p for p in self.base.parts if (p.metric, p.entity) not in changed]
        parts = sorted(
            [*kept, *(p for value in changed.values() for p in value)],
            key=lambda p: (p.metric, p.entity, p.path),
        )
        parent = f"manifest-{self.base.version}.json" if self.base.version else None
        manifest = Manifest(self.base.version + 1, parent, created.isoformat(timespec="seconds"), tuple(parts))
        self.lake.put_in_use(manifest)
        self._sweep(manifest)
        return manifest

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
                _between(parquet.rows_of(parquet.read(self.lake.path(p))), first, last)
                for p in current
                if p not in affected and span & {int(y) for y in p.years}
            ]
            table = parquet.sort_rows(pa.concat_tables(pieces))
            stem = str(first) if first == last else f"{first}-{last}"
            years = {str(y): rows_by_year[y] for y in sorted(span)}
            result.append(self._write(metric, entity, stem, _labelled(table, metric, entity), years))
        return result

    def _write(self, metric: str, entity: str, stem: str, table: pa.Table, years: dict[str, int]) -> Part:
        path, sha, size = parquet.write(self.lake.root / metric / entity, stem, table)
        low = high = None
        if "ts" in table.column_names and table.num_rows:
            bounds = pc.min_max(table["ts"]).as_py()
            low, high = (bounds[k].isoformat(timespec="seconds") for k in ("min", "max"))
        return Part(
            metric,
            entity,
            path.relative_to(self.lake.root).as_posix(),
            table.num_rows,
            size,
            sha,
            low,
            high,
            years,
        )

    def _guard(self, changed: dict[tuple[str, str], list[Part]]) -> None:
        for (metric, entity), new in changed.items():
            before = sum(p.rows for p in self.base.of(metric, entity) if p.years)
            after = sum(p.rows for p in new)
            if after < before:
                raise ShrinkRefused(
                    f"This commit would take {metric}/{entity} from {before} to {after} rows",
                    hint="if that is right, run again with --accept-shrink",
                )

    def _sweep(self, manifest: Manifest) -> None:
        """Delete temporary files and parts that neither this manifest nor its parent names."""
        keep = {p.path for p in manifest.parts} | {p.path for p in self.base.parts}
        for path in self.lake.root.rglob("*"):
            if path.name.startswith(TEMP_PREFIX) or (
                path.suffix == ".parquet" and path.relative_to(self.lake.root).as_posix() not in keep
            ):
                path.unlink(missing_ok=True)


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
    year = pc.year(table["ts"])
    return table.filter(pc.and_(pc.greater_equal(year, first), pc.less_equal(year, last)))


def _labelled(table: pa.Table, metric: str, entity: str) -> pa.Table:
    for position, (name, value) in enumerate((("metric", metric), ("entity", entity))):
        table = table.add_column(position, name, pa.array([value] * table.num_rows, pa.string()))
    return table


def _stacked(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables, promote_options="default")


def _dated(table: pa.Table, seen: dt.date) -> pa.Table:
    return table.append_column("seen", pa.array([seen] * table.num_rows, pa.date32()))
