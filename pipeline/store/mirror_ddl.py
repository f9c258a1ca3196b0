"""DDL of the PostgreSQL mirror, generated from the catalogue and from the shape of the lake's tables.

Schema `portal` is what people query: `observation`, one view per metric, the lists, forecasts and dimensions.
Schema `portal_data` holds the rows, one partition per series with small integer keys (text keys double the size
of the table and of its index).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import word
from pipeline.core import spanish
from pipeline.core.errors import MirrorError
from pipeline.store.daily import days_of
from pipeline.store.mirror_rows import QUALITIES
from pipeline.store.sql import literal, quoted
from pipeline.store.versions import rank_of

READER = "portal_reader"
_SQL = Path(__file__).with_name("mirror.sql")
_QUALITY = f"(ARRAY[{', '.join(literal(q) for q in QUALITIES)}])[o.quality + 1]"
# Comments are read by people in psql and in BI tools: Spanish, like every text of the catalogue.
_TIME = {
    "hourly": "Inicio de la hora, hora de Colombia",
    "daily": "Día",
    "monthly": "Primer día del mes",
}
# That a value is final follows from its month (`settles_days`), in the views of the portal and not here.
_STATES = "Estado: " + ", ".join(f"{code} ({word(code)})" for code in QUALITIES)
_OBSERVATION = "Todas las observaciones: métrica, entidad, código, inicio del período, valor, calidad y versión"
_TABLES = {
    "metric": "Catálogo de métricas con su definición y su unidad",
    "entity": "Clases de entidad de XM",
    "series": "Series: una métrica para una entidad",
    "code": "Códigos de XM (plantas, agentes, embalses, ríos …)",
    "part": "Archivos del lago que están cargados",
    "load": "Cargas hechas",
}

BASE = tuple(filter(None, map(str.strip, _SQL.read_text(encoding="utf-8").split(";\n"))))
# A mirror of before has no column for the version; looked up first, because ALTER locks readers out.
HAS_VERSION = (
    "SELECT 1 FROM pg_attribute WHERE attrelid = 'portal_data.observation'::regclass AND attname = 'version' "
    "AND NOT attisdropped"
)
ADD_VERSION = "ALTER TABLE portal_data.observation ADD COLUMN version text"
_ROW = f"s.entity, c.code, o.ts, o.value, {_QUALITY} AS quality"
_FROM = "FROM portal_data.observation o JOIN portal.series s USING (series) JOIN portal.code c ON c.code_no = o.code "


def partition(series: int) -> str:
    """Return the table name of a series' partition, in `portal_data`."""
    return f"obs_{series}"


def new_partition(series: int) -> str:
    """Return the statement that makes the table of a series, not yet attached: it is filled first."""
    return f"CREATE TABLE portal_data.{partition(series)} (LIKE portal_data.observation)"


def attach(series: int, key: str, *, versioned: bool = False) -> Iterator[str]:
    """Yield the statements that index a filled table and attach it; the check spares the attach a scan.

    Args:
        series: Number of the series.
        key: `Metric/Entity`, for the comment.
        versioned: Whether the version is part of the key.
    """
    table = f"portal_data.{partition(series)}"
    yield f"ALTER TABLE {table} ADD PRIMARY KEY (code, ts{', version' if versioned else ''})"
    yield f"ALTER TABLE {table} ADD CONSTRAINT one_series CHECK (series = {series})"
    yield f"ALTER TABLE portal_data.observation ATTACH PARTITION {table} FOR VALUES IN ({series})"
    yield f"ALTER TABLE {table} DROP CONSTRAINT one_series"
    yield f"COMMENT ON TABLE {table} IS {literal(key)}"


def views(catalog: Catalog, numbers: Mapping[tuple[str, str], int]) -> Iterator[list[str]]:
    """Yield batches of statements: the view of all observations, then the views of each metric, then those of its days.

    Args:
        catalog: The declarations.
        numbers: Number of each (metric, entity).
    """
    yield [
        *_view("portal.observation", f"SELECT s.metric, {_ROW}, o.version {_FROM}", _OBSERVATION),
        *(f"COMMENT ON TABLE portal.{name} IS {literal(text)}" for name, text in _TABLES.items()),
    ]
    for metric in catalog.data_metrics():
        listed = [numbers[metric.id, entity] for entity in metric.entities]
        yield _metric_view(metric, listed, catalog.versions)
        if metric.versioned:
            yield _versions_view(metric, listed)
    for metric in catalog.data_metrics():  # once all views are there: one metric may weigh another
        yield _daily_view(metric)


