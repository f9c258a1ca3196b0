"""A source that is asked in windows, round by round, and answers while workers read what is already here.

Lists come first: the codes of the data are checked against them. A source says what is its own (`PlannedSource`): how
a window is asked, what an answer means, how replies are read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.catalog.schema import Metric
from pipeline.core.errors import SourceUnavailable
from pipeline.core.log import bar, get_logger
from pipeline.core.settings import Settings
from pipeline.ingest.codes import Vocabulary
from pipeline.ingest.intake import Intake, PlaceOf, ReadReplies
from pipeline.ingest.job import Adaptor, SourceJob
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.plan import agenda
from pipeline.ingest.states import fresh_state
from pipeline.ingest.transport import Download, HttpCall, Transport
from pipeline.ingest.verdicts import Judge
from pipeline.ingest.windows import Reply, WindowOutcome, WindowRequest, asked_together, down_because, unblamed

log = get_logger("ingest")
_MB = 1_000_000


@dataclass(frozen=True)
class PlannedSource:
    """What is a source's own.

    Attributes:
        name: As a person is told.
        call_of: How a window is asked.
        judge_of: What its answers mean.
        reader: How its replies are read.
        place_of: Where the replies of a metric and entity lie in the archive.
        begin: Asks what is asked once a night, before the first window; returns the metrics that may be asked. It
            raises SourceUnavailable when the source cannot be reached.
        codes: The listed codes, by entity.
        hint: What to do when it cannot be reached.
    """

    name: str
    call_of: Callable[[WindowRequest, Settings], HttpCall]
    judge_of: Callable[[WindowRequest], Judge]
    reader: Callable[[SourceJob], ReadReplies]
    place_of: PlaceOf
    begin: Callable[[SourceJob], list[Metric]]
    codes: Callable[[SourceJob], Mapping[str, Vocabulary]]
    hint: str = "run again later"

    @property
    def adaptor(self) -> Adaptor:
        """How a run turns to the source."""
        return Adaptor(lambda job: gather(self, job), lambda job: replay(self, job), planned=True)


def gather(source: PlannedSource, job: SourceJob) -> None:
    """Ask a source for the next round of `job` and put what it answered into the transaction.

    Raises:
        SourceUnavailable: It did not answer once, or was given up; what came before stays in the transaction.
        RowBalanceError: Cells were lost on the way; nothing may be committed.
    """
    if job.agenda is None:
        job.agenda = agenda(job, job.metrics)
        if job.agenda:
            begun = time.monotonic()
            metrics = source.begin(job)
            if not job.answered:  # its silence so far counts
                left = max(job.settings.patience - (time.monotonic() - begun), 1.0)
                job.settings = job.settings.model_copy(update={"patience": left})
            if metrics != job.metrics:
                job.agenda = agenda(job, metrics)
    requests = asked_together(job.agenda.pop(0)) if job.agenda else []
    outcomes, unreadable = _download(source, job, [r for r in requests if r.metric.grain == "list"], {})
    if down_because(outcomes, answered=True) is None:
        data = [request for request in requests if request.metric.grain != "list"]
        more, strange = _download(source, job, data, source.codes(job))
        outcomes, unreadable = outcomes + more, unreadable | strange
    cause = down_because(outcomes, answered=job.answered)
    job.answered |= any(outcome.answered for outcome in outcomes)
    job.note(outcomes if cause is None else unblamed(outcomes, cause), unreadable)
    if cause is not None:
        raise SourceUnavailable(
            f"{source.name} went down while it was asked: {cause}", hint="run again later", code=cause
        )


def _download(
    source: PlannedSource,
    job: SourceJob,
    requests: list[WindowRequest],
    known: Mapping[str, Vocabulary],
    *,
    again: bool = True,
) -> tuple[list[WindowOutcome], dict[tuple[str, str], str]]:
    """Download while what has come is read and merged.

    A reply that turned out to be no document is asked for once more (`again`): the source may have stumbled.

    Returns:
        How the questions ended, and the windows whose reply is no document, by (series, start day), with the reason.
    """
    if not requests:
        return [], {}
    keys = {request.key for request in requests}
    longest = {key: job.states[key]["longest"] for key in keys if "longest" in job.states.get(key, {})}
    before, begun = job.report.bytes, time.monotonic()
    intake = Intake(job, source.reader(job), source.place_of, known, requests)
    with intake, bar(len(requests), source.name, "windows") as ticker:

        def show(done: int, _total: int) -> None:
            speed = (job.report.bytes - before) / _MB / max(time.monotonic() - begun, 1e-3)
            ticker.set_postfix_str(f"{speed:.1f} MB/s", refresh=False)
            ticker.update(done - ticker.n)

        outcomes = fetch(source, requests, job.settings, intake.arrive, progress=show, longest=longest)
        intake.finish()
    job.spent += sum(outcome.attempts for outcome in outcomes)
    job.report.asked += sum(outcome.status != "unsent" for outcome in outcomes)
    for key, days in longest.items():
        job.states.setdefault(key, fresh_state())["longest"] = days
    if not again or not intake.unreadable:
        return outcomes, intake.unreadable
    ended = [each for outcome in outcomes for each in outcome.series()]
    whole = [outcome for outcome in ended if _place(outcome) not in intake.unreadable]
    broken = asked_together(outcome.request for outcome in ended if _place(outcome) in intake.unreadable)
    more, unreadable = _download(source, job, broken, known, again=False)
    return whole + more, unreadable


def _place(outcome: WindowOutcome) -> tuple[str, str]:
    return outcome.request.key, outcome.request.start.isoformat()


def fetch(
    source: PlannedSource,
    requests: Sequence[WindowRequest],
    settings: Settings,
    on_reply: Callable[[Reply], None],
    *,
    progress: Callable[[int, int], None] | None = None,
    policy: PacingPolicy | None = None,
    longest: dict[str, int] | None = None,
) -> list[WindowOutcome]:
    """Ask a source for every window; one that fails never stops the others.

    Args:
        source: Whom.
        requests: Windows, as `plan_requests` cuts them; asked in this order.
        settings: Addresses, proxy and limits.
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

    async def run() -> list[WindowOutcome]:
        async with Transport(policy or PacingPolicy.from_settings(settings)) as transport:
            download = Download(
                transport,
                call_of=lambda request: source.call_of(request, settings),
                judge_of=source.judge_of,
                on_reply=on_reply,
                progress=progress,
                longest={} if longest is None else longest,
            )
            outcomes = await download.run(requests)
        if not transport.given_up:
            return outcomes
        if not transport.answered:
            text = f"{source.name} did not answer once: {transport.cause}"
            raise SourceUnavailable(text, hint=source.hint, code=transport.cause)
        return unblamed(outcomes, transport.cause)

    outcomes = asyncio.run(run())
    log.info(
        "fetched",
        source=source.name,
        windows=len(requests),
        bytes=sum(outcome.size for outcome in outcomes),
        requests=sum(outcome.attempts for outcome in outcomes),
        failed=sum(not outcome.answered for outcome in outcomes),
    )
    return outcomes


def replay(source: PlannedSource, job: SourceJob) -> None:
    """Read the archived replies of one night again: lists first, then data against those lists."""
    for lists in (True, False):
        with Intake(job, source.reader(job), source.place_of, {} if lists else source.codes(job)) as intake:
            for metric in job.metrics:
                if (metric.grain == "list") is not lists:
                    continue
                for entity in metric.entities:
                    refs = job.archive.get(source.place_of(metric, entity), [])
                    if not refs:
                        continue
                    key = f"{metric.id}/{entity}"
                    job.states.setdefault(key, fresh_state())["state"] = ""
                    for ref in refs:
                        intake.put(key, ref)
                    intake.end(key)
            intake.finish()
        job.report.failed_windows += len(intake.unreadable)
        for (key, _), reason in intake.unreadable.items():
            job.spoil(key, reason)
