"""What a model is asked, and how its answer is read. It is an editor: it gets finished clauses and returns a plan.

Claims go in under short keys; those of one letter may share a sentence. What comes back is read for the plan in it and
for nothing else, so that no word of a model reaches a page.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from pipeline.core.errors import NarrativeError
from pipeline.narrate.claims import Claim
from pipeline.narrate.editor import ranked
from pipeline.narrate.grammar import WORDINGS, can_stand, head
from pipeline.narrate.text_plan import MOST_JOINED, TextPlan

MAX_REPLY = 16_000  # characters; a plan has about 400
MAX_TOKENS = 1_500  # of a question, by `most_tokens`
FRAME = 40  # tokens that a chat adds around two messages, and more
MOST_OFFERED = 30
_PIECE = re.compile(r"[^\W\d_]+|[^ ]")
_THINKS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)

Message = dict[str, str]


def most_tokens(text: str) -> int:
    """Return how many tokens a Spanish text has at most, whatever the vocabulary of the model.

    A word costs one and another for each three bytes, one more with an accent, a letter each where it is no plain word
    (`kWh`, `ENFICC`); a digit, a sign and a line break are one. On the prompts of all boards that is a quarter above
    the counts of GPT-2 and Llama 2, the dearest in Spanish, and half above those of GPT-4, gpt-oss and Llama 3.
    """
    return sum(_word(piece) if piece.isalpha() else len(piece.encode()) for piece in _PIECE.findall(text))


def _word(word: str) -> int:
    size = len(word.encode())
    return 1 + size // 3 + (not word.isascii()) if word[1:].islower() or len(word) == 1 else size


@dataclass(frozen=True)
class Question:
    """What a model is asked about a board.

    Attributes:
        messages: Of the chat.
        keys: Key of the question → id of the claim.
    """

    messages: tuple[Message, ...]
    keys: Mapping[str, str]

    @property
    def schema(self) -> dict[str, object]:
        """JSON Schema of the answer; the keys are its enums."""
        key = {"type": "string", "enum": list(self.keys)}
        sentence = {
            "type": "object",
            "properties": {
                "claims": {"type": "array", "items": key},
                "wording": {"type": "integer", "enum": list(range(WORDINGS))},
            },
            "required": ["claims", "wording"],
            "additionalProperties": False,
        }
        return {
            "type": "object",
            "properties": {"headline": key, "sentences": {"type": "array", "items": sentence}},
            "required": ["headline", "sentences"],
            "additionalProperties": False,
        }

    @property
    def bounded_schema(self) -> dict[str, object]:
        """The schema with the lengths that the prompt asks for; without them a small model writes on and on."""
        schema: dict[str, Any] = self.schema
        sentences = schema["properties"]["sentences"]
        sentences.update(minItems=3, maxItems=5)
        sentences["items"]["properties"]["claims"].update(minItems=1, maxItems=MOST_JOINED)
        return schema

    @property
    def hash(self) -> str:
        """The sha256 of the messages and the schema: claims and version of the prompt in one key."""
        return hashlib.sha256(json.dumps([self.messages, self.schema], ensure_ascii=False).encode()).hexdigest()

    def plan(self, reply: str) -> TextPlan:
        """Return the plan of an answer, its keys as ids; what is no key stays as it is, to be counted.

        Raises:
            NarrativeError: There is no plan in it.
        """
        plan = TextPlan.of(_document(reply))
        named = [
            replace(sentence, claims=tuple(self.keys.get(key, f"?{key}") for key in sentence.claims))
            for sentence in plan.sentences
        ]
        return TextPlan(tuple(named), self.keys.get(plan.headline, plan.headline and f"?{plan.headline}"))


def question_of(
    title: str,
    question: str,
    claims: Sequence[Claim],
    templates: Path,
    *,
    tells: Sequence[str] = (),
    before: Collection[str] = (),
) -> Question:
    """Return what is asked about a board: its claims, what weighs most first, as many as the prompt may hold.

    Args:
        title: Title of the board.
        question: The question it answers.
        claims: Its claims.
        templates: The templates folder.
        tells: What its file asks for, in order.
        before: Ids that yesterday's text told.
    """
    system = _render(templates, "system.j2")
    letters: dict[tuple[object, ...], list[str]] = {}
    keys: dict[str, str] = {}
    lines: list[str] = []
    user = _render(templates, "board.j2", title=title, question=question, lines=lines, old=True)
    room = MAX_TOKENS - FRAME - most_tokens(system) - most_tokens(user)
    offered = [claim for claim in ranked(claims, tells, before) if can_stand(claim)][:MOST_OFFERED]
    for claim in offered:
        group = letters.setdefault((claim.subject, claim.day, claim.span, claim.period), [])
        key = f"{_letter(list(letters).index((claim.subject, claim.day, claim.span, claim.period)))}{len(group) + 1}"
        mark = "*" if claim.id in before else ""
        line = f"{key} {min(9, int(claim.significance * 10))}{mark} {head(claim, 0)}"
        room -= most_tokens(line) + 1
        if room < 0:
            break
        group.append(key)
        keys[key] = claim.id
        lines.append(line)
    old = any(claim.id in before for claim in offered)
    user = _render(templates, "board.j2", title=title, question=question, lines=lines, old=old)
    return Question(({"role": "system", "content": system}, {"role": "user", "content": user}), keys)


def with_schema(asked: Question, templates: Path) -> list[Message]:
    """Return the messages with the shape spelled out, where there is room, for services that cannot enforce it."""
    shape = json.dumps(asked.schema, ensure_ascii=False)
    first, *rest = asked.messages
    told = [{**first, "content": f"{first['content']}\n{_render(templates, 'schema.j2', schema=shape)}"}, *rest]
    whole = FRAME + sum(most_tokens(message["content"]) for message in told)
    return told if whole <= MAX_TOKENS else list(asked.messages)


def _letter(number: int) -> str:
    return ("" if number < 26 else chr(96 + number // 26)) + chr(97 + number % 26)


def _document(reply: str) -> Mapping[str, object]:
    """Return the JSON object of an answer: what is thought aloud, fences and words around it do not count."""
    if len(reply) > MAX_REPLY:
        raise NarrativeError(f"The answer has {len(reply)} characters", hint=f"at most {MAX_REPLY}")
    said = _THINKS.sub("", reply)
    start, end = said.find("{"), said.rfind("}")
    try:
        document = json.loads(said[start : end + 1]) if 0 <= start < end else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise NarrativeError("The answer holds no plan")
    return document


@lru_cache(maxsize=4)
def _environment(templates: Path) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates / "prompts"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - a prompt is no page
    )


def _render(templates: Path, name: str, **values: object) -> str:
    return _environment(templates).get_template(name).render(**values)
