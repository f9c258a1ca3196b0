"""The whole stage: texts on disk, a model behind real HTTP, the cache, and no way round the guard."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.narrate.ladder import ModelLimits
from pipeline.narrate.write import write_texts
from tests.narrate.completions import bad, good
from tests.narrate.conftest import KEY, completion, fault
from tests.narrate.samples import BOARDS, changed, facts_of

pytestmark = pytest.mark.slow

RUN = RunInfo(dt.date(2024, 5, 6), dt.date(2023, 1, 1), "replayed", dt.datetime(2024, 5, 6, 5, 40))
FAST = ModelLimits(backoff=0.0, total=20)
GOOD = "El {{demand.dia}}, la demanda fue de {{demand}}, {{demand_vs_week}} menos que la semana anterior."


def warehouse(boards: dict[str, dict]) -> duckdb.DuckDBPyConnection:
    """Return a connection whose view `facts` holds the given facts."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE facts (board TEXT, id TEXT, label TEXT, value DOUBLE, unit TEXT, decimals INTEGER,"
        " day DATE, quality TEXT, kind TEXT, metrics TEXT)"
    )
    for board, facts in boards.items():
        for f in facts.values():
            row = [board, f.id, f.label, f.value, f.unit, f.decimals, f.day, f.quality, f.kind, ",".join(f.metrics)]
            con.execute("INSERT INTO facts VALUES (?,?,?,?,?,?,?,?,?,?)", row)
    return con


def board(slug: str) -> SimpleNamespace:
    """Return a board as far as this stage looks at one."""
    return SimpleNamespace(slug=slug, title=f"Tablero {slug}", question="¿Cómo está?")


def answer(*sentences: tuple[str, list[str], str]) -> str:
    """Return an answer in the shape asked for."""
    return json.dumps({"sentences": [dict(zip(("text", "facts", "relation"), s, strict=True)) for s in sentences]})


HONEST = answer((GOOD, ["demand", "demand_vs_week"], "down"))
LYING = answer(("El {{demand.dia}}, la demanda fue de 999 GWh, no {{demand}}.", ["demand"], "none"))


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(data=tmp_path / "data", build=tmp_path / "build")


def run(paths: Paths, settings: Settings, facts: dict | None = None, slugs: tuple[str, ...] = ("inicio",), **options):
    """Write the texts of `slugs` and return the results."""
    con = warehouse({slug: facts or facts_of(slug) for slug in slugs})
    return write_texts(
        con, [board(slug) for slug in slugs], settings, paths, RUN, limits=options.pop("limits", FAST),
        sleep=lambda _s: None,
    )  # fmt: skip


def read(paths: Paths, slug: str = "inicio") -> dict:
    """Return the file of a board."""
    return json.loads((paths.narrative / f"{slug}.json").read_text(encoding="utf-8"))


def test_without_a_key_the_house_writes(paths, no_keys, capsys):
    """No key: every board has its template text, nothing is sent and nothing is said about it."""
    results = run(paths, Settings(_env_file=None), slugs=BOARDS)
    assert [r.origin for r in results] == ["plantilla"] * 4 and all(r.changed and not r.fault for r in results)
    assert capsys.readouterr().err == ""
    document = read(paths)
    assert document["origin"] == "plantilla" and document["checked_figures"] >= 9 and document["dropped"] == 0
    assert "34,42" in document["sentences"][0]["text"] and document["sentences"][0]["facts"][0] == "reserves"
    assert {fact["id"] for fact in document["facts"]} == set(facts_of("inicio"))


def test_second_run_rewrites_nothing(paths, no_keys):
    """Equal facts give equal bytes, and an equal file is left alone; a changed fact rewrites it."""
    run(paths, Settings(_env_file=None))
    before = (paths.narrative / "inicio.json").stat().st_mtime_ns
    assert [r.changed for r in run(paths, Settings(_env_file=None))] == [False]
    assert (paths.narrative / "inicio.json").stat().st_mtime_ns == before
    assert run(paths, Settings(_env_file=None), changed(facts_of("inicio"), "demand", value=1.0))[0].changed


