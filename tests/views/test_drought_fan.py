"""The fan of analogue years: same date, today's calendar, points of difference."""

from __future__ import annotations

import datetime as dt

from small_world import World, rows


def test_fan_starts_from_the_same_date_of_each_year(world: World) -> None:
    """On 30 April 2026 (cycle 2025-26): 2024 gained 5 points in ten days, and lost 2 before; 2010 has no data."""
    now, then = dt.date(2026, 4, 30), dt.date(2024, 4, 30)
    levels = {now: 60.0, now - dt.timedelta(days=10): 58.0, then: 30.0}
    levels |= {
        then - dt.timedelta(days=10): 32.0,
        then + dt.timedelta(days=10): 35.0,
        then + dt.timedelta(days=200): 70.0,
    }
    con = world(
        {
            "VoluUtilDiarEner/Sistema": [("Sistema", day, value) for day, value in levels.items()],
            "CapaUtilDiarEner/Sistema": [("Sistema", day, 100.0) for day in levels],
        },
        today=dt.date(2026, 5, 2),
    )
    found = {(r["line"], r["x"]): r["points"] for r in rows(con, "FROM drought_fan")}
    assert found == {
        ("Este año", now): 0.0,
        ("Este año", now - dt.timedelta(days=10)): -2.0,
        ("2023-24", now): 0.0,
        ("2023-24", now - dt.timedelta(days=10)): 2.0,
        ("2023-24", now + dt.timedelta(days=10)): 5.0,
    }
