"""The one way out: HTTP with limits, timeouts, retries and a breaker. No answer is trusted before its judge.

One `ClientSession` a run, at most `PacingPolicy.concurrency` connections, environment proxies ignored, certificates
always verified (a private bundle may be added), `http://` for loopback only. `Download` asks many windows at once.
"""

from __future__ import annotations

import asyncio
import json
import math
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

import aiohttp

from pipeline.core.log import get_logger
from pipeline.ingest.addresses import check_url, trust
from pipeline.ingest.pacing import Backoff, Breaker, ConnectionSlots, PacingPolicy, RetryBudget, parse_retry_after
from pipeline.ingest.verdicts import Judge, ReplyVerdict, VerdictKind
from pipeline.ingest.windows import SOURCE_DOWN, Reply, Status, WindowOutcome, WindowRequest

_LOG = get_logger("ingest")
_CHUNK = 256 * 1024
_TOLD_EVERY = 15.0  # [s] who waits for a source that fails wants to know for what
DEADLINE = "deadline"
STOPS = frozenset({DEADLINE, SOURCE_DOWN})
"""Codes of what ends a run's asking: our time, the source's silence."""
_HEADERS = {
    "User-Agent": "portal-energetico-colombia (pydataxm)",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Content-Type": "application/json",
}
FaultKind = Literal["connect", "tls", "timeout", "broken", "too_big"]
_KIND_OF_FAULT: dict[FaultKind, VerdictKind] = {
    "connect": "retry",
    "tls": "refused",
    "timeout": "retry",
    "broken": "retry",
    "too_big": "split",
}
_LIMITS = ("range_too_long", "too_big")
# Windows that wait for their next try must not keep the connections idle.
_WORKERS_PER_CONNECTION = 4


