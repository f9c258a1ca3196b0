"""Series kept in every settlement version: one row per code, hour and version."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.core.errors import DuplicateKey
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
