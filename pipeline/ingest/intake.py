"""Parsing where the replies arrive, merging in a thread behind it, and never more in flight than memory holds.

One thread parses and one merges, beside the one that downloads. All three live in long calls of NumPy and Arrow,
which let go of the interpreter: replies are taken up several megabytes at a time, as short calls would only take
turns. A process more would cost the memory of its imports and a copy of every row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self

from pipeline.catalog.schema import Metric
from pipeline.core.errors import PartCorrupt
from pipeline.ingest.acceptance import merge, remark
from pipeline.ingest.job import UNREADABLE, SourceJob
from pipeline.ingest.quality import are_settled
from pipeline.ingest.rows import unfolded, years_of
from pipeline.ingest.sources.xm_replies import SeriesRows, joined, read_replies
from pipeline.ingest.vocabulary import Vocabulary
from pipeline.store.bronze import BronzeRef
from pipeline.store.parts import sort_rows

CHUNK_BYTES = 4 * 2**20
"""Raw replies of one series that are taken up together [bytes]: 200,000 hourly values, 2 MB folded by day."""
_MERGING = 4  # chunks whose merge has not begun: some take ten times as long as others


class Intake:
    """Archived replies go in, their rows end in the job's transaction, series by series as they are ended.

    Use as a context manager, from one thread at a time. A caller that is faster than the merging is held back.

    Args:
        job: Whose transaction, states and report are filled.
        metrics: Declaration of each series (`Metric/Entity`).
        known: The listed codes, by entity.

    Attributes:
        unknown: Codes that no list names, by (metric, entity).
        unreadable: Windows whose reply is no document, by (series, start day), with the reason.
    """

    def __init__(
        self, job: SourceJob, metrics: Mapping[str, Metric], known: Mapping[str, Vocabulary] | None = None
    ) -> None:
        self._job = job
        self._metrics = metrics
        self._known = known or {}
        self._merger = ThreadPoolExecutor(1, thread_name_prefix="merge")
        self._merging: deque[Future[None]] = deque()
        self._waiting: dict[str, list[tuple[BronzeRef, bytes]]] = {}
        self._begun: set[str] = set()  # series of which some is merged and more may come
        self._early: set[str] = set()  # series whose newest days were judged before all their rows were there
        self._kept: dict[str, SeriesRows] = {}
        self.unknown: dict[tuple[str, str], set[str]] = {}
        self.unreadable: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._merger.shutdown(cancel_futures=True)

    def put(self, key: str, ref: BronzeRef, body: bytes | None = None) -> None:
        """Take a reply of the series `key`.

        Args:
            key: `Metric/Entity`.
            ref: Where the reply is archived.
            body: Its bytes, where they are at hand; read from the archive when None.
        """
        try:
            reply = ref, self._job.bronze.get(ref) if body is None else body
        except PartCorrupt as error:
            self.unreadable[key, ref.start.isoformat()] = f"{UNREADABLE}: {error}"
            return
        waiting = self._waiting.setdefault(key, [])
        waiting.append(reply)
        if sum(len(body) for _, body in waiting) >= CHUNK_BYTES:
            self._take_up(key, whole=False)

    def end(self, key: str) -> None:
        """Take up what has come of a series: nothing more comes."""
        if key in self._waiting or key in self._begun:
            self._take_up(key, whole=True)
            self._begun.discard(key)

    def _take_up(self, key: str, *, whole: bool) -> None:
        """Parse what waits of a series, and have it merged.

        Args:
            key: `Metric/Entity`.
            whole: Nothing more comes. Else rows whose part may still grow wait for the rest: each part is made once.
        """
        entity = key.partition("/")[2]
        found = read_replies(self._metrics[key], entity, self._waiting.pop(key, []), self._known.get(entity))
        self._begun.add(key)
        self._merging.append(self._merger.submit(self._merge, key, found, whole=whole))
        while self._merging and (self._merging[0].done() or len(self._merging) > _MERGING):
            self._merging.popleft().result()

    def finish(self) -> None:
        """Merge all that is still in flight, and judge half-built days again where that was done too early."""
        for key in sorted(self._begun | self._waiting.keys()):
            self.end(key)
        while self._merging:
            self._merging.popleft().result()
        for key in sorted(self._early):
            remark(self._job, self._metrics[key], key.partition("/")[2])

    def _merge(self, key: str, harvested: SeriesRows, *, whole: bool) -> None:
        metric, entity = self._metrics[key], key.partition("/")[2]
        if key in self._kept:
            harvested = joined(metric.id, entity, [self._kept.pop(key), harvested])
        if not whole and metric.grain != "list":
            years = years_of(harvested.rows)
            growing = self._job.transaction.growing_since(metric.id, entity, years)
            growing = min(growing, max(years, default=growing))  # the lake may hold later years than those that come
            harvested, self._kept[key] = harvested.parted(growing)
            rows = harvested.rows
            if metric.level_check and rows.num_rows and not are_settled(rows, self._job.run.today):
                self._early.add(key)
        if harvested.rows.num_rows and metric.grain != "list":
            harvested = replace(harvested, rows=unfolded(sort_rows(harvested.rows)))  # the merge holds no second copy
        merge(harvested, metric, self._job)
        self.unreadable |= {(key, start): reason for start, reason in harvested.unreadable.items()}
        vocabulary = self._known.get(entity)
        if vocabulary is not None and harvested.rows.num_rows:
            strange = vocabulary.unknown(harvested.rows["code"].unique().to_pylist())
            if strange:
                self.unknown.setdefault((metric.id, entity), set()).update(strange)
