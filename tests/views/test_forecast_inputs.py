"""What the forecasts learn from, on a few inline rows."""

from __future__ import annotations

import datetime as dt

import pytest
from small_world import World, hours, rows

DAY = dt.date(2024, 4, 30)
HOUR = dt.datetime(2024, 4, 30, 5)


def test_hours_of_demand_add_up_to_the_day(world: World) -> None:
    """Generation plus imports minus exports of each hour, scaled to the day's demand."""
    con = world(
        {
            "DemaSIN/Sistema": [("Sistema", DAY, 240.0)],
            "Gene/Sistema": hours(DAY, [10.0] * 24),
            "ImpoEner/Sistema": [("Sistema", HOUR, 2.0)],
            "ExpoEner/Sistema": [("Sistema", HOUR + dt.timedelta(hours=1), 2.0)],
        }
    )
    found = rows(con, "SELECT ts, value FROM forecast_input_hourly WHERE series = 'demand_hourly' ORDER BY ts")
    assert len(found) == 24
    assert sum(row["value"] for row in found) == pytest.approx(240)
    assert [found[h]["value"] for h in (4, 5, 6)] == pytest.approx([10, 12, 8])
    given = rows(con, "SELECT value, quality FROM forecast_input WHERE series = 'demand_daily'")
    assert given == [{"value": 240.0, "quality": "ok"}]


def test_sources_are_known_where_the_plants_add_up(world: World) -> None:
    """Technologies of a day whose plants make the system's total; on another day they are provisional."""
    other = DAY - dt.timedelta(days=1)
    con = world(
        {
            "Gene/Sistema": [*hours(DAY, [10.0] * 24), *hours(other, [10.0] * 24)],
            "Gene/Recurso": [
                *hours(DAY, [6.0] * 24, "AGUA"), *hours(DAY, [4.0] * 24, "GAS1"), *hours(other, [6.0] * 24, "AGUA"),
            ],
        },
        {"ListadoRecursos": [
            {"code": "AGUA", "name": "A", "type": "HIDRAULICA", "energy_source": "AGUA"},
            {"code": "GAS1", "name": "G", "type": "TERMICA", "energy_source": "GAS"},
        ]},
    )  # fmt: skip
    found = rows(
        con,
        "SELECT series, day, value, quality FROM forecast_input "
        "WHERE series IN ('hydro_daily', 'thermal_daily') ORDER BY day, series",
    )
    assert [(r["series"], r["value"], r["quality"]) for r in found if r["day"] == DAY] == [
        ("hydro_daily", 144.0, "ok"),
        ("thermal_daily", 96.0, "ok"),
    ]
    assert {r["quality"] for r in found if r["day"] == other} == {"provisional"}


def test_a_day_without_exports_between_others_is_zero(world: World) -> None:
    """XM writes no zero: a day with imports only, or with neither, exported nothing; before the first it is unknown."""
    days = [DAY - dt.timedelta(days=d) for d in (4, 3, 2, 1, 0)]
    moment = {day: dt.datetime.combine(day, dt.time(9)) for day in days}
    con = world(
        {
            "Gene/Sistema": [row for day in days for row in hours(day, [10.0] * 24)],
            "ExpoEner/Sistema": [("Sistema", moment[days[1]], 1.5), ("Sistema", moment[days[4]], 0.5)],
            "ImpoEner/Sistema": [("Sistema", moment[days[2]], 2.0)],
        }
    )
    found = rows(con, "SELECT day, value FROM forecast_input WHERE series = 'exports_daily' ORDER BY day")
    assert [(r["day"], r["value"]) for r in found] == [(days[1], 1.5), (days[2], 0.0), (days[3], 0.0), (days[4], 0.5)]


def test_a_source_gives_no_more_than_its_plants_can(world: World) -> None:
    """Their net capacity around the clock, the sun's twelve hours, a tenth above the country's greatest day."""
    other = DAY - dt.timedelta(days=1)
    plants = {"AGUA": 30_000.0, "GAS1": 500.0, "SOL1": 100.0}
    con = world(
        {
            "Gene/Sistema": [*hours(DAY, [10.0] * 24), *hours(other, [10.0] * 24)],
            "Gene/Recurso": [
                row for day in (other, DAY)
                for plant, gwh in (("AGUA", 6.0), ("GAS1", 3.6), ("SOL1", 0.4))
                for row in hours(day, [gwh] * 24, plant)
            ],
            # Of the last day only one plant is there yet.
            "CapEfecNeta/Recurso": [(p, other, mw) for p, mw in plants.items()] + [("GAS1", DAY, 500.0)],
        },
        {"ListadoRecursos": [
            {"code": "AGUA", "name": "A", "type": "HIDRAULICA", "energy_source": "AGUA"},
            {"code": "GAS1", "name": "G", "type": "TERMICA", "energy_source": "GAS"},
            {"code": "SOL1", "name": "S", "type": "SOLAR", "energy_source": "RAD SOLAR"},
        ]},
    )  # fmt: skip
    found = {
        row["series"]: (row["least"], row["most"])
        for row in rows(con, f"SELECT * FROM forecast_range WHERE day = '{DAY}' AND series NOT LIKE '%hourly'")
    }
    assert found["hydro_daily"] == (0, pytest.approx(240 * 1.1))
    # It was measured to give 86.4, so that is possible, whatever the list of plants says.
    assert found["thermal_daily"] == (0, pytest.approx(86.4))
    assert found["solar_daily"] == (0, pytest.approx(9.6))


def test_a_price_can_be_a_quarter_above_the_highest_offer_or_price(world: World) -> None:
    """An offer counts from the day it is known, a month later; where nobody offered much, four scarcity prices."""
    start = DAY - dt.timedelta(days=40)
    con = world(
        {
            "PrecBolsNaci/Sistema": [
                row for d in (40, 1, 0) for row in hours(DAY - dt.timedelta(days=d), [400.0] * 24)
            ],
            "PrecOferIdeal/Recurso": [("GAS1", DAY - dt.timedelta(days=30), 2600.0)],
            "PrecEsca/Sistema": [("Sistema", start, 700.0)],
        }
    )
    found = rows(con, "SELECT day, most FROM forecast_range WHERE series = 'price_daily' ORDER BY day")
    assert [row["most"] for row in found] == pytest.approx([2800, 2800, 3250])


def test_the_index_counts_from_the_day_it_is_published(world: World) -> None:
    """ONI of January, its central month, is known from 10 March."""
    con = world({"ONI/Sistema": [("Sistema", dt.date(2024, 1, 1), 1.8)]})
    assert rows(con, "SELECT name, day, value FROM forecast_driver") == [
        {"name": "oni", "day": dt.date(2024, 3, 10), "value": 1.8}
    ]


def test_agents_are_retailers_and_operators(world: World) -> None:
    """Each agent's demand is a series of its own, named by what it is; no hour of an agent must be there."""
    con = world({"DemaCome/Agente": hours(DAY, [1.0] * 24, "EPMC"), "DemaOR/Agente": hours(DAY, [2.0] * 24, "EPMD")})
    found = rows(con, "SELECT series, value, hours FROM forecast_input_agents ORDER BY series")
    assert found == [
        {"series": "operator_daily:EPMD", "value": 48.0, "hours": None},
        {"series": "retailer_daily:EPMC", "value": 24.0, "hours": None},
    ]
