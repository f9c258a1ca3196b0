"""DDL of the PostgreSQL mirror, generated from the catalogue and from the shape of the lake's tables.

Schema `portal` is what people query: `observation`, one view per metric, the lists, forecasts and dimensions.
Schema `portal_data` holds the rows, one partition per series with small integer keys (text keys double the size
of the table and of its index).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import word
from pipeline.core import spanish
from pipeline.core.errors import MirrorError
from pipeline.store.daily import days_of
from pipeline.store.mirror_rows import QUALITIES
from pipeline.store.sql import literal, quoted
from pipeline.store.versions import rank_of

#: Who looks (schemas `portal` and `compat`), who loads a night (rows, no DDL), who owns (DDL). None may log in.
READER, LOADER, OWNER = "portal_reader", "portal_loader", "portal_owner"
ROLES = (READER, LOADER, OWNER)
SCHEMAS = ("portal", "portal_data", "compat")
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

#: What each version of the schema adds, in order; every step does no harm where it was done by hand.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    tuple(filter(None, map(str.strip, _SQL.read_text(encoding="utf-8").split(";\n")))),
    ("ALTER TABLE portal_data.observation ADD COLUMN IF NOT EXISTS version text",),
    ("CREATE SCHEMA IF NOT EXISTS compat",),
)
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
    # An entity a branch, named by a constant: who asks for one reads the rows of no other.
    each = " UNION ALL ".join(
        f"SELECT {literal(entity)}::text AS entity, c.code, o.ts, o.value, {_QUALITY} AS quality "
        f"FROM portal_data.observation o JOIN portal.code c ON c.code_no = o.code WHERE o.series = {number}"
        for entity, number in zip(metric.entities, numbers, strict=True)
    )
    unit = spanish.unit_label(metric.unit.stored) or "sin unidad"
    select = _one_value(metric, numbers, precedence) if metric.versioned else each
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


def grants() -> Iterator[str]:
    """Yield the statements that give each role its rights: over what is there, and what the owner makes later."""
    loads = "SELECT, INSERT, UPDATE, DELETE"
    for schema in SCHEMAS:
        public = schema != "portal_data"
        for role, rights in ((READER, "SELECT" if public else ""), (LOADER, loads if schema != "compat" else "SELECT")):
            if rights:
                yield f"GRANT USAGE ON SCHEMA {schema} TO {role}"
                yield f"GRANT {rights} ON ALL TABLES IN SCHEMA {schema} TO {role}"
                yield f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {rights} ON TABLES TO {role}"


_OURS = f"({', '.join(map(literal, SCHEMAS))})"
#: Hands over what the one who loads made, so that the next of the owner's members may change it.
_HAND_OVER = f"""FOR made IN SELECT nspname AS name FROM pg_namespace
    WHERE nspname IN {_OURS} AND pg_get_userbyid(nspowner) <> '{OWNER}'
LOOP EXECUTE format('ALTER SCHEMA %I OWNER TO {OWNER}', made.name); END LOOP;
FOR made IN SELECT c.oid::regclass AS name, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN {_OURS} AND c.relkind IN ('r', 'p', 'v') AND pg_get_userbyid(c.relowner) <> '{OWNER}'
LOOP EXECUTE format('ALTER %s %s OWNER TO {OWNER}', CASE made.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, made.name);
END LOOP"""
#: True once the owner owns: the last of what roles are for.
OWNED = f"SELECT count(*) = 3 FROM pg_namespace WHERE nspname IN {_OURS} AND pg_get_userbyid(nspowner) = '{OWNER}'"


def roles() -> Iterator[str]:
    """Yield blocks that make the roles, give them their rights and the owner what is his; what may not be is left."""
    made = "IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{0}') THEN CREATE ROLE {0} NOLOGIN; END IF"
    member = f"IF NOT pg_has_role('{OWNER}', 'USAGE') THEN GRANT {OWNER} TO CURRENT_USER; END IF"
    for statements in ([made.format(role) for role in ROLES], [member], [*grants()], [_HAND_OVER]):
        body = ";\n".join(statements)
        left = "EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL"
        yield f"DO $portal$ DECLARE made record; BEGIN\n{body};\n{left}; END $portal$"


def block(statements: Iterable[str]) -> str:
    """Return statements as one: the driver prepares what it sends, and prepares one statement at a time.

    Raises:
        MirrorError: A text holds the quote mark of the block.
    """
    body = "\n".join(f"{statement};" for statement in statements)
    if "$portal$" in body:
        raise MirrorError("A text of the catalogue holds «$portal$»", hint="take it out of the catalogue")
    return f"DO $portal$ BEGIN\n{body}\nEND $portal$"
