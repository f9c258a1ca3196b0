"""What the source holds no more goes, is logged and seen; much of it at once waits for a person; a replay agrees."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.compute as pc
import pytest

from pipeline.catalog.schema import Correction
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.ingest.rounds import replay
from pipeline.ingest.windows import WindowRequest
from pipeline.store.held import TABLE
from pipeline.store.lake import Lake
from tests.ingest.fake import METRICS, FakeXm, House

NIGHT = dt.date(2026, 5, 20)
DAY = dt.timedelta(days=1)
APRIL = dt.date(2026, 4, 9)
TABLES = (*METRICS, "_revisions", "_held", "_quarantine", "_renames")


@dataclass
class ForgettingXm(FakeXm):
    """An XM that takes values back.

    Attributes:
        blank: Days whose cells are blank.
        hours: Hours (1 to 24) that are blank in the price of some days.
        without: Rivers that are missing on some days.
        prices: A price for every hour of some days.
        garbled: Days of which one cell cannot be read.
        empty: First days of windows that are answered with no item at all.
    """

    blank: set[dt.date] = field(default_factory=set)
    hours: dict[dt.date, tuple[int, ...]] = field(default_factory=dict)
    without: dict[dt.date, tuple[str, ...]] = field(default_factory=dict)
    prices: dict[dt.date, float] = field(default_factory=dict)
    garbled: set[dt.date] = field(default_factory=set)
    empty: set[dt.date] = field(default_factory=set)

    def _body(self, request: WindowRequest) -> bytes:
        document = json.loads(super()._body(request))
        if request.metric.grain == "list":
            return json.dumps(document).encode()
        if request.start in self.empty:
            return b'{"Items": []}'
        for item in document["Items"]:
            self._spoil(item, dt.date.fromisoformat(item["Date"]))
        return json.dumps(document).encode()

    def _spoil(self, item: dict[str, list[dict[str, object]]], day: dt.date) -> None:
        if "HourlyEntities" in item:
            values = item["HourlyEntities"][0]["Values"]
            assert isinstance(values, dict)
            for hour in range(1, 25):
                name = f"Hour{hour:02d}"
                if day in self.prices:
                    values[name] = str(self.prices[day])
                if day in self.blank or hour in self.hours.get(day, ()):
                    values[name] = ""
            if day in self.garbled:
                values["Hour24"] = "N/D"
        else:
            rows = [row for row in item["DailyEntities"] if row["Name"] not in self.without.get(day, ())]
            item["DailyEntities"] = [row | {"Value": ""} for row in rows] if day in self.blank else rows


@pytest.fixture
def xm(house: House, monkeypatch: pytest.MonkeyPatch) -> ForgettingXm:
    """An XM that may forget."""
    made = ForgettingXm(house.xm.catalog)
    monkeypatch.setattr("pipeline.ingest.planned.fetch", made.fetch)
    monkeypatch.setattr("pipeline.ingest.sources.xm.preflight", made.preflight)
    return made


@pytest.fixture
def home(house: House, xm: ForgettingXm) -> House:
    """A house after a first sound night."""
    made = House(xm, house.home, dt.date(2026, 3, 1))
    made.night(NIGHT - DAY)
    return made


def there(house: House, metric: str, entity: str) -> dict[tuple[str, dt.datetime], float]:
    """Return the values of a series by code and time."""
    rows = house.lake.read(metric, entity).to_pylist()
    return {(row["code"], row["ts"]): row["value"] for row in rows}


def days(house: House, metric: str = "PrecBolsNaci", entity: str = "Sistema") -> set[dt.date]:
    """Return the days of a series that have a value."""
    return {ts.date() for _, ts in there(house, metric, entity)}


def log(house: House) -> list[dict[str, object]]:
    """Return the log of revisions."""
    return house.lake.read("_revisions", "log").to_pylist()


def replayed(house: House, tmp_path: Path, today: dt.date) -> None:
    """Assert that a replay changes no byte, and that one into an empty lake makes the same one."""
    run = RunInfo(today, house.since, "simulated", dt.datetime.combine(today, dt.time(5, 40)))
    replay(house.xm.catalog, load_settings(workers=1), house.paths, run)  # tables that need no asking may join
    pointer = house.lake.pointer()
    grown = house.lake.manifest()
    replay(house.xm.catalog, load_settings(workers=1), house.paths, run)
    assert house.lake.pointer() == pointer
    again = Paths(data=tmp_path / "again", build=tmp_path / "build")
    again.data.mkdir(parents=True)
    again.bronze.symlink_to(house.paths.bronze)
    replay(house.xm.catalog, load_settings(workers=1), again, run)
    for name in TABLES:
        assert Lake(again.lake).manifest().fingerprint(name) == grown.fingerprint(name), name


def test_a_spike_that_is_withdrawn_leaves_a_gap_and_a_trace(home: House, xm: ForgettingXm, tmp_path: Path) -> None:
    """3,000 in every hour of the newest day, then 24 blanks: gone, logged as withdrawn, a gap, and replayed so."""
    spike = max(days(home)) + DAY
    xm.prices = {spike: 3_000.0}
    home.night(NIGHT)
    assert there(home, "PrecBolsNaci", "Sistema")["Sistema", dt.datetime.combine(spike, dt.time(7))] == 3_000.0
    xm.blank = {spike}
    report = home.night(NIGHT + DAY)
    assert (report.rows_withdrawn, report.held_back, report.failed) == (24 + 2, [], {})  # and two rivers
    assert spike not in days(home)
    assert max(days(home)) == spike + DAY
    gone = [row for row in log(home) if row["new"] is None and row["metric"] == "PrecBolsNaci"]
    assert [(row["old"], row["seen"]) for row in gone] == [(3_000.0, NIGHT + DAY)] * 24
    (gap,) = [gap for gap in home.gaps() if gap["metric"] == "PrecBolsNaci"]
    assert (gap["start"], gap["end"], gap["state"]) == (spike, spike, "open")
    replayed(home, tmp_path, NIGHT + DAY)
    xm.blank, xm.prices = set(), {spike: 104.0}
    home.night(NIGHT + 2 * DAY)
    assert days(home) >= {spike, spike + DAY, spike + 2 * DAY}
    assert [gap["state"] for gap in home.gaps() if gap["metric"] == "PrecBolsNaci"] == ["filled"]
    replayed(home, tmp_path / "later", NIGHT + 2 * DAY)


@pytest.mark.parametrize("how", ["blank", "absent", "some hours", "a river"])
def test_a_settled_day_passes_and_is_logged(home: House, xm: ForgettingXm, how: str, tmp_path: Path) -> None:
    """Withdrawn with blanks, left out, in part, or for one code only."""
    count = {"blank": 24 + 2, "absent": 24 + 2, "some hours": 3, "a river": 1}[how]
    xm.blank = {APRIL} if how == "blank" else set()
    xm.absent = {APRIL} if how == "absent" else set()
    xm.hours = {APRIL: (3, 4, 24)} if how == "some hours" else {}
    xm.without = {APRIL: ("NARE",)} if how == "a river" else {}
    before = {key: there(home, *key) for key in (("PrecBolsNaci", "Sistema"), ("AporCaudal", "Rio"))}
    report = home.night(NIGHT)
    assert (report.rows_withdrawn, report.held_back) == (count, [])
    lost = [
        (key[0], code, ts, value)
        for key, rows in before.items()
        for (code, ts), value in rows.items()
        if (code, ts) not in there(home, *key)
    ]
    told = [(row["metric"], row["code"], row["ts"], row["old"]) for row in log(home) if row["new"] is None]
    assert sorted(lost) == sorted(told)
    assert len(told) == count
    assert {ts.date() for _, _, ts, _ in told} == {APRIL}  # type: ignore[attr-defined]
    replayed(home, tmp_path, NIGHT)


WIPED: dict[str, dict[str, object]] = {
    "an empty answer": {"empty": {dt.date(2026, 4, 1)}},
    "a month of blanks": {"blank": {dt.date(2026, 4, 1) + n * DAY for n in range(30)}},
    "four days": {"absent": {APRIL + n * DAY for n in range(4)}},
    "a code for a month": {"without": {dt.date(2026, 4, 1) + n * DAY: ("NARE",) for n in range(30)}},
    "the newest days": {"absent": {NIGHT - n * DAY for n in range(12)}},
}


@pytest.mark.parametrize("how", WIPED)
def test_much_at_once_waits_for_a_person(home: House, xm: ForgettingXm, how: str, tmp_path: Path) -> None:
    """The rows stay, each day is told, it is asked every night; what comes back is told no more."""
    before = {key: there(home, *key) for key in (("PrecBolsNaci", "Sistema"), ("AporCaudal", "Rio"))}
    for name, value in WIPED[how].items():
        setattr(xm, name, value)
    for night in (NIGHT, NIGHT + DAY):
        report = home.night(night)
        assert report.rows_withdrawn == 0
        assert any("(withdrawn)" in line for line in report.held_back)
        for key, rows in before.items():
            assert rows.items() <= there(home, *key).items()
    assert not [row for row in log(home) if row["new"] is None]
    replayed(home, tmp_path, NIGHT + DAY)
    for name in WIPED[how]:
        setattr(xm, name, type(getattr(xm, name))())
    assert home.night(NIGHT + 2 * DAY).held_back == []
    assert home.lake.read(*TABLE).num_rows == 0


@pytest.mark.parametrize("decision", ["accept", "refuse"])
def test_a_large_withdrawal_is_decided_by_name(home: House, xm: ForgettingXm, decision: str, tmp_path: Path) -> None:
    """Accepted, the rows go and are logged; refused, they stay and no night ends with 1."""
    xm.empty = {dt.date(2026, 4, 1)}
    (first, *_) = home.night(NIGHT).held_back
    assert "2026-04-01 from 25 to nothing in 0 values (withdrawn) and 29 more up to 2026-04-30" in first
    entry = {
        "id": "x", "kind": "decision", "metrics": ["PrecBolsNaci", "AporCaudal"], "decision": decision,
        "start": dt.date(2026, 4, 1), "end": dt.date(2026, 4, 30), "text": "XM lo confirmó.", "source": "Acta 1",
    }  # fmt: skip
    xm.catalog = dataclasses.replace(xm.catalog, corrections=(Correction.model_validate(entry),))
    report = home.night(NIGHT + DAY)
    assert report.held_back == []
    gone = 30 * (24 + 2) if decision == "accept" else 0
    assert report.rows_withdrawn == gone == len([row for row in log(home) if row["new"] is None])
    assert (APRIL in days(home)) == (decision == "refuse")


def test_an_answer_of_which_something_was_refused_takes_nothing_back(home: House, xm: ForgettingXm) -> None:
    """What could not be read may be what seems to be missing; a window without an answer says nothing either."""
    xm.blank, xm.garbled, xm.failing = {APRIL}, {dt.date(2026, 4, 20)}, {dt.date(2026, 5, 1)}
    report = home.night(NIGHT)
    assert report.quarantined == 1
    assert APRIL in days(home)
    assert APRIL not in days(home, "AporCaudal", "Rio")  # its answer was whole
    xm.garbled, xm.failing = set(), set()
    home.night(NIGHT + DAY)
    assert APRIL not in days(home)


def test_a_day_that_loses_most_of_itself_is_held(home: House, xm: ForgettingXm) -> None:
    """A settled day with a fifth of its hours is another number: it moves away from the days around it."""
    xm.hours = {APRIL: tuple(range(1, 21))}
    report = home.night(NIGHT)
    assert report.held_back == ["PrecBolsNaci/Sistema: 2026-04-09 from 2676 to 486 in 4 values (moved)"]
    assert APRIL in days(home)
    assert pc.sum(home.lake.read("PrecBolsNaci", "Sistema")["value"]).as_py() % 2676 == 0
