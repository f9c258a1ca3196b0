"""The database of the system before, read in chunks: PostgreSQL or the SQLite file it was moved from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
from adbc_driver_manager import dbapi

from pipeline.core.errors import SourceRefused, UsageError
from pipeline.store.mirror_server import transaction
from pipeline.store.sql import quoted

CHUNK = 50_000
#: Tables with values, and which of their columns say day, hour, metric, entity, code, value, unit. `a|b`: the first.
VALUES = {
    "metrics": ("fecha", "", "metrica", "entidad", "recurso", "valor_gwh", "unidad"),
    "metrics_hourly": ("fecha", "hora", "metrica", "entidad", "recurso", "valor_mwh", "unidad"),
    "commercial_metrics": ("fecha", "", "metric_code", "", "agente_comprador|agente_vendedor", "valor", "unidad"),
    "distribution_metrics": ("fecha", "", "metric_code", "", "agente", "valor", "unidad"),
}
#: What the portal has of its own: lists and lines come from XM and SIMEM, forecasts are made anew and kept for good.
COUNTED = ("catalogos", "lineas_transmision", "predictions")
SCHEMA = pa.schema(
    [("fecha", pa.string()), ("hora", pa.int32()), ("metric", pa.string()), ("entity", pa.string()),
     ("recurso", pa.string()), ("valor", pa.float64()), ("unidad", pa.string())]
)  # fmt: skip
_CANNOT = "the old database is only read; check the address and that it is the old system's"


class OldDatabase:
    """An open database: which tables it has, how many rows, the rows themselves as Arrow batches."""

    def __init__(self, cursor: dbapi.Cursor | sqlite3.Cursor) -> None:
        self._cursor = cursor
        self._sqlite = isinstance(cursor, sqlite3.Cursor)

    def columns(self, table: str) -> list[str]:
        """Return the columns of a table; none when it is not there."""
        if self._sqlite:
            self._cursor.execute(f"SELECT name FROM pragma_table_info('{table}')")
        else:
            self._cursor.execute(
                "SELECT attname FROM pg_attribute "
                f"WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped"
            )
        return [str(row[0]) for row in self._cursor.fetchall()]

    def count(self, table: str) -> int:
        """Return the rows of a table."""
        self._cursor.execute(f"SELECT count(*) FROM {table}")
        found = self._cursor.fetchone()
        return int(found[0]) if found else 0

    def rows(self, table: str) -> pa.RecordBatchReader:
        """Return the rows of a table with values, in the columns of `SCHEMA`; nothing holds them all at once."""
        there = set(self.columns(table))
        self._cursor.execute(f"SELECT {', '.join(self._expressions(table, there))} FROM {table}")
        if not isinstance(self._cursor, sqlite3.Cursor):
            return self._cursor.fetch_record_batch()
        return pa.RecordBatchReader.from_batches(SCHEMA, self._batches(self._cursor))

    def _expressions(self, table: str, there: set[str]) -> Iterator[str]:
        day, hour, metric, entity, code, value, unit = VALUES[table]
        found = [quoted(name) for name in code.split("|") if name in there] or ["NULL"]
        place = f"coalesce({', '.join(found)}, NULL)" if len(found) > 1 else found[0]
        number = quoted(value)
        if self._sqlite:  # any column may hold anything
            number = f"CASE WHEN typeof({number}) IN ('real', 'integer') THEN {number} END"
        kind = quoted(entity) if entity else f"CASE WHEN {place} IS NULL THEN 'Sistema' ELSE 'Agente' END"
        texts = {"fecha": quoted(day), "metric": quoted(metric), "entity": kind, "recurso": place,
                 "unidad": quoted(unit) if unit in there else "NULL"}  # fmt: skip
        for name in SCHEMA.names:
            if name == "hora":
                yield f"CAST({quoted(hour) if hour else 'NULL'} AS integer) AS hora"
            else:
                yield f"CAST({texts.get(name, number)} AS {'text' if name in texts else 'double precision'}) AS {name}"

    @staticmethod
    def _batches(cursor: sqlite3.Cursor) -> Iterator[pa.RecordBatch]:
        while chunk := cursor.fetchmany(CHUNK):
            columns = [
                pa.array(values, kind) for values, kind in zip(zip(*chunk, strict=True), SCHEMA.types, strict=True)
            ]
            yield pa.record_batch(columns, schema=SCHEMA)


@contextmanager
def opened(url: str) -> Iterator[OldDatabase]:
    """Yield the database at `url`, which is not changed.

    Raises:
        UsageError: `url` names no database that can be read.
        SourceRefused: The file is no SQLite database.
        MirrorError: PostgreSQL refuses or does not answer.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        path = Path(url.removeprefix("sqlite:///"))
        if not path.is_file():
            raise UsageError("There is no such file", hint="sqlite:///folder/file.db", path=path)
        try:
            with closing(
                sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            ) as connection:
                connection.text_factory = lambda data: data.decode("utf-8", "replace")
                yield OldDatabase(connection.cursor())
        except sqlite3.Error as error:
            raise SourceRefused(f"SQLite failed: {error}", hint=_CANNOT, path=path) from error
    elif scheme in ("postgresql", "postgres"):
        with transaction(url) as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            yield OldDatabase(cursor)
    else:
        raise UsageError("--from names no database", hint="postgresql://user@host/database or sqlite:///file.db")
