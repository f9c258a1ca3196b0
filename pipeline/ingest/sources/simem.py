"""SIMEM's datasets: a dataset is asked once for all its metrics; its replies are kept by dataset and read by metric.

pydatasimem knows the addresses and which granularities there are; asking, judging and keeping bytes are ours. Its
prints go to the log. How its records are read is a matter of its own (`simem_records`): the two are
too long for one module.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pydantic_core import from_json
from pydataxm import pydatasimem

from pipeline.catalog.schema import Metric
from pipeline.core.errors import (
    SourceError,
    SourceSchemaChanged,
    SourceUnavailable,
    UsageError,
)
from pipeline.core.log import bar, get_logger
from pipeline.core.settings import Settings
from pipeline.ingest.download import (
    Download,
    OnProgress,
    Reply,
    Status,
    WindowOutcome,
    WindowRequest,
    blameless,
    down_because,
    middle_day,
    unblamed,
)
from pipeline.ingest.job import Adaptor, SourceJob
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.plan import agenda, months
from pipeline.ingest.sources.simem_records import dataset_of, merge_replies, records_of
from pipeline.ingest.states import is_calendar
from pipeline.ingest.transport import STOPS, HttpCall, Settled, SyncTransport, usable
from pipeline.ingest.verdicts import Judge, ReplyVerdict, decoded, judge_status, odd_document
from pipeline.store.bronze import BronzeRef

log = get_logger("ingest")
_HOME = "https://www.simem.co"
Ask = Callable[[HttpCall, Judge], Settled]
SOURCE = "simem"
RECORDS = "records"
"""Place of a dataset's replies in the archive: `simem/<dataset>/records/<window>`."""
INVENTORY = "e007fb"
_SNAPSHOT_DAYS = 7
_ENDING_DAYS = 60
_FAILED = {"retry_later", "permanent"}


class _NoRequests:
    """Stands in for `requests` inside pydatasimem: our reader opens its sessions and asks through none of them."""

    class Session(contextlib.AbstractContextManager[object]):
        """Opened and closed by the library, of no use."""

        def __exit__(self, *_error: object) -> None:
            """Nothing was opened."""

        def close(self) -> None:
            """Nothing was opened."""

    def __getattr__(self, name: str) -> object:
        """Refuse whatever would reach the network."""
        raise SourceUnavailable(
            f"pydatasimem tried to reach the network by itself (requests.{name})",
            hint="use the readers of pipeline.ingest",
        )


pydatasimem.requests = _NoRequests()


# `logging.info` on the module gives the root logger a handler; a named logger does not.
pydatasimem.logging = logging.getLogger("pydataxm")


@dataclass(frozen=True, slots=True)
class DatasetRequest:
    """One SIMEM dataset over a span of whole days, both ends included."""

    dataset: str
    start: dt.date
    end: dt.date

    @property
    def key(self) -> str:
        """`simem/<dataset>`."""
        return f"simem/{self.dataset}"

    def halves(self) -> tuple[DatasetRequest, DatasetRequest] | None:
        """Return two requests that tile this one, or None for a single day."""
        cut = middle_day(self.start, self.end)
        if cut is None:
            return None
        return (
            DatasetRequest(self.dataset, self.start, cut - dt.timedelta(days=1)),
            DatasetRequest(self.dataset, cut, self.end),
        )


class SimemReader(pydatasimem.ReadSIMEM):  # type: ignore[misc]
    """`pydatasimem.ReadSIMEM` that asks through our transport and prints nothing.

    Its constructor asks for the dataset's description, as the library's does. `main()` still returns a frame.

    Args:
        request: The dataset and the range.
        base_url: Where SIMEM lives.
        ask: How a question reaches it.

    Raises:
        SourceUnavailable: SIMEM does not answer now.
        SourceRefused: SIMEM refuses the dataset.
        SourceSchemaChanged: Its description has another shape, or a granularity nobody declared.
    """

    url_api: str
    url_data_api: str
    url_info_api: str

    def __init__(self, request: DatasetRequest, base_url: str, ask: Ask) -> None:
        if not (request.dataset.isalnum() and request.dataset.isascii() and len(request.dataset) == 6):
            raise UsageError(
                "A SIMEM dataset is named by six letters or digits",
                hint="look it up at https://www.simem.co",
                dataset=request.dataset,
            )
        if request.start > request.end:
            raise UsageError(
                "The range ends before it starts", hint="give the earlier date first", dataset=request.dataset
            )
        self._base = base_url.rstrip("/")
        self._ask = ask
        self.info = b""
        with _silenced():
            super().__init__(request.dataset, _midnight(request.start), _midnight(request.end))
        if self.get_resolution() == 0:
            raise SourceSchemaChanged(
                "SIMEM publishes this dataset at a granularity nobody declared",
                hint="tell which months one request may cover in pipeline/ingest/sources/simem.py",
                dataset=request.dataset,
                granularity=self.get_granularity(),
            )

    def call_of(self, request: DatasetRequest) -> HttpCall:
        """Return the HTTP request of one span."""
        return HttpCall(self.url_data_api.format(request.start.isoformat(), request.end.isoformat()))

    def _set_datasetid(self, dataset_id: str, catalog: bool = False) -> None:
        # The library has just copied its hard-coded addresses to this object (defect D7).
        self.url_api = self.url_api.replace(_HOME, self._base)
        self.url_data_api = self.url_data_api.replace(_HOME, self._base)
        self.url_info_api = self.url_info_api.replace(_HOME, self._base)
        super()._set_datasetid(dataset_id, catalog)

    def _make_request(
        self, url: str, _session: object, type: str, filter: bool = False, filters: object = None
    ) -> object:
        """Ask and decode; an error object raises instead of becoming rows (defect D14)."""
        described = type == "get"
        call = HttpCall(url, method="GET" if described else "POST", json=filters if filter else None)
        body = usable(self._ask(call, judge_simem_info if described else judge_simem_records), call)
        if described:
            self.info = body
        document: object = from_json(body)
        return document


