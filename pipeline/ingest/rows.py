"""What reading gives, of whatever source: rows in the stored unit, what was refused, and the account of the cells.

Hourly rows are folded by day: one row per code and day with its 24 values, as XM sends them. That is a twenty-fourth of
the rows to join, sort and cut; they are unfolded once, when they are in order.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.core.answers import WholeAnswer, parted
from pipeline.core.errors import RowBalanceError
from pipeline.core.units import UNITS

SYSTEM = "Sistema"
UNREADABLE = "unreadable"
"""Code of a reply that is no document; as every reason it begins with a word `core.spanish.reason` knows."""
HOURS = "hours"
_WIDTH = 24
_STEPS = np.arange(_WIDTH, dtype="timedelta64[h]").astype("timedelta64[ms]")


HOLD_NO_CELL = frozenset({"item", "identity", "fields", "variable"})
"""Rules that refuse an entry as a whole: what cells it holds is not known."""
_OTHER_SHAPE = frozenset({"identity", "fields"})
ShapeChanges = dict[tuple[str, str], str]
"""What a reply has otherwise than declared: (kind, field) → what stands there."""


@dataclass(frozen=True)
class Reject:
    """One cell or item that could not be accepted, and its day where it has one."""

    rule: str
    place: str
    value: str
    day: dt.date | None = None

    def __str__(self) -> str:
        return f"{self.rule} at {self.place}: {self.value}"


def excerpt(value: object) -> str:
    """Return the beginning of a value as text that can be stored."""
    try:
        return str(value)[:80].encode("utf-8", "backslashreplace").decode()
    except ValueError:  # Python refuses to print an integer of thousands of digits
        return "a number of thousands of digits"


@dataclass(frozen=True)
class Balance:
    """Cells of one reply, one series or one whole run.

    Attributes:
        cells: Cells received.
        accepted: Cells that became a row.
        blank: Cells that say «not published».
        duplicate: Cells repeated with the same value.
        clipped: Cells of days outside the window asked.
        quarantined: Cells refused by a rule.
    """

    cells: int = 0
    accepted: int = 0
    blank: int = 0
    duplicate: int = 0
    clipped: int = 0
    quarantined: int = 0

    def __add__(self, other: Balance) -> Balance:
        return Balance(*map(operator.add, astuple(self), astuple(other)))

    def check(self, **context: object) -> None:
        """Assert that every cell is accounted for.

        Raises:
            RowBalanceError: Something was lost, or came from nowhere.
        """
        cells, *out = astuple(self)
        if sum(out) != cells:
            raise RowBalanceError(
                "Cells in are not cells out", hint="nothing is committed: report it", **vars(self), **context
            )


@dataclass
class ReplyRows:
    """Rows of one reply and the account of its cells.

    Attributes:
        table: code, ts, value [stored unit], or folded by day.
        rejects: What was refused, with place and value.
        cells: Cells received.
        blank: Cells that say «not published».
        clipped: Cells of days outside the window asked.
        duplicate: Cells repeated with the same value.
        strange: What the reply has otherwise than declared.
    """

    table: pa.Table
    rejects: list[Reject] = field(default_factory=list)
    cells: int = 0
    blank: int = 0
    clipped: int = 0
    duplicate: int = 0
    strange: ShapeChanges = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        found: Sequence[tuple[str, dt.datetime, float]],
        rejects: list[Reject],
        bounds: tuple[float, float] | None,
        more: Mapping[str, Sequence[str]] | None = None,
        **counts: int,
    ) -> ReplyRows:
        """Return code, ts, value [stored unit] as rows, those out of bounds refused.

        Args:
            found: The rows.
            rejects: What was refused before.
            bounds: Least and greatest plausible value [stored unit].
            more: Further columns of text.
            counts: Of the cells, as the attributes are named.

        Raises:
            RowBalanceError: Something was lost.
        """
        codes, stamps, values = zip(*found, strict=True) if found else ((), (), ())
        columns = {
            "code": pa.array(codes, pa.string()),
            "ts": pa.array(stamps, pa.timestamp("ms")),
            "value": pa.array(values, pa.float64()),
        }
        columns |= {name: pa.array(texts, pa.string()) for name, texts in (more or {}).items()}
        parsed = cls(pa.table(columns), rejects, strange={}, **counts)
        parsed.settle(bounds)
        return parsed

    def of_reply(self, sha12: str, *windows: tuple[dt.date, dt.date], alone: bool = False) -> SeriesRows:
        """Return what was read as part of a series, what was refused with the name of the reply.

        Args:
            sha12: Name of the reply.
            windows: Days that were asked. They count as not answered where the reply has a `fault`, and as answered
                wholly where nothing was refused: what could not be read may be what seems to be missing.
            alone: They are all that was asked: an answer about other days only is none.
        """
        fault = self.fault() if windows else ""
        if alone and self.cells and self.clipped == self.cells:
            fault = fault or "outside: no day of the answer lies in the window that was asked"
        named = [(sha12, reject) for reject in self.rejects]
        unread = {start.isoformat(): f"{UNREADABLE}: {fault}" for start, _ in windows} if fault else {}
        whole = () if self.rejects or fault else tuple(WholeAnswer(*window, empty=not self.cells) for window in windows)
        return SeriesRows(self.table, named, self.balance, unread, self.strange, whole)

    def fault(self) -> str:
        """Return the first offending item of a reply that was answered and cannot be read; empty when it can.

        That is one of another shape, one that belongs to no day, or one of a day of which nothing could be read: nobody
        has said that such a day has no data.
        """
        if not self.rejects:
            return ""
        read = _days_read(self.table)
        return next((str(r) for r in self.rejects if r.rule in _OTHER_SHAPE or r.day is None or r.day not in read), "")

    @property
    def rows(self) -> pa.Table:
        """The rows, one per value."""
        return unfolded(self.table)

    @property
    def balance(self) -> Balance:
        """The account of the cells; an unreadable item holds none."""
        quarantined = sum(reject.rule not in HOLD_NO_CELL for reject in self.rejects)
        return Balance(self.cells, count_of(self.table), self.blank, self.duplicate, self.clipped, quarantined)

    def settle(self, bounds: tuple[float, float] | None, *, repeated: bool = False) -> None:
        """Refuse what contradicts itself or is no measurement, and assert the balance of cells.

        A metric's bounds are wide: beyond them is no measurement.

        Args:
            bounds: Least and greatest plausible value [stored unit].
            repeated: Some key stands twice: one of equal values is kept, of different ones none.

        Raises:
            RowBalanceError: Something was lost.
        """
        if repeated:
            self._settle_duplicates()
        values = values_of(self.table)
        if bounds and len(values) and (np.fmin.reduce(values) < bounds[0] or np.fmax.reduce(values) > bounds[1]):
            rows = self.rows
            inside = pc.and_(pc.greater_equal(rows["value"], bounds[0]), pc.less_equal(rows["value"], bounds[1]))
            for row in rows.filter(pc.invert(inside)).to_pylist():
                value = repr(row.pop("value"))
                place = " ".join(map(str, row.values()))
                self.rejects.append(Reject("out_of_bounds", place, value, row["ts"].date()))
            self.table = rows.filter(inside)
        self.balance.check()

    def _settle_duplicates(self) -> None:
        frame = self.rows.to_pandas()
        repeated = frame.duplicated(["code", "ts"], keep=False)
        group = frame[repeated].groupby(["code", "ts"], sort=True)["value"]
        conflict = frame[repeated][group.transform("nunique") > 1]
        for row in conflict.itertuples():
            place = f"{row.code} {row.ts}"
            self.rejects.append(Reject("conflicting_duplicate", place, repr(row.value), row.ts.date()))
        drop = frame.index.isin(conflict.index)
        extra = frame.duplicated(["code", "ts"], keep="first").to_numpy() & ~drop
        self.duplicate += int(extra.sum())
        self.table = self.rows.filter(pa.array(~(drop | extra)))


def rows_of(
    codes: pa.DictionaryArray, days: npt.NDArray[np.datetime64], numbers: npt.NDArray[np.float64], metric: Metric
) -> pa.Table:
    """Return a row per code and day: folded where 24 numbers belong to each, else those whose one number is one."""
    values = stored(numbers, metric)
    if metric.grain == "hourly":
        return folded(codes, days, values)
    table = pa.table({"code": codes.cast(pa.string()), "ts": pa.array(days.astype("datetime64[ms]")), "value": values})
    return table.filter(pa.array(~np.isnan(values)))


def folded(codes: pa.DictionaryArray, days: npt.NDArray[np.datetime64], values: npt.NDArray[np.float64]) -> pa.Table:
    """Return a table of code, ts (the first hour) and hours.

    Args:
        codes: Code of each row.
        days: Day of each row.
        values: 24 per row, in their order; NaN where nothing is published.
    """
    hours = pa.FixedSizeListArray.from_arrays(pa.array(values), _WIDTH)
    index = codes.indices.cast(pa.int32())
    codes = pa.DictionaryArray.from_arrays(index, codes.dictionary)
    return pa.table({"code": codes, "ts": pa.array(days.astype("datetime64[ms]")), HOURS: hours})


def is_folded(table: pa.Table) -> bool:
    """Say whether a row of `table` is a day."""
    return HOURS in table.column_names


def unfolded(table: pa.Table) -> pa.Table:
    """Return a row (code, ts, value) per hour that has a value, in the order of `table`; other tables as they are."""
    if not is_folded(table):
        return table
    table = table.combine_chunks()
    values = values_of(table)
    stamps = table["ts"].to_numpy()[:, None] + _STEPS
    encoded = table["code"].combine_chunks()
    index = np.repeat(encoded.indices.to_numpy(), _WIDTH)
    stamps = stamps.ravel()
    there = ~np.isnan(values)
    if not there.all():
        index, stamps, values = index[there], stamps[there], values[there]
    codes = pa.DictionaryArray.from_arrays(pa.array(index), encoded.dictionary).cast(pa.string())
    return pa.table({"code": codes, "ts": pa.array(stamps), "value": pa.array(values)})


def values_of(table: pa.Table) -> npt.NDArray[np.float64]:
    """Return the values of a table, folded or not, row after row; NaN where nothing is published."""
    column = table[HOURS].combine_chunks().flatten() if is_folded(table) else table["value"]
    values: npt.NDArray[np.float64] = column.to_numpy()
    return values


def count_of(table: pa.Table) -> int:
    """Return the rows that a table has when it is unfolded."""
    return int(np.count_nonzero(~np.isnan(values_of(table)))) if is_folded(table) else table.num_rows


def _days_read(table: pa.Table) -> set[dt.date]:
    """Return the days of which a table has a value."""
    if not table.num_rows:
        return set()
    if is_folded(table):
        there = ~np.isnan(values_of(table)).reshape(table.num_rows, -1).all(axis=1)
        table = table.filter(pa.array(there))
    return set(table["ts"].cast(pa.date32()).unique().to_pylist())


def years_of(table: pa.Table) -> dict[int, int]:
    """Return the rows in each calendar year that a table has when it is unfolded."""
    if not table.num_rows:
        return {}
    years = pc.year(table["ts"]).to_numpy()
    counts = (~np.isnan(values_of(table))).reshape(len(years), -1).sum(axis=1)
    rows = np.bincount(years - years.min(), weights=counts)
    return {int(year): int(rows[year - years.min()]) for year in np.unique(years)}


def stored(values: npt.NDArray[np.float64], metric: Metric) -> npt.NDArray[np.float64]:
    """Return values in the source's unit in the stored one."""
    source, stored = UNITS[metric.unit.source].base, UNITS[metric.unit.stored].base
    # One exact multiplication or division: 1/1e6 is not exact in binary, 1e6 is.
    return values * (source / stored) if source >= stored else values / (stored / source)


