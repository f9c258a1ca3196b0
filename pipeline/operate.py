"""What the keepers of a portal ask of one that is there: status, verify, mirror, scores."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Iterable

import duckdb

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import MirrorError, PartCorrupt, StoreError, UsageError
from pipeline.core.lock import HOLDER, LOCK
from pipeline.core.log import get_logger
from pipeline.core.paths import DEMO, Paths
from pipeline.core.run import DataSource, RunInfo
from pipeline.core.settings import Settings
from pipeline.flow import Line
from pipeline.ingest.addresses import identify
from pipeline.ingest.archive import prune_archive
from pipeline.ingest.legacy import migrate
from pipeline.ingest.renames import told, undeclared
from pipeline.ingest.states import (
    FIRST_DAY,
    SourceMemory,
    choose_wanted,
    read_memory,
    read_states,
)
from pipeline.store import backup, figure_albums, retention, warehouse
from pipeline.store.atomic import write_json
from pipeline.store.bronze import Bronze
from pipeline.store.forecast_chain import broken
from pipeline.store.held import HeldBack, decided_in
from pipeline.store.lake import Lake
from pipeline.store.mirror import mirror
from pipeline.store.mirror_parity import compare_mirror
from pipeline.store.sizes import holdings, size_lines
from pipeline.store.sql import literal

log = get_logger("operate")

MAKE = "./inv build makes a portal, ./inv demo a simulated one, ./inv restore brings a published one back"
_COUNTED = ("open gaps", "provisional days", "quarantined cells", "strange codes", "differences of catalogue")


def asking_line(
    settings: Settings, today: dt.date, since: dt.date | None, metrics: list[str] | None, now: dt.datetime
) -> tuple[Line, list[str] | None]:
    """Return a line that asks the configured source, and the metrics wanted (None: all).

    Args:
        settings: Of the portal, with the source's address.
        today: The day to stand on.
        since: First day wanted; as the lake was built when None.
        metrics: Metrics wanted; those of the last build when None.
        now: Now [Bogotá].

    Raises:
        UsageError: The first day wanted lies after the last.
    """
    start, wanted = choose_wanted(Paths.of(settings), since, metrics, FIRST_DAY)
    if start > today:
        raise UsageError(f"--since {start} lies after --today {today}", hint="give the earlier date first")
    source = identify(settings.xm_base_url, settings.xm_ca_bundle)
    created = now.replace(microsecond=0) if source == "xm" else dt.datetime.combine(today, dt.time(5, 40))
    return Line.of(settings, RunInfo(today, start, source, created)), wanted


@warehouse.readable()
def last_line(settings: Settings, today: dt.date | None, since: dt.date | None) -> Line:
    """Return a line on the data that are there; day, span and source as the last build left them.

    Without a warehouse, as after a restore, the memory of what was asked tells them.

    Raises:
        StoreError: Nothing was ever built.
    """
    paths = Paths.of(settings)
    if not paths.warehouse.exists() and paths.ingest.exists():
        return Line(settings, _asked_run(paths, today, since), paths, load_catalog())
    with warehouse.connect(paths.warehouse) as con:
        row = con.execute("SELECT today, since, data_source, created FROM run_info").fetchone()
    if row is None:
        raise StoreError("The warehouse does not know its run", hint="run ./inv build")
    run = RunInfo(today or row[0], since or row[1], row[2], row[3])
    return Line(settings, run, paths, load_catalog())


def _asked_run(paths: Paths, today: dt.date | None, since: dt.date | None) -> RunInfo:
    """Return the run that asked last: its day, the first day it ever asked for, whose data these are."""
    series = read_states(paths).values()
    starts = [dt.date.fromisoformat(day) for state in series for day in state["windows"] if day[:1].isdigit()]
    asked = max((window["asked"] for state in series for window in state["windows"].values()), default=None)
    day = today or (dt.date.fromisoformat(asked) if asked else None)
    if day is None:
        raise StoreError("Nothing was asked of any source yet", hint="run ./inv build", path=paths.ingest)
    source: DataSource = json.loads(paths.ingest.read_text(encoding="utf-8"))["source"]
    return RunInfo(day, since or min(starts, default=day), source, dt.datetime.combine(day, dt.time(5, 40)))


@warehouse.readable()
def status_table(settings: Settings) -> str:
    """Return what each series holds and lacks, one a line, and what the data weigh.

    State, rows, last day, lag and expected lag [days] (`!` where it is late), open gaps, provisional days, quarantined
    cells, strange codes, differences with the catalogue of the source, reason; then the differences themselves, and
    what is held back, was withdrawn last night, or looks renamed.

    Without a warehouse, as after a restore, the lake and the memory of what was asked tell the same, but for the
    provisional days (`-`).

    Raises:
        StoreError: There is neither a warehouse nor a lake.
    """
    paths = Paths.of(settings)
    lake, told = Lake(paths.lake), paths.warehouse.exists()
    if not told and lake.is_empty():
        raise StoreError("There are no data yet", hint=MAKE, data=paths.data)
    with warehouse.connect(paths.warehouse) if told else duckdb.connect() as con:
        if not told:
            warehouse.create_lake_status(con, lake, load_catalog(), read_states(paths))
        rows = con.execute(
            "SELECT metric || '/' || entity, state, rows, CAST(last_ts AS DATE), lag, expected_lag, late_after, gaps, "
            f"{'provisional_days' if told else literal('-')}, quarantined, unknown_codes, drift, reason "
            "FROM series_status ORDER BY state DESC, metric, entity"
        ).fetchall()
        waiting = _waiting(con, load_catalog())
        drift = con.execute(
            "SELECT concat_ws(' ', kind, metric || '/' || entity, field, was, '→', now, 'since', first_seen) "
            "FROM catalog_drift WHERE last_seen = (SELECT today FROM run_info) ORDER BY 1"
        ).fetchall()
    titles = ("gaps", "prov.", "quar.", "codes", "drift")
    head = f"{'series':<42}{'state':<8}{'rows':>10}  {'last day':<11}{'lag':>5}{'exp.':>6} "
    lines = [head + "".join(f"{title:>7}" for title in titles) + "  reason"]
    for name, state, count, last, lag, expected, limit, *counts, reason in rows:
        late = "!" if None not in (lag, limit) and lag > limit else " "
        figures = "".join(f"{number:>7}" for number in counts)
        shown = f"{last or '-'!s:<11}{'-' if lag is None else lag:>5}{expected:>6}{late}"
        lines.append(f"{name:<42}{state:<8}{count:>10}  {shown}{figures}  {reason}")
    states = ", ".join(f"{sum(r[1] == s for r in rows)} {s}" for s in ("ok", "empty", "failed"))
    totals = ", ".join(f"{_total(r[7 + n] for r in rows)} {what}" for n, what in enumerate(_COUNTED))
    past = [_source_line(*row) for row in sorted(read_memory(paths).sources.items())]
    lines += [f"{len(rows)} series: {states}; {totals}", *past, *(f"catalogue: {line}" for (line,) in drift), *waiting]
    return "\n".join([*lines, "", *size_lines(paths, settings)])


def _waiting(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> list[str]:
    """Return what a person should look at: changes held back, values withdrawn last night, codes that look renamed."""
    held = HeldBack(con.sql("FROM held").to_arrow_table(), decided_in(catalog), dt.date.min).told()
    gone = con.execute(
        "SELECT metric || '/' || entity, count(*), min(ts)::DATE, max(ts)::DATE FROM revision "
        "WHERE new IS NULL AND seen = (SELECT today FROM run_info) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    proposed = told(undeclared(con.sql("FROM rename").to_arrow_table().to_pylist(), catalog.aliases))
    return [
        *(f"held back: {line}" for line in held),
        *(f"withdrawn last night: {name}, {count} values of {first} to {last}" for name, count, first, last in gone),
        *(f"renamed? {line}" for line in proposed),
    ]


def _source_line(name: str, state: SourceMemory) -> str:
    """Return how much of the past of a source was asked, and what ailed it."""
    down = f"; down: {state['down']}" if state.get("down") else ""
    if not state.get("wanted"):
        return f"source {name}: one piece{down}"
    since = f", complete since {state['complete_since']}" if state.get("complete_since") else ""
    since += f"; the past stops here: no more room at the host ({state['no_room']})" if state.get("no_room") else ""
    return f"source {name}: {state['asked']} of {state['wanted']} windows asked{since}{down}"


def _total(counts: Iterable[int | str]) -> int | str:
    """Return the sum; `-` where nothing is known."""
    known = [count for count in counts if isinstance(count, int)]
    return sum(known) if known else "-"


def past_reports(line: Line, first: dt.date | None, last: dt.date | None) -> None:
    """Make the reports of the days, weeks and months between two days that are not there yet, and the site with them.

    Raises:
        UsageError: A day is missing, or they are in the wrong order.
    """
    if first is None or last is None or first > last:
        raise UsageError("Reports of which days?", hint="./inv report --from 2026-11-01 --to 2026-11-30")
    line.reports((first, last))
    line.site()


def clean_old(settings: Settings) -> str:
    """Delete at once what the policies would delete later: past states, superseded replies, stale caches.

    Raises:
        LockHeld: A run is writing.
        PartCorrupt: The lake is damaged: what may go is not known.
    """
    paths = Paths.of(settings)
    lake, bronze = Lake(paths.lake), Bronze(paths.bronze)
    before = sum(holding.bytes for holding in holdings(paths, settings))
    with lake.writing():
        states = len(retention.manifests(lake.root)) - 1
        retention.collect(lake.root, lake.manifest(), None)
        replies = prune_archive(bronze, load_catalog(), lake, dt.date.max, settings.bronze_days, whole=True)
        wanted = {path.name for path in backup.files_to_save(paths.data).values()}
        for path in (paths.narrative / "cache").glob("*.json"):
            if path.name not in wanted:
                path.unlink()
    freed = before - sum(holding.bytes for holding in holdings(paths, settings))
    return f"{max(states, 0)} past state(s) and {replies} replaced replies went: {freed / 1e6:.1f} MB are free again"


def clean_portal(paths: Paths, *, data: bool) -> None:
    """Delete what was built, but for the browser assets and the demo; with `data`, what it was built from as well."""
    for made in sorted(paths.build.iterdir()):
        if made.is_dir() and made.name not in {DEMO, paths.vendor.name}:
            shutil.rmtree(made)
        elif made.is_file() and made.name not in {LOCK, HOLDER, ".gitkeep"}:
            made.unlink()
    if data:
        for folder in (paths.bronze, paths.lake, paths.narrative, paths.data / figure_albums.FOLDER):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (paths.warehouse, paths.ingest):
            file.unlink(missing_ok=True)


def verify_lake(settings: Settings) -> str:
    """Check every file of the lake, the chain of published forecasts and the archive; return a line that all is well.

    Raises:
        PartCorrupt: A file is missing or differs from its hash, or a published forecast from its digest; all are named.
        UsageError: There is nothing to verify.
    """
    paths = Paths.of(settings)
    lake, bronze = Lake(paths.lake), Bronze(paths.bronze)
    if lake.is_empty() and bronze.is_empty():
        raise UsageError(
            "There is nothing to verify: no lake and no archive", hint=f"see PORTAL_DATA_DIR; {MAKE}", data=paths.data
        )
    archived = bronze.verify()
    damaged = lake.verify()
    # Of damaged parts no digest can be made.
    faults = (damaged or broken(lake)) + [f"bronze/{fault}" for fault in archived]
    if faults:
        more = f" … and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise PartCorrupt(
            f"{len(faults)} file(s) are not what they were: {'; '.join(faults[:10])}{more}",
            hint="run ./inv replay to rebuild the lake from the archive, or ./inv restore --from a published portal"
            + ("; delete the damaged replies and run ./inv ingest --full" if archived else ""),
        )
    parts = lake.manifest().parts
    return f"{len(parts)} parts, {sum(p.rows for p in parts)} rows: every hash agrees"


def mirror_lake(settings: Settings, *, compare: bool = False) -> str:
    """Load the lake into PostgreSQL, or only compare the two, and say what was done.

    Raises:
        MirrorError: They differ; the table of all months is in `build/reports/mirror-parity.json`.
    """
    if settings.postgres_url is None:
        raise UsageError("No PostgreSQL to mirror to", hint="set PORTAL_POSTGRES_URL, see .env.example")
    paths, url = Paths.of(settings), settings.postgres_url.get_secret_value()
    if not compare:
        return str(mirror(Lake(paths.lake), load_catalog(), url))
    parity = compare_mirror(Lake(paths.lake), load_catalog(), url)
    write_json(paths.reports / "mirror-parity.json", [vars(month) | {"equal": month.equal} for month in parity.months])
    if parity.wrong:
        raise MirrorError(str(parity), hint="load it into an empty database with ./inv mirror")
    return str(parity)


def migrate_old(settings: Settings, url: str, today: dt.date, *, keep: bool) -> str:
    """Judge the database of the system before, keep what is worth it, and say what was found.

    The whole account is in `build/reports/migrate.json`.
    """
    paths = Paths.of(settings)
    found = migrate(load_catalog(), paths, url, today, dt.datetime.combine(today, dt.time()), keep=keep)
    write_json(paths.reports / "migrate.json", vars(found))
    return str(found)


@warehouse.readable()
def scorecard(settings: Settings) -> str:
    """Return the score of each forecast model per lead: error, coverage, against the naive."""
    with warehouse.connect(Paths.of(settings).warehouse) as con:
        rows = con.execute(
            "SELECT series, model, lead, n, mape, wape, mase, cov80, cov95, published FROM forecast_score "
            "ORDER BY series, lead, mase"
        ).fetchall()
    if not rows:
        raise StoreError("There are no forecasts yet", hint="run ./inv forecast")
    head = f"{'series':<16}{'model':<22}{'lead':<8}{'n':>5}{'MAPE':>8}{'WAPE':>8}{'MASE':>7}{'c80':>7}{'c95':>7}"

    def cell(value: float | None, width: int, digits: int = 2) -> str:
        return f"{'-':>{width}}" if value is None else f"{value:>{width}.{digits}f}"

    return "\n".join(
        [head]
        + [
            f"{s:<16}{m:<22}{lead:<8}{n:>5}{cell(mape, 8)}{cell(wape, 8)}{cell(mase, 7)}{cell(c80, 7, 1)}"
            f"{cell(c95, 7, 1)}{'  ← published' if shown else ''}"
            for s, m, lead, n, mape, wape, mase, c80, c95, shown in rows
        ]
    )
