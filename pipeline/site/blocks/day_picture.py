"""Block `day`: the system in one picture: water in its reservoirs, the hours of a day by source, who used the energy.

Three panels, each of its own day, so that a phone sets them below each other; the image to take away has them side by
side. A vessel is as wide as it can hold and as full as it is: what is filled of all is what is kept of all.
"""

from __future__ import annotations

import datetime as dt
import html
import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from pipeline.catalog.schema import Block
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.blocks.chart_files import save_rows
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.blocks.takeaway import map_svg, taken
from pipeline.site.charts import LegendItem
from pipeline.site.drawing import theme
from pipeline.site.drawing.layout import spread
from pipeline.site.table import Cell, Header, Table

COLUMNS = ("part", "ordinal", "name", "value", "energy", "day")
OPTIONS = ("titles", "boards", "water", "hour", "use")
WIDTH: Final = 344
TALL: Final = 248
_TOP, _LOW, _BAR, _GAP, _PAIR = 8, 24, 96, 28, 40
_LETTER, _LINE = 7.6, 18  # mean width of a letter, height of a line [units of the drawing]
_LETTERS = 48  # of a line over a panel in the image
_USES = ("accent", "muted", "context", "ink")


@dataclass(frozen=True)
class Panel:
    """A part of the picture: its title, the board it leads to, its figure in words, its drawing."""

    title: str
    board: str
    told: str
    drawing: str

    def svg(self, uid: str) -> str:
        """Return the drawing as an image that says what it shows."""
        named = (
            f'<title id="{uid}-t">{html.escape(self.title)}</title><desc id="{uid}-d">{html.escape(self.told)}</desc>'
        )
        box = f'class="static day" viewBox="0 0 {WIDTH} {TALL}" role="img" aria-labelledby="{uid}-t {uid}-d"'
        return f"<svg {box}>{named}{self.drawing}</svg>"


@dataclass(frozen=True)
class DayPiece:
    """A row: a reservoir [GWh], a source in an hour [MW] or a use [GWh]; NaN where the query gives nothing.

    `energy` [GWh] and `share` [%] are those of its whole part.
    """

    part: str
    name: str
    value: float
    x: float
    whole: float
    mark: float
    energy: float
    share: float
    day: dt.date


@block_type("day", COLUMNS, optional=("x", "whole", "mark", "share"), options=OPTIONS)
def day(block: Block, rows: pd.DataFrame, place: Place) -> ChartView:
    """Return the picture with its table; a part without rows is left out, and without any the page says why.

    Options `titles` and `boards` name the three parts and the boards they lead to; `water`, `hour` and `use` are the
    words of their figures, with places for what is known of each.
    """
    base = ChartView(block.id, block.type, block.title, block.subtitle, block.note)
    pieces = _pieces(rows)
    panels = list(_panels(block, pieces))
    if not panels:
        return replace(base, empty=place.missing(block))
    known = {board.slug for board in place.site.catalog.boards.values()}
    ways = [f"{place.words.up}tableros/{each.board}/" if each.board in known else "" for each in panels]
    sources = theme.stacking(sorted({piece.name for piece in pieces if piece.part == "hour" and piece.value > 0}))
    tokens = theme.series_tokens(sources)
    view = replace(
        base,
        svg=_beside(block.id, panels, [""] * len(panels)),  # a page to embed leads to its board by its own link
        box="k-day",
        height=TALL,
        files=save_rows(block, rows.dropna(axis=1, how="all"), place),
        legend=tuple(LegendItem(name, tokens[name]) for name in sources),
        table=_table(pieces),
        until=spanish.date(max(piece.day for piece in pieces)),
    )
    view = taken(view, rows, place, lambda shown, source: map_svg(replace(shown, svg=_joined(panels)), source))
    return replace(view, svg=_beside(block.id, panels, ways))


def _beside(block: str, panels: Sequence[Panel], ways: Sequence[str]) -> str:
    """Return the panels of a page, which sets them beside or below each other, with the ways that their titles open."""
    drawn = []
    for number, (panel, way) in enumerate(zip(panels, ways, strict=True)):
        title = html.escape(panel.title)
        head = f'<a href="{way}">{title}</a>' if way else title
        told = f"<h3>{head}</h3><p>{html.escape(panel.told)}</p>"
        drawn.append(f'<div class="day-panel">{told}{panel.svg(f"g-{block}-{number}")}</div>')
    return f'<div class="day-panels">{"".join(drawn)}</div>'


