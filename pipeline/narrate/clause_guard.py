"""What a clause claims of its figures, and whether the facts say so.

Five questions a clause: is it about what its figures are about, does it compare with what they were
compared with, does it move the way they moved, are its extremes extremes, are its shares shares.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pipeline.narrate.clauses import Clause, blank, clauses
from pipeline.narrate.facts import Fact
from pipeline.narrate.lexicon import Lexicon, has_phrase, words_of

# «subió a {{x}}», «fue de {{x}}» read a change as a level.
_LEVEL_WORDS = {"a", "hasta", "al", "fue", "fueron", "está", "están", "alcanzó", "alcanzaron", "en"}
_ARTICLES = {"al", "el", "del"}
_OF_MEAN = re.compile(r"^\s*(?:de la|de su|del)\s+(?:media histórica|promedio histórico)(?!\w)")
_OF_WHOLE = re.compile(r"^\s*(?:del|de la|de los|de las|de su|de esa|de esta|de ese)(?!\w)")
_SUPERLATIVE = re.compile(r"\b(?:el|la|los|las|lo)\s+(?:más|menos|mayor|menor|mayores|menores)\b", re.IGNORECASE)
_THRESHOLD = re.compile(
    r"\b(?:más|menos)\s+de\b|\b(?:mayor|menor|superior|inferior|más|menos)\s+(?:a|al|que|en)\s+(?:el\s+|un\s+)?\{\{",
    re.IGNORECASE,
)


def relations(cited: Sequence[Fact]) -> set[str]:
    """Return the relations a sentence with these figures may declare."""
    changes = {"equal" if fact.direction == "flat" else fact.direction for fact in cited if fact.is_change}
    extremes = {fact.extreme for fact in cited if fact.extreme}
    # An extreme may be told without being the point of the sentence.
    return changes | extremes | (set() if changes else {"none"})


def clause_faults(sentence: str, facts: Mapping[str, Fact], lexicon: Lexicon) -> Iterator[str]:
    """Yield what is wrong with the claims of a sentence whose placeholders are all facts."""
    parts = clauses(sentence, lexicon)
    yield from _roots([facts[name] for part in parts for name in part.figures], lexicon)
    if _SUPERLATIVE.search(sentence):
        yield "relation: a superlative needs a fact that is one"
    if _THRESHOLD.search(sentence):
        yield "relation: give the figure itself, not a threshold"
    bases = [lexicon.references_in(part.words) for part in parts]
    subject: frozenset[str] = frozenset()
    direction = ""
    extreme = ""
    portion = False
    for index, part in enumerate(parts):
        cited = [facts[name] for name in part.figures]
        named = lexicon.concepts_in(blank(part.words, lexicon.wholes)) | {f"#{name}" for name in part.named}
        subject = named if named - lexicon.attributes else subject | named
        yield from _subject(subject, named, cited, lexicon)
        nearby = bases[index : index + 2] + bases[max(index - 1, 0) : index]
        yield from _base(bases[index], next((base for base in nearby if base), frozenset()), part, cited, lexicon)
        direction = _written_direction(part, lexicon) or direction
        yield from _direction(part, cited, direction, lexicon)
        extreme = _written_extreme(part, lexicon) or extreme
        yield from _extreme(part, cited, extreme, lexicon)
        portion = portion or bool(set(words_of(part.words)) & lexicon.share)
        yield from _wholes(part, cited, portion, lexicon)


def concepts_of(fact: Fact, lexicon: Lexicon) -> frozenset[str]:
    """Return what a fact is about.

    A label that no sentence can spell (it holds figures or number words) or that names no concept
    makes a fact about itself only: it has to be introduced as `{{id.nombre}}`.
    """
    # «Demanda del SIN, frente a la semana anterior»: the tail says the base, not the subject.
    label = fact.label.rsplit(",", 1)[0] if fact.is_change else fact.label
    if re.search(r"\d", label) or set(words_of(label)) & lexicon.refused["numbers"]:
        return frozenset({f"#{fact.id}"})
    return lexicon.concepts_in(label) or frozenset({f"#{fact.id}"})


def _roots(cited: Sequence[Fact], lexicon: Lexicon) -> Iterator[str]:
    """A change told beside a level of its subject is a change of that level."""
    for change in (fact for fact in cited if fact.is_change):
        about = concepts_of(change, lexicon)
        levels = {fact.id for fact in cited if not fact.is_change and concepts_of(fact, lexicon) == about}
        if levels and change.root not in levels:
            yield f"relation: {change.id} is not a change of {', '.join(sorted(levels))}"


def _subject(subject: frozenset[str], named: frozenset[str], cited: Sequence[Fact], lexicon: Lexicon) -> Iterator[str]:
    """The clause names what its figures are about, and nothing else."""
    about = [concepts_of(fact, lexicon) for fact in cited]
    stray = (named - lexicon.weak) - frozenset().union(*about) - {f"#{fact.id}" for fact in cited}
    if stray:
        yield f"subject: {', '.join(sorted(stray))} is not what the figures of the clause are about"
    for fact, concepts in zip(cited, about, strict=True):
        strong = concepts - lexicon.weak
        if f"#{fact.id}" in subject:
            continue
        if not (strong <= subject if strong else concepts & subject and not subject - lexicon.weak):
            yield f"subject: {fact.id} is about {', '.join(sorted(concepts))}, which the clause does not name"


def _base(
    own: frozenset[str], near: frozenset[str], part: Clause, cited: Sequence[Fact], lexicon: Lexicon
) -> Iterator[str]:
    """A change stands beside its own base of comparison, a percentage of the mean beside the mean."""
    of_mean = [fact for fact in cited if not fact.is_change and "mean" in lexicon.references_in(fact.label)]
    needed = frozenset(fact.base for fact in cited if fact.base)
    allowed = needed | ({"mean"} if of_mean else frozenset())
    if own - allowed:
        yield f"reference: compared with {', '.join(sorted(own - allowed))}, which no figure here is"
    elif needed and near - {"mean"} != needed:
        yield f"reference: the base of comparison must be {', '.join(sorted(needed))}"
    for fact in of_mean:
        if not _OF_MEAN.match(part.after(fact.id)):
            yield f"reference: {fact.id} is a percentage «de la media histórica»"


def _without_bases(part: Clause, lexicon: Lexicon) -> str:
    """Return the words of the clause without its bases of comparison («año pasado» moves nothing)."""
    text = f" {' '.join(words_of(part.words))} "
    for form in sorted((f for forms in lexicon.references.values() for f in forms), key=len, reverse=True):
        text = text.replace(f" {form} ", " ")
    return text


def _written_direction(part: Clause, lexicon: Lexicon) -> str:
    """Return up, down, flat or mixed as the words of the clause say; '' when they say nothing."""
    plain = _without_bases(part, lexicon)
    words = set(plain.split())
    ways = {way for way in ("up", "down") if words & lexicon.signs[way]}
    if has_phrase(plain, lexicon.signs["equal"]):
        ways.add("flat")
    return "mixed" if len(ways) > 1 else next(iter(ways), "")


def _direction(part: Clause, cited: Sequence[Fact], direction: str, lexicon: Lexicon) -> Iterator[str]:
    """Direction words agree with the sign of the changes, and need one."""
    written = _written_direction(part, lexicon)
    if has_phrase(part.words, lexicon.signs["above"] | lexicon.signs["below"]):
        yield "relation: give the percentage of the historical mean, not «por encima» or «por debajo»"
    moves = lexicon.signs["up"] | lexicon.signs["down"]
    for fact in cited:
        if fact.is_change and part.word_before(fact.id) in _LEVEL_WORDS:
            yield f"relation: {fact.id} is a change, written as a level"
        if not fact.is_change and {part.word_before(fact.id), part.word_after(fact.id)} & moves:
            yield f"relation: {fact.id} is a level, written as a change"
    ways = {fact.direction for fact in cited if fact.is_change}
    if not ways and written:
        yield f"relation: says {written} and cites no change"
    elif ways and ways != {direction}:
        yield f"relation: says {direction or 'nothing'}, the facts say {' and '.join(sorted(ways))}"


def _written_extreme(part: Clause, lexicon: Lexicon) -> str:
    """Return max, min or both as the words or the range of the clause say; '' when they say nothing."""
    if part.is_range:
        return "both"
    words = set(words_of(part.words))
    said = [kind for kind in ("max", "min") if words & lexicon.signs[kind]]
    return "both" if len(said) > 1 else "".join(said)


def _extreme(part: Clause, cited: Sequence[Fact], extreme: str, lexicon: Lexicon) -> Iterator[str]:
    """«Máximo», «mínimo» and hours go with facts that are such, and such facts go with the word."""
    extremes = [fact.extreme for fact in cited if fact.extreme and fact.id not in part.named]
    written = _written_extreme(part, lexicon)
    if part.is_range:
        if [fact.extreme for fact in cited[-2:]] != ["min", "max"]:
            yield "relation: «entre … y …» goes from a min to a max"
    elif written == "both" or (written and set(extremes) != {written}):
        yield f"relation: «{written}» claimed of a figure that is not one"
    elif extremes and set(extremes) != {extreme}:
        yield f"relation: a {' and a '.join(extremes)} must be called so"
    if "hora" in words_of(part.words) and not any(fact.is_hour for fact in cited):
        yield "relation: an hour is named and no figure is one"
    for fact in cited:
        if fact.is_hour and fact.id not in part.named and part.word_before(fact.id) != "hora":
            yield f"relation: {fact.id} is an hour: write «hora {{{{{fact.id}}}}}»"


def _wholes(part: Clause, cited: Sequence[Fact], portion: bool, lexicon: Lexicon) -> Iterator[str]:
    """Shares are shares of something, levels are not, and counts count what follows them."""
    words = set(words_of(part.words))
    nouns = lexicon.concepts["plantas"] | lexicon.concepts["reservas"]
    for fact in cited:
        of_whole = _OF_WHOLE.match(part.after(fact.id)) is not None
        introduced = fact.id in part.named
        counted = part.word_after(fact.id) in nouns
        if fact.kind == "share" and not (of_whole or portion or introduced):
            yield f"share: {fact.id} is a part of a whole: «participación», «representó» or «… de la …»"
        if fact.kind == "level" and fact.unit != "%" and words & lexicon.never_level:
            yield f"share: {fact.id} is no part of a whole"
        if fact.kind == "level" and of_whole and fact.unit != "%":
            yield f"share: {fact.id} is no part of what follows it"
        if counted != (fact.unit == "#" and not introduced):
            yield f"share: {fact.id} {'counts nothing' if counted else 'is a count: name what it counts'}"
        if part.word_before(fact.id) in _ARTICLES and fact.unit != "%":
            yield f"share: «{part.word_before(fact.id)}» goes with a percentage, and {fact.id} is none"
        if fact.unit == "%" and words & lexicon.sums:
            yield f"share: {fact.id} is a percentage, which adds up to nothing"