@dataclass(frozen=True, slots=True)
class HttpCall:
    """One HTTP request."""

    url: str
    method: Literal["GET", "POST"] = "POST"
    json: object = None


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One HTTP answer, whole."""

    status: int
    body: bytes
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """Where asking ended: the last verdict, the last body, and how many requests it took."""

    verdict: ReplyVerdict
    body: bytes
    attempts: int


class Fault(Exception):
    """A request that brought no whole answer: a signal between sending and asking, never seen outside."""

    def __init__(self, kind: FaultKind, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind: FaultKind = kind


class Transport:
    """Session, limits and memory of one run against one source.

    Use as an async context manager. `clock` [s, monotonic] and `sleep` are replaced in tests.
    """

    def __init__(
        self,
        policy: PacingPolicy,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.policy = policy
        self._clock = clock
        self._sleep = sleep
        self._deadline = clock() + policy.run_deadline
        self._backoff = Backoff(policy)
        self._budget = RetryBudget(policy)
        self._breaker = Breaker(policy, clock)
        self._held_until = 0.0
        self._told = -math.inf
        self._slots = ConnectionSlots(policy)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self.policy.concurrency, ssl=trust(self.policy.ca_bundle), ttl_dns_cache=300
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def answered(self) -> bool:
        """True once the source has answered anything in this run."""
        return self._breaker.answered

    @property
    def given_up(self) -> bool:
        """True once the source was asked in vain for too long; nothing more is sent to it."""
        return self._breaker.given_up

    @property
    def cause(self) -> str:
        """Code of the last failure."""
        return self._breaker.cause

    async def ask(self, call: HttpCall, judge: Judge) -> Settled:
        """Send `call` until `judge` is satisfied, the tries are spent or the run must stop.

        Returns:
            A verdict that is `retry` only where trying more would not help now, `unsent` where its turn never came.

        Raises:
            UsageError: The address is neither https nor loopback.
        """
        check_url(call.url)
        attempts = timeouts = 0
        verdict, body = ReplyVerdict("retry", "not_asked"), b""
        while True:
            stop = await self._enter()
            if stop:
                if attempts and stop != SOURCE_DOWN:
                    return Settled(ReplyVerdict("retry", f"{verdict.reason}; {stop}"), body, attempts)
                return Settled(ReplyVerdict("unsent", stop), body, attempts)
            attempts += 1
            if attempts == 1:
                self._budget.first_request()
            try:
                verdict, body, asked = await self._try(call, judge)
            finally:
                self._slots.release()
            if verdict.kind != "retry":
                return Settled(verdict, body, attempts)
            if verdict.reason.startswith("timeout") and self._clock() >= self._deadline:
                return Settled(ReplyVerdict("unsent", DEADLINE), body, attempts)  # we hung up, not the source
            timeouts += verdict.reason.startswith("timeout")
            if timeouts >= 2:
                # A window that times out twice is too big for the source at this hour: ask for half of it.
                return Settled(ReplyVerdict("split", verdict.reason), body, attempts)
            wait, stop = self._next_wait(attempts, asked)
            if stop:
                return Settled(ReplyVerdict("retry", f"{verdict.reason}; {stop}"), body, attempts)
            _LOG.debug("retry", reason=verdict.reason, attempt=attempts, wait=round(wait, 2))
            await self._sleep(min(wait, max(self._breaker.patience_left(), 0.001)))

    async def _enter(self) -> str:
        """Wait for a slot and leave to use it; return "" holding it, or why nothing may go any more."""
        while True:
            await self._slots.acquire()
            if self._clock() >= self._deadline:
                stop = DEADLINE
            elif self._breaker.given_up:
                stop = SOURCE_DOWN
            else:
                # Asked with the slot in hand: a breaker that opened meanwhile must stop this request too.
                wait = max(self._held_until - self._clock(), 0.0) or self._breaker.delay()
                if wait <= 0:
                    return ""
                self._slots.release()
                longest = min(self._deadline - self._clock(), self._breaker.patience_left())
                await self._sleep(min(wait, max(longest, 0.001)))
                continue
            self._slots.release()
            return stop

    async def _try(self, call: HttpCall, judge: Judge) -> tuple[ReplyVerdict, bytes, float | None]:
        """Send once and keep the books of breaker and slots."""
        begun = self._clock()
        try:
            answer = await self._send(call)
        except Fault as fault:
            self._failed(call, str(fault), begun)
            if fault.kind == "timeout":
                self._slots.timed_out()
            return ReplyVerdict(_KIND_OF_FAULT[fault.kind], str(fault)), b"", None
        self._breaker.answered = True
        self._slots.answered()
        verdict = judge(answer.status, answer.body)
        if verdict.kind in {"retry", "refused"}:
            self._failed(call, verdict.reason, begun)
        else:
            self._breaker.succeeded()
        return verdict, answer.body, answer.retry_after

    def _failed(self, call: HttpCall, reason: str, begun: float) -> None:
        """Count a failure, and say now and then that it goes on and until when."""
        if self._breaker.patience_left() == self.policy.patience:
            self._told = begun
        self._breaker.failed(reason, begun)
        if (now := self._clock()) - self._told >= _TOLD_EVERY:
            self._told = now
            left = round(max(0, min(self._breaker.patience_left(), self._deadline - now)))
            _LOG.warning("the source fails; trying on", host=urlsplit(call.url).hostname, reason=reason, seconds=left)

    def _next_wait(self, attempts: int, asked: float | None) -> tuple[float, str]:
        """Return the wait before the next try [s], or the reason why there is none."""
        if attempts >= self.policy.attempts:
            return 0.0, "tries are spent"
        if asked is not None and asked > self.policy.retry_after_cap:
            return 0.0, f"the source asks to wait {asked:.0f} s"
        if not self._budget.take():
            return 0.0, "the retry budget of the run is spent"
        if asked is None:
            return self._backoff.wait(attempts), ""
        # The source speaks for itself, not for one window: everybody waits.
        wait = asked * self.policy.pace
        self._held_until = max(self._held_until, self._clock() + wait)
        return wait, ""

    async def _send(self, call: HttpCall) -> HttpAnswer:
        if self._session is None:
            raise RuntimeError("Transport is used outside its context")
        remaining = min(self._deadline - self._clock(), self._breaker.patience_left())
        timeout = aiohttp.ClientTimeout(
            total=max(0.01, min(self.policy.total_timeout, remaining)),
            sock_connect=self.policy.connect_timeout,
            sock_read=self.policy.read_timeout,
        )
        try:
            async with self._session.request(
                call.method,
                call.url,
                data=None if call.json is None else json.dumps(call.json).encode(),
                proxy=self.policy.proxy,
                allow_redirects=False,
                timeout=timeout,
            ) as response:
                body = await self._read(response)
                asked = parse_retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
                return HttpAnswer(response.status, body, asked)
        except TimeoutError as error:
            if isinstance(error, aiohttp.ConnectionTimeoutError):
                raise Fault("connect", "no connection in time") from error
            raise Fault("timeout", "no whole answer in time") from error
        except (aiohttp.ClientSSLError, ssl.SSLError) as error:
            raise Fault("tls", _tls_detail(error)) from error
        except (aiohttp.ClientHttpProxyError, aiohttp.ClientConnectorError) as error:
            raise Fault("connect", _excerpt(error)) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # ValueError: aiohttp 3.14 reports some malformed heads so.
            raise Fault("broken", f"{type(error).__name__}: {_excerpt(error)}") from error

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self.policy.max_body:
                response.close()
                raise Fault("too_big", f"more than {self.policy.max_body} bytes")
        return bytes(body)


def _tls_detail(error: Exception) -> str:
    certificate = getattr(error, "certificate_error", None) or error
    return f"the certificate is not accepted ({_excerpt(certificate)})"


def _excerpt(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


@dataclass(slots=True)
class Download:
    """One run over many windows: none of them stops the others.

    Args:
        transport: An open transport.
        call_of: How a window is asked.
        judge_of: Who judges its answers.
        on_reply: Gets every window's reply exactly once, one at a time, from a single worker thread. An
            exception it raises (a full disk …) stops the run and reaches the caller.
        progress: Called with (windows done, windows in all).
        longest: Longest span each series takes [days], learned before; what is learned now is added to it.
    """

    transport: Transport
    call_of: Callable[[WindowRequest], HttpCall]
    judge_of: Callable[[WindowRequest], Judge]
    on_reply: Callable[[Reply], None]
    progress: Callable[[int, int], None] | None = None
    longest: dict[str, int] = field(default_factory=dict)

    async def run(self, requests: Sequence[WindowRequest]) -> list[WindowOutcome]:
        """Ask every window; return the outcomes in the order of `requests`, halves in time order."""
        settled: list[list[WindowOutcome]] = [[] for _ in requests]
        queue = deque(enumerate(requests))
        done = 0

        async def work(writer: ThreadPoolExecutor) -> None:
            nonlocal done
            while queue:
                index, request = queue.popleft()
                settled[index] = await self._whole(request, writer)
                done += 1
                if self.progress is not None:
                    self.progress(done, len(requests))

        size = min(len(requests), self.transport.policy.concurrency * _WORKERS_PER_CONNECTION)
        with ThreadPoolExecutor(1, thread_name_prefix="on_reply") as writer:
            workers = [asyncio.create_task(work(writer)) for _ in range(size)]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)
        return [outcome for outcomes in settled for outcome in outcomes]

    async def _whole(self, request: WindowRequest, writer: ThreadPoolExecutor) -> list[WindowOutcome]:
        """Ask one window, in parts where the source wants less."""
        pending = [request]
        outcomes: list[WindowOutcome] = []
        while pending:
            part = pending.pop()
            halves = part.halves()
            if halves is not None and part.days > self.longest.get(part.key, part.days):
                pending += reversed(halves)
                continue
            settled = await self.transport.ask(self.call_of(part), self.judge_of(part))
            verdict = settled.verdict
            if halves is not None and verdict.kind == "split":
                # A timeout is a matter of the hour and is not remembered; a limit of the source is.
                if verdict.reason.startswith(_LIMITS):
                    self.longest[part.key] = min(halves[0].days, self.longest.get(part.key, part.days))
                pending += reversed(halves)
                continue
            reply = Reply(part, settled.body, status_of(verdict), verdict.reason)
            await asyncio.get_running_loop().run_in_executor(writer, self.on_reply, reply)
            outcomes.append(WindowOutcome(part, reply.status, reply.reason, settled.attempts, len(reply.body)))
        return outcomes


def status_of(verdict: ReplyVerdict) -> Status:
    """Return how asking ended when nothing more is tried."""
    kind = verdict.kind
    if kind == "ok" or kind == "empty" or kind == "permanent" or kind == "unsent":  # noqa: PLR1714 - typed
        return kind
    return "permanent" if kind == "split" and verdict.reason.startswith(_LIMITS) else "retry_later"
