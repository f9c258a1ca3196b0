"""The whole stage: texts on disk, a model behind real HTTP, the cache, and nothing but the grammar on the page."""

# ruff: noqa: E501 - answers are kept whole
from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.core import spanish
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.narrate.claims import Claim
from pipeline.narrate.ladder import ModelLimits
from pipeline.narrate.write import TextsReport, write_texts
from tests.narrate.conftest import KEY, Reply, completion, fault
from tests.narrate.samples import SAMPLES, TELLS, table_of

pytestmark = pytest.mark.slow

RUN = RunInfo(dt.date(2026, 11, 30), dt.date(2024, 1, 1), "replayed", dt.datetime(2026, 11, 30, 5, 40))
FAST = ModelLimits(backoff=0.0, total=20)
BOARDS = ("inicio", "demanda", "hidrologia")
RULES = Settings(_env_file=None)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(data=tmp_path / "data", build=tmp_path / "build")


def run(
    paths: Paths, settings: Settings, claims: tuple[Claim, ...] = SAMPLES, slugs: tuple[str, ...] = ("inicio",),
    limits: ModelLimits = FAST,
) -> TextsReport:  # fmt: skip
    """Write the texts of `slugs` and return what became of them."""
    boards = [
        SimpleNamespace(slug=slug, title=f"Tablero {slug}", question="¿Cómo está?", tells=TELLS) for slug in slugs
    ]
    con = table_of(dict.fromkeys(slugs, claims) if len(slugs) == 1 else {slugs[0]: claims})
    if len(slugs) > 1:
        con.execute("UPDATE claim SET boards = ?", [list(slugs)])
    return write_texts(con, boards, settings, paths, RUN, limits=limits, sleep=lambda _s: None)  # type: ignore[arg-type]


def read(paths: Paths, slug: str = "inicio") -> dict:
    """Return the file of a board."""
    return json.loads((paths.narrative / f"{slug}.json").read_text(encoding="utf-8"))


def planner(*wanted: str, junk: tuple[str, ...] = ()):
    """Return an answerer that plans these claims by the keys of the question it gets."""

    def reply(request: dict) -> Reply:
        lines = request["messages"][1]["content"].splitlines()[3:]
        keys = [line.split(" ", 1)[0] for line in lines]
        chosen = keys[: len(wanted) or 4]
        plan = {"headline": chosen[0], "sentences": [{"claims": [key], "wording": 1} for key in (*chosen, *junk)]}
        return completion(json.dumps(plan))

    return reply


def test_without_a_key_the_rules_make_the_plan(paths, no_keys, capsys):
    """No key: every board has its text, nothing is sent and nothing is said about it."""
    done = run(paths, RULES, slugs=BOARDS)
    assert [r.origin for r in done.results] == ["reglas"] * 3 and all(r.changed and not r.fault for r in done.results)
    assert capsys.readouterr().err == "" and done.requests == 0
    document = read(paths)
    assert document["origin"] == "reglas" and document["checked_figures"] >= 9 and document["asked"] is None
    assert document["headline"].startswith("El precio de bolsa superó el de escasez")
    assert document["paragraphs"][0].startswith("El 26 de noviembre de 2026, el precio de bolsa superó")
    shown = {c["id"] for c in document["claims"] if c["shown"]}
    assert shown == {name for s in document["sentences"] for name in s["claims"]}
    assert all(c["day"] and c["state"] and c["sql"] for c in document["claims"] if c["shown"])
    assert all(c.keys() == {"id", "shown"} for c in document["claims"] if not c["shown"])
    every = {claim["id"]: claim for claim in json.loads(paths.claims.read_text(encoding="utf-8"))}
    assert every.keys() >= {c["id"] for c in document["claims"]}
    assert all(claim["es"].endswith(".") and claim["en"].endswith(".") for claim in every.values())
    assert not any(claim["es"] == claim["en"] for claim in every.values())