def test_a_good_answer_is_published(paths, endpoint, own_model):
    """The model's sentence with our figures in it; who was asked and who served is kept."""
    endpoint.script = [completion(HONEST, model="served-model")]
    (result,) = run(paths, own_model)
    document = read(paths)
    assert (result.origin, document["model"], document["model_asked"]) == ("modelo", "served-model", "test-model")
    assert document["headline"].replace("\u00a0", " ") == (
        "El 30 de abril de 2024, la demanda fue de 231,4 GWh, 1,9 % menos que la semana anterior."
    )
    assert document["checked_figures"] == 3


def test_unchanged_facts_cost_no_request(paths, endpoint, own_model):
    """The second night with equal facts sends nothing and writes nothing; new facts ask again."""
    endpoint.otherwise = lambda _request: completion(HONEST)
    run(paths, own_model)
    results = run(paths, own_model)
    assert len(endpoint.seen) == 1 and not results[0].changed and results[0].origin == "modelo"
    run(paths, own_model, changed(facts_of("inicio"), "demand", value=230.0))
    assert len(endpoint.seen) == 2


def test_refused_answer_is_repaired_once(paths, endpoint, own_model):
    """A digit of its own: the answer goes back with the reason, the second one is published."""
    endpoint.script = [completion(LYING), completion(HONEST)]
    (result,) = run(paths, own_model)
    assert (result.origin, result.dropped) == ("modelo", 1)
    assert "numbers" in endpoint.seen[1]["messages"][-1]["content"]


def test_two_refusals_give_the_house_text(paths, endpoint, own_model):
    """A second bad answer ends it; the refusal is remembered, so the next night asks nothing."""
    endpoint.otherwise = lambda _request: completion(LYING)
    (result,) = run(paths, own_model)
    assert (result.origin, result.dropped, len(endpoint.seen)) == ("plantilla", 2, 2)
    run(paths, own_model)
    assert len(endpoint.seen) == 2
    assert "999" not in json.dumps(read(paths))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "Lo siento, no puedo.",
        "{" * 50,
        "x" * 20_000,
        answer(("<script>alert(1)</script> {{demand}} {{demand.dia}}.", ["demand"], "none")),
        answer(("The demand was {{demand}} on {{demand.dia}}.", ["demand"], "none")),
        answer(("El {{zz.dia}}, la demanda fue de {{zz}}.", ["zz"], "none")),
        answer(("El {{demand.dia}}, la demanda subió {{demand_vs_week}} frente a la semana anterior.",
                ["demand", "demand_vs_week"], "up")),
        answer(("El {{demand.dia}}, la demanda fue de {{demand}} ![x](https://evil.example/p).", ["demand"], "none")),
        answer(*[(GOOD, ["demand", "demand_vs_week"], "down")] * 9),
    ],
)  # fmt: skip
def test_bad_answers_never_reach_the_page(paths, endpoint, own_model, content):
    """Empty, refusing, oversized, hostile, foreign, invented, reversed: the house's text, whole and clean."""
    endpoint.otherwise = lambda _request: completion(content)
    (result,) = run(paths, own_model)
    document = read(paths)
    assert result.origin == "plantilla" and len(endpoint.seen) == 2
    assert len(document["sentences"]) >= 2
    assert not {"script", "evil", "demand was"} & set(json.dumps(document["sentences"]).split())


@pytest.mark.slow
def test_hostile_endpoint_night_after_night(paths, endpoint, own_model):
    """Bad completions of every kind over HTTP: none is published, and the good ones among them are."""
    answers = [("bad", facts, s) for _kind, facts, s in bad(1, seed=3) if next(iter(facts.values())).board == "inicio"]
    answers += [("good", facts, s) for name, facts, s in good(12, seed=5) if name == "inicio"]
    for number, (what, facts, sentences) in enumerate(answers):
        reply = answer(*((s.text, list(s.facts), s.relation) for s in sentences))
        endpoint.otherwise = lambda _request, reply=reply: completion(reply)
        night = {k: replace(f, metrics=(f"Night{number}",)) for k, f in facts.items()}
        night = changed(night, "generation", value=200.0 + number)
        (result,) = run(paths, own_model, night)
        assert result.origin == {"bad": "plantilla", "good": "modelo"}[what], sentences


