"""Lake and PostgreSQL side by side: for every table and month of both schemas, how many rows, and one hash over them.

Of schema `portal` the lake's rows are the measure, byte for byte; of `compat` what its queries give in DuckDB over the
same parts. Rows are put in the order of the hash of their keys, so that no collation matters; a number that differs in
its last digits, because the two added up in another order, is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from adbc_driver_manager import dbapi

from pipeline.catalog.load import Catalog
from pipeline.core.errors import MirrorError
from pipeline.core.log import progress
from pipeline.store import versions
from pipeline.store.daily import days_of
from pipeline.store.lake import Lake, Manifest
from pipeline.store.mirror_compat import READ, OldTable, old_tables
from pipeline.store.mirror_rows import shaped, whole_table
from pipeline.store.mirror_server import transaction
from pipeline.store.parts import row_schema, rows_of
from pipeline.store.sql import files_of, literal, quoted, typed

_SAME = 1e-9  # of a number: sums of doubles in another order
_BY_METRIC = ("metrica", "metric_code")
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class TableMonth:
    """One month of one table on both sides; `month` is empty where a table has no days."""

    table: str
    month: str
    rows: int
    mirrored: int
    sha256: str
    mirrored_sha256: str

    @property
    def equal(self) -> bool:
        """True when both sides hold the same."""
        return self.sha256 == self.mirrored_sha256


@dataclass
class Parity:
    """What was compared."""

    months: list[TableMonth] = field(default_factory=list)

    @property
    def wrong(self) -> list[TableMonth]:
        """The months that differ."""
        return [month for month in self.months if not month.equal]

    def __str__(self) -> str:
        tables = {month.table for month in self.months}
        rows, wrong = sum(month.rows for month in self.months), self.wrong
        told = f"{len(tables)} tables, {len(self.months)} months, {rows} rows compared: {len(wrong)} months differ"
        named = [f"\n  · {m.table} {m.month}: {m.rows} in the lake, {m.mirrored} in PostgreSQL" for m in wrong[:10]]
        return told + "".join(named)


def compare_mirror(lake: Lake, catalog: Catalog, url: str) -> Parity:
    """Compare what a reader of the mirror at `url` sees with the lake, changing nothing.

    Raises:
        MirrorError: There is no mirror, or it is of another state of the lake.
        MirrorUnreachable: The server does not answer.
    """
    with transaction(url) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT manifest_hash FROM portal.load ORDER BY load DESC LIMIT 1")
        if cursor.fetchone() != (lake.manifest().fingerprint(),):
            raise MirrorError("The mirror is of another state of the lake", hint="run ./inv mirror first")
        return _compare(cursor, lake, catalog)


def _compare(cursor: dbapi.Cursor, lake: Lake, catalog: Catalog) -> Parity:
    parity = Parity()
    with duckdb.connect() as con:
        for table, ours, query in _Sides(cursor, con, lake, lake.manifest(), catalog).pairs():
            cursor.execute(query)
            parity.months += months(table, ours, shaped(cursor.fetch_arrow_table(), ours.schema))
    return parity


@dataclass
class _Sides:
    """Both sides of each comparison."""

    cursor: dbapi.Cursor
    con: duckdb.DuckDBPyConnection
    lake: Lake
    manifest: Manifest
    catalog: Catalog

    def pairs(self) -> Iterator[tuple[str, pa.Table, str]]:
        """Yield the name of a table, the lake's rows of it, and the query of PostgreSQL's."""
        yield from self._tables()
        self._views()
        data = list(self.catalog.data_metrics())
        for metric in progress(data, len(data), "parity"):
            source = quoted(metric.id + "_versions" * metric.versioned)
            for entity in metric.entities:
                rows = rows_of(self.lake.read(metric.id, entity, self.manifest))
                rows = rows.cast(row_schema(rows))
                columns = ", ".join(rows.column_names)
                query = f"SELECT {columns} FROM portal.{source} WHERE entity = {literal(entity)}"
                yield f"portal.{metric.id}/{entity}", rows, query
        named = {part.metric for part in self.manifest.parts}
        held = [metric for metric in data if metric.id in named]
        for metric in progress(held, len(held), "parity"):
            for old in old_tables([metric]):
                if old.key[0] in _BY_METRIC:
                    yield self._old(old, f" WHERE {old.key[0]} = {literal(metric.id)}")
        rest = ", ".join(literal(name) for name in ["", *(metric.id for metric in held)])
        for old in old_tables([]):
            yield self._old(old, f" WHERE {old.key[0]} NOT IN ({rest})" if old.key[0] in _BY_METRIC else "")

    def _old(self, old: OldTable, chosen: str) -> tuple[str, pa.Table, str]:
        ours = self.con.sql(f"SELECT * FROM ({old.query}){chosen}").to_arrow_table()
        query = f"SELECT {', '.join(ours.column_names)} FROM compat.{old.name}{chosen}"
        return f"compat.{old.name}", ours, query

    def _tables(self) -> Iterator[tuple[str, pa.Table, str]]:
        """Yield the lists and the lake's own tables; DuckDB gets those that the old tables are made of."""
        self.con.execute("CREATE SCHEMA portal")
        lists = [metric.id for metric in self.catalog.lists()]
        own = {part.metric for part in self.manifest.parts if part.metric.startswith("_")}
        for name in sorted({*lists, *own, *READ}):
            parts = [part for part in self.manifest.parts if part.metric == name]
            rows = whole_table(self.lake, parts, self.catalog.metrics.get(name), READ.get(name))
            target = quoted(name.lstrip("_"))
            if name in lists or name in READ:
                self.con.register("incoming", rows)
                self.con.execute(f"CREATE TABLE main.{target} AS SELECT * FROM incoming")
                self.con.execute(f"CREATE VIEW portal.{target} AS SELECT * FROM main.{target}")
            yield f"portal.{name.lstrip('_')}", rows, f"SELECT * FROM portal.{target}"

    def _views(self) -> None:
        """Make the views of the mirror in DuckDB, over the parts of the lake."""
        versions.create_calendars(self.con, self.catalog)
        metrics = list(self.catalog.data_metrics())
        for metric in metrics:
            files = files_of(self.lake, self.manifest, metric.id)
            query = typed("entity VARCHAR, code VARCHAR, ts TIMESTAMP, value DOUBLE, quality VARCHAR", files)
            if metric.versioned:
                query = versions.create_view(self.con, metric, files, self.catalog.versions)
            self.con.execute(f"CREATE VIEW portal.{quoted(metric.id)} AS {query}")
        for metric in metrics:
            values, weights = (f"portal.{quoted(name)}" for name in (metric.id, metric.weighed_by))
            name = f"portal.{quoted(metric.id + '_daily')}"
            self.con.execute(f"CREATE VIEW {name} AS {days_of(metric, values, weights)}")