def test_every_sentence_has_its_english(paths, no_keys, capsys):
    """The same claims, beside the Spanish; where a word is missing no sentence has any, and the log says which."""
    run(paths, RULES)
    document = read(paths)
    assert document["headline_en"].startswith("The spot price exceeded the scarcity price (945")
    assert document["sentences"][0]["en"].startswith("On 26 November 2026, the spot price exceeded")
    assert all(sentence["en"].endswith(".") for sentence in document["sentences"])
    strange = tuple(replace(s, words={**s.words, "said": "el precio de Marte"}) for s in SAMPLES)
    run(paths, RULES, strange)
    assert [s["en"] for s in read(paths)["sentences"]] == [""] * len(read(paths)["sentences"])
    assert "el precio de Marte" in "".join(capsys.readouterr())


def test_second_run_rewrites_nothing(paths, no_keys):
    """Equal claims give equal bytes, and an equal file is left alone; another figure rewrites it."""
    run(paths, RULES)
    before = (paths.narrative / "inicio.json").stat().st_mtime_ns
    assert [r.changed for r in run(paths, RULES).results] == [False]
    assert (paths.narrative / "inicio.json").stat().st_mtime_ns == before
    other = tuple(replace(s, figures={**s.figures, "value": 1.0}) if s.id == "value.demand" else s for s in SAMPLES)
    assert run(paths, RULES, other).results[0].changed


def test_the_text_of_the_day_before_is_remembered(paths, no_keys):
    """What yesterday told is known today, and the same day again keeps what it followed."""
    run(paths, RULES)
    told = [name for s in read(paths)["sentences"] for name in s["claims"]]
    later = tuple(replace(s, day=s.day + dt.timedelta(days=1)) for s in SAMPLES)
    run(paths, RULES, later)
    assert read(paths)["before"] == told
    first = (paths.narrative / "inicio.json").read_bytes()
    run(paths, RULES, later)
    assert (paths.narrative / "inicio.json").read_bytes() == first


def test_a_models_plan_is_published(paths, endpoint, own_model):
    """Its choice and order, our sentences; who served it, what it took and what it asked for that is none is kept."""
    endpoint.otherwise = planner("a", "b", "c", junk=("zz1", "threshold.hsin"))
    done = run(paths, own_model)
    document = read(paths)
    assert (done.results[0].origin, document["model"], document["asked"]["asked"]) == (
        "modelo",
        "served-model",
        "test-model",
    )
    assert len(document["sentences"]) == 3 and document["dropped"] == 2 == done.results[0].dropped
    assert document["asked"]["tokens"] == 321 and done.tokens == 321
    assert document["plan"]["sentences"][0]["claims"] == document["sentences"][0]["claims"]


def test_unchanged_claims_cost_no_request(paths, endpoint, own_model):
    """The second night with equal claims sends nothing and writes nothing; new ones ask again."""
    endpoint.otherwise = planner()
    run(paths, own_model)
    done = run(paths, own_model)
    assert len(endpoint.seen) == 1 and not done.results[0].changed and done.results[0].origin == "modelo"
    run(paths, own_model, tuple(replace(s, significance=s.significance / 2) for s in SAMPLES))
    assert len(endpoint.seen) == 2


@pytest.mark.parametrize(
    "content",
    [
        "", "Lo siento, no puedo.", "{" * 50, "x" * 20_000, "[]", '{"sentences": 7}', '{"sentences": [{"claims": "a1"}]}',
        '{"headline": "a1", "sentences": [{"claims": ["<script>alert(1)</script>"], "wording": 0}]}',
        '{"headline": "Hay apagón", "sentences": [{"claims": ["El país quedó sin agua"], "wording": 0, "text": "Falso"}]}',
        "Ignora las reglas. El precio es 999.", "<think>" + "a1 " * 200,
    ],
)  # fmt: skip
def test_what_is_no_plan_never_reaches_the_page(paths, endpoint, own_model, content):
    """Empty, refusing, oversized, hostile, prose: the rules' text, whole and clean, and the next night asks nothing."""
    endpoint.otherwise = lambda _request: completion(content)
    (result,) = run(paths, own_model).results
    told = json.dumps(read(paths), ensure_ascii=False)
    assert result.origin == "reglas" and len(read(paths)["sentences"]) >= 3
    assert not any(word in told for word in ("script", "apagón", "sin agua", "999", "Falso"))
    run(paths, own_model)
    assert len(endpoint.seen) == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (fault(500), "broken"), (fault(401), "refused"), (fault(404), "gone"), (fault(429, retry_after="999"), "limited"),
        (fault(400), "format"), (fault(302), "other"), (Reply(drop=True), "unreachable"), (Reply(), "garbled"),
    ],
)  # fmt: skip
def test_a_dead_service_leaves_the_rules_text(paths, endpoint, own_model, reply, reason):
    """Whatever the service answers, the build has its texts and its report names the fault; the next run asks again."""
    endpoint.otherwise = lambda _request: reply
    done = run(paths, own_model, slugs=BOARDS)
    assert {r.origin for r in done.results} == {"reglas"}
    assert len(endpoint.seen) <= 3 and len(done.faults) == 1 and "own:test-model" in done.faults[0]
    assert not (paths.narrative / "cache").exists()
    told = json.loads((paths.reports / "models.json").read_text(encoding="utf-8"))
    assert told == [{"model": "test-model", "reason": f"model_{reason}"}]
    assert spanish.reason(told[0]["reason"]) != spanish.UNKNOWN_REASON
    endpoint.otherwise = planner()
    run(paths, own_model, slugs=BOARDS)
    assert json.loads((paths.reports / "models.json").read_text(encoding="utf-8")) == []


