"""Write the text of every board: a plan by a model where one answers, by the rules otherwise, written by the grammar.

One file a board, `<narrative>/<slug>.json`, rewritten only when its bytes change; one cache file a question, so that
unchanged claims cost no request. A board whose text fails keeps its last good file.
"""

from __future__ import annotations

import hashlib
import html
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from pipeline.core.errors import NarrativeError, ProviderFailed
from pipeline.core.log import get_logger, progress
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.narrate.claim_sentences import write_claims
from pipeline.narrate.claims import Claim, claims_hash, read_claims
from pipeline.narrate.editor import edit
from pipeline.narrate.grammar import ENGLISH
from pipeline.narrate.ladder import ModelBudget, ModelLimits, Rung, rungs
from pipeline.narrate.paragraph import FinishedText, realise
from pipeline.narrate.prompt import Question, question_of, with_schema
from pipeline.narrate.text_plan import CheckedPlan, TextPlan, check_plan
from pipeline.store.atomic import json_bytes, write_json
from pipeline.store.model_faults import keep_faults

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from pipeline.catalog.schema import Board
    from pipeline.narrate.client import Asker

log = get_logger("narrate")

Origin = Literal["reglas", "modelo", ""]
LEAST_SENTENCES = 2  # of a model's plan, once it is checked; with fewer the rules make it


@dataclass(frozen=True)
class TextResult:
    """What became of the text of one board.

    Attributes:
        slug: Board.
        origin: Who made the plan: `modelo`, `reglas`, or '' when there is no text.
        sentences: The finished sentences, plain text.
        model: Model whose plan it is, or ''.
        dropped: What a model asked for that is no claim of the board.
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
class ModelWord:
    """A model's answer about a board, as it is kept: the plan in it, and what it took."""

    provider: str
    asked: str
    served: str
    tokens: int
    usd: float | None
    seconds: float
    plan: Mapping[str, object]
    fault: str = ""


@dataclass
class TextsReport:
    """What became of the texts of a run.

    Attributes:
        results: Of each board, in their order.
        requests: Sent to models.
        tokens: That models counted.
        usd: Dollars, as far as services tell.
        faults: Models that did not answer, and why.
    """

    results: list[TextResult] = field(default_factory=list)
    requests: int = 0
    tokens: int = 0
    usd: float = 0.0
    faults: list[str] = field(default_factory=list)


