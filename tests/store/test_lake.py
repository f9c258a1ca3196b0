"""The lake: atomic, idempotent, path-independent, and never smaller by accident."""

import datetime as dt
import multiprocessing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import LockHeld, PartCorrupt, StoreError
from pipeline.store import atomic
from pipeline.store import transaction as transaction_module
from pipeline.store.lake import REVISIONS, Lake, Manifest

TODAY = dt.date(2024, 5, 6)
CREATED = dt.datetime(2024, 5, 6, 5, 40)


def rows(values: dict[str, float], code: str = "Sistema", quality: str = "ok") -> pa.Table:
    """Return daily rows from {day: value}."""
    stamps = [dt.datetime.fromisoformat(day) for day in values]
    return pa.table(
        {
            "code": [code] * len(values),
            "ts": pa.array(stamps, pa.timestamp("ms")),
            "value": pa.array(list(values.values()), pa.float64()),
            "quality": [quality] * len(values),
        }
    )


def put(
    lake: Lake,
    values: dict[str, float],
    metric: str = "DemaSIN",
    today: dt.date = TODAY,
    *,
    reported: bool = False,
    **how: str,
) -> None:
    """Commit rows of one series."""
    with lake.writing():
        transaction = lake.transaction(today)
        transaction.upsert(metric, "Sistema", rows(values, **how), reported=reported)
        transaction.commit(CREATED)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """An empty lake."""
    return Lake(tmp_path / "lake")


def test_an_absent_lake_is_empty(lake: Lake) -> None:
    """Reading before the first commit gives no rows and no error."""
    assert lake.read("Gene", "Sistema").num_rows == 0
    assert lake.manifest().version == 0


def test_rows_come_back_sorted_and_labelled(lake: Lake) -> None:
    """What was put in is read back, by code and time, with metric and entity beside it."""
    put(lake, {"2024-05-02": 2.0, "2023-05-01": 1.0})
    table = lake.read("DemaSIN", "Sistema")
    assert table["value"].to_pylist() == [1.0, 2.0]
    assert set(table["metric"].to_pylist()) == {"DemaSIN"}
    assert [p.path.split("/")[-1][:4] for p in lake.manifest().parts] == ["2023", "2024"]


def test_the_same_rows_again_change_nothing(lake: Lake) -> None:
    """Three runs of one day leave one manifest, byte for byte."""
    put(lake, {"2024-05-01": 1.0})
    before = (lake.root / "CURRENT").read_bytes(), sorted(p.name for p in lake.root.rglob("*.parquet"))
    put(lake, {"2024-05-01": 1.0})
    put(lake, {"2024-05-01": 1.0})
    assert ((lake.root / "CURRENT").read_bytes(), sorted(p.name for p in lake.root.rglob("*.parquet"))) == before


def test_a_changed_value_is_a_revision(lake: Lake) -> None:
    """The old value is kept with the new one and the day it was seen."""
    put(lake, {"2024-05-01": 1.0, "2024-05-02": 2.0})
    put(lake, {"2024-05-02": 2.5})
    assert lake.read("DemaSIN", "Sistema")["value"].to_pylist() == [1.0, 2.5]
    log = lake.read(REVISIONS, "log").to_pylist()
    assert [(r["metric"], r["old"], r["new"], r["seen"]) for r in log] == [("DemaSIN", 2.0, 2.5, TODAY)]


def test_completing_a_half_built_day_is_no_revision(lake: Lake) -> None:
    """What those who had reported added up to never was the value; an old day or a small change is a correction."""
    put(lake, {"2024-05-02": 52.6, "2024-05-03": 229.0, "2024-01-02": 200.0}, reported=True)
    put(lake, {"2024-05-02": 230.1, "2024-05-03": 230.0, "2024-01-02": 230.1}, reported=True)
    assert sorted(lake.read(REVISIONS, "log")["old"].to_pylist()) == [200.0, 229.0]


def test_rows_that_do_not_change_keep_their_state(lake: Lake) -> None:
    """A night that repeats what is known rewrites nothing, whatever the evidence had said of it."""
    put(lake, {"2024-05-02": 3000.0, "2024-05-03": 104.0}, quality="doubtful")
    before = lake.pointer()
    put(lake, {"2024-05-02": 3000.0, "2024-05-03": 104.0})
    assert lake.pointer() == before
    put(lake, {"2024-05-02": 104.0})
    assert lake.read("DemaSIN", "Sistema")["quality"].to_pylist() == ["doubtful"] * 2, "until the evidence is heard"


