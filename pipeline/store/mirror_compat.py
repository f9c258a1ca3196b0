"""Schema `compat`: the seven tables of the system that this portal replaces, as views over schema `portal`.

Queries, notebooks and boards that were written for it go on by name and meaning. What they could not know is said
beside: the unit that a value really has, its state, where it comes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from pipeline.catalog.forecast_frames import FORECAST_TABLES
from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.units import UNITS, dimension, factor
from pipeline.store.legacy_rows import LEGACY_SCHEMA, TABLE
from pipeline.store.sql import literal, quoted

_SECTION = re.compile(r"^--: (\w+) \(([^)]+)\)\n--: (.+)\n((?s:.*?));$", re.MULTILINE)
_NUMBER = re.compile(r"\{number:(\w+)\}")
_COMMERCIAL, _DISTRIBUTION = {"precios", "transacciones"}, {"demanda", "perdidas", "restricciones"}
_ARROW = {"VARCHAR": pa.string(), "DATE": pa.date32(), "INTEGER": pa.int32(), "DOUBLE": pa.float64(),
          "BOOLEAN": pa.bool_(), "TIMESTAMP": pa.timestamp("us")}  # fmt: skip
#: Tables of the lake that the views read and that may not be there yet: the mirror makes them all the same.
READ = {
    f"_{name}": pa.schema([(column, _ARROW[kind]) for column, kind in FORECAST_TABLES[name].items()])
    for name in ("forecast_value", "forecast_score", "forecast_policy")
} | {TABLE: LEGACY_SCHEMA}
#: What PostgreSQL adds to each view: an identity of its own for every row, and when the mirror was loaded.
_JSON = {"commercial_metrics": "extra_data", "distribution_metrics": "extra_data", "catalogos": "metadata"}
_LOADED = "(SELECT max(loaded_at) FROM portal.load)"
_STAMP = {"lineas_transmision": "fecha_registro", "predictions": "created_at"}
_COLUMNS = (
    "SELECT '' AS metrica, '' AS entidad, '' AS recurso, CAST(NULL AS date) AS fecha, 0 AS hora, "
    "CAST(NULL AS double precision) AS valor, '' AS unidad, '' AS estado, 0 AS horas, '' AS origen"
)


class OldTable(NamedTuple):
    """A table of the system before: its name, the columns of its key, what it holds, the query of its rows."""

    name: str
    key: tuple[str, ...]
    comment: str
    query: str


@cache
def _sections() -> tuple[tuple[str, ...], ...]:
    return tuple(_SECTION.findall(Path(__file__).with_name("compat.sql").read_text(encoding="utf-8")))


def old_tables(metrics: Sequence[Metric]) -> Iterator[OldTable]:
    """Yield the seven tables of these metrics; their queries stand on `portal`, in PostgreSQL or in DuckDB."""
    chosen = {
        "days": _union(map(_days, metrics)),
        "hours": _union(_hours(metric) for metric in metrics if metric.grain == "hourly"),
        "commercial": _union(_days(metric) for metric in metrics if metric.theme in _COMMERCIAL),
        "distribution": _union(_days(metric) for metric in metrics if metric.theme in _DISTRIBUTION),
    }
    for name, key, comment, text in _sections():
        query = _NUMBER.sub(lambda found: _number(found[1]), text)
        for place, union in chosen.items():
            query = query.replace(f"{{{place}}}", union)
        yield OldTable(name, tuple(key.split(", ")), comment, query)


def compat_views(catalog: Catalog) -> Iterator[list[str]]:
    """Yield the statements that make each view, with its comments."""
    for table in old_tables(list(catalog.data_metrics())):
        view = f"compat.{table.name}"
        row = f"hashtextextended(concat_ws('|', {', '.join(table.key)}), 0)"
        more = f", to_jsonb(c) AS {_JSON[table.name]}" if table.name in _JSON else ""
        stamp = _STAMP.get(table.name, "fecha_actualizacion")
        updated = f", {_LOADED} AS updated_at" if table.name == "predictions" else ""
        yield [
            f"CREATE VIEW {view} AS SELECT {row} AS id, c.*{more}, {_LOADED} AS {stamp}{updated} "
            f"FROM ({table.query}) c",
            f"COMMENT ON VIEW {view} IS {literal(table.comment)}",
            f"COMMENT ON COLUMN {view}.id IS 'Sale de la clave de la fila: la misma fila tiene siempre el mismo'",
            f"COMMENT ON COLUMN {view}.{stamp} IS 'Última carga de la copia'",
        ]


def _union(branches: Iterable[str]) -> str:
    return " UNION ALL ".join(branches) or f"{_COLUMNS} WHERE false"


def _days(metric: Metric) -> str:
    return (
        f"SELECT {literal(metric.id)} AS metrica, entity AS entidad, code AS recurso, day AS fecha, value AS valor, "
        f"{literal(metric.unit.stored)} AS unidad, quality AS estado, hours AS horas, "
        f"{literal(metric.source.upper())} AS origen FROM portal.{quoted(metric.id + '_daily')}"
    )


def _hours(metric: Metric) -> str:
    unit = "MWh" if dimension(metric.unit.stored) == UNITS["MWh"].dimension else metric.unit.stored
    return (
        f"SELECT {literal(metric.id)} AS metrica, entity AS entidad, code AS recurso, CAST(ts AS date) AS fecha, "
        f"CAST(extract(hour FROM ts) AS integer) + 1 AS hora, value * {factor(metric.unit.stored, unit)!r} AS valor, "
        f"{literal(unit)} AS unidad, quality AS estado, {literal(metric.source.upper())} AS origen "
        f"FROM portal.{quoted(metric.id)}"
    )


def _number(column: str) -> str:
    """Return SQL for a number in a column of text; what is none is NULL: SIMEM's texts are not ours."""
    number = "^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$"
    return f"CASE WHEN {column} ~ {literal(number)} THEN CAST({column} AS double precision) END"
