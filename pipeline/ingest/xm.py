"""XM's API: download every window that is wanted while workers parse what is already here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Never

from pipeline.catalog.schema import Metric
from pipeline.core.errors import SourceUnavailable
from pipeline.core.log import bar
from pipeline.extract.contract import Outcome, Reply, WindowRequest
from pipeline.extract.engine import down_because
from pipeline.extract.xm import fetch_series
from pipeline.ingest.codes import note_unknown, vocabularies
from pipeline.ingest.contract import Adaptor, Asked, Errand, fail, fresh_state
from pipeline.ingest.conveyor import Conveyor
from pipeline.ingest.drift import freeze, listed_today, note_drift, shortened
from pipeline.ingest.harvest import note_unreadable
from pipeline.ingest.plan import agenda
from pipeline.ingest.states import note_outcomes, window_key
from pipeline.validate.codes import Vocabulary

if TYPE_CHECKING:
    from tqdm import tqdm

SOURCE = "xm"
_MB = 1_000_000


def gather(errand: Errand) -> None:
    """Ask XM for the next round of `errand` and put what it answered into the transaction.

    Before the first round its list of metrics is asked (is XM there, did a unit change?). In a round come first the
    lists of plants, agents and rivers, then the data, whose codes are checked against those lists.

    Raises:
        SourceUnavailable: XM did not answer once, or was given up; what came before stays in the transaction.
        RowBalanceError: Cells were lost on the way; nothing may be committed.
    """
    if errand.agenda is None:
        errand.agenda = agenda(errand, errand.metrics)
        if errand.agenda:
            listed = listed_today(errand)
            free = freeze(errand, note_drift(errand, listed))
            errand.agenda = agenda(errand, [shortened(metric, listed) for metric in free])
    requests = errand.agenda.pop(0) if errand.agenda else []
    _download(errand, [r for r in requests if r.metric.grain == "list"], {})
    known = vocabularies(errand.catalog, errand.transaction)
    _download(errand, [r for r in requests if r.metric.grain != "list"], known)


def _download(
    errand: Errand, requests: list[WindowRequest], known: Mapping[str, Vocabulary], *, again: bool = True
) -> None:
    """Download while what has come is parsed and merged.

    A reply that turned out to be no document is asked for once more (`again`): the source may have stumbled.
    """
    if not requests:
        return
    metrics = {r.key: r.metric for r in requests}
    longest = {key: errand.states[key]["longest"] for key in metrics if "longest" in errand.states.get(key, {})}
    with Conveyor(errand, metrics, known) as conveyor, bar(len(requests), "XM", unit="windows") as ticker:
        arrivals = _Arrivals(errand, conveyor, requests)
        meter = _Meter(ticker, errand)
        outcomes = fetch_series(requests, errand.settings, arrivals, progress=meter.show, longest=longest)
        conveyor.finish()
    errand.spent += sum(outcome.attempts for outcome in outcomes)
    errand.report.asked += sum(outcome.status != "unsent" for outcome in outcomes)
    cause = down_because(outcomes)
    broken = [o.request for o in outcomes if _place(o.request) in conveyor.unreadable] if again else []
    outcomes = [outcome for outcome in outcomes if outcome.request not in broken]
    refused = note_outcomes(outcomes, errand.states, errand.run, errand.report)
    note_unknown(errand, conveyor.unknown)
    for key, days in longest.items():
        errand.states.setdefault(key, fresh_state())["longest"] = days
    if not again:
        note_unreadable(errand, conveyor.unreadable)
    errand.spoilt |= refused  # a later round that goes well does not undo it
    for key, reason in errand.spoilt.items():
        fail(errand.states, key, reason)
    for outcome in outcomes:
        if reason := conveyor.unreadable.get(_place(outcome.request), ""):
            window = errand.states[outcome.request.key]["windows"][window_key(outcome.request)]
            window |= {"status": "retry_later", "reason": reason}
    errand.asked += [_asked(outcome, conveyor.unreadable) for outcome in outcomes if outcome.status != "unsent"]
    if cause is not None:
        raise SourceUnavailable("XM went down while it was asked", hint="run again later", code=cause)
    _download(errand, broken, known, again=False)


class _Arrivals:
    """Archives each reply and passes on what can be parsed."""

    def __init__(self, errand: Errand, conveyor: Conveyor, requests: list[WindowRequest]) -> None:
        self._errand = errand
        self._conveyor = conveyor
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
                self._conveyor.put(key, ref, reply.body)
        self._days_left[key] -= _days(request)
        if not self._days_left[key]:
            self._conveyor.end(key)


class _Meter:
    """Shows windows a second, time left and megabytes a second to whoever watches."""

    def __init__(self, ticker: tqdm[Never], errand: Errand) -> None:
        self._ticker, self._report = ticker, errand.report
        self._started, self._before = time.monotonic(), errand.report.bytes

    def show(self, done: int, _total: int) -> None:
        """Bring the bar to `done` windows."""
        seconds = max(time.monotonic() - self._started, 1e-3)
        speed = (self._report.bytes - self._before) / _MB / seconds
        self._ticker.set_postfix_str(f"{speed:.1f} MB/s", refresh=False)
        self._ticker.update(done - self._ticker.n)


def _days(request: WindowRequest) -> int:
    return (request.end - request.start).days + 1


def _place(request: WindowRequest) -> tuple[str, str]:
    return request.key, request.start.isoformat()


def _asked(outcome: Outcome[WindowRequest], unreadable: Mapping[tuple[str, str], str]) -> Asked:
    request = outcome.request
    place = _place(request)
    answered = outcome.status in {"ok", "empty"} and place not in unreadable
    reason = unreadable.get(place, outcome.reason)
    return Asked(request.metric, request.entity, request.start, request.end, answered, reason)


def replay(errand: Errand) -> None:
    """Parse the archived replies of one night again: lists first, then data against those lists."""
    metrics = {f"{metric.id}/{entity}": metric for metric in errand.metrics for entity in metric.entities}
    lists = [key for key, metric in metrics.items() if metric.grain == "list"]
    _replay_some(errand, metrics, lists, {})
    known = vocabularies(errand.catalog, errand.transaction)
    _replay_some(errand, metrics, [key for key in metrics if key not in lists], known)


def _replay_some(
    errand: Errand, metrics: Mapping[str, Metric], keys: Iterable[str], known: Mapping[str, Vocabulary]
) -> None:
    with Conveyor(errand, metrics, known) as conveyor:
        for key in keys:
            refs = errand.archive.get((metrics[key].id, key.partition("/")[2]), [])
            if not refs:
                continue
            errand.states.setdefault(key, fresh_state())["state"] = ""
            for ref in refs:
                conveyor.put(key, ref)
            conveyor.end(key)
        conveyor.finish()
    note_unreadable(errand, conveyor.unreadable)
    note_unknown(errand, conveyor.unknown)


XM = Adaptor(gather, replay)
