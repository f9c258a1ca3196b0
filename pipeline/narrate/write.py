"""Write the text of every board: by a model where one answers and its answer holds, by the house otherwise.

One file a board, `<narrative>/<slug>.json`, rewritten only when its bytes change; one cache file a question,
so that unchanged facts cost no request. A board whose text fails keeps its last good file.
"""

from __future__ import annotations

import hashlib
import html
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pipeline.core.errors import NarrativeError, ProviderFailed, UngroundedNumber
from pipeline.core.log import get_logger, progress
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.narrate.facts import Fact, facts_hash, read_facts
from pipeline.narrate.ladder import ModelBudget, ModelLimits, Rung, rungs
from pipeline.narrate.lexicon import Lexicon, load_lexicon
from pipeline.narrate.prompt import Message, messages, parse, prompt_hash, repair, with_schema
from pipeline.narrate.text import figures_count, finished, house_sentences
from pipeline.narrate.text_guard import Sentence, check
from pipeline.store.atomic import json_bytes, write_json

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from pipeline.catalog.schema import Board
    from pipeline.narrate.client import Asker

log = get_logger("narrate")

Origin = Literal["plantilla", "modelo", ""]
TURNS = 2  # an answer and one repair; then the house's text


@dataclass(frozen=True)
class TextResult:
    """What became of the text of one board.

    Attributes:
        slug: Board.
        origin: `modelo`, `plantilla`, or '' when there is no text.
        sentences: The finished sentences, plain text.
        model: Model that served the text, or ''.
        dropped: Sentences of models that the guard refused.
        changed: True when the file was written.
        fault: Why there is no new text, or ''.
    """

    slug: str
    origin: Origin
    sentences: tuple[str, ...] = ()
    model: str = ""
    dropped: int = 0
    changed: bool = False
    fault: str = ""


@dataclass(frozen=True)
class _Told:
    """A model's last word on a board: accepted sentences, or none and the reasons."""

    sentences: tuple[Sentence, ...]
    provider: str
    asked: str
    served: str
    tokens: int
    refusals: tuple[tuple[str, ...], ...]
    dropped: int

    @property
    def accepted(self) -> bool:
        return bool(self.sentences)