def _metric_view(metric: Metric, numbers: Sequence[int], precedence: tuple[str, ...]) -> list[str]:
    name = f"portal.{quoted(metric.id)}"
    unit = spanish.unit_label(metric.unit.stored) or "sin unidad"
    select = _one_value(metric, numbers, precedence) if metric.versioned else f"SELECT {_ROW} {_FROM}{_of(numbers)}"
    return [
        *_view(name, select, f"{metric.title}. {metric.definition} Unidad: {unit}."),
        f"COMMENT ON COLUMN {name}.ts IS {literal(_TIME[metric.grain])}",
        f"COMMENT ON COLUMN {name}.value IS {literal(f'{metric.title} [{unit}]')}",
        f"COMMENT ON COLUMN {name}.quality IS {literal(_STATES)}",
    ]


def _versions_view(metric: Metric, numbers: Sequence[int]) -> list[str]:
    select = f"SELECT {_ROW}, o.version {_FROM}{_of(numbers)}"
    comment = f"{metric.title}: cada valor con su versión de liquidación"
    return _view(f"portal.{quoted(metric.id + '_versions')}", select, comment)


def _daily_view(metric: Metric) -> list[str]:
    values, weights = (f"portal.{quoted(name)}" for name in (metric.id, metric.weighed_by))
    comment = f"{metric.title}, por día, como en las páginas y los CSV"
    return _view(f"portal.{quoted(metric.id + '_daily')}", days_of(metric, values, weights), comment)


def _view(name: str, select: str, comment: str) -> list[str]:
    return [
        f"CREATE VIEW {name} AS {select}",
        f"COMMENT ON VIEW {name} IS {literal(comment)}",
    ]


def _of(numbers: Sequence[int]) -> str:
    return f"WHERE o.series IN ({', '.join(str(number) for number in sorted(numbers))})"


def _one_value(metric: Metric, numbers: Sequence[int], precedence: tuple[str, ...]) -> str:
    """Return the query of one value per code and time: the version in force, else the highest."""
    rank = rank_of(metric, precedence, "array_position(ARRAY[{order}]::text[], {version})").replace(
        "v.version", "o.version"
    )
    joined = ""
    if metric.simem is not None and metric.simem.calendar:
        calendar = literal(metric.simem.calendar)
        joined = (
            f"LEFT JOIN portal_data.version_day listed ON listed.calendar = {calendar} AND listed.day = o.ts::date "
            "AND listed.version = o.version "
            f"LEFT JOIN portal_data.version_day force ON force.calendar = {calendar} AND force.day = o.ts::date "
            "AND force.in_force "
        )
    return (
        f"SELECT DISTINCT ON (s.entity, c.code, o.ts) {_ROW}, o.version {_FROM}{joined}{_of(numbers)} "
        f"ORDER BY s.entity, c.code, o.ts, {rank} DESC NULLS LAST"
    )


def list_schema(metric: Metric) -> pa.Schema:
    """Return the columns of a list, as declared."""
    names = dict.fromkeys(name for name in metric.columns.values() if name != "code")
    fields = [pa.field("entity", pa.string()), pa.field("code", pa.string()), pa.field("ts", pa.timestamp("us"))]
    return pa.schema([*fields, *(pa.field(name, pa.string()) for name in names if name not in ("entity", "ts"))])


def grants() -> Iterable[str]:
    """Return what the reader may: look at schema `portal`, and nothing else."""
    return (
        f"GRANT USAGE ON SCHEMA portal TO {READER}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA portal TO {READER}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA portal GRANT SELECT ON TABLES TO {READER}",
    )


def block(statements: Iterable[str]) -> str:
    """Return statements as one: the driver prepares what it sends, and prepares one statement at a time.

    Raises:
        MirrorError: A text holds the quote mark of the block.
    """
    body = "\n".join(f"{statement};" for statement in statements)
    if "$portal$" in body:
        raise MirrorError("A text of the catalogue holds «$portal$»", hint="take it out of the catalogue")
    return f"DO $portal$ BEGIN\n{body}\nEND $portal$"
