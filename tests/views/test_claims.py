"""Each kind of claim against a truth that was written by hand, from days that are few enough to be read."""

from __future__ import annotations

import datetime as dt

import pytest
from small_world import World, hours, one, rows

DAY = dt.date(2024, 4, 24)  # a Wednesday
ONE = dt.timedelta(days=1)


def demand(values: dict[dt.date, float]) -> dict[str, list[tuple[str, dt.date, float]]]:
    """Return the demand of days [GWh]."""
    return {"DemaSIN/Sistema": [("Sistema", day, value) for day, value in sorted(values.items())]}


def steady(value: float, days: int, last: dt.date = DAY) -> dict[dt.date, float]:
    """Return the same value on each of the days up to the last one."""
    return {last - ONE * i: value for i in range(days)}


def claim(con: object, identity: str) -> dict[str, object]:
    """Return a claim of the table."""
    return one(con, f"SELECT * FROM claim WHERE id = '{identity}'")  # type: ignore[arg-type]


def test_a_value_and_its_comparisons(world: World) -> None:
    """220 GWh on a Wednesday: 10 % above the one before, 12 % below the like day of 2023; and who asks for it."""
    con = world(demand({DAY: 220.0, DAY - ONE * 7: 200.0, DAY - ONE * 364: 250.0}))
    found = claim(con, "value.demand")
    assert (found["kind"], found["figures"]["value"], found["day"], found["unit"]) == ("value", 220.0, DAY, "GWh")
    assert {"inicio", "demanda"} <= set(found["boards"])
    week, year = claim(con, "compare.demand.week"), claim(con, "compare.demand.year")
    assert (week["figures"]["base"], week["figures"]["change"]) == (200.0, 10.0)
    assert (year["figures"]["base"], year["figures"]["change"]) == (250.0, -12.0)
    assert (week["words"]["basis"], year["words"]["basis"]) == (
        "el miércoles de la semana anterior", "el miércoles comparable de 2023",
    )  # fmt: skip
    assert rows(con, week["sql"]) == [{"valor": 220.0, "base": 200.0, "cambio": 10.0}]


def test_percentages_change_in_points(world: World) -> None:
    """Reserves of 60 % after 50 % a week before: ten points, and their day is a date."""
    volume = [("Sistema", DAY, 60.0), ("Sistema", DAY - ONE * 7, 50.0)]
    capacity = [("Sistema", day, 100.0) for _, day, _ in volume]
    con = world({"VoluUtilDiarEner/Sistema": volume, "CapaUtilDiarEner/Sistema": capacity})
    assert claim(con, "compare.reserves.week")["figures"]["change"] == 10.0


def test_what_may_not_be_quoted_is_no_claim(world: World) -> None:
    """The preliminary day is in no claim: the last quotable one is."""
    series = {"DemaSIN/Sistema": [("Sistema", DAY, 220.0, "ok"), ("Sistema", DAY + ONE, 90.0, "provisional")]}
    con = world(series)
    assert claim(con, "value.demand")["day"] == DAY
    assert not rows(con, "SELECT id FROM claim WHERE NOT quotable(state)")


def test_nothing_gives_no_claim(world: World) -> None:
    """Without data nothing is claimed."""
    assert rows(world({}), "SELECT id FROM claim") == []


def test_a_place_among_past_days(world: World) -> None:
    """The highest since the day 60 days before that was higher; without such a day, of all that there is."""
    values = steady(200.0, 120) | {DAY: 230.0, DAY - ONE * 60: 240.0}
    found = claim(world(demand(values)), "rank.demand.high")
    assert (found["days"]["since"], found["figures"]["days"], found["words"]["record"]) == (DAY - ONE * 60, 60.0, "")
    whole = claim(world(demand(steady(200.0, 120) | {DAY: 230.0})), "rank.demand.high")
    assert (whole["words"]["record"], whole["days"]["since"]) == ("yes", DAY - ONE * 119)
    assert not rows(world(demand(steady(200.0, 120))), "SELECT id FROM claim WHERE kind = 'rank'"), "equal is no place"


@pytest.mark.parametrize("days", [9, 12])
def test_a_run_of_days(world: World, days: int) -> None:
    """So many days above their like days; the day before them was below. Equal days are on no side."""
    past = steady(200.0, 40, DAY - ONE * 364)
    now = steady(190.0, 30) | steady(210.0, days)
    found = claim(world(demand(past | now)), "run.demand.above")
    assert (found["figures"]["days"], found["words"]["open"]) == (float(days), "")
    assert found["days"]["since"] == DAY - ONE * (days - 1)
    assert not rows(world(demand(past | steady(200.0, 20))), "SELECT id FROM claim WHERE kind = 'run'")


