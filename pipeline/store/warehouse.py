"""The warehouse: a disposable DuckDB file of views over the lake, and the domain layer on top.

Generated, never written by hand: one view per metric (`"Gene"`), one per metric by day (`"Gene_daily"`), the
catalogue, the state of each series. Then the domain layer (`pipeline/views/<subject>/*.sql` and the queries of the
catalogue), each view after what it reads. Boards, facts, API and pages read these and nothing lower.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.errors import StoreError, UsageError, disk_error
from pipeline.core.log import get_logger
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.store import changes, domain, reference, versions
from pipeline.store.findings import create_findings
from pipeline.store.forecast_log import create_tables, load_forecasts
from pipeline.store.lake import Lake, Manifest
from pipeline.store.sql import database_error, literal, quoted

log = get_logger("warehouse")

# Sums of floats depend on their order, and threads finish in any: one thread gives the same bytes each time.
_ONE_THREAD: dict[str, str | bool | int | float | list[str]] = {"threads": 1}
# How a day is made of hours. Prices, ratios and rates of the day are the plain mean of their hours; a
# weighted mean is a formula and lives in pipeline/views.
_DAY = {
    "flow": "sum(value)",
    "stock": "max_by(value, ts)",
    "rate": "avg(value)",
    "price": "avg(value)",
    "ratio": "avg(value)",
}


def prepare(
    paths: Paths,
    catalog: Catalog,
    lake: Lake,
    run: RunInfo,
    states: Mapping[str, Mapping[str, object]],
    sources: Mapping[str, Mapping[str, object]] | None = None,
) -> Path:
    """Make a new warehouse beside the one in use, with all that the models read; return its path.

    That is the generated layer and the part of the domain layer that needs no forecast; `complete` adds what the models
    wrote and the rest, and puts it in use.

    Args:
        paths: Where things lie.
        catalog: The declarations.
        lake: The lake; its current manifest is used throughout.
        run: Identity of the run, kept as table `run_info`.
        states: Per series key (`Gene/Recurso`): `state` and `reason` of the last ingest.
        sources: Per source: windows `wanted` and `asked`, `complete_since`, `down`, `compared`; kept as `source_state`.

    Raises:
        PartCorrupt: A part is not what the manifest names: DuckDB would read it all the same.
    """
    manifest = lake.manifest()
    lake.check(manifest)
    temp = _draft(paths)
    _discard(temp)
    with _writing(temp) as con:
        create_generated_layer(con, paths, catalog, lake, run, states, sources)
        create_domain_layer(con, paths.views, catalog, "before forecasts")
    return temp


def create_generated_layer(
    con: duckdb.DuckDBPyConnection,
    paths: Paths,
    catalog: Catalog,
    lake: Lake,
    run: RunInfo,
    states: Mapping[str, Mapping[str, object]],
    sources: Mapping[str, Mapping[str, object]] | None = None,
) -> None:
    """Make all that the domain layer stands on: see `prepare`."""
    manifest = lake.manifest()
    create_views(con, catalog, lake, manifest)
    create_findings(con, catalog, lake, manifest)
    _run_info(con, run)
    reference.load_reference(con, paths.reference)
    _status(con, catalog, manifest, states)
    _source_state(con, sources or {})
    changes.create_table(con, lake, manifest, run.today)


def complete(paths: Paths, catalog: Catalog, lake: Lake) -> Path:
    """Add the forecasts and the views over them to the prepared warehouse and put it in use."""
    temp = _draft(paths)
    with _writing(temp) as con:
        load_forecasts(con, lake, lake.manifest())
        create_domain_layer(con, paths.views, catalog, "over forecasts")
    temp.replace(paths.warehouse)
    return paths.warehouse


def _draft(paths: Paths) -> Path:
    return paths.warehouse.with_name(".warehouse.tmp.duckdb")


@contextmanager
def _writing(draft: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse in the making; it is deleted when it fails, and the one in use stays.

    Raises:
        DiskFull: No room left for it, or for what the database puts aside while it works.
        StoreError: The database or the device fails.
    """
    try:
        draft.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(draft), config=_ONE_THREAD) as con:
            yield con
    except duckdb.Error as error:
        _discard(draft)
        otherwise = StoreError(f"The warehouse cannot be made: {error}", hint="run ./inv verify, then ./inv build")
        raise database_error(error, otherwise, draft) from error
    except OSError as error:
        raise disk_error(error, draft) from error


