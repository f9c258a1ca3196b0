"""XM's API: download every window that is wanted while workers parse what is already here."""

from __future__ import annotations

from collections import Counter

from pipeline.core.log import bar
from pipeline.extract.contract import Reply, WindowRequest
from pipeline.extract.xm import fetch_series
from pipeline.ingest.contract import Adaptor, Errand, fresh_state
from pipeline.ingest.conveyor import CHUNK_BYTES, Conveyor
from pipeline.ingest.plan import wanted
from pipeline.ingest.states import note_outcomes
from pipeline.store.bronze import BronzeRef

SOURCE = "xm"
REPLAY_WINDOWS = 36  # months of one series that are parsed together


def gather(errand: Errand) -> None:
    """Ask XM for the windows of `errand` and put what it answered into the transaction.

    Raises:
        SourceUnavailable: XM did not answer once.
    """
    requests = [r for m in errand.metrics for r in wanted(m, errand.run, errand.states, full=errand.full)]
    errand.report.asked += len(requests)
    if requests:
        _download(errand, requests)


def _download(errand: Errand, requests: list[WindowRequest]) -> None:
    """Download while workers parse what has come: a series when it is whole, a long one in chunks."""
    with Conveyor(errand, {r.key: r.metric for r in requests}) as conveyor, bar(len(requests), "XM") as ticker:
        arrivals = _Arrivals(errand, conveyor, requests)
        outcomes = fetch_series(requests, errand.settings, arrivals, progress=lambda done, _total: _tick(ticker, done))
        refused = note_outcomes(outcomes, errand.states, errand.run, errand.report)
        conveyor.finish()
    for key, reason in refused.items():
        errand.states[key]["state"], errand.states[key]["reason"] = "failed", reason


class _Arrivals:
    """Archives each reply and passes on what can be parsed."""

    def __init__(self, errand: Errand, conveyor: Conveyor, requests: list[WindowRequest]) -> None:
        self._errand = errand
        self._conveyor = conveyor
        self._waiting: dict[str, list[BronzeRef]] = {}
        self._bytes: Counter[str] = Counter()
        # Days still to come per series. Days, not windows: a window may be halved on the way.
        self._days_left: Counter[str] = Counter()
        for request in requests:
            self._days_left[request.key] += _days(request)

    def __call__(self, reply: Reply[WindowRequest]) -> None:
        request, key = reply.request, reply.request.key
        self._errand.report.bytes += len(reply.body)
        if reply.status in {"ok", "empty"}:
            window = (request.start, request.end)
            ref = self._errand.bronze.put(
                SOURCE, request.metric.id, request.entity, window, self._errand.run.today, reply.body
            )
            if reply.status == "ok":
                self._waiting.setdefault(key, []).append(ref)
                self._bytes[key] += len(reply.body)
        self._days_left[key] -= _days(request)
        if self._waiting.get(key) and (not self._days_left[key] or self._bytes[key] >= CHUNK_BYTES):
            self._conveyor.put(key, self._waiting.pop(key))
            del self._bytes[key]


def _days(request: WindowRequest) -> int:
    return (request.end - request.start).days + 1


def _tick(ticker: object, done: int) -> None:
    ticker.n = done  # type: ignore[attr-defined]
    ticker.refresh()  # type: ignore[attr-defined]


def replay(errand: Errand) -> None:
    """Parse the newest archived reply of every window of `errand` again."""
    metrics = {f"{metric.id}/{entity}": metric for metric in errand.metrics for entity in metric.entities}
    with Conveyor(errand, metrics) as conveyor:
        for key, metric in metrics.items():
            refs = errand.bronze.newest(SOURCE, metric.id, key.partition("/")[2])
            if not refs:
                continue
            errand.states.setdefault(key, fresh_state())["state"] = ""
            for first in range(0, len(refs), REPLAY_WINDOWS):
                conveyor.put(key, refs[first : first + REPLAY_WINDOWS])
        conveyor.finish()


XM = Adaptor(gather, replay)