def _pieces(rows: pd.DataFrame) -> list[DayPiece]:
    names = ("value", "x", "whole", "mark", "energy", "share")
    rows = rows.reindex(columns=["part", "name", *names, "day"]).dropna(subset=["value"])
    numbers = {name: rows[name].astype("float64").tolist() for name in names}
    days = [moment.date() for moment in pd.to_datetime(rows["day"])]
    return [DayPiece(*told) for told in zip(rows["part"], rows["name"], *numbers.values(), days, strict=True)]


def _panels(block: Block, pieces: Sequence[DayPiece]) -> Iterator[Panel]:
    draw = {"water": _water, "hour": _hours, "use": _uses}
    names = [[part.strip() for part in str(block.options.get(key, "")).split(",")] for key in ("titles", "boards")]
    for (part, drawn), title, board in zip(draw.items(), *names, strict=True):
        own = [piece for piece in pieces if piece.part == part]
        if own:
            drawing, known = drawn(own)
            known |= {"energy": spanish.quantity(own[0].energy, "GWh", 0 if part == "water" else 1)}
            when = spanish.date(max(piece.day for piece in own))
            yield Panel(title, board, f"{str(block.options[part]).format(**known)}, {when}", drawing)


def _water(vessels: Sequence[DayPiece]) -> tuple[str, dict[str, str]]:
    """Return vessels side by side, the widest first, with the level below which each must not fall."""
    total = sum(each.whole for each in vessels)
    room, drawn, x = TALL - _TOP - _LOW, [], 0.0
    for each in sorted(vessels, key=lambda piece: (-piece.whole, piece.name)):
        wide, part = each.whole / total * WIDTH, min(each.value / each.whole, 1.0)  # what spills over is not drawn
        words = (
            f"{each.name}: {spanish.percent(each.value / each.whole * 100)} de {spanish.quantity(each.whole, 'GWh', 0)}"
        )
        body = max(wide - 2, 1)
        place = f'x="{x:.1f}" width="{body:.1f}"'
        inside = (
            f"<title>{html.escape(words)}</title>"
            f'<rect class="vessel" {place} y="{_TOP}" height="{room}"/>'
            f'<rect class="f-hidraulica" {place} y="{_TOP + (1 - part) * room:.1f}" height="{part * room:.1f}"/>'
        )
        if not math.isnan(each.mark):
            inside += f'<path class="least" d="M{x:.1f} {_TOP + (1 - each.mark / each.whole) * room:.1f}h{body:.1f}"/>'
        if wide >= _LINE and part * room >= len(each.name) * _LETTER + 8:
            at = f"{x + body / 2 + 5:.1f} {TALL - _LOW - 6}"
            inside += f'<text class="in" transform="translate({at}) rotate(-90)">{html.escape(each.name)}</text>'
        drawn.append(f"<g>{inside}</g>")
        x += wide
    return f'<path class="grid" d="M0 {_TOP}h{WIDTH}"/>{"".join(drawn)}', {"share": spanish.percent(vessels[0].share)}


def _hours(powers: Sequence[DayPiece]) -> tuple[str, dict[str, str]]:
    """Return a bar an hour, its sources one on the other."""
    order = theme.stacking(sorted({piece.name for piece in powers if piece.value > 0}))
    tokens, sums = theme.series_tokens(order), [0.0] * 24
    for piece in powers:
        sums[int(piece.x)] += piece.value
    top, room, wide = max(sums), TALL - _TOP - _LOW, WIDTH / 24
    below, drawn = [0.0] * 24, []
    for name in order:
        bars, energy = "", 0.0
        for piece in powers:
            if piece.name == name and piece.value > 0:
                hour, tall = int(piece.x), piece.value / top * room
                foot = _TOP + (1 - below[hour] / top) * room
                bars += f"M{hour * wide:.1f} {foot:.1f}v{-tall:.1f}h{wide - 1:.1f}v{tall:.1f}z"
                below[hour] += piece.value
                energy += piece.value / 1000
        words = html.escape(f"{name}: {spanish.quantity(energy, 'GWh', 1)}")
        edge = theme.EDGES.get(tokens[name])
        style = f"f-{tokens[name]}" + (f" l thin s-{edge}" if edge else "")
        drawn.append(f'<path class="{style}" d="{bars}"><title>{words}</title></path>')
    ends = {0: "tx-s", 24: "tx-e"}
    drawn += [
        f'<text class="{ends.get(hour, "tx")}" x="{hour * wide:.0f}" y="{TALL - 6}">{hour} h</text>'
        for hour in (0, 6, 12, 18, 24)
    ]
    return "".join(drawn), {"peak": spanish.quantity(top, "MW", 0), "hour": str(sums.index(top))}