def write_texts(
    con: DuckDBPyConnection,
    boards: Iterable[Board],
    settings: Settings,
    paths: Paths,
    run: RunInfo,
    *,
    limits: ModelLimits | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> list[TextResult]:
    """Write the texts of `boards` and return what became of each, in their order.

    Args:
        con: The warehouse, with its view `facts`.
        boards: Declarations of the boards.
        settings: Which models may be asked; without a key none is, and nothing is said about it.
        paths: Where templates and texts lie.
        run: Identity of the run; its source is kept beside the text.
        limits: Caps of the run.
        sleep: Waits between attempts.

    Raises:
        NarrativeError: The lexicon is broken.
        UsageError: The settings of the model cannot be used.
    """
    writer = _Writer(con, paths, run, load_lexicon(paths.templates), rungs(settings))
    if writer.ladder:
        writer.asker = _asker(writer.ladder, paths, limits or ModelLimits(), sleep)
    listed = list(boards)
    results = [writer.board(board) for board in progress(listed, len(listed), "texts")]
    if writer.asker and writer.asker.budget.requests:
        log.info("models asked", requests=writer.asker.budget.requests, tokens=writer.asker.budget.tokens)
    return results


def _asker(ladder: Sequence[Rung], paths: Paths, limits: ModelLimits, sleep: Callable[[float], None]) -> Asker:
    # The client library takes a second to import: only where a model may be asked.
    from pipeline.narrate.client import Asker  # noqa: PLC0415

    return Asker(ladder, ModelBudget(limits), lambda asked: with_schema(asked, paths.templates), sleep)


@dataclass
class _Writer:
    con: DuckDBPyConnection
    paths: Paths
    run: RunInfo
    lexicon: Lexicon
    ladder: Sequence[Rung]
    asker: Asker | None = None

    def board(self, board: Board) -> TextResult:
        """Write the text of one board; a fault of one leaves the others alone."""
        try:
            facts = {fact.id: fact for fact in read_facts(self.con, board.slug)}
            told = self._told(board, facts) if facts else None
            if told and told.accepted:
                sentences: tuple[Sentence, ...] = told.sentences
            else:
                sentences = house_sentences(board.slug, board.title, facts, self.paths.templates, self.lexicon)
            document = self._document(board.slug, facts, sentences, told)
        except NarrativeError as error:
            log.warning("text failed, the last good one stays", board=board.slug, why=str(error))
            return TextResult(board.slug, "", fault=str(error))
        changed = self._put(board.slug, document)
        origin: Origin = "" if not sentences else "modelo" if told and told.accepted else "plantilla"
        return TextResult(
            board.slug,
            origin,
            tuple(finished(each, facts) for each in sentences),
            model=told.served if told and told.accepted else "",
            dropped=told.dropped if told else 0,
            changed=changed,
        )

    def _told(self, board: Board, facts: Mapping[str, Fact]) -> _Told | None:
        """Return a model's word on the board, from the cache if it was asked before; None without an answer."""
        if self.asker is None:
            return None
        asked = messages(board.title, board.question, list(facts.values()), self.paths.templates, self.lexicon)
        values = facts_hash(list(facts.values()))
        names = ",".join(rung.name for rung in self.ladder)
        key = hashlib.sha256(f"{prompt_hash(asked)}\n{values}\n{names}".encode()).hexdigest()
        kept = self._cached(key, facts)
        if kept is not None:
            return kept
        try:
            told = self._converse(self.asker, asked, facts)
        except ProviderFailed as error:
            log.warning("no model text", board=board.slug, why=error.message)
            return None
        self._keep(key, board.slug, told)
        if not told.accepted:
            log.warning("model text refused", board=board.slug, model=told.served, reasons=told.refusals[-1][:3])
        return told

    def _converse(self, asker: Asker, asked: list[Message], facts: Mapping[str, Fact]) -> _Told:
        """Ask, judge, and give a refused answer back once with the reasons."""
        refusals: list[tuple[str, ...]] = []
        dropped = tokens = 0
        talk = asked
        for _turn in range(TURNS):
            answer = asker.ask(talk)
            tokens += answer.tokens
            sentences, reasons, refused = self._judge(answer.text, facts)
            dropped += refused
            if not reasons:
                break
            refusals.append(tuple(reasons))
            talk = repair(asked, answer.text, reasons, self.paths.templates)
        return _Told(
            () if reasons else sentences,
            answer.provider,
            answer.model,
            answer.served,
            tokens,
            tuple(refusals),
            dropped,
        )

    def _judge(self, reply: str, facts: Mapping[str, Fact]) -> tuple[tuple[Sentence, ...], list[str], int]:
        """Return the sentences of a reply, the reasons against them and how many are refused."""
        try:
            sentences = parse(reply)
            verdict = check(sentences, facts, self.lexicon)
            if verdict.accepted:
                for sentence in sentences:
                    finished(sentence, facts)
        except UngroundedNumber as error:
            return (), [error.message], len(sentences)
        except NarrativeError as error:
            return (), [error.message], 1
        return sentences, verdict.reasons(), verdict.rejected

    def _cached(self, key: str, facts: Mapping[str, Fact]) -> _Told | None:
        """Return a kept word if it still passes the guard of today."""
        path = self.paths.narrative / "cache" / f"{key}.json"
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            sentences = tuple(Sentence(s["text"], tuple(s["facts"]), s["relation"]) for s in kept["sentences"])
            told = _Told(
                sentences,
                kept["provider"],
                kept["asked"],
                kept["served"],
                kept["tokens"],
                tuple(tuple(reasons) for reasons in kept["refusals"]),
                kept["dropped"],
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return None if told.accepted and not check(sentences, facts, self.lexicon).accepted else told

    def _keep(self, key: str, slug: str, told: _Told) -> None:
        document = {
            "key": key,
            "board": slug,
            "provider": told.provider,
            "asked": told.asked,
            "served": told.served,
            "tokens": told.tokens,
            "sentences": [{"text": s.text, "facts": s.facts, "relation": s.relation} for s in told.sentences],
            "refusals": told.refusals,
            "dropped": told.dropped,
        }
        write_json(self.paths.narrative / "cache" / f"{key}.json", document)

    def _document(
        self, slug: str, facts: Mapping[str, Fact], sentences: Sequence[Sentence], told: _Told | None
    ) -> dict[str, object]:
        """Return the file of a board: the text, who wrote it, and the facts for the audit on the page.

        `sentences[].text` is escaped for HTML; `paragraphs` and `headline` are plain, for templates that escape.
        """
        plain = [finished(sentence, facts) for sentence in sentences]
        served = told if told and told.accepted else None
        shown = {name for sentence in sentences for name in sentence.facts}
        return {
            "slug": slug,
            "origin": "modelo" if served else "plantilla",
            "provider": served.provider if served else "",
            "model": served.served if served else "",
            "model_asked": served.asked if served else "",
            "sentences": [
                {"text": html.escape(text), "facts": list(sentence.facts), "relation": sentence.relation}
                for text, sentence in zip(plain, sentences, strict=True)
            ],
            "headline": plain[0] if plain else "",
            "paragraphs": [" ".join(plain)] if plain else [],
            "checked_figures": figures_count(sentences),
            "dropped": told.dropped if told else 0,
            "data_source": self.run.source,
            "facts_hash": facts_hash(list(facts.values())),
            "facts": [{**fact.canonical(), "shown": name in shown} for name, fact in sorted(facts.items())],
        }

    def _put(self, slug: str, document: dict[str, object]) -> bool:
        """Write the file if its bytes change; return whether they did."""
        path = self.paths.narrative / f"{slug}.json"
        if path.is_file() and path.read_bytes() == json_bytes(document):
            return False
        write_json(path, document)
        return True
