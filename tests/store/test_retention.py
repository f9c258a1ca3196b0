"""The past of a lake: kept as long as promised, readable as of any kept day, and never pulled from under a reader."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import StoreError
from pipeline.store import atomic, retention
from pipeline.store.held import accept_all
from pipeline.store.lake import Lake
from pipeline.store.retention import Keep
from tests.bench.crash.devices import Unsynced


@pytest.fixture(autouse=True)
def _unsynced() -> object:  # type: ignore[misc]
    """Spare the disk: nothing here depends on it."""
    with atomic.using(Unsynced()):
        yield


def commit(lake: Lake, day: dt.date, value: float) -> None:
    """Put one value of a fixed day; each commit replaces the part."""
    rows = pa.table(
        {
            "code": ["Sistema"],
            "ts": pa.array([dt.datetime(2020, 1, 1)], pa.timestamp("ms")),
            "value": [value],
            "quality": ["ok"],
        }
    )
    with lake.writing():
        transaction = lake.transaction(day, decide=accept_all)
        transaction.upsert("Gene", "Sistema", rows)
        transaction.commit(dt.datetime.combine(day, dt.time(5, 40)))


def days_kept(lake: Lake) -> list[dt.date]:
    """Return the days of the kept states, oldest first."""
    return [dt.date.fromisoformat(s.created[:10]) for s in retention.history(lake.root, lake.manifest())]


def test_young_states_and_month_ends_stay_with_their_parts(tmp_path: Path) -> None:
    """The last state of each of the last days and months; every part a kept state names is there, and no other."""
    lake = Lake(tmp_path, Keep(nights=20, months=5))
    start = dt.date(2023, 1, 1)
    days = [start + dt.timedelta(days=7 * week) for week in range(80)]
    for number, day in enumerate(days):
        commit(lake, day, 100.0 + number)
        commit(lake, day, 200.0 + number)
        commit(lake, day, 300.0 + number)
    newest = days[-1]
    states = retention.history(lake.root, lake.manifest())
    last_of_month = {max(d for d in days if (d.year, d.month) == (day.year, day.month)) for day in days}
    months = {d for d in last_of_month if (newest.year - d.year) * 12 + newest.month - d.month <= 5}
    expected = {d for d in days if (newest - d).days < 20} | months
    assert days_kept(lake) == sorted([*expected, newest]), "one a day, and the one before the one in use"
    for day in expected:
        told = lake.read("Gene", "Sistema", lake.as_of(day))["value"].to_pylist()
        assert told == [300.0 + days.index(day)]
    named = {part for state in states for part in state.parts or ()}
    there = {path.relative_to(lake.root).as_posix() for path in lake.root.rglob("*.parquet")}
    assert there == named
    assert not lake.verify()


def test_a_day_whose_state_is_gone_has_no_answer(tmp_path: Path) -> None:
    """Between two month ends nobody knows: the error says what is kept, never the state of another day."""
    lake = Lake(tmp_path, Keep(nights=10, months=3))
    for number in range(100):
        commit(lake, dt.date(2024, 1, 1) + dt.timedelta(days=number), 100.0 + number)
    end_of_february = lake.as_of(dt.date(2024, 2, 29))
    assert lake.read("Gene", "Sistema", end_of_february)["value"].to_pylist() == [159.0]
    with pytest.raises(StoreError, match=r"not kept.*2024-03-15.*10 days and of 3 months.*oldest of 2024-01-31"):
        lake.as_of(dt.date(2024, 3, 15))


def test_the_day_before_is_always_known(tmp_path: Path) -> None:
    """However many commits a night has and however short the policy: what is new since the day before can be said."""
    lake = Lake(tmp_path, Keep(nights=1, months=0))
    for day in (1, 2, 3):
        for value in (1.0, 2.0, 3.0, 4.0):
            commit(lake, dt.date(2024, 5, day), 10.0 * day + value)
    assert days_kept(lake) == [dt.date(2024, 5, 2), dt.date(2024, 5, 3), dt.date(2024, 5, 3)]
    assert lake.read("Gene", "Sistema", lake.as_of(dt.date(2024, 5, 2)))["value"].to_pylist() == [24.0]


def test_a_lake_that_slept_knows_what_was_before(tmp_path: Path) -> None:
    """Months without a run, then three commits in a night: the state of yesterday is the one it fell asleep with."""
    lake = Lake(tmp_path)
    for day, value in ((dt.date(2024, 1, 10), 1.0), (dt.date(2024, 6, 1), 2.0)):
        for more in (0.1, 0.2, 0.3):
            commit(lake, day, value + more)
    assert lake.read("Gene", "Sistema", lake.as_of(dt.date(2024, 5, 31)))["value"].to_pylist() == [1.3]


def test_nothing_but_the_state_in_use_stays_when_asked(tmp_path: Path) -> None:
    """`clean --old`: the past goes at once."""
    lake = Lake(tmp_path)
    for day in (1, 2, 3):
        commit(lake, dt.date(2024, 5, day), 10.0 * day)
    assert retention.collect(lake.root, lake.manifest(), None) == 5
    assert days_kept(lake) == [dt.date(2024, 5, 3)]
    assert lake.read("Gene", "Sistema")["value"].to_pylist() == [30.0]
    assert not lake.verify()


def test_a_damaged_past_ages_out(tmp_path: Path) -> None:
    """A manifest that cannot be read holds every part back, but not for ever: only while the policy reaches it."""
    lake = Lake(tmp_path, Keep(nights=5, months=0))
    for number in range(3):
        commit(lake, dt.date(2024, 5, 1) + dt.timedelta(days=number), 1.0 + number)
    retention.history(lake.root, lake.manifest())[0].path.write_bytes(b"{")
    commit(lake, dt.date(2024, 5, 4), 9.0)
    assert len(list((lake.root / "Gene").rglob("*.parquet"))) == 4
    for number in range(10):
        commit(lake, dt.date(2024, 6, 15) + dt.timedelta(days=number), 20.0 + number)
    assert not lake.verify()
    assert len(list((lake.root / "Gene").rglob("*.parquet"))) == 5


def test_what_was_known_on_a_day_is_read_back(tmp_path: Path) -> None:
    """`as_of` gives the state in use at the end of a day; a day before the first state has no answer."""
    lake = Lake(tmp_path)
    for number in range(4):
        commit(lake, dt.date(2024, 5, 1) + dt.timedelta(days=2 * number), 100.0 + number)
    told = {
        day: lake.read("Gene", "Sistema", lake.as_of(dt.date(2024, 5, day)))["value"].to_pylist()
        for day in (1, 2, 3, 9)
    }
    assert told == {1: [100.0], 2: [100.0], 3: [101.0], 9: [103.0]}
    with pytest.raises(StoreError, match="is not kept"):
        lake.as_of(dt.date(2024, 4, 30))


def test_a_state_that_never_was_is_no_past(tmp_path: Path) -> None:
    """The manifest of a run that died before its commit is not what was known on any day."""
    lake = Lake(tmp_path)
    commit(lake, dt.date(2024, 5, 1), 1.0)
    before = (lake.root / "CURRENT").read_bytes()
    commit(lake, dt.date(2024, 5, 2), 2.0)
    (lake.root / "CURRENT").write_bytes(before)
    assert lake.read("Gene", "Sistema", lake.as_of(dt.date(2024, 5, 9)))["value"].to_pylist() == [1.0]
    commit(lake, dt.date(2024, 5, 3), 3.0)
    assert len(list(lake.root.glob("manifest-*.json"))) == 2


def test_a_reader_reads_on_while_runs_commit(tmp_path: Path) -> None:
    """A manifest read, a file opened and a query begun before a commit years later all finish on the old state."""
    lake = Lake(tmp_path)
    commit(lake, dt.date(2020, 5, 1), 1.0)
    commit(lake, dt.date(2022, 5, 2), 2.0)
    manifest = lake.manifest()
    (part,) = manifest.of("Gene", "Sistema")
    handle = pq.ParquetFile(lake.path(part), memory_map=False)
    with duckdb.connect() as con:
        con.execute(f"CREATE VIEW gene AS SELECT value FROM read_parquet('{lake.path(part)}')")
        commit(lake, dt.date(2026, 5, 3), 3.0)
        assert lake.read("Gene", "Sistema", manifest)["value"].to_pylist() == [2.0]
        assert con.sql("FROM gene").fetchall() == [(2.0,)]
        assert handle.read()["value"].to_pylist() == [2.0]
    handle.close()
    assert lake.read("Gene", "Sistema")["value"].to_pylist() == [3.0]


def test_a_damaged_past_keeps_every_part(tmp_path: Path) -> None:
    """What a damaged manifest names is not known: nothing is thrown away until it is mended, and verify names it."""
    lake = Lake(tmp_path)
    for number in range(3):
        commit(lake, dt.date(2024, 5, 1) + dt.timedelta(days=number), 1.0 + number)
    past = retention.history(lake.root, lake.manifest())[0].path
    past.write_bytes(b"{")
    parts = set(lake.root.rglob("*.parquet"))
    orphan = lake.root / "Gene" / "Sistema" / "2020-000000000000.parquet"
    orphan.write_bytes(b"x")
    commit(lake, dt.date(2024, 5, 9), 9.0)
    assert parts | {orphan} <= set(lake.root.rglob("*.parquet"))
    assert [line.split(": ")[0] for line in lake.verify()] == [past.name]