def months(table: str, ours: pa.Table, theirs: pa.Table) -> Iterator[TableMonth]:
    """Yield each month of a table, compared; both sides have the same columns."""
    first, second = _ordered(ours), _ordered(theirs)
    if np.array_equal(first.keys, second.keys):
        for name in first.numbers:
            was, now = first.frame[name].to_numpy(), second.frame[name].to_numpy()
            close = np.abs(was - now) <= _SAME * np.maximum(np.abs(was), np.abs(now))
            second.frame[name] = np.where(close, was, now)
    sides = [side.hashes() for side in (first, second)]
    for month in sorted(sides[0].keys() | sides[1].keys()):
        (rows, digest), (mirrored, other) = (side.get(month, (0, "")) for side in sides)
        yield TableMonth(table, month, rows, mirrored, digest, other)


@dataclass
class _Ordered:
    """Rows in the order of the hash of all columns that are no measured number."""

    frame: pd.DataFrame
    keys: Hashes
    numbers: Sequence[str]
    months: npt.NDArray[np.datetime64]

    def hashes(self) -> dict[str, tuple[int, str]]:
        """Return rows and sha256 by month."""
        rows = np.asarray(pd.util.hash_pandas_object(self.frame, index=False), dtype=np.uint64)
        order = np.lexsort((rows, self.months))
        names, starts = np.unique(self.months[order], return_index=True)
        pieces = np.split(rows[order], starts[1:]) if len(starts) else []
        return {
            "" if np.isnat(name) else str(name): (len(piece), hashlib.sha256(piece.tobytes()).hexdigest())
            for name, piece in zip(names, pieces, strict=True)
        }


def _ordered(table: pa.Table) -> _Ordered:
    days = [f.name for f in table.schema if pa.types.is_temporal(f.type)]
    plain = pa.schema([f.with_type(pa.timestamp("us") if f.name in days else f.type) for f in table.schema])
    frame = table.cast(plain).to_pandas()
    numbers = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    keys: Hashes = np.asarray(pd.util.hash_pandas_object(frame.drop(columns=numbers), index=False), dtype=np.uint64)
    order = np.lexsort([*(frame[name].to_numpy() for name in numbers), keys])
    frame = frame.iloc[order].reset_index(drop=True)
    there = [name for name in days if frame[name].notna().any()]
    stamps = frame[there[0]].to_numpy() if there else np.full(len(frame), "NaT", dtype="datetime64[us]")
    return _Ordered(frame, keys[order], numbers, stamps.astype("datetime64[M]"))
