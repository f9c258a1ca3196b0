"""Lists: what leaves one keeps its attributes, a code stands once under its newest name, spelled as ever."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import duckdb
import pytest

from pipeline.ingest import drift
from pipeline.ingest.codes import normal
from pipeline.store.lake import Lake
from pipeline.store.list_past import PAST
from pipeline.store.warehouse import create_views
from tests.ingest.fake import House

WEDNESDAY = dt.date(2026, 5, 20)
LISTS = ("ListadoRecursos", "ListadoAgentes", "ListadoRios")
pytestmark = [pytest.mark.slow]
PLANTS = [
    {"Code": "JPR1", "Name": "JEPIRACHI", "Type": "EOLICA", "EnerSource": "VIENTO", "CompanyCode": "EPMG"},
    {"Code": "TBST", "Name": "TERMOBARRANQUILLA", "Type": "TERMICA", "EnerSource": "GAS", "CompanyCode": "TEBG"},
    {"Code": "GVIO", "Name": "GUAVIO", "Type": "HIDRAULICA", "EnerSource": "AGUA", "CompanyCode": "ENDG"},
]
AGENT = {"Code": "CALG", "Activity": "GENERACIÓN", "State": "OPERACION"}


def listing(house: House, monkeypatch: pytest.MonkeyPatch, **lists: list[dict[str, Any]]) -> None:
    """Let the fake XM answer these lists."""
    honest = type(house.xm)._body

    def body(request: Any) -> bytes:
        rows = lists.get(request.metric.id)
        if rows is None or request.entity != "Sistema":
            return honest(house.xm, request)
        entities = [{"Id": "Sistema", "Values": row} for row in rows]
        return json.dumps({"Items": [{"Date": f"{house.xm.today}", "ListEntities": entities}]}).encode()

    monkeypatch.setattr(house.xm, "_body", body)


def night(house: House, number: int = 0, metrics: tuple[str, ...] = LISTS) -> Any:
    """Run a night."""
    return house.night(WEDNESDAY + dt.timedelta(days=number), metrics)


def seen(house: House, query: str) -> list[tuple[Any, ...]]:
    """Ask the views of the lists."""
    lake = Lake(house.paths.lake)
    with duckdb.connect() as con:
        create_views(con, house.xm.catalog, lake, lake.manifest(), dt.date(2026, 11, 22))
        return con.execute(query).fetchall()


def test_a_plant_that_leaves_keeps_its_attributes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its row is the newest that named it, dated with its last day; what is listed is as the list says."""
    listing(house, monkeypatch, ListadoRecursos=PLANTS)
    night(house)
    renamed = {**PLANTS[0], "Name": "JEPIRACHI II"}
    listing(house, monkeypatch, ListadoRecursos=[renamed, *PLANTS[1:]])
    night(house, 1)
    listing(house, monkeypatch, ListadoRecursos=PLANTS[1:])
    for number in (2, 3, 4):
        night(house, number)
    query = "SELECT code, name, type, ts::DATE FROM \"ListadoRecursos\" WHERE entity = 'Sistema' ORDER BY code"
    last, tonight = WEDNESDAY + dt.timedelta(days=1), WEDNESDAY + dt.timedelta(days=4)
    assert seen(house, query) == [
        ("GVIO", "GUAVIO", "HIDRAULICA", tonight),
        ("JPR1", "JEPIRACHI II", "EOLICA", last),
        ("TBST", "TERMOBARRANQUILLA", "TERMICA", tonight),
    ]
    past = house.lake.read(PAST, "ListadoRecursos.Sistema").to_pylist()
    assert [(row["code"], row["name"]) for row in past] == [("JPR1", "JEPIRACHI"), ("JPR1", "JEPIRACHI II")]
    (told,) = [row for row in house.lake.read(drift.TABLE, "xm").to_pylist() if row["kind"] == "entry_gone"]
    assert (told["metric"], told["field"], told["was"]) == ("ListadoRecursos", "JPR1", "JEPIRACHI II")
    assert told["first_seen"] == told["last_seen"] == WEDNESDAY + dt.timedelta(days=2)


