"""CSV files: which ones a series is cut into, and their bytes, made again only where their own rows changed.

A series that is light keeps one file at one address. One that is long is cut: closed years share files that nobody
writes again, and the year that is open has one; of a series that gains much in a year it has a file a month, so that a
night writes its newest month.
The whole series is always there as Parquet. The cut follows from the rows and the day alone, so that a portal grown
over many nights and one built at once have the same files.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import word_sql
from pipeline.core.errors import PublishError
from pipeline.core.log import progress
from pipeline.core.settings import Settings
from pipeline.store.sql import literal, quoted

RECIPE = "4"  # raise it when the queries below change what they write
#: Values are revised for weeks: a year is closed when its last day is this old [days].
OPEN_DAYS = 90
#: What a spreadsheet holds [rows].
SHEET_ROWS = 1_048_576
# A spreadsheet runs a text cell that starts with one of these as a formula.
_FORMULA = "^[=+@\\t\\r-]"
#: What closed years may weigh together [B]: a year that closes joins the last of them, one night in spring.
_CLOSED = 200_000
#: What a year of a table may weigh before the table is cut [B].
_TABLE_YEAR = 500_000
#: Characters of a line besides its code and its unit: day, separators, value, quality, end.
_LINE = 10 + 4 + 12 + 11 + 1
_COLUMNS = (
    ("fecha", "date"),
    ("codigo", "string"),
    ("valor", "number"),
    ("unidad", "string"),
    ("estado", "string"),
)


@dataclass(frozen=True)
class CsvMonth:
    """What a month of a series weighs as CSV [B], its lines, and a hash of its rows."""

    bytes: int
    rows: int
    mark: str = ""


Months = Mapping[tuple[int, int], CsvMonth]


@dataclass(frozen=True)
class Span:
    """The days of one file: all of them, years up to `year` (from `since`, by default it alone), or a month of it."""

    year: int = 0
    month: int = 0
    since: int = 0

    @property
    def label(self) -> str:
        """Return what the file's name ends with: nothing, `2025`, `2000-2019` or `2026-03`."""
        if not self.year:
            return ""
        return (
            f"{self.since}-{self.year}"
            if self.since
            else f"{self.year}-{self.month:02d}"
            if self.month
            else f"{self.year}"
        )

    def holds(self, year: int, month: int) -> bool:
        """Return whether a month lies in this span."""
        return not self.year or ((self.since or self.year) <= year <= self.year and self.month in (0, month))

    def where(self, column: str) -> str:
        """Return the SQL condition on a column of days."""
        if not self.year:
            return "TRUE"
        first = dt.date(self.since or self.year, self.month or 1, 1)
        last = dt.date(self.year + (self.month in (0, 12)), self.month % 12 + 1 if self.month else 1, 1)
        return f"{column} >= DATE '{first}' AND {column} < DATE '{last}'"


@dataclass(frozen=True)
class CsvLimits:
    """When a CSV is cut.

    Attributes:
        file: Largest file [B].
        year: What one of its years may weigh before a series is cut for the sake of the nights [B].
        today: Day the run stands on.
        first: First year that has CSV files; older ones had no room at this host and are in the Parquet files only.
    """

    file: int
    year: int
    today: dt.date
    first: int = 0

    @classmethod
    def of(cls, settings: Settings, today: dt.date) -> CsvLimits:
        """Return the limits of these settings."""
        return cls(int(settings.csv_mb * 1_000_000), int(settings.csv_year_kb * 1000), today)


@dataclass(frozen=True)
class TableCsv:
    """A table made from a view: its name, title, query, columns with their types, and the column of days it is cut by.

    The domain layer has no hash of its own, so that such a file is always made anew and compared by its bytes.
    """

    name: str
    title: str
    query: str
    columns: tuple[tuple[str, str], ...]
    day: str = ""


@dataclass(frozen=True)
class Piece:
    """One CSV file: its name below `csv/`, without suffix, its days and where its bytes are."""

    name: str
    span: Span
    path: Path
    rows: int


