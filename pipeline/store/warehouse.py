"""The warehouse: a disposable DuckDB file of views over the lake, and the domain layer on top.

Generated, never written by hand: one view per metric (`"Gene"`), one per metric by day (`"Gene_daily"`), the
catalogue, the state of each series. Then the domain layer (`pipeline/views/<subject>/*.sql` and the queries of the
catalogue), each view after what it reads. Boards, facts, API and pages read these and nothing lower.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import FINAL, PUBLISHED
from pipeline.core.errors import StoreError, UsageError, disk_error
from pipeline.core.log import get_logger
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.store import changes, daily, domain, evidence, reference, versions
from pipeline.store.aliases import create_alias_table, joined_list, joined_values
from pipeline.store.declared_tables import create_catalog_tables, create_forecast_info, create_series_info
from pipeline.store.findings import create_findings
from pipeline.store.forecast_log import create_tables, load_forecasts
from pipeline.store.lake import Lake, Manifest
from pipeline.store.list_past import list_query
from pipeline.store.model_faults import create_model_faults
from pipeline.store.report_archive import create_report_view
from pipeline.store.sql import database_error, files_of, literal, make_table, make_view, quoted, typed

log = get_logger("warehouse")

# Sums of floats depend on their order, and threads finish in any: one thread gives the same bytes each time.
_ONE_THREAD: dict[str, str | bool | int | float | list[str]] = {"threads": 1}
LAST_SETTLEMENT = "TXF"
_METRIC_DAILY = "metric VARCHAR, entity VARCHAR, code VARCHAR, day DATE, value DOUBLE, hours INTEGER, quality VARCHAR"
_SERIES_STATUS = Path(__file__).parent / "series_status.sql"


def prepare(
    paths: Paths,
    catalog: Catalog,
    lake: Lake,
    run: RunInfo,
    states: Mapping[str, Mapping[str, object]],
    sources: Mapping[str, Mapping[str, object]] | None = None,
    lost: Sequence[Mapping[str, object]] = (),
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
        lost: Per lost part of the lake: `metric`, `entity`, `start`, `end`; kept as `lost_part`.

    Raises:
        PartCorrupt: A part is not what the manifest names: DuckDB would read it all the same.
    """
    manifest = lake.manifest()
    lake.check(manifest)
    temp = _draft(paths)
    _discard(temp)
    with _writing(temp) as con:
        create_generated_layer(con, paths, catalog, lake, run, states, sources, lost)
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
    lost: Sequence[Mapping[str, object]] = (),
) -> None:
    """Make all that the domain layer stands on: see `prepare`."""
    manifest = lake.manifest()
    create_views(con, catalog, lake, manifest, run.today)
    create_findings(con, catalog, lake, manifest)
    create_report_view(con, lake, manifest)
    _run_info(con, run)
    if restated := evidence.judge(con, paths.views, catalog, lake, run):
        manifest = lake.manifest()
        for name in sorted(restated):
            _hours_view(con, catalog.metrics[name], files_of(lake, manifest, name), catalog, run.today)
        for metric in catalog.data_metrics():
            if {metric.id, metric.weighed_by} & set(restated):
                _restate(con, metric)
    reference.load_reference(con, paths.reference)
    _status(con, catalog, manifest, states)
    _source_state(con, sources or {})
    _lost_parts(con, lost)
    create_model_faults(con)
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
            con.begin()  # one for all: each statement of its own would wait for the disk
            yield con
            con.commit()
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


def create_views(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, lake: Lake, manifest: Manifest, today: dt.date
) -> None:
    """Create the generated layer: catalogue, views per metric, views per metric and day, lists, forecasts."""
    make_table(con, "metric_daily", _METRIC_DAILY)
    create_alias_table(con, catalog)
    for metric in catalog.lists():
        columns = dict.fromkeys(name for name in metric.columns.values() if name not in ("entity", "code", "ts"))
        listed = ", ".join(["entity VARCHAR, code VARCHAR, ts TIMESTAMP", *(f"{name} VARCHAR" for name in columns)])
        make_view(con, metric.id, joined_list(list_query(catalog, metric, listed, lake, manifest), metric, catalog))
    versions.create_calendars(con, catalog)
    data = [(metric, files_of(lake, manifest, metric.id)) for metric in catalog.data_metrics()]
    for metric, files in data:
        _hours_view(con, metric, files, catalog, today)
    for metric, files in data:  # once all views are there: one metric may weigh another
        _metric_days(con, metric, has_rows=bool(files))
    create_tables(con)
    create_catalog_tables(con, catalog)
    create_series_info(con, catalog)
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
        wanted = part == "all" or (statement.name in late) == (part == "over forecasts")
        if wanted and statement.name not in there:  # what the evidence stands on is made already
            statement.run(con)


