"""XM's API: download every window that is wanted while workers read what is already here.

The questions are those of pydataxm, XM's own client. It asks for all windows at once and without a limit of time,
and for wrong days where a span ends on the 1st of a month; so it is not used here, but a test compares every series
with what it answers. How a reply is read is a matter of its own (`xm_reply`): the two are too long for one module.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Never

from pipeline.catalog.schema import Grain, Metric
from pipeline.core.errors import SourceUnavailable
from pipeline.core.log import bar, get_logger
from pipeline.core.settings import Settings
from pipeline.ingest.codes import Vocabulary, note_unknown, vocabularies
from pipeline.ingest.columns import LIST_KEYS, judge_xm
from pipeline.ingest.download import (
    Download,
    OnProgress,
    Reply,
    WindowOutcome,
    WindowRequest,
    blameless,
    down_because,
    unblamed,
)
from pipeline.ingest.drift import freeze, listed_today, note_drift, shortened
from pipeline.ingest.intake import Intake
from pipeline.ingest.job import Adaptor, SourceJob
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.plan import agenda
from pipeline.ingest.sources.xm_reply import read_replies
from pipeline.ingest.states import fresh_state, window_key
from pipeline.ingest.transport import UNREACHABLE_HINT, HttpCall, Transport

if TYPE_CHECKING:
    from tqdm import tqdm

log = get_logger("ingest")
_PATH: dict[Grain, str] = {"hourly": "hourly", "daily": "daily", "monthly": "monthly", "list": "lists"}
_MB = 1_000_000


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
                judge_of=lambda request: judge_xm(LIST_KEYS[request.metric.grain]),
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
    log.info(
        "fetched",
        windows=len(requests),
        bytes=sum(outcome.size for outcome in outcomes),
        requests=sum(outcome.attempts for outcome in outcomes),
        **counts,
    )
    return outcomes


def gather(job: SourceJob) -> None:
    """Ask XM for the next round of `job` and put what it answered into the transaction.

    Before the first round its list of metrics is asked (is XM there, did a unit change?). In a round come first the
    lists of plants, agents and rivers, then the data, whose codes are checked against those lists.

    Raises:
        SourceUnavailable: XM did not answer once, or was given up; what came before stays in the transaction.
        RowBalanceError: Cells were lost on the way; nothing may be committed.
    """
    if job.agenda is None:
        job.agenda = agenda(job, job.metrics)
        if job.agenda:
            begun = time.monotonic()
            listed = listed_today(job)
            job.answered = job.compared
            if not job.answered:  # its silence so far counts
                left = max(job.settings.patience - (time.monotonic() - begun), 1.0)
                job.settings = job.settings.model_copy(update={"patience": left})
            metrics = [shortened(metric, listed) for metric in freeze(job, note_drift(job, listed))]
            if metrics != job.metrics:
                job.agenda = agenda(job, metrics)
    requests = job.agenda.pop(0) if job.agenda else []
    found = _download(job, [r for r in requests if r.metric.grain == "list"], {})
    if down_because(found.outcomes, answered=True) is None:
        known = vocabularies(job.catalog, job.transaction)
        found += _download(job, [r for r in requests if r.metric.grain != "list"], known)
    cause = down_because(found.outcomes, answered=job.answered)
    job.answered |= any(outcome.status in {"ok", "empty"} for outcome in found.outcomes)
    if cause is not None:
        found = replace(found, outcomes=unblamed(found.outcomes, cause))
    job.note(found.outcomes, found.unreadable)
    _ask_again(job, found)
    if cause is not None:
        raise SourceUnavailable("XM went down while it was asked", hint="run again later", code=cause)


@dataclass(frozen=True)
class _Found:
    """How windows ended, and the reasons of those whose reply is no document, by (series, start day)."""

    outcomes: list[WindowOutcome[WindowRequest]]
    unreadable: dict[tuple[str, str], str]

    def __add__(self, other: _Found) -> _Found:
        return _Found(self.outcomes + other.outcomes, self.unreadable | other.unreadable)


def _download(
    job: SourceJob, requests: list[WindowRequest], known: Mapping[str, Vocabulary], *, again: bool = True
) -> _Found:
    """Download while what has come is parsed and merged.

    A reply that turned out to be no document is asked for once more (`again`): the source may have stumbled.
    """
    if not requests:
        return _Found([], {})
    metrics = {r.key: r.metric for r in requests}
    longest = {key: job.states[key]["longest"] for key in metrics if "longest" in job.states.get(key, {})}
    intake = Intake(job, metrics, read_replies, known, requests)
    with intake, bar(len(requests), "XM", unit="windows") as ticker:
        meter = _Meter(ticker, job)
        outcomes = fetch_series(requests, job.settings, intake.arrive, progress=meter.show, longest=longest)
        intake.finish()
    job.spent += sum(outcome.attempts for outcome in outcomes)
    job.report.asked += sum(outcome.status != "unsent" for outcome in outcomes)
    note_unknown(job, intake.unknown)
    for key, days in longest.items():
        job.states.setdefault(key, fresh_state())["longest"] = days
    found = _Found(outcomes, intake.unreadable)
    if not again or not intake.unreadable:
        return found
    broken = [o.request for o in outcomes if _place(o.request) in intake.unreadable]
    whole = [outcome for outcome in outcomes if outcome.request not in broken]
    return _Found(whole, {}) + _download(job, broken, known, again=False)


def _ask_again(job: SourceJob, found: _Found) -> None:
    """Leave the windows whose reply is no document to another night."""
    for outcome in found.outcomes:
        if reason := found.unreadable.get(_place(outcome.request), ""):
            window = job.states[outcome.request.key]["windows"][window_key(outcome.request)]
            window |= {"status": "retry_later", "reason": reason}


class _Meter:
    """Shows windows a second, time left and megabytes a second to whoever watches."""

    def __init__(self, ticker: tqdm[Never], job: SourceJob) -> None:
        self._ticker, self._report = ticker, job.report
        self._started, self._before = time.monotonic(), job.report.bytes

    def show(self, done: int, _total: int) -> None:
        """Bring the bar to `done` windows."""
        seconds = max(time.monotonic() - self._started, 1e-3)
        speed = (self._report.bytes - self._before) / _MB / seconds
        self._ticker.set_postfix_str(f"{speed:.1f} MB/s", refresh=False)
        self._ticker.update(done - self._ticker.n)


def _place(request: WindowRequest) -> tuple[str, str]:
    return request.key, request.start.isoformat()


def replay(job: SourceJob) -> None:
    """Parse the archived replies of one night again: lists first, then data against those lists."""
    metrics = {f"{metric.id}/{entity}": metric for metric in job.metrics for entity in metric.entities}
    lists = [key for key, metric in metrics.items() if metric.grain == "list"]
    _replay_some(job, metrics, lists, {})
    known = vocabularies(job.catalog, job.transaction)
    _replay_some(job, metrics, [key for key in metrics if key not in lists], known)


def _replay_some(
    job: SourceJob, metrics: Mapping[str, Metric], keys: Iterable[str], known: Mapping[str, Vocabulary]
) -> None:
    with Intake(job, metrics, read_replies, known) as intake:
        for key in keys:
            refs = job.archive.get((metrics[key].id, key.partition("/")[2]), [])
            if not refs:
                continue
            job.states.setdefault(key, fresh_state())["state"] = ""
            for ref in refs:
                intake.put(key, ref)
            intake.end(key)
        intake.finish()
    job.note_unreadable(intake.unreadable)
    note_unknown(job, intake.unknown)


ADAPTOR = Adaptor(gather, replay, planned=True)