@pytest.mark.parametrize("reply", [fault(500), fault(401), fault(404), fault(429, retry_after="999"), fault(400)])
def test_a_dead_service_leaves_the_house_text(paths, endpoint, own_model, reply):
    """Whatever the service answers, the build has its texts; the next run asks again."""
    endpoint.otherwise = lambda _request: reply
    results = run(paths, own_model, slugs=BOARDS)
    assert {r.origin for r in results} == {"plantilla"}
    assert len(endpoint.seen) <= 3
    assert not (paths.narrative / "cache").exists()


def test_caps_end_in_the_house_text(paths, endpoint, own_model):
    """Past the cap of requests the remaining boards get the house's text."""
    endpoint.otherwise = lambda _request: completion(HONEST)
    results = run(paths, own_model, facts_of("inicio"), slugs=BOARDS, limits=ModelLimits(requests=2, total=20))
    assert [r.origin for r in results] == ["modelo", "modelo", "plantilla", "plantilla"]


def test_the_key_is_nowhere(paths, endpoint, own_model, capsys):
    """Neither files nor logs hold the key, even when the service repeats it in its errors."""
    endpoint.script = [fault(500), completion(HONEST), fault(401)]
    run(paths, own_model, facts_of("inicio"), slugs=BOARDS)
    said = capsys.readouterr()
    written = "".join(p.read_text(encoding="utf-8") for p in paths.data.rglob("*.json"))
    assert endpoint.keys and KEY not in said.out + said.err + written and "Bearer" not in written


def test_a_tampered_cache_is_not_believed(paths, endpoint, own_model):
    """A cached sentence passes the guard of today or is asked for again; a broken cache file is ignored."""
    endpoint.otherwise = lambda _request: completion(HONEST)
    run(paths, own_model)
    (kept,) = (paths.narrative / "cache").glob("*.json")
    for text in (kept.read_text().replace("la demanda fue", "la demanda no fue"), "{", "[]"):
        kept.write_text(text)
        run(paths, own_model)
    assert len(endpoint.seen) == 4
    assert "no fue" not in json.dumps(read(paths))


def test_a_board_without_facts_has_an_empty_text(paths, no_keys):
    """No fact, no sentence: the file says so and the page can."""
    con = warehouse({})
    (result,) = write_texts(con, [board("inicio")], Settings(_env_file=None), paths, RUN)
    assert (result.origin, result.sentences, result.fault) == ("", (), "")
    assert read(paths)["sentences"] == []


def test_one_broken_board_leaves_the_others(paths, no_keys):
    """A board whose facts break the contract keeps its last good file and names the fault; the rest is written."""
    run(paths, Settings(_env_file=None), slugs=("inicio", "hidrologia"))
    before = (paths.narrative / "inicio.json").read_bytes()
    con = warehouse({"inicio": facts_of("inicio"), "hidrologia": facts_of("hidrologia")})
    con.execute("UPDATE facts SET id = 'Bad Id' WHERE id = 'price'")
    con.execute("UPDATE facts SET value = 50 WHERE board = 'hidrologia' AND id = 'reserves'")
    first, second = write_texts(con, [board("inicio"), board("hidrologia")], Settings(_env_file=None), paths, RUN)
    assert first.fault and (paths.narrative / "inicio.json").read_bytes() == before
    assert second.changed and not second.fault


def test_hostile_names_are_escaped(paths, no_keys):
    """A name from the data that is mark-up stays text in the file's HTML."""
    facts = changed(facts_of("precio-bolsa"), "price_month", label="<img src=x onerror=alert(1)> 30")
    run(paths, Settings(_env_file=None), facts, slugs=("precio-bolsa",))
    texts = " ".join(s["text"] for s in read(paths, "precio-bolsa")["sentences"])
    assert "&lt;img" in texts and "<" not in texts
