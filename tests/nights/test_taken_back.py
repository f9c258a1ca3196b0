"""The source takes back what it said, on the emulator: a spike withdrawn, a reservoir renamed, an empty answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pipeline.catalog.schema import Alias
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.ingest.renames import TABLE as RENAMES
from pipeline.ingest.rounds import replay
from pipeline.store import warehouse
from pipeline.store.held import TABLE as HELD
from pipeline.store.lake import Lake
from tests.nights.life import Life, living
from tests.nights.source import MovingEmulator

pytestmark = [pytest.mark.slow, pytest.mark.again]
DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 5, 18)
NAMES = ("PrecBolsNaci", "VoluUtilDiarEner", "CapaUtilDiarEner", "ListadoEmbalses")
Spoil = Callable[[str, dict[str, Any]], None]
"""Metric, item of a day → the item, changed in place."""


class TellingEmulator(MovingEmulator):
    """The emulator, with answers that a test changes."""

    spoil: Spoil | None = None
    silent: str = ""
    """Metric that is answered with nothing at all."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one question, as the test has it."""
        asked = await request.text()
        good = await super().answer(request)
        metric = json.loads(asked).get("MetricId", "") if asked[:1] == "{" else ""
        if not isinstance(good, web.Response) or not isinstance(good.body, bytes) or metric not in NAMES:
            return good
        document = json.loads(good.body)
        if metric == self.silent:
            document["Items"] = []
        for item in document["Items"]:
            if self.spoil is not None and "ListEntities" not in item:
                self.spoil(metric, item)
        return web.json_response(document)


def price_of(day: dt.date, price: str) -> Spoil:
    """Return what sets every hour of the price of a day."""

    def spoil(metric: str, item: dict[str, Any]) -> None:
        if metric == "PrecBolsNaci" and item["Date"] == day.isoformat():
            for entry in item["HourlyEntities"]:
                entry["Values"] |= {f"Hour{hour:02d}": price for hour in range(1, 25)}

    return spoil


def under(name: str, old: str, since: dt.date) -> Spoil:
    """Return what issues a reservoir under another name from a day on."""

    def spoil(metric: str, item: dict[str, Any]) -> None:
        if metric.endswith("UtilDiarEner") and item["Date"] >= since.isoformat():
            for entry in item["DailyEntities"]:
                for field in ("Name", "Code"):
                    if entry.get(field) == old:
                        entry[field] = name

    return spoil


@pytest.fixture
def life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    """A portal of a price and of reservoirs, after its first night."""
    monkeypatch.setattr("tests.nights.life.MovingEmulator", TellingEmulator)
    with living(tmp_path, FIRST, 5, history=100, offers_all=True) as made:
        entities = {
            kind.id: kind if kind.listed_in in NAMES else kind.model_copy(update={"listed_in": None})
            for kind in made.whole.entities.values()
        }
        metrics = {name: made.whole.metrics[name] for name in NAMES}
        made.small = dataclasses.replace(made.whole, metrics=metrics, entities=entities, forecasts=(), corrections=())
        assert made.night(FIRST).code == 0
        yield made


def values(life: Life, metric: str, entity: str) -> dict[tuple[str, dt.datetime], float]:
    """Return the values of a series."""
    return {(row["code"], row["ts"]): row["value"] for row in life.lake.read(metric, entity).to_pylist()}


def withdrawn(life: Life) -> list[dict[str, Any]]:
    """Return the log of what was withdrawn."""
    return [row for row in life.lake.read("_revisions", "log").to_pylist() if row["new"] is None]


def assert_replayed(life: Life, tmp_path: Path, today: dt.date) -> None:
    """Assert that the archive alone makes the same lake, and that reading it over the lake changes nothing."""
    run = RunInfo(today, life.since, "simulated", dt.datetime.combine(today, dt.time(5, 40)))
    grown = life.lake.manifest()
    again = Paths(data=tmp_path / "again", build=tmp_path / "build")
    again.data.mkdir()
    again.bronze.symlink_to(life.data / "bronze")
    for paths in (again, Paths(data=life.data, build=life.home / "build")):
        replay(life.small, load_settings(workers=1), paths, run)
        for name in (*NAMES, "_revisions", "_renames", "_held"):
            assert Lake(paths.lake).manifest().fingerprint(name) == grown.fingerprint(name), name


