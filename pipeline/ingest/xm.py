"""XM's API: download every window that is wanted while workers parse what is already here."""

from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor

from pipeline.core.log import bar
from pipeline.extract.contract import Reply, WindowRequest
from pipeline.extract.xm import fetch_series
from pipeline.ingest.contract import Adaptor, Errand, fresh_state
from pipeline.ingest.harvest import Harvest, harvest, merge, processes
from pipeline.ingest.plan import wanted
from pipeline.ingest.states import note_outcomes
from pipeline.store.bronze import BronzeRef

SOURCE = "xm"


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
    """Download while a worker parses each series as soon as its last window is in."""
    metrics = {r.key: r.metric for r in requests}
    archived: dict[str, list[BronzeRef]] = {}
    # Days still to come per series. Days, not windows: a window may be halved on the way.
    days_left: dict[str, int] = {}
    for request in requests:
        days_left[request.key] = days_left.get(request.key, 0) + _days(request)
    futures: list[Future[Harvest]] = []
    with (
        ProcessPoolExecutor(max(1, errand.settings.workers - 1), mp_context=processes()) as pool,
        bar(len(requests), "XM") as ticker,
    ):

        def on_reply(reply: Reply[WindowRequest]) -> None:
            request = reply.request
            errand.report.bytes += len(reply.body)
            if reply.status in {"ok", "empty"}:
                window = (request.start, request.end)
                ref = errand.bronze.put(SOURCE, request.metric.id, request.entity, window, errand.run.today, reply.body)
                if reply.status == "ok":
                    archived.setdefault(request.key, []).append(ref)
            days_left[request.key] -= _days(request)
            if not days_left[request.key] and request.key in archived:
                refs = sorted(archived[request.key], key=lambda ref: ref.start)
                futures.append(pool.submit(harvest, errand.bronze, request.metric, request.entity, refs))

        outcomes = fetch_series(requests, errand.settings, on_reply, progress=lambda done, _total: _tick(ticker, done))
        refused = note_outcomes(outcomes, errand.states, errand.run, errand.report)
        for future in futures:
            merge(future.result(), metrics, errand.transaction, errand.run, errand.states, errand.report)
    for key, reason in refused.items():
        errand.states[key]["state"], errand.states[key]["reason"] = "failed", reason


def _days(request: WindowRequest) -> int:
    return (request.end - request.start).days + 1


def _tick(ticker: object, done: int) -> None:
    ticker.n = done  # type: ignore[attr-defined]
    ticker.refresh()  # type: ignore[attr-defined]


def replay(errand: Errand) -> None:
    """Parse the newest archived reply of every window of `errand` again."""
    metrics = {f"{metric.id}/{entity}": metric for metric in errand.metrics for entity in metric.entities}
    with ProcessPoolExecutor(errand.settings.workers, mp_context=processes()) as pool:
        futures = []
        for key, metric in metrics.items():
            entity = key.partition("/")[2]
            refs = errand.bronze.newest(SOURCE, metric.id, entity)
            if refs:
                errand.states.setdefault(key, fresh_state())["state"] = ""
                futures.append(pool.submit(harvest, errand.bronze, metric, entity, refs))
        for future in futures:
            merge(future.result(), metrics, errand.transaction, errand.run, errand.states, errand.report)


XM = Adaptor(gather, replay)
