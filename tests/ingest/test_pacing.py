"""How hard a source is pressed: waits, budget, breaker and concurrency, on a clock that costs no time."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import math
from collections.abc import Callable

import pytest

from pipeline.core.settings import Settings
from pipeline.ingest.pacing import Backoff, Breaker, ConnectionSlots, PacingPolicy, RetryBudget, parse_retry_after
from pipeline.ingest.transport import Fault, HttpAnswer, HttpCall, Settled, Transport
from pipeline.ingest.verdicts import ReplyVerdict

pytestmark = pytest.mark.slow

SENT = "Wed, 01 May 2024 12:00:00 GMT"
CALL = HttpCall("https://servapibi.xm.com.co/hourly", json={})


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Scripted(Transport):
    """A transport whose answers come from a function of the request's number."""

    def __init__(self, policy: PacingPolicy, script: Callable[[int], HttpAnswer]) -> None:
        self.clock = Clock()
        super().__init__(policy, clock=self.clock, sleep=self.clock.sleep)
        self.script = script
        self.sent: list[float] = []

    async def _send(self, call: HttpCall) -> HttpAnswer:
        self.sent.append(self.clock.now)
        return self.script(len(self.sent))


def judge(status: int, _body: bytes) -> ReplyVerdict:
    return ReplyVerdict("ok") if status == 200 else ReplyVerdict("retry", f"http_{status}")


def settle(transport: Transport) -> Settled:
    return asyncio.run(transport.ask(CALL, judge))


@pytest.mark.parametrize(
    ("header", "sent", "wait"),
    [
        ("5", SENT, 5.0),
        ("3600", SENT, 3600.0),
        ("Wed, 01 May 2024 12:00:30 GMT", SENT, 30.0),
        ("Wed, 01 May 2024 11:00:00 GMT", SENT, 0.0),
        ("Wed, 01 May 2024 12:00:30 GMT", None, None),
        ("soon", SENT, None),
        ("-5", SENT, None),
        ("", SENT, None),
        (None, SENT, None),
    ],
)
def test_retry_after_is_read(header: str | None, sent: str | None, wait: float | None) -> None:
    """Seconds, dates (against the server's own clock) and garbage."""
    assert parse_retry_after(header, sent) == wait


@pytest.mark.parametrize(("asked", "waited"), [(5.0, [5.0]), (30.0, [30.0]), (90.0, [90.0])])
def test_what_the_source_asks_is_waited(asked: float, waited: list[float]) -> None:
    """`Retry-After` up to the cap is honoured exactly (I22)."""
    transport = Scripted(PacingPolicy(), lambda n: HttpAnswer(429, b"", asked) if n == 1 else HttpAnswer(200, b"{}"))
    assert settle(transport).verdict.kind == "ok"
    assert transport.clock.sleeps == waited


def test_a_long_retry_after_gives_the_window_up() -> None:
    """An hour is more than a run can spare: later (I22)."""
    transport = Scripted(PacingPolicy(), lambda n: HttpAnswer(503, b"", 3600.0))
    settled = settle(transport)
    assert (settled.verdict.kind, settled.attempts, transport.clock.sleeps) == ("retry", 1, [])
    assert "asks to wait 3600 s" in settled.verdict.reason


def test_garbage_falls_back_to_our_own_wait() -> None:
    """Without a usable header the wait is exponential with full jitter, 2 s first, 60 s at most (I22)."""
    transport = Scripted(PacingPolicy(attempts=9, patience=math.inf), lambda n: HttpAnswer(500, b""))
    assert settle(transport).attempts == 9
    ceilings = [2, 4, 8, 16, 32, 60, 60, 60]
    assert all(0 <= wait <= ceiling for wait, ceiling in zip(transport.clock.sleeps, ceilings, strict=True))


def test_waits_repeat_for_a_seed_and_spread_over_their_range() -> None:
    """The jitter is seeded (a run can be repeated) and full (it spreads load)."""
    one, other = Backoff(PacingPolicy()), Backoff(PacingPolicy())
    waits = [one.wait(10) for _ in range(400)]
    assert waits == [other.wait(10) for _ in range(400)]
    assert min(waits) < 3
    assert max(waits) > 57
    assert Backoff(PacingPolicy(seed=2)).wait(10) != waits[0]


def test_the_retry_budget_bounds_a_run() -> None:
    """A run spends a fifth of its requests on retries, or the floor, and then stops trying again."""
    budget = RetryBudget(PacingPolicy(retry_floor=3))
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
    for _ in range(100):
        budget.first_request()
    assert sum(budget.take() for _ in range(100)) == 17
    transport = Scripted(PacingPolicy(retry_floor=0), lambda n: HttpAnswer(500, b""))
    settled = settle(transport)
    assert settled.attempts == 2
    assert "retry budget" in settled.verdict.reason


def test_the_breaker_opens_probes_and_closes() -> None:
    """20 failures open it; nothing passes for 15 s; one probe; success closes it (I23)."""
    clock = Clock()
    breaker = Breaker(PacingPolicy(), clock)
    breaker.answered = True
    for _ in range(19):
        breaker.failed("http_503", clock())
    assert breaker.delay() == 0
    breaker.failed("http_503", clock())
    assert breaker.delay() == 15
    clock.now += 14
    breaker.failed("http_503", clock())  # an answer that was under way does not move the pause
    assert breaker.delay() == 1
    clock.now += 1
    assert breaker.delay() == 0  # the probe
    assert breaker.delay() > 0  # nobody else meanwhile
    breaker.failed("http_503", clock())
    assert breaker.delay() == 15
    clock.now += 15
    assert breaker.delay() == 0
    breaker.succeeded()
    assert [breaker.delay() for _ in range(5)] == [0] * 5
    assert not breaker.given_up