def write_texts(
    con: DuckDBPyConnection,
    boards: Iterable[Board],
    settings: Settings,
    paths: Paths,
    run: RunInfo,
    *,
    limits: ModelLimits | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> TextsReport:
    """Write the texts of `boards`, and every claim as a sentence; return what became of the texts.

    Args:
        con: The warehouse, with its table `claim`.
        boards: Declarations of the boards.
        settings: Which models may be asked, and their caps; without a key none is, and nothing is said about it.
        paths: Where prompts and texts lie.
        run: Identity of the run; its source is kept beside the text.
        limits: Caps of the run; those of the settings by default.
        sleep: Waits between attempts.

    Raises:
        UsageError: The settings of the model cannot be used.
    """
    writer = _Writer(con, paths, run, rungs(settings))
    if writer.ladder:
        writer.asker = _asker(writer.ladder, paths, limits or ModelLimits.of(settings), sleep)
    listed = list(boards)
    report = TextsReport([writer.board(board) for board in progress(listed, len(listed), "texts")])
    write_claims(con, paths)
    faults = writer.asker.faults if writer.asker else []
    keep_faults(paths, [(fault.model, f"model_{fault.code}") for fault in faults])
    if asker := writer.asker:
        spent = asker.budget
        report.requests, report.tokens, report.usd = spent.requests, spent.tokens, spent.usd
        report.faults = [str(fault) for fault in faults]
        if spent.requests:
            log.info("models asked", requests=spent.requests, tokens=spent.tokens)
    return report


def _asker(ladder: Sequence[Rung], paths: Paths, limits: ModelLimits, sleep: Callable[[float], None]) -> Asker:
    # The client library takes a second to import: only where a model may be asked.
    from pipeline.narrate.client import Asker  # noqa: PLC0415

    return Asker(ladder, ModelBudget(limits), lambda asked: with_schema(asked, paths.templates), sleep)


def _audited(claim: Claim, *, shown: bool) -> dict[str, object]:
    """Return a claim for the audit: whole where the text tells it; what was left out is said with all claims."""
    return (claim.told() if shown else {"id": claim.id}) | {"shown": shown}


@dataclass
class _Writer:
    con: DuckDBPyConnection
    paths: Paths
    run: RunInfo
    ladder: Sequence[Rung]
    asker: Asker | None = None

    def board(self, board: Board) -> TextResult:
        """Write the text of one board; a fault of one leaves the others alone."""
        try:
            claims = read_claims(self.con, board.slug)
        except NarrativeError as error:
            log.warning("text failed, the last good one stays", board=board.slug, why=str(error))
            return TextResult(board.slug, "", fault=str(error))
        until = max((claim.day for claim in claims if claim.kind != "forecast"), default=self.run.today).isoformat()
        before = self._before(board.slug, until)
        asked = question_of(board.title, board.question, claims, self.paths.templates, tells=board.tells, before=before)
        word = self._word(board, asked, claims) if claims else None
        checked = check_plan(TextPlan.of(word.plan), claims) if word else CheckedPlan(TextPlan(()), 0, 0)
        kept = word is not None and len(checked.plan.sentences) >= LEAST_SENTENCES
        plan = checked.plan if kept else edit(claims, board.tells, before)
        text = realise(plan, claims)
        document = self._document(board.slug, claims, plan, text, word, checked, asked, kept=kept)
        changed = self._put(board.slug, {**document, "until": until, "before": list(before)})
        served = word.served if word and kept else ""
        said = tuple(sentence.text for sentence in text.sentences)
        origin: Origin = "" if not said else "modelo" if kept else "reglas"
        return TextResult(board.slug, origin, said, served, checked.unknown, changed)

    def _before(self, slug: str, until: str) -> tuple[str, ...]:
        """Return what the text of an earlier day told: of the last one, or of what that one followed."""
        try:
            last = json.loads((self.paths.narrative / f"{slug}.json").read_text(encoding="utf-8"))
            ids = [name for s in last["sentences"] for name in s["claims"]] if last["until"] < until else last["before"]
        except (OSError, ValueError, KeyError, TypeError):
            return ()
        return tuple(str(name) for name in ids)

    def _word(self, board: Board, asked: Question, claims: Sequence[Claim]) -> ModelWord | None:
        """Return a model's word on the board, from the cache if it was asked before; None without an answer."""
        if self.asker is None:
            return None
        names = ",".join(rung.name for rung in self.ladder)
        key = hashlib.sha256(f"{asked.hash}\n{claims_hash(claims)}\n{names}".encode()).hexdigest()
        if kept := self._cached(key):
            return kept
        try:
            answer = self.asker.ask(asked)
        except ProviderFailed as error:
            log.warning("no model's plan", board=board.slug, why=error.message)
            return None
        plan, fault = TextPlan(()), ""
        try:
            plan = asked.plan(answer.text)
        except NarrativeError as error:
            fault = error.message
            log.warning("model's plan refused", board=board.slug, model=answer.served, why=fault)
        word = ModelWord(
            answer.provider, answer.model, answer.served, answer.tokens, answer.usd, answer.seconds, plan.told(), fault
        )
        write_json(self.paths.narrative / "cache" / f"{key}.json", {"board": board.slug, "word": asdict(word)})
        return word

    def _cached(self, key: str) -> ModelWord | None:
        path = self.paths.narrative / "cache" / f"{key}.json"
        try:
            return ModelWord(**json.loads(path.read_text(encoding="utf-8"))["word"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _document(
        self,
        slug: str,
        claims: Sequence[Claim],
        plan: TextPlan,
        text: FinishedText,
        word: ModelWord | None,
        checked: CheckedPlan,
        asked: Question,
        *,
        kept: bool,
    ) -> dict[str, object]:
        """Return the file of a board: the text, who made its plan, and the claims for the audit on the page.

        `sentences[].text` and `.en`, the same in English, are escaped for HTML; `paragraphs` and both headlines are
        plain, for templates that escape.
        """
        told = set(plan.claims)
        english = _in_english(slug, plan, claims, text)
        both = zip(text.sentences, english.sentences, strict=True)
        return {
            "slug": slug,
            "origin": "modelo" if kept else "reglas",
            "provider": word.provider if word and kept else "",
            "model": word.served if word and kept else "",
            "asked": word and {name: value for name, value in asdict(word).items() if name != "plan"},
            "headline": text.headline,
            "headline_en": english.headline,
            "sentences": [
                {"text": html.escape(s.text), "en": html.escape(en.text), "claims": list(s.claims)} for s, en in both
            ],
            "paragraphs": text.paragraphs,
            "checked_figures": sum(sentence.figures for sentence in text.sentences),
            "plan": plan.told(),
            "dropped": checked.unknown,
            "unjoined": checked.unjoined,
            "prompt_hash": asked.hash,
            "claims_hash": claims_hash(claims),
            "data_source": self.run.source,
            "claims": [_audited(claim, shown=claim.id in told) for claim in claims],
        }

    def _put(self, slug: str, document: dict[str, object]) -> bool:
        """Write the file if its bytes change; return whether they did."""
        path = self.paths.narrative / f"{slug}.json"
        if path.is_file() and path.read_bytes() == json_bytes(document):
            return False
        write_json(path, document)
        return True


def _in_english(slug: str, plan: TextPlan, claims: Sequence[Claim], text: FinishedText) -> FinishedText:
    """Return a text in English, empty where the catalogue says something that English has no words for."""
    try:
        return realise(plan, claims, ENGLISH)
    except NarrativeError as error:
        log.warning("no English text", board=slug, why=str(error))
        return FinishedText("", tuple(replace(sentence, text="") for sentence in text.sentences))
