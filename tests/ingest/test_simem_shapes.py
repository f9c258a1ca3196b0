"""SIMEM's datasets of another shape: every metric of SIMEM with values, every way, told or failed by name."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.catalog.schema import Metric
from pipeline.emulator.server import build
from pipeline.ingest.codes import NO_LIST, Vocabulary, normal
from pipeline.ingest.rows import SeriesRows
from pipeline.ingest.sources.simem_records import KnownCodes, read_records, section_of
from pipeline.store.bronze import BronzeRef

CATALOG = load_catalog()
TODAY = dt.date(2026, 11, 23)
FIRST, LAST = dt.date(2026, 8, 1), dt.date(2026, 8, 3)
METRICS = [m for m in CATALOG.data_metrics() if m.source == "simem" and not m.ends]
LONG = [m for m in METRICS if section_of(m).variable]
STEADY = [m for m in METRICS if not m.sparse]
Records = list[dict[str, Any]]


@cache
def _answer(dataset: str) -> str:
    return json.dumps([dict(record) for record in build("simulated", TODAY).source.records(dataset, FIRST, LAST)])


def answer(metric: Metric) -> Records:
    """Return the good records of a dataset over three days."""
    found: Records = json.loads(_answer(section_of(metric).dataset))
    return found


def read(records: Records, metric: Metric, words: Vocabulary = NO_LIST) -> SeriesRows:
    """Read one archived reply."""
    ref = BronzeRef(Path("x"), section_of(metric).dataset, "records", FIRST, LAST, "2026-11-23", "a" * 12)
    known = KnownCodes.of(CATALOG, words.with_known(words.known.values()))
    found = read_records(metric, [(ref, json.dumps(records).encode())], known)
    found.balance.check()
    return found


def rows(series: SeriesRows) -> list[dict[str, Any]]:
    """Return the rows."""
    found: list[dict[str, Any]] = series.rows.to_pylist()
    return found


def mine(metric: Metric, record: dict[str, Any]) -> bool:
    """Say whether a record is of the metric."""
    variable = section_of(metric).variable
    return variable is None or record[variable.column] == variable.value


def renamed(record: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return a record with a column under another name."""
    return {(new if name == old else name): value for name, value in record.items()}


def test_the_emulator_answers_every_metric() -> None:
    """What follows changes something."""
    assert len(METRICS) >= 10
    assert all(rows(read(answer(m), m)) for m in STEADY)


@settings(deadline=None)
@given(metric=st.sampled_from([m for m in LONG if not m.sparse]), partly=st.booleans())
def test_a_renamed_variable_is_a_failure(metric: Metric, partly: bool) -> None:
    """All days of a window, or the last ones: named, and never rows of nothing."""
    where = section_of(metric)
    assert where.variable
    from_day = "2026-08-03" if partly and metric.grain != "monthly" else "2026-08-01"
    records = [
        r | {where.variable.column: "Nueva"} if mine(metric, r) and r[where.date] >= from_day else r
        for r in answer(metric)
    ]
    found = read(records, metric)
    (reason,) = found.unreadable.values()
    assert reason.startswith("unreadable: variable at [")
    assert reason.endswith(f"{where.variable.column}: Nueva")
    assert ("variable_new", "Nueva") in found.strange
    assert all(f"{row['ts']}" < from_day for row in rows(found))


@settings(deadline=None)
@given(metric=st.sampled_from(LONG))
def test_another_variable_beside_ours_is_told_only(metric: Metric) -> None:
    """It is another quantity: the rows are the same, and no failure."""
    where = section_of(metric)
    assert where.variable
    good = answer(metric)
    others = [r | {where.variable.column: "OtraCosa"} for r in good]
    found = read([*good, *others], metric)
    assert rows(found) == rows(read(good, metric))
    assert not found.unreadable
    assert set(found.strange) == {("variable_new", "OtraCosa")}


@settings(deadline=None)
@given(
    metric=st.sampled_from(STEADY),
    what=st.sampled_from(["value", "date", "code", "version", "variable"]),
    part=st.booleans(),
)
def test_a_renamed_column_is_a_failure(metric: Metric, what: str, part: bool) -> None:
    """In every record, or only from some on: the column is named, with what came."""
    where = section_of(metric)
    names = {
        "value": where.value, "date": where.date, "code": next(iter(where.code), ""), "version": where.version or "",
        "variable": where.variable.column if where.variable else "",
    }  # fmt: skip
    column, good = names[what], answer(metric)
    if not column:
        return
    start = len(good) // 2 if part and metric.grain != "monthly" else 0
    found = read([renamed(r, column, f"{column}2") if n >= start else r for n, r in enumerate(good)], metric)
    kept = [row for row in rows(found) if row not in rows(read(good, metric))]
    assert not kept, "nothing is invented"
    if what != "variable" or start == 0:  # records without the name of a variable are nobody's
        assert len(found.unreadable) == 1
        assert f" {column}" in next(iter(found.unreadable.values())) or f".{column}" in next(
            iter(found.unreadable.values())
        )


@settings(deadline=None)
@given(
    metric=st.sampled_from([m for m in LONG if not m.sparse]),
    unit=st.sampled_from(["COP/MWh", "MWh", "USD/kWh", "quintales", "$"]),
)
def test_another_unit_is_a_failure(metric: Metric, unit: str) -> None:
    """Known or unknown, what is not the declared one is refused by name."""
    found = read([r | {"UnidadMedida": unit} for r in answer(metric)], metric)
    assert not rows(found)
    (reason,) = found.unreadable.values()
    assert reason.startswith("unreadable: unit at [")
    assert reason.endswith(f"UnidadMedida: {unit}")


@pytest.mark.parametrize("spell", [str.upper, str.lower, lambda text: f" {text} "])
@settings(deadline=None)
@given(metric=st.sampled_from(METRICS))
def test_letters_and_blanks_change_nothing(spell: Any, metric: Metric) -> None:
    """Of variables, versions, codes and units, whatever their letters."""
    where, good = section_of(metric), answer(metric)
    columns = {*where.code, where.version, where.variable.column if where.variable else None, "UnidadMedida"} - {None}
    clean = read(good, metric)
    words = NO_LIST.with_known(sorted({row["code"] for row in rows(clean)}))
    found = read([{k: spell(v) if k in columns else v for k, v in r.items()} for r in good], metric, words)
    assert rows(found) == rows(clean)
    assert not found.unreadable
    codes = {row["code"] for row in rows(clean)} if where.code else set()
    assert set(found.strange) == {("respelled", code) for code in codes if normal(spell(code)) != code}


@settings(deadline=None)
@given(metric=st.sampled_from(METRICS))
def test_no_records_are_no_failure(metric: Metric) -> None:
    """An empty list, or blanks: there is nothing, and that is an answer."""
    blank = [r | {section_of(metric).value: ""} for r in answer(metric)]
    for records in ([], blank):
        found = read(records, metric)
        assert not rows(found)
        assert not found.unreadable
