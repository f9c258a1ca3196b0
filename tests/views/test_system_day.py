"""The system in one picture: each part of its own day, and that day is whole."""

from __future__ import annotations

import datetime as dt

from tests.views.conftest import World
from tests.views.small_world import hours, rows

DAY = dt.date(2024, 5, 2)
LATER = DAY + dt.timedelta(days=1)
USES = ("DemaRealReg", "DemaRealNoReg", "PerdidasEner", "ExpoEner")


def test_uses_are_of_the_last_day_that_all_have(world: World) -> None:
    """One use of a later day alone would be a whole without its parts."""
    series = {f"{metric}/Sistema": hours(DAY, float(number)) for number, metric in enumerate(USES, 1)}
    series["ExpoEner/Sistema"] = [*hours(DAY, 4.0), *hours(LATER, 9.0)]
    found = rows(
        world(series), "SELECT ordinal, value, energy, day FROM system_day WHERE part = 'use' ORDER BY ordinal"
    )
    assert [(row["ordinal"], row["value"]) for row in found] == [(1, 24.0), (2, 48.0), (3, 72.0), (4, 96.0)]
    assert {(str(row["day"])[:10], row["energy"]) for row in found} == {("2024-05-02", 240.0)}


def test_a_use_that_is_missing_leaves_the_part_out(world: World) -> None:
    """Three of four do not say who used the energy."""
    series = {f"{metric}/Sistema": hours(DAY, 1.0) for metric in USES[:3]}
    assert rows(world(series), "SELECT * FROM system_day WHERE part = 'use'") == []


def test_the_water_drawn_is_the_water_of_the_headline(world: World) -> None:
    """What the vessels hold and can hold adds up to the reserves."""
    days = [DAY - dt.timedelta(days=back) for back in range(3)]
    held, whole = {"PENOL": 300.0, "GUAVIO": 100.0}, {"PENOL": 400.0, "GUAVIO": 400.0}
    series = {
        "VoluUtilDiarEner/Embalse": [(name, day, value) for name, value in held.items() for day in days],
        "CapaUtilDiarEner/Embalse": [(name, day, value) for name, value in whole.items() for day in days],
        "VoluUtilDiarEner/Sistema": [("Sistema", day, 400.0) for day in days],
        "CapaUtilDiarEner/Sistema": [("Sistema", day, 800.0) for day in days],
    }
    con = world(series)
    (sums,) = rows(con, "SELECT sum(value) AS held, sum(whole) AS whole FROM system_day WHERE part = 'water'")
    (told,) = rows(con, "SELECT DISTINCT energy, share FROM system_day WHERE part = 'water'")
    (head,) = rows(con, "SELECT value FROM headline WHERE series = 'reserves'")
    assert sums["held"] / sums["whole"] * 100 == told["share"] == head["value"] == 50.0
    assert told["energy"] == sums["held"]
