"""XM's official forecasts: the layouts that are read, and every way in which a file is not one of them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.errors import ParseError
from pipeline.emulator.files import BusForecast, bus_text, week_text
from pipeline.ingest.sources.xm_files import parse_buses, parse_week

MONDAY = dt.date(2026, 5, 18)
WEEK = 9000.0 + 100.0 * np.arange(7)[:, None] + np.arange(24)[None, :]


def week(text: str):
    return parse_week(text.encode(), load_catalog().metrics["PronSIN"], MONDAY)


def buses(text: str):
    return parse_buses(text.encode(), load_catalog().metrics["PronUCP"], "UCP", MONDAY)


def lines() -> list[str]:
    return week_text(WEEK).split("\r\n")[:-1]


def test_a_week_is_168_hours_in_gwh():
    """Hour 1 of Monday is the hour from midnight; 9,000 MW in the mean of an hour are 9 GWh."""
    found = week(week_text(WEEK)).rows.to_pylist()
    assert len(found) == 168
    by_hour = {row["ts"]: row["value"] for row in found}
    assert by_hour[dt.datetime(2026, 5, 18, 0)] == pytest.approx(9.0)
    assert by_hour[dt.datetime(2026, 5, 24, 23)] == pytest.approx(9.623)
    assert {row["code"] for row in found} == {"Sistema"}


def test_a_byte_order_mark_and_unix_lines_are_no_fault():
    """The same values, however the lines end."""
    plain = week(week_text(WEEK))
    assert week("\ufeff" + week_text(WEEK).replace("\r\n", "\n")).rows.equals(plain.rows)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("1,a,b,c,d,e,f,g", "not_a_row"),
        ("25,1,2,3,4,5,6,7", "not_a_row"),
        ("1,9000,9000,9000", "not_a_row"),
        ("1,9000,nan,9000,9000,9000,9000,9000", "not_a_row"),
        ("1,9000,9.000,5,9000,9000,9000,9000,9000", "not_a_row"),
        ("1,9000,,9000,9000,9000,9000,9000", "not_a_row"),
        ("2,1,2,3,4,5,6,7", "conflicting_duplicate"),
    ],
)
def test_a_bad_line_is_refused_and_the_others_kept(line, rule):
    """Words, another hour, missing columns, no number, a second line for an hour."""
    rest = lines()[1:]
    found = week("\n".join([*rest, line]))
    assert found.rows.num_rows == 23 * 7
    assert {reject.rule for reject in found.rejects} == {rule}
    assert found.balance.quarantined == 7


def test_a_repeated_line_counts_once():
    """The same values for the same hour are a duplicate, not a conflict."""
    found = week("\n".join([*lines(), lines()[0]]))
    assert (found.rows.num_rows, found.duplicate, found.rejects) == (168, 7, [])


def test_values_out_of_bounds_are_refused_one_by_one():
    """A forecast in kW, or of nothing, is no forecast of the country."""
    found = week("\n".join([*lines()[1:], "1,9000000,9000,0,9000,9000,9000,9000"]))
    assert [reject.rule for reject in found.rejects] == ["out_of_bounds", "out_of_bounds"]
    assert found.rows.num_rows == 166


@pytest.mark.parametrize("text", ["", "\n\n", "<html>,</html>", "hora,lunes\n", "a;b;c\n1;2;3"])
def test_another_document_is_no_week(text):
    """It says so instead of giving no rows."""
    with pytest.raises(ParseError):
        week(text)


def bus_file() -> str:
    hours = np.full(24, 100.0)
    return bus_text([BusForecast("VALLE", "YUMBO", 115, hours), BusForecast("VALLE", "PANCE", 230, hours * 2)])


def test_buses_are_added_up_by_unit_and_reactive_energy_is_not():
    """100 + 200 MWh make 0.3 GWh; the other variable of the file is not demand."""
    found = buses(bus_file()).rows.to_pylist()
    assert len(found) == 24
    assert {row["code"] for row in found} == {"VALLE"}
    assert [row["value"] for row in found] == pytest.approx([0.3] * 24)


@pytest.mark.parametrize("fault", ["x", ""])
def test_a_unit_with_a_bad_bus_is_refused_whole(fault):
    """One bus short would pass for a lower forecast."""
    bad = f'"VALLE","CALI",115,"EN",{",".join([fault] * 24)}'
    good = f'"META","OCOA",115,"EN",{",".join(["50"] * 24)}'
    found = buses(bus_file() + bad + "\n" + good + "\n" + "half,a,line\n")
    assert {row["code"] for row in found.rows.to_pylist()} == {"META"}
    assert found.balance.quarantined == 24
    assert {reject.rule for reject in found.rejects} == {"not_a_row", "item"}


def test_a_bus_named_twice_spoils_its_unit():
    """It would count double."""
    found = buses(bus_file() + bus_file())
    assert found.rows.num_rows == 0
    assert {reject.rule for reject in found.rejects} == {"conflicting_duplicate"}


@pytest.mark.parametrize("text", ["", "VALLE,YUMBO,115,ER,1,2", "{}"])
def test_another_document_is_no_file_of_buses(text):
    """No line with the energy of a bus: another layout."""
    with pytest.raises(ParseError):
        buses(text)
