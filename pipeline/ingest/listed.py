"""A list of the source takes the place of the one before: one row per code, spelled as ever, and nothing lost by it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.ingest.codes import Vocabulary, fold
from pipeline.ingest.drift import Difference, note_differences
from pipeline.ingest.job import SourceJob
from pipeline.ingest.rows import UNREADABLE, newest_of
from pipeline.ingest.windows import is_calendar
from pipeline.store.list_past import past_of, put_list

_BEGAN = "operation_start"


def take_list(job: SourceJob, metric: Metric, entity: str, rows: pa.Table) -> None:
    """Put a list into the transaction; what it no longer says is kept beside it, and who left it is told.

    A calendar grows by period: what came takes the place of what was known of its periods. A list whose every row lost
    an attribute that it had (XM changed a field's name) is refused, and the one before stays.
    """
    before = job.transaction.read(metric.id, entity)
    if is_calendar(metric):
        if before.num_rows:
            rows = pa.concat_tables([before.select(rows.column_names).cast(rows.schema), rows])
        rows = newest_of(rows, ["code", "ts"]).sort_by([("ts", "ascending"), ("code", "ascending")])
        job.transaction.put_table(metric.id, entity, rows)
        return
    lost = [name for name in rows.column_names if _says(before, name) and not _says(rows, name)]
    if lost:
        fields = [field for field, column in metric.columns.items() if column == lost[0]]
        job.spoil(f"{metric.id}/{entity}", f"{UNREADABLE}: fields: no row of the list has {' or '.join(fields)}")
        return
    superseded = rows.slice(0, 0)
    if entity in _naming(job.catalog, metric):
        past = past_of(job.transaction, metric.id, entity)
        rows = _spelled(rows, [before, past], _names(job.catalog, metric))
        rows, superseded = _one_per_code(rows)
    put_list(job.transaction, metric.id, entity, rows, superseded)
    left = _names_by_code(before).items()
    there = _names_by_code(rows)
    note_differences(
        job, [Difference("entry_gone", metric.id, entity, code, was=name) for code, name in left if code not in there]
    )


def _names_by_code(table: pa.Table) -> dict[str, str]:
    """Return the name that a list gives each code; its code where it gives none."""
    codes = table["code"].to_pylist() if table.num_rows else []
    names = table["name"].to_pylist() if "name" in table.column_names else codes
    return {code: name or code for code, name in zip(codes, names, strict=True)}


def _says(table: pa.Table, name: str) -> bool:
    """Say whether any row has a value in a column."""
    return name in table.column_names and table[name].null_count < table.num_rows


def _naming(catalog: Catalog, metric: Metric) -> tuple[str, ...]:
    """Return the entity kind for which a list names the codes of other series; none for most lists."""
    return metric.entities[:1] if any(kind.listed_in == metric.id for kind in catalog.entities.values()) else ()


def _names(catalog: Catalog, metric: Metric) -> list[str]:
    """Return the columns of a list in which the codes of other series stand."""
    return sorted({"code", *(kind.listed_as for kind in catalog.entities.values() if kind.listed_in == metric.id)})


def _spelled(rows: pa.Table, known: list[pa.Table], columns: list[str]) -> pa.Table:
    """Return a list with its codes as they were always spelled: the rows of the lake have them so."""
    for name in columns:
        texts = [t for table in known if name in table.column_names for t in table[name].to_pylist() if t]
        words = Vocabulary.of(texts)
        spelled = [text and words.spelling.get(fold(text), text) for text in rows[name].to_pylist()]
        rows = rows.set_column(rows.schema.get_field_index(name), name, pa.array(spelled, pa.string()))
    return rows


def _one_per_code(rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the newest row of each code, and those that it supersedes.

    XM lists an agent twice that closed and began again: the one that began last is the agent of today.
    """
    place = pa.array(range(rows.num_rows), pa.int64())
    names = ["code", *([_BEGAN] if _BEGAN in rows.column_names else [])]
    order = [(name, "ascending", "at_start") for name in names]
    ordered = rows.append_column("_place", place)
    ordered = ordered.take(pc.sort_indices(ordered, sort_keys=order))
    newest = newest_of(ordered, ["code"])
    rest = pc.invert(pc.is_in(ordered["_place"], value_set=newest["_place"].combine_chunks()))
    by_place = newest.sort_by("_place").drop_columns("_place")
    return by_place, ordered.filter(rest).drop_columns("_place")
