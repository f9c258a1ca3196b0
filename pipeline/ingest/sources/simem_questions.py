"""SIMEM's datasets through pydatasimem, with the same transport.

The library's reader knows the addresses, the limits by granularity and the cutting of a range into calendar
months; asking, judging and keeping bytes are ours. Its prints go to the log.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pydantic_core import from_json
from pydataxm import pydatasimem

from pipeline.core.errors import SourceError, SourceSchemaChanged, SourceUnavailable, UsageError
from pipeline.core.log import get_logger
from pipeline.core.settings import Settings
from pipeline.ingest.download import Download, blameless
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.transport import STOPS, HttpCall, Settled, SyncTransport, usable
from pipeline.ingest.verdicts import Judge, judge_simem_info, judge_simem_records
from pipeline.ingest.windows import OnProgress, Reply, Status, WindowOutcome, middle_day

_LOG = get_logger("ingest")
_HOME = "https://www.simem.co"
Ask = Callable[[HttpCall, Judge], Settled]


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


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """What SIMEM says about a dataset: its name, how often it has a value, when it changed, its columns."""

    dataset: str
    name: str
    granularity: str
    updated: str
    columns: tuple[str, ...]
    body: bytes
    """The raw reply."""


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

    def spans(self) -> list[tuple[dt.date, dt.date]]:
        """Return the spans SIMEM accepts, as the library cuts them: exact cover, in time order."""
        firsts, lasts = self._generate_dates(self.get_startdate(), self.get_enddate(), self.get_resolution())
        return [
            (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
            for first, last in zip(firsts, lasts, strict=True)
        ]

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


def describe_dataset(
    dataset_id: str, start: dt.date, end: dt.date, settings: Settings, *, policy: PacingPolicy | None = None
) -> DatasetInfo:
    """Ask SIMEM what a dataset holds.

    Raises:
        SourceError: As `SimemReader`.
        UsageError: The identifier or the dates cannot be right.
    """
    with SyncTransport(policy or PacingPolicy.from_settings(settings)) as line:
        return _info(_reader(DatasetRequest(dataset_id, start, end), settings, line))


def fetch_dataset(
    dataset_id: str,
    start: dt.date,
    end: dt.date,
    settings: Settings,
    on_reply: Callable[[Reply[DatasetRequest]], None],
    *,
    progress: OnProgress | None = None,
    policy: PacingPolicy | None = None,
) -> list[WindowOutcome[DatasetRequest]]:
    """Ask SIMEM for a dataset, a calendar month (or what its granularity allows) at a time.

    Args:
        dataset_id: Six letters or digits, in any case.
        start: First day.
        end: Last day, included.
        settings: Address of SIMEM; proxy and limits are those of XM.
        on_reply: As in `fetch_series`; the body of an `ok` reply is a bare JSON list of records.
        progress: Called with (windows done, windows in all).
        policy: Limits that differ from those of `settings` (fault tests).

    Returns:
        Outcomes that tile the range exactly, in time order.

    Raises:
        SourceError: The dataset cannot even be described (see `SimemReader`); single windows never raise.
        UsageError: The identifier or the dates cannot be right.
    """
    request = DatasetRequest(dataset_id, start, end)
    with SyncTransport(policy or PacingPolicy.from_settings(settings)) as line:
        reader = _reader(request, settings, line)
        download: Download[DatasetRequest] = Download(
            line.transport,
            call_of=reader.call_of,
            judge_of=lambda _request: judge_simem_records,
            on_reply=on_reply,
            progress=progress,
        )
        requests = [DatasetRequest(dataset_id, first, last) for first, last in reader.spans()]
        outcomes = line.run(download.run(requests))
    _LOG.info("fetched", dataset=dataset_id, windows=len(requests), bytes=sum(o.size for o in outcomes))
    return outcomes


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
    _LOG.info("fetched", datasets=len(readers), windows=len(requests), bytes=sum(o.size for o in outcomes))
    outcomes += [WindowOutcome(r, *unasked[r.dataset], attempts=0, size=0) for r in left]
    return blameless(outcomes, line.transport)


def _reader(request: DatasetRequest, settings: Settings, line: SyncTransport) -> SimemReader:
    return SimemReader(request, settings.simem_base_url, line.ask)


def _info(reader: SimemReader) -> DatasetInfo:
    result = from_json(reader.info)["result"]
    return DatasetInfo(
        dataset=str(reader.get_datasetid()),
        name=str(result["name"]),
        granularity=str(result["metadata"]["granularity"]),
        updated=str(result["metadata"].get("lastUpdate", "")),
        columns=tuple(str(column.get("nameColumn", "")) for column in result["columns"]),
        body=reader.info,
    )


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        yield
    lines = [line for line in said.getvalue().splitlines() if line.strip("* ")]
    if lines:
        _LOG.debug("pydatasimem says", said=lines)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())
