"""What may be signed: false plans published, claims against the lake, style, unchanged nights, faults of providers."""

from __future__ import annotations

import html
import json
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from pydantic import SecretStr

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import UsageError
from pipeline.core.paths import DEMO, ROOT, Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.narrate.claims import Claim, read_claims
from pipeline.narrate.grammar import ENGLISH, KINDS, SPANISH, WORDINGS, head
from pipeline.narrate.ladder import ModelLimits
from pipeline.narrate.paragraph import FinishedText, Told, realise
from pipeline.narrate.prompt import FRAME, MAX_TOKENS, Question, most_tokens, question_of
from pipeline.narrate.write import TextsReport, write_texts
from pipeline.provenance import differing
from pipeline.store import warehouse
from tests.bench.bench_parts import wanted
from tests.bench.checker import bench_checker, write_known
from tests.bench.local_model import local_model
from tests.bench.narrate_false import completions, foreign, planned
from tests.bench.narrate_read import ClaimsRead, nights, read_again, read_lake
from tests.bench.reports import bench_reports
from tests.bench.table import Line, at_least, at_most, exactly, told
from tests.narrate.claim_queries import console
from tests.narrate.conftest import Endpoint, Reply, completion, fault

#: What is checked of past days, how many nights ago it was written, and its kinds: what values of days bear out. The
#: first is beyond what stands with the claims of the night; the second has a year before it, so that there are runs.
_PASTS = (
    ("checker, of the past", 150, ("value", "comparison", "rank", "run", "event")),
    ("checker, past ranks, runs and records", 10, ("rank", "run", "event")),
)
EACH = 160  # completions a board
NIGHTS = 60
DECLARED = 2.0  # seconds that all models of a run may take, in the part of faults
GENEROUS = {"llm_call_seconds": 120, "llm_total_seconds": 1800, "llm_tokens": 1_000_000}
_WHOLE_DATE = re.compile(r"\d+ de [a-z]+ de \d{4}")
_LABEL = re.compile(r"^[^:;]*: [\d.,]+")


