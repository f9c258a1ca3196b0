"""What parsing gives: rows in the stored unit, what was refused, and the account of the cells."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.validate.balance import Balance
from pipeline.validate.document import Reject
from pipeline.validate.folded import count_of, folded, unfolded, values_of
from pipeline.validate.numbers import stored


@dataclass
class Parsed:
    """Rows of one reply and the account of its cells.

    Attributes:
        table: code, ts, value [stored unit], or folded by day.
        rejects: What was refused, with place and value.
        cells: Cells received.
        blank: Cells that say «not published».
        clipped: Cells of days outside the window asked.
        duplicate: Cells repeated with the same value.
    """

    table: pa.Table
    rejects: list[Reject] = field(default_factory=list)
    cells: int = 0
    blank: int = 0
    clipped: int = 0
    duplicate: int = 0

    @property
    def rows(self) -> pa.Table:
        """The rows, one per value."""
        return unfolded(self.table)

    @property
    def balance(self) -> Balance:
        """The account of the cells; an unreadable item holds none."""
        quarantined = sum(reject.rule != "item" for reject in self.rejects)
        return Balance(self.cells, count_of(self.table), self.blank, self.duplicate, self.clipped, quarantined)

    def check(self) -> None:
        """Assert the balance of cells.

        Raises:
            RowBalanceError: Something was lost.
        """
        self.balance.check()


def rows_of(
    codes: pa.DictionaryArray,
    days: npt.NDArray[np.datetime64],
    numbers: npt.NDArray[np.float64],
    metric: Metric,
) -> pa.Table:
    """Return a row per number that is one: 24 numbers, or one, belong to each code and day."""
    values = stored(numbers, metric)
    if metric.grain == "hourly":
        return unfolded(folded(codes, days, values))
    there = pa.array(~np.isnan(values))
    table = pa.table({"code": codes.cast(pa.string()), "ts": pa.array(days.astype("datetime64[ms]")), "value": values})
    return table.filter(there)


def check_bounds(parsed: Parsed, bounds: tuple[float, float] | None) -> None:
    """Quarantine values outside the plausible range: a metric's bounds are wide, beyond them is no measurement."""
    if bounds is None:
        return
    values = values_of(parsed.table)
    if not len(values) or (np.nanmin(values) >= bounds[0] and np.nanmax(values) <= bounds[1]):
        return
    rows = parsed.rows
    inside = pc.and_(pc.greater_equal(rows["value"], bounds[0]), pc.less_equal(rows["value"], bounds[1]))
    for row in rows.filter(pc.invert(inside)).to_pylist():
        parsed.rejects.append(Reject("out_of_bounds", f"{row['code']} {row['ts']}", repr(row["value"])))
    parsed.table = rows.filter(inside)
