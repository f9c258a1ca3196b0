"""One series' trouble is its own: what is in doubt is held back by day, told, asked again and decided by name."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass, field

import pyarrow.compute as pc
import pytest

from pipeline.catalog.schema import Correction
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.flow import Line
from pipeline.ingest.windows import WindowRequest
from pipeline.store.held import TABLE
from tests.ingest.fake import METRICS, FakeXm, House

NIGHT = dt.date(2026, 5, 20)
OLD = dt.date(2026, 2, 10)  # long settled, and too old to be asked again of itself


@dataclass
class WrongXm(FakeXm):
    """An XM that has a price of its own for every hour of some days."""

    prices: dict[dt.date, float] = field(default_factory=dict)

    def _body(self, request: WindowRequest) -> bytes:
        document = json.loads(super()._body(request))
        for item in document["Items"]:
            price = self.prices.get(dt.date.fromisoformat(item["Date"]))
            if price is not None and request.metric.grain == "hourly":
                values = item["HourlyEntities"][0]["Values"]
                values |= {name: str(price) for name in values if name.startswith("Hour")}
        return json.dumps(document).encode()


@pytest.fixture
def wrong(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose XM may be wrong, after a first sound night."""
    xm = WrongXm(house.xm.catalog)
    monkeypatch.setattr("pipeline.ingest.planned.fetch", xm.fetch)
    monkeypatch.setattr("pipeline.ingest.sources.xm.preflight", xm.preflight)
    made = House(xm, house.home)
    assert made.night(NIGHT - dt.timedelta(days=1)).held_back == []
    return made


def price(house: House, day: dt.date) -> float:
    """Return the mean price of a day, as the lake has it."""
    rows = house.lake.read("PrecBolsNaci", "Sistema")
    start = dt.datetime.combine(day, dt.time())
    inside = pc.and_(pc.greater_equal(rows["ts"], start), pc.less(rows["ts"], start + dt.timedelta(days=1)))
    mean: float = pc.mean(rows.filter(inside)["value"]).as_py()
    return mean


def newest(house: House, metric: str, entity: str) -> dt.date:
    """Return the last day of a series."""
    day: dt.date = pc.max(house.lake.read(metric, entity)["ts"]).as_py().date()
    return day


def test_a_doubtful_day_waits_alone_until_it_is_accepted(wrong: House) -> None:
    """Every series is brought up to date, the old value stays, the day is told and asked each night, then taken."""
    before = price(wrong, OLD)
    ends = {key: newest(wrong, *key) for key in (("PrecBolsNaci", "Sistema"), ("AporCaudal", "Rio"))}
    wrong.xm.prices = {OLD: 3_000.0}  # type: ignore[attr-defined]
    report = wrong.night(NIGHT, full=True)
    told = "PrecBolsNaci/Sistema: 2026-02-10 from 2676 to 72000 in 24 values (moved)"
    assert report.held_back == [told]
    assert (report.rows_held, report.failed) == (24, {})
    assert price(wrong, OLD) == before == 111.5
    assert {key: newest(wrong, *key) - day for key, day in ends.items()} == dict.fromkeys(ends, dt.timedelta(days=1))

    assert wrong.night(NIGHT + dt.timedelta(days=1)).held_back == [told]
    assert dt.date(2026, 2, 1) in wrong.asked("PrecBolsNaci")
    entry = {"id": "x", "kind": "decision", "metrics": ["PrecBolsNaci"], "start": OLD, "end": OLD, "source": "Acta 1"}
    accepted = Correction.model_validate(entry | {"decision": "accept", "text": "XM lo confirmó."})
    wrong.xm.catalog = dataclasses.replace(wrong.xm.catalog, corrections=(accepted,))
    assert wrong.night(NIGHT + dt.timedelta(days=2)).held_back == []
    assert price(wrong, OLD) == 3_000.0
    assert wrong.lake.read(*TABLE).num_rows == 0
    assert wrong.lake.read("_revisions", "log").num_rows == 24


def test_a_refused_change_is_asked_no_more_and_stops_no_night(wrong: House) -> None:
    """It stays as it was and is listed as refused."""
    entry = {"id": "x", "kind": "decision", "metrics": ["PrecBolsNaci"], "start": OLD, "end": OLD, "source": "Acta 1"}
    refused = Correction.model_validate(entry | {"decision": "refuse", "text": "XM publicó otra unidad."})
    wrong.xm.catalog = dataclasses.replace(wrong.xm.catalog, corrections=(refused,))
    wrong.xm.prices = {OLD: 3_000.0}  # type: ignore[attr-defined]
    assert wrong.night(NIGHT, full=True).held_back == []
    assert price(wrong, OLD) == 111.5
    assert wrong.lake.read(*TABLE)["decision"].to_pylist() == ["refuse"]
    wrong.night(NIGHT + dt.timedelta(days=1))
    assert dt.date(2026, 2, 1) not in wrong.asked("PrecBolsNaci")


def test_a_spike_corrected_weeks_later_needs_nobody(wrong: House) -> None:
    """3,000 in every hour of the newest day, 104 on the 18th night: it moves towards the days around it."""
    spike = newest(wrong, "PrecBolsNaci", "Sistema") + dt.timedelta(days=1)
    wrong.xm.prices = {spike: 3_000.0}  # type: ignore[attr-defined]
    wrong.night(NIGHT)
    assert price(wrong, spike) == 3_000.0
    wrong.xm.prices = {spike: 104.0}  # type: ignore[attr-defined]
    assert wrong.night(NIGHT + dt.timedelta(days=18)).held_back == []
    assert price(wrong, spike) == 104.0


def test_the_run_ends_with_one_and_names_series_day_and_values(wrong: House) -> None:
    """Trying again does not help (75 would say so): a person decides."""
    wrong.xm.prices = {dt.date(2026, 4, 25): 3_000.0}  # type: ignore[attr-defined]
    wrong.xm.today = NIGHT
    run = RunInfo(NIGHT, wrong.since, "simulated", dt.datetime.combine(NIGHT, dt.time(5, 40)))
    settings = load_settings(xm_base_url="http://127.0.0.1:9", data_dir=wrong.home, workers=1)
    line = Line(settings, run, wrong.paths, wrong.xm.catalog)
    line.ingest(METRICS)
    assert line.report.exit_code == 1
    assert [line for line in line.report.failed if "PrecBolsNaci/Sistema: 2026-04-25 from 2676 to 72000" in line]
    again = Line(settings, run, wrong.paths, wrong.xm.catalog)
    again.ingest(METRICS, accept_shrink=True)
    assert (again.report.exit_code, price(wrong, dt.date(2026, 4, 25))) == (0, 3_000.0)
