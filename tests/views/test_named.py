"""Named things: every month equals the lake's own rows, and every name has one address that stays."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.paths import PACKAGE, ROOT
from tests.views.small_world import (
    Row,
    Warehouse,
    hours,
    list_table,
    one,
    open_warehouse,
    rows,
    series_table,
    small_catalog,
)

JANUARY, TODAY = dt.date(2024, 1, 1), dt.date(2024, 4, 3)
DAYS = [JANUARY + dt.timedelta(days=i) for i in range(92)]  # three whole months, and a day of the fourth
PLANTS = {"GTPE": 1.0, "TCDT": 0.5, "SOL1": 0.01}
LISTS = {
    "ListadoRecursos": [
        {"code": "GTPE", "name": "GUATAPE", "type": "HIDRAULICA", "energy_source": "AGUA", "agent_code": "EPMG",
         "operation_start": "1980-01-01T00:00:00", "state": "OPERACION", "dispatch": "DESPACHADO CENTRALMENTE"},
        {"code": "TCDT", "name": "TERMOCANDELARIA CC", "type": "TERMICA", "energy_source": "GAS", "agent_code": "TCIG"},
        {"code": "SOL1", "name": "SOLAR ÑANDÚ", "type": "SOLAR", "energy_source": "RAD SOLAR", "agent_code": "EPMG"},
        {"code": "0AG1", "name": "AUTOG CASA", "type": "SOLAR", "energy_source": "RAD SOLAR", "agent_code": "EPMG"},
    ],
    "ListadoAgentes": [
        {"code": "EPMG", "name": "EMPRESAS PUBLICAS DE MEDELLIN E.S.P.", "activity": "GENERACIÓN"},
        {"code": "EPMC", "name": "EMPRESAS PUBLICAS DE MEDELLIN E.S.P.", "activity": "COMERCIALIZACIÓN"},
        {"code": "TCIG", "name": "TERMOCANDELARIA S.C.A. E.S.P.", "activity": "GENERACIÓN"},
    ],
    "ListadoRios": [{"code": "PENONARE", "name": "NARE", "region": "ANTIOQUIA"}],
    "ListadoEmbalses": [{"code": "PENOL", "name": "PENOL", "region": "ANTIOQUIA"}],
}  # fmt: skip


def series(days: list[dt.date]) -> dict[str, list[Row]]:
    """Return generation, capacity and water of a few days, each day another figure."""
    made: dict[str, list[Row]] = {
        "Gene/Recurso": [r for i, d in enumerate(days) for c, v in PLANTS.items() for r in hours(d, v + i / 1000, c)],
        "Gene/Sistema": [
            r for i, d in enumerate(days) for r in hours(d, sum(v + i / 1000 for v in PLANTS.values()))
        ],
        "CapEfecNeta/Recurso": [
            (c, d, v) for d in days for c, v in (("GTPE", 560.0), ("TCDT", 300.0), ("SOL1", 0.4))
        ],
        "AporEner/Rio": [("NARE", d, 10.0 + i) for i, d in enumerate(days)],
        "AporEner/Sistema": [("Sistema", d, 40.0 + 2 * i) for i, d in enumerate(days)],
        "AporEnerMediHist/Rio": [("NARE", d, 20.0) for d in days],
        "AporEnerMediHist/Sistema": [("Sistema", d, 60.0) for d in days],
        "VoluUtilDiarEner/Embalse": [("PENOL", d, 3000.0 - i) for i, d in enumerate(days)],
        "CapaUtilDiarEner/Embalse": [("PENOL", d, 4000.0) for d in days],
    }  # fmt: skip
    return made


def opened(folder: Path, days: list[dt.date]) -> Warehouse:
    """Return a warehouse of four plants, a river and a reservoir."""
    tables = {key: series_table(key, told) for key, told in series(days).items()}
    tables |= {f"{name}/Sistema": list_table(name, told) for name, told in LISTS.items()}
    folder.mkdir(exist_ok=True)
    (folder / "reference").symlink_to(ROOT / "data" / "reference")
    return open_warehouse(folder, tables, TODAY, small_catalog())


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Three months of them."""
    with opened(tmp_path_factory.mktemp("named"), DAYS) as made:
        yield made


def fact(con: Warehouse, kind: str, thing: str, measure: str) -> dict[str, object]:
    """Return what is told of a thing."""
    return one(con, f"FROM named_fact WHERE kind = '{kind}' AND thing = '{thing}' AND measure = '{measure}'")


