"""Transmission, generation in detail and the maps: on a few inline rows, over the reference data of the project."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator

import duckdb
import pytest
from small_world import REAL, World, hours, list_table, one, open_warehouse, rows, series_table, small_catalog

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.paths import ROOT

pytestmark = pytest.mark.slow  # each world builds every view of the domain layer

BOARDS = ("generacion", "transmision")
DAYS = [dt.date(2024, 4, 1) + dt.timedelta(days=d) for d in range(30)]
SUN = [1.0 if 8 <= hour < 16 else 0.0 for hour in range(24)]
LOAD = [5.0] * 18 + [8.0] * 3 + [5.0] * 3
WATER = [load - sun for load, sun in zip(LOAD, SUN, strict=True)]
SERIES = {
    "Gene/Sistema": [row for day in DAYS for row in hours(day, LOAD)],
    "Gene/Recurso": [
        row for day in DAYS for code, energy in (("PGUG", WATER), ("SOL1", SUN)) for row in hours(day, energy, code)
    ],
    "CapEfecNeta/Recurso": [row for day in DAYS for row in (("PGUG", day, 9000.0), ("SOL1", day, 1000.0))],
    "DemaCome/Sistema": [row for day in DAYS for row in hours(day, 10.0)],
    "CargoUsoSTN/Sistema": [("Sistema", DAYS[0], 360_000.0)],
    "CargoUsoSTR/Sistema": [("Sistema", DAYS[0], 240_000.0)],
    "VoluUtilDiarEner/Embalse": [("PENOL", DAYS[-1], 1000.0), ("CHUZA", DAYS[-1], 100.0)],
    "CapaUtilDiarEner/Embalse": [("PENOL", DAYS[-1], 4000.0), ("CHUZA", DAYS[-1], 1000.0)],
    "DemaNoAtenProg/Subarea": [("SUBAREA GCM", DAYS[3], 0.5), ("SUBAREA BOYACA-CASANARE", DAYS[9], 0.25)],
    "DemaNoAtenNoProg/Subarea": [("SUBAREA GCM", DAYS[3], 0.1)],
    "DemaOR/Agente": [
        row
        for day in DAYS
        for code, energy in (("CMMD", 2.0), ("CSSD", 1.0), ("EMID", 0.5), ("NEWD", 0.25))
        for row in hours(day, energy, code)
    ],
}
LISTS = {
    "ListadoRecursos": [
        {"code": "PGUG", "name": "PAGUA", "type": "HIDRAULICA", "energy_source": "AGUA", "agent_code": "ENDG"},
        {
            "code": "SOL1",
            "name": "NADIE LO CONOCE",
            "type": "SOLAR",
            "energy_source": "RAD SOLAR",
            "agent_code": "ENDG",
        },
    ],
}

RESERVOIRS = [
    *("AGREGADO BOGOTA", "ALTOANCHICAYA", "AMANI", "BETANIA", "CALIMA1", "CHUZA", "EL QUIMBO", "ESMERALDA", "GUAVIO"),
    *("ITUANGO", "MIRAFLORES", "MUNA", "PENOL", "PLAYAS", "PORCE II", "PORCE III", "PRADO", "PUNCHINA", "RIOGRANDE2"),
    *("SALVAJINA", "SAN LORENZO", "TOPOCORO", "TRONERAS", "URRA1"),
]


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """One warehouse over all of the above, with the reference data, made once."""
    folder = tmp_path_factory.mktemp("grid")
    shutil.copytree(ROOT / "data" / "reference", folder / "reference")
    tables = {key: series_table(key, found) for key, found in SERIES.items()}
    tables |= {f"{name}/Sistema": list_table(name, found) for name, found in LISTS.items()}
    with open_warehouse(folder, tables, dt.date(2024, 5, 6), small_catalog()) as made:
        yield made


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The project's own catalogue."""
    return load_catalog()


def test_network_adds_up_to_the_list_of_paratec(con: duckdb.DuckDBPyConnection) -> None:
    """Lines on trial stay out, voltages add up to the whole, STN is what runs at 220 kV or more."""
    network = one(con, "FROM network_now")
    assert (network["lines"], network["national_lines"], network["source"]) == (925, 274, "PARATEC")
    assert network["kilometres"] == pytest.approx(31_858.405)
    parts = rows(con, "FROM network_by_voltage")
    assert sum(p["kilometres"] for p in parts) == pytest.approx(network["kilometres"])
    assert [p["voltage"] for p in parts] == ["500 kV", "220 y 230 kV", "110 a 138 kV", "menos de 100 kV"]
    assert parts[0]["kilometres"] == pytest.approx(4_571.447)
    assert 30 < network["filler_pct"] < 45
    assert one(con, "SELECT sum(kilometres) AS km, sum(lines) AS n FROM network_operator")["km"] == pytest.approx(
        network["kilometres"]
    )


