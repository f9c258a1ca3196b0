"""Demand, distribution, wholesale trade and unit cost on a few inline rows."""

from __future__ import annotations

import datetime as dt

import pytest
from small_world import Row, World, hours, one, rows

from pipeline.catalog.load import Catalog, load_catalog

pytestmark = pytest.mark.slow  # each world builds every view of the domain layer

BOARDS = {"demanda": 50, "distribucion": 60, "comercializacion": 80, "costo-unitario": 90}
COLUMNS = {
    "kpi": {"day", "value"},
    "line": {"x", "series", "value"},
    "stack": {"x", "series", "value"},
    "bar": {"x", "series", "value"},
    "mix": {"series", "value"},
}
DAY = dt.date(2024, 4, 30)
APRIL = [dt.date(2024, 4, 1) + dt.timedelta(days=d) for d in range(30)]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The project's own catalogue."""
    return load_catalog()


def flat(days: list[dt.date], value: float, code: str = "Sistema", quality: str = "ok") -> list[Row]:
    """Return hourly rows that add up to `value` each day."""
    return [row for day in days for row in hours(day, value / 24, code, quality)]


def test_queries_of_the_boards_hold_their_contract_without_data(catalog: Catalog, world: World) -> None:
    """Each query runs on an empty warehouse, gives the columns of its block type and makes up no figure."""
    con = world()
    for slug in BOARDS:
        for block in catalog.boards[slug].blocks:
            if not block.sql:
                continue
            cursor = con.execute(block.sql)
            names = {column[0] for column in cursor.description or []}
            assert names >= COLUMNS.get(block.type, set()), f"{slug} {block.id}"
            own = set() if block.type == "worded_table" else set(block.columns)
            assert own <= names, f"{slug} {block.id}: a declared column is not in the query"
            assert not cursor.fetchall(), f"{slug} {block.id}"


def test_boards_ask_explain_and_follow_in_order(catalog: Catalog) -> None:
    """One question, a method and a text each, at their place in the list of boards."""
    for slug, order in BOARDS.items():
        board = catalog.boards[slug]
        assert board.order == order
        assert board.question.startswith("¿")
        assert len(board.method) > 300
        assert [block.type for block in board.blocks].count("summary") == 1
        assert all(block.metrics for block in board.blocks if block.sql), slug


@pytest.mark.slow
def test_holidays_are_those_of_the_law(world: World) -> None:
    """Every year of 2000-2030 has the holidays that the library `holidays` gives for Colombia."""
    holidays = pytest.importorskip("holidays")
    found = {row["day"] for row in rows(world(), "SELECT day FROM holiday WHERE year(day) BETWEEN 2000 AND 2030")}
    assert found == set(holidays.country_holidays("CO", years=range(2000, 2031)))


@pytest.mark.slow
def test_hour_shape_tells_day_types_apart(world: World) -> None:
    """Wednesday 1 May is a holiday, 27 April a Saturday; the ratio is against the mean of the same type."""
    con = world(
        {
            "DemaReal/Sistema": [
                *hours(DAY, [8.0] * 19 + [12.0] + [8.0] * 4),
                *hours(dt.date(2024, 5, 1), 7.0),
                *hours(dt.date(2024, 4, 27), 9.0),
            ]
        }
    )
    found = {r["day_type"]: r for r in rows(con, "SELECT day_type, mw, ratio FROM demand_hour_shape WHERE hour = 19")}
    assert {name: row["mw"] for name, row in found.items()} == {"Ordinario": 12000, "Festivo": 7000, "Sábado": 9000}
    assert found["Ordinario"]["ratio"] == pytest.approx(12 / ((8 * 23 + 12) / 24))


@pytest.mark.slow
def test_growth_needs_four_whole_weeks_on_both_sides(world: World) -> None:
    """Four weeks at 220 against four at 200, 364 days before: 10 %; one missing day and there is no growth."""
    now = [DAY - dt.timedelta(days=d) for d in range(28)]
    before = [day - dt.timedelta(days=364) for day in now]
    series = [*(("Sistema", d, 220.0) for d in now), *(("Sistema", d, 200.0) for d in before)]
    assert rows(world({"DemaSIN/Sistema": series}), "SELECT day, growth_pct FROM demand_growth_daily") == [
        {"day": DAY, "growth_pct": 10.0}
    ]
    assert not rows(world({"DemaSIN/Sistema": series[1:]}), "SELECT * FROM demand_growth_daily")