def _discard(draft: Path) -> None:
    for leftover in (draft, draft.with_name(draft.name + ".wal")):
        leftover.unlink(missing_ok=True)
    shutil.rmtree(draft.with_name(draft.name + ".tmp"), ignore_errors=True)


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the warehouse for reading; one that is put in its place meanwhile changes nothing for this reader.

    Raises:
        UsageError: Nothing was built yet.
        StoreError: The file is damaged.
    """
    if not path.exists():
        raise UsageError("There is no warehouse yet", hint="run ./inv build first", path=path)
    try:
        return duckdb.connect(str(path), read_only=True, config=_ONE_THREAD)
    except duckdb.Error as error:
        raise _unreadable(error) from error


@contextmanager
def readable() -> Iterator[None]:
    """Tell in one line that the warehouse is damaged, or of another release; for whoever asks it by hand.

    Raises:
        StoreError: What the engine said.
    """
    try:
        yield
    except duckdb.Error as error:
        raise _unreadable(error) from error


def _unreadable(error: duckdb.Error) -> StoreError:
    said = str(error).splitlines()[0]
    return StoreError(f"The warehouse cannot be read: {said}", hint="it is disposable: ./inv forecast makes it again")


def create_views(con: duckdb.DuckDBPyConnection, catalog: Catalog, lake: Lake, manifest: Manifest) -> None:
    """Create the generated layer: catalogue, views per metric, views per metric and day, lists, forecasts."""
    con.execute(
        "CREATE TABLE metric_daily(metric VARCHAR, entity VARCHAR, code VARCHAR, day DATE, value DOUBLE, "
        "hours INTEGER, quality VARCHAR)"
    )
    for metric in catalog.lists():
        _list_view(con, metric, lake, manifest)
    versions.create_calendars(con, catalog)
    for metric in catalog.data_metrics():
        _metric_view(con, metric, lake, manifest, catalog.versions)
    create_tables(con)
    create_catalog_tables(con, catalog)
    _board_facts(con, catalog)
    _series_info(con, catalog)


def create_domain_layer(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    catalog: Catalog,
    part: Literal["all", "before forecasts", "over forecasts"] = "all",
) -> None:
    """Make the domain layer, each statement after what it reads.

    Args:
        con: The warehouse, with its generated layer.
        folder: Where the SQL files are.
        catalog: The declarations.
        part: All of it, or what reads no forecast, or what does.

    Raises:
        StoreError: A statement fails, reads what nobody makes, or statements read each other; the message names them.
    """
    found = domain.statements(folder, catalog)
    there = {str(row[0]).lower() for row in con.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    ordered = domain.in_order(found, there)
    late = domain.read_forecasts(ordered)
    for statement in ordered:
        if part == "all" or (statement.name in late) == (part == "over forecasts"):
            statement.run(con)


def _files(lake: Lake, manifest: Manifest, metric: str) -> str:
    paths = [literal(str(lake.path(p))) for p in manifest.parts if p.metric == metric and p.rows]
    return f"[{', '.join(paths)}]" if paths else ""


def _metric_view(
    con: duckdb.DuckDBPyConnection, metric: Metric, lake: Lake, manifest: Manifest, precedence: tuple[str, ...]
) -> None:
    files = _files(lake, manifest, metric.id)
    if metric.versioned:
        source = versions.create_view(con, metric, files, precedence)
        versions.create_daily_view(con, metric, _DAY[metric.kind])
    elif files:
        source = f"SELECT entity, code, ts::TIMESTAMP AS ts, value, quality FROM read_parquet({files})"
    else:
        source = (
            "SELECT NULL::VARCHAR AS entity, NULL::VARCHAR AS code, NULL::TIMESTAMP AS ts, "
            "NULL::DOUBLE AS value, NULL::VARCHAR AS quality WHERE false"
        )
    con.execute(f"CREATE VIEW {quoted(metric.id)} AS {source}")
    con.execute(f"COMMENT ON VIEW {quoted(metric.id)} IS {literal(f'{metric.title} [{metric.unit.stored}]')}")
    if files and metric.grain == "hourly":
        con.execute(
            f"INSERT INTO metric_daily SELECT {literal(metric.id)}, entity, code, ts::DATE AS day, "
            f"{_DAY[metric.kind]}, count(*)::INTEGER, "
            "CASE WHEN bool_or(quality = 'provisional') THEN 'provisional' "
            "WHEN bool_or(quality = 'corrected') THEN 'corrected' ELSE 'ok' END "
            f"FROM ({source}) GROUP BY entity, code, day ORDER BY entity, code, day"
        )
    elif files:
        con.execute(
            f"INSERT INTO metric_daily SELECT {literal(metric.id)}, entity, code, ts::DATE, value, NULL, quality "
            f"FROM ({source}) ORDER BY entity, code, ts"
        )
    con.execute(
        f"CREATE VIEW {quoted(metric.id + '_daily')} AS SELECT entity, code, day, value, hours, quality "
        f"FROM metric_daily WHERE metric = {literal(metric.id)}"
    )


def _list_view(con: duckdb.DuckDBPyConnection, metric: Metric, lake: Lake, manifest: Manifest) -> None:
    files = _files(lake, manifest, metric.id)
    columns = ["entity", "code", "ts", *dict.fromkeys(c for c in metric.columns.values() if c != "code")]
    there: set[str] = set()
    if files:
        # A list kept before a column was declared lacks it: the view answers NULL until the next ingest.
        described = con.execute(f"DESCRIBE SELECT * FROM read_parquet({files}, union_by_name=true)").fetchall()
        there = {row[0] for row in described}
    listing = ", ".join(
        quoted(c) if c in there else f"NULL::{'TIMESTAMP' if c == 'ts' else 'VARCHAR'} AS {quoted(c)}" for c in columns
    )
    source = f"FROM read_parquet({files}, union_by_name=true)" if files else "WHERE false"
    con.execute(f"CREATE VIEW {quoted(metric.id)} AS SELECT {listing} {source}")


def create_catalog_tables(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create `catalog_metric`, `catalog_theme` and `board_metric`: the declarations, in their order."""
    rows = [
        (m.id, m.title, m.definition, m.theme, m.grain, m.kind, m.unit.stored, m.lag_days, m.source, ordinal,
         list(m.entities), m.sparse, m.ends)
        for ordinal, m in enumerate(catalog.metrics.values(), 1)
    ]  # fmt: skip
    con.execute(
        "CREATE TABLE catalog_metric(id VARCHAR, title VARCHAR, definition VARCHAR, theme VARCHAR, grain VARCHAR, "
        "kind VARCHAR, unit VARCHAR, lag_days INTEGER, source VARCHAR, ordinal INTEGER, entities VARCHAR[], "
        "sparse BOOLEAN, ends DATE)"
    )
    _insert(con, "catalog_metric", rows)
    con.execute("CREATE TABLE catalog_theme(ordinal INTEGER, id VARCHAR, title VARCHAR)")
    themes = sorted(catalog.themes.values(), key=lambda t: (t.order, t.id))
    _insert(con, "catalog_theme", [(i, t.id, t.title) for i, t in enumerate(themes, 1)])
    con.execute("CREATE TABLE board_metric(ordinal INTEGER, board VARCHAR, title VARCHAR, metric VARCHAR)")
    read = [
        (ordinal, board.slug, board.title, metric)
        for ordinal, board in enumerate(catalog.boards.values(), 1)
        for metric in dict.fromkeys([*board.metrics, *(name for block in board.blocks for name in block.metrics)])
    ]
    _insert(con, "board_metric", read)


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _board_facts(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create `board_fact`: the headline series that the text of each board may quote."""
    con.execute("CREATE TABLE board_fact(board VARCHAR, series VARCHAR, versus VARCHAR[], decimals INTEGER)")
    rows = [
        (board.slug, series, list(fact.versus), fact.decimals)
        for board in catalog.boards.values()
        for series, fact in board.facts.items()
    ]
    _insert(con, "board_fact", rows)


def _series_info(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create `series_info`: what each headline series is, in the order of the declarations."""
    con.execute(
        "CREATE TABLE series_info(ordinal INTEGER, series VARCHAR, label VARCHAR, unit VARCHAR, decimals INTEGER, "
        "metrics VARCHAR)"
    )
    rows = [
        (ordinal, s.id, s.label, s.unit, s.decimals, ",".join(s.metrics))
        for ordinal, s in enumerate(catalog.headlines.values(), 1)
    ]
    _insert(con, "series_info", rows)


def _run_info(con: duckdb.DuckDBPyConnection, run: RunInfo) -> None:
    con.execute("CREATE TABLE run_info(today DATE, since DATE, data_source VARCHAR, created TIMESTAMP)")
    con.execute("INSERT INTO run_info VALUES (?,?,?,?)", [run.today, run.since, run.source, run.created])


def _source_state(con: duckdb.DuckDBPyConnection, sources: Mapping[str, Mapping[str, object]]) -> None:
    """Create `source_state`: how far each source was asked, what ails it, when its catalogue was compared with ours."""
    con.execute(
        "CREATE TABLE source_state(source VARCHAR, wanted BIGINT, asked BIGINT, complete_since DATE, down VARCHAR, "
        "compared DATE, held VARCHAR)"
    )
    for name, state in sorted(sources.items()):
        days = [state.get(key) or None for key in ("complete_since", "compared")]
        row = [name, state.get("wanted"), state.get("asked"), days[0], state.get("down") or "", days[1]]
        con.execute("INSERT INTO source_state VALUES (?,?,?,?,?,?,?)", [*row, state.get("held") or ""])


def _status(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    manifest: Manifest,
    states: Mapping[str, Mapping[str, object]],
) -> None:
    """Create `series_status`: what each of the series holds and how fresh it is."""
    rows = []
    for series in catalog.series():
        found = manifest.of(series.metric, series.entity)
        known = states.get(series.key, {})
        total = sum(p.rows for p in found)
        state = str(known.get("state", "ok" if total else "empty"))
        rows.append((series.metric, series.entity, state, str(known.get("reason", "")), total))
    table = pa.table(
        dict(
            zip(
                ("metric", "entity", "state", "reason", "rows"),
                map(list, zip(*rows, strict=True)),
                strict=True,
            )
        )
    )
    con.register("status_rows", table)
    con.execute(
        """
        CREATE TABLE series_status AS
        WITH seen AS (
            SELECT metric, entity, count(DISTINCT code) AS codes, min(day) AS first_day, max(day) AS last_day,
                   max(day) FILTER (WHERE quality <> 'provisional' AND coalesce(hours, 24) = 24) AS last_day_ok,
                   count(DISTINCT day) FILTER (WHERE quality = 'provisional') AS provisional_days
            FROM metric_daily GROUP BY metric, entity
        ), holes AS (
            SELECT metric, entity, count(*) AS n FROM gap WHERE state = 'open' GROUP BY metric, entity
        ), refused AS (
            SELECT metric, entity, count(*) AS n FROM quarantine GROUP BY metric, entity
        ), strange AS (
            SELECT metric, entity, count(*) AS n FROM unknown_code GROUP BY metric, entity
        ), drifted AS (
            SELECT metric, entity, count(*) AS n FROM catalog_drift
            WHERE last_seen = (SELECT today FROM run_info) GROUP BY metric, entity
        )
        SELECT s.metric, s.entity, s.state, s.reason, s.rows::BIGINT AS rows, coalesce(seen.codes, 0)::BIGINT AS codes,
               seen.first_day::TIMESTAMP AS first_ts, seen.last_day::TIMESTAMP AS last_ts, seen.last_day_ok,
               coalesce(seen.provisional_days, 0)::BIGINT AS provisional_days,
               c.lag_days AS expected_lag, date_diff('day', seen.last_day, (SELECT today FROM run_info)) AS lag,
               coalesce(holes.n, 0)::BIGINT AS gaps, coalesce(refused.n, 0)::BIGINT AS quarantined,
               coalesce(strange.n, 0)::BIGINT AS unknown_codes, coalesce(drifted.n, 0)::BIGINT AS drift
        FROM status_rows s LEFT JOIN seen USING (metric, entity) LEFT JOIN holes USING (metric, entity)
        LEFT JOIN refused USING (metric, entity) LEFT JOIN strange USING (metric, entity)
        LEFT JOIN drifted USING (metric, entity) JOIN catalog_metric c ON c.id = s.metric
        """
    )
    con.unregister("status_rows")
