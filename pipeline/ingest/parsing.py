"""What a worker process does: archived replies in, sorted rows out.

It imports the parser and little else, so that a worker starts at once and is small.
"""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext

import pyarrow as pa

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError, PartCorrupt
from pipeline.store.bronze import Bronze, BronzeRef
from pipeline.store.parts import sort_rows
from pipeline.validate.balance import Balance
from pipeline.validate.codes import Vocabulary
from pipeline.validate.lists import parse_list
from pipeline.validate.parse import Parsed, Reject, parse


@dataclass(frozen=True)
class Harvest:
    """Parsed rows of one series, as they come back from a worker.

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


def processes() -> BaseContext:
    """Return how workers are started."""
    # forkserver: the parent holds threads (the download loop), and a fork would copy their locks. What the server
    # has imported, all workers share.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def harvest(
    bronze: Bronze, metric: Metric, entity: str, refs: list[BronzeRef], vocabulary: Vocabulary | None = None
) -> Harvest:
    """Parse the archived replies of one series: a pure function of bronze, run in a worker.

    A reply that cannot be read costs its window only.
    """
    tables: list[pa.Table] = []
    rejects: list[tuple[str, Reject]] = []
    unreadable: dict[str, str] = {}
    balance = Balance()
    for ref in refs:
        try:
            parsed = _parsed(bronze.get(ref), metric, entity, ref, vocabulary)
        except (DataError, PartCorrupt) as error:
            unreadable[ref.start.isoformat()] = str(error)
            continue
        tables.append(parsed.rows)
        rejects += [(ref.sha12, reject) for reject in parsed.rejects]
        balance += parsed.balance
    rows = pa.concat_tables(tables) if tables else pa.table({})
    if rows.num_rows and metric.grain != "list":
        rows = sort_rows(rows)  # here, in a worker: the caller finds them in order
    return Harvest(metric.id, entity, rows, rejects, balance, unreadable)


def _parsed(body: bytes, metric: Metric, entity: str, ref: BronzeRef, vocabulary: Vocabulary | None) -> Parsed:
    if metric.grain == "list":
        rows, refused = parse_list(body, metric, entity)
        return Parsed(rows, refused, cells=rows.num_rows)
    return parse(body, metric, entity, ref.start, ref.end, vocabulary)
