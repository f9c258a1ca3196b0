"""Losses, constraints, reliability, emissions, exchanges, self-generation and El Niño on a few inline rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest
from small_world import World, hours, list_table, one, open_warehouse, rows, series_table, small_catalog

from pipeline.catalog.load import Catalog, load_catalog

pytestmark = pytest.mark.slow  # each world builds every view of the domain layer

BOARDS = ("perdidas", "restricciones", "confiabilidad", "emisiones", "intercambios", "autogeneracion", "sequia")
COLUMNS = {
    "kpi": {"day", "value"},
    "line": {"x", "series", "value"},
    "area": {"x", "series", "value"},
    "stack": {"x", "series", "value"},
    "bar": {"x", "series", "value"},
}
DAY, LATE = dt.date(2024, 4, 30), dt.date(2024, 5, 1)
LOAD = [1.0] * 12 + [3.0] * 12
FACTOR = [100.0] * 12 + [200.0] * 12
TONNES = [f * g for f, g in zip(FACTOR, LOAD, strict=True)]
OUT = hours(DAY, 0.5)[:4]
SUN = [row for row in hours(DAY, 0.01, "EPMC") if 6 <= row[1].hour < 18]
OCTOBER = [dt.date(2015, 10, 1) + dt.timedelta(days=d) for d in range(31)]
NOVEMBER = [dt.date(2015, 11, 1) + dt.timedelta(days=d) for d in range(29)]
SERIES = {
    "Gene/Sistema": [*hours(DAY, LOAD), *hours(LATE, 1.0, quality="provisional")],
    "DemaCome/Sistema": [*hours(DAY, 10.0), *hours(LATE, 10.0)],
    "DemaSIN/Sistema": [("Sistema", DAY, 200.0), ("Sistema", LATE, 210.0)],
    "PerdidasEner/Sistema": [*hours(DAY, [-0.1, *[0.2] * 23]), *hours(LATE, 0.1)],
    "PerdidasEnerReg/Sistema": hours(DAY, [-0.15, *[0.15] * 23]),
    "PerdidasEnerNoReg/Sistema": [*hours(DAY, 0.05), *hours(LATE, 0.05)],
    "RestSinAliv/Sistema": hours(DAY, 10.0),
    "RestAliv/Sistema": hours(DAY, 11.0),
    "GeneSeguridad/Recurso": [*hours(DAY, 1.0, "TRM1"), *hours(LATE, 1.0, "TRM1")],
    "RecoPosEner/Recurso": hours(DAY, 0.5, "TRM1"),
    "RecoPosMoneda/Recurso": hours(DAY, 300.0, "TRM1"),
    "CostRecPos/Area": hours(DAY, 600.0, "AREA CARIBE")[:2],
    "ENFICC/Sistema": [("Sistema", DAY, 240.0), ("Sistema", LATE, 0.0)],
    "ENFICC/Recurso": [("HIDR", DAY, 200.0), ("TRM1", DAY, 40.0), ("NADA", DAY, 0.0), ("HIDR", LATE, 0.0)],
    "ObligEnerFirme/Recurso": [("HIDR", DAY, 150.0), ("TRM1", DAY, 50.0), ("HIDR", LATE, 0.0)],
    "PrecCargConf/Recurso": [("HIDR", DAY, 70.0), ("TRM1", DAY, 90.0)],
    "RemuRealIndiv/Sistema": [("Sistema", DAY, 15_000.0)],
    "factorEmisionCO2e/Sistema": hours(DAY, FACTOR),
    "EmisionesCO2Eq/Recurso": hours(DAY, TONNES, "TRM1"),
    "EmisionesCO2/RecursoComb": hours(DAY, [t - 31 - 2.1 for t in TONNES], "TRM1|GAS"),
    "EmisionesCH4/RecursoComb": hours(DAY, 0.1, "TRM1|GAS"),
    "EmisionesN2O/RecursoComb": hours(DAY, 0.1, "TRM1|GAS"),
    "ConsCombustibleMBTU/Recurso": hours(DAY, 100.0, "GAS|TRM1"),
    "ConsCombAprox/RecursoComb": hours(DAY, 10.0, "2S8I|GAS"),
    "ExpoEner/Sistema": [*OUT, *hours(LATE, 0.5)],
    "ExpoMoneda/Sistema": [(c, t, v * 800) for c, t, v, _ in OUT],
    "ExportMonedaUSD/Sistema": [(c, t, v * 200) for c, t, v, _ in OUT],
    "ExpoEner/Enlace": [("ECUADOR 230", t, v) for _, t, v, _ in OUT],
    "ImpoEner/Enlace": [("ECUADOR 230", OUT[0][1], 0.1), ("CUATRICENTENARIO", OUT[0][1], 0.2)],
    "ExcedenteAGPE/Agente": SUN,
    "PrecBolsNaci/Sistema": [row for day in [*OCTOBER, *NOVEMBER] for row in hours(day, 1107.0)],
    "ONI/Sistema": [("Sistema", dt.date(2015, 11, 1), 2.6)],
}
LISTS = {
    "ListadoRecursos": [{"code": "HIDR", "name": "PLANTA", "type": "HIDRAULICA", "energy_source": "AGUA"}],
    "ListadoAGPE": [{"code": "EPMC", "value": "120"}, {"code": "EPMC", "value": "80"}],
}


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """One warehouse over all of the above, made once."""
    tables = {key: series_table(key, found) for key, found in SERIES.items()}
    tables |= {f"{name}/Sistema": list_table(name, found) for name, found in LISTS.items()}
    with open_warehouse(tmp_path_factory.mktemp("network"), tables, dt.date(2024, 5, 6), small_catalog()) as made:
        yield made


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The project's own catalogue."""
    return load_catalog()