@dataclass(frozen=True)
class Export:
    """The CSV files of one series or table, and the whole of a table that had to be cut."""

    name: str
    metric: str
    entity: str
    pieces: tuple[Piece, ...]
    columns: tuple[tuple[str, str], ...]
    title: str = ""
    whole: Path | None = None

    def files(self) -> dict[str, Path]:
        """Return every file by its name below `csv/`."""
        found = {f"{piece.name}.csv": piece.path for piece in self.pieces}
        return found | ({f"{self.name}.parquet": self.whole} if self.whole else {})

    def whole_files(self) -> list[str]:
        """Return the names of the fewest files that hold all of it."""
        return [f"{self.name}.parquet"] if self.whole else [f"{piece.name}.csv" for piece in self.pieces]


def text_cell(column: str) -> str:
    """Return SQL for a text column whose cells no spreadsheet takes for a formula."""
    return f"CASE WHEN regexp_matches({column}, {literal(_FORMULA)}) THEN '''' || {column} ELSE {column} END"


def cut(months: Months, limits: CsvLimits) -> tuple[Span, ...]:
    """Return the files of a series: one, or the closed years together and the open ones apart, large ones by month.

    A series that is still written stays whole only while all of it weighs no more than `limits.year`: the file of
    twenty-six years would be another one every night, for one day more.

    Args:
        months: What each month weighs; none is one file.
        limits: When to cut.
    """
    years: dict[int, list[CsvMonth]] = {}
    for (year, _), month in months.items():
        years.setdefault(year, []).append(month)
    weight = {year: sum(m.bytes for m in found) for year, found in years.items()}
    rows = {year: sum(m.rows for m in found) for year, found in years.items()}
    opened = (limits.today - dt.timedelta(days=OPEN_DAYS)).year
    fits = sum(weight.values()) <= limits.file and sum(rows.values()) < SHEET_ROWS
    lives = bool(years) and max(years) >= opened
    if fits and not (lives and sum(weight.values()) > limits.year):
        return (Span(),)
    by_month = max(weight.values()) > limits.year
    together = min(max(limits.year, _CLOSED), limits.file)
    spans: list[Span] = []
    filled = held = 0  # weight and rows of the last span of closed years
    for year in sorted(year for year in years if year >= limits.first):
        alone = weight[year] <= limits.file and rows[year] < SHEET_ROWS
        if year < opened and alone:
            filled, held = filled + weight[year], held + rows[year]
            if spans and filled <= together and held < SHEET_ROWS:
                spans[-1] = Span(year, since=spans[-1].since or spans[-1].year)
            else:
                spans.append(Span(year))
                filled, held = weight[year], rows[year]
        else:
            filled = limits.file
            found = [Span(year, month) for y, month in sorted(months) if y == year]
            spans += found if by_month or not alone else [Span(year)]
    return tuple(spans)


def first_year(series: Iterable[Months], limits: CsvLimits, room: int) -> int:
    """Return the first year whose CSV files fit into `room` [B] with all that are younger; 0 when all do.

    Series in one file have their place; of the others the oldest years give way, the same year for all.
    """
    by_year: dict[int, int] = {}
    for months in series:
        whole = cut(months, limits) == (Span(),)
        for (year, _), month in months.items():
            by_year[0 if whole else year] = by_year.get(0 if whole else year, 0) + month.bytes
    room -= by_year.pop(0, 0)
    if sum(by_year.values()) <= room:
        return 0
    opened = (limits.today - dt.timedelta(days=OPEN_DAYS)).year
    for year in sorted(by_year, reverse=True):
        room -= by_year[year]
        if room < 0 and year < opened:
            return year + 1
    return min(by_year, default=0)


