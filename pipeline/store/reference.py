"""Reference data in the warehouse: the small sourced files of `data/reference` as typed, commented tables.

`catalog/reference.yml` declares them. They are always made, so that a view over them never fails; without the folder
they are empty and the pages say that the map has no data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from pipeline.catalog.load import reference_tables
from pipeline.catalog.schema import ReferenceTable
from pipeline.core.errors import StoreError
from pipeline.store.sql import database_error, literal, make_table, quoted


def load_reference(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Create the tables `ref_*` and fill them from `folder`.

    Args:
        con: The warehouse being made.
        folder: `data/reference`; when it is missing the tables stay empty.

    Raises:
        StoreError: The folder is there but a file is missing or has other columns.
    """
    for reference in reference_tables():
        columns = ", ".join(f"{quoted(name)} {kind}" for name, (kind, _) in reference.columns.items())
        make_table(con, reference.table, columns)
        con.execute(f"COMMENT ON TABLE {reference.table} IS {literal(reference.comment)}")
        for name, (_, meaning) in reference.columns.items():
            con.execute(f"COMMENT ON COLUMN {reference.table}.{quoted(name)} IS {literal(meaning)}")
        if folder.is_dir():
            _fill(con, reference, folder / reference.file)


def _fill(con: duckdb.DuckDBPyConnection, reference: ReferenceTable, path: Path) -> None:
    names = ", ".join(quoted(name) for name in reference.columns)
    try:
        if path.suffix == ".geojson":
            marks = ", ".join("?" * len(reference.columns))
            con.executemany(f"INSERT INTO {reference.table} VALUES ({marks})", list(_features(path)))
        else:
            read = "read_csv" if path.suffix == ".csv" else "read_parquet"
            con.execute(f"INSERT INTO {reference.table} SELECT {names} FROM {read}({literal(str(path))})")
    except (OSError, KeyError, ValueError, duckdb.Error) as error:
        fault = StoreError(f"Reference data cannot be read: {error}", hint="restore the file from git", file=path.name)
        raise database_error(error, fault, path) if isinstance(error, duckdb.Error) else fault from error


def _features(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield name, ISO code and path of each feature of a GeoJSON file of polygons."""
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        shape, about = feature["geometry"], feature["properties"]
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings = [",".join(f"{lon:g} {lat:g}" for lon, lat in ring) for polygon in polygons for ring in polygon]
        yield about["name"], about["iso"], ";".join(rings)
