"""XM's API: what is asked for one window, and the download of many.

The questions are those of pydataxm, XM's own client. It asks for all windows at once and without a limit of time,
and for wrong days where a span ends on the 1st of a month; so it is not used here, but a test compares every series
with what it answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from pipeline.catalog.schema import Grain
from pipeline.core.errors import SourceUnavailable
from pipeline.core.log import get_logger
from pipeline.core.settings import Settings
from pipeline.ingest.download import Download, blameless
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.transport import UNREACHABLE_HINT, HttpCall, Transport
from pipeline.ingest.verdicts import judge_xm
from pipeline.ingest.windows import OnProgress, Reply, WindowOutcome, WindowRequest

_LOG = get_logger("ingest")
ENTITIES_KEY: dict[Grain, str] = {
    "hourly": "HourlyEntities",
    "daily": "DailyEntities",
    "monthly": "MonthlyEntities",
    "list": "ListEntities",
}
_PATH: dict[Grain, str] = {"hourly": "hourly", "daily": "daily", "monthly": "monthly", "list": "lists"}


def call_of(request: WindowRequest, base_url: str) -> HttpCall:
    """Return the HTTP request of one window, as pydataxm would send it."""
    body: dict[str, object] = {"MetricId": request.metric.id, "Entity": request.entity}
    if request.metric.grain != "list":
        body |= {"StartDate": request.start.isoformat(), "EndDate": request.end.isoformat(), "Filter": []}
    return HttpCall(f"{base_url.rstrip('/')}/{_PATH[request.metric.grain]}", json=body)


def fetch_series(
    requests: Sequence[WindowRequest],
    settings: Settings,
    on_reply: Callable[[Reply[WindowRequest]], None],
    *,
    progress: OnProgress | None = None,
    policy: PacingPolicy | None = None,
    longest: dict[str, int] | None = None,
) -> list[WindowOutcome[WindowRequest]]:
    """Ask XM for every window; one that fails never stops the others.

    Args:
        requests: Windows, as `plan_requests` cuts them; asked in this order.
        settings: Address, proxy and limits of XM.
        on_reply: Gets each reply exactly once, one at a time, from one worker thread, as soon as it is there:
            write its bytes to bronze and return. `ok` and `empty` bodies are data; others are not.
        progress: Called with (windows done, windows in all) in the calling thread.
        policy: Limits that differ from those of `settings` (fault tests).
        longest: Longest span each series takes [days], by `Metric/Entity`; what this run learns is added to it.

    Returns:
        Outcomes that tile the requests exactly, in their order; a halved window gives several.

    Raises:
        SourceUnavailable: Nothing at all came back until the source was given up.
        UsageError: The address is neither https nor loopback, or the CA bundle cannot be read.
    """
    limits = policy or PacingPolicy.from_settings(settings)

    async def run() -> list[WindowOutcome[WindowRequest]]:
        async with Transport(limits) as transport:
            download = Download(
                transport,
                call_of=lambda request: call_of(request, settings.xm_base_url),
                judge_of=lambda request: judge_xm(ENTITIES_KEY[request.metric.grain]),
                on_reply=on_reply,
                progress=progress,
                longest={} if longest is None else longest,
            )
            outcomes = await download.run(requests)
        if transport.given_up and not transport.answered:
            cause = transport.cause
            raise SourceUnavailable(
                f"XM did not answer once: {cause}", hint=UNREACHABLE_HINT, code=cause, url=settings.xm_base_url
            )
        return blameless(outcomes, transport)

    outcomes = asyncio.run(run())
    counts = dict.fromkeys(("ok", "empty", "retry_later", "permanent", "unsent"), 0)
    for outcome in outcomes:
        counts[outcome.status] += 1
    _LOG.info(
        "fetched",
        windows=len(requests),
        bytes=sum(outcome.size for outcome in outcomes),
        requests=sum(outcome.attempts for outcome in outcomes),
        **counts,
    )
    return outcomes
