"""The tables that grow every night: by which day each is cut into parts, and how long its rows are kept.

A night writes the newest part of a log only. What is older is immutable, until its year closes and its parts are put
together into larger ones.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import StoreError
from pipeline.store.segments import PartLimits


@dataclass(frozen=True)
class Log:
    """How one table grows.

    Attributes:
        day: Column of the day a row was written for; it never goes back.
        limits: Most rows of a part. In an open year few, as a night writes the newest part; in a closed one as many as
            stay below 8 MB at the width of these rows.
        order: Columns that order the rows of a day, so that it does not matter in which order they came.
        years: Closed years that stay beside the one being written; None: the whole record stays.
    """

    day: str
    limits: PartLimits
    order: tuple[str, ...] = ()
    years: int | None = None

    def ordered(self, table: pa.Table) -> pa.Table:
        """Return the rows in order of day, those of one day in their order, as they came among equals."""
        keys = [(name, "ascending") for name in (self.day, *self.order) if name in table.column_names]
        return table.take(pc.sort_indices(table, sort_keys=keys))  # a stable sort

    def oldest(self, today: dt.date) -> str | None:
        """Return the first year that stays (`AAAA`); None when all do."""
        return None if self.years is None else str(today.year - self.years)


LOGS = {
    # The record of what the sources changed and of what was forecast is kept whole: nothing else tells it.
    # Two values that seldom repeat, 14 bytes a row: 1.4 MB while the year is open, below 8 MB after it.
    "_revisions": Log("seen", PartLimits(100_000, 500_000, least=2_500), ("metric", "entity", "code", "ts")),
    # Five values and two dates, 20 to 45 bytes a row.
    "_forecast_value": Log("issued", PartLimits(10_000, 170_000, least=5_000)),
    # Cells refused, with the reply and the place they lie in. After two years they tell of an XM that is no more, and
    # whoever asks for the archive again meets them again. Texts of up to 80 characters, 100 bytes a row at worst.
    "_quarantine": Log("seen", PartLimits(10_000, 75_000, least=2_500), ("bronze", "rule", "place"), years=2),
    # What left a list or changed in it, by its last day there: a few rows a week, of texts of 50 characters.
    # What was published for good, and its files: some 430 reports a year (see CONTRIBUTING). A part of files is small
    # while its year is open, so that a night writes again what it adds, and little else.
    "_report": Log("published", PartLimits(200, 20_000, least=100), ("address",)),
    "_report_file": Log("published", PartLimits(16, 400, least=8), ("address", "path")),
    "_list_past": Log("ts", PartLimits(10_000, 75_000, least=2_500), ("code", "name")),
}


def log_of(metric: str) -> Log:
    """Return how a table grows.

    Raises:
        StoreError: Nobody declared it: it would grow without a bound.
    """
    if metric not in LOGS:
        raise StoreError("Nobody declared how this table grows", hint="add it to pipeline/store/logs.py", table=metric)
    return LOGS[metric]
