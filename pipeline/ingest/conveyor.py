"""Parsing in worker processes, merging in the caller, and never more in flight than memory holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from types import TracebackType
from typing import Self

from pipeline.catalog.schema import Metric
from pipeline.ingest.contract import Errand
from pipeline.ingest.harvest import Harvest, harvest, merge, processes
from pipeline.store.bronze import BronzeRef

CHUNK_BYTES = 24 * 2**20
"""Raw replies of one series that are parsed together [bytes]: about a million hourly values, 50 MB as a table."""
_WAITING_PER_WORKER = 2


class Conveyor:
    """Chunks of archived replies go in, their rows end in the errand's transaction, in the order they went in.

    Use as a context manager, from one thread at a time. A caller that is faster than the workers is held back.

    Args:
        errand: Whose transaction, states and report are filled.
        metrics: Declaration of each series (`Metric/Entity`).
    """

    def __init__(self, errand: Errand, metrics: Mapping[str, Metric]) -> None:
        self._errand = errand
        self._metrics = metrics
        workers = errand.settings.workers
        self._pool = ProcessPoolExecutor(workers, mp_context=processes())
        self._depth = workers * (1 + _WAITING_PER_WORKER)
        self._running: deque[Future[Harvest]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def put(self, key: str, refs: list[BronzeRef]) -> None:
        """Hand in replies of the series `key`; merge what is ready, and wait when too much is in flight."""
        metric = self._metrics[key]
        entity = key.partition("/")[2]
        ordered = sorted(refs, key=lambda ref: ref.start)
        self._running.append(self._pool.submit(harvest, self._errand.bronze, metric, entity, ordered))
        while self._running and (self._running[0].done() or len(self._running) > self._depth):
            self._merge_oldest()

    def finish(self) -> None:
        """Merge all that is still in flight."""
        while self._running:
            self._merge_oldest()

    def _merge_oldest(self) -> None:
        errand = self._errand
        merge(
            self._running.popleft().result(),
            self._metrics,
            errand.transaction,
            errand.run,
            errand.states,
            errand.report,
        )
