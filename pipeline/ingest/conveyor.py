"""Parsing where the replies arrive, merging in a thread behind it, and never more in flight than memory holds.

One thread parses and one merges, beside the one that downloads. Merging is long calls of NumPy and Arrow, which let go
of the interpreter; parsing is short ones, and more threads of it would only take turns. A process more would cost the
memory of its imports and a copy of every row.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self

from pipeline.catalog.schema import Metric
from pipeline.ingest.contract import Errand
from pipeline.ingest.harvest import merge, remark
from pipeline.ingest.parsing import Harvest, harvest, joined
from pipeline.store.bronze import BronzeRef
from pipeline.store.parts import sort_rows
from pipeline.validate.codes import Vocabulary

CHUNK_BYTES = 4 * 2**20
"""Raw replies of one series that are taken up together [bytes]: 200,000 hourly values, 5 MB as a table."""
_MERGING = 1


class Conveyor:
    """Archived replies go in, their rows end in the errand's transaction, series by series as they are ended.

    Use as a context manager, from one thread at a time. A caller that is faster than the merging is held back.

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
        self._merger = ThreadPoolExecutor(1, thread_name_prefix="merge")
        self._merging: deque[Future[None]] = deque()
        self._waiting: dict[str, list[Harvest]] = {}
        self._chunks: Counter[str] = Counter()
        self._kept: dict[str, Harvest] = {}
        self.unknown: dict[tuple[str, str], set[str]] = {}
        self.unreadable: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._merger.shutdown(cancel_futures=True)

    def put(self, key: str, ref: BronzeRef, body: bytes | None = None) -> None:
        """Parse a reply of the series `key`.

        Args:
            key: `Metric/Entity`.
            ref: Where the reply is archived.
            body: Its bytes, where they are at hand; read from the archive when None.
        """
        entity = key.partition("/")[2]
        found = harvest(self._errand.bronze, self._metrics[key], entity, ref, self._known.get(entity), body)
        self._waiting.setdefault(key, []).append(found)

    def end(self, key: str, *, whole: bool = True) -> None:
        """Merge what has come of a series.

        Args:
            key: `Metric/Entity`.
            whole: Nothing more comes. Else rows whose part may still grow wait for the rest: each part is made once.
        """
        found = self._waiting.pop(key, [])
        if found or (whole and key in self._kept):
            self._chunks[key] += 1
            self._merging.append(self._merger.submit(self._merge, key, found, whole=whole))
        while self._merging and (self._merging[0].done() or len(self._merging) > _MERGING):
            self._merging.popleft().result()

    def finish(self) -> None:
        """Merge all that is still in flight, and judge half-built days again where a series came in pieces."""
        for key in list(self._chunks | Counter(self._waiting.keys())):
            self.end(key)
        while self._merging:
            self._merging.popleft().result()
        for key, chunks in sorted(self._chunks.items()):
            if chunks > 1 and self._metrics[key].level_check:
                remark(self._errand, self._metrics[key], key.partition("/")[2])

    def _merge(self, key: str, found: list[Harvest], *, whole: bool) -> None:
        metric, entity = self._metrics[key], key.partition("/")[2]
        if key in self._kept:
            found.insert(0, self._kept.pop(key))
        harvested = joined(metric.id, entity, found)
        found.clear()  # a table that is held twice is held twice as long
        if not whole and metric.grain != "list":
            growing = self._errand.transaction.growing_since(metric.id, entity, harvested.rows)
            harvested, self._kept[key] = harvested.parted(growing)
        if harvested.rows.num_rows and metric.grain != "list":
            harvested = replace(harvested, rows=sort_rows(harvested.rows))  # so that the merge holds no second copy
        merge(harvested, metric, self._errand)
        self.unreadable |= {(key, start): reason for start, reason in harvested.unreadable.items()}
        vocabulary = self._known.get(entity)
        if vocabulary is not None and harvested.rows.num_rows:
            strange = vocabulary.unknown(harvested.rows["code"].unique().to_pylist())
            if strange:
                self.unknown.setdefault((metric.id, entity), set()).update(strange)
