"""`./inv status`: what each series holds and lacks, one a line, and the drift of the source's catalogue below."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.errors import StoreError
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.ingest.renames import SCHEMA as RENAMES_SCHEMA
from pipeline.ingest.renames import TABLE as RENAMES
from pipeline.ingest.states import fresh_state
from pipeline.operate import clean_old, status_table
from pipeline.store import warehouse
from pipeline.store.bronze import Bronze
from pipeline.store.held import SCHEMA as HELD_SCHEMA
from pipeline.store.held import TABLE as HELD
from pipeline.store.lake import Lake
from pipeline.store.sizes import folder_bytes, holdings
from tests.ingest.kept import write_states

TODAY = dt.date(2024, 5, 20)


def days(last: dt.date, second: float = 1.0) -> pa.Table:
    """Return a daily series of ten days, the last but one with a value of its own."""
    stamps = [dt.datetime.combine(last - dt.timedelta(days=n), dt.time()) for n in range(10)]
    return pa.table(
        {"code": ["Sistema"] * 10, "ts": pa.array(stamps, pa.timestamp("ms")), "value": [1.0, second, *[1.0] * 8],
         "quality": ["ok"] * 10}
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
        transaction.upsert("DemaSIN", "Sistema", days(TODAY - dt.timedelta(days=lag + 4), second=0.1))
        transaction.upsert("PorcApor", "Sistema", days(TODAY - dt.timedelta(days=1)))
        transaction.put_table("_gaps", "log", pa.Table.from_pylist([{**name, "state": "open"}] * 2))
        refused = [{**name, "bronze": "ab", "rule": "not_a_number", "place": "x", "value": "N/D", "seen": TODAY}] * 3
        transaction.put_table("_quarantine", "DemaSIN.Sistema", pa.Table.from_pylist(refused))
        drift = {"kind": "changed", **name, "field": "unit", "was": "kWh", "now": "MWh", "first_seen": TODAY}
        transaction.put_table("_catalog_drift", "xm", pa.Table.from_pylist([{**drift, "last_seen": TODAY}]))
        held = {**name, "day": TODAY, "old": 1.0, "old_count": 1, "new_count": 0, "reason": "withdrawn", "decision": ""}
        transaction.put_table(*HELD, pa.Table.from_pylist([{**held, "first_seen": TODAY}], schema=HELD_SCHEMA))
        gone = {**name, "code": "Sistema", "ts": dt.datetime(2024, 5, 2), "old": 1.0, "new": None, "seen": TODAY}
        transaction.put_table("_revisions", "log", pa.Table.from_pylist([gone]), mode="append")
        pair = {"metric": "VoluUtilDiarEner", "entity": "Embalse", "old": "MIEL I", "new": "AMANI", "since": TODAY}
        rename = {**pair, "compared": 31, "alike": 30, "first_seen": TODAY}
        transaction.put_table(*RENAMES, pa.Table.from_pylist([rename], schema=RENAMES_SCHEMA))
        transaction.commit(run.created)
    warehouse.prepare(paths, catalog, lake, run, {"Gene/Sistema": {"state": "failed", "reason": "timeout"}}).replace(
        paths.warehouse
    )
    told = status_table(settings)
    table = told.partition("\n\n")[0].splitlines()
    assert table[0].split() == [
        "series", "state", "rows", "last", "day", "lag", "exp.", "gaps", "prov.", "quar.", "codes", "drift", "reason",
    ]  # fmt: skip
    (late,) = [line for line in table if line.startswith("DemaSIN/Sistema ")]
    assert late.split()[1:] == ["ok", "10", str(TODAY - dt.timedelta(days=lag + 4)),
                                str(lag + 4), f"{lag}!", "2", "1", "3", "0", "1"]  # fmt: skip
    (fine,) = [line for line in table if line.startswith("PorcApor/Sistema ")]
    assert "!" not in fine
    assert any(line.startswith("Gene/Sistema ") and line.endswith("timeout") for line in table)
    assert "2 open gaps, 1 provisional days, 3 quarantined cells, 0 strange codes, 1 differences" in table[-5]
    assert table[-4].startswith("catalogue: changed DemaSIN/Sistema unit kWh → MWh since 2024-05-20")
    assert table[-3:] == [
        "held back: DemaSIN/Sistema: 2024-05-20 from 1 to nothing in 0 values (withdrawn)",
        "withdrawn last night: DemaSIN/Sistema, 1 values of 2024-05-02 to 2024-05-02",
        "renamed? Embalse MIEL I → AMANI: VoluUtilDiarEner 30 of 31 withdrawn values are the new code's. "
        'For catalog/aliases.yml: - {id: embalse-miel-i-amani, entity: Embalse, old: "MIEL I", new: "AMANI", '
        'since: 2024-05-20, text: "…", source: "…"}',
    ]
    paths.warehouse.unlink()
    write_states(paths, run, {"Gene/Sistema": {**fresh_state(), "state": "failed", "reason": "timeout"}})
    without = status_table(settings)
    changed = [(a, b) for a, b in zip(told.splitlines(), without.splitlines(), strict=True) if a != b]
    assert {a.split()[0] for a, _ in changed} <= {line.split()[0] for line in table[1:]} | {"warehouse", "texts"}
    (late,) = [line for line in without.splitlines() if line.startswith("DemaSIN/Sistema ")]
    assert late.split()[1:] == ["ok", "10", str(TODAY - dt.timedelta(days=lag + 4)),
                                str(lag + 4), f"{lag}!", "2", "-", "3", "0", "1"]  # fmt: skip
    assert any(line.startswith("Gene/Sistema ") and line.endswith("timeout") for line in without.splitlines())
    assert "2 open gaps, - provisional days, 3 quarantined cells, 0 strange codes, 1 differences" in without


def test_without_any_data_it_says_what_makes_them(tmp_path: Path) -> None:
    """Neither warehouse nor lake: no table of nothing."""
    with pytest.raises(StoreError, match=r"no data yet.*\./inv build"):
        status_table(load_settings(data_dir=tmp_path, build_dir=tmp_path / "build"))


def test_sizes_and_their_bounds_are_told_and_old_things_go(tmp_path: Path, catalog: Catalog) -> None:
    """Each holding with its megabytes and its bound; `clean --old` leaves the state in use and the newest replies."""
    settings = load_settings(data_dir=tmp_path, build_dir=tmp_path / "build")
    paths = Paths.of(settings)
    lake, bronze = Lake(paths.lake), Bronze(paths.bronze)
    for night in range(4):
        today = TODAY + dt.timedelta(days=night)
        with lake.writing():
            transaction = lake.transaction(today)
            transaction.upsert("DemaSIN", "Sistema", days(today))
            transaction.commit(dt.datetime.combine(today, dt.time(5, 40)))
        for metric, window in (("DemaSIN", (TODAY, TODAY)), ("ListadoRecursos", (today, today))):
            bronze.put("xm", metric, "Sistema", window, today, b"%d" % night)
    (paths.narrative / "cache").mkdir(parents=True)
    for number in range(3):
        text = paths.narrative / "cache" / f"{number}.json"
        text.write_text('{"board": "precio"}')
        os.utime(text, (number, number))
    found = {holding.name.strip(): holding for holding in holdings(paths, settings)}
    current = sum(part.bytes for part in lake.manifest().parts)
    assert found["lake, state in use"].bytes == current
    assert found["lake, 3 past states"].bytes > current
    assert found["bronze"].bytes == folder_bytes(paths.bronze) > 0
    assert "30 nights and 12 month ends" in found["lake, 3 past states"].bound
    said = status_table(settings)
    assert all(line.split()[0] in said for line in ("lake,", "bronze", "warehouse", "site"))
    before = lake.read("DemaSIN", "Sistema")
    assert clean_old(settings).startswith("3 past state(s) and 6 replaced replies went")
    assert [bronze.get(ref) for ref in bronze.every("xm")] == [b"3", b"3"]
    assert [path.name for path in (paths.narrative / "cache").iterdir()] == ["2.json"]
    assert lake.read("DemaSIN", "Sistema").equals(before)
    assert not lake.verify()
    assert "lake, 0 past states" in status_table(settings)