@dataclass(frozen=True)
class SeriesRows:
    """What was read of one series.

    Attributes:
        rows: code, ts, value; hourly ones folded by day unless a reply held what is refused (a list: its columns).
        rejects: What was refused, with the name of its reply.
        balance: The account of the cells.
        unreadable: Windows whose reply cannot be read, or not all of it, by start day, with the reason.
        strange: What replies have otherwise than declared.
        answers: Windows that were answered wholly.
    """

    rows: pa.Table
    rejects: list[tuple[str, Reject]] = field(default_factory=list)
    balance: Balance = Balance()
    unreadable: dict[str, str] = field(default_factory=dict)
    strange: ShapeChanges = field(default_factory=dict)
    answers: tuple[WholeAnswer, ...] = ()

    def parted(self, year: int) -> tuple[SeriesRows, SeriesRows]:
        """Return what is known but for the rows of `year` and later, and those rows."""
        early, late = parted(self.answers, year)
        later = pc.greater_equal(pc.year(self.rows["ts"]), year) if self.rows.num_rows and year else None
        if later is None or pc.all(later).as_py():
            settled, growing = self.rows.slice(0, 0), self.rows
        else:
            settled, growing = self.rows.filter(pc.invert(later)), self.rows.filter(later)
        return replace(self, rows=settled, answers=tuple(early)), SeriesRows(growing, answers=tuple(late))


