"""The XM client against a server on loopback: nothing lost, nothing asked twice, nobody hurried."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import itertools
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pipeline.core.errors import SourceUnavailable, UsageError
from pipeline.core.settings import Settings
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.planned import fetch
from pipeline.ingest.sources.xm import XM
from pipeline.ingest.windows import Reply, WindowOutcome, WindowRequest, plan_requests
from tests.ingest.conftest import metric
from tests.ingest.fault_run import Archive, expected_cells, lifted, run_faulted
from tests.ingest.peer import ask_pydataxm, columns_of
from tests.ingest.stub import StubXm

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
START, END = dt.date(2023, 1, 1), dt.date(2023, 12, 31)


@pytest.mark.parametrize("faults", [40, pytest.param(300, marks=pytest.mark.slow)])
def test_faults_lose_nothing(stub: StubXm, settings: Settings, faults: int) -> None:
    """Ten kinds of faults: every row arrives, exactly once (I1; 10,000 faults in the bench)."""
    run = run_faulted(stub, settings, faults)
    assert (run.faults, run.lost, run.duplicates, run.left) == (faults, 0, 0, 0)


def test_connections_never_exceed_the_limit(stub: StubXm, settings: Settings) -> None:
    """26 years of an hourly metric: 312 windows, at most 4 at once (I5; library: 312)."""
    requests = plan_requests(metric(), dt.date(2000, 1, 1), dt.date(2025, 12, 31))
    assert len(requests) == 312

    async def slow(request: web.Request, body: dict[str, Any], turn: int) -> None:
        await asyncio.sleep(0.003)

    stub.respond = slow
    outcomes = fetch(XM, requests, settings, Archive())
    assert {outcome.status for outcome in outcomes} == {"ok"}
    assert len(stub.asked) == 312
    assert 2 <= stub.peak <= 4


def test_every_grain_goes_to_its_path_with_its_body(stub: StubXm, settings: Settings) -> None:
    """Hourly, daily, monthly and list metrics are asked where and how XM wants it, and bytes are handed over raw."""
    archive = Archive()
    requests = [
        WindowRequest(metric(f"M{grain}", grain), "Sistema", START, START + dt.timedelta(days=1))
        for grain in ("hourly", "daily", "monthly", "list")
    ]
    outcomes = fetch(XM, requests, settings, archive)
    assert {path for path, _ in stub.asked} == {"hourly", "daily", "monthly", "lists"}
    bodies = dict(stub.asked)
    assert bodies["lists"] == {"MetricId": "Mlist", "Entity": "Sistema"}
    assert bodies["daily"] == {
        "MetricId": "Mdaily",
        "Entity": "Sistema",
        "StartDate": "2023-01-01",
        "EndDate": "2023-01-02",
        "Filter": [],
    }
    assert [outcome.size for outcome in outcomes] == [
        len(next(r.body for r in archive.replies if r.request == request)) for request in requests
    ]
    assert outcomes == [
        WindowOutcome(request, "ok", "", 1, outcome.size) for request, outcome in zip(requests, outcomes, strict=True)
    ]


def test_one_window_that_always_fails_stops_no_other(stub: StubXm, settings: Settings) -> None:
    """One month answers 500 for ever: one `retry_later`, the other eleven are whole (I6)."""

    async def march_fails(request: web.Request, body: dict[str, Any], turn: int) -> web.Response | None:
        return web.Response(status=500) if body["StartDate"] == "2023-03-01" else None

    stub.respond = march_fails
    archive, seen = Archive(), []
    requests = plan_requests(metric(), START, END)
    outcomes = fetch(XM, requests, settings, archive, progress=lambda done, total: seen.append((done, total)))
    assert [o.request.start.month for o in outcomes if o.status == "retry_later"] == [3]
    failed = outcomes[2]
    assert (failed.attempts, failed.reason) == (5, "http_500; tries are spent")
    assert archive.cells() == expected_cells(requests[:2] + requests[3:])
    assert seen == [(n, 12) for n in range(1, 13)]


def test_a_range_refusal_halves_the_window_and_is_remembered(stub: StubXm, settings: Settings) -> None:
    """'Rango' on 31 days: 15 or 16 accepted in 3 requests; the next month is cut before it is asked (I8)."""

    async def fifteen_days(request: web.Request, body: dict[str, Any], turn: int) -> web.Response | None:
        days = (dt.date.fromisoformat(body["EndDate"]) - dt.date.fromisoformat(body["StartDate"])).days + 1
        return web.json_response("error: Rango de consulta supera 16 dias", status=400) if days > 16 else None

    stub.respond = fifteen_days
    archive = Archive()
    policy = dataclasses.replace(PacingPolicy.from_settings(settings), concurrency=1)
    first = plan_requests(metric(), START, dt.date(2023, 1, 31))
    outcomes = fetch(XM, first, settings, archive, policy=policy)
    assert len(stub.asked) == 3
    assert [(o.request.start.day, o.request.end.day) for o in outcomes] == [(1, 16), (17, 31)]
    assert archive.cells() == expected_cells(first)
    stub.asked.clear()
    year = fetch(XM, plan_requests(metric(), START, END), settings, Archive(), policy=policy)
    refused = len(stub.asked) - len(year)
    assert refused <= 4  # the windows under way when the limit was learned
    assert year[0].request.start == START
    assert all(b.request.start - a.request.end == dt.timedelta(days=1) for a, b in itertools.pairwise(year))


def test_a_range_refusal_of_a_single_day_is_final(stub: StubXm, settings: Settings) -> None:
    """A source that refuses even one day is not halved for ever."""

    async def never(request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        return web.json_response("error: Rango de consulta supera", status=400)

    stub.respond = never
    outcomes = fetch(XM, plan_requests(metric(), START, START), settings, Archive())
    assert [(o.status, o.reason, o.attempts) for o in outcomes] == [("permanent", "range_too_long", 1)]


def test_a_window_that_times_out_twice_is_asked_in_parts(stub: StubXm, settings: Settings) -> None:
    """A month too slow to answer arrives in shorter windows (F3)."""

    async def slow_when_long(request: web.Request, body: dict[str, Any], turn: int) -> None:
        days = (dt.date.fromisoformat(body["EndDate"]) - dt.date.fromisoformat(body["StartDate"])).days + 1
        await asyncio.sleep(5 if days > 10 else 0)

    stub.respond = slow_when_long
    requests = plan_requests(metric(), START, dt.date(2023, 1, 31))
    archive = Archive()
    outcomes = fetch(XM, requests, settings, archive, policy=lifted(settings, read_timeout=0.3))
    assert len(outcomes) >= 4
    assert {o.status for o in outcomes} == {"ok"}
    assert archive.cells() == expected_cells(requests)


def test_a_body_over_the_cap_is_cut_short_and_asked_in_parts(stub: StubXm, settings: Settings) -> None:
    """A reply over the size cap is abandoned while it streams, and smaller ones are accepted (I24)."""
    sent = 0

    async def huge_when_long(request: web.Request, body: dict[str, Any], turn: int) -> web.StreamResponse | None:
        nonlocal sent
        if (
            body["StartDate"][:7] == body["EndDate"][:7]
            and body["StartDate"][-2:] == "01"
            and body["EndDate"][-2:] == "31"
        ):
            response = web.StreamResponse()
            response.enable_compression()
            await response.prepare(request)
            for _ in range(200):
                sent += 2**20
                await response.write(b" " * 2**20)
            return response
        return None

    stub.respond = huge_when_long
    policy = dataclasses.replace(PacingPolicy.from_settings(settings), max_body=8 * 2**20)
    outcomes = fetch(XM, plan_requests(metric(), START, dt.date(2023, 1, 31)), settings, Archive(), policy=policy)
    assert [o.status for o in outcomes] == ["ok", "ok"]


def test_an_unusable_archive_stops_the_run(stub: StubXm, settings: Settings) -> None:
    """An error while keeping a reply (disk full) reaches the caller instead of being counted as a bad window."""

    def full(reply: Reply) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fetch(XM, plan_requests(metric(), START, END), settings, full)


def test_replies_come_one_at_a_time(stub: StubXm, settings: Settings) -> None:
    """`on_reply` is never called twice at once, so bronze needs no lock."""
    inside = overlaps = 0

    def keep(reply: Reply) -> None:
        nonlocal inside, overlaps
        inside += 1
        overlaps += inside > 1
        sum(range(20_000))
        inside -= 1

    fetch(XM, plan_requests(metric(), START, END), settings, keep)
    assert overlaps == 0


def test_a_source_that_never_answers_is_not_waited_for(settings: Settings) -> None:
    """Nobody listens: a handful of tries, then `SourceUnavailable` (exit 75), however many windows wait (I21)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = settings.model_copy(update={"xm_base_url": f"http://127.0.0.1:{probe.getsockname()[1]}"})
    archive = Archive()
    requests = plan_requests(metric(), dt.date(2000, 1, 1), dt.date(2025, 12, 31))
    with pytest.raises(SourceUnavailable, match="did not answer once") as caught:
        fetch(XM, requests, closed, archive)
    assert caught.value.exit_code == 75
    assert {reply.status for reply in archive.replies} == {"unsent"}


