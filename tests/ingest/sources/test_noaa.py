"""NOAA's table of the ONI: rows by middle month, bad lines refused one by one."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.errors import ParseError
from pipeline.ingest.sources.noaa import parse_oni

HEAD = " SEAS  YR   TOTAL   ANOM\n"


def parsed(lines: str):
    return parse_oni((HEAD + lines).encode(), load_catalog().metrics["ONI"])


def test_a_season_is_dated_at_its_middle_month():
    """DJF is January, NDJ is December of the same year."""
    found = parsed("  DJF 1950   24.72  -1.53\n  NDJ 2015   29.08   2.64\n").rows.to_pylist()
    assert [(r["ts"], r["value"]) for r in found] == [
        (dt.datetime(1950, 1, 1), -1.53),
        (dt.datetime(2015, 12, 1), 2.64),
    ]


def test_bad_lines_are_refused_and_the_others_kept():
    """Another label, a word for a number, an impossible anomaly, half a line, a second value for a month."""
    bad = [
        "  XYZ 1950 1 1",
        "  DJF 1951 1 n/a",
        "  DJF 1952 1 -99.90",
        "  DJF 1953",
        "  JFM 1950 25.1 -9e9",
        "  JJA 2020 1 0.5",
    ]
    found = parsed("\n".join(["  JJA 2020   26.6   0.10", *bad, "  JJA 2020   26.6   0.10", ""]))
    assert found.rows.num_rows == 1
    assert [r.place for r in found.rejects] == [f"line {n}" for n in range(3, 9)]
    assert found.rejects[-1].rule == "conflicting_duplicate"
    assert (found.cells, found.duplicate) == (8, 1)


@pytest.mark.parametrize("body", [b"", b"<html>", b"YR MON TOTAL\n1950 1 2\n"])
def test_another_document_is_no_table(body):
    """A page or a table with other columns says so instead of giving no rows."""
    with pytest.raises(ParseError):
        parse_oni(body, load_catalog().metrics["ONI"])
