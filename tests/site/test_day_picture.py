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


def vessel(name: str, held: float, whole: float, least: float = NAN) -> DayPiece:
    """Return a reservoir [GWh]."""
    return DayPiece("water", name, held, NAN, whole, least, DAY)


@given(st.lists(st.tuples(st.floats(1, 5000), st.floats(0, 1)), min_size=1, max_size=30))
def test_what_is_filled_is_what_is_kept(found: list[tuple[float, float]]) -> None:
    """Widths are capacities and heights are levels: the part filled of all is the share that the words say."""
    drawing, known = day_picture._water([vessel(f"E{n}", whole * part, whole) for n, (whole, part) in enumerate(found)])
    share = sum(whole * part for whole, part in found) / sum(whole for whole, _ in found)
    assert known["share"] == spanish.percent(share * 100)
    boxes = [(kind, float(wide), float(tall)) for kind, wide, tall in RECT.findall(drawing)]
    outer = [(wide, tall) for kind, wide, tall in boxes if kind == "vessel"]
    inner = [(wide, tall) for kind, wide, tall in boxes if kind == "f-hidraulica"]
    assert len(outer) == len(inner) == len(found)
    order = sorted(found, key=lambda each: -each[0])
    for (wide, tall), (filled, level), (whole, part) in zip(outer, inner, order, strict=True):
        assert wide == filled
        assert level == pytest.approx(tall * part, abs=0.06) or whole in {other for other, _ in found if other != part}
        assert wide == pytest.approx(max(whole / sum(w for w, _ in found) * WIDTH - 2, 1), abs=0.06)


@given(st.lists(st.floats(0.1, 9000), min_size=24, max_size=24), st.lists(st.floats(0, 9000), min_size=24, max_size=24))
def test_hours_stand_on_each_other_and_the_highest_fills_the_drawing(water: list[float], gas: list[float]) -> None:
    """The words name the hour of the highest bar; nothing leaves the drawing."""
    rows = [
        DayPiece("hour", name, value, hour, NAN, NAN, DAY)
        for name, values in (("Hidráulica", water), ("Gas", gas)) for hour, value in enumerate(values)
    ]  # fmt: skip
    drawing, known = day_picture._hours(rows)
    sums = [a + b for a, b in zip(water, gas, strict=True)]
    assert known["hour"] == str(sums.index(max(sums)))
    assert known["energy"] == spanish.quantity(sum(sums) / 1000, "GWh", 1)
    for foot, up in re.findall(r"M[\d.]+ ([\d.]+)v(-[\d.]+)", drawing):
        assert float(foot) + float(up) - day_picture._TOP >= -0.2
        assert float(foot) <= TALL - day_picture._LOW + 0.1


@given(st.lists(st.floats(0.01, 300), min_size=1, max_size=4))
def test_labels_of_uses_never_lie_on_each_other(values: list[float]) -> None:
    """Also where three of four are too thin to see."""
    uses = [DayPiece("use", f"Uso {number}", value, NAN, NAN, NAN, DAY) for number, value in enumerate(values)]
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
    (piece,) = day_picture._pieces(rows)
    assert (piece.part, piece.name, piece.value) == ("use", "B", 2.0)


def test_the_table_says_energy_and_share_of_its_own_part() -> None:
    """A reservoir against what it can hold, a source and a use against the day."""
    table = day_picture._table([
        vessel("Peñol", 50, 200), vessel("Guavio", 30, 40),
        DayPiece("hour", "Gas", 1000, 0, NAN, NAN, DAY), DayPiece("hour", "Gas", 2000, 1, NAN, NAN, DAY),
        DayPiece("hour", "Solar", 1000, 1, NAN, NAN, DAY),
        DayPiece("use", "Usuarios regulados", 3, NAN, NAN, NAN, DAY),
    ])  # fmt: skip
    told = {row[0].text: (row[1].text, row[2].text.replace("\N{NO-BREAK SPACE}", " ")) for row in table.rows}
    assert told == {
        "Peñol": ("50,0", "25,0 %"), "Guavio": ("30,0", "75,0 %"), "Gas": ("3,0", "75,0 %"), "Solar": ("1,0", "25,0 %"),
        "Usuarios regulados": ("3,0", "100,0 %"),
    }  # fmt: skip
