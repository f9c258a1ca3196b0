"""What a worker does: an archived reply in, rows out. It touches nothing that others share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError, PartCorrupt
from pipeline.store.bronze import Bronze, BronzeRef
from pipeline.validate.balance import Balance
from pipeline.validate.codes import Vocabulary
from pipeline.validate.lists import parse_list
from pipeline.validate.parse import Parsed, Reject, parse


@dataclass(frozen=True)
class Harvest:
    """Parsed rows of one series.

    Attributes:
        rows: code, ts, value (a list: its columns).
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

    def parted(self, year: int) -> tuple[Harvest, Harvest]:
        """Return what is known but for the rows of `year` and later, and those rows."""
        later = pc.greater_equal(pc.year(self.rows["ts"]), year) if self.rows.num_rows and year else None
        if later is None or pc.all(later).as_py():
            settled, growing = self.rows.slice(0, 0), self.rows
        else:
            settled, growing = self.rows.filter(pc.invert(later)), self.rows.filter(later)
        return replace(self, rows=settled), Harvest(self.metric, self.entity, growing, [], Balance())


def harvest(
    bronze: Bronze,
    metric: Metric,
    entity: str,
    ref: BronzeRef,
    vocabulary: Vocabulary | None = None,
    body: bytes | None = None,
) -> Harvest:
    """Parse one reply of a series: a function of its archived bytes alone.

    A reply that cannot be read costs its window only.

    Args:
        bronze: The archive.
        metric: Declaration of the series.
        entity: Entity kind of the series.
        ref: Where the reply is archived.
        vocabulary: The codes of this entity as the source lists them.
        body: The reply, where it is at hand; read from the archive when None.
    """
    try:
        parsed = _parsed(bronze.get(ref) if body is None else body, metric, entity, ref, vocabulary)
    except (DataError, PartCorrupt) as error:
        return Harvest(metric.id, entity, pa.table({}), [], Balance(), {ref.start.isoformat(): str(error)})
    rejects = [(ref.sha12, reject) for reject in parsed.rejects]
    return Harvest(metric.id, entity, parsed.rows, rejects, parsed.balance)


def joined(metric: str, entity: str, harvests: Sequence[Harvest]) -> Harvest:
    """Return the harvests of several replies of one series as one."""
    rows = [found.rows for found in harvests if found.rows.num_columns]
    return Harvest(
        metric,
        entity,
        pa.concat_tables(rows) if rows else pa.table({}),
        [reject for found in harvests for reject in found.rejects],
        sum((found.balance for found in harvests), Balance()),
        {start: reason for found in harvests for start, reason in found.unreadable.items()},
    )


def _parsed(body: bytes, metric: Metric, entity: str, ref: BronzeRef, vocabulary: Vocabulary | None) -> Parsed:
    if metric.grain == "list":
        rows, refused = parse_list(body, metric, entity)
        return Parsed(rows, refused, cells=rows.num_rows)
    return parse(body, metric, entity, ref.start, ref.end, vocabulary)