@pytest.mark.slow
def test_agents_have_the_names_people_know(world: World) -> None:
    """Legal forms go, accents and case come; a retailer without a name keeps its code."""
    listed = [
        {"code": "EPMC", "name": "EMPRESAS PUBLICAS DE MEDELLIN E.S.P.", "activity": "COMERCIALIZACIÓN"},
        {"code": "CSSC", "name": "CARIBEMAR DE LA COSTA S.A.S. E.S.P.", "activity": "Comercialización"},
        {"code": "CMMC", "name": "AIR-E S.A.S. E.S.P.", "activity": "COMERCIALIZACIÓN"},
    ]
    con = world(
        {"DemaCome/Sistema": hours(DAY, 10.0), "DemaCome/Agente": [*hours(DAY, 6.0, "EPMC"), *hours(DAY, 4.0, "XXXC")]},
        {"ListadoAgentes": listed},
    )
    names = {r["code"]: r["name"] for r in rows(con, "SELECT code, name FROM agent")}
    assert names == {"EPMC": "Empresas Públicas de Medellín", "CSSC": "Caribemar de la Costa", "CMMC": "Air-e"}
    found = rows(con, "SELECT name, short_name, gwh, share_pct, growth_pct FROM demand_by_retailer ORDER BY rank")
    assert list(found[0].values()) == ["Empresas Públicas de Medellín", "EPM", 144.0, 60.0, None]
    assert found[1]["name"] == "XXXC"


@pytest.mark.slow
def test_no_event_is_neither_zero_nor_gap(world: World) -> None:
    """Both kinds count, from areas only; a day without a row stays out; nothing at all gives no headline."""
    con = world(
        {
            "DemaNoAtenProg/Area": [("AREA CARIBE", DAY - dt.timedelta(days=3), 0.7)],
            "DemaNoAtenNoProg/Area": [("AREA CARIBE", DAY, 0.0041), ("AREA ORIENTAL", DAY, 0.0059)],
            "DemaNoAtenNoProg/Subarea": [("SUBAREA CORDOBA_SUCRE", DAY, 0.0041)],
        }
    )
    found = {r["kind"]: r for r in rows(con, "SELECT kind, mwh, days FROM unserved_last_30")}
    assert (found["Programada"]["mwh"], found["No programada"]["mwh"]) == (700.0, 10.0)
    assert len(rows(con, "SELECT DISTINCT day FROM unserved_event")) == 2
    place = one(con, "SELECT place, mwh FROM unserved_event WHERE level = 'Subarea'")
    assert place == {"place": "Córdoba - Sucre", "mwh": 4.1}
    assert not rows(world(), "SELECT * FROM unserved_last_30")


def trade(bought: float, sold: float) -> dict[str, list[Row]]:
    """Return a month of a retailer that needs 120 GWh a day and buys 20 of them in the spot market."""
    sides = {"CompContEner": bought, "VentContEner": sold, "CompBolsNaciEner": 20.0, "VentBolsNaciEner": 0.0}
    series = {f"{name}/Agente": flat(APRIL, value, "ENDC") for name, value in sides.items()}
    series |= {f"{name}/Sistema": flat(APRIL, value) for name, value in sides.items()}
    for entity, code in (("Agente", "ENDC"), ("Sistema", "Sistema")):
        series[f"DemaCome/{entity}"] = flat(APRIL, 120.0, code)
    return series


@pytest.mark.slow
def test_swapped_contract_labels_are_found_and_told(world: World) -> None:
    """The retailer's balance closes with the sides changed: the month says so and has no exposure."""
    straight = world(trade(105.0, 5.0))
    assert one(straight, "SELECT verdict, residual_pct FROM contract_label_month") == {
        "verdict": "ok", "residual_pct": 0.0,
    }  # fmt: skip
    assert one(straight, "SELECT exposure_pct FROM retailer_exposure")["exposure_pct"] == pytest.approx(20 / 125 * 100)
    assert one(straight, "SELECT value FROM headline WHERE series = 'exposure'")["value"] == pytest.approx(16.0)
    swapped = world(trade(5.0, 105.0))
    assert one(swapped, "SELECT verdict FROM contract_label_month") == {"verdict": "swapped"}
    assert not rows(swapped, "SELECT * FROM retailer_exposure")
    assert not rows(swapped, "SELECT * FROM headline WHERE series = 'exposure'")