def test_a_sum_to_date(world: World) -> None:
    """24 days of April of 220 GWh are 5,280 GWh, 10 % more than the like days; a missing day and there is no sum."""
    values = steady(220.0, 24) | steady(200.0, 60, DAY - ONE * 350)
    found = claim(world(demand(values)), "compare.demand.to_date_month")
    assert (found["figures"]["value"], round(found["figures"]["change"], 6)) == (5280.0, 10.0)
    values.pop(DAY - ONE * 3)
    assert not rows(world(demand(values)), "SELECT id FROM claim WHERE period = 'month_to_date' AND subject = 'demand'")


def test_a_record_that_stands_and_one_that_fell(world: World) -> None:
    """After a year of days, 260 GWh ten days ago beats 250; the record that stands is 260, of that day."""
    values = steady(200.0, 420) | {DAY - ONE * 400: 250.0, DAY - ONE * 10: 260.0}
    con = world(demand(values))
    fell = claim(con, "event.record.demand.high")
    assert (fell["figures"]["value"], fell["figures"]["previous"], fell["day"]) == (260.0, 250.0, DAY - ONE * 10)
    assert fell["days"]["previous"] == DAY - ONE * 400
    stands = claim(con, "record.demand.high")
    assert (stands["figures"]["value"], stands["days"]["at"], stands["day"]) == (260.0, DAY - ONE * 10, DAY)


def test_thresholds_say_whose_they_are(world: World) -> None:
    """Inflows of four weeks at 60 % of their mean are below the 90 % of the statute; at 95 % they are not."""
    for share, side, crossed in ((60.0, "below", "yes"), (95.0, "above", "")):
        series = {
            "AporEner/Sistema": [("Sistema", day, share) for day in steady(0, 30)],
            "AporEnerMediHist/Sistema": [("Sistema", day, 100.0) for day in steady(0, 30)],
        }
        found = claim(world(series), "threshold.hsin")
        assert (found["figures"]["value"], found["figures"]["threshold"]) == (share, 90.0)
        assert (found["words"]["side"], found["words"]["crossed"]) == (side, crossed)
        assert "CREG" in found["words"]["whose"]


def test_hours_above_scarcity(world: World) -> None:
    """Five of 24 hours cost more than the scarcity price of the month."""
    series = {
        "PrecBolsNaci/Sistema": [row for day in steady(0, 8) for row in hours(day, [900.0] * 5 + [300.0] * 19)],
        "PrecEscaAct/Sistema": [("Sistema", dt.date(2024, 4, 1), 800.0)],
    }
    found = claim(world(series), "threshold.scarcity_hours")
    assert (found["figures"]["value"], found["figures"]["threshold"]) == (5.0, 800.0)


def test_what_generation_is_made_of(world: World) -> None:
    """18 and 6 of 24 GWh are 75 and 25 per cent, the greatest first."""
    plants = [
        {"code": "HIDR", "name": "HIDRO", "type": "HIDRAULICA", "fuel": "AGUA", "agent": "A", "dispatch": "DC"},
        {"code": "TERM", "name": "TERMO", "type": "TERMICA", "fuel": "GAS", "agent": "A", "dispatch": "DC"},
    ]
    series = {
        "Gene/Recurso": [*hours(DAY, 0.75, "HIDR"), *hours(DAY, 0.25, "TERM")],
        "Gene/Sistema": hours(DAY, 1.0),
    }
    found = claim(world(series, {"ListadoRecursos": plants}), "composition.generation")
    assert list(found["parts"].items()) == [("la hidráulica", 75.0), ("la térmica", 25.0)]
    assert found["figures"]["total"] == 24.0


def test_a_balance(world: World) -> None:
    """220 GWh of firm energy against a week of 230: ten are missing."""
    series = demand(steady(230.0, 7)) | {
        "ENFICC/Sistema": [("Sistema", DAY, 220.0)],
        "ENFICC/Recurso": [("AAAA", DAY, 220.0)],
        "ObligEnerFirme/Recurso": [("AAAA", DAY, 225.0)],
    }
    found = claim(world(series), "balance.firm")
    assert found["figures"] == {"left": 220.0, "right": 230.0, "difference": 10.0}
    assert found["words"]["side"] == "below"