def test_queries_of_the_boards_hold_their_contract_without_data(catalog: Catalog, world: World) -> None:
    """Each query runs on an empty warehouse, gives the columns of its block type and makes up no figure."""
    con = world()
    for slug in BOARDS:
        for block in catalog.boards[slug].blocks:
            if not block.sql:
                continue
            cursor = con.execute(block.sql)
            names = {column[0] for column in cursor.description or []}
            found = cursor.fetchall()
            assert names >= COLUMNS.get(block.type, set()), f"{slug} {block.id}"
            own = set() if block.type == "worded_table" else set(block.columns)
            assert own <= names, f"{slug} {block.id}: a declared column is not in the query"
            # the cover of years and the reach of series are tables about what is missing
            assert not found or (slug, block.id) == ("sequia", "cobertura"), f"{slug} {block.id}"


def test_boards_ask_explain_and_follow_in_order(catalog: Catalog) -> None:
    """One question, a method and a text each; 100 to 160 in steps of ten."""
    assert [catalog.boards[slug].order for slug in BOARDS] == list(range(100, 170, 10))
    for slug in BOARDS:
        board = catalog.boards[slug]
        assert board.question.startswith("¿")
        assert len(board.method) > 300
        assert [block.type for block in board.blocks].count("summary") == 1


def test_losses_are_split_only_where_all_three_are_there(con: duckdb.DuckDBPyConnection) -> None:
    """Parts add up to the total; negative hours stay; a day with one part only is not split."""
    found = rows(con, "SELECT day, gwh, regulated_gwh, non_regulated_gwh, residual_gwh FROM losses_split_daily")
    assert [row["day"] for row in found] == [DAY]
    assert found[0]["gwh"] == pytest.approx(4.5)
    assert found[0]["residual_gwh"] == pytest.approx(0.0)
    share = one(con, f"SELECT share_pct FROM losses_daily WHERE day = '{DAY}'")["share_pct"]
    assert share == pytest.approx(4.5 / 240 * 100)
    assert one(con, "SELECT share_pct FROM losses_hour_profile WHERE hour = 0")["share_pct"] == pytest.approx(0.0)
    assert one(con, "SELECT lag_days FROM losses_freshness WHERE ordinal = 1")["lag_days"] == 5


def test_constraints_stand_side_by_side_and_per_kwh(con: duckdb.DuckDBPyConnection) -> None:
    """Hours are summed, the two values are never joined, and pesos are divided by the demand of their day."""
    found = one(con, "SELECT * EXCLUDE (day, quality) FROM restrictions_unit_daily")
    assert found == {"before_relief_mcop": 240.0, "charged_mcop": 264.0, "before_unit": 1.0, "charged_unit": 1.1}
    month = one(con, "SELECT before_relief_mcop, charged_mcop, charged_unit FROM restrictions_monthly")
    assert month == {"before_relief_mcop": 240.0, "charged_mcop": 264.0, "charged_unit": 1.1}


def test_security_counts_once_the_system_is_settled(con: duckdb.DuckDBPyConnection) -> None:
    """A day whose generation is provisional is not quoted, and unit costs are money over energy."""
    assert one(con, "SELECT day, value FROM headline WHERE series = 'security_share'") == {"day": DAY, "value": 50.0}
    plant = one(con, "SELECT security_gwh, positive_unit FROM security_plant_recent")
    assert plant == {"security_gwh": 24.0, "positive_unit": 600.0}
    area = one(con, "SELECT positive_unit, positive_hours, negative_hours FROM reconciliation_area")
    assert area == {"positive_unit": 600.0, "positive_hours": 2, "negative_hours": 0}


def test_zeros_of_the_newest_days_are_not_firm_energy(con: duckdb.DuckDBPyConnection) -> None:
    """A day with every plant at zero is unsettled: it is no headline, and the cover stands on the day before."""
    found = {r["series"]: r for r in rows(con, "SELECT series, day, value FROM headline")}
    assert (found["enficc_cover"]["day"], found["enficc_cover"]["value"]) == (DAY, 120.0)
    assert (found["oef_cover"]["day"], found["oef_cover"]["value"]) == (DAY, 100.0)
    price = one(con, f"SELECT price, own_mcop, rrid_mcop FROM firm_price_daily WHERE day = '{DAY}'")
    assert price == {"price": 75.0, "own_mcop": 15_000.0, "rrid_mcop": 15_000.0}
    plants = {r["code"]: r for r in rows(con, "SELECT code, fuel, committed_pct FROM firm_plant")}
    assert set(plants) == {"HIDR", "TRM1"}
    assert (plants["HIDR"]["fuel"], plants["TRM1"]["committed_pct"]) == ("Hidráulica", 125.0)