def _uses(uses: Sequence[DayPiece]) -> tuple[str, dict[str, str]]:
    """Return one bar cut by use, each part named beside it."""
    total, room, start = sum(each.value for each in uses), TALL - 2, 0.0
    said = [f"{spanish.quantity(each.value, 'GWh', 1)}, {spanish.percent(each.value / total * 100)}" for each in uses]
    middles, drawn = [], []
    for each, words, token in zip(uses, said, _USES, strict=False):
        tall = each.value / total * room
        told = html.escape(f"{each.name}: {words}")
        place = f'x="0" y="{start:.1f}" width="{_BAR}" height="{max(tall - 1, 1):.1f}"'
        drawn.append(f'<rect class="f-{token}" {place}><title>{told}</title></rect>')
        middles.append(start + tall / 2)
        start += tall
    places = spread([max(middle, 14.0) for middle in middles], TALL - 20.0, _PAIR)
    for each, words, middle, at in zip(uses, said, middles, places, strict=True):
        drawn.append(
            f'<path class="lead" d="M{_BAR + 2} {middle:.1f}L{_BAR + _GAP - 6} {at:.1f}"/>'
            f'<text class="b" x="{_BAR + _GAP}" y="{at:.1f}">{html.escape(each.name)}</text>'
            f'<text x="{_BAR + _GAP}" y="{at + 16:.1f}">{html.escape(words)}</text>'
        )
    return "".join(drawn), {}


def _table(pieces: Sequence[DayPiece]) -> Table:
    """Return what the picture shows: reservoirs, sources over the day, uses."""
    energies: dict[tuple[str, str], float] = {}
    for piece in pieces:
        key = (piece.part, piece.name)
        energies[key] = energies.get(key, 0.0) + piece.value / (1000 if piece.part == "hour" else 1)
    days = {piece.part: piece.day for piece in pieces}
    wholes = {(piece.part, piece.name): piece.whole for piece in pieces if piece.part == "water"}
    sums = {part: sum(value for (of, _), value in energies.items() if of == part) for part in days}
    cells = tuple(
        (
            Cell(name),
            Cell(spanish.number(value, 1)),
            Cell(spanish.percent(value / wholes.get((part, name), sums[part]) * 100)),
            Cell(spanish.date(days[part])),
        )
        for (part, name), value in energies.items()
        if value > 0
    )
    heads = (Header("Parte"), Header("Energía", "GWh", True), Header("De su total", "%", True), Header("Día"))
    return Table(heads, cells, len(cells))


def _joined(panels: list[Panel]) -> str:
    """Return the panels side by side, as one drawing."""
    step, head = WIDTH + 32, 76
    drawn = []
    for number, panel in enumerate(panels):
        x = number * step
        told = "".join(
            f'<text x="0" y="{38 + 18 * line}">{html.escape(words)}</text>'
            for line, words in enumerate(textwrap.wrap(panel.told, _LETTERS))
        )
        drawn.append(
            f'<text class="name3" x="{x}" y="16">{html.escape(panel.title)}</text><g class="day" transform='
            f'"translate({x} 0)">{told}<g transform="translate(0 {head})">{panel.drawing}</g></g>'
        )
    wide = step * len(panels) - 32
    return f'<svg class="static map" viewBox="0 0 {wide} {head + TALL}">{"".join(drawn)}</svg>'
