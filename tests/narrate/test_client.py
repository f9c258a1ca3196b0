"""One question to the ladder: each way a service can fail costs what the policy says and no more."""

# ruff: noqa: E501 - answers are kept whole
from __future__ import annotations

import time
from dataclasses import replace

import pytest
from pydantic import SecretStr

from pipeline.core.errors import ProviderFailed, UsageError
from pipeline.core.settings import Settings
from pipeline.narrate.client import Asker, label
from pipeline.narrate.ladder import GROQ, OPENROUTER, ModelBudget, ModelLimits, Rung, rungs
from pipeline.narrate.prompt import Question
from tests.narrate.conftest import KEY, Endpoint, Reply, completion, fault

ASKED = Question(({"role": "system", "content": "s"}, {"role": "user", "content": "u"}), {"a1": "compare.demand.week"})
FAST = ModelLimits(backoff=0.0, total=20, connect=10)


def asker(endpoint: Endpoint, *models: str, limits: ModelLimits = FAST, waits: list[float] | None = None) -> Asker:
    """Return an asker on a ladder of the endpoint's models `provider:model`."""
    ladder = [
        Rung(name.split(":")[0], endpoint.url, name.split(":")[1], SecretStr(KEY)) for name in models or ("own:one",)
    ]
    log = waits if waits is not None else []
    return Asker(
        ladder, ModelBudget(limits), lambda asked: [*asked.messages, {"role": "user", "content": "schema"}], log.append
    )


def models_asked(endpoint: Endpoint) -> list[object]:
    """Return the models of the requests seen, in order."""
    return [request["model"] for request in endpoint.seen]


def test_first_answer_is_taken(endpoint):
    """One request, strict schema, temperature 0, the key in its header; the served model is told."""
    endpoint.script = [completion("{}", model="other-model")]
    answer = asker(endpoint).ask(ASKED)
    assert (answer.text, answer.model, answer.served, answer.tokens) == ("{}", "one", "other-model", 321)
    (request,) = endpoint.seen
    assert request["response_format"]["type"] == "json_schema"
    assert request["response_format"]["json_schema"]["strict"] is True
    assert request["temperature"] == 0 and "tools" not in request and not request.get("stream")
    assert endpoint.keys == [f"Bearer {KEY}"]


def test_rate_limit_waits_as_told(endpoint):
    """429 with a short retry-after is waited for and asked again."""
    endpoint.script = [fault(429, retry_after="7"), completion("ok")]
    waits: list[float] = []
    assert asker(endpoint, waits=waits).ask(ASKED).text == "ok"
    assert waits == [7.0]


def test_long_rate_limit_goes_to_the_next(endpoint):
    """429 with a retry-after above the cap is not waited for: the next model is asked."""
    endpoint.script = [fault(429, retry_after="900"), completion("ok")]
    waits: list[float] = []
    assert asker(endpoint, "own:one", "own:two", waits=waits).ask(ASKED).model == "two"
    assert waits == [] and models_asked(endpoint) == ["one", "two"]


@pytest.mark.parametrize("reply", [fault(500), fault(503), Reply(drop=True), Reply(body=b"<html>")])
def test_trouble_is_retried_three_times(endpoint, reply):
    """5xx, a dropped connection and a broken body are tried three times in all, then given up."""
    endpoint.script = [reply, reply, reply]
    with pytest.raises(ProviderFailed):
        asker(endpoint).ask(ASKED)
    assert len(endpoint.seen) == 3


def test_silence_is_cut(endpoint):
    """An endpoint that takes the request and says nothing costs the total time, not for ever."""
    endpoint.otherwise = lambda _request: Reply(delay=3.0)
    started = time.monotonic()
    with pytest.raises(ProviderFailed):
        asker(endpoint, limits=ModelLimits(backoff=0.0, total=0.4, attempts=2)).ask(ASKED)
    assert time.monotonic() - started < 2.5 and len(endpoint.seen) == 2


def test_trouble_that_passes(endpoint):
    """An answer after two failures is taken."""
    endpoint.script = [fault(500), fault(502), completion("ok")]
    assert asker(endpoint).ask(ASKED).text == "ok"


