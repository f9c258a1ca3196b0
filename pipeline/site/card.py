"""The card of a page: what a message that links to it shows, with its question, its figure and its picture.

Drawn as SVG from what the page shows anyway and turned into a small PNG, with fonts of our own, so that the same page
gives the same bytes wherever it is made.
"""

from __future__ import annotations

import hashlib
import html
import importlib.util
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Final

import resvg_py
from PIL import Image, ImageFont

from pipeline.core.errors import ToolMissing
from pipeline.core.palette import light
from pipeline.site.blocks.block_types import Place
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.blocks.kpi import KpiView
from pipeline.site.blocks.takeaway import style_of
from pipeline.site.context import Raster
from pipeline.site.page import source_words
from pipeline.site.shells import BANNERS

FOLDER: Final = "tarjetas"
WIDTH, HEIGHT = 1200, 630  # [px], what the networks ask for
_LEFT, _TOP, _WIDE = 64, 60, WIDTH - 2 * 64
_BELOW = HEIGHT - 84  # where the picture ends [px]
_BESIDE = 436  # width of the figure beside the picture [px]
_HEADLINE, _LINES = (44, 38, 33, 28), 3  # sizes [px], and how many lines there is room for
_COLORS = 24
_FONTS: Final = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
_FAMILY: Final = "DejaVu Sans"
_RULES = re.compile(r'<g class="rules">.*?</g>')
_MARKS = re.compile(r'class="marks">(.*?)</svg>')
_PATH = re.compile(r'(?<= d=")[^"]*')
_STEP = re.compile(r"[A-Za-z]|-?(?:\d+(?:\.\d+)?|\.\d+)")
_SPOT = re.compile(r"<circle [^>]*/>")
_UNITS = 1000  # of the inner drawing (drawing/svg.py)


@dataclass(frozen=True)
class CardLine:
    """A line without numbers: what it is, and its drawing."""

    title: str
    svg: str


def line_shape(title: str, values: Sequence[float | None]) -> CardLine:
    """Return the line through values at equal distances, from lowest to highest; broken where one is missing."""
    known = [value for value in values if value is not None]
    low, tall = min(known), (max(known) - min(known)) or 1.0
    wide = max(len(values) - 1, 1)
    steps, gap = [], True
    for place, value in enumerate(values):
        if value is not None:
            at = f"{place / wide * _UNITS:.0f} {(1 - (value - low) / tall) * _UNITS:.0f}"
            steps.append(f"{'M' if gap else 'L'}{at}")
        gap = value is None
    return CardLine(title, f'<svg class="marks"><path class="l s-accent" d="{"".join(steps)}"/></svg>')


def add_card(
    place: Place, title: str, headline: str, views: Iterable[object], *, small: bool = False
) -> dict[str, object]:
    """Add the card of a page to its files; return the front matter that names it."""
    path, run = f"{FOLDER}/{place.slug}.png", place.site.run
    warning = BANNERS.get(run.source, {}).get("title", "")
    svg = card_svg(title, headline, views, source_words(place.site), warning, small=small)
    place.assets[path] = Raster(hashlib.sha256(f"{_drawn_by()}{svg}".encode()).hexdigest(), partial(card_png, svg))
    return {"card": path} | ({"card_small": True} if small else {})


@cache
def _drawn_by() -> str:
    """Return what draws a card besides its own text: this module and the libraries."""
    return Path(__file__).read_text(encoding="utf-8") + version("resvg_py") + version("pillow")


def card_svg(
    title: str, headline: str, views: Iterable[object], source: str, warning: str = "", *, small: bool = False
) -> str:
    """Return the drawing of the card of a page.

    Args:
        title: What the page is called.
        headline: Its question, or what it says first.
        views: What its blocks show; the first figure and the first drawing on axes are taken.
        source: Whose data they are.
        warning: Said where the data are not real.
        small: Half as wide and as high, for pages that are many: the least that networks show across a message, in a
            quarter of the time.

    Raises:
        ToolMissing: The fonts are not installed.
    """
    shown = list(views)
    figure = next((view for view in shown if isinstance(view, KpiView) and view.value), None)
    drawn = next((view for view in shown if isinstance(view, ChartView | CardLine) and _MARKS.search(view.svg)), None)
    size, lines = next(
        (size, lines)
        for size in _HEADLINE
        if len(lines := _wrapped(headline, size, bold=True)) <= _LINES or size == _HEADLINE[-1]
    )
    parts = [
        _text("Portal Energético de Colombia", _TOP, 24, "accent", bold=True),
        _text(title, _TOP + 44, 26, "muted"),
        *(_text(line, _TOP + 102 + round(1.22 * size) * row, size, "ink", bold=True) for row, line in enumerate(lines)),
        _text(warning, _TOP, 24, "bad", bold=True, end=True),
        _text(f"Fuente: {source}", HEIGHT - 36, 22, "muted"),
    ]
    top, left = _TOP + 78 + round(1.22 * size) * len(lines), _BESIDE if figure else 0
    if figure:
        parts += _figure(figure)
    picture = _picture(drawn, (_LEFT + left, top + 24, _WIDE - left, _BELOW - top - 24)) if drawn else ""
    if drawn:
        parts.append(_text(drawn.title, HEIGHT - 36, 22, "muted", end=True))
    style = f"{style_of(picture)}text{{font-family:'{_FAMILY}'}}.l{{stroke-width:4}}.thin{{stroke-width:2}}"
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{light("ground")}"/>'
    bar = f'<rect width="16" height="{HEIGHT}" fill="{light("accent")}"/>'
    part = 2 if small else 1
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH // part}" height="{HEIGHT // part}"'
    text = f'<svg xmlns="http://www.w3.org/2000/svg" {box}><style>{style}</style>{ground}{bar}{picture}'
    return f"{text}{''.join(parts)}</svg>"