def test_a_spike_and_then_blanks(life: Life, tmp_path: Path) -> None:
    """3,000 on the newest day, then 24 blanks: no value, no record, a gap and the trace; then an empty answer waits."""
    telling = life.emulator
    assert isinstance(telling, TellingEmulator)
    spike = max(ts for _, ts in values(life, "PrecBolsNaci", "Sistema")).date() + DAY
    telling.spoil = price_of(spike, "3000")
    assert life.night(FIRST + DAY).code == 0
    telling.spoil = price_of(spike, "")
    assert life.night(FIRST + 2 * DAY).code == 0
    found = values(life, "PrecBolsNaci", "Sistema")
    assert 3_000.0 not in found.values()
    assert not [ts for _, ts in found if ts.date() == spike]
    assert [row["old"] for row in withdrawn(life)] == [3_000.0] * 24
    gaps = [row for row in life.lake.read("_gaps", "log").to_pylist() if row["metric"] == "PrecBolsNaci"]
    assert [(row["start"], row["end"], row["state"]) for row in gaps] == [(spike, spike, "open")]
    water = max(ts for _, ts in values(life, "VoluUtilDiarEner", "Embalse"))
    telling.silent = "PrecBolsNaci"
    night = life.night(FIRST + 3 * DAY)
    assert (night.code, "PrecBolsNaci/Sistema" in night.reason) == (1, True)
    assert values(life, "PrecBolsNaci", "Sistema") == found
    assert set(life.lake.read(*HELD)["metric"].to_pylist()) == {"PrecBolsNaci"}
    assert max(ts for _, ts in values(life, "VoluUtilDiarEner", "Embalse")) == water + DAY
    assert_replayed(life, tmp_path, FIRST + 3 * DAY)
    telling.silent = ""
    assert life.night(FIRST + 4 * DAY).code == 0
    assert life.lake.read(*HELD).num_rows == 0


def test_a_reservoir_under_another_name(life: Life, tmp_path: Path) -> None:
    """Issued anew for 45 days: the reserves of each day are as they were; proposed; declared, it is one history."""
    telling = life.emulator
    assert isinstance(telling, TellingEmulator)
    before = values(life, "VoluUtilDiarEner", "Embalse")
    old = sorted({code for code, _ in before})[-1]
    telling.spoil = under("AMANI NUEVO", old, FIRST - 45 * DAY)
    assert life.night(FIRST + DAY).code == 0
    after = values(life, "VoluUtilDiarEner", "Embalse")
    for day in {ts for _, ts in before}:
        assert sum(v for (_, ts), v in after.items() if ts == day) == pytest.approx(
            sum(v for (_, ts), v in before.items() if ts == day)
        )
    assert not {ts for code, ts in after if code == old} & {ts for code, ts in after if code == "AMANI NUEVO"}
    assert len(withdrawn(life)) == 2 * sum(ts.date() >= FIRST - 45 * DAY for code, ts in before if code == old)
    proposed = life.lake.read(*RENAMES).to_pylist()
    assert [(r["metric"], r["old"], r["new"]) for r in proposed] == [
        (name, old, "AMANI NUEVO") for name in ("CapaUtilDiarEner", "VoluUtilDiarEner")
    ]
    assert all(row["alike"] == row["compared"] for row in proposed)
    assert_replayed(life, tmp_path, FIRST + DAY)

    entry = {"id": "x", "entity": "Embalse", "old": old, "new": "AMANI NUEVO", "text": "Es el mismo.", "source": "Acta"}
    declared = dataclasses.replace(life.whole, aliases=(Alias.model_validate(entry),))
    paths = Paths(data=life.data, build=life.home / "build")
    run = RunInfo(FIRST + DAY, life.since, "simulated", dt.datetime.combine(FIRST + DAY, dt.time(5, 40)))
    warehouse.prepare(paths, declared, life.lake, run, {})
    warehouse.complete(paths, declared, life.lake)
    with warehouse.connect(paths.warehouse) as con:
        regions = con.execute("SELECT DISTINCT region FROM reservoir_daily WHERE reservoir = 'AMANI NUEVO'").fetchall()
        days = con.execute("SELECT count(DISTINCT day), count(*) FROM reservoir_daily WHERE reservoir = 'AMANI NUEVO'")
        assert regions != [("SIN REGIÓN",)]
        assert len(regions) == 1
        shown = len({ts for _, ts in after})
        assert days.fetchone() == (shown, shown)
        assert con.execute("SELECT count(*) FROM rename_told").fetchone() == (0,)
