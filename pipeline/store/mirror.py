"""The PostgreSQL mirror: the lake's rows, loaded by part, in one transaction.

Readers see the rows of the last load until the new one is whole and its counts agree with the manifest. Only
parts whose hash the server does not have are sent; the same manifest twice changes nothing. Rows travel as Arrow
batches in PostgreSQL's binary COPY (ADBC).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from adbc_driver_manager import dbapi

from pipeline.catalog.load import Catalog
from pipeline.core.errors import LockHeld, MirrorError
from pipeline.core.log import get_logger, progress
from pipeline.store import mirror_ddl as ddl
from pipeline.store.lake import Lake, Manifest, Part
from pipeline.store.mirror_compat import READ, compat_views
from pipeline.store.mirror_rows import encode, same_shape, whole_table
from pipeline.store.mirror_server import transaction
from pipeline.store.sql import literal, quoted
from pipeline.store.versions import calendar_days, calendars

log = get_logger("mirror")

# Key of the advisory lock: any constant of our own; one load at a time.
LOCK = 0x504F52544C414B45
OLDEST_SERVER = 130_000
_RELATIVE = 1e-9  # of a sum of doubles taken in another order
Key = tuple[str, str]


@dataclass
class MirrorReport:
    """What a load did.

    Attributes:
        rows_loaded: Rows sent.
        rows_deleted: Rows of parts that the manifest no longer names.
        rows: Rows of the mirror now, tables included.
        parts_loaded: Parts sent.
        parts_removed: Parts taken out.
        series: Series compared with the manifest.
        views: True when views and dictionaries were made anew.
        roles: True when reader, loader and owner have their rights; None when nothing called for them.
        seconds: Time taken [s].
    """

    rows_loaded: int = 0
    rows_deleted: int = 0
    rows: int = 0
    parts_loaded: int = 0
    parts_removed: int = 0
    series: int = 0
    views: bool = False
    roles: bool | None = None
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """True when the load changed anything."""
        return bool(self.rows_loaded or self.rows_deleted or self.parts_loaded or self.parts_removed or self.views)

    def __str__(self) -> str:
        if not self.changed:
            return f"mirror is up to date: {self.rows} rows in {self.series} series"
        return (
            f"mirrored {self.rows_loaded} rows in {self.parts_loaded} parts, removed {self.rows_deleted}; "
            f"{self.rows} rows in {self.series} series, {self.seconds:.1f} s"
        )


def mirror(lake: Lake, catalog: Catalog, url: str) -> MirrorReport:
    """Make the database at `url` hold exactly what the lake's current manifest names.

    Args:
        lake: The lake.
        catalog: The declarations; views, lists and comments follow them.
        url: `postgresql://user@host/database`.

    Raises:
        UsageError: `url` is no PostgreSQL address.
        LockHeld: Another load is running.
        MirrorUnreachable: The server does not answer.
        MirrorError: The server refuses, or its counts differ; the old rows stay.
    """
    started = time.monotonic()
    with transaction(url) as cursor:
        load = _Load(cursor, lake, lake.manifest(), catalog)
        load.run()
    load.report.seconds = time.monotonic() - started
    return load.report


@dataclass
class _Load:
    """One load, inside its transaction."""

    cursor: dbapi.Cursor
    lake: Lake
    manifest: Manifest
    catalog: Catalog
    report: MirrorReport = field(default_factory=MirrorReport)
    stamp: str = ""
    _sums: dict[int, tuple[int, float]] = field(default_factory=dict)
    _structure: bool = False
    """Something was made that roles need rights over."""

    def run(self) -> None:
        """Do it: rows first, then what locks readers out for a moment, then the counts."""
        self._lock()
        known = {
            str(row[0]): row for row in self._rows("SELECT path, part, metric, entity, rows, sha256 FROM portal.part")
        }
        wanted = {part.path: part for part in self.manifest.parts}
        gone = [row for path, row in known.items() if path not in wanted or wanted[path].sha256 != row[5]]
        new = [part for path, part in wanted.items() if path not in known or known[path][5] != part.sha256]
        last = self._rows("SELECT catalog_hash, manifest_hash FROM portal.load ORDER BY load DESC LIMIT 1")
        numbers = self._series_numbers()
        batches = [*ddl.views(self.catalog, numbers), *compat_views(self.catalog)]
        self.stamp = hashlib.sha256(f"{self.catalog.fingerprint}{batches}".encode()).hexdigest()
        fresh_catalog = not last or last[0][0] != self.stamp
        touched = {(str(row[2]), str(row[3])) for row in gone} | {(part.metric, part.entity) for part in new}
        self._remove(gone, numbers)
        self._load_series([part for part in new if not self._is_table(part.metric)], numbers)
        tables = {metric for metric, _ in touched if self._is_table(metric)}
        if fresh_catalog:
            self._dictionaries()
            tables |= {metric.id for metric in self.catalog.lists()} | READ.keys()
        self._load_tables(sorted(tables), [part for part in new if self._is_table(part.metric)])
        if self.report.views:
            for batch in batches:
                self.cursor.execute(ddl.block(batch))
        self._compare({key: numbers[key] for key in touched if not self._is_table(key[0])})
        self._finish(bool(gone or new) or fresh_catalog)

    def _lock(self) -> None:
        for statement in ("SET LOCAL client_min_messages = warning", "SET LOCAL search_path = pg_catalog"):
            self.cursor.execute(statement)
        if not self._rows(f"SELECT pg_try_advisory_xact_lock({LOCK})")[0][0]:
            raise LockHeld("Another load of the mirror is running", hint="wait for it to end, then run again")
        if int(self._rows("SELECT current_setting('server_version_num')")[0][0]) < OLDEST_SERVER:
            raise MirrorError("PostgreSQL 13 is the oldest that can hold the mirror", hint="use a newer server")
        there = self._rows("SELECT to_regclass('portal.schema_version') IS NOT NULL")[0][0]
        version = int(self._rows("SELECT coalesce(max(version), 0) FROM portal.schema_version")[0][0]) if there else 0
        if version > len(ddl.MIGRATIONS):
            raise MirrorError(
                "A later release made this mirror",
                hint="update this portal",
                version=version,
                known=len(ddl.MIGRATIONS),
            )
        for number, statements in enumerate(ddl.MIGRATIONS[version:], version + 1):
            self.cursor.execute(ddl.block(statements))
            self.cursor.execute(f"INSERT INTO portal.schema_version (version) VALUES ({number})")
            self._structure = True

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.cursor.execute(sql)
        return list(self.cursor.fetchall())

    def _is_table(self, metric: str) -> bool:
        """Return True for what is no series: the lists, and the lake's own tables (`_forecast_value` …)."""
        declared = self.catalog.metrics.get(metric)
        return metric.startswith("_") or (declared is not None and declared.grain == "list")

    def _series_numbers(self) -> dict[Key, int]:
        """Return the number of every series, giving numbers to new ones; a number never changes."""
        numbers = {
            (str(m), str(e)): int(n) for n, m, e in self._rows("SELECT series, metric, entity FROM portal.series")
        }
        declared = [(s.metric, s.entity) for s in self.catalog.series()]
        asked = [*declared, *self.manifest.keys()]
        fresh = sorted({key for key in asked if key not in numbers and not self._is_table(key[0])})
        first = max(numbers.values(), default=0) + 1
        numbers.update({key: first + place for place, key in enumerate(fresh)})
        if fresh:
            rows = {
                "series": pa.array([numbers[key] for key in fresh], pa.int16()),
                "metric": pa.array([metric for metric, _ in fresh], pa.string()),
                "entity": pa.array([entity for _, entity in fresh], pa.string()),
            }
            self._send("portal", "series", pa.table(rows))
        return numbers

    def _remove(self, gone: Sequence[tuple[Any, ...]], numbers: dict[Key, int]) -> None:
        """Delete the rows of parts that the manifest no longer names."""
        for _path, part, metric, entity, rows, _sha in gone:
            if not self._is_table(str(metric)):
                table = ddl.partition(numbers[str(metric), str(entity)])
                self.cursor.execute(f"DELETE FROM portal_data.{table} WHERE part = {int(part)}")
            self.report.rows_deleted += int(rows)
            self.cursor.execute(f"DELETE FROM portal.part WHERE part = {int(part)}")
        self.report.parts_removed = len(gone)

    def _load_series(self, new: Sequence[Part], numbers: dict[Key, int]) -> None:
        """Send new parts; a series seen for the first time is indexed after it is filled."""
        there = {str(row[0]) for row in self._rows("SELECT tablename FROM pg_tables WHERE schemaname = 'portal_data'")}
        codes = {str(code): int(number) for number, code in self._rows("SELECT code_no, code FROM portal.code")}
        waiting: dict[int, str] = {}
        for part, number in zip(progress(new, len(new), "mirror"), self._part_numbers(len(new)), strict=True):
            series = numbers[part.metric, part.entity]
            if ddl.partition(series) not in there:
                self.cursor.execute(ddl.new_partition(series))
                self._structure = True
                there.add(ddl.partition(series))
                waiting[series] = f"{part.metric}/{part.entity}"
            rows, fresh = encode(self.lake.rows(part), part.path, series, number, codes)
            if fresh.num_rows:
                self._send("portal", "code", fresh)
            self._send("portal_data", ddl.partition(series), rows)
            self._sums[number] = (rows.num_rows, float(pc.sum(rows["value"]).as_py() or 0.0))
            self._note(part, number)
        for series, key in waiting.items():
            declared = self.catalog.metrics.get(key.partition("/")[0])
            versioned = declared is not None and declared.versioned
            self.cursor.execute(ddl.block(ddl.attach(series, key, versioned=versioned)))

    def _load_tables(self, names: Sequence[str], new: Sequence[Part]) -> None:
        """Make the lists and the lake's own tables anew where any of their parts changed."""
        fresh = {part.path for part in new}
        for part, number in zip(new, self._part_numbers(len(new)), strict=True):
            self._note(part, number)
        for name in names:
            found = [part for part in self.manifest.parts if part.metric == name]
            metric = self.catalog.metrics.get(name)
            if metric is None and name not in READ and not any(part.rows for part in found):
                continue
            rows = whole_table(self.lake, found, metric, READ.get(name))
            target = name.lstrip("_")
            self._replace(target, rows)
            comment = f"{metric.title}. {metric.definition}" if metric else target
            if self._structure:
                self.cursor.execute(f"COMMENT ON TABLE portal.{quoted(target)} IS {literal(comment)}")
            stored = int(self._rows(f"SELECT count(*) FROM portal.{quoted(target)}")[0][0])
            if stored != sum(part.rows for part in found):
                raise MirrorError("A table differs from the lake", hint="run ./inv mirror again", table=name)
            self.report.rows_loaded += sum(part.rows for part in found if part.path not in fresh)
            if name in calendars(self.catalog):
                self._load_calendar(name, rows)

    def _load_calendar(self, name: str, listed: pa.Table) -> None:
        """Say of each day which version is in force, for the views that choose one."""
        self.cursor.execute(f"DELETE FROM portal_data.version_day WHERE calendar = {literal(name)}")
        days = calendar_days(listed)
        if days.num_rows:
            column = pa.array([name] * days.num_rows, pa.string())
            self._send("portal_data", "version_day", days.append_column("calendar", column))

    def _replace(self, table: str, rows: pa.Table) -> None:
        """Put other rows into a table; only one of another shape is made anew, under the views that read it."""
        if self._rows(f"SELECT to_regclass({literal(f'portal.{quoted(table)}')}) IS NOT NULL")[0][0]:
            self.cursor.execute(f"SELECT * FROM portal.{quoted(table)} LIMIT 0")
            if same_shape(self.cursor.fetch_arrow_table().schema, rows.schema):
                self.cursor.execute(f"DELETE FROM portal.{quoted(table)}")
                self._send("portal", table, rows)
                return
            self._drop_views()
        self._structure = True
        self._send("portal", table, rows, anew=True)

    def _drop_views(self) -> None:
        """Take every view away, to be made anew at the end."""
        if self.report.views:
            return
        self.report.views = self._structure = True
        order = "schemaname, viewname LIKE '%\\_daily' DESC"  # what reads others first
        listed = f"SELECT schemaname, viewname FROM pg_views WHERE schemaname IN ('compat', 'portal') ORDER BY {order}"
        for schema, name in self._rows(listed):
            self.cursor.execute(f"DROP VIEW {schema}.{quoted(str(name))}")

    def _dictionaries(self) -> None:
        """Make the dictionaries anew, and every view: the catalogue has changed, or what makes views of it."""
        texts = {"id", "title", "definition", "theme", "grain", "kind", "lag_days", "source"}
        metrics = [m.model_dump(include=texts) | {"unit": m.unit.stored} for m in self.catalog.metrics.values()]
        texts = {"id", "label", "plural", "description"}
        entities = [e.model_dump(include=texts) for e in self.catalog.entities.values()]
        for name, rows in (("metric", metrics), ("entity", entities)):
            self.cursor.execute(f"DELETE FROM portal.{name}")
            if rows:
                shape = pa.schema([(key, pa.int32() if key == "lag_days" else pa.string()) for key in rows[0]])
                self._send("portal", name, pa.Table.from_pylist(rows, shape))
        self._drop_views()

    def _compare(self, touched: dict[Key, int]) -> None:
        """Compare what is stored with the manifest: rows per series, rows and sum per new part.

        Raises:
            MirrorError: They differ; nothing of the load is kept.
        """
        for key, series in sorted(touched.items()):
            table, parts = f"portal_data.{ddl.partition(series)}", self.manifest.of(*key)
            expected = sum(part.rows for part in parts)
            found = self._rows(f"SELECT part, count(*), sum(value) FROM {table} GROUP BY part") if parts else []
            stored = sum(int(row[1]) for row in found)
            wrong = any(
                not _same(self._sums[part], (int(rows), float(total)))
                for part, rows, total in found
                if part in self._sums
            )
            if stored != expected or wrong:
                raise MirrorError(
                    "The mirror differs from the lake; the rows of the last load stay",
                    hint="run ./inv verify, then ./inv mirror",
                    series="/".join(key),
                    expected=expected,
                    stored=stored,
                )
            self.cursor.execute(f"ANALYZE {table}")

    def _finish(self, changed: bool) -> None:
        """Give the roles their rights over what is new, and write down the load."""
        if self._structure:
            self.report.roles = self._grant()
        if changed:
            self.cursor.execute(
                "INSERT INTO portal.load (manifest_version, manifest_hash, catalog_hash) VALUES "
                f"({self.manifest.version}, {literal(self.manifest.fingerprint())}, {literal(self.stamp)})"
            )
        self.report.series = len({(p.metric, p.entity) for p in self.manifest.parts if not self._is_table(p.metric)})
        self.report.rows = sum(p.rows for p in self.manifest.parts)

    def _grant(self) -> bool:
        """Make the roles and give them their rights; where this user may not, say so and go on."""
        for statement in ddl.roles():
            self.cursor.execute(statement)
        done = bool(self._rows(ddl.OWNED)[0][0])
        if not done:
            log.warning("roles not made, or not given all: this user may not", roles=ddl.ROLES)
        return done

    def _part_numbers(self, count: int) -> range:
        first = int(self._rows("SELECT coalesce(max(part), 0) + 1 FROM portal.part")[0][0])
        return range(first, first + count)

    def _note(self, part: Part, number: int) -> None:
        """Write down a loaded part."""
        row = {
            "part": pa.array([number], pa.int32()),
            "path": [part.path],
            "sha256": [part.sha256],
            "metric": [part.metric],
            "entity": [part.entity],
            "rows": pa.array([part.rows], pa.int64()),
        }
        self._send("portal", "part", pa.table(row))
        self.report.parts_loaded += 1
        self.report.rows_loaded += part.rows

    def _send(self, schema: str, table: str, rows: pa.Table, *, anew: bool = False) -> None:
        """COPY rows into a table, or `anew` into one of their shape; names and texts travel as data, never as SQL."""
        self.cursor.adbc_ingest(table, rows, mode="replace" if anew else "append", db_schema_name=schema)


def _same(sent: tuple[int, float], stored: tuple[int, float]) -> bool:
    return sent[0] == stored[0] and abs(sent[1] - stored[1]) <= _RELATIVE * max(1.0, abs(sent[1]), abs(stored[1]))
