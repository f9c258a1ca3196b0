"""Windows to ask a source for, many at once: none of them stops the others."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Generic, Literal, Protocol, Self, TypeVar

from pipeline.catalog.schema import Metric
from pipeline.core.clock import add_months
from pipeline.core.errors import UsageError
from pipeline.ingest.transport import SOURCE_DOWN, HttpCall, Settled, Transport
from pipeline.ingest.verdicts import Judge, ReplyVerdict

Status = Literal["ok", "empty", "retry_later", "permanent", "unsent"]
"""How asking ended; `unsent`: the run ended, or the source was given up, before it was asked. It is still wanted."""
OnProgress = Callable[[int, int], None]
# Windows that wait for their next try must not keep the connections idle.
_WORKERS_PER_CONNECTION = 4
_LIMITS = ("range_too_long", "too_big")


class Splittable(Protocol):
    """A question about a span of days that can be asked in two parts."""

    @property
    def start(self) -> dt.date:
        """First day."""
        ...

    @property
    def end(self) -> dt.date:
        """Last day, included."""
        ...

    @property
    def key(self) -> str:
        """Name of what is asked, without the dates; limits learned for it are kept under this name."""
        ...

    def halves(self) -> tuple[Self, Self] | None:
        """Return two requests that tile this one, or None when it is as small as it can be."""
        ...


RequestT = TypeVar("RequestT", bound=Splittable)


@dataclass(frozen=True, slots=True)
class WindowRequest:
    """One metric of one entity kind over a span of whole days, both ends included."""

    metric: Metric
    entity: str
    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise UsageError(
                "The window ends before it starts",
                hint="give the earlier date first",
                metric=self.metric.id,
                start=self.start,
                end=self.end,
            )
        if self.entity not in self.metric.entities:
            raise UsageError(
                "The metric is not published for this entity",
                hint=f"use one of: {', '.join(self.metric.entities)}",
                metric=self.metric.id,
                entity=self.entity,
            )

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.end - self.start).days + 1

    @property
    def key(self) -> str:
        """`Metric/Entity`."""
        return f"{self.metric.id}/{self.entity}"

    def halves(self) -> tuple[WindowRequest, WindowRequest] | None:
        """Return two windows that tile this one; monthly windows are cut where a month begins."""
        cut = None
        if self.metric.grain == "monthly":
            cut = _middle_month(self.start, self.end)
        elif self.metric.grain != "list":
            cut = middle_day(self.start, self.end)
        if cut is None:
            return None
        return (
            WindowRequest(self.metric, self.entity, self.start, cut - dt.timedelta(days=1)),
            WindowRequest(self.metric, self.entity, cut, self.end),
        )


def middle_day(start: dt.date, end: dt.date) -> dt.date | None:
    """Return the first day of the second half of `start`…`end`, or None for a single day."""
    days = (end - start).days + 1
    return start + dt.timedelta(days=(days + 1) // 2) if days > 1 else None


def _middle_month(start: dt.date, end: dt.date) -> dt.date | None:
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if months == 1:
        return None
    return add_months(start, (months + 1) // 2)


@dataclass(frozen=True, slots=True)
class Reply(Generic[RequestT]):
    """What the source answered to one window.

    `body` holds the bytes exactly as they came (`b""` when nothing usable arrived). Only the bodies of `ok`
    and `empty` replies are data; the body of a `permanent` one is the refusal itself.
    """

    request: RequestT
    body: bytes
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WindowOutcome(Generic[RequestT]):
    """How one window ended. The outcomes of a request tile it exactly, also after it was halved."""

    request: RequestT
    status: Status
    reason: str
    attempts: int
    size: int
    """Bytes of the body."""


@dataclass(slots=True)
class Download(Generic[RequestT]):
    """One run over many windows.

    Args:
        transport: An open transport.
        call_of: How a window is asked.
        judge_of: Who judges its answers.
        on_reply: Gets every window's reply exactly once, one at a time, from a single worker thread. An
            exception it raises (a full disk …) stops the run and reaches the caller.
        progress: Called with (windows done, windows in all).
        longest: Longest span each key takes [days], learned before; what is learned now is added to it.
    """

    transport: Transport
    call_of: Callable[[RequestT], HttpCall]
    judge_of: Callable[[RequestT], Judge]
    on_reply: Callable[[Reply[RequestT]], None]
    progress: OnProgress | None = None
    longest: dict[str, int] = field(default_factory=dict)

    async def run(self, requests: Sequence[RequestT]) -> list[WindowOutcome[RequestT]]:
        """Ask every window; return the outcomes in the order of `requests`, halves in time order."""
        settled: list[list[WindowOutcome[RequestT]]] = [[] for _ in requests]
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

    async def _whole(self, request: RequestT, writer: ThreadPoolExecutor) -> list[WindowOutcome[RequestT]]:
        """Ask one window, in parts where the source wants less."""
        pending = [request]
        outcomes: list[WindowOutcome[RequestT]] = []
        while pending:
            part = pending.pop()
            if _days(part) > self.longest.get(part.key, _days(part)):
                halves = part.halves()
                if halves is not None:
                    pending += reversed(halves)
                    continue
            settled = await self.transport.ask(self.call_of(part), self.judge_of(part))
            if settled.verdict.kind == "split":
                halves = part.halves()
                if halves is not None:
                    self._remember(part.key, settled.verdict, _days(halves[0]))
                    pending += reversed(halves)
                    continue
            outcomes.append(await self._deliver(part, settled, writer))
        return outcomes

    def _remember(self, key: str, verdict: ReplyVerdict, days: int) -> None:
        # A timeout is a matter of the hour and is not remembered; a limit of the source is.
        if verdict.reason.startswith(_LIMITS):
            self.longest[key] = min(days, self.longest.get(key, days))

    async def _deliver(self, part: RequestT, settled: Settled, writer: ThreadPoolExecutor) -> WindowOutcome[RequestT]:
        status = _status(settled.verdict)
        reply = Reply(part, settled.body, status, settled.verdict.reason)
        await asyncio.get_running_loop().run_in_executor(writer, self.on_reply, reply)
        return WindowOutcome(part, status, settled.verdict.reason, settled.attempts, len(settled.body))


def blameless(outcomes: Iterable[WindowOutcome[RequestT]], transport: Transport) -> list[WindowOutcome[RequestT]]:
    """Return the outcomes as they are, or, when the source was given up, its failures as not asked."""
    return unblamed(outcomes, transport.cause) if transport.given_up else list(outcomes)


def unblamed(outcomes: Iterable[WindowOutcome[RequestT]], cause: str) -> list[WindowOutcome[RequestT]]:
    """Return the outcomes with failures as not asked.

    A source that is down says nothing about single windows: it is told once, and they stay wanted.
    """
    why = f"{SOURCE_DOWN}: {cause}"
    return [replace(o, status="unsent", reason=why) if o.status in {"retry_later", "unsent"} else o for o in outcomes]


def down_because(outcomes: Sequence[WindowOutcome[RequestT]], *, answered: bool) -> str | None:
    """Return the code of what ails a source that was given up, or that failed whatever it was asked; else None.

    Args:
        outcomes: How all that was asked ended.
        answered: The source gave a good answer before, in the same run.
    """
    marks = (o.reason.partition(": ")[2] for o in outcomes if o.reason.startswith(SOURCE_DOWN))
    if (given_up := next(marks, None)) is not None:
        return given_up
    sent = [outcome for outcome in outcomes if outcome.status != "unsent"]
    failed = not answered and sent and all(outcome.status == "retry_later" for outcome in sent)
    return sent[0].reason if failed else None


def _days(request: RequestT) -> int:
    return (request.end - request.start).days + 1


def _status(verdict: ReplyVerdict) -> Status:
    kind = verdict.kind
    if kind == "ok" or kind == "empty" or kind == "permanent" or kind == "unsent":  # noqa: PLR1714 - typed
        return kind
    if verdict.kind == "split" and verdict.reason.startswith(_LIMITS):
        return "permanent"
    return "retry_later"