def unreadable(start: dt.date, error: Exception) -> SeriesRows:
    """Return what is left of a reply that is no document: the reason, by the first day of its window."""
    return SeriesRows(pa.table({}), unreadable={start.isoformat(): f"{UNREADABLE}: {error}"})


def no_rows(*, versioned: bool) -> pa.Table:
    """Return the rows of a series of which nothing came."""
    names = ["code", "ts", "value", *(["version"] if versioned else [])]
    kinds = {"ts": pa.timestamp("ms"), "value": pa.float64()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in names]).empty_table()


def newest_of(rows: pa.Table, key: list[str]) -> pa.Table:
    """Return the last row of each key."""
    twice = rows.select(key).to_pandas().duplicated(keep="last").to_numpy()
    return rows.filter(pa.array(~twice)) if twice.any() else rows


def joined(parts: Sequence[SeriesRows]) -> SeriesRows:
    """Return the parts of several replies of one series as one."""
    rows = [found.rows for found in parts if found.rows.num_columns]
    if not all(is_folded(table) for table in rows):
        rows = [unfolded(table) for table in rows]
    return SeriesRows(
        pa.concat_tables(rows).unify_dictionaries() if rows else pa.table({}),
        [reject for found in parts for reject in found.rejects],
        sum((found.balance for found in parts), Balance()),
        {start: reason for found in parts for start, reason in found.unreadable.items()},
        {change: value for found in reversed(parts) for change, value in found.strange.items()},
        tuple(answer for found in parts for answer in found.answers),
    )
