"""The warehouse: a disposable DuckDB file of views over the lake, and the domain layer on top.

Generated, never written by hand: one view per metric (`"Gene"`), one per metric by day (`"Gene_daily"`), the
catalogue, the state of each series. Then the domain layer (`pipeline/views/<subject>/*.sql` and the queries of the
catalogue), each view after what it reads. Boards, facts, API and pages read these and nothing lower.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.errors import StoreError, UsageError, disk_error
from pipeline.core.log import get_logger
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.store import changes, daily, domain, reference, versions
from pipeline.store.findings import create_findings
from pipeline.store.forecast_log import create_tables, load_forecasts
from pipeline.store.lake import Lake, Manifest
from pipeline.store.sql import database_error, files_of, literal, make_table, make_view, quoted, typed

log = get_logger("warehouse")

# Sums of floats depend on their order, and threads finish in any: one thread gives the same bytes each time.
_ONE_THREAD: dict[str, str | bool | int | float | list[str]] = {"threads": 1}
_METRIC_DAILY = "metric VARCHAR, entity VARCHAR, code VARCHAR, day DATE, value DOUBLE, hours INTEGER, quality VARCHAR"
_SERIES_STATUS = Path(__file__).parent / "series_status.sql"


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
    make_table(con, "metric_daily", _METRIC_DAILY)
    for metric in catalog.lists():
        columns = dict.fromkeys(name for name in metric.columns.values() if name not in ("entity", "code", "ts"))
        listed = ", ".join(["entity VARCHAR, code VARCHAR, ts TIMESTAMP", *(f"{name} VARCHAR" for name in columns)])
        make_view(con, metric.id, typed(listed, files_of(lake, manifest, metric.id)))
    versions.create_calendars(con, catalog)
    data = [(metric, files_of(lake, manifest, metric.id)) for metric in catalog.data_metrics()]
    for metric, files in data:
        _metric_view(con, metric, files, catalog.versions)
    for metric, files in data:  # once all views are there: one metric may weigh another
        _metric_days(con, metric, has_rows=bool(files))
    create_tables(con)
    create_catalog_tables(con, catalog)
    _series_info(con, catalog)
    create_forecast_info(con, catalog)


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


def _metric_view(con: duckdb.DuckDBPyConnection, metric: Metric, files: str, precedence: tuple[str, ...]) -> None:
    """Create the views of the values of a metric."""
    if metric.versioned:
        source = versions.create_view(con, metric, files, precedence)
        versions.create_daily_view(con, metric, daily.day_of(metric))
    else:
        source = typed("entity VARCHAR, code VARCHAR, ts TIMESTAMP, value DOUBLE, quality VARCHAR", files)
    make_view(con, metric.id, source, f"{metric.title} [{metric.unit.stored}]")


def _metric_days(con: duckdb.DuckDBPyConnection, metric: Metric, *, has_rows: bool) -> None:
    """Write the days of a metric into `metric_daily` and create their view."""
    if has_rows:
        days = daily.days_of(metric, quoted(metric.id), quoted(metric.weighed_by))
        con.execute(f"INSERT INTO metric_daily SELECT {literal(metric.id)}, * FROM ({days}) ORDER BY entity, code, day")
    chosen = f"FROM metric_daily WHERE metric = {literal(metric.id)}"
    make_view(con, metric.id + "_daily", f"SELECT entity, code, day, value, hours, quality {chosen}")


def create_catalog_tables(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create what is declared, in its order: metrics, themes, headline series, what boards read and may quote."""
    make_table(
        con,
        "catalog_metric",
        "id VARCHAR, title VARCHAR, definition VARCHAR, theme VARCHAR, grain VARCHAR, kind VARCHAR, unit VARCHAR, "
        "lag_days INTEGER, source VARCHAR, ordinal INTEGER, entities VARCHAR[], sparse BOOLEAN, ends DATE",
        [
            (m.id, m.title, m.definition, m.theme, m.grain, m.kind, m.unit.stored, m.lag_days, m.source, ordinal,
             list(m.entities), m.sparse, m.ends)
            for ordinal, m in enumerate(catalog.metrics.values(), 1)
        ],
    )  # fmt: skip
    themes = sorted(catalog.themes.values(), key=lambda t: (t.order, t.id))
    rows: list[tuple[object, ...]] = [(ordinal, t.id, t.title) for ordinal, t in enumerate(themes, 1)]
    make_table(con, "catalog_theme", "ordinal INTEGER, id VARCHAR, title VARCHAR", rows)
    rows = [
        (ordinal, board.slug, board.title, metric)
        for ordinal, board in enumerate(catalog.boards.values(), 1)
        for metric in dict.fromkeys([*board.metrics, *(name for block in board.blocks for name in block.metrics)])
    ]
    make_table(con, "board_metric", "ordinal INTEGER, board VARCHAR, title VARCHAR, metric VARCHAR", rows)
    rows = [
        (board.slug, series, list(fact.versus), fact.decimals)
        for board in catalog.boards.values()
        for series, fact in board.facts.items()
    ]
    make_table(con, "board_fact", "board VARCHAR, series VARCHAR, versus VARCHAR[], decimals INTEGER", rows)


