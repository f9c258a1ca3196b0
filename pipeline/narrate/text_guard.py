"""The guard: decides whether a text with placeholders may be published.

A model writes words and `{{id}}` placeholders; this module refuses every sentence that says more than
its facts do. The rules are closed (a word the lexicon does not hold is refused), so that a new way of
being wrong fails by default. Reasons are short English codes with the offending piece; they go to the
log, to the audit on the page and, in the repair turn, back to the model.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.narrate.clause_guard import clause_faults, relations
from pipeline.narrate.clauses import blank, placeholders, without_placeholders
from pipeline.narrate.facts import Fact
from pipeline.narrate.lexicon import WORD, Lexicon, words_of

Relation = Literal["up", "down", "max", "min", "equal", "none"]

SENTENCES = (1, 5)
SENTENCE_LENGTH = (15, 320)
FIGURES_PER_SENTENCE = 6
_ALLOWED = re.compile(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ ,.;:()—–-]*")
_CAPITALS = {"SIN", "XM", "Colombia", "Sistema", "Interconectado", "Nacional"}
_INITIALS = {"SIN", "STN", "STR", "XM"}  # the system, its networks and its operator


@dataclass(frozen=True)
class Sentence:
    """A sentence with placeholders, the facts it declares and the relation it claims."""

    text: str
    facts: tuple[str, ...]
    relation: Relation = "none"


@dataclass(frozen=True)
class Verdict:
    """What the guard found.

    Attributes:
        sentences: Reasons against each sentence; empty means accepted.
        text: Reasons against the text as a whole.
    """

    sentences: tuple[tuple[str, ...], ...]
    text: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """True when nothing speaks against the text."""
        return not self.text and not any(self.sentences)

    @property
    def rejected(self) -> int:
        """Number of refused sentences (all of them when the text as a whole is refused)."""
        return len(self.sentences) if self.text else sum(1 for reasons in self.sentences if reasons)

    def reasons(self) -> list[str]:
        """Return every reason, numbered by sentence from 1."""
        each = [f"sentence {n}: {why}" for n, found in enumerate(self.sentences, 1) for why in found]
        return [*each, *(f"text: {why}" for why in self.text)]


def check(sentences: Sequence[Sentence], facts: Mapping[str, Fact], lexicon: Lexicon) -> Verdict:
    """Return the verdict on a whole text.

    Args:
        sentences: The text, in order.
        facts: The facts of its board, by id.
        lexicon: The closed vocabulary.
    """
    low, high = SENTENCES
    overall = []
    if not low <= len(sentences) <= high:
        overall.append(f"length: {len(sentences)} sentences, expected {low} to {high}")
    if len({sentence.text for sentence in sentences}) != len(sentences):
        overall.append("length: a sentence is written twice")
    found = [list(check_sentence(sentence, facts, lexicon)) for sentence in sentences]
    for reasons, date_fault in zip(found, _dates(sentences, facts), strict=True):
        reasons.extend(date_fault)
    return Verdict(tuple(tuple(reasons) for reasons in found), tuple(overall))


def check_sentence(sentence: Sentence, facts: Mapping[str, Fact], lexicon: Lexicon) -> Iterator[str]:
    """Yield the reasons to refuse one sentence; nothing means that it may be published."""
    shape = list(_shape(sentence.text))
    if shape:
        yield from shape
        return
    used = placeholders(sentence.text)
    unknown = sorted({p.id for p in used} - set(facts))
    if unknown:
        yield f"facts: no such fact: {', '.join(unknown)}"
        return
    figures = [p.id for p in used if p.is_figure]
    if not figures:
        yield "facts: a sentence without a figure cannot be checked"
        return
    if len(figures) > FIGURES_PER_SENTENCE or len(set(figures)) != len(figures):
        yield "facts: too many figures, or one figure twice"
    if set(sentence.facts) != {p.id for p in used}:
        yield "facts: the declared list is not the list of placeholders"
    yield from _vocabulary(sentence.text, lexicon)
    cited = [facts[name] for name in dict.fromkeys(figures)]
    said = bool(set(words_of(without_placeholders(sentence.text))) & lexicon.provisional)
    if any(fact.provisional for fact in cited) != said:
        yield "provisional: «preliminar» goes with provisional facts, and only with them"
    yield from clause_faults(sentence.text, facts, lexicon)
    allowed = relations([facts[name] for name in figures])
    if sentence.relation not in allowed:
        yield f"relation: «{sentence.relation}» declared, the facts say {' or '.join(sorted(allowed))}"


def _shape(text: str) -> Iterator[str]:
    """Characters, length, capital and full stop."""
    low, high = SENTENCE_LENGTH
    if not low <= len(text) <= high:
        yield f"length: {len(text)} characters, expected {low} to {high}"
        return
    plain = without_placeholders(text)
    if any(unicodedata.category(char).startswith("N") for char in plain):
        yield "numbers: a digit outside a placeholder"
    if text != unicodedata.normalize("NFC", text) or not _ALLOWED.fullmatch(plain):
        yield "characters: only Spanish letters and , . ; : ( ) — outside placeholders"
    if not text.endswith(".") or plain.count(".") != 1:
        yield "shape: one sentence, one full stop, at its end"
    first = plain.lstrip()[:1]
    if not text.lstrip().startswith("{{") and not first.isupper():
        yield "shape: a sentence starts with a capital letter"
    if re.search(r"\}\}\s*\{\{", text):
        yield "shape: two placeholders without a word between them"


def _vocabulary(text: str, lexicon: Lexicon) -> Iterator[str]:
    """Every word is in the lexicon; refused kinds of words are named."""
    plain = blank(without_placeholders(text), lexicon.idioms)
    for position, word in enumerate(match.group() for match in WORD.finditer(plain)):
        if word in _INITIALS:
            continue
        lower = word.lower()
        kinds = [kind for kind, words in lexicon.refused.items() if lower in words]
        if kinds:
            yield f"{kinds[0]}: «{word}» is not allowed outside a placeholder"
        elif lower not in lexicon.vocabulary:
            yield f"vocabulary: «{word}» is not in the word list"
        elif position and word != lower and word not in _CAPITALS:
            yield f"names: «{word}» is written like a name"


def _dates(sentences: Sequence[Sentence], facts: Mapping[str, Fact]) -> Iterator[list[str]]:
    """Figures belong to the date that was written last; the first sentence writes one."""
    running = None
    for sentence in sentences:
        reasons: list[str] = []
        known = [p for p in placeholders(sentence.text) if p.id in facts]
        written = {facts[p.id].show(p.aspect) for p in known if p.aspect in ("dia", "mes")}
        if len(written) > 1:
            reasons.append("dates: one date a sentence")
        if written:
            running = min(written)
        wrong = sorted(
            p.id for p in known if p.is_figure and running not in {facts[p.id].show("dia"), facts[p.id].show("mes")}
        )
        if running is None:
            reasons.append("dates: the first sentence gives the date of its figures, as {{id.dia}}")
        elif wrong:
            reasons.append(f"dates: figures of another day: {', '.join(wrong)}")
        yield reasons
