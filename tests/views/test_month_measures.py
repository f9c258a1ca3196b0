"""Measures of whole months on rows added up here by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from small_world import Row, World, hours, rows

pytestmark = pytest.mark.slow  # each world builds every view of the domain layer

FEBRUARY = [dt.date(2026, 2, 1) + dt.timedelta(days=d) for d in range(28)]
MARCH = [dt.date(2026, 3, 1) + dt.timedelta(days=d) for d in range(31)]
TODAY = dt.date(2026, 4, 5)
LIST = [
    {"code": "AAA1", "name": "A", "type": "HIDRAULICA", "energy_source": "AGUA"},
    {"code": "BBB1", "name": "B", "type": "TERMICA", "energy_source": "GAS"},
]


def flat(days: list[dt.date], value: float, code: str = "Sistema") -> list[Row]:
    """Return hours of one value."""
    return [row for day in days for row in hours(day, value, code)]


def test_the_source_that_sets_the_price_has_its_hours_and_their_price(world: World) -> None:
    """Gas shares one hour of February; March lacks its last day and is no month yet."""
    shared = dt.datetime(2026, 2, 10, 19)
    con = world(
        {
            "IndRecMargina/Recurso": [*flat([*FEBRUARY, *MARCH[:-1]], 1.0, "AAA1"), ("BBB1", shared, 1.0)],
            "PrecBolsNaci/Sistema": [(c, t, 900.0 if t == shared else 100.0) for c, t, *_ in flat(FEBRUARY, 1.0)],
        },
        {"ListadoRecursos": LIST},
        today=TODAY,
    )
    found = {row["source"]: row for row in rows(con, "FROM marginal_source_month")}
    water, gas = found["Hidráulica"], found["Gas"]
    assert {row["month"] for row in found.values()} == {dt.date(2026, 2, 1)}
    assert (water["hours"], gas["hours"], gas["spot"]) == (28 * 24 - 0.5, 0.5, 900.0)
    assert water["spot"] == pytest.approx((100 * (28 * 24 - 1) + 450) / (28 * 24 - 0.5))
    assert water["share_pct"] + gas["share_pct"] == pytest.approx(100)


def test_the_water_lasts_as_long_as_its_month_would_use_it(world: World) -> None:
    """6,000 GWh behind 120 GWh a day are 50 days; a month with a hole is not told."""
    made = [*FEBRUARY, *MARCH[:10], *MARCH[11:]]
    con = world(
        {
            "Gene/Recurso": [*flat(made, 5.0, "AAA1"), *flat(made, 1.0, "BBB1")],
            "Gene/Sistema": flat(made, 6.0),
            "VoluUtilDiarEner/Sistema": [("Sistema", day, 6000.0) for day in [*FEBRUARY, *MARCH]],
            "CapaUtilDiarEner/Sistema": [("Sistema", day, 17000.0) for day in [*FEBRUARY, *MARCH]],
        },
        {"ListadoRecursos": LIST},
        today=TODAY,
    )
    assert rows(con, "SELECT month, days FROM water_days_month") == [
        {"month": dt.date(2026, 2, 1), "days": pytest.approx(50.0)}
    ]


def test_the_load_is_exceeded_as_long_as_the_hours_say(world: World) -> None:
    """Twelve months of hours 1 to 24: the most is never exceeded, half of the hours are above the middle."""
    days = [dt.date(2025, 4, 1) + dt.timedelta(days=d) for d in range(365)]
    con = world({"DemaReal/Sistema": [(c, t, t.hour + 1.0) for c, t, *_ in flat([*days, TODAY], 1.0)]}, {}, today=TODAY)
    found = {row["pct_hours"]: row for row in rows(con, "FROM load_duration")}
    assert len(found) == 101
    assert (found[0]["mw"], found[50]["mw"], found[100]["mw"]) == (24_000.0, 12_500.0, 1_000.0)
    assert {row["period"] for row in found.values()} == {"last"}
    assert {(row["until"], row["hours"]) for row in found.values()} == {(dt.date(2026, 4, 1), 365 * 24)}
