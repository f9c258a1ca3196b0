"""The rig itself: days move, mishaps do harm, and what they harm is seen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nights.life import Life, ill, killed_at, living
from tests.nights.year import FIRST

pytestmark = [pytest.mark.slow, pytest.mark.again]
DAY = dt.timedelta(days=1)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    """A portal after its first night, with two months of history."""
    with living(tmp_path, FIRST, 5, history=60) as made:
        assert made.night(FIRST).code == 0
        yield made


def test_a_night_later_there_is_a_day_more(life: Life) -> None:
    """The source moved on, and the portal with it."""
    before = life.newest()
    night = life.night(FIRST + DAY)
    assert (night.code, night.mishap) == (0, "")
    assert night.asked >= night.planned > 0
    assert night.lake_written > 0
    moved = {name for name, newest in life.newest().items() if newest > before[name]}
    assert {"PrecBolsNaci", "DemaReal", "AporEner", "PB_Nal"} <= moved


def test_a_killed_night_leaves_the_day_before(life: Life) -> None:
    """It died before its commit; the same night, run again, is whole."""
    before = life.newest()
    night = life.night(FIRST + DAY, "killed", within=killed_at("before CURRENT"))
    assert (night.code, night.reason) == (None, "killed at 'before CURRENT'")
    assert life.newest() == before
    assert life.night(FIRST + DAY).code == 0
    assert life.newest() != before


def test_a_night_without_a_source_says_to_try_again(life: Life) -> None:
    """Nothing is lost, and the night after is ordinary."""
    before = life.newest()
    night = life.night(FIRST + DAY, "down", within=ill(life.emulator, "down", "xm", "simem", "noaa"), patience=0.2)
    assert night.code == 75
    assert life.newest() == before
    assert life.night(FIRST + 2 * DAY).code == 0


def test_half_answers_are_asked_again(life: Life) -> None:
    """One in three breaks off: more questions than planned, and no day less."""
    night = life.night(FIRST + DAY, "half", within=ill(life.emulator, "half", "xm"))
    assert night.asked > night.planned
    assert life.newest()["PrecBolsNaci"][:10] >= (FIRST - 3 * DAY).isoformat()
