"""XM's own list: drift is kept and told, a changed unit freezes its metric, a dead list stops nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.emulator.xm_contract import contracts
from pipeline.ingest.states import read_states
from tests.ingest.fake import House

WEDNESDAY = dt.date(2026, 5, 20)
THURSDAY = WEDNESDAY + dt.timedelta(days=1)
pytestmark = [pytest.mark.slow]


def listing(house: House) -> list[dict[str, object]]:
    """Return the list that agrees with the catalogue."""
    pairs = contracts([m for m in house.xm.catalog.metrics.values() if m.source == "xm"])
    return [pair.listing() for pair in pairs.values()]


def drift(house: House) -> list[dict[str, object]]:
    """Return the drift as the lake has it."""
    table = house.lake.read("_catalog_drift", "xm")
    return table.to_pylist() if table.num_rows else []


def test_a_changed_unit_freezes_its_metric_and_nothing_else(house: House) -> None:
    """Five differences of five kinds are told; the price keeps its rows and says why; the rivers go on (I15)."""
    house.night(WEDNESDAY)
    assert drift(house) == []
    before = house.lake.manifest()
    changed = listing(house)
    for row in changed:
        if row["MetricId"] == "PrecBolsNaci":
            row["MetricUnits"] = "USD/kWh"
        if row["MetricId"] == "Gene" and row["Entity"] == "Sistema":
            row["MaxDays"] = 15
        if row["MetricId"] == "DemaSIN":
            row["Type"] = "HourlyEntities"
    gone = next(row for row in changed if row["MetricId"] == "ENFICC")
    changed.remove(gone)
    house.xm.listing = [*changed, {**gone, "MetricId": "Nueva"}]
    report = house.night(THURSDAY)
    found = {(r["kind"], r["metric"], r["field"]) for r in drift(house)}
    assert found == {
        ("changed", "PrecBolsNaci", "unit"), ("changed", "Gene", "max_days"), ("changed", "DemaSIN", "type"),
        ("removed", "ENFICC", ""), ("new", "Nueva", ""),
    }  # fmt: skip
    assert len(report.drift) == 5
    assert house.asked("PrecBolsNaci") == set()
    assert house.asked("AporCaudal")
    state = read_states(house.paths)["PrecBolsNaci/Sistema"]
    assert (state["state"], state["reason"]) == ("failed", "frozen: unit 'COP/kWh' is now 'USD/kWh'")
    after = house.lake.manifest()
    assert after.fingerprint("PrecBolsNaci") == before.fingerprint("PrecBolsNaci")
    house.xm.listing = []
    house.night(THURSDAY + dt.timedelta(days=1))
    assert house.asked("PrecBolsNaci"), "the unit is back: so is the metric"
    assert read_states(house.paths)["PrecBolsNaci/Sistema"]["state"] == "ok"
    assert {r["last_seen"] for r in drift(house)} == {THURSDAY}, "the difference stays on record"


def test_a_dead_list_gives_way_to_the_last_good_one(house: House) -> None:
    """The run completes, warns, and still knows what the last good list said (I16)."""
    short = listing(house)
    for row in short:
        if row["MetricId"] == "PrecBolsNaci":
            row["MaxDays"] = 20
    house.xm.listing = short
    house.night(WEDNESDAY)
    house.xm.listing = None
    report = house.night(THURSDAY)
    assert not report.failed
    assert report.warnings == ["XM's list of metrics does not work: the last good one (193 series) is used"]
    assert max((r.end - r.start).days for r in house.xm.asked if r.metric.id == "PrecBolsNaci") == 19
    assert house.lake.read("PrecBolsNaci", "Sistema").num_rows > 24 * 130


def test_no_list_at_all_is_only_a_warning(house: House) -> None:
    """A first run without the list asks for all that is declared."""
    house.xm.listing = None
    report = house.night(WEDNESDAY)
    assert not report.failed
    assert report.warnings == ["XM's list of metrics does not work: there is no older one"]
    assert report.drift == []