def test_a_contrast_needs_both_ways(world: World) -> None:
    """Reserves that rise while inflows fall may be told in one sentence; two falls may not."""
    for level, there in ((60.0, 1), (40.0, 0)):
        series = {
            "VoluUtilDiarEner/Sistema": [("Sistema", DAY, level), ("Sistema", DAY - ONE * 7, 50.0)],
            "CapaUtilDiarEner/Sistema": [("Sistema", day, 100.0) for day in (DAY, DAY - ONE * 7)],
            "AporEner/Sistema": [("Sistema", d, v) for d, v in (steady(100.0, 14) | steady(80.0, 7)).items()],
        }
        found = rows(world(series), "SELECT * FROM claim WHERE id = 'contrast.reserves_inflows'")
        assert len(found) == there
        if found:
            assert (found[0]["figures"]["left"], found[0]["figures"]["right"]) == (10.0, -20.0)
            assert found[0]["words"]["link"] == "pese a que"


def test_the_state_of_the_system_is_an_event(world: World) -> None:
    """Inflows below their level make the state one of watch or unknown; only a known state is claimed."""
    series = {
        "AporEner/Sistema": [("Sistema", day, 60.0) for day in steady(0, 30)],
        "AporEnerMediHist/Sistema": [("Sistema", day, 100.0) for day in steady(0, 30)],
    }
    found = claim(world(series, today=DAY + ONE), "event.state")
    assert found["words"]["state"] == "watch"


def test_the_like_dates_of_the_strong_episodes(world: World) -> None:
    """18 November 2026 beside that of 2023 and of 2015."""
    levels = {dt.date(2026, 11, 18): 69.6, dt.date(2023, 11, 18): 71.0, dt.date(2015, 11, 18): 61.2}
    series = {"VoluUtilDiarEner/Sistema": [("Sistema", d, v) for d, v in levels.items()]}
    series["CapaUtilDiarEner/Sistema"] = [("Sistema", d, 100.0) for d in levels]
    con = world(series, today=dt.date(2026, 11, 20))
    for year, value in ((2023, 71.0), (2015, 61.2)):
        found = claim(con, f"value.reserves_then.{year}")
        assert (found["figures"]["value"], found["day"]) == (value, dt.date(year, 11, 18))


def test_what_is_expected(world: World) -> None:
    """The published model's next seven days, against the seven known ones; and the first day with its band."""
    con = world(demand(steady(200.0, 10)), today=DAY)
    con.execute(
        "INSERT INTO forecast_score BY NAME SELECT 'demand_daily' AS series, 'combined' AS model, "
        "'backtest' AS run_kind, '1' AS lead, 5.0 AS mape, TRUE AS published"
    )
    con.execute(
        "INSERT INTO forecast_policy BY NAME SELECT 'demand_daily' AS series, 'DemaSIN' AS metric, 'GWh' AS unit, "
        "'daily' AS grain, 'Demanda diaria' AS title_es"
    )
    con.execute(
        "INSERT INTO forecast_value BY NAME SELECT 'demand_daily' AS series, 'combined' AS model, 'live' AS run_kind, "
        f"DATE '{DAY}' AS issued, DATE '{DAY}' AS origin, h, DATE '{DAY}' + h AS target, 210.0 AS mean, 205.0 AS lo80, "
        "215.0 AS hi80, '' AS scenario FROM (SELECT CAST(unnest(range(1, 8)) AS INTEGER) AS h)"
    )
    week, day = claim(con, "forecast.demand"), claim(con, "forecast.demand.day")
    assert (week["figures"]["value"], week["figures"]["known"], week["figures"]["change"]) == (210.0, 200.0, 5.0)
    assert (day["figures"], day["day"]) == ({"value": 210.0, "low": 205.0, "high": 215.0}, DAY + ONE)


def test_ids_are_one_each_and_their_queries_run(world: World) -> None:
    """No id stands twice; the query behind each claim runs and returns its rows."""
    con = world(demand(steady(200.0, 420) | {DAY: 230.0}))
    found = rows(con, "SELECT id, sql, significance FROM claim")
    assert len({row["id"] for row in found}) == len(found) > 6
    for row in found:
        assert rows(con, row["sql"]), row["id"]
        assert 0 <= row["significance"] <= 1
