"""Generation mix, reserves and inflows: classification, completeness, ratios from their parts."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
from small_world import World, hours, one, rows

DAY = dt.date(2024, 4, 30)
PLANTS = [
    {"code": "HIDR", "name": "SAN CARLOS", "type": "HIDRAULICA", "energy_source": "AGUA"},
    {"code": "GAS1", "name": "TEBSAB", "type": "TERMICA", "energy_source": "GAS"},
    {"code": "CARB", "name": "GUAJIRA 1", "type": "Térmica", "energy_source": "CARBÓN"},
    {"code": "ACPM", "name": "TERMOVALLE", "type": "TERMICA", "energy_source": "ACPM"},
    {"code": "SOL1", "name": "EL PASO", "type": "Solar", "energy_source": "RAD SOLAR"},
    {"code": "BAGA", "name": "INCAUCA", "type": "COGENERADOR", "energy_source": "BAGAZO"},
    {"code": "COGG", "name": "PROENCA", "type": "COGENERADOR", "energy_source": "GAS"},
    {"code": "BIOG", "name": "DONA JUANA", "type": "TERMICA", "energy_source": "BIOGAS"},
    {"code": "RARE", "name": "TERMO X", "type": "TERMICA", "energy_source": None},
]


def mix(day: dt.date = DAY) -> dict[str, list[tuple[str, dt.datetime, float, str]]]:
    """A day with 24 GWh by plant (1 GWh an hour), the sun in 12 hours only, and one plant that no list knows."""
    codes = [str(plant["code"]) for plant in PLANTS if plant["code"] != "SOL1"] + ["NEW1"]
    plants = [row for code in codes for row in hours(day, 1.0, code)]
    sun = [row for row in hours(day, 2.0, "SOL1") if 6 <= row[1].hour < 18]
    system = [len(codes) + (2.0 if 6 <= h < 18 else 0.0) for h in range(24)]
    return {"Gene/Recurso": plants + sun, "Gene/Sistema": hours(day, system)}


def shares(con: duckdb.DuckDBPyConnection, split: str) -> dict[str, float]:
    """Energy [GWh] by source of the only day."""
    found = rows(con, f"SELECT source, gwh FROM generation_mix_daily WHERE split = '{split}'")
    return {str(row["source"]): float(row["gwh"]) for row in found}


def test_mix_by_technology_folds_case_and_keeps_the_unknown(world: World) -> None:
    """'Solar' and 'Térmica' are the same as in capitals; a plant without a list entry is shown as such."""
    con = world(mix(), {"ListadoRecursos": PLANTS})
    assert shares(con, "technology") == {
        "Hidráulica": 24.0, "Térmica": 120.0, "Solar": 24.0, "Biomasa y cogeneración": 48.0, "Sin clasificar": 24.0,
    }  # fmt: skip


def test_mix_by_fuel_counts_cogeneration_by_fuel(world: World) -> None:
    """A gas cogenerator is gas, biogas of a thermal plant is biomass, a thermal plant without fuel is not guessed."""
    con = world(mix(), {"ListadoRecursos": PLANTS})
    assert shares(con, "fuel") == {
        "Hidráulica": 24.0, "Gas": 48.0, "Carbón": 24.0, "Líquidos": 24.0, "Solar": 24.0,
        "Biomasa y cogeneración": 48.0, "Sin clasificar": 48.0,
    }  # fmt: skip
    assert one(con, "SELECT gwh, share_pct FROM renewable_daily") == {"gwh": 96.0, "share_pct": 40.0}


def test_a_day_with_missing_plants_is_not_quoted(world: World) -> None:
    """Plants that do not add up to the system give false shares: the total stands, the mix waits."""
    today = DAY + dt.timedelta(days=1)
    series = mix()
    later = mix(today)
    series["Gene/Sistema"] += later["Gene/Sistema"]
    series["Gene/Recurso"] += [row for row in later["Gene/Recurso"] if row[0] != "HIDR"]
    con = world(series, {"ListadoRecursos": PLANTS})
    days = {str(r["series"]): r["day"] for r in rows(con, "SELECT series, day FROM headline")}
    assert (days["generation"], days["thermal_share"]) == (today, DAY)
    assert one(con, "SELECT day FROM mix_last_day") == {"day": DAY}


@pytest.mark.parametrize(("used", "quoted"), [(240.0, True), (200.0, False), (None, False)])
def test_plants_without_a_total_are_quoted_where_the_demand_says_the_same(
    world: World, used: float | None, quoted: bool
) -> None:
    """The source has no total of a day: what the country used bears the mix out, or says that it is not all of it."""
    at = dt.datetime.combine(DAY, dt.time())
    series = {"Gene/Recurso": mix()["Gene/Recurso"], "DemaNoAtenProg/Area": [("CARIBE", at, 0.1, "ok")]}
    if used is not None:
        series["DemaSIN/Sistema"] = [("Sistema", at, used, "ok")]
    con = world(series, {"ListadoRecursos": PLANTS})
    assert bool(rows(con, "SELECT day FROM mix_last_day")) == quoted


def test_hourly_profile_has_every_source_in_every_hour(world: World) -> None:
    """The sun at night is an empty sum (0 MW) on a whole day, in mean power of the hour."""
    con = world(mix(), {"ListadoRecursos": PLANTS})
    sun = rows(con, "SELECT hour(ts) AS h, mw FROM generation_hourly_last WHERE source = 'Solar' ORDER BY ts")
    assert [row["mw"] for row in sun] == [2000.0 if 6 <= h < 18 else 0.0 for h in range(24)]


def test_mix_without_any_list_is_wholly_unclassified(world: World) -> None:
    """No list, no invention: the energy is there, under 'Sin clasificar'."""
    con = world(mix())
    assert shares(con, "technology") == {"Sin clasificar": 240.0}


def test_reserves_come_from_their_parts(world: World) -> None:
    """Volume over capacity of the system; the reservoirs that happen to report are never added up."""
    series = {
        "VoluUtilDiarEner/Sistema": [("Sistema", DAY, 5974.9895)],
        "CapaUtilDiarEner/Sistema": [("Sistema", DAY, 17359.561885)],
        "VoluUtilDiarEner/Embalse": [("GUAVIO", DAY, 100.0)],
        "CapaUtilDiarEner/Embalse": [("GUAVIO", DAY, 400.0)],
        "PorcVoluUtilDiar/Sistema": [("Sistema", DAY - dt.timedelta(days=7), 33.0), ("Sistema", DAY, 99.0)],
    }
    lists = {"ListadoEmbalses": [{"code": c, "name": "GUAVIO", "region": "ORIENTE"} for c in ("GUAVIO", "GUAVIO2")]}
    con = world(series, lists)
    found = one(con, "SELECT value, week_ago FROM headline WHERE series = 'reserves'")
    assert found["value"] == pytest.approx(34.41901, abs=1e-5)
    assert found["week_ago"] == 33.0
    found = one(con, "SELECT region, pct, share_pct FROM reservoir_latest")
    assert found == {"region": "ORIENTE", "pct": 25.0, "share_pct": 100.0}


def test_inflows_take_xms_percentage_and_fall_back_to_the_parts(world: World) -> None:
    """PorcApor first; where it is missing, inflow over mean; a mean without inflow invents nothing."""
    first = dt.date(2024, 5, 1)
    series = {
        "AporEner/Sistema": [("Sistema", first, 200.0), ("Sistema", dt.date(2024, 5, 2), 300.0)],
        "AporEnerMediHist/Sistema": [("Sistema", dt.date(2024, 5, d), 250.0) for d in (1, 2, 3)],
        "PorcApor/Sistema": [("Sistema", dt.date(2024, 5, 2), 121.7)],
    }
    con = world(series)
    found = rows(con, "SELECT inflow_gwh, pct FROM inflows_daily ORDER BY day")
    assert found == [{"inflow_gwh": 200.0, "pct": 80.0}, {"inflow_gwh": 300.0, "pct": 121.7}]
    assert one(con, "SELECT value FROM headline WHERE series = 'inflows_month_pct'") == {"value": 100.0}


def test_energy_and_percentage_of_inflows_are_quoted_for_the_same_day(world: World) -> None:
    """A percentage that runs a day ahead of its energy waits for it; alone, it stands by itself."""
    ahead = [("Sistema", DAY, 121.7), ("Sistema", DAY + dt.timedelta(days=1), 89.4)]
    con = world({"AporEner/Sistema": [("Sistema", DAY, 344.0)], "PorcApor/Sistema": ahead})
    assert one(con, "SELECT day, value FROM headline WHERE series = 'inflows_pct'") == {"day": DAY, "value": 121.7}
    alone = world({"PorcApor/Sistema": ahead})
    assert one(alone, "SELECT value FROM headline WHERE series = 'inflows_pct'") == {"value": 89.4}


def test_a_percentage_does_not_wait_for_an_energy_in_doubt(world: World) -> None:
    """What is wrong with the energy is no fault of the percentage, of the day or of the month: XM gives both."""
    days = [dt.date(2024, 5, d) for d in (1, 2, 3)]
    series = {
        "AporEner/Sistema": [("Sistema", d, 200.0) for d in days[:2]] + [("Sistema", days[2], 0.2, "doubtful")],
        "AporEnerMediHist/Sistema": [("Sistema", d, 250.0) for d in days],
        "PorcApor/Sistema": [("Sistema", d, 82.0) for d in days],
    }
    con = world(series)
    for name in ("inflows_pct", "inflows_month_pct"):
        found = one(con, f"SELECT day, value FROM headline WHERE series = '{name}'")
        assert found == {"day": days[2], "value": pytest.approx(82.0)}


def test_a_month_with_a_hole_has_no_month_to_date(world: World) -> None:
    """Inflows of the month need every day from the 1st."""
    series = {
        "AporEner/Sistema": [("Sistema", dt.date(2024, 5, d), 200.0) for d in (1, 3)],
        "AporEnerMediHist/Sistema": [("Sistema", dt.date(2024, 5, d), 250.0) for d in (1, 3)],
    }
    found = one(world(series), "SELECT max(day) AS day FROM inflows_month_to_date")
    assert found == {"day": dt.date(2024, 5, 1)}


def test_a_region_compares_rivers_that_have_both_sides(world: World) -> None:
    """A river without a mean adds energy but stays out of the percentage."""
    series = {
        "AporEner/Rio": [("GUAVIO", DAY, 40.0), ("BATA", DAY, 10.0)],
        "AporEnerMediHist/Rio": [("GUAVIO", DAY, 20.0)],
    }
    lists = {"ListadoRios": [{"code": c, "name": c, "region": "Oriente"} for c in ("GUAVIO", "BATA")]}
    found = one(world(series, lists), "SELECT region, rivers, inflow_gwh, mean_gwh, pct FROM region_inflow_daily")
    assert found == {"region": "ORIENTE", "rivers": 2, "inflow_gwh": 50.0, "mean_gwh": 20.0, "pct": 200.0}


def test_hours_without_flow_do_not_make_an_exchange_incomplete(world: World) -> None:
    """Exports of 3 hours are a whole day; the other direction was zero; a day with neither has no row."""
    con = world({"ExpoEner/Sistema": hours(DAY, [0.1, 0.2, 0.3])})
    found = one(con, "SELECT import_gwh, round(export_gwh, 9) AS export_gwh, quality FROM exchange_daily")
    assert found == {"import_gwh": 0.0, "export_gwh": 0.6, "quality": "ok"}