def judge_simem_records(status: int, body: bytes) -> ReplyVerdict:
    """Judge an answer of SIMEM's data path: a bare list of records, anything else is an error."""
    early = judge_status(status, body)
    if early is not None:
        return early
    document = decoded(body)
    if not isinstance(document, list):
        return odd_document(document, "a list of records")
    if not document:
        return ReplyVerdict("empty", "no_records")
    if not all(isinstance(record, dict) for record in document):
        return ReplyVerdict("retry", "unexpected_document: records that are no objects")
    return ReplyVerdict("ok")


def judge_simem_info(status: int, body: bytes) -> ReplyVerdict:
    """Judge an answer of SIMEM's information path: an envelope with name, metadata and columns."""
    early = judge_status(status, body)
    if early is not None:
        return early
    document = decoded(body)
    result = document.get("result") if isinstance(document, dict) else None
    if not isinstance(result, dict) or not {"metadata", "columns", "name"} <= result.keys():
        return odd_document(document, "result with name, metadata and columns")
    if not isinstance(result["metadata"], dict) or "granularity" not in result["metadata"]:
        return odd_document(document, "result.metadata.granularity")
    return ReplyVerdict("ok")


def fetch_windows(
    requests: Sequence[DatasetRequest],
    settings: Settings,
    on_reply: Callable[[Reply[DatasetRequest]], None],
    *,
    progress: OnProgress | None = None,
    policy: PacingPolicy | None = None,
) -> list[WindowOutcome[DatasetRequest]]:
    """Ask SIMEM for windows of any datasets, each within what SIMEM accepts; a dataset that fails, fails alone.

    Args:
        requests: What is wanted; a window that proves too long is halved.
        settings: Address of SIMEM; proxy and limits are those of XM.
        on_reply: As in `fetch_series`; a window of a dataset that cannot be described gets none.
        progress: Called with (windows done, windows in all).
        policy: Limits that differ from those of `settings` (fault tests).

    Returns:
        Outcomes that tile the requests exactly: first those that were asked, then those that could not be.
    """
    with SyncTransport(policy or PacingPolicy.from_settings(settings)) as line:
        readers: dict[str, SimemReader] = {}
        unasked: dict[str, tuple[Status, str]] = {}
        for request in requests:
            if request.dataset in readers or request.dataset in unasked:
                continue
            try:
                readers[request.dataset] = _reader(request, settings, line)
            except SourceError as error:
                status: Status = "retry_later" if isinstance(error, SourceUnavailable) else "permanent"
                unasked[request.dataset] = ("unsent" if error.code in STOPS else status, error.code)
        download: Download[DatasetRequest] = Download(
            line.transport,
            call_of=lambda request: readers[request.dataset].call_of(request),
            judge_of=lambda _request: judge_simem_records,
            on_reply=on_reply,
            progress=progress,
        )
        outcomes = line.run(download.run([r for r in requests if r.dataset in readers]))
    left = [r for r in requests if r.dataset in unasked]
    log.info("fetched", datasets=len(readers), windows=len(requests), bytes=sum(o.size for o in outcomes))
    outcomes += [WindowOutcome(r, *unasked[r.dataset], attempts=0, size=0) for r in left]
    return blameless(outcomes, line.transport)


def _reader(request: DatasetRequest, settings: Settings, line: SyncTransport) -> SimemReader:
    return SimemReader(request, settings.simem_base_url, line.ask)


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        yield
    lines = [line for line in said.getvalue().splitlines() if line.strip("* ")]
    if lines:
        log.debug("pydatasimem says", said=lines)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


