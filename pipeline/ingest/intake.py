"""From a reply to rows in the transaction: archived, read, merged; what was refused in quarantine.

Reading happens where the replies arrive, merging in a thread behind it, never more in flight than memory holds.

One thread parses and one merges, beside the one that downloads. All three live in long calls of NumPy and Arrow,
which let go of the interpreter: replies are taken up several megabytes at a time, as short calls would only take
turns. A process more would cost the memory of its imports and a copy of every row.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import PUBLISHED
from pipeline.core.errors import DataError, DuplicateKey, PartCorrupt, RowBalanceError
from pipeline.core.run import RunInfo
from pipeline.ingest.codes import NO_LIST, Vocabulary, known_in_lake, note_unknown
from pipeline.ingest.drift import Difference, note_differences
from pipeline.ingest.job import SourceJob
from pipeline.ingest.listed import take_list
from pipeline.ingest.rows import (
    SYSTEM,
    UNREADABLE,
    Reject,
    ReplyRows,
    SeriesRows,
    joined,
    newest_of,
    no_rows,
    unfolded,
    years_of,
)
from pipeline.ingest.windows import ANSWERED, Reply, WindowRequest
from pipeline.store.bronze import BronzeRef
from pipeline.store.lake import Transaction
from pipeline.store.parts import days_of, key_of, sort_rows

CHUNK_BYTES = 4 * 2**20
"""Raw replies of one series that are taken up together [bytes]: 200,000 hourly values, 2 MB folded by day."""
ReadReplies = Callable[[Metric, str, Sequence[tuple[BronzeRef, bytes]], Vocabulary | None], SeriesRows]
"""Metric, entity, replies with their place in the archive, listed codes → the rows of the series."""
PlaceOf = Callable[[Metric, str], tuple[str, str]]
"""Metric, entity → where their replies lie in the archive of the source."""
_MERGING = 4  # chunks whose merge has not begun: some take ten times as long as others
QUARANTINE = "_quarantine"
QUARANTINE_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("metric", "entity", "bronze", "rule", "place", "value")] + [("seen", pa.date32())]
)


class Intake:
    """Replies go in, their rows end in the job's transaction, series by series as they are ended.

    Use as a context manager, from one thread at a time. A caller that is faster than the merging is held back.

    Args:
        job: Whose archive, transaction, states and report are filled.
        read: How replies of a series are read: a function of their bytes alone.
        place_of: Where the replies of a metric and entity lie in the archive.
        known: The listed codes, by entity.
        requests: Windows that are asked for; a series ends with the last of its days. None when replaying.

    Attributes:
        unreadable: Windows whose reply cannot be read, or not all of it, by (series, start day), with the reason.
    """

    def __init__(
        self,
        job: SourceJob,
        read: ReadReplies,
        place_of: PlaceOf,
        known: Mapping[str, Vocabulary],
        requests: Iterable[WindowRequest] = (),
    ) -> None:
        self._job = job
        self._metrics = {f"{metric.id}/{entity}": metric for metric in job.metrics for entity in metric.entities}
        self._read = read
        self._place_of = place_of
        self._known = known
        # Days still to come per series. Days, not windows: a window may be halved on the way.
        self._days_left: Counter[str] = Counter()
        for request in (each for asked in requests for each in asked.series()):
            self._days_left[request.key] += request.days
        self._merger = ThreadPoolExecutor(1, thread_name_prefix="merge")
        self._merging: deque[Future[None]] = deque()
        self._waiting: dict[str, list[tuple[BronzeRef, bytes]]] = {}
        self._begun: set[str] = set()  # series of which some is merged and more may come
        self._kept: dict[str, SeriesRows] = {}
        self._words: dict[str, Vocabulary] = {}  # how the codes of each series are spelled
        self._unknown: dict[tuple[str, str], set[str]] = {}
        self._strange: set[Difference] = set()
        self.unreadable: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._merger.shutdown(cancel_futures=True)

    def arrive(self, reply: Reply) -> None:
        """Archive a reply of the source, and take it up for every series of which it holds data."""
        self._job.report.bytes += len(reply.body)
        window, ref = (reply.request.start, reply.request.end), None
        if reply.status in ANSWERED:
            place = self._place_of(reply.request.metric, reply.request.entity)
            ref = self._job.bronze.put(self._job.source, *place, window, self._job.run.today, reply.body)
        for request in reply.request.series():
            if ref is not None:
                self.put(request.key, ref, reply.body)
            self._days_left[request.key] -= request.days
            if not self._days_left[request.key]:
                self.end(request.key)

    def put(self, key: str, ref: BronzeRef, body: bytes | None = None) -> None:
        """Take an archived reply of the series `key`.

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
        if self._metrics[key].grain != "list" and sum(len(body) for _, body in waiting) >= CHUNK_BYTES:
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
        found = self._read(self._metrics[key], entity, self._waiting.pop(key, []), self._words_of(key))
        self._begun.add(key)
        self._merging.append(self._merger.submit(self._merge, key, found, whole=whole))
        while self._merging and (self._merging[0].done() or len(self._merging) > _MERGING):
            self._merging.popleft().result()

    def _words_of(self, key: str) -> Vocabulary:
        """Return how the codes of a series are spelled: by its list, else as the lake has them."""
        if key not in self._words:
            metric, entity = self._metrics[key], key.partition("/")[2]
            listed = self._known.get(entity, NO_LIST)
            plain = metric.grain == "list" or (entity == SYSTEM and len(metric.identity_of(entity)) == 1)
            lake = () if listed.spelling or plain else known_in_lake(self._job.transaction, metric.id, entity)
            self._words[key] = listed.with_known([*listed.known.values(), *lake])
        return self._words[key]

    def finish(self) -> None:
        """Merge all that is still in flight."""
        for key in sorted(self._begun | self._waiting.keys()):
            self.end(key)
        while self._merging:
            self._merging.popleft().result()
        note_unknown(self._job, self._unknown)
        note_differences(self._job, self._strange)

    def _merge(self, key: str, series: SeriesRows, *, whole: bool) -> None:
        metric, entity = self._metrics[key], key.partition("/")[2]
        if key in self._kept:
            series = joined([self._kept.pop(key), series])
        if not whole:
            years = years_of(series.rows)
            growing = self._job.transaction.growing_since(metric.id, entity, years)
            growing = min(growing, max(years, default=growing))  # the lake may hold later years than those that come
            series, self._kept[key] = series.parted(growing)
        if series.rows.num_rows and metric.grain != "list":
            rows = series.rows
            if metric.grain == "monthly":  # windows that were cut inside a month have its value twice
                rows = newest_of(rows, key_of(rows.schema))
            series = replace(series, rows=unfolded(sort_rows(rows)))  # the merge holds no second copy
        merge(self._job, metric, entity, series)
        self.unreadable |= {(key, start): reason for start, reason in series.unreadable.items()}
        for (kind, name), value in series.strange.items():
            self._strange.add(Difference(kind, metric.id, entity, name, now=value))
        newest = pc.max(series.rows["ts"]).as_py() if series.rows.num_rows and metric.ends else None
        if newest is not None and metric.ends and newest.date() > metric.ends:
            was, now = metric.ends.isoformat(), newest.date().isoformat()
            self._strange.add(Difference("reopened", metric.id, entity, "ends", was, now))
        vocabulary = self._known.get(entity)
        if vocabulary is not None and series.rows.num_rows:
            strange = vocabulary.unknown(series.rows["code"].unique().to_pylist())
            if strange:
                self._unknown.setdefault((metric.id, entity), set()).update(strange)