def test_emission_factor_is_weighted_and_both_accounts_agree(con: duckdb.DuckDBPyConnection) -> None:
    """XM's hours weighted by generation equal tonnes over energy; gases add up with 21 and 310."""
    found = one(con, "SELECT * EXCLUDE (day, quality) FROM emission_reconciliation")
    assert found["xm_factor"] == found["own_factor"] == found["own_factor_by_gas"] == 175.0
    assert found["xm_plain_mean"] == 150.0
    assert found["xm_tonnes"] == pytest.approx(found["own_tonnes"])
    assert one(con, "SELECT fuel, reported_mbtu, estimated_mbtu, mbtu FROM fuel_use_daily") == {
        "fuel": "Gas", "reported_mbtu": 2400.0, "estimated_mbtu": 240.0, "mbtu": 2640.0,
    }  # fmt: skip


def test_exchanges_are_net_by_hour_and_priced_where_both_parts_are_there(con: duckdb.DuckDBPyConnection) -> None:
    """Both ways in one hour are counted; a price needs money and energy; dollars give the exchange rate."""
    found = rows(con, "SELECT day, export_gwh, export_price, exchange_rate FROM exchange_money_daily ORDER BY day")
    assert found[0] == {"day": DAY, "export_gwh": 2.0, "export_price": 800.0, "exchange_rate": 4000.0}
    assert found[1]["export_price"] is None
    links = {r["link"]: r for r in rows(con, "SELECT link, country, both_ways FROM exchange_link_total")}
    assert (links["ECUADOR 230"]["country"], links["ECUADOR 230"]["both_ways"]) == ("Ecuador", 1)
    assert (links["CUATRICENTENARIO"]["country"], links["CUATRICENTENARIO"]["both_ways"]) == ("Venezuela", 0)


def test_surplus_without_night_hours_is_whole(con: duckdb.DuckDBPyConnection) -> None:
    """The night is no missing data: the day counts, and the profile is energy over the days of the span."""
    assert one(con, "SELECT value FROM headline WHERE series = 'surplus'") == {"value": 0.12}
    assert one(con, "SELECT mw FROM surplus_hour_profile WHERE hour = 12") == {"mw": 10.0}
    assert one(con, "SELECT units, mw FROM self_generator_agent") == {"units": 2, "mw": 0.2}


def test_surplus_of_a_whole_month(world: World) -> None:
    """A month counts when all its days are there: 30 days of 0.1 GWh are 3 GWh; 29 days are no month."""
    april = [("AGEN", dt.datetime(2024, 4, day, hour), 0.01) for day in range(1, 31) for hour in range(8, 18)]
    whole = one(world({"ExcedenteAGPE/Agente": april}), "SELECT gwh, whole FROM surplus_monthly")
    assert (round(whole["gwh"], 6), whole["whole"]) == (3.0, True)
    short = one(world({"ExcedenteAGPE/Agente": april[10:]}), "SELECT whole FROM surplus_monthly")
    assert short == {"whole": False}


def test_other_years_lie_on_the_calendar_of_this_one(con: duckdb.DuckDBPyConnection) -> None:
    """October 2015 is drawn in the October of the current cycle; a month with a hole has no point."""
    assert rows(con, "SELECT line, x, month_name, value FROM drought_analogue WHERE series = 'price'") == [
        {"line": "2015-16", "x": dt.date(2023, 10, 1), "month_name": "oct", "value": 1107.0}
    ]
    found = rows(con, "SELECT label, line, months FROM drought_coverage")
    months = {(row["label"], row["line"]): row["months"] for row in found}
    assert months["Precio de bolsa", "2015-16"] == months["ONI", "2015-16"] == 1
    assert months["Reservas", "2015-16"] == 0
    assert {line for _, line in months} == {"Este año", "2009-10", "2014-15", "2015-16"}


def test_a_company_that_is_listed_twice_is_one(world: World) -> None:
    """A name with double blanks and `N~` for `Ñ` is the same name; of two names of a code one is shown."""
    listed = [
        {"code": "CEOC", "name": "COMPAN~IA  ENERGETICA DE OCCIDENTE S.A.S. E.S.P.", "activity": "COMERCIALIZACIÓN"},
        {"code": "CEOD", "name": "COMPAÑIA ENERGETICA DE OCCIDENTE S.A.S. E.S.P.", "activity": "DISTRIBUCIÓN"},
        {"code": "CEOC", "name": "COMPAÑIA ENERGETICA DE OCCIDENTE S.A.S. E.S.P.", "activity": "COMERCIALIZACIÓN"},
    ]
    con = world({}, {"ListadoAgentes": listed})
    assert {row["name"] for row in rows(con, "SELECT name FROM agent")} == {"Compañía Energética de Occidente"}
    found = rows(con, "SELECT code, name FROM agent ORDER BY code")
    assert [row["code"] for row in found] == ["CEOC", "CEOD"]
    assert len({row["name"] for row in found}) == 1
