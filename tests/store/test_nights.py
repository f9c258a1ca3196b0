"""A hundred nights of the store alone: the hundredth is like the first, and what grows stays within its bound."""

from __future__ import annotations

import datetime as dt
import statistics
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline.store import atomic
from pipeline.store.bronze import Bronze
from pipeline.store.lake import Lake
from pipeline.store.retention import Keep
from pipeline.store.segments import PART_BYTES
from pipeline.store.sizes import folder_bytes
from tests.bench.crash.devices import Unsynced

pytestmark = pytest.mark.slow

FIRST = dt.date(2026, 1, 10)  # the year before closes on the way
NIGHTS = 100
KEEP = Keep(nights=10, months=2)
BRONZE_DAYS = 7
SERIES = {"Gene": 60, "DemaReal": 10, "PrecBolsNaci": 1}  # codes; hourly
LOOK_BACK = 20  # days asked again each night
REVISED = 0.02  # of the values asked again


@dataclass
class Life:
    """What a portal of a few series wrote and holds, night after night [bytes]."""

    home: Path
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))
    written: list[int] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)
    weight: list[int] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)
    largest: int = 0
    rows: int = 0

    def night(self, today: dt.date, back: int) -> None:
        """Archive, merge, log, commit and prune, as a night does."""
        lake, bronze = Lake(self.home / "lake", KEEP), Bronze(self.home / "bronze")
        before = {path: path.stat().st_size for path in self.home.rglob("*") if path.is_file()}
        with lake.writing():
            transaction = lake.transaction(today)
            for metric, codes in SERIES.items():
                rows = self._rows(today, back, codes)
                body = rows["value"].to_numpy().tobytes()
                month = today.replace(day=1), today
                bronze.put("xm", metric, "Sistema", month, today, body)
                transaction.upsert(metric, "Sistema", rows)
                self.rows += codes * 24
            transaction.put_table("_forecast_value", "daily", self._forecasts(today), mode="append")
            transaction.put_table("_quarantine", "Gene.Sistema", self._refused(today), mode="append")
            manifest = transaction.commit(dt.datetime.combine(today, dt.time(5, 40)))
            bronze.prune(today, BRONZE_DAYS)
        parts = [path for path in (self.home / "lake").rglob("*.parquet") if path not in before]
        fresh = [path for path in (self.home / "bronze").rglob("*.zst") if path not in before]
        self.written.append(sum(path.stat().st_size for path in parts))
        self.replies.append(sum(path.stat().st_size for path in fresh))
        self.largest = max(self.largest, *(part.bytes for part in manifest.parts))
        current = sum(part.bytes for part in manifest.parts)
        self.weight.append(folder_bytes(self.home / "lake") + folder_bytes(self.home / "bronze"))
        # The state in use, what the kept nights and month ends wrote, the newest replies and a fortnight of others.
        self.bounds.append(
            current + sum(self.written[-KEEP.nights :]) + KEEP.months * max(self.written[-90:])
            + sum(sorted(self.replies)[-5:]) + sum(self.replies[-BRONZE_DAYS - 7 :])
        )  # fmt: skip

    def _rows(self, today: dt.date, back: int, codes: int) -> pa.Table:
        hours = np.datetime64(today, "ms") - np.arange(1, back * 24 + 1).astype("timedelta64[h]")
        stamps = np.tile(hours, codes)
        # A value is a function of its hour, but for those the source changed tonight.
        values = np.sin(stamps.astype("int64") / 7e6) * 1e3 + np.repeat(np.arange(codes), len(hours)) * np.pi
        changed = self.rng.random(len(values)) < REVISED
        values = np.where(changed, values + self.rng.random(len(values)), values)
        names = np.repeat([f"C{n:03d}" for n in range(codes)], len(hours))
        return pa.table({"code": names, "ts": stamps, "value": values, "quality": ["ok"] * len(values)})

    def _forecasts(self, today: dt.date) -> pa.Table:
        size = 400
        columns = {name: self.rng.random(size) for name in ("mean", "lo80", "hi80", "lo95", "hi95")}
        return pa.table({"series": ["s"] * size, "h": list(range(size)), "issued": pa.array([today] * size), **columns})

    def _refused(self, today: dt.date) -> pa.Table:
        names = ("metric", "entity", "bronze", "rule", "place", "value")
        return pa.table({**{name: [f"{name}-{n}" for n in range(5)] for name in names}, "seen": pa.array([today] * 5)})


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A portal that has lived a hundred nights, after a first one of half a year."""
    life = Life(tmp_path_factory.mktemp("life"))
    with atomic.using(Unsynced()):
        life.night(FIRST, 180)
        for number in range(1, NIGHTS):
            life.night(FIRST + dt.timedelta(days=number), LOOK_BACK)
    return life


def test_no_file_is_too_large(life: Life) -> None:
    """Neither a part of a series nor one of a log."""
    assert life.largest <= PART_BYTES


def test_a_late_night_writes_no_more_than_an_early_one(life: Life) -> None:
    """By whole months, February and March, as a part grows with its days; a closed year is put together once."""
    early, late = life.written[22:50], life.written[50:81]
    assert statistics.mean(late) <= 1.15 * statistics.mean(early)
    assert max(life.written[1:]) <= 4 * statistics.mean(early)


def test_lake_and_archive_stay_within_what_the_policy_says(life: Life) -> None:
    """Every night; and without the policy it would be far above."""
    for number, (weight, bound) in enumerate(zip(life.weight, life.bounds, strict=True)):
        assert weight <= 1.5 * bound, f"night {number}"
    assert sum(life.written) + sum(life.replies) > 2 * life.weight[-1]


def test_the_record_is_whole(life: Life) -> None:
    """Every row of every night is there, in order, and every part is what the manifest names."""
    lake = Lake(life.home / "lake", KEEP)
    assert not lake.verify()
    assert lake.read("_forecast_value", "daily").num_rows == 400 * NIGHTS
    assert lake.read("_quarantine", "Gene.Sistema").num_rows == 5 * NIGHTS
    seen = lake.read("_revisions", "log")["seen"].to_pylist()
    assert (seen == sorted(seen), len(set(seen))) == (True, NIGHTS - 1)
    hours = lake.read("Gene", "Sistema").num_rows
    assert hours == (180 + NIGHTS - 1) * 24 * SERIES["Gene"]
    closed = [part for part in lake.manifest().of("Gene", "Sistema") if "2025" in part.years]
    assert len(closed) == 1, "the months of the closed year were put together"
