"""The system in one picture: what is drawn is what the rows say, in its own proportions."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core import spanish
from pipeline.site.blocks import day_picture
from pipeline.site.blocks.day_picture import TALL, WIDTH, DayPiece

DAY = dt.date(2026, 11, 25)
NAN = float("nan")
RECT = re.compile(r'<rect class="([\w-]+)" x="[\d.]+" width="([\d.]+)" y="[\d.]+" height="([\d.]+)"')


def piece(part: str, name: str, value: float, hour: float = NAN) -> DayPiece:
    """Return a source in an hour [MW] or a use [GWh]."""
    return DayPiece(part, name, value, hour, NAN, NAN, NAN, NAN, DAY)


def vessel(name: str, held: float, whole: float, least: float = NAN) -> DayPiece:
    """Return a reservoir [GWh]."""
    return DayPiece("water", name, held, NAN, whole, least, NAN, held / whole * 100, DAY)


@given(st.lists(st.tuples(st.floats(1, 5000), st.floats(0, 1.1)), min_size=1, max_size=30))
def test_what_is_filled_is_what_is_kept(found: list[tuple[float, float]]) -> None:
    """Widths are capacities and heights are levels, up to the brim; the words say also what spills over."""
    vessels = [vessel(f"E{number:02}", whole * part, whole) for number, (whole, part) in enumerate(found)]
    drawing, _ = day_picture._water(vessels)
    boxes = [(kind, float(wide), float(tall)) for kind, wide, tall in RECT.findall(drawing)]
    outer = [(wide, tall) for kind, wide, tall in boxes if kind == "vessel"]
    inner = [(wide, tall) for kind, wide, tall in boxes if kind == "f-hidraulica"]
    total = sum(whole for whole, _ in found)
    order = sorted(vessels, key=lambda each: (-each.whole, each.name))
    for (wide, tall), (filled, level), each in zip(outer, inner, order, strict=True):
        assert wide == filled == pytest.approx(max(each.whole / total * WIDTH - 2, 1), abs=0.06)
        assert level == pytest.approx(tall * min(each.value / each.whole, 1), abs=0.06)
        assert f"{each.name}: {spanish.percent(each.value / each.whole * 100)} de" in drawing


@given(st.lists(st.floats(0.1, 9000), min_size=24, max_size=24), st.lists(st.floats(0, 9000), min_size=24, max_size=24))
def test_hours_stand_on_each_other_and_the_highest_fills_the_drawing(water: list[float], gas: list[float]) -> None:
    """The words name the hour of the highest bar; nothing leaves the drawing."""
    rows = [
        piece("hour", name, value, hour)
        for name, values in (("Hidráulica", water), ("Gas", gas)) for hour, value in enumerate(values)
    ]  # fmt: skip
    drawing, known = day_picture._hours(rows)
    sums = [a + b for a, b in zip(water, gas, strict=True)]
    assert known["hour"] == str(sums.index(max(sums)))
    assert known["peak"] == spanish.quantity(max(sums), "MW", 0)
    for foot, up in re.findall(r"M[\d.]+ ([\d.]+)v(-[\d.]+)", drawing):
        assert float(foot) + float(up) - day_picture._TOP >= -0.2
        assert float(foot) <= TALL - day_picture._LOW + 0.1


@given(st.lists(st.floats(0.01, 300), min_size=1, max_size=4))
def test_labels_of_uses_never_lie_on_each_other(values: list[float]) -> None:
    """Also where three of four are too thin to see."""
    uses = [piece("use", f"Uso {number}", value) for number, value in enumerate(values)]
    drawing, _ = day_picture._uses(uses)
    places = [float(y) for y in re.findall(r'<text class="b" x="\d+" y="([\d.]+)"', drawing)]
    assert len(places) == len(values)
    assert all(b - a >= day_picture._PAIR - 0.2 for a, b in pairwise(places))
    assert all(0 < place <= TALL - 16 for place in places)


def test_a_row_without_a_value_is_no_piece() -> None:
    """What is not known is not drawn as nothing."""
    rows = pd.DataFrame(
        [
            {"part": "water", "name": "A", "value": None, "day": DAY},
            {"part": "use", "name": "B", "value": 2, "day": DAY},
        ]
    )
    (found,) = day_picture._pieces(rows)
    assert (found.part, found.name, found.value) == ("use", "B", 2.0)


def test_the_table_says_energy_and_share_of_its_own_part() -> None:
    """A reservoir against what it can hold, a source and a use against the day."""
    table = day_picture._table([
        vessel("Peñol", 50, 200), vessel("Guavio", 30, 40),
        piece("hour", "Gas", 1000, 0), piece("hour", "Gas", 2000, 1),
        piece("hour", "Solar", 1000, 1),
        piece("use", "Usuarios regulados", 3),
    ])  # fmt: skip
    told = {row[0].text: (row[1].text, row[2].text.replace("\N{NO-BREAK SPACE}", " ")) for row in table.rows}
    assert told == {
        "Peñol": ("50,0", "25,0 %"), "Guavio": ("30,0", "75,0 %"), "Gas": ("3,0", "75,0 %"), "Solar": ("1,0", "25,0 %"),
        "Usuarios regulados": ("3,0", "100,0 %"),
    }  # fmt: skip