def test_a_month_is_the_sum_of_its_hours_in_the_lake(con: Warehouse) -> None:
    """March, the last whole one, asked of the hourly rows; April, which has begun, is not told."""
    told = fact(con, "plant", "GTPE", "generation")
    month = "ts >= '2024-03-01' AND ts < '2024-04-01'"
    own = one(con, f"SELECT sum(value) AS v FROM \"Gene\" WHERE entity = 'Recurso' AND code = 'GTPE' AND {month}")["v"]
    whole = one(con, f"SELECT sum(value) AS v FROM \"Gene\" WHERE entity = 'Sistema' AND {month}")["v"]
    assert told["month"] == dt.date(2024, 3, 1)
    assert told["value"] == pytest.approx(own)
    assert told["share_pct"] == pytest.approx(own / whole * 100)
    assert (told["place"], told["things"], told["months"]) == (1, 3, 3)
    assert (told["most_month"], told["least_month"]) == (dt.date(2024, 3, 1), dt.date(2024, 2, 1))


def test_water_is_told_against_its_own_mean_and_capacity(con: Warehouse) -> None:
    """A river adds up its days; a reservoir is what it held on the last one."""
    river = fact(con, "river", "NARE", "inflow")
    days = [i for i, d in enumerate(DAYS) if d.month == 3]
    assert river["value"] == pytest.approx(sum(10.0 + i for i in days))
    assert river["pct"] == pytest.approx(sum(10.0 + i for i in days) / (20.0 * len(days)) * 100)
    assert river["share_pct"] == pytest.approx(sum(10.0 + i for i in days) / sum(40.0 + 2 * i for i in days) * 100)
    stored = fact(con, "reservoir", "PENOL", "stored")
    assert (stored["value"], stored["pct"]) == (3000.0 - days[-1], pytest.approx((3000.0 - days[-1]) / 40))


def test_an_agent_is_a_company_with_all_its_codes(con: Warehouse) -> None:
    """Its plants add up, also the ones that have no page of their own."""
    page = one(con, "FROM agent_page WHERE slug = 'epm'")
    assert (page["codes"], page["activities"]) == (["EPMC", "EPMG"], ["retailer", "generator"])
    told = fact(con, "agent", str(page["thing"]), "generation")
    march = "ts >= '2024-03-01' AND ts < '2024-04-01' AND code IN ('GTPE', 'SOL1')"
    assert told["value"] == pytest.approx(one(con, f'SELECT sum(value) AS v FROM "Gene" WHERE {march}')["v"])


def test_thin_plants_stand_on_the_page_of_their_agent(con: Warehouse) -> None:
    """Less than 1 MW, or no generation of its own: no page."""
    assert [r["slug"] for r in rows(con, "SELECT slug FROM named WHERE kind = 'plant' ORDER BY slug")] == [
        "guatape", "termocandelaria-cc",
    ]  # fmt: skip
    assert [r["code"] for r in rows(con, "SELECT code FROM thin_plant ORDER BY code")] == ["0AG1", "SOL1"]


def test_a_month_with_a_day_that_may_not_be_quoted_is_not_told(tmp_path: Path) -> None:
    """Neither as the last month nor in the years or marks."""
    hole = dt.date(2024, 2, 10)
    con = opened(tmp_path, [d for d in DAYS if d != hole])
    months = rows(con, "SELECT month FROM named_month WHERE thing = 'GTPE' ORDER BY month")
    assert [r["month"].month for r in months] == [1, 3]
    assert one(con, "SELECT months FROM named_year WHERE thing = 'GTPE'")["months"] == 2


def test_what_belongs_together_is_linked_both_ways(con: Warehouse) -> None:
    """River, reservoir and plant lead to each other, with the figure of the month."""
    links = rows(con, "SELECT kind, of_kind, address FROM named_link WHERE kind <> 'agent' AND kind <> 'department'")
    found = {(r["kind"], r["of_kind"]): r["address"] for r in links}
    assert found["plant", "reservoir"] == "embalses/penol/"
    assert found["reservoir", "plant"] == "plantas/guatape/"
    assert found["river", "reservoir"] == "embalses/penol/"
    assert found["reservoir", "river"] == "rios/nare/"


