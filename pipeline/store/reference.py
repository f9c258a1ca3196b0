"""Reference data in the warehouse: the small sourced files of `data/reference` as typed, commented tables.

What each file is, its source, licence, date and sha256 stand in `data/reference/README.md`. The tables are always made,
so that a view over them never fails; without the folder they are empty and the pages say that the map has no data.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline.core.errors import StoreError
from pipeline.store.sql import database_error, literal, quoted

PARATEC = "PARATEC (XM), 2026-10-20"


@dataclass(frozen=True)
class Reference:
    """A reference table.

    Attributes:
        table: Name in the warehouse.
        file: Name in `data/reference`.
        comment: What a row is, and its source.
        columns: Name, SQL type and meaning of each column.
    """

    table: str
    file: str
    comment: str
    columns: tuple[tuple[str, str, str], ...]


REFERENCES = (
    Reference(
        "ref_department",
        "departments.geojson",
        "A department of Colombia, or Bogotá (Natural Earth 10m admin-1, public domain)",
        (
            ("name", "VARCHAR", "Name in Spanish"),
            ("iso", "VARCHAR", "ISO 3166-2 code"),
            ("path", "VARCHAR", "Rings `lon lat,lon lat`, parted by `;` [degrees]"),
        ),
    ),
    Reference(
        "ref_line",
        "lines.parquet",
        f"A transmission line in service or on trial ({PARATEC})",
        (
            ("name", "VARCHAR", "Both ends, circuit and voltage"),
            ("operator", "VARCHAR", "Company that operates it"),
            ("state", "VARCHAR", "In operation or on trial, in Spanish"),
            ("in_service", "DATE", "Commissioning; 1 January often stands for an unknown day"),
            ("use", "VARCHAR", "Use as XM files it (`Uso STN`, `Uso STR`, `Carga` ...)"),
            ("kind", "VARCHAR", "Overhead, underground or mixed, in Spanish"),
            ("subarea", "VARCHAR", "Operating sub-area of XM"),
            ("kilovolts", "DOUBLE", "Rated voltage [kV]"),
            ("amperes", "DOUBLE", "Rated current [A]"),
            ("kilometres", "DOUBLE", "Length of the circuit [km]"),
            ("lon1", "DOUBLE", "Longitude of one end [degrees]"),
            ("lat1", "DOUBLE", "Latitude of one end [degrees]"),
            ("lon2", "DOUBLE", "Longitude of the other end [degrees]"),
            ("lat2", "DOUBLE", "Latitude of the other end [degrees]"),
        ),
    ),
    Reference(
        "ref_substation",
        "substations.parquet",
        f"A substation ({PARATEC})",
        (
            ("name", "VARCHAR", "Name"),
            ("department", "VARCHAR", "Department, in capitals; none abroad"),
            ("municipality", "VARCHAR", "Municipality, in capitals"),
            ("subarea", "VARCHAR", "Operating sub-area of XM"),
            ("state", "VARCHAR", "In operation or on trial, in Spanish"),
            ("kilovolts", "DOUBLE", "Highest voltage [kV]"),
            ("levels", "VARCHAR", "All its voltages, highest first [kV]"),
            ("lon", "DOUBLE", "Longitude [degrees]"),
            ("lat", "DOUBLE", "Latitude [degrees]"),
        ),
    ),
    Reference(
        "ref_unit",
        "units.parquet",
        f"A generating unit ({PARATEC})",
        (
            ("technology", "VARCHAR", "HIDRAULICA, TERMICA, SOLAR or EOLICA"),
            ("plant", "VARCHAR", "Plant that it belongs to"),
            ("unit", "VARCHAR", "Name of the unit"),
            ("operator", "VARCHAR", "Company that operates it"),
            ("state", "VARCHAR", "In operation or on trial, in Spanish"),
            ("in_service", "DATE", "Commissioning"),
            ("connection", "VARCHAR", "Substation and voltage where it meets the network"),
            ("mw", "DOUBLE", "Greatest power [MW]"),
            ("department", "VARCHAR", "Department, in capitals"),
            ("municipality", "VARCHAR", "Municipality, in capitals"),
            ("fuel", "VARCHAR", "Main fuel of a thermal unit"),
            ("lon", "DOUBLE", "Longitude of solar and wind plants [degrees]"),
            ("lat", "DOUBLE", "Latitude of solar and wind plants [degrees]"),
        ),
    ),
)


def load_reference(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Create the tables `ref_*` and fill them from `folder`.

    Args:
        con: The warehouse being made.
        folder: `data/reference`; when it is missing the tables stay empty.

    Raises:
        StoreError: The folder is there but a file is missing or has other columns.
    """
    for reference in REFERENCES:
        table = quoted(reference.table)
        con.execute(f"CREATE TABLE {table}({', '.join(f'{quoted(n)} {t}' for n, t, _ in reference.columns)})")
        con.execute(f"COMMENT ON TABLE {table} IS {literal(reference.comment)}")
        for name, _, meaning in reference.columns:
            con.execute(f"COMMENT ON COLUMN {table}.{quoted(name)} IS {literal(meaning)}")
        if folder.is_dir():
            _fill(con, reference, folder / reference.file)


def _fill(con: duckdb.DuckDBPyConnection, reference: Reference, path: Path) -> None:
    names = ", ".join(quoted(name) for name, _, _ in reference.columns)
    try:
        if path.suffix == ".geojson":
            marks = ", ".join("?" * len(reference.columns))
            con.executemany(f"INSERT INTO {quoted(reference.table)} VALUES ({marks})", list(_features(path)))
        else:
            con.execute(f"INSERT INTO {quoted(reference.table)} SELECT {names} FROM read_parquet({literal(str(path))})")
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