@pytest.mark.parametrize("status", [401, 402, 403])
def test_refusal_gives_up_the_service(endpoint, status):
    """No key, no money or no right: one request, no other model of that service, the next service is asked."""
    endpoint.script = [fault(status), completion("ok"), completion("again")]
    ladder = asker(endpoint, "first:a", "first:b", "second:c")
    assert ladder.ask(ASKED).provider == "second"
    assert models_asked(endpoint) == ["a", "c"]
    ladder.ask(ASKED)
    assert models_asked(endpoint) == ["a", "c", "c"], "a dead service is not asked again in the run"


@pytest.mark.parametrize(
    "reply", [fault(404, "model_not_found"), fault(404), fault(400, "model_decommissioned"), fault(410), fault(418)]
)
def test_dead_model_costs_one_request(endpoint, reply):
    """A retired model is asked once in a run; the next one answers."""
    endpoint.script = [reply]
    endpoint.otherwise = lambda _request: completion("ok")
    ladder = asker(endpoint, "own:old", "own:new")
    assert [ladder.ask(ASKED).model for _ in range(3)] == ["new"] * 3
    assert models_asked(endpoint) == ["old", "new", "new", "new"]


def test_schema_not_supported(endpoint):
    """400 to a strict schema: once more as plain JSON with the schema in the prompt, and so for the rest of the run."""
    endpoint.script = [fault(400, "json_validate_failed"), completion("ok"), completion("ok")]
    ladder = asker(endpoint)
    ladder.ask(ASKED)
    ladder.ask(ASKED)
    assert [request["response_format"]["type"] for request in endpoint.seen] == [
        "json_schema", "json_object", "json_object",
    ]  # fmt: skip
    assert endpoint.seen[1]["messages"][-1]["content"] == "schema"


def test_only_a_service_of_our_own_is_told_how_long_lists_may_be(endpoint, own_model):
    """Groq refuses a schema that says so; a small model of our own writes on without it."""
    endpoint.otherwise = lambda _request: completion("ok")
    for ladder in (asker(endpoint, "groq:one"), replace(asker(endpoint), ladder=rungs(own_model))):
        ladder.ask(ASKED)
    bounds = [
        request["response_format"]["json_schema"]["schema"]["properties"]["sentences"].get("maxItems")
        for request in endpoint.seen
    ]
    assert bounds == [None, 5]


def test_second_400_goes_to_the_next(endpoint):
    """A request refused in both forms is not sent a third time."""
    endpoint.script = [fault(400), fault(400), completion("ok")]
    assert asker(endpoint, "own:one", "own:two").ask(ASKED).model == "two"
    assert models_asked(endpoint) == ["one", "one", "two"]


def test_trickle_is_cut(endpoint):
    """A body that drips past the total time is given up, however alive it looks."""
    slow = completion("x" * 4000)
    slow.drip = 0.05
    endpoint.script = [slow]
    with pytest.raises(ProviderFailed):
        asker(endpoint, limits=ModelLimits(backoff=0, total=0.5, attempts=1)).ask(ASKED)


def test_flood_is_cut(endpoint):
    """A body of megabytes is not read to its end and not asked for twice."""
    endpoint.script = [completion("x" * 3_000_000)]
    with pytest.raises(ProviderFailed):
        asker(endpoint).ask(ASKED)
    assert len(endpoint.seen) == 1


def test_headers_that_trickle_end_at_the_deadline(endpoint):
    """A server that sends one byte of its headers at a time keeps every timeout of a socket, and is given up all the same."""
    endpoint.otherwise = lambda _request: replace(completion("{}"), header_drip=0.05)
    started = time.monotonic()
    with pytest.raises(ProviderFailed):
        asker(endpoint, limits=ModelLimits(backoff=0, total=0.6, attempts=1)).ask(ASKED)
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(endpoint, status):
    """Neither the key nor the question goes to another address: the model is given up."""
    endpoint.script = [Reply(status, headers={"location": f"{endpoint.url}/elsewhere"})]
    with pytest.raises(ProviderFailed):
        asker(endpoint).ask(ASKED)
    assert len(endpoint.seen) == 1


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_retry_after_is_kept_to(endpoint, status):
    """A number of seconds, or a date beside the date of the answer."""
    dated = fault(status, retry_after="Mon, 30 Nov 2026 05:00:09 GMT", date="Mon, 30 Nov 2026 05:00:00 GMT")
    endpoint.script = [fault(status, retry_after="3"), dated, completion("ok")]
    waits: list[float] = []
    assert asker(endpoint, waits=waits).ask(ASKED).text == "ok"
    assert waits[0] == 3.0 and 7 <= waits[1] <= 9