def test_other_days_are_left_alone(lake: Lake) -> None:
    """A partial run (five days of a month) touches its own days only."""
    put(lake, {f"2024-04-{d:02d}": float(d) for d in range(1, 31)})
    put(lake, {f"2024-04-{d:02d}": d + 0.5 for d in range(11, 16)})
    assert lake.read("DemaSIN", "Sistema").num_rows == 30


def test_closed_years_share_a_part_and_the_current_one_is_alone(lake: Lake) -> None:
    """A series is few files: closed years together, the current year by itself."""
    put(lake, {f"{y}-06-01": float(y) for y in range(2019, 2025)})
    assert [list(p.years) for p in lake.manifest().parts] == [["2019", "2020", "2021", "2022", "2023"], ["2024-06"]]


def test_grown_by_night_equals_replayed_from_zero(tmp_path: Path) -> None:
    """The parts do not depend on the order or number of commits: same rows, same bytes."""
    grown, replayed = Lake(tmp_path / "a"), Lake(tmp_path / "b")
    days = {f"{y}-{m:02d}-01": float(y * m) for y in (2021, 2022, 2023, 2024) for m in range(1, 6)}
    for day, value in days.items():
        put(grown, {day: value})
    put(replayed, days)
    assert grown.manifest().fingerprint() == replayed.manifest().fingerprint()
    assert [p.path for p in grown.manifest().parts] == [p.path for p in replayed.manifest().parts]


