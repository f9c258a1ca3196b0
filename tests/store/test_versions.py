"""Series kept in every settlement version: one row per code, hour and version."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.errors import DuplicateKey
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.store import warehouse
from pipeline.store.lake import Lake

TODAY = dt.date(2024, 5, 6)
CREATED = dt.datetime(2024, 5, 6, 5, 40)


def versions_of(values: dict[str, float], hour: int = 0) -> pa.Table:
    """Return one hour of a price in several settlement versions."""
    stamp = [dt.datetime(2024, 5, 1, hour)] * len(values)
    return pa.table(
        {"code": ["Sistema"] * len(values), "ts": pa.array(stamp, pa.timestamp("ms")), "value": [*values.values()],
         "quality": ["ok"] * len(values), "version": [*values]}
    )  # fmt: skip


def test_versions_of_one_hour_live_side_by_side(tmp_path: Path) -> None:
    """The version is part of the key: a new version adds a row, a changed value of a version revises that one only."""
    lake = Lake(tmp_path)
    with lake.writing():
        first = lake.transaction(TODAY)
        assert first.upsert("PB_Nal", "Sistema", versions_of({"TX1": 100.0, "TX2": 101.0})).added == 2
        first.commit(CREATED)
        second = lake.transaction(TODAY)
        merge = second.upsert("PB_Nal", "Sistema", versions_of({"TX2": 102.0, "TXR": 103.0}))
        assert (merge.added, merge.revised, merge.unchanged) == (1, 1, 0)
        second.commit(CREATED)
    stored = lake.read("PB_Nal", "Sistema")
    assert dict(zip(stored["version"].to_pylist(), stored["value"].to_pylist(), strict=True)) == {
        "TX1": 100.0, "TX2": 102.0, "TXR": 103.0,
    }  # fmt: skip
    assert lake.read("_revisions", "log").select(["version", "old", "new"]).to_pylist() == [
        {"version": "TX2", "old": 101.0, "new": 102.0}
    ]


def test_a_version_twice_is_refused(tmp_path: Path) -> None:
    """Two values for one hour of one version are a fault of whoever parsed them."""
    rows = pa.concat_tables([versions_of({"TX1": 1.0}), versions_of({"TX1": 2.0})])
    with pytest.raises(DuplicateKey):
        Lake(tmp_path).transaction(TODAY).upsert("PB_Nal", "Sistema", rows)


def month_of(values: dict[str, float]) -> pa.Table:
    """Return every hour of April 2024 in several versions."""
    return pa.concat_tables(
        [
            versions_of(values, hour=0).set_column(
                1, "ts", pa.array([dt.datetime(2024, 4, 1) + dt.timedelta(hours=n)] * len(values), pa.timestamp("ms"))
            )
            for n in range(30 * 24)
        ]
    )


def calendar_of(periods: list[tuple[str, str, str, str]]) -> pa.Table:
    """Return a calendar of versions: (version, first day, last day, in force)."""
    return pa.table(
        {
            "entity": ["Sistema"] * len(periods),
            "code": [p[0] for p in periods],
            "ts": pa.array([dt.datetime.fromisoformat(p[1]) for p in periods], pa.timestamp("ms")),
            "start": [p[1] for p in periods],
            "end": [p[2] for p in periods],
            "in_force": [p[3] for p in periods],
            "published": ["2024-05-10"] * len(periods),
        }
    )


def open_world(
    folder: Path, catalog: Catalog, prices: pa.Table, calendar: pa.Table | None = None
) -> duckdb.DuckDBPyConnection:
    """Return a warehouse with one versioned price."""
    paths = Paths(data=folder, build=folder / "build")
    lake = Lake(paths.lake)
    with lake.writing():
        transaction = lake.transaction(TODAY)
        transaction.upsert("PB_Nal", "Sistema", prices)
        if calendar is not None:
            transaction.put_table("VersionesLiquidacion", "Sistema", calendar)
        transaction.commit(CREATED)
    run = RunInfo(TODAY, dt.date(2024, 4, 1), "simulated", CREATED)
    return duckdb.connect(str(warehouse.prepare(paths, catalog, lake, run, {})))


FOUR = {"TX2": 100.1, "TX3": 100.2, "TXR": 100.3, "TXF": 100.7}


def test_a_month_with_four_versions_sums_as_one(tmp_path: Path, catalog: Catalog) -> None:
    """The sum of the month is the sum of its last version, hour by hour and day by day; all versions stay (I18)."""
    con = open_world(tmp_path, catalog, month_of(FOUR))
    hours, total = con.execute('SELECT count(*), sum(value) FROM "PB_Nal"').fetchall()[0]
    assert hours == 720
    assert total == pytest.approx(720 * 100.7, rel=0, abs=1e-9 * 720 * 100.7)
    assert con.execute('SELECT count(*), sum(hours) FROM "PB_Nal_daily"').fetchall() == [(30, 720)]
    assert con.execute('SELECT count(*), count(DISTINCT version) FROM "PB_Nal_versions"').fetchall() == [(2880, 4)]
    days = con.execute('SELECT version, sum(hours), avg(value) FROM "PB_Nal_versions_daily" GROUP BY 1').fetchall()
    assert {name: (hours, round(mean, 6)) for name, hours, mean in days} == {n: (720, v) for n, v in FOUR.items()}


def test_precedence_is_declared_and_not_alphabetical(tmp_path: Path, catalog: Catalog) -> None:
    """TX10 goes over TX2, TXR over every number, TXF over TXR."""
    assert catalog.versions.index("TX2") < catalog.versions.index("TX10") < catalog.versions.index("TXR")
    assert catalog.versions[-2:] == ("TXR", "TXF")
    con = open_world(tmp_path, catalog, versions_of({"TX2": 2.0, "TX10": 10.0, "TX9": 9.0}))
    assert con.execute('SELECT value, version FROM "PB_Nal"').fetchall() == [(10.0, "TX10")]


def test_the_calendar_goes_before_the_precedence(tmp_path: Path, catalog: Catalog) -> None:
    """An adjustment in force replaces the invoice; a version newer than the calendar replaces both."""
    april = ("2024-04-01", "2024-04-30")
    listed = calendar_of(
        [("TX2", *april, "0"), ("TXR", *april, "0"), ("TXF", *april, "False"), ("TX3", *april, "True")]
    )
    con = open_world(tmp_path / "adjusted", catalog, month_of(FOUR), listed)
    assert con.execute('SELECT DISTINCT value, version FROM "PB_Nal"').fetchall() == [(100.2, "TX3")]
    late = calendar_of([("TX2", *april, "1")])
    con = open_world(tmp_path / "late", catalog, month_of({"TX1": 1.0, "TX2": 2.0, "TXR": 3.0}), late)
    assert con.execute('SELECT DISTINCT value, version FROM "PB_Nal"').fetchall() == [(3.0, "TXR")]