@pytest.mark.slow
def test_a_month_of_missing_contracts_has_no_exposure(world: World) -> None:
    """May holds a tenth of April's contracts: 'collapsed', and April stays the last month with exposure."""
    may = [dt.date(2024, 5, d) for d in range(1, 32)]
    june = [dt.date(2024, 6, d) for d in range(1, 31)]
    series = trade(100.0, 0.0)
    for key, rows_of in trade(100.0, 0.0).items():
        code = "ENDC" if key.endswith("Agente") else "Sistema"
        daily = sum(row[2] for row in rows_of) / 30
        series[key] += flat(may, daily / 10 if key.startswith("CompCont") else daily, code)
        series[key] += flat(june, daily, code)
    con = world(series, today=dt.date(2024, 7, 5))
    verdicts = [r["verdict"] for r in rows(con, "SELECT verdict FROM contract_label_month ORDER BY month")]
    assert verdicts == ["ok", "collapsed", "ok"]
    assert one(con, "SELECT month, days FROM exposure_month") == {"month": dt.date(2024, 6, 1), "days": 30}


@pytest.mark.slow
def test_scarcity_hours_use_the_price_of_their_regime(world: World) -> None:
    """Until February 2025 the activation price; since March 2025 the upper and the lower one."""
    old, new = dt.date(2025, 2, 28), dt.date(2025, 3, 1)
    prices = [900.0] * 12 + [1000.0] * 12
    con = world(
        {
            "PrecBolsNaci/Sistema": [*hours(old, prices), *hours(new, prices)],
            "PrecEscaAct/Sistema": [("Sistema", old, 970.59)],
            "PrecEscaSup/Sistema": [("Sistema", new, 937.30)],
            "PrecEscaInf/Sistema": [("Sistema", new, 323.89)],
        },
        today=dt.date(2025, 3, 5),
    )
    found = rows(con, "SELECT month, above_upper, above_lower FROM scarcity_hours_monthly ORDER BY month")
    assert found == [
        {"month": dt.date(2025, 2, 1), "above_upper": 12, "above_lower": None},
        {"month": dt.date(2025, 3, 1), "above_upper": 12, "above_lower": 24},
    ]
    assert not rows(con, "SELECT * FROM scarcity_last_month")


@pytest.mark.slow
def test_an_hour_with_two_marginal_plants_is_shared(world: World) -> None:
    """24 hours, one of them with two plants: shares add up to 100 %."""
    con = world({"IndRecMargina/Recurso": [*hours(DAY, 1.0, "AAA1"), ("BBB1", dt.datetime(2024, 4, 30, 5), 1.0)]})
    found = rows(con, "SELECT code, hours, hours_shared, share_pct FROM marginal_plant")
    assert [(r["code"], r["hours"], r["hours_shared"]) for r in found] == [("AAA1", 24, 23.5), ("BBB1", 1, 0.5)]
    assert sum(r["share_pct"] for r in found) == pytest.approx(100)


def cost_of_april(days: list[dt.date] = APRIL) -> dict[str, list[Row]]:
    """Return April with the magnitudes XM publishes: 3.77e11 and 2.4e11 COP of charges, 245 GWh a day."""
    return {
        "DemaCome/Sistema": flat(days, 245.0),
        "DemaComeReg/Sistema": flat(days, 160.0),
        "CompContEnerReg/Sistema": flat(days, 128.0),
        "PrecPromContRegu/Sistema": [row for day in days for row in hours(day, 300.0)],
        "PPPrecBolsNaci/Sistema": [("Sistema", day, 200.0) for day in days],
        "PerdidasEner/Sistema": flat(days, 4.9),
        "RestAliv/Sistema": flat(days, 4900.0),
        "CargoUsoSTN/Sistema": [("Sistema", dt.date(2024, 4, 1), 377_000.0)],
        "CargoUsoSTR/Sistema": [("Sistema", dt.date(2024, 4, 1), 240_000.0)],
    }


