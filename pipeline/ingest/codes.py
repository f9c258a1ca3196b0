"""The codes of plants, agents, rivers and reservoirs against the newest lists; what no list names is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.ingest.job import SourceJob
from pipeline.ingest.vocabulary import Vocabulary
from pipeline.store.lake import Transaction

TABLE = ("_unknown_codes", "log")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("metric", "entity", "code")]
    + [(name, pa.date32()) for name in ("first_seen", "last_seen")]
)


def vocabularies(catalog: Catalog, transaction: Transaction) -> dict[str, Vocabulary]:
    """Return the vocabulary of every kind of entity that has a list, as the lake has it now; absent without one."""
    found: dict[str, Vocabulary] = {}
    for kind in catalog.entities.values():
        if kind.listed_in is None:
            continue
        for entity in catalog.metrics[kind.listed_in].entities[:1]:
            listed = transaction.read(kind.listed_in, entity)
            columns = [c for c in dict.fromkeys((kind.listed_as, "code")) if c in listed.column_names]
            codes = [str(code) for column in columns for code in listed[column].to_pylist() if code]
            if codes:
                found[kind.id] = Vocabulary.of(codes)
    return found


def note_unknown(job: SourceJob, unknown: Mapping[tuple[str, str], Collection[str]]) -> None:
    """Keep the codes that no list names: when each was first and last seen. A code that gets listed stays told.

    An archive that is parsed again over a lake saw nothing new: the days on record stand.
    """
    job.report.unknown_codes += sum(map(len, unknown.values()))
    if not unknown:
        return
    table = job.transaction.read(*TABLE)
    rows = {(r["metric"], r["entity"], r["code"]): r for r in table.to_pylist()} if table.num_rows else {}
    today = job.run.today
    for (metric, entity), codes in unknown.items():
        for code in codes:
            first = {"metric": metric, "entity": entity, "code": code, "first_seen": today}
            known = rows.get((metric, entity, code))
            if known is None or not job.transaction.repair:
                rows[metric, entity, code] = {**(known or first), "last_seen": today}
    ordered = [rows[key] for key in sorted(rows)]
    job.transaction.put_table(*TABLE, pa.Table.from_pylist(ordered, schema=SCHEMA))
