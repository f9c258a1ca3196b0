"""Asks many windows at once and never lets one of them stop the others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Generic

from pipeline.extract.answers import Judge, Verdict
from pipeline.extract.contract import Outcome, Progress, Reply, RequestT, Status
from pipeline.extract.transport import SOURCE_DOWN, Call, Settled, Transport

# Windows that wait for their next try must not keep the connections idle.
_WORKERS_PER_CONNECTION = 4
_LIMITS = ("range_too_long", "too_big")


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
    call_of: Callable[[RequestT], Call]
    judge_of: Callable[[RequestT], Judge]
    on_reply: Callable[[Reply[RequestT]], None]
    progress: Progress | None = None
    longest: dict[str, int] = field(default_factory=dict)

    async def run(self, requests: Sequence[RequestT]) -> list[Outcome[RequestT]]:
        """Ask every window; return the outcomes in the order of `requests`, halves in time order."""
        settled: list[list[Outcome[RequestT]]] = [[] for _ in requests]
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

    async def _whole(self, request: RequestT, writer: ThreadPoolExecutor) -> list[Outcome[RequestT]]:
        """Ask one window, in parts where the source wants less."""
        pending = [request]
        outcomes: list[Outcome[RequestT]] = []
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

    def _remember(self, key: str, verdict: Verdict, days: int) -> None:
        # A timeout is a matter of the hour and is not remembered; a limit of the source is.
        if verdict.reason.startswith(_LIMITS):
            self.longest[key] = min(days, self.longest.get(key, days))

    async def _deliver(self, part: RequestT, settled: Settled, writer: ThreadPoolExecutor) -> Outcome[RequestT]:
        status = _status(settled.verdict)
        reply = Reply(part, settled.body, status, settled.verdict.reason)
        await asyncio.get_running_loop().run_in_executor(writer, self.on_reply, reply)
        return Outcome(part, status, settled.verdict.reason, settled.attempts, len(settled.body))


def blameless(outcomes: Iterable[Outcome[RequestT]], transport: Transport) -> list[Outcome[RequestT]]:
    """Return the outcomes as they are, or, when the source was given up, its failures as not asked.

    A source that is down says nothing about single windows: it is told once, and they stay wanted.
    """
    if not transport.given_up:
        return list(outcomes)
    why = f"{SOURCE_DOWN}: {transport.cause}"
    return [replace(o, status="unsent", reason=why) if o.status in {"retry_later", "unsent"} else o for o in outcomes]


def down_because(outcomes: Iterable[Outcome[RequestT]]) -> str | None:
    """Return the code of what ailed a source that was given up, None when it was not."""
    marks = (o.reason.partition(": ")[2] for o in outcomes if o.reason.startswith(SOURCE_DOWN))
    return next(marks, None)


def _days(request: RequestT) -> int:
    return (request.end - request.start).days + 1


def _status(verdict: Verdict) -> Status:
    kind = verdict.kind
    if kind == "ok" or kind == "empty" or kind == "permanent" or kind == "unsent":  # noqa: PLR1714 - typed
        return kind
    if verdict.kind == "split" and verdict.reason.startswith(_LIMITS):
        return "permanent"
    return "retry_later"
