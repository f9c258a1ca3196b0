"""The one way out: HTTP with limits, timeouts, retries and a breaker. No answer is trusted before its judge.

One `ClientSession` a run, at most `PacingPolicy.concurrency` connections, environment proxies ignored, certificates
always verified (a private bundle may be added), `http://` for loopback only.
"""

from __future__ import annotations

import asyncio
import functools
import json
import math
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar
from urllib.parse import urlsplit

import aiohttp

from pipeline.core.errors import (
    SourceError,
    SourceRefused,
    SourceSchemaChanged,
    SourceUnavailable,
    UsageError,
)
from pipeline.core.log import get_logger
from pipeline.core.settings import LOOPBACK
from pipeline.ingest.pacing import Backoff, Breaker, ConnectionSlots, PacingPolicy, RetryBudget, parse_retry_after
from pipeline.ingest.verdicts import Judge, ReplyVerdict, VerdictKind

_LOG = get_logger("ingest")
_CHUNK = 256 * 1024
_TOLD_EVERY = 15.0  # [s] who waits for a source that fails wants to know for what
DEADLINE, SOURCE_DOWN, BUDGET = "deadline", "source_down", "budget"
"""Codes of what ends a run's asking: our time, the source's silence, the requests we allow ourselves."""
STOPS = frozenset({DEADLINE, SOURCE_DOWN, BUDGET})
UNREACHABLE_HINT = (
    "XM has refused or ignored addresses outside Colombia before: set PORTAL_XM_PROXY to a proxy there, or run "
    "on a machine in Colombia; or try again later. The last good lake is untouched"
)
_HEADERS = {
    "User-Agent": "portal-energetico-colombia (pydataxm)",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Content-Type": "application/json",
}
ResultT = TypeVar("ResultT")
FaultKind = Literal["connect", "tls", "timeout", "broken", "too_big"]
_KIND_OF_FAULT: dict[FaultKind, VerdictKind] = {
    "connect": "retry",
    "tls": "refused",
    "timeout": "retry",
    "broken": "retry",
    "too_big": "split",
}


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
        self._slots, self._requests = ConnectionSlots(policy), 0
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
            elif self._requests >= self.policy.requests:
                stop = BUDGET
            else:
                # Asked with the slot in hand: a breaker that opened meanwhile must stop this request too.
                wait = max(self._held_until - self._clock(), 0.0) or self._breaker.delay()
                if wait <= 0:
                    self._requests += 1
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


@functools.cache
def trust(ca_bundle: Path | None) -> ssl.SSLContext:
    """Return the context that verifies certificates; loading the machine's authorities takes 30 ms, so once."""
    context = ssl.create_default_context()
    if ca_bundle is not None:
        try:
            context.load_verify_locations(cafile=ca_bundle)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(
                f"The CA bundle cannot be used: {error}",
                hint="PORTAL_XM_CA_BUNDLE must name a PEM file",
                path=ca_bundle,
            ) from error
    return context


def check_url(url: str) -> None:
    """Accept https, and http for loopback only.

    Raises:
        UsageError: Any other address.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return
    raise UsageError("The source must be reached over https", hint="http:// is accepted for loopback only", url=url)


def _tls_detail(error: Exception) -> str:
    certificate = getattr(error, "certificate_error", None) or error
    return f"the certificate is not accepted ({_excerpt(certificate)})"


def _excerpt(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


class SyncTransport:
    """A transport for code that is not asynchronous: pydataxm's own methods, probes, single questions.

    Use as a context manager; its event loop lives as long as it is open.
    """

    def __init__(self, policy: PacingPolicy) -> None:
        self._runner = asyncio.Runner()
        self.transport = Transport(policy)

    def __enter__(self) -> Self:
        try:
            self._runner.run(self.transport.__aenter__())
        except BaseException:
            self._runner.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._runner.run(self.transport.__aexit__(kind, error, trace))
        finally:
            self._runner.close()

    def run(self, work: Coroutine[object, object, ResultT]) -> ResultT:
        """Run `work`, which uses this line's transport, to its end."""
        return self._runner.run(work)

    def ask(self, call: HttpCall, judge: Judge) -> Settled:
        """Ask as `Transport.ask` does."""
        return self._runner.run(self.transport.ask(call, judge))


def usable(settled: Settled, call: HttpCall) -> bytes:
    """Return the body of an answer that holds data, or says that there are none.

    Raises:
        SourceUnavailable: Trying later may help.
        SourceSchemaChanged: The answer has another shape than declared.
        SourceRefused: The source refused for good.
    """
    verdict = settled.verdict
    if verdict.kind in {"ok", "empty"}:
        return settled.body
    kind: type[SourceError] = SourceRefused
    hint = "look the identifier up in the source's own catalogue"
    if verdict.kind in {"retry", "refused", "unsent"} or verdict.reason.startswith("timeout"):
        kind, hint = SourceUnavailable, "try again later"
    elif verdict.reason.startswith("schema_changed"):
        kind, hint = SourceSchemaChanged, "compare the answer with the declaration in pipeline/catalog"
    raise kind(
        f"The source gave no usable answer: {verdict.reason}",
        hint=hint,
        code=verdict.reason,
        url=call.url,
        attempts=settled.attempts,
    )
