"""Cards: what a message that links to a page shows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json

import pandas as pd
import pytest
from PIL import Image, ImageColor

from pipeline.core.palette import light
from pipeline.site.blocks import build_block
from pipeline.site.blocks.block_types import Place
from pipeline.site.card import HEIGHT, WIDTH, card_png, card_svg, line_shape
from pipeline.site.context import Page, SiteContext, bytes_of
from pipeline.site.pages.board import board_page
from pipeline.site.pages.home import home_page
from pipeline.site.pages.metric_card import closed_years
from pipeline.site.pages.metric_page import metric_page
from tests.site.conftest import KPI, LINE, board


def _card(page: Page) -> bytes:
    """Return the card that the front matter of a page names."""
    line = next(line for line in page.markdown.splitlines() if line.startswith("card: "))
    content = page.assets[json.loads(line.removeprefix("card: "))]
    return bytes_of(content)


def _colors(png: bytes) -> dict[tuple[int, ...], int]:
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    return {color: count for count, color in picture.getcolors(1 << 20) or []}


def _near(colors: dict[tuple[int, ...], int], token: str) -> int:
    """Return how many dots have nearly the colour of a token: few colours are left of many."""
    wanted = ImageColor.getrgb(light(token))
    return sum(n for found, n in colors.items() if max(abs(a - b) for a, b in zip(found, wanted, strict=True)) < 24)


def test_home_and_boards_have_a_card_of_their_own(site: SiteContext) -> None:
    """A small PNG of the size the networks ask for, with ink, the line of the chart, and the warning in red."""
    cards = [
        _card(board_page(site, site.catalog.boards["demanda"])),
        _card(home_page(site, site.catalog.boards["inicio"])),
    ]
    assert cards[0] != cards[1]
    for png in cards:
        assert Image.open(io.BytesIO(png)).size == (WIDTH, HEIGHT)
        assert len(png) <= 60_000
        colors = _colors(png)
        assert _near(colors, "ground") > WIDTH * HEIGHT / 2
        assert _near(colors, "ink") > 2_000
        assert _near(colors, "bad") > 500
        assert _near(colors, "accent") > 16 * HEIGHT + 1_000, "the bar at the edge, the name and the line"


def test_the_same_rows_give_the_same_bytes_and_new_ones_do_not(site: SiteContext) -> None:
    """A night without news writes no card."""
    made = board("demanda", KPI, LINE, metrics=["DemaSIN"])
    before = _card(board_page(site, made))
    assert _card(board_page(site, made)) == before
    site.con.execute("UPDATE metric_daily SET value = value + 9 WHERE day = '2026-11-16' AND metric = 'DemaSIN'")
    assert _card(board_page(site, made)) != before


def test_real_data_carry_no_warning(site: SiteContext) -> None:
    """What is red on a card is the warning alone."""
    real = dataclasses.replace(site, run=dataclasses.replace(site.run, source="xm"))
    assert _near(_colors(_card(board_page(real, board("demanda", KPI, LINE, metrics=["DemaSIN"])))), "bad") == 0


@pytest.mark.parametrize(
    "words", ["¿Y?", "Colombia consumió 247,5 GWh el 25 de noviembre, los embalses están al 69,5 % " * 3]
)
def test_words_stay_on_the_card(site: SiteContext, words: str) -> None:
    """However long, nothing is drawn over the edge; without figure or drawing there is a card all the same."""
    place = Place.of(site, "x", "x", "x/")
    views = [build_block(block, place) for block in board("x", KPI, LINE, metrics=["DemaSIN"]).blocks]
    for shown in (views, views[1:], []):
        picture = Image.open(io.BytesIO(card_png(card_svg("Título", words, shown, "XM")))).convert("L")
        edges = [picture.crop((WIDTH - 20, 0, WIDTH, HEIGHT)), picture.crop((20, HEIGHT - 12, WIDTH, HEIGHT))]
        assert all(edge.getextrema()[0] > 240 for edge in edges)


def test_the_card_of_a_metric_is_small_and_says_no_value(site: SiteContext) -> None:
    """It is named on the page with its size; another last value leaves it as it is."""
    metric = site.catalog.metrics["DemaSIN"]
    page = metric_page(site, metric)
    assert "card_small: true" in page.markdown
    png = _card(page)
    assert Image.open(io.BytesIO(png)).size == (WIDTH // 2, HEIGHT // 2)
    assert len(png) <= 20_000
    assert _near(_colors(png), "ink") > 500
    site.con.execute("UPDATE metric_daily SET value = value + 9 WHERE metric = 'DemaSIN'")
    assert _card(metric_page(site, metric)) == png


def test_the_line_of_a_card_has_whole_years_alone() -> None:
    """A year joins it once its values are seldom revised; what may not be quoted and several series make none."""
    days = pd.date_range("2023-01-01", "2026-02-28")
    rows = pd.DataFrame({"x": days, "series": "Sistema", "value": days.month * 1.0, "quality": "ok"})
    line = closed_years(rows, dt.date(2026, 3, 1))
    assert line is not None
    assert line.title == "Promedio de cada mes, 2023–2024"
    assert line == closed_years(
        rows.assign(value=rows["value"].where(rows["x"].dt.year < 2025, 99.0)), dt.date(2026, 3, 1)
    )
    april = closed_years(rows, dt.date(2026, 4, 1))
    assert april is not None and april.title.endswith("2023–2025")
    assert closed_years(rows, dt.date(2023, 6, 1)) is None
    assert closed_years(rows.assign(quality="doubtful"), dt.date(2026, 3, 1)) is None
    assert closed_years(pd.concat([rows, rows.assign(series="Otra")]), dt.date(2026, 3, 1)) is None


def test_a_line_is_broken_where_a_value_is_missing() -> None:
    """From edge to edge, the highest at the top."""
    assert 'd="M0 1000L250 0M750 500L1000 1000"' in line_shape("x", [1, 3, None, 2, 1]).svg
    png = card_png(card_svg("a", "b", [line_shape("", [3, 1, 2, 3])], "", small=True))
    assert _near(_colors(png), "accent") > 4 * HEIGHT + 1_000
    below = Image.open(io.BytesIO(png)).convert("RGB").crop((16, HEIGHT // 2 - 38, WIDTH // 2, HEIGHT // 2))
    assert _near({color: n for n, color in below.getcolors() or []}, "accent") == 0, "it stays in its place"
