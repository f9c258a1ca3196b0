"""Reference data: what the repository carries is what its README says, and it becomes typed tables."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import duckdb
import pytest

from pipeline.catalog.load import reference_tables
from pipeline.core.errors import StoreError
from pipeline.core.paths import ROOT
from pipeline.store.reference import load_reference

FOLDER = ROOT / "data" / "reference"


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """Return a database that holds the reference tables."""
    connection = duckdb.connect()
    load_reference(connection, FOLDER)
    return connection


def test_readme_names_every_file_with_its_hash() -> None:
    """Source, licence, date and sha256 of each file are written down; together they stay under 600 KB."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| `([\w.]+)` \|.*`([0-9a-f]{64})` \|$", text, re.MULTILINE))
    files = {
        path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in {".parquet", ".geojson", ".csv"}
    }
    assert said == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert sum(map(len, files.values())) <= 600_000


def test_tables_are_typed_commented_and_full(con: duckdb.DuckDBPyConnection) -> None:
    """Every declared table and column is there, with its meaning, and holds the rows the README counts."""
    counts = {r.table: con.execute(f"SELECT count(*) FROM {r.table}").fetchall()[0][0] for r in reference_tables()}
    assert counts == {
        "ref_assistant_question": 200, "ref_department": 33, "ref_line": 929, "ref_substation": 509, "ref_unit": 794,
    }  # fmt: skip
    silent = con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE starts_with(table_name, 'ref_') AND comment IS NULL"
    ).fetchall()
    assert silent == []


def test_departments_of_paratec_are_on_the_map(con: duckdb.DuckDBPyConnection) -> None:
    """No substation or unit lies in a department without an outline."""
    lost = con.execute(
        "SELECT DISTINCT department FROM (SELECT department FROM ref_substation UNION SELECT department FROM ref_unit) "
        "WHERE department IS NOT NULL AND upper(strip_accents(department)) NOT IN "
        "(SELECT upper(strip_accents(name)) FROM ref_department)"
    ).fetchall()
    assert lost == []


def test_outline_is_a_list_of_closed_rings(con: duckdb.DuckDBPyConnection) -> None:
    """Each ring of a department ends where it begins, inside Colombia."""
    for (path,) in con.execute("SELECT path FROM ref_department").fetchall():
        for ring in path.split(";"):
            points = [tuple(map(float, pair.split())) for pair in ring.split(",")]
            assert points[0] == points[-1]
            assert all(-82 < lon < -66 and -4.5 < lat < 14 for lon, lat in points)


def test_without_the_folder_the_tables_are_empty(tmp_path: Path) -> None:
    """Views over the reference tables work on a checkout without the files; a lost file is named."""
    with duckdb.connect() as connection:
        load_reference(connection, tmp_path / "none")
        assert connection.execute("SELECT count(*) FROM ref_line").fetchall() == [(0,)]
    (tmp_path / "departments.geojson").write_bytes((FOLDER / "departments.geojson").read_bytes())
    with duckdb.connect() as connection, pytest.raises(StoreError, match=r"Reference data") as failure:
        load_reference(connection, tmp_path)
    assert failure.value.context["file"] == "lines.parquet"