def test_a_night_without_changes_writes_nothing_of_the_past(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same list every night: the past does not grow; one that comes back is as the list says."""
    listing(house, monkeypatch, ListadoRecursos=PLANTS)
    for number in range(3):
        night(house, number)
    assert not house.lake.manifest().of(PAST, "ListadoRecursos.Sistema")
    listing(house, monkeypatch, ListadoRecursos=PLANTS[1:])
    night(house, 3)
    before = house.lake.manifest().of(PAST, "ListadoRecursos.Sistema")
    listing(house, monkeypatch, ListadoRecursos=PLANTS)
    night(house, 4)
    assert house.lake.manifest().of(PAST, "ListadoRecursos.Sistema") == before
    assert len(seen(house, "FROM \"ListadoRecursos\" WHERE code = 'JPR1'")) == 1


def test_half_a_list_is_held_back_and_told_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list stays as it was, night after night, and its past does not grow with each of them."""
    listing(house, monkeypatch, ListadoRecursos=PLANTS)
    night(house)
    listing(house, monkeypatch, ListadoRecursos=PLANTS[2:])
    for number in (1, 2, 3):
        assert night(house, number).held_back
    assert house.lake.read("ListadoRecursos", "Sistema").num_rows == 3
    assert house.lake.read(PAST, "ListadoRecursos.Sistema").num_rows == 2
    assert len(seen(house, "SELECT DISTINCT code FROM \"ListadoRecursos\" WHERE entity = 'Sistema'")) == 3


@pytest.mark.parametrize("backwards", [False, True])
def test_an_agent_listed_twice_is_one_with_the_newest_name(
    house: House, monkeypatch: pytest.MonkeyPatch, backwards: bool
) -> None:
    """The one that began last, in any order of the list; double blanks and an Ñ in two halves are no other name."""
    old = {**AGENT, "Name": "COMPAN~IA  DE CALARCA E.S.P.", "OperStartdate": "2001-05-12"}
    new = {**AGENT, "Name": "COMPAÑIA DE CALARCA  ESP", "OperStartdate": "2022-11-22"}
    rows = [new, old] if backwards else [old, new]
    listing(house, monkeypatch, ListadoAgentes=[*rows, {**AGENT, "Code": "ENDG", "Name": "ENEL"}])
    for number in (0, 1):
        night(house, number)
    assert house.lake.read("ListadoAgentes", "Sistema")["code"].to_pylist() == ["CALG", "ENDG"]
    assert seen(house, 'SELECT code, name FROM "ListadoAgentes" ORDER BY code') == [
        ("CALG", "COMPAÑIA DE CALARCA ESP"),
        ("ENDG", "ENEL"),
    ]
    past = house.lake.read(PAST, "ListadoAgentes.Sistema").to_pylist()
    assert [row["name"] for row in past] == ["COMPAÑIA DE CALARCA E.S.P."], "told once, not every night"


def test_the_same_name_written_two_ways_is_one_row(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but blanks and halves of letters tells them apart."""
    rows = [{**AGENT, "Name": name} for name in ("ESPAÑA  Y CIA", "ESPAN~A Y CIA", " ESPAÑA Y CIA ")]
    listing(house, monkeypatch, ListadoAgentes=rows)
    night(house)
    assert [row["name"] for row in house.lake.read("ListadoAgentes", "Sistema").to_pylist()] == ["ESPAÑA Y CIA"]


def test_codes_of_a_list_keep_their_spelling(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list in other letters renames nobody: flows go on under the code they have."""
    metrics = (*LISTS, "AporCaudal")
    night(house, 0, metrics)
    rows = [{"Name": name, "Code": name[:8], "HydroRegion": "CENTRO"} for name in ("Bata", " nare ")]
    listing(house, monkeypatch, ListadoRios=rows)
    night(house, 1, metrics)
    assert sorted(house.lake.read("ListadoRios", "Sistema")["name"].to_pylist()) == ["BATA", "NARE"]
    assert set(house.lake.read("AporCaudal", "Rio")["code"].to_pylist()) == {"BATA", "NARE"}


def test_a_list_that_lost_an_attribute_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """`Type` under another name would leave every plant without its technology: the list before stays, it is told."""
    listing(house, monkeypatch, ListadoRecursos=PLANTS)
    night(house)
    listing(
        house, monkeypatch, ListadoRecursos=[{("Tipo" if k == "Type" else k): v for k, v in p.items()} for p in PLANTS]
    )
    report = night(house, 1)
    assert report.failed["ListadoRecursos/Sistema"] == "unreadable: fields: no row of the list has Type"
    assert "field_new: ListadoRecursos/Sistema Tipo now EOLICA" in report.drift
    assert set(house.lake.read("ListadoRecursos", "Sistema")["type"].to_pylist()) == {"EOLICA", "TERMICA", "HIDRAULICA"}
    listing(house, monkeypatch, ListadoRecursos=PLANTS)
    assert not night(house, 2).failed


@pytest.mark.parametrize(
    ("text", "right"),
    [("PEN~OL", "PEÑOL"), ("  El   Quimbo ", "El Quimbo"), ("PEN\u0303OL", "PEÑOL"), ("a~b", "a~b"), ("n~u", "ñu")],
)
def test_the_normal_form(text: str, right: str) -> None:
    """Blanks and halves of letters; nothing else changes."""
    assert normal(text) == right
    assert normal(right) == right