def merge(job: SourceJob, metric: Metric, entity: str, series: SeriesRows) -> None:
    """Put the rows of one series into the transaction and its rejects into quarantine.

    Raises:
        RowBalanceError: Cells or rows were lost on the way; the caller must not commit.
    """
    key = (metric.id, entity)
    report = job.report
    series.balance.check(metric=metric.id, entity=entity)
    report.count(series.balance)
    report.rejects += len(series.rejects)
    if series.rejects:
        quarantine(job.transaction, job.run, *key, series.rejects)
    rows = series.rows
    if metric.grain == "list" and rows.num_rows:
        take_list(job, metric, entity, rows)
    if metric.grain == "list" or not (rows.num_rows or series.answers):
        return
    if not rows.num_rows:
        rows = no_rows(versioned=metric.versioned)
    job.present.setdefault(key, set()).update(days_of(rows))
    # What a row is worth, its evidence says when all series are there (store/evidence).
    rows = rows.append_column("quality", pa.repeat(pa.scalar(PUBLISHED), rows.num_rows))
    try:
        merged = job.transaction.upsert(
            *key, rows, answers=series.answers, order=job.catalog.versions, reported=metric.level_check
        )
    except DuplicateKey as error:
        job.spoil(f"{metric.id}/{entity}", f"duplicate: {error}")
        return
    if merged.added + merged.revised + merged.unchanged + merged.held != rows.num_rows:
        raise RowBalanceError(
            "Rows offered to the lake are not rows added, revised, known or held back",
            hint="nothing is committed: report it",
            metric=metric.id, entity=entity, offered=rows.num_rows,
            added=merged.added, revised=merged.revised, known=merged.unchanged, held=merged.held,
        )  # fmt: skip
    report.rows_added += merged.added
    report.rows_revised += merged.revised
    report.rows_withdrawn += merged.withdrawn
    report.rows_held += merged.held


def merge_file(job: SourceJob, metric: Metric, ref: BronzeRef, parse: Callable[[bytes], ReplyRows]) -> None:
    """Parse one archived file, whole, and merge its rows; one that cannot be read costs itself only."""
    try:
        parsed = parse(job.bronze.get(ref))
    except (DataError, PartCorrupt) as error:
        job.spoil(f"{metric.id}/{ref.entity}", f"{UNREADABLE}: {error}")
        return
    merge(job, metric, ref.entity, parsed.of_reply(ref.sha12))


def quarantine(
    transaction: Transaction, run: RunInfo, metric: str, entity: str, rejects: Iterable[tuple[str, Reject]]
) -> None:
    """Keep what was refused, once per reply, rule and place, in an order that does not depend on arrival."""
    key = (QUARANTINE, f"{metric}.{entity}")
    seen = {(row["bronze"], row["rule"], row["place"]) for row in transaction.read(*key).to_pylist()}
    rows = []
    for sha, reject in rejects:
        if (sha, reject.rule, reject.place) not in seen:
            seen.add((sha, reject.rule, reject.place))
            rows.append((metric, entity, sha, reject.rule, reject.place, reject.value, run.today))
    fresh = [dict(zip(QUARANTINE_SCHEMA.names, row, strict=True)) for row in rows]
    transaction.put_table(*key, pa.Table.from_pylist(fresh, schema=QUARANTINE_SCHEMA), mode="append")
