"""Four million real values of XM, served by the emulator, ingested and read back beside the files they came from."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.catalog.load import load_catalog
from pipeline.catalog.schema import Metric
from pipeline.core.errors import UsageError
from pipeline.emulator.server import running
from pipeline.ingest.intake import QUARANTINE
from pipeline.store.lake import Lake
from tests.bench.own import ingest_now
from tests.bench.peer import Order
from tests.bench.table import Line, exactly, told

TODAY = dt.date(2026, 1, 1)
PAIRS = 153
TOLERANCE = 1e-9
Series = tuple[str, str]


@dataclass
class ReadBack:
    """What came back of the real values."""

    pairs: int = 0
    rows: int = 0
    missing: int = 0
    different: int = 0
    more: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)


def bench_real(folder: Path) -> list[Line]:
    """Ingest every pair of `folder` from its first month on, and compare row by row.

    Raises:
        UsageError: The folder holds no series.
    """
    files: dict[Series, Path] = {}
    for path in sorted(folder.glob("*.*.parquet")):
        metric, entity = path.name.split(".")[:2]
        files[metric, entity] = path
    if not files:
        raise UsageError(f"No real values in {folder}", hint="give their folder: --data PATH")
    with tempfile.TemporaryDirectory() as home, running(folder, TODAY) as url:
        lake = Lake(Path(home) / "data" / "lake")
        for since, series in sorted(_groups(files).items()):
            ingest_now(Order(url, series, since.isoformat(), TODAY.isoformat(), home))
        found = _compare(lake, files)
    return [
        exactly("real: pairs ingested", found.pairs, PAIRS),
        told("real: values in the files", found.rows),
        exactly("real: values missing (quarantined ones apart)", found.missing - found.quarantined.total(), 0),
        exactly(f"real: values that differ by more than {TOLERANCE:g}", found.different, 0),
        exactly("real: values the files do not have", found.more, 0),
        *(told(f"real: quarantined, {rule}", count) for rule, count in sorted(found.quarantined.items())),
    ]


def _groups(files: dict[Series, Path]) -> dict[dt.date, list[Series]]:
    """Group the series by the first month they have a value in: a week of data needs no 26 years of questions."""
    groups: dict[dt.date, list[Series]] = {}
    for series, path in files.items():
        first = pc.min(pq.read_table(path, columns=["ts"])["ts"]).as_py().date().replace(day=1)
        groups.setdefault(first, []).append(series)
    return groups


def _compare(lake: Lake, files: dict[Series, Path]) -> ReadBack:
    found = ReadBack()
    catalog = load_catalog()
    for (metric, entity), path in files.items():
        wanted = _wanted(path, catalog.metrics[metric])
        rows = lake.read(metric, entity).select(["code", "ts", "value"]).to_pandas()
        both = wanted.merge(rows, on=["code", "ts"], how="outer", suffixes=("_file", "_lake"), indicator=True)
        shared = both[both["_merge"] == "both"]
        close = np.isclose(shared["value_file"], shared["value_lake"], rtol=TOLERANCE, atol=TOLERANCE)
        found.pairs += not rows.empty
        found.rows += len(wanted)
        found.missing += int((both["_merge"] == "left_only").sum())
        found.more += int((both["_merge"] == "right_only").sum())
        found.different += int((~close).sum())
        refused = lake.read(QUARANTINE, f"{metric}.{entity}")
        if refused.num_rows:
            found.quarantined.update(refused["rule"].to_pylist())
    return found


def _wanted(path: Path, metric: Metric) -> pd.DataFrame:
    """Return the values of a file in the stored unit."""
    frame: pd.DataFrame = pq.read_table(path, columns=["code", "ts", "value"]).to_pandas().dropna()
    frame["ts"] = frame["ts"].astype("datetime64[ms]")
    frame["code"] = frame["code"].astype(str)
    frame["value"] = frame["value"] * metric.unit.factor
    return frame
