"""Archived replies in, rows out. It touches nothing that is shared, so that it may run beside download and merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError
from pipeline.ingest.cell_account import Balance
from pipeline.ingest.job import UNREADABLE
from pipeline.ingest.rows import is_folded, unfolded
from pipeline.ingest.sources.xm_cells import Parsed, Reject, parse, parse_together
from pipeline.ingest.sources.xm_lists import parse_list
from pipeline.ingest.vocabulary import Vocabulary
from pipeline.store.bronze import BronzeRef


@dataclass(frozen=True)
class SeriesRows:
    """Parsed rows of one series.

    Attributes:
        rows: code, ts, value; hourly ones folded by day unless a reply held what is refused (a list: its columns).
        rejects: What was refused, with the name of its reply.
        balance: The account of the cells.
        unreadable: Windows whose reply is no document, by start day, with the reason.
    """

    metric: str
    entity: str
    rows: pa.Table
    rejects: list[tuple[str, Reject]]
    balance: Balance
    unreadable: dict[str, str] = field(default_factory=dict)

    def parted(self, year: int) -> tuple[SeriesRows, SeriesRows]:
        """Return what is known but for the rows of `year` and later, and those rows."""
        later = pc.greater_equal(pc.year(self.rows["ts"]), year) if self.rows.num_rows and year else None
        if later is None or pc.all(later).as_py():
            settled, growing = self.rows.slice(0, 0), self.rows
        else:
            settled, growing = self.rows.filter(pc.invert(later)), self.rows.filter(later)
        return replace(self, rows=settled), SeriesRows(self.metric, self.entity, growing, [], Balance())


def read_replies(
    metric: Metric, entity: str, replies: Sequence[tuple[BronzeRef, bytes]], vocabulary: Vocabulary | None = None
) -> SeriesRows:
    """Parse replies of a series: a function of their bytes alone.

    One that cannot be read costs its window only.

    Args:
        metric: Declaration of the series.
        entity: Entity kind of the series.
        replies: Where each is archived, and its bytes.
        vocabulary: The codes of this entity as the source lists them.
    """
    if len(replies) > 1 and metric.grain != "list":
        windows = [(ref.start, ref.end) for ref, _ in replies]
        parsed = parse_together([body for _, body in replies], windows, metric, entity, vocabulary)
        if parsed is not None:
            return SeriesRows(metric.id, entity, parsed.table, [], parsed.balance)
    return joined(metric.id, entity, [_read_reply(metric, entity, ref, body, vocabulary) for ref, body in replies])


def _read_reply(metric: Metric, entity: str, ref: BronzeRef, body: bytes, vocabulary: Vocabulary | None) -> SeriesRows:
    try:
        parsed = _parsed(body, metric, entity, ref, vocabulary)
    except DataError as error:
        return SeriesRows(
            metric.id, entity, pa.table({}), [], Balance(), {ref.start.isoformat(): f"{UNREADABLE}: {error}"}
        )
    rejects = [(ref.sha12, reject) for reject in parsed.rejects]
    return SeriesRows(metric.id, entity, parsed.table, rejects, parsed.balance)


def joined(metric: str, entity: str, harvests: Sequence[SeriesRows]) -> SeriesRows:
    """Return the harvests of several replies of one series as one."""
    rows = [found.rows for found in harvests if found.rows.num_columns]
    if not all(is_folded(table) for table in rows):
        rows = [unfolded(table) for table in rows]
    return SeriesRows(
        metric,
        entity,
        pa.concat_tables(rows).unify_dictionaries() if rows else pa.table({}),
        [reject for found in harvests for reject in found.rejects],
        sum((found.balance for found in harvests), Balance()),
        {start: reason for found in harvests for start, reason in found.unreadable.items()},
    )


def _parsed(body: bytes, metric: Metric, entity: str, ref: BronzeRef, vocabulary: Vocabulary | None) -> Parsed:
    if metric.grain == "list":
        rows, refused = parse_list(body, metric, entity)
        return Parsed(rows, refused, cells=rows.num_rows)
    return parse(body, metric, entity, ref.start, ref.end, vocabulary)