def test_the_run_has_a_total(endpoint):
    """However many models hang, all of them together take no longer than the declared seconds."""
    endpoint.otherwise = lambda _request: Reply(delay=5.0)
    ladder = asker(endpoint, "a:1", "b:2", "c:3", limits=ModelLimits(backoff=0, total=0.5, seconds=1.0))
    started = time.monotonic()
    with pytest.raises(ProviderFailed):
        ladder.ask(ASKED)
    assert time.monotonic() - started < 2.0
    assert ladder.faults


def test_what_it_cost_is_kept(endpoint):
    """Dollars where the service tells them; past the cap nothing is sent."""
    paid = completion("ok")
    paid.body = paid.body.replace(b'"total_tokens"', b'"cost": 0.75, "total_tokens"')
    endpoint.otherwise = lambda _request: paid
    ladder = asker(endpoint, limits=replace(FAST, usd=1.0))
    assert ladder.ask(ASKED).usd == 0.75
    ladder.ask(ASKED)
    with pytest.raises(ProviderFailed, match="dollars"):
        ladder.ask(ASKED)


def test_a_models_name_is_a_label():
    """A path, mark-up or a whole line is no name."""
    assert label("/srv/models/llama-3.gguf") == "llama-3.gguf" and label("openai/gpt-oss-20b") == "gpt-oss-20b"
    assert label("C:\\models\\a.gguf") == "a.gguf" and label("<b>x</b>") == "b"
    assert label("../..") == ".." and label("") == "modelo" and len(label("x" * 500)) == 60


@pytest.mark.parametrize("limits", [ModelLimits(requests=2), ModelLimits(tokens=2_500), ModelLimits(seconds=0.0)])
def test_caps_of_the_run(endpoint, limits):
    """Past the cap of requests, tokens or seconds nothing is sent."""
    endpoint.otherwise = lambda _request: completion("ok", tokens=400)
    ladder = asker(endpoint, limits=limits)
    with pytest.raises(ProviderFailed, match="cap"):
        for _ in range(5):
            ladder.ask(ASKED)
    assert len(endpoint.seen) <= 2
    assert ladder.budget.tokens == 400 * len(endpoint.seen)


def test_nobody_listens(no_keys):
    """A port nobody listens on is a failed provider, not a crash."""
    rung = Rung("own", "http://127.0.0.1:9/v1", "m", SecretStr(KEY))
    with pytest.raises(ProviderFailed):
        Asker([rung], ModelBudget(FAST), lambda asked: list(asked.messages), lambda _s: None).ask(ASKED)


def test_ladder_of_the_settings(no_keys):
    """Own service first, then Groq's two models, then OpenRouter with its routing rules; nothing without keys."""
    assert rungs(Settings(_env_file=None)) == []
    full = Settings(
        _env_file=None,
        llm_base_url="https://llm.example/v1/",
        llm_model="mine",
        GROQ_API_KEY="g",
        OPENROUTER_API_KEY="o",
    )
    ladder = rungs(full)
    assert [rung.provider for rung in ladder] == ["own", "groq", "groq", "openrouter", "openrouter"]
    assert [rung.base_url for rung in ladder[::2]] == ["https://llm.example/v1", GROQ, OPENROUTER]
    assert dict(ladder[-1].extra)["provider"] == {"require_parameters": True, "data_collection": "deny"}
    assert "secret" not in repr(rungs(full.model_copy(update={"groq_api_key": SecretStr("secret")})))


@pytest.mark.parametrize(
    "values", [{"llm_base_url": "http://evil.example/v1", "llm_model": "m"}, {"llm_base_url": "https://x.co/v1"}]
)
def test_unusable_settings(no_keys, values):
    """A key never travels over plain http off this machine; a base URL needs a model."""
    with pytest.raises(UsageError):
        rungs(Settings(_env_file=None, **values))
