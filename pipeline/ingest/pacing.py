"""How hard we may press a source: policy, back-off, retry budget, circuit breaker, adaptive concurrency."""

from __future__ import annotations

import asyncio
import email.utils
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.settings import Settings

_MIB = 1024 * 1024
_PACE = 2.0
"""Base of the back-off [s] at normal pace; `Settings.xm_backoff` over it scales every wait."""


@dataclass(frozen=True, slots=True)
class PacingPolicy:
    """Limits of one run against one source. Times in seconds.

    `from_settings` gives the careful values for production; fault tests lift single ones with
    `dataclasses.replace`.
    """

    concurrency: int = 4
    connect_timeout: float = 20.0
    read_timeout: float = 120.0
    total_timeout: float = 620.0
    attempts: int = 5
    run_deadline: float = 3600.0
    backoff_base: float = 2.0
    backoff_cap: float = 60.0
    retry_after_cap: float = 90.0
    """Longest wait a source may ask for [s]: below the patience, so that it is tried again before it is given up."""
    pace: float = 1.0
    """Factor on the waits that others dictate (`Retry-After`, breaker): 1 but in tests."""
    max_body: int = 256 * _MIB
    retry_share: float = 0.2
    """Extra requests a run may spend on retries, as a share of its first requests …"""
    retry_floor: int = 40
    """… but never fewer than this many."""
    breaker_threshold: int = 20
    breaker_pause: float = 15.0
    patience: float = 120.0
    """How long a source may go without one good answer, once it began to fail, before the run gives it up."""
    unanswered: int = 8
    """Failures after which a source that has not answered once in this run is given up without waiting …"""
    unreachable: float = 3.0
    """… or after this long, when nobody takes the connection."""
    timeout_burst: int = 3
    calm: int = 20
    """Answers in a row after which one more connection is allowed again."""
    seed: int = 20_260_101
    proxy: str | None = None
    ca_bundle: Path | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> PacingPolicy:
        """Return the policy these settings ask for."""
        return cls(
            concurrency=settings.xm_concurrency,
            connect_timeout=min(settings.xm_connect_timeout, settings.patience),
            read_timeout=min(settings.xm_read_timeout, settings.patience),
            total_timeout=settings.xm_connect_timeout + 5 * settings.xm_read_timeout,
            attempts=settings.xm_attempts,
            run_deadline=settings.xm_run_deadline,
            patience=settings.patience,
            backoff_base=settings.xm_backoff,
            backoff_cap=30 * settings.xm_backoff,
            pace=settings.xm_backoff / _PACE,
            max_body=settings.xm_max_body_mb * _MIB,
            proxy=settings.xm_proxy,
            ca_bundle=settings.xm_ca_bundle,
        )


class Backoff:
    """Exponential back-off with full jitter, from a seeded generator so that a run can be repeated."""

    def __init__(self, policy: PacingPolicy) -> None:
        self._policy = policy
        self._random = random.Random(policy.seed)  # noqa: S311 - spreads load, keeps no secret

    def wait(self, attempt: int) -> float:
        """Return the wait before the next try after `attempt` failed ones [s]."""
        ceiling = min(self._policy.backoff_cap, self._policy.backoff_base * 2 ** (attempt - 1))
        return self._random.uniform(0, ceiling)


def parse_retry_after(value: str | None, sent: str | None) -> float | None:
    """Return the wait a `Retry-After` header asks for [s], or None when it is absent or garbage.

    Args:
        value: The header: seconds, or an HTTP date.
        sent: The `Date` header of the same answer; a date is measured from it, so our clock plays no part.
    """
    if not value:
        return None
    text = value.strip()
    if text.isdigit():
        return float(text)
    until, now = _http_date(text), _http_date(sent or "")
    return max(0.0, until - now) if until is not None and now is not None else None


def _http_date(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return None


class RetryBudget:
    """Bounds the retries of a whole run, so that an outage is not made worse by asking harder."""

    def __init__(self, policy: PacingPolicy) -> None:
        self._policy = policy
        self._first = 0
        self._spent = 0

    def first_request(self) -> None:
        """Count a request that is no retry."""
        self._first += 1

    def take(self) -> bool:
        """Take one retry from the budget; False when it is spent."""
        if self._spent >= max(self._policy.retry_floor, self._policy.retry_share * self._first):
            return False
        self._spent += 1
        return True


class Breaker:
    """Opens after a row of failures, lets one probe through per pause, closes on the first good answer.

    A source that gives none for as long as `PacingPolicy.patience` is given up for the rest of the run.
    """

    def __init__(self, policy: PacingPolicy, clock: Callable[[], float]) -> None:
        self._policy = policy
        self._clock = clock
        self._pause = policy.breaker_pause * policy.pace
        self._failures = 0
        self._since = 0.0
        self._opened: float | None = None
        self._probing = False
        self._given_up = False
        self.answered = False
        """True once anything came back from the source, be it an error."""
        self.cause = ""
        """Code of the last failure."""

    @property
    def given_up(self) -> bool:
        """True once the source was silent or failing for too long: the run stops asking it."""
        if self._failures and self.patience_left() <= 0:
            self._given_up = True
        return self._given_up

    def patience_left(self) -> float:
        """Return how long the source may still go without a good answer [s]; all of it while it does not fail."""
        if not self._failures:
            return self._policy.patience
        limit = self._policy.patience
        if not self.answered:
            if self._failures >= self._policy.unanswered:
                return 0.0
            if self.cause.startswith("connect"):
                limit = min(limit, self._policy.unreachable)
        return limit - (self._clock() - self._since)

    def delay(self) -> float:
        """Return 0 when a request may go now (and book the probe), else how long to wait [s]."""
        if self._opened is None:
            return 0.0
        remaining = self._opened + self._pause - self._clock()
        if remaining > 0:
            return remaining
        if self._probing:
            return max(0.01, self._pause / 50)
        self._probing = True
        return 0.0

    def succeeded(self) -> None:
        """The source answered well: close."""
        self._failures = 0
        self._opened = None
        self._probing = False

    def failed(self, cause: str, sent: float) -> None:
        """Count a failure of a request sent at `sent`; open when the row is long enough or the probe failed."""
        if not self._failures:
            self._since = sent
        self._failures += 1
        self.cause = cause
        if self._probing:
            self._probing = False
            self._opened = self._clock()
        elif self._opened is None and self._failures >= self._policy.breaker_threshold:
            self._opened = self._clock()


class ConnectionSlots:
    """At most `limit` requests at once; one at a time after a burst of timeouts, back up as answers come.

    A client that walks away from a slow answer does not stop the server working on it: asking one thing at a
    time is what lets it recover.
    """

    def __init__(self, policy: PacingPolicy) -> None:
        self.limit = policy.concurrency
        self._policy = policy
        self._busy = 0
        self._timeouts = 0
        self._calm = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def acquire(self) -> None:
        """Wait for a free slot and take it; first come, first served."""
        while self._busy >= self.limit:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._wake()
                raise
        self._busy += 1

    def release(self) -> None:
        """Give a slot back."""
        self._busy -= 1
        self._wake()

    def _wake(self) -> None:
        free = self.limit - self._busy
        while free > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                free -= 1

    def timed_out(self) -> None:
        """A request timed out."""
        self._calm = 0
        self._timeouts += 1
        if self._timeouts >= self._policy.timeout_burst:
            self.limit = 1

    def answered(self) -> None:
        """A request was answered in time."""
        self._timeouts = 0
        self._calm += 1
        if self._calm >= self._policy.calm and self.limit < self._policy.concurrency:
            self.limit += 1
            self._calm = 0
            self._wake()
