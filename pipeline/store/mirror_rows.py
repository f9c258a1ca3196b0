"""Rows of the lake in the shape the mirror stores them."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import STORED
from pipeline.core.errors import MirrorError
from pipeline.store.lake import Lake, Part

#: In the order of their numbers, which stay what they are.
QUALITIES = STORED


def encode(table: pa.Table, path: str, series: int, part: int, codes: dict[str, int]) -> tuple[pa.Table, pa.Table]:
    """Return the rows of a part with integer keys, and the codes that are new to the dictionary.

    Args:
        table: Rows as the lake keeps them: code, ts, value, quality, and version where the series has it.
        path: Name of the part, for errors.
        series: Number of its series.
        part: Number of the part.
        codes: Number of every known code; new ones are added.

    Raises:
        MirrorError: A value is missing, NaN or infinite, or a code or a quality cannot be stored.
    """
    value = table["value"]
    if value.null_count or not pc.all(pc.is_finite(value), min_count=0).as_py():
        raise MirrorError("A part holds a value that is no number", hint="rebuild it: ./inv build --full", path=path)
    encoded = table["code"].cast(pa.string()).combine_chunks().dictionary_encode()
    names = [str(name) for name in encoded.dictionary.to_pylist()]
    bad = [name for name in names if "\x00" in name]
    if bad or encoded.null_count:
        raise MirrorError(
            "A code cannot be stored in PostgreSQL", hint="quarantine it in ingest", path=path, code=bad[:1]
        )
    fresh = [name for name in names if name not in codes]
    first = max(codes.values(), default=0) + 1
    codes.update({name: first + place for place, name in enumerate(fresh)})
    quality = pc.index_in(table["quality"], value_set=pa.array(QUALITIES))
    if quality.null_count:
        raise MirrorError("A part holds an unknown quality", hint="add it to store/mirror_rows.py", path=path)
    rows = table.num_rows
    numbered = {
        "series": pa.repeat(pa.scalar(series, pa.int16()), rows),
        "code": pa.array([codes[name] for name in names], pa.int32()).take(encoded.indices),
        "ts": table["ts"].cast(pa.timestamp("us")),
        "value": value,
        "quality": quality.cast(pa.int16()),
        "part": pa.repeat(pa.scalar(part, pa.int32()), rows),
        "version": table["version"] if "version" in table.column_names else pa.nulls(rows, pa.string()),
    }
    added = {"code_no": pa.array([codes[name] for name in fresh], pa.int32()), "code": pa.array(fresh, pa.string())}
    return pa.table(numbered), pa.table(added)


def whole_table(lake: Lake, parts: Sequence[Part], metric: Metric | None, declared: pa.Schema | None) -> pa.Table:
    """Return a list, or one of the lake's own tables, as the mirror holds it.

    Args:
        lake: The lake.
        parts: Its parts.
        metric: Declaration of a list; None for a table of the lake.
        declared: Columns that it has whatever its parts hold; None when only they say.
    """
    pieces = [labelled(lake.rows(part), part.entity) for part in parts if part.rows]
    known = [declared] if declared else []
    shape = list_schema(metric) if metric else unified([*known, *(piece.schema for piece in pieces)])
    # The files of published reports are files: their hashes are mirrored, and they stay in the lake.
    shape = pa.schema([field for field in shape if not pa.types.is_binary(field.type)])
    return pa.concat_tables([shape.empty_table(), *(shaped(piece, shape) for piece in pieces)])


def list_schema(metric: Metric) -> pa.Schema:
    """Return the columns of a list, as declared."""
    names = dict.fromkeys(name for name in metric.columns.values() if name != "code")
    fields = [pa.field("entity", pa.string()), pa.field("code", pa.string()), pa.field("ts", pa.timestamp("us"))]
    return pa.schema([*fields, *(pa.field(name, pa.string()) for name in names if name not in ("entity", "ts"))])


def labelled(table: pa.Table, entity: str) -> pa.Table:
    """Return a list's rows with the entity they were asked for."""
    if "entity" in table.column_names or "code" not in table.column_names:
        return table
    return table.append_column("entity", pa.array([entity] * table.num_rows, pa.string()))


def shaped(table: pa.Table, shape: pa.Schema) -> pa.Table:
    """Return the rows with exactly the columns of `shape`; what a part lacks is NULL."""
    columns = [
        table[f.name].cast(f.type) if f.name in table.column_names else pa.nulls(table.num_rows, f.type) for f in shape
    ]
    return pa.table(columns, schema=shape)


def same_shape(stored: pa.Schema, wanted: pa.Schema) -> bool:
    """Say whether PostgreSQL's columns are those wanted; when in doubt they are not, and the table is made anew."""

    def kinds(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
        return [(f.name, pa.timestamp("us") if pa.types.is_timestamp(f.type) else f.type) for f in schema]

    return kinds(stored) == kinds(wanted)


def unified(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return one schema for pieces of a table; a column that is a day here and a time there becomes a time."""
    times = {field.name: field.type for schema in schemas for field in schema if pa.types.is_timestamp(field.type)}

    def widened(field: pa.Field) -> pa.Field:
        return field.with_type(times[field.name]) if pa.types.is_date(field.type) and field.name in times else field

    return pa.unify_schemas(
        [pa.schema([widened(field) for field in schema]) for schema in schemas], promote_options="permissive"
    )