def test_plain_http_is_for_loopback_only(settings: Settings) -> None:
    """An address without TLS outside this machine is refused before anything is sent."""
    outside = settings.model_copy(update={"xm_base_url": "http://servapibi.xm.com.co"})
    with pytest.raises(UsageError, match="loopback only"):
        fetch(XM, plan_requests(metric(), START, START), outside, Archive())


GRAINS = [("hourly", START), ("daily", START), ("monthly", START), ("list", START)]


@pytest.mark.parametrize(("grain", "start"), GRAINS)
@pytest.mark.parametrize("entity", ["Sistema", "Recurso"])
def test_our_bytes_are_what_the_library_answers(
    stub: StubXm, settings: Settings, grain: Any, start: dt.date, entity: str
) -> None:
    """Inside a month our bytes, shaped as pydataxm shapes them, equal its own request_data (I27)."""
    declared = metric("Gene", grain, (entity,))
    end = start + dt.timedelta(days=20)
    archive = Archive()
    request = WindowRequest(declared, entity, start, end)
    fetch(XM, [request], settings, archive)
    ours = columns_of(archive.replies[0].body, request)
    assert ask_pydataxm(settings.xm_base_url, [request]) == [ours]
    assert len(ours) > 0


@pytest.mark.slow
def test_importing_leaves_the_process_as_it_was() -> None:
    """asyncio.run is the standard one, no warning filter leaks, nothing is printed (I26)."""
    code = (
        "import asyncio, warnings\n"
        "before = list(warnings.filters)\n"
        "import pandas, requests\n"
        "third = list(warnings.filters)\n"
        "import pipeline.ingest.sources.xm, pipeline.ingest.sources.simem\n"
        "assert asyncio.run.__module__ == 'asyncio.runners', asyncio.run.__module__\n"
        "assert warnings.filters == third, [f for f in warnings.filters if f not in third]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_nothing_to_ask_is_no_error(stub: StubXm, settings: Settings) -> None:
    """A night with nothing stale asks nothing and returns nothing."""
    assert fetch(XM, [], settings, Archive()) == []
    assert stub.asked == []