def test_what_a_table_calls_them_by_leads_to_one_page_or_none(con: Warehouse) -> None:
    """Names, codes and XM's capitals; every company by each of its codes and by its whole name."""
    found = {(r["kind"], r["text"]): (r["shown"], r["slug"], r["code"]) for r in rows(con, "FROM named_text")}
    assert found["plant", "GTPE"] == found["plant", "Guatapé"] == ("Guatapé", "guatape", "GTPE")
    assert found["reservoir", "PENOL"] == found["reservoir", "Peñol"] == ("Peñol", "penol", "PENOL")
    assert found["river", "PENONARE"] == found["river", "NARE"] == found["river", "Nare"]
    assert found["agent", "EPMC"] == found["agent", "EPMG"] == ("EPM", "epm", "EPMC, EPMG")
    assert found["agent", "Empresas Públicas de Medellín"] == ("Empresas Públicas de Medellín", "epm", "EPMC, EPMG")
    assert ("plant", "SOL1") not in found and ("department", "Antioquia") in found


def test_a_text_that_two_things_share_leads_nowhere(con: Warehouse) -> None:
    """A second plant of the name, in a table of the same shape: the codes still tell them apart."""
    con.execute("CREATE TEMP TABLE named AS FROM memory.named")
    con.execute("INSERT INTO named VALUES ('plant', 'GTP2', 'GTP2', 'Guatapé', NULL, 'guatape-gtp2')")
    found = {r["text"] for r in rows(con, "FROM named_text WHERE kind = 'plant'")}
    con.execute("DROP TABLE temp.named")
    assert {"GTPE", "GTP2"} <= found and "Guatapé" not in found


NAMES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["Peñol", "PEÑOL", "penol", "A-1", "A 1", "¿?", "", "İ", "ß", "東京", "Guatapé", "Río Ñ", "a-b", "a"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NAMES, st.dates(dt.date(1950, 1, 1), TODAY) | st.none()), max_size=9), st.data())
def test_every_name_has_one_address_that_later_ones_do_not_take(
    drawn: list[tuple[str, dt.date | None]], data: st.DataObject
) -> None:
    """Accents, symbols, names of nothing, twice the same, codes that look like another's address."""
    codes = data.draw(st.lists(NAMES.filter(bool), min_size=len(drawn), max_size=len(drawn), unique=True))
    listed = [(code, name, since) for code, (name, since) in zip(codes, drawn, strict=True)]
    listed.sort(key=lambda row: (row[2] is None, row[2] or TODAY, row[0]))
    before: dict[str, str] = {}
    for end in range(len(listed) + 1):
        slugs = addresses(listed[:end])
        assert len(set(slugs.values())) == end
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) for slug in slugs.values())
        kept = [code for code, slug in before.items() if slugs[code] == slug]
        # one whose address was another's name and code may have to give way; the name itself is never lost
        assert len(kept) >= len(before) - 1
        before = slugs


def addresses(listed: list[tuple[str, str, dt.date | None]]) -> dict[str, str]:
    """Return the address of each code by the statement of the domain layer."""
    text = (PACKAGE / "views/entities/named.sql").read_text(encoding="utf-8")
    macro, named = (
        re.search(rf"{head}.*?;\n", text, re.DOTALL)
        for head in ("CREATE OR REPLACE MACRO slug_of", "CREATE OR REPLACE TABLE named AS")
    )
    assert macro and named
    with duckdb.connect() as con:
        con.execute(macro.group())
        con.execute("CREATE TABLE named_origin(kind VARCHAR, thing VARCHAR, code VARCHAR, name VARCHAR, since DATE)")
        con.executemany(
            "INSERT INTO named_origin VALUES ('plant', ?, ?, ?, ?)", [(c, c, n, s) for c, n, s in listed]
        ) if listed else None
        con.execute(named.group())
        return dict(con.execute("SELECT thing, slug FROM named").fetchall())


def test_the_first_of_a_name_has_it_alone() -> None:
    """The one that came later carries its code."""
    first, later = dt.date(1990, 1, 1), dt.date(2020, 1, 1)
    assert addresses([("AB12", "Peñol", later), ("PENL", "PENOL", first)]) == {"PENL": "penol", "AB12": "penol-ab12"}
    assert all(a != b for a, b in pairwise(sorted(addresses([("1", "¿?", None), ("2", "¡!", None)]).values())))
