"""Names and texts in SQL, and what a failing database means."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import duckdb

from pipeline.core.errors import DiskFull, PipelineError

E = TypeVar("E", bound=PipelineError)
# DuckDB has no error of its own for a full disk: for its files the text of the system, for what it puts aside another.
_FULL = ("No space left on device", "Disk quota exceeded", "failed to offload data block", "max_temp_directory_size")


def quoted(name: str) -> str:
    """Return an SQL identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def database_error(error: duckdb.Error, otherwise: E, path: Path) -> DiskFull | E:
    """Return `DiskFull` where the disk is the reason, else the error that says what failed."""
    if any(text in str(error) for text in _FULL):
        return DiskFull(
            "The disk is full", hint="free some space and run again; the last good state is intact", path=path
        )
    return otherwise