def test_longest_line_is_long_and_nothing_else(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """The longest line is that of PARATEC; no text of the board calls a line critical."""
    first = one(con, "SELECT name, kilometres FROM line WHERE in_operation ORDER BY kilometres DESC LIMIT 1")
    assert first == {"name": "JAMONDINO - TESALIA 1 230 kV", "kilometres": pytest.approx(263.12)}
    block = next(b for b in catalog.boards["transmision"].blocks if b.id == "mas-largas")
    assert block.subtitle == "longitud, no criticidad"


def test_lines_of_simem_rule_when_they_are_a_network(world: World) -> None:
    """A list of SIMEM is used as it comes; without reference data there is nothing to compare it with."""
    con = world(lists={"LineasTransmision": [
        {"code": "Lin1", "name": "A - B 1 500 kV", "operator": "Cia1", "kilovolts": "500", "kilometres": "100.5",
         "in_operation_since": "2000-01-01T00:00:00"},
        {"code": "Lin2", "name": "C - D 1 115 kV", "operator": "Cia2", "kilovolts": "115", "kilometres": "20"},
    ]})  # fmt: skip
    network = one(con, "FROM network_now")
    assert (network["source"], network["lines"], network["kilometres"], network["national_km"]) == (
        "SIMEM",
        2,
        120.5,
        100.5,
    )
    assert network["filler_pct"] == 100.0


def test_charges_per_kwh_are_the_month_over_its_demand(con: duckdb.DuckDBPyConnection) -> None:
    """360,000 and 240,000 million COP over 30 days of 240 GWh are 50 and 33.3 COP/kWh."""
    charges = one(con, "SELECT t, str FROM unit_cost_monthly WHERE t IS NOT NULL ORDER BY month DESC LIMIT 1")
    assert charges["t"] == pytest.approx(50.0)
    assert charges["str"] == pytest.approx(240_000 / 7_200)
    assert one(con, "SELECT lines FROM network_now") == {"lines": 925}


def test_map_of_the_network_has_every_line_with_two_ends(con: duckdb.DuckDBPyConnection) -> None:
    """Lines without coordinates are left out, those of 500 kV carry their words."""
    sql = "SELECT series, count(*) AS n, count(label) AS labels FROM map_network WHERE layer <> 'area' GROUP BY series"
    found = {r["series"]: r for r in rows(con, sql)}
    assert found["líneas de 500 kV"]["n"] == found["líneas de 500 kV"]["labels"] == 33
    assert found["líneas de 138 kV o menos"]["labels"] == 0
    assert found["subestación de 220 kV o más"]["n"] > 100


def test_departments_add_up_to_the_country(con: duckdb.DuckDBPyConnection) -> None:
    """A chain of plants lies in its department; what PARATEC does not know is not placed, and not lost."""
    found = {r["department"]: r for r in rows(con, "FROM generation_department")}
    assert set(found) == {"Cundinamarca", "Sin ubicar"}
    assert sum(r["gwh"] for r in found.values()) == pytest.approx(30 * sum(LOAD))
    assert found["Cundinamarca"]["share_pct"] == pytest.approx(sum(WATER) / sum(LOAD) * 100)
    assert found["Cundinamarca"]["renewable_pct"] == 100.0
    shaded = rows(con, "SELECT name, value, label FROM map_generation WHERE value IS NOT NULL")
    assert [r["name"] for r in shaded] == ["Cundinamarca"]
    assert shaded[0]["label"].endswith("; 1 planta")


def test_net_load_leaves_out_sun_and_wind(con: duckdb.DuckDBPyConnection) -> None:
    """At noon 5 GW less 1 GW of sun; the evening rise of 4 to 8 GW within three hours is the ramp."""
    noon = one(con, "SELECT total_mw, solar_mw, net_mw, days FROM net_load_profile WHERE hour = 12")
    assert noon == {"total_mw": 5000.0, "solar_mw": 1000.0, "net_mw": 4000.0, "days": 30}
    ramp = one(con, f"SELECT rise_mw, from_hour, step_mw FROM ramp_daily WHERE day = DATE '{DAYS[-1]}'")
    assert ramp == {"rise_mw": 4000.0, "from_hour": 15, "step_mw": 3000.0}


def test_capacity_and_its_use(con: duckdb.DuckDBPyConnection) -> None:
    """129 GWh over 10,000 MW in 24 hours are 53.75 %; technologies add up to the whole."""
    latest = one(con, "FROM capacity_daily ORDER BY day DESC LIMIT 1")
    assert latest["mw"] == 10_000.0
    assert latest["use_pct"] == pytest.approx(sum(LOAD) * 1000 / 240_000 * 100)
    parts = {r["technology"]: r for r in rows(con, "FROM capacity_technology")}
    assert parts["Solar"]["use_pct"] == pytest.approx(8 / 24 * 100)
    assert sum(r["share_pct"] for r in parts.values()) == pytest.approx(100)


def test_months_count_only_when_whole(con: duckdb.DuckDBPyConnection) -> None:
    """April has its 30 days: 30 times the day, all renewable, 8 of 129 GWh from the sun."""
    assert one(con, "SELECT sum(gwh) AS gwh FROM generation_monthly WHERE split = 'fuel'")["gwh"] == pytest.approx(
        30 * 129
    )
    month = one(con, "FROM renewable_monthly")
    assert (month["month"], month["share_pct"]) == (DAYS[0], pytest.approx(100.0))
    assert month["variable_pct"] == pytest.approx(8 / 129 * 100)


def test_records_rank_settled_days(con: duckdb.DuckDBPyConnection) -> None:
    """Equal days keep the order of time, and a series has five ranks a side."""
    found = rows(
        con, "SELECT rank, day FROM generation_records WHERE series = 'generation' AND side = 'high' ORDER BY rank"
    )
    assert found == [{"rank": i + 1, "day": DAYS[i]} for i in range(5)]


def test_reservoirs_stand_at_the_plant_they_feed(con: duckdb.DuckDBPyConnection) -> None:
    """El Peñol is drawn in the east of Antioquia, with its size, its level and the plant in words."""
    penol = one(con, "SELECT series, value, lon, lat, label FROM map_reservoir WHERE name = 'Peñol'")
    assert (penol["series"], penol["value"]) == ("Sin mínimo publicado", 4000.0)
    assert -75.4 < penol["lon"] < -74.8
    assert 6.0 < penol["lat"] < 6.5
    assert penol["label"] == "Peñol: 25,0 % de 4.000 GWh; semáforo: sin mínimo publicado; alimenta Guatapé"


def test_operators_fill_their_territories(con: duckdb.DuckDBPyConnection) -> None:
    """Territories are areas, an operator of one city is a point inside another's, and the rest is told."""
    found = {r["name"]: r for r in rows(con, "FROM map_operator")}
    assert (found["CMMD"]["layer"], found["CMMD"]["value"]) == ("area", 2.0 * 24 * 28)
    assert found["CMMD"]["label"] == "CMMD: Bolívar, Cesar, Córdoba, Sucre; 1.344\u00a0GWh, 53,3\u00a0% del total"
    assert (found["EMID"]["layer"], found["EMID"]["path"]) == ("point", None)
    assert 3.0 < found["EMID"]["lat"] < 4.0
    assert (found["Antioquia"]["value"], found["Antioquia"]["label"]) == (None, "Antioquia: sin operador que reporte")
    assert "NEWD" not in found


def test_regions_hold_the_demand_of_every_operator(con: duckdb.DuckDBPyConnection) -> None:
    """Two operators make the Caribbean; one that no region knows stays visible; the parts are the whole."""
    found = {r["region"]: r for r in rows(con, "FROM demand_by_region")}
    assert (found["Caribe"]["operators"], found["Caribe"]["gwh"]) == (2, 3.0 * 24 * 28)
    assert found["Sin ubicar"]["names"] == "NEWD"
    assert sum(r["share_pct"] for r in found.values()) == pytest.approx(100.0)


def test_every_operator_of_xm_has_a_territory(con: duckdb.DuckDBPyConnection) -> None:
    """Departments exist, none belongs to two operators, and only islands and the far east belong to none."""
    placed = [r["d"] for r in rows(con, "SELECT unnest(departments) AS d FROM operator_place")]
    assert len(placed) == len(set(placed))
    known = {r["name"] for r in rows(con, "SELECT name FROM ref_department")}
    assert known - set(placed) == {"Amazonas", "Guainía", "San Andrés y Providencia", "Vaupés", "Vichada"}
    assert set(placed) <= known


def test_every_reservoir_of_xm_has_a_place(con: duckdb.DuckDBPyConnection) -> None:
    """The names that XM uses lead to a plant with a point (names of the list of 2024-05-06)."""
    lost = con.execute(
        "SELECT n FROM unnest(?) AS t(n) "
        "WHERE plant_below(n) NOT IN (SELECT plant FROM paratec_plant WHERE lon IS NOT NULL)",
        [RESERVOIRS],
    ).fetchall()
    assert lost == []


def test_unserved_energy_is_drawn_once_a_subarea(con: duckdb.DuckDBPyConnection) -> None:
    """Both kinds are added, each sub-area is one shape, an area without event has no value."""
    found = {r["name"]: r for r in rows(con, "SELECT name, value, days, label FROM map_unserved")}
    assert found["Guajira, Cesar y Magdalena"]["value"] == pytest.approx(600.0)
    assert found["Guajira, Cesar y Magdalena"]["days"] == 1
    assert found["Boyacá y Casanare"]["value"] == pytest.approx(250.0)
    assert found["Valle"]["value"] is None
    total = one(con, "SELECT sum(mwh) AS mwh FROM unserved_by_place WHERE level = 'Subarea'")["mwh"]
    assert sum(r["value"] or 0 for r in found.values()) == pytest.approx(total)


def test_every_query_of_the_boards_runs(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Each block answers and returns the columns that it declares; every map says whose geometry it shows."""
    for slug in (*BOARDS, "generacion-fuentes", "hidrologia"):
        for block in catalog.boards[slug].blocks:
            if block.sql:
                names = {c[0] for c in con.execute(block.sql).description or []}
                assert block.type == "worded_table" or set(block.columns) <= names, f"{slug} {block.id}"
            if block.type == "map":
                wanted = [s.strip() for s in str(block.options["sources"]).split(",")]
                assert set(wanted) <= set(catalog.sources)
                assert {"layer", "name"} <= names


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason=f"the held-out data of XM are not at {REAL}")
def test_real_plants_are_placed(con: duckdb.DuckDBPyConnection) -> None:
    """On 30 April 2024 the plants that PARATEC places give over 99 % of what XM published (233.858 GWh)."""
    found = con.execute(
        """
        WITH plants AS (
            SELECT DISTINCT ON (Code) Code, Name FROM read_parquet(?) WHERE vintage = '2024-05-06' ORDER BY Code
        )
        SELECT sum(g.value) / 1e6, sum(g.value) FILTER (WHERE x.department IS NOT NULL) / 1e6
        FROM read_parquet(?) AS g LEFT JOIN plants AS p ON p.Code = g.code
        LEFT JOIN paratec_plant AS x ON x.plant = paratec_name(p.Name)
        WHERE CAST(g.ts AS DATE) = DATE '2024-04-30'
        """,
        [str(REAL / "listado_recursos.parquet"), str(REAL / "xm" / "Gene.Recurso.parquet")],
    ).fetchall()[0]
    assert found[0] == pytest.approx(233.858, abs=0.001)
    assert found[1] / found[0] > 0.99


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason=f"the held-out data of XM are not at {REAL}")
def test_real_charges_give_the_known_level(world: World) -> None:
    """The view over April 2023's real demand and XM's usual charge (3.77e11 COP a month) gives about 50 COP/kWh."""
    read = duckdb.connect().execute(
        "SELECT ts, value / 1e6 FROM read_parquet(?) WHERE code = 'Sistema' AND date_trunc('month', ts) = '2023-04-01'",
        [str(REAL / "xm" / "DemaCome.Sistema.parquet")],
    ).fetchall()  # fmt: skip
    con = world(
        {
            "DemaCome/Sistema": [("Sistema", ts, value) for ts, value in read],
            "CargoUsoSTN/Sistema": [("Sistema", dt.date(2023, 4, 1), 377_000.0)],
            "CargoUsoSTR/Sistema": [("Sistema", dt.date(2023, 4, 1), 240_000.0)],
        }
    )
    month = one(con, "SELECT t, str, demand_gwh FROM unit_cost_monthly")
    assert month["t"] == pytest.approx(377_000 / month["demand_gwh"])
    assert 48 < month["t"] < 66
    assert 30 < month["str"] < 42
