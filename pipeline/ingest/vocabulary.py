"""Closed vocabularies: the codes a source lists, and one spelling for each.

A code that no list names is kept and told, never dropped: XM uses plants and agents before it lists them, and long
after it stops.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


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
