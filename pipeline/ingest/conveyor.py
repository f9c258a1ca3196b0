"""Parsing in worker processes, merging in the caller, and never more in flight than memory holds."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from types import TracebackType
from typing import Self

from pipeline.catalog.schema import Metric
from pipeline.ingest.contract import Errand
from pipeline.ingest.harvest import merge, remark
from pipeline.ingest.parsing import Harvest, harvest, processes
from pipeline.store.bronze import BronzeRef
from pipeline.validate.codes import Vocabulary

CHUNK_BYTES = 12 * 2**20
"""Raw replies of one series that are parsed together [bytes]: half a million hourly values, 20 MB as a table."""
_WAITING_PER_WORKER = 1


class Conveyor:
    """Chunks of archived replies go in, their rows end in the errand's transaction, in the order they went in.

    Use as a context manager, from one thread at a time. A caller that is faster than the workers is held back.

    Args:
        errand: Whose transaction, states and report are filled.
        metrics: Declaration of each series (`Metric/Entity`).
        known: The listed codes, by entity.

    Attributes:
        unknown: Codes that no list names, by (metric, entity).
        unreadable: Windows whose reply is no document, by (series, start day), with the reason.
    """

    def __init__(
        self, errand: Errand, metrics: Mapping[str, Metric], known: Mapping[str, Vocabulary] | None = None
    ) -> None:
        self._errand = errand
        self._metrics = metrics
        self._known = known or {}
        workers = errand.settings.workers
        self._pool = ProcessPoolExecutor(workers, mp_context=processes())
        self._depth = workers * (1 + _WAITING_PER_WORKER)
        self._running: deque[Future[Harvest]] = deque()
        self._chunks: Counter[str] = Counter()
        self.unknown: dict[tuple[str, str], set[str]] = {}
        self.unreadable: dict[tuple[str, str], str] = {}

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
        self._chunks[key] += 1
        self._running.append(
            self._pool.submit(harvest, self._errand.bronze, metric, entity, ordered, self._known.get(entity))
        )
        while self._running and (self._running[0].done() or len(self._running) > self._depth):
            self._merge_oldest()

    def finish(self) -> None:
        """Merge all that is still in flight, and judge half-built days again where a series came in pieces."""
        while self._running:
            self._merge_oldest()
        for key, chunks in sorted(self._chunks.items()):
            if chunks > 1 and self._metrics[key].level_check:
                remark(self._errand, self._metrics[key], key.partition("/")[2])

    def _merge_oldest(self) -> None:
        harvested = self._running.popleft().result()
        key = f"{harvested.metric}/{harvested.entity}"
        merge(harvested, self._metrics[key], self._errand)
        self.unreadable |= {(key, start): reason for start, reason in harvested.unreadable.items()}
        vocabulary = self._known.get(harvested.entity)
        if vocabulary is not None and harvested.rows.num_rows:
            strange = vocabulary.unknown(harvested.rows["code"].unique().to_pylist())
            if strange:
                self.unknown.setdefault((harvested.metric, harvested.entity), set()).update(strange)
