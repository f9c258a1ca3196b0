"""From sentences with placeholders to finished text; and the house's own sentences.

The deterministic text comes from `templates/narrative/<slug>.j2`, one sentence a line. A template writes
the same placeholders a model does and passes the same guard, so that neither can print a figure that is
no fact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import jinja2

from pipeline.core.errors import NarrativeError, UngroundedNumber
from pipeline.narrate.clause_guard import relations
from pipeline.narrate.clauses import PLACEHOLDER, placeholder, placeholders
from pipeline.narrate.facts import Fact
from pipeline.narrate.figures import unsupported
from pipeline.narrate.lexicon import Lexicon
from pipeline.narrate.text_guard import Relation, Sentence, check

_RELATIONS: tuple[Relation, ...] = ("none", "up", "down", "equal", "max", "min")


def finished(sentence: Sentence, facts: Mapping[str, Fact]) -> str:
    """Return the sentence with its facts in place, as plain text (escape it where it becomes HTML).

    Raises:
        UngroundedNumber: A figure of the finished text is no fact (the second line of defence).
    """

    def show(match: re.Match[str]) -> str:
        found = placeholder(match)
        return facts[found.id].show(found.aspect, opens=match.start() == 0)

    text = PLACEHOLDER.sub(show, sentence.text)
    nameless = PLACEHOLDER.sub(lambda m: "" if m.group(2) == "nombre" else show(m), sentence.text)
    wrong = unsupported(nameless, [facts[name] for name in sentence.facts])
    if wrong:
        raise UngroundedNumber(
            "A finished text holds a figure that is no fact",
            hint="this is a fault of the guard or of a display: add the case to tests/narrate",
            figures=", ".join(wrong),
            sentence=sentence.text,
        )
    return text


def house_sentences(
    slug: str, title: str, facts: Mapping[str, Fact], templates: Path, lexicon: Lexicon
) -> tuple[Sentence, ...]:
    """Return the deterministic text of a board; facts that do not exist leave their sentence out.

    Args:
        slug: Board.
        title: Its title, for the template of boards that have none of their own.
        facts: Its facts by id.
        templates: The templates folder.
        lexicon: The closed vocabulary.

    Raises:
        NarrativeError: The template is wrong or its text does not pass the guard.
    """
    if not facts:
        return ()
    folder = templates / "narrative"
    name = f"{slug}.j2" if (folder / f"{slug}.j2").is_file() else "_default.j2"
    tools = {
        "facts": facts,
        "title": title,
        "has": lambda *ids: all(each in facts for each in ids),
        "f": lambda identity: f"{{{{{facts[identity].id}}}}}",
        "dia": lambda identity: f"{{{{{facts[identity].id}.dia}}}}",
        "mes": lambda identity: f"{{{{{facts[identity].id}.mes}}}}",
        "nombre": lambda identity: f"{{{{{facts[identity].id}.nombre}}}}",
        "new_date": _dater(facts),
        "still_open": lambda text: any(facts[p.id].provisional for p in placeholders(text)),
    }
    try:
        written = _environment(folder).get_template(name).render(**tools)
    except (jinja2.TemplateError, KeyError) as error:
        raise NarrativeError(
            f"The template of a text failed: {type(error).__name__}: {error}",
            hint=f"mend templates/narrative/{name}",
            board=slug,
        ) from error
    lines = (" ".join(line.split()) for line in written.splitlines())
    sentences = tuple(_sentence(line, facts) for line in lines if line)
    verdict = check(sentences, facts, lexicon)
    if sentences and not verdict.accepted:
        raise NarrativeError(
            f"The template of a text breaks the rules: {'; '.join(verdict.reasons())}",
            hint=f"mend templates/narrative/{name}",
            board=slug,
        )
    return sentences


@lru_cache(maxsize=4)
def _environment(folder: Path) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - the text is escaped as a whole where it becomes HTML
    )


def _dater(facts: Mapping[str, Fact]) -> Callable[[str], bool]:
    """Return a template function: True when the date of a fact is not the one that was asked for last."""
    written: set[object] = set()

    def is_new(identity: str) -> bool:
        day = facts[identity].day
        if day in written:
            return False
        written.clear()
        written.add(day)
        return True

    return is_new


def _sentence(line: str, facts: Mapping[str, Fact]) -> Sentence:
    line = line[:1].upper() + line[1:]
    used = placeholders(line)
    names = tuple(dict.fromkeys(p.id for p in used))
    cited = [facts[p.id] for p in used if p.is_figure]
    allowed = relations(cited)
    relation = next(name for name in _RELATIONS if name in allowed)
    return Sentence(line, names, relation)


def figures_count(sentences: Sequence[Sentence]) -> int:
    """Return how many figures and dates a text shows, all of them checked."""
    return sum(1 for s in sentences for p in placeholders(s.text) if p.aspect != "nombre")
