"""Closed vocabularies: the codes that the newest lists of a source name, and one spelling for each.

A code that no list names is kept and told, never dropped: XM uses plants and agents before it lists them, and long
after it stops.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.ingest.job import SourceJob
from pipeline.store.lake import Transaction

TABLE = ("_unknown_codes", "log")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("metric", "entity", "code")]
    + [(name, pa.date32()) for name in ("first_seen", "last_seen")]
)


def fold(code: str) -> str:
    """Return `code` without differences of case and white space: `  El  Quimbo` → `el quimbo`."""
    return " ".join(code.split()).casefold()


@dataclass(frozen=True)
class Vocabulary:
    """The spellings of one kind of entity, by their folded form."""

    spelling: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, codes: Iterable[str]) -> Vocabulary:
        """Return the vocabulary of a list; of two spellings of one code the first counts."""
        spelling: dict[str, str] = {}
        for code in codes:
            spelling.setdefault(fold(code), " ".join(code.split()))
        return cls(spelling)

    def canonical(self, code: str) -> str:
        """Return `code` as the list spells it; ids joined with `|` are looked up one by one."""
        return "|".join(self.spelling.get(fold(part), part) for part in code.split("|"))

    def knows(self, code: str) -> bool:
        """Say whether the list names `code`, or one of the ids joined in it (`GAS|TBST`: the plant)."""
        return any(fold(part) in self.spelling for part in code.split("|"))

    def unknown(self, codes: Iterable[str]) -> list[str]:
        """Return the codes the list does not name, sorted; none when there is no list."""
        return sorted({code for code in codes if not self.knows(code)}) if self.spelling else []


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
