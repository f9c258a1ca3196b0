"""Language models that did not answer tonight: the stage of the texts leaves them for the page *Estado*.

They are of a run and of nothing else: no other night rests on them, so that they lie beside its report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import duckdb

from pipeline.core.paths import Paths
from pipeline.store.atomic import write_json


def _file(paths: Paths) -> Path:
    return paths.reports / "models.json"


def keep_faults(paths: Paths, faults: Iterable[tuple[str, str]]) -> None:
    """Write which models did not answer in this run and why, as a code of `core/reasons.yml`."""
    write_json(_file(paths), [{"model": model, "reason": code} for model, code in faults])


def create_model_faults(con: duckdb.DuckDBPyConnection, paths: Paths | None = None) -> None:
    """Create `model_fault`: model, reason.

    Args:
        con: The warehouse or, with `paths`, a connection that only reads it: its own table then stands before the
            warehouse's, which is older than the texts.
        paths: Where the run left them; none for an empty table.
    """
    con.execute(f"CREATE OR REPLACE {'TEMP ' if paths else ''}TABLE model_fault (model VARCHAR, reason VARCHAR)")
    if paths and _file(paths).is_file():
        told = json.loads(_file(paths).read_text(encoding="utf-8"))
        for fault in told:
            con.execute("INSERT INTO temp.model_fault VALUES (?, ?)", [fault["model"], fault["reason"]])
