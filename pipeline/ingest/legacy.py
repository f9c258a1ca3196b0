"""The way over from the system before: its rows are read, judged beside the lake, and few are kept.

Nothing that the old database says of itself is believed. What a number means is proven by days that the lake has too; a
zero may be a blank, a day may be made of any number of hours, so neither is kept. Kept is what a source was asked for
long after its day, and no longer has; it stays apart from the series (`store/legacy_rows`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.core.errors import RowBalanceError, SourceRefused, UsageError
from pipeline.core.log import progress
from pipeline.core.paths import Paths
from pipeline.core.units import UNITS, dimension, factor
from pipeline.ingest.legacy_reading import COUNTED, VALUES, OldDatabase, opened
from pipeline.ingest.states import States, read_states
from pipeline.ingest.windows import ANSWERED
from pipeline.store import warehouse
from pipeline.store.lake import Lake, Transaction
from pipeline.store.legacy_rows import LEGACY_SCHEMA, keep_legacy
from pipeline.store.sql import database_error, literal, quoted

CLOSE, PROOFS, SHARE, WIDE = 1e-4, 20, 0.8, 3.0
"""How near two numbers are the same; how many rows, and what share of them, prove a factor; how far beyond the lake's
own least and greatest a kept number may lie."""
SETTLED_DAYS = 45  # after the usual lag: until then a source may still publish a day
_MEMORY = "1GB"
#: What may have been done to a number on its way: kWh, MWh or GWh, COP or millions, a mean of 24 hours or their sum.
_SCALES = (1.0, 1e-3, 1e3, 24.0, 1e-6, 1e6, 0.01, 100.0, 24e-3, 24e-6)
FAULTS = (
    "unreadable_day", "impossible_day", "no_number", "unknown_metric", "unknown_entity", "impossible_hour",
    "members_collapsed", "hours_collapsed", "national_spelling", "name_for_code", "duplicate", "conflicting",
    "false_zero", "wrong_unit", "differs", "unit_changes", "out_of_range",
)  # fmt: skip


@dataclass
class Migration:
    """What was found in the old database.

    Attributes:
        rows: Rows read, by table.
        faults: Rows with each fault, by table; a row may have several.
        lost_hours: Hours of the lake on days of `metrics_hourly` that it lacks there: zeros and negatives.
        fates: What became of the rows, by table; each row has one.
        kept: Rows kept for good that were not kept before.
    """

    rows: dict[str, int] = field(default_factory=dict)
    faults: dict[str, dict[str, int]] = field(default_factory=dict)
    lost_hours: int = 0
    fates: dict[str, dict[str, int]] = field(default_factory=dict)
    kept: int = 0

    def __str__(self) -> str:
        lines = [f"read {sum(self.rows.values())} rows: " + _listed(self.rows)]
        for title, told in (("faults", self.faults), ("fate", self.fates)):
            total: Counter[str] = Counter()
            for counts in told.values():
                total.update(counts)
            lines += [f"{title}:", *(f"  {count:>12,}  {name}" for name, count in total.most_common() if count)]
        return "\n".join([*lines, f"hours lost in metrics_hourly: {self.lost_hours}", f"newly kept: {self.kept}"])


def migrate(catalog: Catalog, paths: Paths, url: str, today: dt.date, created: dt.datetime, *, keep: bool) -> Migration:
    """Read the database at `url`, judge its rows beside the lake, and keep what no source can give again.

    Args:
        catalog: The declarations.
        paths: Where the lake and what was asked lie.
        url: `postgresql://…` or `sqlite:///…`; it is only read.
        today: Day of the run.
        created: Time of the commit [Bogotá].
        keep: Commit what is worth it; else only report.

    Raises:
        UsageError: There is no lake to compare with, or no old database at `url`.
        SourceRefused: The old database cannot be read.
        DiskFull: No room for the comparison, which takes about as much as the old database.
    """
    lake = Lake(paths.lake)
    if lake.is_empty():
        raise UsageError("There is no lake to compare with", hint="run ./inv build first")
    draft = paths.build / "migrate.duckdb"
    paths.build.mkdir(parents=True, exist_ok=True)
    _discard(draft)
    try:
        with lake.writing(), duckdb.connect(str(draft), config={"memory_limit": _MEMORY, "threads": 2}) as con:
            found = Migration()
            with opened(url) as old:
                _read(con, old, found)
            _prepare(con, catalog, lake, read_states(paths), today)
            _judge(con, found, today)
            if keep:
                transaction = lake.transaction(today)
                found.kept = _keep(con, transaction, today)
                transaction.commit(created)
            return found
    except duckdb.Error as error:
        refused = SourceRefused(f"The old database cannot be judged: {error}", hint="is it the old system's?")
        raise database_error(error, refused, draft) from error
    finally:
        _discard(draft)


def _discard(draft: Path) -> None:
    for leftover in (draft, draft.with_name(draft.name + ".wal")):
        leftover.unlink(missing_ok=True)


def _read(con: duckdb.DuckDBPyConnection, old: OldDatabase, found: Migration) -> None:
    con.execute("CREATE SEQUENCE row_id")
    con.execute(
        "CREATE TABLE old(id BIGINT, tab VARCHAR, fecha VARCHAR, hora INTEGER, metric VARCHAR, entity VARCHAR, "
        "recurso VARCHAR, valor DOUBLE, unidad VARCHAR)"
    )
    for table, columns in VALUES.items():
        if not {columns[0], columns[2], columns[5]} <= set(old.columns(table)):
            continue
        con.register("chunks", old.rows(table))
        con.execute(f"INSERT INTO old SELECT nextval('row_id'), {literal(table)}, * FROM chunks")
        con.unregister("chunks")
    found.rows = dict(con.execute("SELECT tab, count(*) FROM old GROUP BY tab ORDER BY tab").fetchall())
    for table in COUNTED:
        if old.columns(table):
            found.rows[table] = old.count(table)
            found.fates[table] = {"the portal makes its own": found.rows[table]}
    if not found.rows:
        raise UsageError("There is no table of the old system", hint=f"it has {', '.join((*VALUES, *COUNTED))}")


def _prepare(con: duckdb.DuckDBPyConnection, catalog: Catalog, lake: Lake, states: States, today: dt.date) -> None:
    """Put beside the rows what they are judged by: catalogue, names, values of the lake, what was asked, factors."""
    metrics = list(catalog.data_metrics())
    warehouse.create_views(con, catalog, lake, lake.manifest(), today)
    _table(con, "scale", "factor DOUBLE, rank INTEGER", [(value, rank) for rank, value in enumerate(_SCALES)])
    known = [
        (m.id, e, m.grain, m.grain == "hourly", m.unit.stored, *(m.bounds_of(e) or (None, None)))
        for m in metrics
        for e in m.entities
    ]
    columns = "metric VARCHAR, entity VARCHAR, grain VARCHAR, hourly BOOLEAN, unit VARCHAR, low DOUBLE, high DOUBLE"
    _table(con, "known", columns, known)
    stored = sorted({metric.unit.stored for metric in metrics})
    alike = [(a, b, factor(a, b)) for a in UNITS for b in stored if a and dimension(a) == dimension(b)]
    _table(con, "label", "label VARCHAR, unit VARCHAR, factor DOUBLE", alike)
    con.execute(
        "CREATE TABLE name_code AS SELECT entity, upper(trim(name)) AS name, any_value(code) AS code FROM ("
        "SELECT 'Recurso' AS entity, name, code FROM \"ListadoRecursos\" WHERE entity = 'Sistema' UNION ALL "
        "SELECT 'Agente', name, code FROM \"ListadoAgentes\") WHERE upper(trim(name)) <> upper(code) "
        "GROUP BY ALL HAVING count(DISTINCT code) = 1"
    )
    con.execute("CREATE TABLE lake_hour(metric VARCHAR, entity VARCHAR, code VARCHAR, ts TIMESTAMP, value DOUBLE)")
    spans = con.execute(
        "SELECT metric, min(try_cast(fecha AS DATE)), max(try_cast(fecha AS DATE)) FROM old "
        "WHERE tab = 'metrics_hourly' GROUP BY metric"
    ).fetchall()
    hourly = {metric.id for metric in metrics if metric.grain == "hourly"}
    for name, first, last in spans:
        if name in hourly and first:
            con.execute(
                f"INSERT INTO lake_hour SELECT {literal(name)}, entity, code, ts, value FROM {quoted(name)} "
                f"WHERE ts >= DATE '{first}' AND ts < DATE '{last}' + 1"
            )
    lags = {metric.id: metric.lag_days for metric in metrics}
    _table(con, "span", "metric VARCHAR, entity VARCHAR, first DATE, last DATE", list(_settled(states, lags)))
    con.execute(
        "CREATE TABLE answered AS SELECT DISTINCT metric, entity, "
        "unnest(generate_series(first::TIMESTAMP, last::TIMESTAMP, INTERVAL 1 DAY))::DATE AS day FROM span"
    )


def _settled(states: States, lags: dict[str, int]) -> Iterator[tuple[str, str, str, str]]:
    """Yield the days of each series that its source answered for so late that it would have had them."""
    for key, state in states.items():
        metric, _, entity = key.partition("/")
        for start, window in state["windows"].items():
            if metric in lags and start[:1].isdigit() and window["status"] in ANSWERED:
                settled = dt.date.fromisoformat(window["asked"]) - dt.timedelta(days=lags[metric] + SETTLED_DAYS)
                last = min(window["end"], settled.isoformat())
                if start <= last:
                    yield metric, entity, start, last


def _table(con: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[Sequence[object]]) -> None:
    con.execute(f"CREATE TABLE {name}({columns})")
    if rows:
        names = [column.split(" ")[0] for column in columns.split(", ")]
        con.register("given", pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))))
        con.execute(f"INSERT INTO {name} SELECT * FROM given")
        con.unregister("given")


def _judge(con: duckdb.DuckDBPyConnection, found: Migration, today: dt.date) -> None:
    numbers = {"close": CLOSE, "proofs": PROOFS, "share": SHARE, "wide": WIDE}
    text = Path(__file__).with_name("legacy.sql").read_text(encoding="utf-8").replace("$today", f"DATE '{today}'")
    for name, value in numbers.items():
        text = text.replace(f"${name}", repr(value))
    statements = [statement for statement in text.split(";\n") if statement.strip()]
    for statement in progress(statements, len(statements), "judge"):
        con.execute(statement)
    counted = ", ".join(f"count(*) FILTER ({name})" for name in FAULTS)
    for table, *counts in con.execute(f"SELECT tab, {counted} FROM fate GROUP BY tab ORDER BY tab").fetchall():
        found.faults[table] = dict(zip(FAULTS, counts, strict=True))
    for table, name, count in con.execute("SELECT tab, fate, count(*) FROM fate GROUP BY ALL ORDER BY ALL").fetchall():
        found.fates.setdefault(table, {})[name] = count
    lost = con.execute(
        "SELECT count(*) FROM lake_hour AS l SEMI JOIN judged AS d ON d.hora IS NOT NULL AND d.metric = l.metric "
        "AND d.entity = l.entity AND d.code = l.code AND d.day = l.ts::DATE ANTI JOIN judged AS h ON "
        "h.hora IS NOT NULL AND h.metric = l.metric AND h.entity = l.entity AND h.code = l.code AND h.ts = l.ts"
    ).fetchone()
    found.lost_hours = lost[0] if lost else 0
    for table, rows in found.rows.items():
        if sum(found.fates.get(table, {}).values()) != rows:
            raise RowBalanceError("Rows were lost between reading and judging", hint="report it", table=table)


def _keep(con: duckdb.DuckDBPyConnection, transaction: Transaction, today: dt.date) -> int:
    kept = 0
    for metric, entity in con.execute(
        "SELECT DISTINCT metric, entity FROM fate WHERE fate = 'kept' ORDER BY ALL"
    ).fetchall():
        rows = con.sql(
            "SELECT metric, entity, code, ts, value, unit, grain, tab AS origin, factor, proofs, "
            f"DATE '{today}' AS taken FROM fate WHERE fate = 'kept' AND metric = {literal(metric)} "
            f"AND entity = {literal(entity)} ORDER BY code, ts"
        ).to_arrow_table()
        kept += keep_legacy(transaction, metric, entity, rows.cast(LEGACY_SCHEMA))
    return kept


def _listed(rows: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in rows.items())
