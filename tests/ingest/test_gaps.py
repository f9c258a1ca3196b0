"""Missing days are kept, asked again with growing pauses, and either filled or known to be absent."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.catalog.load import Catalog
from pipeline.ingest.gaps import Ledger
from tests.ingest.fake import House

KEY = ("PrecBolsNaci", "Sistema")
DAY = dt.date(2026, 5, 1)
WEDNESDAY = dt.date(2026, 5, 20)
HOLE = {dt.date(2026, 1, d) for d in (10, 11, 12)}


def after(days: int) -> dt.date:
    """Return a later day."""
    return WEDNESDAY + dt.timedelta(days=days)


def test_pauses_double_and_no_answer_is_never_absence(catalog: Catalog) -> None:
    """Asked after 1, 2, 4, 8 … days, at most 64; silence confirms nothing."""
    ledger, day, asked = Ledger(), WEDNESDAY, []
    for _ in range(9):
        ledger.missing(KEY, DAY.toordinal(), "timeout", day, answered=False)
        (row,) = ledger.table(catalog).to_pylist()
        assert row["state"] == "open"
        asked.append((row["next_ask"] - day).days)
        day = row["next_ask"]
    assert asked == [1, 2, 4, 8, 16, 32, 64, 64, 64]


def test_three_answers_on_three_days_confirm_absence(catalog: Catalog) -> None:
    """Asking often on one day, or before its turn, counts once."""
    ledger = Ledger()
    for offset in (0, 0, 1, 2, 3, 3):
        ledger.missing(KEY, DAY.toordinal(), "no_data", after(offset), answered=True)
    (row,) = ledger.table(catalog).to_pylist()
    assert (row["state"], row["tries"], row["checks"], row["next_ask"]) == ("confirmed_absent", 3, 3, None)
    ledger.arrived(KEY, DAY.toordinal(), after(40))
    assert ledger.table(catalog).to_pylist()[0]["state"] == "filled", "what comes late is welcome"


def test_the_ledger_survives_the_lake(catalog: Catalog) -> None:
    """Runs of equal days are one row, and read back the same; months count as months."""
    ledger = Ledger()
    for offset in range(5):
        ledger.missing(KEY, DAY.toordinal() + offset, "no_data", WEDNESDAY, answered=True)
    month = 2026 * 12 + 1
    for tick in (month, month + 1):
        ledger.missing(("CargoUsoSTN", "Sistema"), tick, "no_data", WEDNESDAY, answered=True)
    table = ledger.table(catalog)
    spans = [(r["metric"], r["start"], r["end"]) for r in table.to_pylist()]
    assert spans == [
        ("CargoUsoSTN", dt.date(2026, 2, 1), dt.date(2026, 3, 1)), ("PrecBolsNaci", DAY, DAY + dt.timedelta(days=4)),
    ]  # fmt: skip
    assert Ledger.of(table, catalog).table(catalog).equals(table)


@pytest.mark.slow
def test_a_hole_is_asked_again_until_it_fills(house: House) -> None:
    """Three days missing in January: seen at once, asked on their days only, filled when XM has them."""
    house.xm.absent |= HOLE
    report = house.night(WEDNESDAY)
    rows = [r for r in house.gaps() if r["metric"] == "PrecBolsNaci"]
    assert [(r["start"], r["end"], r["state"], r["reason"]) for r in rows] == [
        (min(HOLE), max(HOLE), "open", "no_data")
    ]
    assert report.gaps == 2, "the price and the rivers"
    january = dt.date(2026, 1, 1)
    house.night(after(1))
    assert house.asked("PrecBolsNaci") == {january, dt.date(2026, 4, 1), dt.date(2026, 5, 1)}
    house.night(after(2))
    assert january not in house.asked("PrecBolsNaci"), "its turn is tomorrow"
    house.xm.absent.clear()
    report = house.night(after(3))
    assert january in house.asked("PrecBolsNaci")
    assert {r["state"] for r in house.gaps()} == {"filled"}
    assert report.gaps == 0
    assert house.lake.read(*KEY).num_rows == sum(24 for _ in range((after(3) - january).days + 1)) - 24 * _lag(house)


def _lag(house: House) -> int:
    return house.xm.catalog.metrics["PrecBolsNaci"].lag_days


@pytest.mark.slow
def test_a_window_without_answer_loses_nothing_else(house: House) -> None:
    """One window fails: one gap a series, every other row there, the series named; next night it fills (I6)."""
    house.xm.failing = {dt.date(2026, 2, 1)}
    report = house.night(WEDNESDAY)
    assert set(report.failed) == {"PrecBolsNaci/Sistema", "AporCaudal/Rio"}
    gap = next(r for r in house.gaps() if r["metric"] == "PrecBolsNaci")
    assert (gap["start"], gap["end"], gap["reason"], gap["checks"]) == (
        dt.date(2026, 2, 1), dt.date(2026, 2, 28), "timeout", 0,
    )  # fmt: skip
    days = (WEDNESDAY - dt.date(2026, 1, 1)).days + 1 - _lag(house) - 28
    assert house.lake.read(*KEY).num_rows == 24 * days
    house.xm.failing = set()
    report = house.night(after(1))
    assert not report.failed
    assert {r["state"] for r in house.gaps()} == {"filled"}


@pytest.mark.slow
def test_a_reply_that_is_no_document_costs_its_window_only(house: House) -> None:
    """It is asked again; the rest of the series is in the lake."""
    house.xm.spoilt = {dt.date(2026, 3, 1)}
    report = house.night(WEDNESDAY)
    assert "Items is not a list" in report.failed["PrecBolsNaci/Sistema"]
    assert len(house.lake.read(*KEY)["ts"].cast("date32").unique()) == 140 - 31 - _lag(house)
    house.xm.spoilt = set()
    assert not house.night(after(1)).failed
    assert dt.date(2026, 3, 1) in house.asked("PrecBolsNaci")


@pytest.mark.slow
def test_a_reply_that_is_no_document_is_asked_for_again_at_once(house: House) -> None:
    """The source stumbled once: the second answer of the same night counts, and nothing failed."""
    house.xm.stumbling = {dt.date(2026, 3, 1)}
    report = house.night(WEDNESDAY)
    assert not report.failed
    assert report.failed_windows == 0
    assert len(house.lake.read(*KEY)["ts"].cast("date32").unique()) == 140 - _lag(house)
    starts = [r.start for r in house.xm.asked if r.key == "PrecBolsNaci/Sistema"]
    assert starts.count(dt.date(2026, 3, 1)) == 2


@pytest.mark.slow
def test_a_declared_hole_is_named_and_not_asked_for(house: House) -> None:
    """The hole of August 2022 in the real demand is known: labelled, confirmed at once."""
    house.since = dt.date(2022, 7, 1)
    house.xm.absent = {dt.date(2022, 8, 8) + dt.timedelta(days=n) for n in range(20)}
    house.night(dt.date(2022, 11, 30), ("DemaReal",))
    rows = [r for r in house.gaps() if r["entity"] == "Sistema" and r["known_issue"]]
    assert [(r["start"], r["end"], r["known_issue"], r["state"]) for r in rows] == [
        (dt.date(2022, 8, 8), dt.date(2022, 8, 27), "demanda-hueco-2022-08", "confirmed_absent")
    ]