class _Demo:
    """The built demo: its claims by board, and what is asked about each."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.paths = replace(Paths.of(load_settings()), data=ROOT / "data" / DEMO)
        if not self.paths.warehouse.exists():
            raise UsageError("The demo is not built", hint="run ./inv demo --no-serve first")
        self.catalog: Catalog = load_catalog()
        with warehouse.connect(self.paths.warehouse) as con:
            self.all = read_claims(con)
            self.claims = {slug: read_claims(con, slug) for slug in self.catalog.boards}
            row = con.execute("SELECT today, since, data_source, created FROM run_info").fetchone()
        assert row is not None
        self.run = RunInfo(*row)

    def at(self, name: str) -> Paths:
        """Return where a writing of this name lies."""
        return Paths(data=self.work / name, build=self.work / name)

    def question(self, slug: str) -> Question:
        board = self.catalog.boards[slug]
        return question_of(
            board.title, board.question, self.claims[slug], ROOT / "templates", tells=board.tells
        )  # fmt: skip

    def write(
        self,
        name: str,
        url: str | None,
        limits: ModelLimits | None = None,
        only: int | None = None,
        own: Mapping[str, object] = {},
    ) -> TextsReport:
        """Write the texts of the boards into a folder of this name; a model at an address plans them.

        Args:
            name: Of the folder, below that of the bench.
            url: Base URL of the model; the rules plan without one.
            limits: Caps of the run; those of the settings by default.
            only: How many boards; all by default.
            own: Settings that are not as they are here.
        """
        nobody = {"groq_api_key": None, "openrouter_api_key": None}
        model = {"llm_base_url": url, "llm_model": "m", "llm_api_key": SecretStr("k")}
        settings = load_settings().model_copy(update={**nobody, **model, **own})
        paths = self.at(name)
        with warehouse.connect(self.paths.warehouse) as con:
            boards = list(self.catalog.boards.values())[:only]
            return write_texts(con, boards, settings, paths, self.run, limits=limits, sleep=lambda _s: None)


def bench_narrate(only: Sequence[str]) -> list[Line]:
    """Run the parts that are wanted, all by default.

    Raises:
        UsageError: There is no such part, or the demo is not built.
    """
    names = wanted(PARTS, only)
    with tempfile.TemporaryDirectory() as folder:
        demo = _Demo(Path(folder))
        return [line for name in names for line in PARTS[name](demo)]


def _false_plans(demo: _Demo) -> list[Line]:
    """Answers that try to say something false, on every board."""
    rng, seen, wrong, kept, labels, dates, bare = Random(7), 0, 0, 0, 0, 0, 0
    for slug, claims in demo.claims.items():
        question, tells = demo.question(slug), demo.catalog.boards[slug].tells
        for _name, reply in completions(question, EACH, rng):
            plan, own = planned(question, reply, claims, tells)
            text, english = realise(plan, claims), realise(plan, claims, ENGLISH)
            seen, kept = seen + 1, kept + own
            wrong += len(foreign(text, claims)) + len(foreign(english, claims, ENGLISH)) + (not text.sentences)
            labels += sum(bool(_LABEL.match(s.text)) for s in text.sentences)
            dates = max([dates, *(len(_WHOLE_DATE.findall(p)) for p in text.paragraphs)])
            bare += sum(_bare(claims, s.claims) for s in text.sentences)
    prompt = FRAME + max(sum(most_tokens(m["content"]) for m in demo.question(slug).messages) for slug in demo.claims)
    return [
        at_least("false plans and completions drawn", seen, 2_000),
        exactly("false statements published of them", wrong, 0),
        told("of them whose plan is kept, cleaned [%]", kept / seen * 100),
        exactly("sentences «etiqueta: valor»", labels, 0),
        at_most("whole dates in a paragraph", dates, 1),
        exactly("sentences that only repeat a card", bare, 0),
        at_most("longest prompt of a board [tokens, at most]", prompt, MAX_TOKENS),
    ]


def _bare(claims: Sequence[Claim], names: Sequence[str]) -> bool:
    first = next(claim for claim in claims if claim.id == names[0])
    return len(names) == 1 and first.kind == "value" and first.words.get("alone") != "yes"


def _wordings(demo: _Demo) -> list[Line]:
    """How many ways each kind has, over the claims of the demo; how many claims there are."""
    ways = [{head(claim, n, lang) for n in range(WORDINGS)} for lang in (SPANISH, ENGLISH) for claim in demo.all]
    least, fewest = (min(map(len, each)) for each in (ways[: len(demo.all)], ways[len(demo.all) :]))
    return [
        at_least("claims of a day", len(demo.all), 300),
        exactly("kinds of claims", len({claim.kind for claim in demo.all}), len(KINDS)),
        at_least("fewest wordings of a claim", least, 4),
        at_least("fewest wordings of a claim in English", fewest, 2),
        at_least("boards with three sentences or more", sum(
            len(result.sentences) >= 3 for result in demo.write("rules", None, ModelLimits()).results
        ), len(demo.claims) - 2),
    ]  # fmt: skip


def _claims_read(demo: _Demo) -> list[Line]:
    """Sixty nights of claims against the files of the lake, by a reader of its own."""
    lake, done = read_lake(demo.paths), ClaimsRead()
    for _day, claims in nights(demo.paths, demo.catalog, demo.work, NIGHTS):
        read_again(claims, lake, done)
    for line in done.wrong[:10]:
        print(line)  # noqa: T201 - a bench is read by people
    return [
        told("series read from the lake", len(lake)),
        *(at_least(f"sentences of claims read again ({code})", done.sentences[code], 10_000) for code in ("es", "en")),
        told("claims behind them", len(done.claims)),
        exactly("of them that differ from the lake", len(done.wrong), 0),
    ]


def _queries(demo: _Demo) -> list[Line]:
    """The query of each claim, run over the published files alone."""
    with console(ROOT / "build" / DEMO / "site") as browser:
        wrong = [said for claim in demo.all for said in differing(browser, claim)]
    for line in wrong[:10]:
        print(line)  # noqa: T201 - a bench is read by people
    return [
        told("claims whose query runs in the browser", len(demo.all) - len({line.split(":")[0] for line in wrong})),
        exactly("figures that the query of their claim does not give", len(wrong), 0),
    ]


def _unchanged(demo: _Demo) -> list[Line]:
    """A second night with the same claims."""
    endpoint = Endpoint()
    endpoint.otherwise = _planner
    limits = ModelLimits(requests=100, tokens=10**6)
    started = time.monotonic()
    first = demo.write("night", endpoint.url, limits)
    seconds = time.monotonic() - started
    second = demo.write("night", endpoint.url, limits)
    endpoint.server.shutdown()
    return [
        exactly("boards whose plan is a model's", sum(r.origin == "modelo" for r in first.results), len(demo.claims)),
        exactly("unchanged claims: requests", second.requests, 0),
        exactly("unchanged claims: tokens", second.tokens, 0),
        exactly("unchanged claims: texts rewritten", sum(r.changed for r in second.results), 0),
        at_most("texts of all boards [s]", seconds, 15),
    ]


def _planner(request: dict[str, object]) -> Reply:
    messages = request["messages"]
    assert isinstance(messages, list)
    keys = [line.split(" ", 1)[0] for line in messages[1]["content"].splitlines()[3:7]]
    sentences = ", ".join(f'{{"claims": ["{key}"], "wording": 1}}' for key in keys)
    return completion(f'{{"headline": "{keys[0]}", "sentences": [{sentences}]}}')


def _faults() -> dict[str, Reply]:
    """Return 36 ways in which a provider fails."""
    statuses = (
        400, 401, 402, 403, 404, 405, 408, 409, 410, 413, 418, 422, 429, 451, 500, 501, 502, 503, 504, 301, 302, 303,
        307, 308,
    )  # fmt: skip
    named = {f"status {status}": fault(status, location="http://127.0.0.1:9/x") for status in statuses}
    slow = replace(completion("x" * 4000), drip=0.05)
    return named | {
        "hang": Reply(delay=30), "header trickle": replace(completion("{}"), header_drip=0.05), "body trickle": slow,
        "reset": Reply(drop=True), "empty body": Reply(), "html": Reply(body=b"<html>"),
        "bomb": completion("x" * 3_000_000),
        "no choice": Reply(body=b'{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[]}'),
        "429 for an hour": fault(429, retry_after="3600"), "503 for ever": fault(503, retry_after="99999999"),
        "retry-after of words": fault(503, retry_after="soon"), "an answer that is no plan": completion("Lo siento."),
    }  # fmt: skip


def _always(reply: Reply, _request: dict[str, object]) -> Reply:
    return reply


def _provider_faults(demo: _Demo) -> list[Line]:
    """Each fault, on two boards: the texts are whole and the declared seconds are kept."""
    whole = [result.sentences for result in demo.write("whole", None, ModelLimits(), only=2).results]
    limits = ModelLimits(backoff=0.0, total=0.8, seconds=DECLARED)
    broken, longest = 0, 0.0
    for name, reply in _faults().items():
        endpoint = Endpoint()
        endpoint.otherwise = partial(_always, reply)
        started = time.monotonic()
        results = demo.write(f"fault {name}", endpoint.url, limits, only=2).results
        longest = max(longest, time.monotonic() - started)
        broken += [result.sentences for result in results] != whole
        endpoint.server.shutdown()
    return [
        at_least("faults of a provider", len(_faults()), 36),
        exactly("texts that a fault left other than whole", broken, 0),
        at_most("longest delay by one [s], of which 2 declared", longest, DECLARED + 1.5),
    ]


def _model(demo: _Demo) -> list[Line]:
    """A small real model plans the texts of all boards; on a busy machine it needs more time than a night gives."""
    with local_model() as model:
        had = exactly("a small real model can be had here", float(model is not None), 1)
        if model is None:
            return [had]
        prompts = [
            model.tokens("".join(message["content"] for message in demo.question(slug).messages))
            for slug in demo.claims
        ]
        started = time.monotonic()
        report = demo.write("model", model.url, own=GENEROUS)
        seconds = time.monotonic() - started
    texts = {
        slug: json.loads((demo.at("model").narrative / f"{slug}.json").read_text(encoding="utf-8"))
        for slug in demo.claims
    }
    false = [
        said
        for slug, text in texts.items()
        for lang, field in ((SPANISH, "text"), (ENGLISH, "en"))
        for said in foreign(_read(text, field), demo.claims[slug], lang)
    ]
    answered = [text["asked"] for text in texts.values() if text["asked"]]
    kept = sum(text["origin"] == "modelo" for text in texts.values())
    return [
        had,
        exactly(
            "a real model: boards with a text", sum(bool(text["sentences"]) for text in texts.values()), len(texts)
        ),
        exactly("a real model: false statements published", len(false), 0),
        told("a real model: boards that it answered [%]", len(answered) / len(texts) * 100),
        told("a real model: plans kept, cleaned [%]", kept / len(texts) * 100),
        told("a real model: plans replaced by the rules [%]", 100 - kept / len(texts) * 100),
        told("a real model: keys that are no claim, dropped", sum(result.dropped for result in report.results)),
        told("a real model: requests", report.requests),
        told("a real model: tokens", report.tokens),
        at_most("a real model: longest prompt [its tokens]", max(prompts), 1_500),
        told("a real model: all boards [s]", seconds),
        told("a real model: slowest answer [s]", max((asked["seconds"] for asked in answered), default=0.0)),
    ]


def _read(text: dict[str, Any], field: str) -> FinishedText:
    """Return a text as its file has it, in the language of a field."""
    said = ((html.unescape(sentence[field]), tuple(sentence["claims"])) for sentence in text["sentences"])
    return FinishedText(text["headline"], tuple(Told(words, claims, 0) for words, claims in said))


def _checker(demo: _Demo) -> list[Line]:
    """Two hundred paragraphs of the day's claims, half of them spoiled; as many of what was said on past days."""
    with warehouse.connect(demo.paths.warehouse) as con:
        known = write_known(con, demo.catalog, demo.work / "site")
        lines = bench_checker(con, demo.all, known)
        for name, ago, kinds in _PASTS:
            [(_day, past)] = nights(demo.paths, demo.catalog, demo.work, 1, ago)
            plain = [
                claim
                for claim in past
                if claim.kind in kinds and claim.period == "day" and claim.subject in demo.catalog.headlines
            ]
            lines += bench_checker(con, plain, known, name)
    return lines


PARTS: dict[str, Callable[[_Demo], list[Line]]] = {
    "plans": _false_plans,
    "wordings": _wordings,
    "lake": _claims_read,
    "queries": _queries,
    "unchanged": _unchanged,
    "faults": _provider_faults,
    "reports": lambda demo: bench_reports(demo.paths),
    "checker": _checker,
    "model": _model,
}
