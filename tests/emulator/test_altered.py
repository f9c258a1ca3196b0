"""Alterations change what they name and nothing else, in XM's replies and in SIMEM's records alike."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import UsageError
from pipeline.emulator.altered import Alteration, altered_records
from pipeline.emulator.faults import FaultPlan
from pipeline.emulator.server import Emulator
from tests.emulator.conftest import ask_raw, read

DAY = "2026-11-10"
SPAN = ("2026-11-08", "2026-11-12")
RECORD: dict[str, object] = {
    "CodigoVariable": "PB_Nal",
    "FechaHora": f"{DAY}T05:00:00",
    "UnidadMedida": "COP/kWh",
    "Version": "TX1",
}
RECORD |= {"Valor": 100.0}


def erring(emulator: Emulator, plan: str) -> Emulator:
    """Return the same emulator, some of whose answers are altered."""
    return dataclasses.replace(emulator, plan=FaultPlan.parse(plan))


def rows(emulator: Emulator, plan: str, metric: str, entity: str) -> list[dict[str, str]]:
    """Return the rows of an altered reply, flat."""
    items = json.loads(ask_raw(erring(emulator, plan), metric, entity, *SPAN))["Items"]
    return [
        {"day": item["Date"][:10], **entry.get("Values", entry)}
        for item in items
        for name in item.keys() - {"Date"}
        for entry in item[name]
    ]


@given(st.sampled_from([0.001, 0.24, 0.8, 1.5, 1000.0]), st.integers(8, 12), st.integers(0, 23), st.integers(0, 23))
def test_a_factor_changes_its_hours_of_its_day(
    simulated: Emulator, factor: float, day: int, one: int, other: int
) -> None:
    """Every other cell of the window is what it was."""
    begin, end = sorted((one, other))
    plan = f"scale:GeneIdea/Sistema@2026-11-{day:02d}T{begin}-{end}={factor}"
    before = read(ask_raw(simulated, "GeneIdea", "Sistema", *SPAN))
    after = read(ask_raw(erring(simulated, plan), "GeneIdea", "Sistema", *SPAN))
    assert before.keys() == after.keys()
    for key, values in before.items():
        wanted = values.copy()
        if key[0].startswith(f"2026-11-{day:02d}"):
            wanted[begin : end + 1] *= factor
        np.testing.assert_allclose(after[key], wanted, rtol=1e-6, atol=1e-6)


def test_what_is_not_named_is_passed_on_byte_by_byte(simulated: Emulator) -> None:
    """Another metric, another entity of the same one."""
    plan = erring(simulated, f"set:PrecBolsNaci@{DAY}=3000,drop:VoluUtilDiarEner/Embalse/AMANI")
    for metric, entity in (("DemaSIN", "Sistema"), ("VoluUtilDiarEner", "Sistema")):
        assert ask_raw(plan, metric, entity, *SPAN) == ask_raw(simulated, metric, entity, *SPAN)


def test_values_are_set_and_blanked_as_xm_writes_them(simulated: Emulator) -> None:
    """24 texts of the number; or of nothing."""
    (row,) = [r for r in rows(simulated, f"set:PrecBolsNaci@{DAY}=3000", "PrecBolsNaci", "Sistema") if r["day"] == DAY]
    assert [row[f"Hour{hour:02d}"] for hour in range(1, 25)] == ["3000"] * 24
    blank = rows(simulated, f"blank:DemaSIN@{DAY}", "DemaSIN", "Sistema")
    assert [row["Value"] for row in blank if row["day"] == DAY] == [""]
    assert all(row["Value"] for row in blank if row["day"] != DAY)


def test_rows_leave_and_come_twice(simulated: Emulator) -> None:
    """A reservoir without its rows; an agent named twice in a list, whose date chooses nothing."""
    left = rows(simulated, f"drop:VoluUtilDiarEner/Embalse/AMANI@{DAY}", "VoluUtilDiarEner", "Embalse")
    assert {row["day"] for row in left if row["Name"] == "AMANI"} == {
        "2026-11-08",
        "2026-11-09",
        "2026-11-11",
        "2026-11-12",
    }
    twice = rows(simulated, "copy:ListadoAgentes/Sistema/EPMG=Name=OTRO", "ListadoAgentes", "Sistema")
    assert [row["Name"] == "OTRO" for row in twice if row["Code"] == "EPMG"] == [False, True]


def test_fields_are_put_and_renamed(simulated: Emulator) -> None:
    """A code by another name or case, a field that is new, an hour by another name."""
    plan = "put:DemaReal/Sistema=code=SISTEMA,put:DemaReal/Sistema=Version=TX2,field:DemaReal/Sistema=Hour01=Hour1"
    for row in rows(simulated, plan, "DemaReal", "Sistema"):
        assert (row["code"], row["Version"]) == ("SISTEMA", "TX2")
        assert "Hour1" in row and "Hour01" not in row and "Hour02" in row


def test_a_series_goes_on_after_its_end(simulated: Emulator) -> None:
    """PrecEscaAct ended in February 2025; reopened, it has values of November 2026."""
    from pipeline.emulator.server import build

    assert rows(simulated, "", "PrecEscaAct", "Sistema") == []
    assert len(rows(build("simulated", dt.date(2026, 11, 23), faults="reopen:PrecEscaAct"), "reopen:PrecEscaAct",
                    "PrecEscaAct", "Sistema")) == 5  # fmt: skip


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        ("scale:PB_Nal=1000", {"Valor": 100_000.0}),
        (f"scale:PB_Nal@{DAY}T5=2", {"Valor": 200.0}),
        (f"scale:PB_Nal@{DAY}T6-23=2", {}),
        ("scale:PB_Int=2", {}),
        ("blank:EC6945", {"Valor": None}),
        ("put:PB_Nal=UnidadMedida=COP/MWh", {"UnidadMedida": "COP/MWh"}),
        ("put:PB_Nal//TX1=Version=TX3", {"Version": "TX3"}),
        ("put:PB_Nal//TX2=Version=TX3", {}),
        ("put:PB_Nal=CodigoVariable=Otra", {"CodigoVariable": "Otra"}),
    ],
)
def test_records_of_simem(plan: str, wanted: dict[str, object]) -> None:
    """By variable, data set, version, day and hour."""
    assert altered_records([dict(RECORD)], "EC6945", FaultPlan.parse(plan).altered) == [RECORD | wanted]


def test_records_in_columns() -> None:
    """A metric that is a column of its data set."""
    record = {"Fecha": DAY, "CodigoEmbalse": "MIEL1", "VertimientosEnergia": 4.0, "CapacidadUtilEnergia": 7.0}
    plan = FaultPlan.parse("scale:VertimientosEnergia//MIEL1=0.5").altered
    assert altered_records([record], "B0E933", plan) == [record | {"VertimientosEnergia": 2.0}]
    assert altered_records([record], "B0E933", FaultPlan.parse("drop:VertimientosEnergia//MIEL1").altered) == []


def test_alterations_stand_beside_shares() -> None:
    """One plan has both; a range of days includes its ends."""
    plan = FaultPlan.parse(f"500:0.1,scale:Gene/Sistema@2026-11-01..{DAY}T3-4=0.5,reset:0.1")
    assert plan.shares == {"500": 0.1, "reset": 0.1}
    (found,) = plan.altered
    assert found == Alteration(
        "scale", "Gene", "Sistema", "", dt.date(2026, 11, 1), dt.date(2026, 11, 10), range(3, 5), "0.5"
    )


@pytest.mark.parametrize(
    "text", ["scale:Gene=x", "scale:Gene", "put:Gene=x", "melt:Gene=1", "set:@2026-11-10=1", "drop:Gene@x"]
)
def test_what_cannot_be_read_is_a_usage_error(text: str) -> None:
    """With the kinds that there are, or how it is written."""
    with pytest.raises(UsageError):
        FaultPlan.parse(text)
