"""Tables that grow: the newest part is written, the others stay, and a lake of the release before is taken over."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.store import atomic, logs
from pipeline.store.lake import Lake
from pipeline.store.manifest import Part
from pipeline.store.segments import PartLimits
from tests.bench.crash.devices import Unsynced

FIRST = dt.date(2025, 11, 20)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> object:  # type: ignore[misc]
    """Parts of a few rows, and no waiting for the disk."""
    small = {name: replace(log, limits=PartLimits(40, 120, least=20)) for name, log in logs.LOGS.items()}
    monkeypatch.setattr(logs, "LOGS", small)
    with atomic.using(Unsynced()):
        yield


def night_rows(seen: dt.date, count: int, codes: str = "ABCDEFGHIJ") -> pa.Table:
    """Return rows that a log gains in a night, in no order."""
    names = [codes[(7 * n) % len(codes)] + str(n) for n in range(count)]
    return pa.table(
        {"metric": ["Gene"] * count, "entity": ["Recurso"] * count, "code": names,
         "ts": pa.array([dt.datetime(2025, 1, 1)] * count, pa.timestamp("ms")),
         "old": [1.0] * count, "new": [2.0 + n for n in range(count)], "seen": pa.array([seen] * count)}
    )  # fmt: skip


def append(lake: Lake, today: dt.date, *tables: pa.Table, metric: str = "_revisions") -> list[Part]:
    """Commit rows of a log in one night; return its parts."""
    with lake.writing():
        transaction = lake.transaction(today)
        for table in tables:
            transaction.put_table(metric, "log", table, mode="append")
        return transaction.commit(dt.datetime.combine(today, dt.time(5, 40))).of(metric, "log")


def test_a_night_writes_the_newest_part_only(tmp_path: Path) -> None:
    """Full parts stay byte for byte; no part has more rows than its limit; what was written is read in order."""
    lake = Lake(tmp_path)
    written = 0
    for number in range(120):
        today = FIRST + dt.timedelta(days=number)
        before = {p.path for p in lake.manifest().of("_revisions", "log")}
        parts = append(lake, today, night_rows(today, 5))
        written += 5
        new = [p for p in parts if p.path not in before]
        assert len(new) <= 2, "a new part may begin while the last one is filled up"
        assert sum(p.rows for p in new) <= 45 or today.month == 4
        assert max(p.rows for p in parts) <= 120
        assert sum(p.rows for p in parts) == written
    seen = lake.read("_revisions", "log")["seen"].to_pylist()
    assert seen == sorted(seen)
    assert not lake.verify()


def test_a_month_of_any_size_is_cut_into_slices(tmp_path: Path) -> None:
    """A night of a hundred times the usual is many parts, in their order, and the next night writes the last."""
    lake = Lake(tmp_path)
    first = append(lake, FIRST, night_rows(FIRST, 500))
    assert [p.rows for p in first] == [40] * 12 + [20]
    second = append(lake, FIRST + dt.timedelta(days=1), night_rows(FIRST + dt.timedelta(days=1), 5))
    assert second[:12] == first[:12]
    assert [p.rows for p in second[12:]] == [25]
    codes = lake.read("_revisions", "log")["code"].to_pylist()
    assert codes[:500] == sorted(codes[:500])


def test_the_parts_do_not_depend_on_how_often_a_night_commits(tmp_path: Path) -> None:
    """One commit a night, three, or the whole past in one: the same parts."""
    lakes = [Lake(tmp_path / name) for name in "abc"]
    days = [FIRST + dt.timedelta(days=3 * n) for n in range(60)]
    tables = {day: night_rows(day, 9) for day in days}
    for day, table in tables.items():
        append(lakes[0], day, table)
        for piece in (table.slice(6), table.slice(0, 3), table.slice(3, 3)):
            append(lakes[1], day, piece)
    append(lakes[2], days[-1], *tables.values())
    parts = [lake.manifest().of("_revisions", "log") for lake in lakes]
    assert parts[0] == parts[1] == parts[2]


def test_closed_years_are_put_together(tmp_path: Path) -> None:
    """When a year closes its months become parts as large as closed parts may be; after that they stay."""
    lake = Lake(tmp_path)
    for number in range(14):
        append(lake, FIRST + dt.timedelta(days=number), night_rows(FIRST + dt.timedelta(days=number), 6))
    assert [list(p.years) for p in lake.manifest().of("_revisions", "log")] == [["2025-11"], ["2025-11"], ["2025-12"]]
    spring = dt.date(2026, 4, 10)
    closed, _ = append(lake, spring, night_rows(spring, 1))
    assert closed.years == {"2025": 84}
    again = append(lake, spring + dt.timedelta(days=1), night_rows(spring, 1, "X"))
    assert again[0] == closed


def test_a_log_of_the_release_before_is_taken_over(tmp_path: Path) -> None:
    """One file without periods becomes parts with the next night; nothing is lost."""
    lake = Lake(tmp_path)
    old = pa.concat_tables([night_rows(FIRST - dt.timedelta(days=40 - n), 4) for n in range(40)])
    with lake.writing():
        transaction = lake.transaction(FIRST)
        transaction.put_table("_revisions", "log", old)
        transaction.commit(dt.datetime.combine(FIRST, dt.time(5)))
    (single,) = lake.manifest().of("_revisions", "log")
    assert (single.years, single.path[:15]) == ({}, "_revisions/log/")
    parts = append(lake, FIRST, night_rows(FIRST, 4))
    assert len(parts) > 1
    assert sum(p.rows for p in parts) == 164
    codes = set(zip(*(old[name].to_pylist() for name in ("seen", "code")), strict=True))
    table = lake.read("_revisions", "log")
    assert codes <= set(zip(*(table[name].to_pylist() for name in ("seen", "code")), strict=True))


def test_what_is_kept_for_years_only_goes_with_its_year(tmp_path: Path) -> None:
    """Quarantine keeps two closed years: older rows go with the next night, and the guard lets them."""
    lake = Lake(tmp_path)
    for year in (2021, 2022, 2023, 2024):
        day = dt.date(year, 6, 1)
        append(lake, day, night_rows(day, 5), metric="_quarantine")
    assert {d.year for d in lake.read("_quarantine", "log")["seen"].to_pylist()} == {2022, 2023, 2024}
    parts = append(lake, dt.date(2025, 1, 1), night_rows(dt.date(2025, 1, 1), 1), metric="_quarantine")
    assert [(list(p.years), p.rows) for p in parts] == [(["2023"], 5), (["2024-06"], 5), (["2025-01"], 1)]


def test_a_part_that_is_still_too_large_is_halved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows wider than anybody thought: the bound of bytes holds all the same, and the rows keep their order."""
    monkeypatch.setattr("pipeline.store.transaction.PART_BYTES", 2_500)
    lake = Lake(tmp_path)
    texts = [hashlib.sha256(bytes([n])).hexdigest() * 2 for n in range(40)]
    table = night_rows(FIRST, 40).set_column(2, "code", pa.array(texts))
    parts = append(lake, FIRST, table)
    assert max(p.bytes for p in parts) <= 2_500
    assert len(parts) > 1
    assert lake.read("_revisions", "log")["code"].to_pylist() == sorted(texts)
    assert not lake.verify()