def test_patience_begins_with_the_first_failure_and_ends_with_a_good_answer() -> None:
    """119 s of failures are borne, 120 are not; one good answer and the count begins anew."""
    clock = Clock()
    breaker = Breaker(PacingPolicy(), clock)
    breaker.answered = True
    breaker.failed("timeout", clock() - 60)  # it was sent a minute ago
    clock.now += 59
    assert not breaker.given_up
    breaker.succeeded()
    clock.now += 1000
    breaker.failed("http_503", clock())
    assert breaker.patience_left() == 120
    clock.now += 120
    assert breaker.given_up
    breaker.succeeded()
    assert breaker.given_up, "a late answer does not open the run again"


def test_nobody_there_is_told_in_seconds() -> None:
    """No connection and never an answer: given up after 3 s, whatever the patience."""

    def refuse(n: int) -> HttpAnswer:
        raise Fault("connect", "refused")

    transport = Scripted(PacingPolicy(attempts=50), refuse)
    settled = settle(transport)
    assert (settled.verdict.kind, settled.verdict.reason) == ("unsent", "source_down")
    assert transport.given_up and transport.cause.startswith("connect")
    assert transport.clock.now - 1000 <= 3.1


def test_a_dead_source_is_given_up_after_two_minutes() -> None:
    """Many windows, all failing: 20 requests, then one per 15 s, then none; no window is to blame (S11, I23)."""
    transport = Scripted(PacingPolicy(attempts=50, retry_floor=10_000), lambda n: HttpAnswer(503, b""))

    async def run() -> list[Settled]:
        return await asyncio.gather(*(transport.ask(CALL, judge) for _ in range(40)))

    settled = asyncio.run(run())
    assert {(one.verdict.kind, one.verdict.reason) for one in settled} == {("unsent", "source_down")}
    assert transport.cause == "http_503"
    opened = transport.sent[19]
    probes = [moment for moment in transport.sent[20:] if moment > opened]
    assert len(transport.sent) <= 20 + 4 + 8
    assert all(later - before >= 15 for before, later in itertools.pairwise([opened, *probes]))
    assert transport.clock.now - 1000 <= 121


def test_a_source_that_comes_back_is_used_again() -> None:
    """After an outage the waiting windows are asked and answered."""
    transport = Scripted(
        PacingPolicy(attempts=50, retry_floor=10_000), lambda n: HttpAnswer(503 if n <= 20 else 200, b"{}")
    )

    async def run() -> list[Settled]:
        return await asyncio.gather(*(transport.ask(CALL, judge) for _ in range(12)))

    assert {one.verdict.kind for one in asyncio.run(run())} == {"ok"}


def test_the_deadline_of_the_run_ends_it() -> None:
    """Nothing is asked after the deadline, and what was waiting says why it stopped."""
    transport = Scripted(
        PacingPolicy(run_deadline=100, attempts=1000, retry_floor=10_000, breaker_threshold=10**6, patience=math.inf),
        lambda n: HttpAnswer(500, b""),
    )
    settled = settle(transport)
    assert "deadline" in settled.verdict.reason
    assert max(transport.sent) < 1100


def test_timeouts_lower_the_concurrency_and_answers_restore_it() -> None:
    """Three timeouts in a row: one request at a time; 20 answers: one more (reliability 1.3, item 6)."""

    async def run() -> list[int]:
        slots = ConnectionSlots(PacingPolicy())
        limits = [slots.limit]
        for _ in range(3):
            slots.timed_out()
        limits.append(slots.limit)
        for _ in range(3):
            for _ in range(20):
                slots.answered()
            limits.append(slots.limit)
        return limits

    assert asyncio.run(run()) == [4, 1, 2, 3, 4]


def test_slots_never_exceed_their_limit_and_wake_everybody() -> None:
    """200 tasks through 4 slots, some cancelled while waiting: never more than 4 inside, none left behind."""

    async def run() -> tuple[int, int]:
        slots = ConnectionSlots(PacingPolicy())
        inside = peak = done = 0

        async def work() -> None:
            nonlocal inside, peak, done
            await slots.acquire()
            inside += 1
            peak = max(peak, inside)
            await asyncio.sleep(0)
            inside -= 1
            done += 1
            slots.release()

        tasks = [asyncio.create_task(work()) for _ in range(200)]
        await asyncio.sleep(0)
        for task in tasks[50:60]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return peak, done

    assert asyncio.run(run()) == (4, 190)


def test_a_certificate_that_fails_is_not_asked_again() -> None:
    """Retrying cannot mend a certificate."""

    def refuse(n: int) -> HttpAnswer:
        raise Fault("tls", "the certificate is not accepted (self-signed)")

    transport = Scripted(PacingPolicy(), refuse)
    settled = settle(transport)
    assert (settled.verdict.kind, settled.attempts) == ("refused", 1)


def test_settings_make_the_policy() -> None:
    """Times and limits of the settings arrive; the pace of the back-off scales every wait."""
    settings = Settings(_env_file=None, xm_backoff=1.0, xm_attempts=7, xm_max_body_mb=3, xm_proxy="http://p:1")
    policy = PacingPolicy.from_settings(settings)
    assert (policy.attempts, policy.backoff_base, policy.backoff_cap, policy.pace) == (7, 1.0, 30.0, 0.5)
    assert (policy.max_body, policy.proxy, policy.concurrency) == (3 * 2**20, "http://p:1", 4)
    assert dataclasses.replace(policy, retry_share=math.inf).retry_share == math.inf
