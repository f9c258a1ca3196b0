"""What a model is asked, and what its answer must look like.

Data never enters a prompt as text to be read: facts go in as one JSON document, and a fact whose name
holds anything but letters, digits and plain punctuation goes in under its id only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import get_args

import jinja2
from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.core.errors import NarrativeError
from pipeline.narrate.facts import Fact
from pipeline.narrate.lexicon import Lexicon
from pipeline.narrate.text_guard import SENTENCE_LENGTH, Relation, Sentence

MAX_REPLY = 16_000  # characters; an answer of four sentences has about 1 500
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "facts": {"type": "array", "items": {"type": "string"}},
                    "relation": {"type": "string", "enum": list(get_args(Relation))},
                },
                "required": ["text", "facts", "relation"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}

Message = dict[str, str]


class _DraftSentence(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    facts: list[str]
    relation: Relation


class _TextDraft(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    sentences: list[_DraftSentence]


def messages(title: str, question: str, facts: Sequence[Fact], templates: Path, lexicon: Lexicon) -> list[Message]:
    """Return the two messages that ask for the text of a board.

    Args:
        title: Title of the board.
        question: The question it answers.
        facts: Its facts.
        templates: The templates folder.
        lexicon: The closed vocabulary; it is part of the prompt.
    """
    words = sorted(lexicon.vocabulary | {form for forms in lexicon.references.values() for form in forms})
    low, high = SENTENCE_LENGTH
    system = _render(templates, "system.j2", low=low, high=high, words=", ".join(words))
    document = json.dumps([_shown(fact) for fact in facts], ensure_ascii=False, indent=1)
    user = _render(templates, "board.j2", title=title, question=question, facts=document)
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def repair(asked: Sequence[Message], reply: str, reasons: Sequence[str], templates: Path) -> list[Message]:
    """Return the conversation that gives a refused answer back, with the reasons."""
    said = {"role": "assistant", "content": reply[:MAX_REPLY]}
    return [*asked, said, {"role": "user", "content": _render(templates, "repair.j2", reasons=list(reasons)[:12])}]


def with_schema(asked: Sequence[Message], templates: Path) -> list[Message]:
    """Return the messages with the schema spelled out, for services that cannot enforce it."""
    schema = _render(templates, "schema.j2", schema=json.dumps(SCHEMA, ensure_ascii=False))
    first, *rest = asked
    return [{**first, "content": f"{first['content']}\n{schema}"}, *rest]


def prompt_hash(asked: Sequence[Message]) -> str:
    """Return the sha256 of the messages and the schema: facts, prompt version and vocabulary in one key."""
    return hashlib.sha256(json.dumps([asked, SCHEMA], ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def parse(reply: str) -> tuple[Sentence, ...]:
    """Return the sentences of an answer.

    Raises:
        NarrativeError: The answer is empty, too long, no JSON, or another shape than asked for.
    """
    if not reply.strip():
        raise NarrativeError("The answer is empty")
    if len(reply) > MAX_REPLY:
        raise NarrativeError(f"The answer has {len(reply)} characters", hint=f"at most {MAX_REPLY}")
    try:
        draft = _TextDraft.model_validate_json(reply.strip())
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"]) or "document"
        raise NarrativeError(f"The answer is not the JSON asked for: {place}: {fault['type']}") from None
    return tuple(Sentence(each.text.strip(), tuple(each.facts), each.relation) for each in draft.sentences)


def _shown(fact: Fact) -> Mapping[str, object]:
    """Return what a model may know of a fact: never its digits, which it has no use for."""
    shown: dict[str, object] = {
        "id": fact.id,
        "nombre": fact.label if fact.safe_label else fact.id,
        "clase": fact.extreme or fact.kind,
        "unidad": fact.unit,
        "dia": fact.day.isoformat(),
        "preliminar": fact.provisional,
    }
    if fact.is_change:
        shown |= {"clase": f"change_{fact.base}", "sentido": fact.direction}
    return shown


@lru_cache(maxsize=4)
def _environment(templates: Path) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates / "prompts"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - a prompt is no page
    )


def _render(templates: Path, name: str, **values: object) -> str:
    return _environment(templates).get_template(name).render(**values)