def _metric_days(con: duckdb.DuckDBPyConnection, metric: Metric, *, has_rows: bool) -> None:
    """Write the days of a metric into `metric_daily` and create their view."""
    if has_rows:
        days = f"SELECT {literal(metric.id)}, * FROM ({_days_query(metric)}) ORDER BY entity, code, day"
        con.execute(f"INSERT INTO metric_daily {days}")
    chosen = f"FROM metric_daily WHERE metric = {literal(metric.id)}"
    make_view(con, metric.id + "_daily", f"SELECT entity, code, day, value, hours, quality {chosen}")


def _restate(con: duckdb.DuckDBPyConnection, metric: Metric) -> None:
    """Let the days of a metric take the states of its hours, and of what weighs them."""
    con.execute(
        f"UPDATE metric_daily SET quality = now.quality FROM ({_days_query(metric)}) AS now "
        f"WHERE metric = {literal(metric.id)} AND metric_daily.quality <> now.quality AND metric_daily.day = now.day "
        "AND metric_daily.entity = now.entity AND metric_daily.code = now.code"
    )


def _days_query(metric: Metric) -> str:
    return daily.days_of(metric, quoted(metric.id), quoted(metric.weighed_by))


def _hours_view(con: duckdb.DuckDBPyConnection, metric: Metric, files: str, catalog: Catalog, today: dt.date) -> None:
    """Create the views of the values of a metric."""
    final = final_sql(metric, today)
    if metric.versioned:
        source = versions.create_view(con, metric, files, catalog.versions, final)
        versions.create_daily_view(con, metric)
    else:
        source = typed("entity VARCHAR, code VARCHAR, ts TIMESTAMP, value DOUBLE, quality VARCHAR", files)
        source = f"SELECT * REPLACE ({final} AS quality) FROM ({source})"
    source = joined_values(source, metric, catalog)
    make_view(con, metric.id, source, f"{metric.title} [{metric.unit.stored}]")


def final_sql(metric: Metric, today: dt.date) -> str:
    """Return SQL for the state of a row: what is published is final once its source no longer settles its month.

    It is not kept in the lake: months turn final as a whole, and no part is written again for it.

    Args:
        metric: Its declaration. With versions, the last settlement is final at once.
        today: Day of the run.
    """
    since = (today - dt.timedelta(days=metric.settles_days)).replace(day=1)
    last = f" OR version = '{LAST_SETTLEMENT}'" if metric.versioned else ""
    return f"CASE WHEN quality = '{PUBLISHED}' AND (ts < TIMESTAMP '{since}'{last}) THEN '{FINAL}' ELSE quality END"


def _run_info(con: duckdb.DuckDBPyConnection, run: RunInfo) -> None:
    columns = "today DATE, since DATE, data_source VARCHAR, created TIMESTAMP"
    make_table(con, "run_info", columns, [(run.today, run.since, run.source, run.created)])


def _source_state(con: duckdb.DuckDBPyConnection, sources: Mapping[str, Mapping[str, object]]) -> None:
    """Create `source_state`: how far each source was asked, what ails it, when its catalogue was compared with ours."""
    rows = [
        (name, s.get("wanted"), s.get("asked"), s.get("complete_since") or None, s.get("down") or "",
         s.get("compared") or None, s.get("no_room") or "")
        for name, s in sorted(sources.items())
    ]  # fmt: skip
    make_table(
        con,
        "source_state",
        "source VARCHAR, wanted BIGINT, asked BIGINT, complete_since DATE, down VARCHAR, compared DATE, "
        "no_room VARCHAR",
        rows,
    )


def _lost_parts(con: duckdb.DuckDBPyConnection, lost: Sequence[Mapping[str, object]]) -> None:
    """Create `lost_part`: what was lost of the lake, and whether a source can be asked for it again."""
    rows = sorted(
        (str(part["metric"]), str(part["entity"]), part["start"] or None, part["end"] or None) for part in lost
    )
    columns = 'metric VARCHAR, entity VARCHAR, start DATE, "end" DATE'
    make_table(con, "lost_part", columns, rows)


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
    create_alias_table(con, catalog)
    create_catalog_tables(con, catalog)
    create_findings(con, catalog, lake, manifest)
    make_table(con, "run_info", "today DATE", [(today,)])
    _status(con, catalog, manifest, states)
