"""Cut a sentence with placeholders into clauses: the unit in which a claim is checked.

«La demanda fue de {{a}}, {{b}} menos que la semana anterior» holds two claims; each must be true of
its own fact, so subjects, directions and bases of comparison are compared clause by clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from pipeline.narrate.facts import Aspect
from pipeline.narrate.lexicon import Lexicon

PLACEHOLDER = re.compile(r"\{\{\s*([a-z][a-z0-9_]{0,59})(?:\.(dia|mes|nombre))?\s*\}\}")
RANGE = re.compile(r"\bentre (\{\{[^{}]+\}\}) y (\{\{[^{}]+\}\})")
# A conjunction opens a clause only as a word of its own.
_CUT = re.compile(r"[,;:()—–]|\s(?:y|e|mientras)\s")
_JOINED = "\x1f"


@dataclass(frozen=True)
class Placeholder:
    """A `{{id}}` or `{{id.aspect}}` of a sentence."""

    id: str
    aspect: Aspect

    @property
    def is_figure(self) -> bool:
        """True when it stands for the figure itself."""
        return self.aspect == ""


@dataclass(frozen=True)
class Clause:
    """A stretch of a sentence that cites at least one figure (or the whole sentence, if none does).

    Attributes:
        text: The stretch, placeholders included.
        words: The same without placeholders.
        placeholders: Its placeholders, in order.
        is_range: True for «entre {{a}} y {{b}}».
    """

    text: str
    words: str
    placeholders: tuple[Placeholder, ...]
    is_range: bool

    @property
    def figures(self) -> tuple[str, ...]:
        """Ids whose figures it shows, in order."""
        return tuple(p.id for p in self.placeholders if p.is_figure)

    @property
    def named(self) -> tuple[str, ...]:
        """Ids whose names it shows."""
        return tuple(p.id for p in self.placeholders if p.aspect == "nombre")

    def word_before(self, fact_id: str) -> str:
        """Return the word just before the figure, lower case, or ''."""
        match = re.search(r"([^\W\d_]+)\s*\{\{\s*" + re.escape(fact_id) + r"\s*\}\}", self.text)
        return match.group(1).lower() if match else ""

    def after(self, fact_id: str) -> str:
        """Return the text after the figure."""
        match = re.search(r"\{\{\s*" + re.escape(fact_id) + r"\s*\}\}", self.text)
        return self.text[match.end() :] if match else ""

    def word_after(self, fact_id: str) -> str:
        """Return the word just after the figure, lower case, or ''."""
        match = re.match(r"\s*([^\W\d_]+)", self.after(fact_id))
        return match.group(1).lower() if match else ""


def placeholders(text: str) -> tuple[Placeholder, ...]:
    """Return every placeholder of `text`, in order."""
    return tuple(placeholder(match) for match in PLACEHOLDER.finditer(text))


def placeholder(match: re.Match[str]) -> Placeholder:
    """Return the placeholder that `PLACEHOLDER` found."""
    return Placeholder(match.group(1), cast("Aspect", match.group(2) or ""))


def without_placeholders(text: str) -> str:
    """Return `text` with each placeholder replaced by a space."""
    return PLACEHOLDER.sub(" ", text)


def blank(text: str, idioms: Iterable[str]) -> str:
    """Return `text` with every idiom (whole words, any case) removed."""
    for idiom in idioms:
        text = re.sub(rf"(?<!\w){re.escape(idiom)}(?!\w)", " ", text, flags=re.IGNORECASE)
    return text


def clauses(sentence: str, lexicon: Lexicon) -> list[Clause]:
    """Return the clauses of `sentence`; a stretch without a figure joins the one that follows it."""
    guarded = RANGE.sub(rf"entre \1{_JOINED}\2", sentence)
    for phrase in lexicon.phrases:
        joined = phrase.replace(" y ", _JOINED)
        guarded = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", joined, guarded, flags=re.IGNORECASE)
    stretches = _merge([part for part in _CUT.split(guarded) if part.strip(" .")])
    return [_clause(part) for part in stretches]


def _merge(parts: Sequence[str]) -> list[str]:
    merged: list[str] = []
    pending = ""
    for part in parts:
        pending = f"{pending} {part}".strip()
        if any(p.is_figure for p in placeholders(pending)):
            merged.append(pending)
            pending = ""
    if pending and merged:
        merged[-1] += f" {pending}"
    elif pending:
        merged.append(pending)
    return merged


def _clause(part: str) -> Clause:
    text = part.replace(_JOINED, " y ")
    return Clause(
        text=text,
        words=without_placeholders(text),
        placeholders=placeholders(text),
        is_range=RANGE.search(text) is not None,
    )
