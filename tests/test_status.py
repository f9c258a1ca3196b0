"""`./inv status`: what each series holds and lacks, one a line, and the drift of the source's catalogue below."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.operate import status_table
from pipeline.store import warehouse
from pipeline.store.lake import Lake

TODAY = dt.date(2024, 5, 20)


def days(last: dt.date, quality: str) -> pa.Table:
    """Return a daily series of ten days."""
    stamps = [dt.datetime.combine(last - dt.timedelta(days=n), dt.time()) for n in range(10)]
    return pa.table(
        {"code": ["Sistema"] * 10, "ts": pa.array(stamps, pa.timestamp("ms")), "value": [1.0] * 10,
         "quality": ["ok"] * 9 + [quality]}
    )  # fmt: skip


def test_the_table_tells_what_is_missing(tmp_path: Path, catalog: Catalog) -> None:
    """Late series, open gaps, provisional days, quarantined cells, strange codes, drift: each in its column."""
    settings = load_settings(data_dir=tmp_path, build_dir=tmp_path / "build")
    paths = Paths.of(settings)
    lake = Lake(paths.lake)
    run = RunInfo(TODAY, dt.date(2024, 5, 1), "simulated", dt.datetime.combine(TODAY, dt.time(5, 40)))
    name = {"metric": "DemaSIN", "entity": "Sistema"}
    lag = catalog.metrics["DemaSIN"].lag_days
    with lake.writing():
        transaction = lake.transaction(TODAY)
        transaction.upsert("DemaSIN", "Sistema", days(TODAY - dt.timedelta(days=lag + 4), "provisional"))
        transaction.upsert("PorcApor", "Sistema", days(TODAY - dt.timedelta(days=1), "ok"))
        transaction.put_table("_gaps", "log", pa.Table.from_pylist([{**name, "state": "open"}] * 2))
        refused = [{**name, "bronze": "ab", "rule": "not_a_number", "place": "x", "value": "N/D", "seen": TODAY}] * 3
        transaction.put_table("_quarantine", "DemaSIN.Sistema", pa.Table.from_pylist(refused))
        drift = {"kind": "changed", **name, "field": "unit", "was": "kWh", "now": "MWh", "first_seen": TODAY}
        transaction.put_table("_catalog_drift", "xm", pa.Table.from_pylist([{**drift, "last_seen": TODAY}]))
        transaction.commit(run.created)
    warehouse.prepare(paths, catalog, lake, run, {"Gene/Sistema": {"state": "failed", "reason": "timeout"}}).replace(
        paths.warehouse
    )
    table = status_table(settings).splitlines()
    assert table[0].split() == [
        "series", "state", "rows", "last", "day", "lag", "exp.", "gaps", "prov.", "quar.", "codes", "drift", "reason",
    ]  # fmt: skip
    (late,) = [line for line in table if line.startswith("DemaSIN/Sistema ")]
    assert late.split()[1:] == ["ok", "10", str(TODAY - dt.timedelta(days=lag + 4)),
                                str(lag + 4), f"{lag}!", "2", "1", "3", "0", "1"]  # fmt: skip
    (fine,) = [line for line in table if line.startswith("PorcApor/Sistema ")]
    assert "!" not in fine
    assert any(line.startswith("Gene/Sistema ") and line.endswith("timeout") for line in table)
    assert "2 open gaps, 1 provisional days, 3 quarantined cells, 0 strange codes, 1 differences" in table[-2]
    assert table[-1].startswith("catalogue: changed DemaSIN/Sistema unit kWh → MWh since 2024-05-20")