def test_unit_cost_of_a_month_is_made_of_its_totals(world: World) -> None:
    """G = 0.8 x 300 + 0.2 x 200; T = 51; STR = 33; PR = G x 2/98; R = 4,900 million over 245 GWh."""
    con = world(cost_of_april())
    found = one(con, "SELECT * FROM unit_cost_last")
    assert found["month"] == dt.date(2024, 4, 1)
    assert (found["qc"], found["g"]) == (pytest.approx(0.8), pytest.approx(280.0))
    assert round(found["t"]) == 51
    assert round(found["str"]) == 33
    assert found["pr"] == pytest.approx(280 * 0.02 / 0.98)
    assert found["r"] == pytest.approx(20.0)
    parts = rows(con, "SELECT letter, value FROM unit_cost_part ORDER BY ordinal")
    assert [p["letter"] for p in parts] == ["G", "T", "D", "PR", "R"]
    assert sum(p["value"] for p in parts) == pytest.approx(found["known"])


@pytest.mark.slow
def test_unit_cost_is_not_summed_with_a_part_missing(world: World) -> None:
    """Without the STR charge, or with a day less, there is no sum, and no bill stands on it."""
    without = {k: v for k, v in cost_of_april().items() if k != "CargoUsoSTR/Sistema"}
    assert not rows(world(without), "SELECT * FROM unit_cost_last")
    short = one(world(cost_of_april(APRIL[:-1])), "SELECT g, t, r, known FROM unit_cost_monthly")
    assert short == {"g": None, "t": None, "r": None, "known": None}


@pytest.mark.slow
def test_contracts_above_the_demand_cover_it_once(world: World) -> None:
    """Qc never passes 1, and an unknown part leaves it unknown."""
    con = world()
    assert one(con, "SELECT cover(130, 100) AS a, cover(80, 100) AS b, cover(NULL, 100) AS c, cover(1, 0) AS d") == {
        "a": 1.0, "b": 0.8, "c": None, "d": None,
    }  # fmt: skip


def test_a_source_earns_the_price_of_its_hours(world: World) -> None:
    """Sun at noon when a kWh costs 100, water at all hours of 100 and 300: each month by itself, with its days."""
    month = [dt.date(2026, 2, 1) + dt.timedelta(days=i) for i in range(28)]
    price = [100.0 if 6 <= hour < 18 else 300.0 for hour in range(24)]
    sun = [row for day in [*month, dt.date(2026, 3, 1)] for row in hours(day, 2.0, "SOL1") if 6 <= row[1].hour < 18]
    water = [row for day in [*month, dt.date(2026, 3, 1)] for row in hours(day, 1.0, "HIDR")]
    total = [3.0 if 6 <= hour < 18 else 1.0 for hour in range(24)]
    con = world(
        {
            "Gene/Recurso": sun + water,
            "Gene/Sistema": [row for day in [*month, dt.date(2026, 3, 1)] for row in hours(day, total)],
            "PrecBolsNaci/Sistema": [row for day in [*month, dt.date(2026, 3, 1)] for row in hours(day, price)],
        },
        {
            "ListadoRecursos": [
                {"code": "HIDR", "name": "AGUA", "type": "HIDRAULICA", "energy_source": "AGUA", "agent_code": "A"},
                {"code": "SOL1", "name": "SOL", "type": "SOLAR", "energy_source": "RAD SOLAR", "agent_code": "B"},
            ]
        },
    )
    found = {row["source"]: row for row in rows(con, "SELECT * FROM capture_month WHERE month = DATE '2026-02-01'")}
    assert rows(con, "SELECT DISTINCT month, days FROM capture_month ORDER BY month") == [
        {"month": dt.date(2026, 2, 1), "days": 28}, {"month": dt.date(2026, 3, 1), "days": 1},
    ]  # fmt: skip
    assert (found["Solar"]["price"], found["Solar"]["of_mean_pct"]) == (100.0, 50.0)
    assert (found["Hidráulica"]["price"], found["Hidráulica"]["mean_price"]) == (200.0, 200.0)
    # Each makes 24 GWh a day: two halves, 50² + 50².
    assert rows(con, "SELECT hhi, four_pct, companies, days FROM concentration_month") == [
        {"hhi": 5000.0, "four_pct": 100.0, "companies": 2, "days": days} for days in (28, 1)
    ]