def _series_info(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create `series_info`: what each headline series is, in the order of the declarations."""
    rows = [
        (ordinal, s.id, s.label, s.unit, s.decimals, ",".join(s.metrics), s.compare)
        for ordinal, s in enumerate(catalog.headlines.values(), 1)
    ]
    columns = (
        "ordinal INTEGER, series VARCHAR, label VARCHAR, unit VARCHAR, decimals INTEGER, metrics VARCHAR, "
        "compare VARCHAR"
    )
    make_table(con, "series_info", columns, rows)


def create_forecast_info(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create `forecast_info`: what the pages make of each forecast, and which step its seasonal naive repeats."""
    columns = (
        "series VARCHAR, again VARCHAR, line BOOLEAN, subject VARCHAR[], answers BOOLEAN, feed BOOLEAN, "
        "by_lead BOOLEAN, misses BOOLEAN, drivers VARCHAR[]"
    )
    rows = [
        (p.series, "day" if p.season == p.steps else "week", p.shown.line, p.shown.subject and list(p.shown.subject),
         p.shown.answers, p.shown.feed, p.shown.by_lead, p.shown.misses, list(p.shown.drivers))
        for p in catalog.forecasts
    ]  # fmt: skip
    make_table(con, "forecast_info", columns, rows)


def _run_info(con: duckdb.DuckDBPyConnection, run: RunInfo) -> None:
    columns = "today DATE, since DATE, data_source VARCHAR, created TIMESTAMP"
    make_table(con, "run_info", columns, [(run.today, run.since, run.source, run.created)])


def _source_state(con: duckdb.DuckDBPyConnection, sources: Mapping[str, Mapping[str, object]]) -> None:
    """Create `source_state`: how far each source was asked, what ails it, when its catalogue was compared with ours."""
    rows = [
        (name, s.get("wanted"), s.get("asked"), s.get("complete_since") or None, s.get("down") or "",
         s.get("compared") or None, s.get("held") or "")
        for name, s in sorted(sources.items())
    ]  # fmt: skip
    make_table(
        con,
        "source_state",
        "source VARCHAR, wanted BIGINT, asked BIGINT, complete_since DATE, down VARCHAR, compared DATE, held VARCHAR",
        rows,
    )


def _status(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, manifest: Manifest, states: Mapping[str, Mapping[str, object]]
) -> None:
    """Create `series_status`: what each of the series holds and how fresh it is."""
    rows = []
    for series in catalog.series():
        parts, known = manifest.of(series.metric, series.entity), states.get(series.key, {})
        total = sum(part.rows for part in parts)
        dated = [part.max_ts[:10] for part in parts if part.max_ts and catalog.metrics[series.metric].grain != "list"]
        state = str(known.get("state") or ("ok" if total else "empty"))
        rows.append(
            (series.metric, series.entity, state, str(known.get("reason", "")), total, max(dated, default=None))
        )
    columns = "metric VARCHAR, entity VARCHAR, state VARCHAR, reason VARCHAR, rows BIGINT, last_day DATE"
    make_table(con, "series_held", columns, rows)
    con.execute(_SERIES_STATUS.read_text(encoding="utf-8"))


def create_lake_status(
    con: duckdb.DuckDBPyConnection, lake: Lake, catalog: Catalog, states: Mapping[str, Mapping[str, object]]
) -> None:
    """Create `series_status` and `catalog_drift` for a portal without a warehouse: no value of a series is read.

    Lags are counted from the day of the state in use; what only values tell is 0 or NULL.
    """
    manifest = lake.manifest()
    today = dt.date.fromisoformat(manifest.created[:10])
    make_table(con, "metric_daily", _METRIC_DAILY)
    create_catalog_tables(con, catalog)
    create_findings(con, catalog, lake, manifest)
    make_table(con, "run_info", "today DATE", [(today,)])
    _status(con, catalog, manifest, states)