@dataclass
class _Plan:
    """Windows to ask, and which series want each of them."""

    windows: dict[DatasetRequest, list[WindowRequest]] = field(default_factory=dict)

    def add(self, metric: Metric, windows: Iterable[WindowRequest]) -> None:
        for window in windows:
            request = DatasetRequest(dataset_of(metric), window.start, window.end)
            self.windows.setdefault(request, []).append(window)

    def series_of(self, part: DatasetRequest) -> Iterator[WindowRequest]:
        """Yield the part of each series' window that an answered part (perhaps a half) covers."""
        for request, wanted_by in self.windows.items():
            if request.dataset == part.dataset and request.start <= part.start and part.end <= request.end:
                for window in wanted_by:
                    yield replace(window, start=part.start, end=part.end)


def gather(job: SourceJob) -> None:
    """Ask SIMEM for the next round of `job` and put what it answered into the transaction.

    Raises:
        SourceUnavailable: SIMEM answered none of them, or was given up.
        RowBalanceError: Cells were lost on the way; nothing may be committed.
    """
    first = job.agenda is None
    if job.agenda is None:
        job.agenda = agenda(job, job.metrics)
    plan = _Plan()
    for window in job.agenda.pop(0) if job.agenda else ():
        plan.add(window.metric, _spans(window, job.run.today))
    if not plan.windows:
        return
    today = job.run.today
    requests = [*plan.windows, *([DatasetRequest(INVENTORY, today, today)] if first else [])]
    refs: list[BronzeRef] = []

    def on_reply(reply: Reply[DatasetRequest]) -> None:
        job.report.bytes += len(reply.body)
        if reply.status in {"ok", "empty"}:
            span = (reply.request.start, reply.request.end)
            ref = job.bronze.put(SOURCE, reply.request.dataset, RECORDS, span, today, reply.body)
            if reply.status == "ok":
                refs.append(ref)

    with bar(len(requests), "SIMEM", unit="windows") as ticker:

        def show(done: int, _total: int) -> None:
            ticker.update(done - ticker.n)

        outcomes = fetch_windows(requests, job.settings, on_reply, progress=show)
    job.spent += sum(outcome.attempts for outcome in outcomes)
    job.report.asked += sum(o.status != "unsent" and o.request.dataset != INVENTORY for o in outcomes)
    cause = down_because(outcomes, answered=job.answered)
    job.answered |= any(outcome.status in {"ok", "empty"} for outcome in outcomes)
    if cause is not None:
        outcomes = unblamed(outcomes, cause)
    _settle(job, plan, [o for o in outcomes if o.request.dataset != INVENTORY], refs)
    _watch_ends(job, [ref for ref in refs if ref.metric == INVENTORY])
    if cause is not None:
        raise SourceUnavailable(f"SIMEM does not answer: {cause}", hint="run again later", code=cause)


def replay(job: SourceJob) -> None:
    """Parse the archived replies of one night again."""
    refs = [ref for (_, place), found in job.archive.items() if place == RECORDS for ref in found]
    job.note_unreadable(merge_replies(job, refs))


def _settle(job: SourceJob, plan: _Plan, outcomes: list[WindowOutcome[DatasetRequest]], refs: list[BronzeRef]) -> None:
    """Note how each series' windows ended and take the rows that came."""
    by_series: list[WindowOutcome[WindowRequest]] = [
        WindowOutcome(window, outcome.status, outcome.reason, outcome.attempts, outcome.size)
        # A snapshot keeps one state for all its windows: the failed ones have the last word. Of two that begin on one
        # day, asked for series of other ends, it is the longer one.
        for outcome in sorted(outcomes, key=lambda outcome: (outcome.status in _FAILED, outcome.request.end))
        for window in plan.series_of(outcome.request)
    ]
    job.note(by_series, merge_replies(job, refs))


def _spans(window: WindowRequest, today: dt.date) -> list[WindowRequest]:
    """Return what is asked for a window: itself; of a list that is republished daily, the months of its last days."""
    metric = window.metric
    if metric.grain != "list" or is_calendar(metric):
        return [window]
    first = today - dt.timedelta(days=metric.lag_days + _SNAPSHOT_DAYS)
    return [WindowRequest(metric, window.entity, *span) for span in months(first, today)]


def _watch_ends(job: SourceJob, refs: list[BronzeRef]) -> None:
    """Report datasets that SIMEM says have ended or are about to: their successor must be declared in time."""
    used = {dataset_of(metric).lower(): metric for metric in job.metrics}
    today = job.run.today
    for ref in refs:
        for record in records_of(job.bronze.get(ref)):
            metric = used.get(str(record.get("idDataset")).lower())
            try:
                end = dt.date.fromisoformat(str(record.get("finDato"))[:10])
            except ValueError:
                continue
            if metric is None or end.year > today.year + 5:
                continue
            late = dt.timedelta(days=metric.lag_days + _ENDING_DAYS)
            if end < today - late or today < end <= today + dt.timedelta(days=_ENDING_DAYS):
                name = record.get("nombreConjuntoDatos")
                line = f"simem {dataset_of(metric)}: its data end on {end.isoformat()} ({name})"
                job.report.drift.append(line)
                log.warning("catalogue drift", difference=line)


ADAPTOR = Adaptor(gather, replay, planned=True)
