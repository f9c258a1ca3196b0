"""Single questions, for code that is not asynchronous: a source's own catalogue, one file."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from pipeline.core.errors import SourceError, SourceRefused, SourceSchemaChanged, SourceUnavailable
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.transport import HttpCall, Settled, Transport
from pipeline.ingest.verdicts import Judge


class SyncTransport:
    """A transport whose event loop lives as long as it is open. Use as a context manager."""

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

    def ask(self, call: HttpCall, judge: Judge) -> Settled:
        """Ask as `Transport.ask` does."""
        return self._runner.run(self.transport.ask(call, judge))


def ask_once(call: HttpCall, judge: Judge, policy: PacingPolicy) -> bytes:
    """Ask one question, as often as the policy allows, and return the body of an answer that holds data, or none.

    Raises:
        SourceUnavailable: Trying later may help.
        SourceSchemaChanged: The answer has another shape than declared.
        SourceRefused: The source refused for good.
    """
    with SyncTransport(policy) as line:
        settled = line.ask(call, judge)
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
