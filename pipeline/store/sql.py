"""Names, texts, tables and views in SQL, and what a failing database means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import duckdb

from pipeline.core.errors import DiskFull, PipelineError
from pipeline.store.lake import Lake, Manifest

E = TypeVar("E", bound=PipelineError)
# DuckDB has no error of its own for a full disk: for its files the text of the system, for what it puts aside another.
_FULL = ("No space left on device", "Disk quota exceeded", "failed to offload data block", "max_temp_directory_size")


def quoted(name: str) -> str:
    """Return an SQL identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def files_of(lake: Lake, manifest: Manifest, metric: str) -> str:
    """Return the SQL list of the parts of a metric that have rows; empty when there are none."""
    paths = [literal(str(lake.path(p))) for p in manifest.parts if p.metric == metric and p.rows]
    return f"[{', '.join(paths)}]" if paths else ""


def typed(columns: str, files: str, extra: str = "", options: str = "") -> str:
    """Return a query of exactly `columns`: a column that the files lack is NULL, without files there are no rows.

    Args:
        columns: Names and types, as in CREATE TABLE.
        files: SQL list of Parquet files; empty when there are none.
        extra: Expressions beside the columns of the files.
        options: Of `read_parquet`.
    """
    pairs = [column.rsplit(" ", 1) for column in columns.split(", ")]
    source = f"SELECT {', '.join(f'NULL::{kind} AS {quoted(name)}' for name, kind in pairs)} WHERE false"
    if files:
        source += f" UNION ALL BY NAME SELECT *{extra} FROM read_parquet({files}, union_by_name=true{options})"
    chosen = ", ".join(f"{quoted(name)}::{kind} AS {quoted(name)}" for name, kind in pairs)
    return f"SELECT {chosen} FROM ({source})"


def make_table(con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[Sequence[object]] = ()) -> None:
    """Create a table of these columns (names and types, as in CREATE TABLE) with these rows."""
    con.execute(f"CREATE TABLE {name}({columns})")
    if rows:
        con.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def make_view(con: duckdb.DuckDBPyConnection, name: str, query: str, comment: str = "") -> None:
    """Create a view of a query, and say what it holds."""
    con.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS {query}")
    if comment:
        con.execute(f"COMMENT ON VIEW {quoted(name)} IS {literal(comment)}")


def database_error(error: duckdb.Error, otherwise: E, path: Path) -> DiskFull | E:
    """Return `DiskFull` where the disk is the reason, else the error that says what failed."""
    if any(text in str(error) for text in _FULL):
        return DiskFull(
            "The disk is full", hint="free some space and run again; the last good state is intact", path=path
        )
    return otherwise