def daily_months(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> dict[tuple[str, str], Months]:
    """Return what each month of each series weighs as CSV and a hash of its rows, by metric and entity."""
    found: dict[tuple[str, str], dict[tuple[int, int], CsvMonth]] = {}
    unit = "CASE metric " + " ".join(
        f"WHEN {literal(m.id)} THEN {len(m.unit.stored.encode())}" for m in catalog.data_metrics() if m.unit.stored
    )
    unit = f"{unit} ELSE 0 END" if unit != "CASE metric " else "0"
    sources = [(f"SELECT *, {unit} AS unit FROM metric_daily", "")]
    for metric in catalog.data_metrics():
        if metric.versioned:
            view = quoted(f"{metric.id}_versions_daily")
            width = len(metric.unit.stored.encode())
            sources.append((f"SELECT {literal(metric.id)} AS metric, *, {width} AS unit FROM {view}", ", version"))
    for source, also in sources:
        rows = con.execute(
            "SELECT metric, entity, year(day), month(day), "
            f"sum({_LINE} + strlen(code) + unit{' + 1 + strlen(version)' if also else ''}), count(*), "
            f"bit_xor(hash(code, day, value, hours, quality{also})) FROM ({source}) GROUP BY ALL"
        ).fetchall()
        if also:  # what these rows say replaces the rows of the newest version
            for metric_id in {row[0] for row in rows}:
                found = {key: months for key, months in found.items() if key[0] != metric_id}
        for name, entity, year, month, size, count, mark in rows:
            found.setdefault((name, entity), {})[int(year), int(month)] = CsvMonth(int(size), int(count), f"{mark:x}")
    return {key: dict(sorted(months.items())) for key, months in found.items()}


def export_series(
    con: duckdb.DuckDBPyConnection,
    series: Iterable[tuple[Metric, str]],
    known: Mapping[tuple[str, str], Months],
    limits: CsvLimits,
    cache: Path,
) -> Iterator[Export]:
    """Yield the CSV files of each series, writing only those whose rows changed.

    Raises:
        PublishError: A query or a file fails; the message names it.
    """
    todo = list(series)
    for metric, entity in progress(todo, len(todo), "CSV por serie"):
        name = f"{metric.id}.{entity}"
        if metric.grain == "list":
            query, columns = _list_query(con, metric, entity)
            mark = con.execute(f"SELECT count(*), bit_xor(hash(r)) FROM ({query}) AS r").fetchone()
            pieces = [_piece(con, cache, name, Span(), query, repr(mark), mark[0] if mark else 0)]
        else:
            months, columns = known.get((metric.id, entity), {}), _columns(metric)
            pieces = [
                _piece(
                    con, cache, name, span, _daily_query(metric, entity, span),
                    repr([(key, m.rows, m.mark) for key, m in months.items() if span.holds(*key)]),
                    sum(m.rows for key, m in months.items() if span.holds(*key)),
                )
                for span in cut(months, limits)
            ]  # fmt: skip
        yield Export(name, metric.id, entity, tuple(pieces), columns)


def export_table(con: duckdb.DuckDBPyConnection, table: TableCsv, limits: CsvLimits, cache: Path) -> Export:
    """Return the CSV files of a table made from a view, cut like a series when it has days; then whole as Parquet too.

    Raises:
        PublishError: The query or a file fails; the message names it.
    """
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE exported AS {table.query}")
    except duckdb.Error as error:
        raise PublishError(
            f"A table could not be read: {error}", hint="check the view behind it", table=table.name
        ) from error
    months: dict[tuple[int, int], CsvMonth] = {}
    day = f"left({quoted(table.day)} || '-01', 10)::DATE"  # a month stands on its first day
    if table.day:
        width = " + ".join(f"coalesce(strlen({quoted(name)}::VARCHAR), 0) + 1" for name, _ in table.columns)
        rows = con.execute(
            f"SELECT year({day}), month({day}), sum({width}), count(*) FROM exported GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        months = {(int(year), int(month)): CsvMonth(int(size), int(count)) for year, month, size, count in rows}
    # A table is read by people: it stays in one file until a night would write half a megabyte for a day of it.
    spans = cut(months, replace(limits, year=max(limits.year, _TABLE_YEAR)))
    pieces = []
    for span in spans:
        chosen = f"SELECT * FROM exported WHERE {span.where(day)}"
        path = cache / f"{_named(table.name, span)}.csv"
        _copy(con, chosen, path)
        pieces.append(Piece(_named(table.name, span), span, path, _lines(path)))
    whole = None
    if spans != (Span(),):
        whole = cache / f"{table.name}.parquet"
        _copy(con, "SELECT * FROM exported", whole, "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 15")
    con.execute("DROP TABLE exported")
    return Export(table.name, "", "", tuple(pieces), table.columns, table.title, whole)


def _named(name: str, span: Span) -> str:
    return f"{name}.{span.label}" if span.label else name


def _piece(
    con: duckdb.DuckDBPyConnection, cache: Path, name: str, span: Span, query: str, mark: str, rows: int
) -> Piece:
    key = hashlib.sha256(f"{RECIPE}\n{query}\n{mark}".encode()).hexdigest()[:12]
    path = cache / f"{_named(name, span)}-{key}.csv"
    if not path.is_file():
        _copy(con, query, path)
    return Piece(_named(name, span), span, path, rows)


def _columns(metric: Metric) -> tuple[tuple[str, str], ...]:
    columns = (("fecha", "yearmonth"), *_COLUMNS[1:]) if metric.grain == "monthly" else _COLUMNS
    return (*columns, ("versión", "string")) if metric.versioned else columns


def state_of_day(metric: Metric) -> str:
    """Return SQL for the state of a day: events fill the hours they last, all else lacks none that it must have."""
    return "quality" if metric.sparse else "day_quality(hours, quality)"


def _daily_query(metric: Metric, entity: str, span: Span) -> str:
    state = word_sql(state_of_day(metric), lower=True)
    form = "%Y-%m" if metric.grain == "monthly" else "%Y-%m-%d"
    rows, also, order = f"metric_daily WHERE metric = {literal(metric.id)} AND", "", "code, day"
    if metric.versioned:
        rows, also, order = (
            f"{quoted(metric.id + '_versions_daily')} WHERE",
            ', version AS "versión"',
            "code, day, version",
        )
    return (
        f"SELECT strftime(day, '{form}') AS fecha, {text_cell('code')} AS codigo, "
        f"round(value, 6) AS valor, {literal(metric.unit.stored)} AS unidad, {state} AS estado{also} "
        f"FROM {rows} entity = {literal(entity)} AND {span.where('day')} ORDER BY {order}"
    )


def _list_query(con: duckdb.DuckDBPyConnection, metric: Metric, entity: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    described = con.execute(f"DESCRIBE SELECT * FROM {quoted(metric.id)}").fetchall()
    kinds = {str(row[0]): str(row[1]) for row in described if row[0] not in ("entity", "ts")}
    texts = {name for name, kind in kinds.items() if kind == "VARCHAR"}
    select = ", ".join(f"{text_cell(quoted(n))} AS {quoted(n)}" if n in texts else quoted(n) for n in kinds)
    query = (
        f"SELECT {select} FROM {quoted(metric.id)} WHERE entity = {literal(entity)} "
        f"ORDER BY {', '.join(str(i) for i in range(1, len(kinds) + 1))}"
    )
    return query, tuple((name, "string" if name in texts else "any") for name in kinds)


def _copy(
    con: duckdb.DuckDBPyConnection, query: str, path: Path, options: str = "FORMAT csv, HEADER, DELIMITER ','"
) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        con.execute(f"COPY ({query}) TO {literal(str(temporary))} ({options})")
    except duckdb.Error as error:
        temporary.unlink(missing_ok=True)
        raise PublishError(
            f"A file of data could not be written: {error}", hint="check the series and the disk", file=path.name
        ) from error
    temporary.replace(path)


def _lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b"")) - 1
