"""DDL of the PostgreSQL mirror, generated from the catalogue and from the shape of the lake's tables.

Schema `portal` is what people query: `observation`, one view per metric, the lists, forecasts and dimensions.
Schema `portal_data` holds the rows, one partition per series with small integer keys (text keys double the size
of the table and of its index).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core import spanish
from pipeline.core.errors import MirrorError
from pipeline.store.mirror_rows import QUALITIES
from pipeline.store.sql import literal, quoted
from pipeline.store.versions import rank_of

READER = "portal_reader"
_QUALITY = f"(ARRAY[{', '.join(literal(q) for q in QUALITIES)}])[o.quality + 1]"
# Comments are read by people in psql and in BI tools: Spanish, like every text of the catalogue.
_TIME = {
    "hourly": "Inicio de la hora, hora de Colombia",
    "daily": "Día",
    "monthly": "Primer día del mes",
}
_TABLES = {
    "observation": "Todas las observaciones: métrica, entidad, código, inicio del período, valor, calidad y versión",
    "metric": "Catálogo de métricas con su definición y su unidad",
    "entity": "Clases de entidad de XM",
    "series": "Series: una métrica para una entidad",
    "code": "Códigos de XM (plantas, agentes, embalses, ríos …)",
    "part": "Archivos del lago que están cargados",
    "load": "Cargas hechas",
}

BASE = (
    "CREATE SCHEMA IF NOT EXISTS portal",
    "CREATE SCHEMA IF NOT EXISTS portal_data",
    "CREATE TABLE IF NOT EXISTS portal.metric (id text PRIMARY KEY, title text NOT NULL, definition text NOT NULL, "
    "theme text NOT NULL, grain text NOT NULL, kind text NOT NULL, unit text NOT NULL, lag_days integer NOT NULL, "
    "source text NOT NULL)",
    "CREATE TABLE IF NOT EXISTS portal.entity (id text PRIMARY KEY, label text NOT NULL, plural text NOT NULL, "
    "description text NOT NULL)",
    "CREATE TABLE IF NOT EXISTS portal.series (series smallint PRIMARY KEY, metric text NOT NULL, "
    "entity text NOT NULL, UNIQUE (metric, entity))",
    "CREATE TABLE IF NOT EXISTS portal.code (code_no integer PRIMARY KEY, code text NOT NULL UNIQUE)",
    "CREATE TABLE IF NOT EXISTS portal.part (part integer PRIMARY KEY, path text NOT NULL UNIQUE, "
    "sha256 text NOT NULL, metric text NOT NULL, entity text NOT NULL, rows bigint NOT NULL)",
    "CREATE TABLE IF NOT EXISTS portal.load (load integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    "manifest_version integer NOT NULL, manifest_hash text NOT NULL, catalog_hash text NOT NULL, "
    "loaded_at timestamptz NOT NULL DEFAULT now())",
    "CREATE TABLE IF NOT EXISTS portal_data.observation (series smallint NOT NULL, code integer NOT NULL, "
    "ts timestamp NOT NULL, value double precision NOT NULL, quality smallint NOT NULL, part integer NOT NULL, "
    "version text) PARTITION BY LIST (series)",
    "CREATE TABLE IF NOT EXISTS portal_data.version_day (calendar text NOT NULL, day date NOT NULL, "
    "version text NOT NULL, in_force boolean NOT NULL, PRIMARY KEY (calendar, day, version))",
)
# A mirror of before has no column for the version; looked up first, because ALTER locks readers out.
HAS_VERSION = (
    "SELECT 1 FROM pg_attribute WHERE attrelid = 'portal_data.observation'::regclass AND attname = 'version' "
    "AND NOT attisdropped"
)
ADD_VERSION = "ALTER TABLE portal_data.observation ADD COLUMN version text"
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
    """Yield batches of statements: the view of all observations, then each metric's view with its comments.

    Args:
        catalog: The declarations.
        numbers: Number of each (metric, entity).
    """
    yield [
        "DROP VIEW IF EXISTS portal.observation",
        "CREATE VIEW portal.observation AS SELECT s.metric, s.entity, c.code, o.ts, o.value, "
        f"{_QUALITY} AS quality, o.version {_FROM}",
        *(
            f"COMMENT ON {'VIEW' if name == 'observation' else 'TABLE'} portal.{name} IS {literal(text)}"
            for name, text in _TABLES.items()
        ),
    ]
    for metric in catalog.data_metrics():
        listed = [numbers[metric.id, entity] for entity in metric.entities]
        yield _metric_view(metric, listed, catalog.versions)
        if metric.versioned:
            yield _versions_view(metric, listed)


def versions_view(metric: Metric) -> str:
    """Return the name of the view of all versions of a metric."""
    return f"{metric.id}_versions"


def _metric_view(metric: Metric, numbers: Sequence[int], precedence: tuple[str, ...]) -> list[str]:
    name = f"portal.{quoted(metric.id)}"
    unit = spanish.unit_label(metric.unit.stored) or "sin unidad"
    chosen = f"WHERE o.series IN ({', '.join(str(number) for number in sorted(numbers))})"
    select = f"SELECT s.entity, c.code, o.ts, o.value, {_QUALITY} AS quality {_FROM}{chosen}"
    if metric.versioned:
        select = _one_value(metric, chosen, precedence)
    return [
        f"DROP VIEW IF EXISTS {name}",
        f"CREATE VIEW {name} AS {select}",
        f"COMMENT ON VIEW {name} IS {literal(f'{metric.title}. {metric.definition} Unidad: {unit}.')}",
        f"COMMENT ON COLUMN {name}.ts IS {literal(_TIME[metric.grain])}",
        f"COMMENT ON COLUMN {name}.value IS {literal(f'{metric.title} [{unit}]')}",
        f"COMMENT ON COLUMN {name}.quality IS 'ok, provisional o corrected'",
    ]


def _one_value(metric: Metric, chosen: str, precedence: tuple[str, ...]) -> str:
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
        f"SELECT DISTINCT ON (s.entity, c.code, o.ts) s.entity, c.code, o.ts, o.value, {_QUALITY} AS quality, "
        f"o.version {_FROM}{joined}{chosen} ORDER BY s.entity, c.code, o.ts, {rank} DESC NULLS LAST"
    )


def _versions_view(metric: Metric, numbers: Sequence[int]) -> list[str]:
    name = f"portal.{quoted(versions_view(metric))}"
    chosen = f"WHERE o.series IN ({', '.join(str(number) for number in sorted(numbers))})"
    select = f"SELECT s.entity, c.code, o.ts, o.value, {_QUALITY} AS quality, o.version {_FROM}{chosen}"
    return [
        f"DROP VIEW IF EXISTS {name}",
        f"CREATE VIEW {name} AS {select}",
        f"COMMENT ON VIEW {name} IS {literal(f'{metric.title}: cada valor con su versión de liquidación')}",
    ]


def list_schema(metric: Metric) -> pa.Schema:
    """Return the columns of a list, as declared."""
    names = dict.fromkeys(name for name in metric.columns.values() if name != "code")
    fields = [pa.field("entity", pa.string()), pa.field("code", pa.string()), pa.field("ts", pa.timestamp("us"))]
    return pa.schema([*fields, *(pa.field(name, pa.string()) for name in names if name not in ("entity", "ts"))])


def table(name: str, schema: pa.Schema, comment: str) -> list[str]:
    """Return the statements that make an empty table of that shape in `portal`.

    Raises:
        MirrorError: A column has a type the mirror does not know.
    """
    columns = ", ".join(f"{quoted(field.name)} {_type(field, name)}" for field in schema)
    full = f"portal.{quoted(name)}"
    return [
        f"DROP TABLE IF EXISTS {full}",
        f"CREATE TABLE {full} ({columns})",
        f"COMMENT ON TABLE {full} IS {literal(comment)}",
    ]


def _type(field: pa.Field, owner: str) -> str:
    kinds = (
        (pa.types.is_string, "text"),
        (pa.types.is_large_string, "text"),
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_int16, "smallint"),
        (pa.types.is_int32, "integer"),
        (pa.types.is_int64, "bigint"),
        (pa.types.is_floating, "double precision"),
        (pa.types.is_date, "date"),
        (pa.types.is_timestamp, "timestamp"),
    )
    for matches, name in kinds:
        if matches(field.type):
            return name
    raise MirrorError(
        f"The mirror has no column type for {field.type}",
        hint="add it to store/mirror_ddl.py",
        table=owner,
        column=field.name,
    )


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
