"""Faults come as planned: the same seed and requests give the same faults, and each looks as it should."""

from __future__ import annotations

import dataclasses
import http.client
import json
import time
from collections import Counter

import pytest

from pipeline.core.errors import UsageError
from pipeline.emulator import faults
from pipeline.emulator.faults import KINDS, FaultPlan
from pipeline.emulator.server import Emulator
from tests.emulator.conftest import serving

BODY = json.dumps(
    {"MetricId": "Gene", "Entity": "Sistema", "StartDate": "2001-03-01", "EndDate": "2001-03-31"}
).encode()


def faulty(emulator: Emulator, plan: str) -> Emulator:
    """Return the same emulator with a plan of faults."""
    return dataclasses.replace(emulator, plan=FaultPlan.parse(plan))


def fetch(base: str, path: str = "/hourly") -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of one POST, without any retry."""
    connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=20)
    try:
        connection.request("POST", path, BODY, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def test_a_plan_is_reproducible_and_near_its_shares() -> None:
    """Two plans with one seed agree on every request; another seed does not; shares are respected."""
    requests = [b"request %d" % i for i in range(3000)]
    one, same, other = (FaultPlan.parse("500:0.1,reset:0.05", seed) for seed in (1, 1, 2))
    picks = [one.pick(request) for request in requests]
    assert picks == [same.pick(request) for request in requests]
    assert picks != [other.pick(request) for request in requests]
    counts = Counter(picks)
    assert 240 < counts["500"] < 360 and 100 < counts["reset"] < 200
    assert one.injected == Counter({"500": counts["500"], "reset": counts["reset"]})


def test_a_request_asked_again_is_drawn_again() -> None:
    """A retry may succeed: the plan counts how often it was asked."""
    plan = FaultPlan.parse("503:0.5", 3)
    assert {plan.pick(b"the same") for _ in range(20)} == {None, "503"}


@pytest.mark.parametrize("text", ["fire:0.1", "500", "500:x", "500:1.5", "500:0.7,502:0.7"])
def test_wrong_plans_are_usage_errors(text: str) -> None:
    """Unknown kind, missing or impossible probability, and shares beyond 1."""
    with pytest.raises(UsageError):
        FaultPlan.parse(text)


def test_no_plan_means_no_fault() -> None:
    """An empty plan never picks."""
    assert FaultPlan.parse(None).pick(b"x") is None


def test_each_kind_looks_as_xm_was_seen_to_fail(simulated: Emulator) -> None:
    """Statuses, Retry-After, a page for JSON, nothing, half a body and a dropped connection."""
    seen: dict[str, tuple[int, dict[str, str], bytes]] = {}
    for kind in sorted(set(KINDS) - {"drip", "hang", "reset", "slow"}):
        with serving(faulty(simulated, f"{kind}:1")) as base:
            seen[kind] = fetch(base)
    for code in (500, 502, 503, 429):
        assert seen[str(code)][0] == code
    assert int(seen["429"][1]["Retry-After"]) >= 1
    assert seen["html"][0] == 200 and seen["html"][2].startswith(b"<!DOCTYPE html>")
    assert (seen["empty"][0], seen["empty"][2]) == (200, b"")
    with pytest.raises(json.JSONDecodeError):
        json.loads(seen["truncated"][2])


def test_connections_drop_slow_down_and_hang(simulated: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reset loses the body, a dripping one never ends; a slow answer is whole; a hanging one outlasts patience."""
    monkeypatch.setattr(faults, "DRIPS", 3)
    for kind in ("reset", "drip"):
        with (
            serving(faulty(simulated, f"{kind}:1")) as base,
            pytest.raises((http.client.IncompleteRead, ConnectionError)),
        ):
            fetch(base)
    with serving(faulty(simulated, "slow:1")) as base:
        begin = time.monotonic()
        assert len(json.loads(fetch(base)[2])["Items"]) == 31
        assert time.monotonic() - begin > 0.3
    with serving(faulty(simulated, "hang:1")) as base:
        connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=0.5)
        connection.request("POST", "/hourly", BODY)
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()
