"""The Spanish words a text may use, read from `templates/prompts/lexicon.yml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline.core.errors import NarrativeError

SIGNS = ("up", "down", "equal", "above", "below", "max", "min")
WORD = re.compile(r"[^\W\d_]+")
_LISTS = (
    "weak", "attributes", "wholes", "phrases", "up", "down", "equal", "above", "below", "max", "min", "share", "sums",
    "never_level", "provisional", "numbers", "dates", "units", "causes", "forecasts", "judgements", "vocabulary",
)  # fmt: skip


@dataclass(frozen=True)
class Lexicon:
    """Closed vocabulary of the narrator, lower case.

    Attributes:
        concepts: What a fact can be about, each with its word forms.
        references: Bases of comparison (`day`, `week`, `year`, `mean`) and how they are written.
        weak: Concepts that a specific one makes superfluous.
        attributes: Weak concepts that belong to the subject named before them.
        wholes: How the whole of a share is written; not a subject.
        phrases: Wordings that hold a «y» and are still one thing.
        idioms: Wordings of several words, longest first; their words count only together.
        signs: Words that claim a relation, by relation.
        share: Words a part of a whole goes with.
        never_level: Those of them that a figure in units never goes with.
        sums: Verbs of adding up, which no percentage goes with.
        provisional: Words that say a figure may change.
        refused: Words refused with a reason of their own, by reason.
        vocabulary: Every single word a sentence may hold.
        text: The file, for the cache key.
    """

    concepts: Mapping[str, frozenset[str]]
    references: Mapping[str, frozenset[str]]
    weak: frozenset[str]
    attributes: frozenset[str]
    wholes: tuple[str, ...]
    phrases: tuple[str, ...]
    idioms: tuple[str, ...]
    signs: Mapping[str, frozenset[str]]
    share: frozenset[str]
    never_level: frozenset[str]
    sums: frozenset[str]
    provisional: frozenset[str]
    refused: Mapping[str, frozenset[str]]
    vocabulary: frozenset[str]
    text: str

    def concepts_in(self, text: str) -> frozenset[str]:
        """Return the concepts named in `text`."""
        words = set(words_of(text))
        return frozenset(name for name, forms in self.concepts.items() if words & forms)

    def references_in(self, text: str) -> frozenset[str]:
        """Return the bases of comparison named in `text` (`week`, `year`, `mean` …)."""
        return frozenset(name for name, forms in self.references.items() if has_phrase(text, forms))


def words_of(text: str) -> Iterator[str]:
    """Yield the words of `text`, lower case."""
    return (match.group().lower() for match in WORD.finditer(text))


def has_phrase(text: str, phrases: Iterable[str]) -> bool:
    """Return True when any of `phrases` occurs in `text` as whole words."""
    padded = f" {' '.join(words_of(text))} "
    return any(f" {phrase} " in padded for phrase in phrases)


def load_lexicon(templates: Path) -> Lexicon:
    """Return the lexicon kept under `templates/prompts/`.

    Raises:
        NarrativeError: The file is missing or a list is missing in it.
    """
    path = templates / "prompts" / "lexicon.yml"
    if not path.is_file():
        raise NarrativeError("The lexicon is missing", hint="restore it from git", path=path.name)
    text = path.read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    missing = [name for name in (*_LISTS, "concepts", "references") if not data.get(name)]
    if missing:
        raise NarrativeError("The lexicon lacks lists", hint="mend lexicon.yml", lists=", ".join(missing))
    lists = {name: tuple(str(word).lower() for word in data[name]) for name in _LISTS}
    concepts = {name: frozenset(forms) for name, forms in data["concepts"].items()}
    references = {name: frozenset(forms) for name, forms in data["references"].items()}
    signs = {name: frozenset(lists[name]) for name in SIGNS}
    idioms = {form for forms in references.values() for form in forms}
    idioms.update(form for forms in signs.values() for form in forms if " " in form)
    known = set(lists["vocabulary"])
    known.update(*concepts.values())
    known.update(form for forms in signs.values() for form in forms if " " not in form)
    known.update(lists["provisional"])
    return Lexicon(
        concepts=concepts,
        references=references,
        weak=frozenset(lists["weak"]),
        attributes=frozenset(lists["attributes"]),
        wholes=lists["wholes"],
        phrases=lists["phrases"],
        idioms=tuple(sorted(idioms, key=len, reverse=True)),
        signs=signs,
        share=frozenset(lists["share"]),
        sums=frozenset(lists["sums"]),
        never_level=frozenset(lists["never_level"]),
        provisional=frozenset(lists["provisional"]),
        refused={
            name: frozenset(lists[name]) for name in ("numbers", "dates", "units", "causes", "forecasts", "judgements")
        },
        vocabulary=frozenset(known),
        text=text,
    )