def _figure(view: KpiView) -> list[str]:
    """Return the figure of a page with its unit, its name and its day."""
    wide = _BESIDE - 40
    size = next(size for size in (96, 80, 64, 48, 40) if size == 40 or _length(view.value, size, bold=True) <= wide)
    named = _wrapped(view.title, 24, wide=wide)[:2]
    return [
        _text(view.value, 400, size, "ink", bold=True),
        _text(view.unit, 440, 28, "muted"),
        *(_text(line, 484 + 32 * row, 24, "ink") for row, line in enumerate(named)),
        _text(view.when, 484 + 32 * len(named), 24, "muted"),
    ]


def _picture(view: ChartView | CardLine, place: tuple[int, int, int, int]) -> str:
    """Return the marks of a drawing without its words, in its place on the card: x, y, width and height [px]."""
    x, y, width, height = place
    marks = "".join(_MARKS.findall(view.svg))
    scaled = _PATH.sub(lambda found: _scaled(found[0], width / _UNITS, height / _UNITS), marks)
    rules = "".join(_RULES.findall(view.svg))
    spots = "".join(_SPOT.findall(view.svg))
    box = f'<svg x="{x}" y="{y}" width="{width}" height="{height}" overflow="visible">'
    return f"{box}{rules}{scaled}{spots}</svg>"


def _scaled(path: str, wide: float, tall: float) -> str:
    """Return a path of our drawings stretched; its strokes are not, as they would be by a transformation."""
    found, command, turn = [], "", 0
    for step in _STEP.findall(path):
        if step.isalpha():
            found.append(step)
            command, turn = step, 0
            continue
        factor = tall if command in "Vv" or (command in "MLl" and turn % 2) else wide
        found.append(f"{float(step) * factor:.1f}")
        turn += 1
    return " ".join(found)


def _text(words: str, y: int, size: int, token: str, *, bold: bool = False, end: bool = False) -> str:
    """Return a line of words, from the left edge or up to the right one."""
    if not words:
        return ""
    place = f'x="{_LEFT + _WIDE}" text-anchor="end"' if end else f'x="{_LEFT}"'
    look = f"fill:{light(token)};font-size:{size}px;font-weight:{700 if bold else 400}"
    return f'<text {place} y="{y}" style="{look}">{html.escape(words, quote=False)}</text>'


def _wrapped(words: str, size: int, *, bold: bool = False, wide: float = _WIDE) -> list[str]:
    """Return words on lines that fit."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _length(longer, size, bold=bold) > wide:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _length(words: str, size: int, *, bold: bool) -> float:
    return _font(size, bold=bold).getlength(words)


@cache
def _font(size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_fonts()[int(bold)], size)


@cache
def _fonts() -> tuple[str, ...]:
    """Return the files of the fonts: those that Matplotlib brings, the same wherever it is installed."""
    found = importlib.util.find_spec("matplotlib")
    folder = Path(str(found.origin)).parent / "mpl-data" / "fonts" / "ttf" if found else Path()
    files = tuple(str(folder / name) for name in _FONTS)
    if not all(Path(file).is_file() for file in files):
        raise ToolMissing(
            "The fonts of the cards are not installed",
            hint="install the locked requirements again with ./inv (package matplotlib)",
            folder=folder,
        )
    return files


def card_png(svg: str) -> bytes:
    """Return the drawing of a card as a PNG of few colours: a third of the bytes."""
    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=list(_fonts()), font_family=_FAMILY)
    sink = io.BytesIO()
    picture = Image.open(io.BytesIO(bytes(png))).convert("RGB")
    few = picture.quantize(_COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(sink, "PNG", optimize=True)
    return sink.getvalue()