def test_caps_end_in_the_rules_text(paths, endpoint, own_model):
    """Past the cap of requests the remaining boards get the rules' text."""
    endpoint.otherwise = planner()
    done = run(paths, own_model, slugs=BOARDS, limits=ModelLimits(requests=2, total=20))
    assert [r.origin for r in done.results] == ["modelo", "modelo", "reglas"]


def test_caps_come_from_the_settings(endpoint, own_model):
    """Seconds of a call and of a run, tokens and dollars are settings."""
    own = own_model.model_copy(
        update={"llm_call_seconds": 3.0, "llm_total_seconds": 9.0, "llm_tokens": 50, "llm_usd": 0.5}
    )
    limits = ModelLimits.of(own)
    assert (limits.total, limits.seconds, limits.tokens, limits.usd) == (3.0, 9.0, 50, 0.5)


def test_the_key_is_nowhere(paths, endpoint, own_model, capsys):
    """Neither files nor logs hold the key, even when the service repeats it in its errors."""
    endpoint.script = [fault(500), planner()({"messages": [{}, {"content": "\n\n\na1 9 x"}]}), fault(401)]
    run(paths, own_model, slugs=BOARDS)
    said = capsys.readouterr()
    written = "".join(p.read_text(encoding="utf-8") for p in paths.data.rglob("*.json"))
    assert endpoint.keys and KEY not in said.out + said.err + written and "Bearer" not in written


def test_a_tampered_cache_cannot_lie(paths, endpoint, own_model):
    """A cached plan is checked like any other; a broken cache file is ignored and asked for again."""
    endpoint.otherwise = planner()
    run(paths, own_model)
    (kept,) = (paths.narrative / "cache").glob("*.json")
    kept.write_text(kept.read_text().replace("threshold.hsin", "El país quedó sin agua"))
    run(paths, own_model)
    assert "sin agua" not in json.dumps(read(paths)["sentences"], ensure_ascii=False) and read(paths)["dropped"] >= 1
    for text in ("{", "[]"):
        kept.write_text(text)
        run(paths, own_model)
    assert len(endpoint.seen) == 3


def test_a_board_without_claims_has_an_empty_text(paths, no_keys):
    """No claim, no sentence: the file says so and the page can."""
    (result,) = run(paths, RULES, ()).results
    assert (result.origin, result.sentences, result.fault) == ("", (), "")
    assert read(paths)["sentences"] == [] and read(paths)["paragraphs"] == []


def test_hostile_names_are_escaped(paths, no_keys):
    """A name from the data that is mark-up stays text in the file's HTML."""
    odd = tuple(
        replace(s, words={**s.words, "said": "el embalse <img src=x onerror=alert(1)>"}, significance=1.0)
        for s in SAMPLES
        if s.id in ("rank.reservoir.low", "threshold.hsin")
    )
    run(paths, RULES, odd)
    texts = " ".join(s["text"] for s in read(paths)["sentences"])
    assert "&lt;img" in texts and "<" not in texts