def test_untouched_years_are_not_rewritten(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night that brings May does not write last decade again."""
    put(lake, {"2019-01-01": 1.0, "2024-05-01": 2.0})
    written: list[str] = []
    original = transaction_module.parquet.write

    def spy(folder: Path, stem: str, table: pa.Table) -> tuple[Path, str, int]:
        written.append(stem)
        return original(folder, stem, table)

    monkeypatch.setattr(transaction_module.parquet, "write", spy)
    put(lake, {"2024-05-02": 3.0})
    assert written == ["2024-05"]


def test_an_open_year_of_the_release_before_is_cut_with_the_next_night(lake: Lake) -> None:
    """It was one part that told its rows by year: the night that touches it reads it and cuts it by month."""
    days = {f"2024-{m:02d}-{d:02d}": float(m * d) for m in range(1, 5) for d in range(1, 29)}
    put(lake, {**days, "2020-05-01": 1.0})
    with lake.writing():
        old = lake.manifest()
        whole = [replace(p, years={"2024": p.rows} if "2024-01" in p.years else p.years) for p in old.parts]
        lake.put_in_use(Manifest(old.version + 1, old.name, old.created, tuple(whole)))
    assert [list(p.years) for p in lake.manifest().parts] == [["2020"], ["2024"]]
    put(lake, {"2024-05-01": 7.0})
    closed, year = lake.manifest().parts
    assert (closed, list(year.years)) == (old.parts[0], [f"2024-{m:02d}" for m in range(1, 6)])
    assert lake.read("DemaSIN", "Sistema")["value"].to_pylist() == [1.0, *days.values(), 7.0]


def test_a_month_of_a_large_series_is_a_part_and_a_young_one_three(lake: Lake) -> None:
    """A late revision of an old month rewrites that month; a new night writes the newest third; the rest stays."""
    codes = [f"P{n:03d}" for n in range(500)]
    with lake.writing():
        transaction = lake.transaction(TODAY)
        table = pa.concat_tables(
            [
                rows({f"2024-{m:02d}-{d:02d}": float(d) for m in range(1, 5) for d in range(1, 29)}, code)
                for code in codes
            ]
        )
        transaction.upsert("Gene", "Recurso", table)
        transaction.commit(CREATED)
    before = lake.manifest().of("Gene", "Recurso")
    thirds = [[f"2024-{m:02d}-{third}"] for m in (3, 4) for third in (1, 2, 3)]
    assert [list(p.years) for p in before] == [["2024-01"], ["2024-02"], *thirds]
    for day, changed in (("2024-02-03", 1), ("2024-03-15", 3), ("2024-05-01", 8)):
        with lake.writing():
            transaction = lake.transaction(TODAY)
            transaction.upsert("Gene", "Recurso", rows({day: 3.5}, "P007"))
            transaction.commit(CREATED)
        after = lake.manifest().of("Gene", "Recurso")
        assert [n for n, part in enumerate(after) if part not in before] == [changed]
        before = after
    later = TODAY + dt.timedelta(days=60)
    with lake.writing():
        transaction = lake.transaction(later)
        transaction.upsert("Gene", "Recurso", rows({later.isoformat(): 1.0}, "P007"))
        transaction.commit(CREATED)
    settled = lake.manifest().of("Gene", "Recurso")
    assert [list(p.years) for p in settled[2:4]] == [["2024-03"], ["2024-04"]]
    assert sum(part.rows for part in settled) == sum(part.rows for part in before) + 1


def _hold(root: str, ready: object, release: object) -> None:
    with Lake(Path(root)).writing():
        ready.set()  # type: ignore[attr-defined]
        release.wait(20)  # type: ignore[attr-defined]


def test_a_second_writer_is_turned_away_at_once(lake: Lake) -> None:
    """Two runs at a time: one writes, the other is told to come back (exit 75)."""
    context = multiprocessing.get_context("spawn")
    ready, release = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(str(lake.root), ready, release))
    process.start()
    try:
        assert ready.wait(20)
        with pytest.raises(LockHeld), lake.writing():
            pass
    finally:
        release.set()
        process.join()
    with lake.writing():
        pass


def test_verify_names_what_differs(lake: Lake) -> None:
    """A flipped bit and a missing file are found by name."""
    put(lake, {"2019-05-01": 1.0, "2024-05-01": 1.0})
    first, second = (lake.path(p) for p in lake.manifest().parts)
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(data)
    second.unlink()
    assert [line.split(": ")[1] for line in lake.verify()] == ["bytes differ from the manifest", "missing"]
    with pytest.raises(PartCorrupt, match="verify"):
        lake.read("DemaSIN", "Sistema")


def test_leftovers_are_swept(lake: Lake) -> None:
    """Temporary files and parts of a run that died are gone after the next commit."""
    put(lake, {"2024-05-01": 1.0})
    orphan = lake.root / "DemaSIN" / "Sistema" / "2024-000000000000.parquet"
    orphan.write_bytes(b"x")
    (lake.root / f"{atomic.TEMP_PREFIX}1-x").write_bytes(b"x")
    put(lake, {"2024-05-02": 1.0})
    assert not orphan.exists()
    assert not list(lake.root.rglob(f"{atomic.TEMP_PREFIX}*"))


def test_parts_are_plain_parquet(lake: Lake) -> None:
    """A part is read by any engine: text, millisecond stamps, doubles; delta-encoded time."""
    put(lake, {"2024-05-01": 1.0})
    file = pq.ParquetFile(lake.path(lake.manifest().parts[0]))
    assert file.schema_arrow.names == ["metric", "entity", "code", "ts", "value", "quality"]
    assert "DELTA_BINARY_PACKED" in file.metadata.row_group(0).column(3).encodings


def test_tables_replace_and_append(lake: Lake) -> None:
    """Lists are replaced, logs grow, and an equal list is no change."""
    table = pa.table({"code": ["A"], "name": ["Alfa"]})
    with lake.writing():
        transaction = lake.transaction(TODAY)
        assert transaction.put_table("ListadoRios", "Sistema", table)
        assert not transaction.put_table("ListadoRios", "Sistema", table)
        log = table.append_column("seen", pa.array([TODAY]))
        for name in ("A", "B"):
            assert transaction.put_table("_quarantine", "x", log.set_column(0, "code", pa.array([name])), mode="append")
        assert not transaction.put_table("_quarantine", "x", log.slice(0, 0), mode="append")
        with pytest.raises(StoreError, match="Nobody declared how this table grows"):
            transaction.put_table("_undeclared", "x", log, mode="append")
        transaction.commit(CREATED)
    assert lake.read("ListadoRios", "Sistema").num_rows == 1
    assert lake.read("_quarantine", "x")["code"].to_pylist() == ["A", "B"]


def test_a_part_that_may_still_grow_is_known_before_it_is_written(tmp_path: Path) -> None:
    """Rows of whole parts can be written once; those of the last part wait for what follows."""
    lake = Lake(tmp_path)
    transaction = lake.transaction(dt.date(2024, 6, 1))
    per_year = transaction_module.ROWS_PER_PART // 4

    def years(first: int, last: int) -> dict[int, int]:
        return dict.fromkeys(range(first, last + 1), per_year)

    assert transaction.growing_since("Gene", "Recurso", years(2000, 2003)) == 0
    assert transaction.growing_since("Gene", "Recurso", years(2000, 2005)) == 2002
    assert transaction.growing_since("Gene", "Recurso", years(2020, 2024)) == 2024
