"""Codes: their one normal form, and one spelling for each, whatever source they come from.

A list says how its codes are spelled; of what no list names, the lake does, and a series of the whole country has the
one code `Sistema`. A code that no list names is kept and told, never dropped: XM uses plants and agents before it lists
them, and long after it stops.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.vocabulary import EntityKind
from pipeline.ingest.job import SourceJob
from pipeline.ingest.rows import SYSTEM, ShapeChanges
from pipeline.store.lake import Transaction
from pipeline.store.list_past import past_of

TABLE = ("_unknown_codes", "log")
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("metric", "entity", "code")]
    + [(name, pa.date32()) for name in ("first_seen", "last_seen")]
)


_APART = re.compile("([Nn])~")


@lru_cache(maxsize=16384)
def normal(text: str) -> str:
    """Return a code or name in its one form: no stray blanks, and each letter one character.

    XM's own exports take an N with a tilde apart and write its two halves, `N~`.
    """
    text = " ".join(text.split())
    if text.isascii() and "~" not in text:
        return text
    return unicodedata.normalize("NFC", _APART.sub("\\1\N{COMBINING TILDE}", text))


def fold(code: str) -> str:
    """Return what all spellings of a code have in common: `  El  Quimbo` → `el quimbo`."""
    return normal(code).casefold()


@dataclass(frozen=True)
class Vocabulary:
    """The spellings of the codes of one series, by their folded form.

    Attributes:
        spelling: Of the codes and ids that a list names.
        known: Of whole codes that the lake has, or that came before in this run; a new one is added.
    """

    spelling: Mapping[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, codes: Iterable[str]) -> Vocabulary:
        """Return the vocabulary of a list; of two spellings of one code the first counts."""
        spelling: dict[str, str] = {}
        for code in codes:
            spelling.setdefault(fold(code), normal(code))
        return cls(spelling)

    def with_known(self, codes: Iterable[str]) -> Vocabulary:
        """Return the vocabulary of a series of which the lake has some codes."""
        known: dict[str, str] = {}
        for code in codes:
            known.setdefault(fold(code), code)
        return Vocabulary(self.spelling, known)

    def canonical(self, code: str) -> str:
        """Return `code` as the list spells it, else as it was spelled first; ids joined with `|` one by one."""
        whole = self.known.setdefault(fold(code), normal(code))
        return "|".join(self._listed(part) for part in whole.split("|"))

    def _listed(self, part: str) -> str:
        key = fold(part)
        return SYSTEM if key == _COUNTRY else self.spelling.get(key, part)

    def knows(self, code: str) -> bool:
        """Say whether the list names `code`, or one of the ids joined in it (`GAS|TBST`: the plant)."""
        return any(fold(part) in self.spelling for part in code.split("|"))

    def unknown(self, codes: Iterable[str]) -> list[str]:
        """Return the codes the list does not name, sorted; none when there is no list."""
        return sorted({code for code in codes if not self.knows(code)}) if self.spelling else []


def respelled(came: Iterable[str], kept: Iterable[str]) -> ShapeChanges:
    """Return the codes that a reply spells otherwise than they are kept, each with its other spelling."""
    return {("respelled", code): other for other, code in zip(came, kept, strict=True) if normal(other) != code}


_COUNTRY = SYSTEM.casefold()
NO_LIST = Vocabulary()
_YEAR = 400  # [days]


def vocabularies(catalog: Catalog, transaction: Transaction) -> dict[str, Vocabulary]:
    """Return the vocabulary of every kind of entity that has a list, as the lake has it now; absent without one.

    What left a list keeps its spelling, and is not named by it any more.
    """
    found: dict[str, Vocabulary] = {}
    for kind in catalog.entities.values():
        if kind.listed_in is None:
            continue
        for entity in catalog.metrics[kind.listed_in].entities[:1]:
            codes = _named_in(transaction.read(kind.listed_in, entity), kind)
            if codes:
                gone = _named_in(past_of(transaction, kind.listed_in, entity), kind)
                found[kind.id] = Vocabulary.of(codes).with_known(gone)
    return found


def _named_in(listed: pa.Table, kind: EntityKind) -> list[str]:
    """Return how a list names the codes of a kind."""
    columns = [c for c in dict.fromkeys((kind.listed_as, "code")) if c in listed.column_names]
    return [str(code) for column in columns for code in listed[column].to_pylist() if code]


def known_in_lake(transaction: Transaction, metric: str, entity: str) -> list[str]:
    """Return the codes that the newest year of a series has, sorted: of what no list names they give the spelling."""
    parts = [part for part in transaction.base.of(metric, entity) if part.max_ts]
    newest = max((str(part.max_ts) for part in parts), default="")
    if not newest:
        return []
    since = (dt.datetime.fromisoformat(newest) - dt.timedelta(days=_YEAR)).isoformat()
    found: set[str] = set()
    for part in parts:
        if str(part.max_ts) >= since:
            found.update(transaction.lake.codes(part))
    return sorted(found)


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
