"""What a reader can take away of a chart: an image with its title and source, and a page to embed elsewhere.

The image is the address that is cited: it is named by its content, says what its data are, and stays for some nights
after newer data have replaced it (`pipeline/store/figure_albums.py`).
"""

from __future__ import annotations

import hashlib
import html
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pandas as pd

from pipeline.core.errors import RenderError
from pipeline.core.palette import PALETTE, light
from pipeline.site.blocks.block_types import Place
from pipeline.site.blocks.chart_view import ChartView, last_settled
from pipeline.site.blocks.figure_kit import FIGURES, data_version, metadata, qr_svg, shows_a_part
from pipeline.site.context import SiteContext, prefix_of
from pipeline.site.drawing.layout import BOTTOM, LEFT, RIGHT, TOP
from pipeline.site.page import make_page, source_words

WIDTH: Final = 1120  # [px]
_PAD, _HEAD, _FOOT, _ROW = 24, 84, 36, 24
_LETTER = 7.6  # mean width of a letter at 14 px [px]
_WARNINGS: Final = {"simulated": "DATOS SIMULADOS. ", "replayed": "DATOS DE PRUEBA. ", "xm": ""}
_TOKEN = re.compile(r"\b([sftb])-([a-z]+\d*(?:-[a-z]+)?)\b")
#: Rules of the drawing as the page's style sheet has them; `<token>` becomes its light colour.
_BASE = (
    "text{font:13px system-ui,'Segoe UI',Arial,sans-serif;fill:<muted>}"
    ".h{font-size:22px;font-weight:600;fill:<ink>}.k{font-size:14px;fill:<ink>}.lab{font-size:14px}"
    ".b{font-weight:650}.ty{text-anchor:end}.tx,.a-m{text-anchor:middle}"
    ".tx-s,.a-s{text-anchor:start}.tx-e,.a-e{text-anchor:end}path{vector-effect:non-scaling-stroke}"
    ".l{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}"
    ".thin{stroke-width:1}.dash{stroke-dasharray:5 4;stroke-linecap:butt}.crisp{shape-rendering:crispEdges}"
    ".hollow{fill:<ground>;stroke-width:1.5}.rules line{stroke:<rule>}.rules .zero,.rules .base{stroke:<context>}"
    ".marks{overflow:hidden}"
)
#: A map's own rules.
_MAP = (
    ".area{stroke:<ground>;stroke-width:.75;stroke-linejoin:round}.land{fill:<soft>;stroke:<context>}"
    ".inset{fill:none;stroke:<rule>}.wire{fill:none;stroke-width:1.5;stroke-linecap:round}"
    ".wire.s-context{stroke-width:.75}.dots{fill:none;stroke-width:5;stroke-linecap:round}"
    ".spot{fill-opacity:.8;stroke:<ground>}.key{fill:none;stroke:<muted>}"
    ".map text{font-size:18px;fill:<ink>;paint-order:stroke;stroke:<ground>;stroke-width:4px;stroke-linejoin:round}"
    ".map .keytext{fill:<muted>}"
    ".map .name3{font-weight:650}.day text{font-size:13px;fill:<muted>;stroke-width:0}.day .b{fill:<ink>}"
    ".day .in{fill:<ground>}.vessel{fill:<soft>}.least{stroke:<ink>;stroke-width:2}.grid{stroke:<rule>}"
    ".lead{fill:none;stroke:<context>}"
)
_RULE, _CLASSES = re.compile(r"([^{}]+)\{([^}]*)\}"), re.compile(r'class="([^"]*)"')
#: Only a page needs it: what is said of a drawing to those who do not see it, which stands in the image as words, and
#: the short labels of a narrow screen.
_PAGES = re.compile(
    r' role="img" aria-labelledby="[^"]*"|<title id="[^"]*-t">[^<]*</title>|<desc id="[^"]*">[^<]*</desc>'
    r'|<text class="[^"]* short"[^>]*>[^<]*</text>'
)
_NAME = re.compile(r"\.([a-z][\w-]*)")
_VIEW = re.compile(r'viewBox="0 0 (\d+) (\d+)"')
_NAME_LETTERS = 12
_LINE = 92  # letters of the source line of a map [characters]


Image = Callable[[ChartView, str], str]


def taken(view: ChartView, rows: pd.DataFrame, place: Place, image: Image, *, embed: bool = True) -> ChartView:
    """Return a drawn chart with its image and, with `embed`, its page to embed elsewhere.

    Args:
        view: The chart.
        rows: What it draws.
        place: Where it stands; both files go to its page's.
        image: Who makes the image of a chart of that type out of the view and the words of its source.
        embed: Whether it has a page to embed.
    """
    stem, source = f"{FIGURES}/{place.slug}/{view.id}", _source(place.site, view)
    version = data_version(rows, place.assets.get(f"assets/figures/{place.slug}/{view.id}.csv"))
    told = metadata(view, place, source, version, last_settled(rows))
    named = view
    if shows_a_part(place):
        named = replace(view, title=place.title, subtitle=", ".join(filter(None, (view.title, view.subtitle))))
    line = f"{source} Versión {version}." if place.width >= WIDTH else source  # a narrow image has no room for more
    drawn = image(named, line).replace("<style>", f"{told}<style>", 1)
    path = f"{stem}-{hashlib.sha256(drawn.encode()).hexdigest()[:_NAME_LETTERS]}.svg"
    place.assets[path] = drawn
    view = replace(view, image=path)
    if place.site.site_url:
        view = replace(view, qr=f"{stem}.qr.svg")
        place.assets[view.qr] = qr_svg(f"{place.site.site_url.rstrip('/')}/{place.address}#{view.id}")
    if not embed:
        return view
    view = replace(view, embed=f"incrustar/{place.slug}/{view.id}/")
    path = f"incrustar/{place.slug}/{view.id}.md"
    made = make_page(
        place.site,
        path,
        "embed",
        f"{view.title or place.title} · {place.title}",
        f"{view.title}. {view.subtitle}.",
        {"view": view, "page_title": place.title, "page_href": f"{prefix_of(path)}{place.address}#{view.id}"},
        head={"template": "embed.html", "search": False},
    )
    place.assets[path] = made.markdown
    return view


def _source(site: SiteContext, view: ChartView) -> str:
    until = f", datos hasta {view.until}" if view.until else ""
    return f"{_WARNINGS[site.run.source]}Fuente: {source_words(site)}{until}. Portal Energético de Colombia."


def map_svg(view: ChartView, source: str) -> str:
    """Return a map as an SVG file of its own, at its natural size; its credit goes below, on as many lines as it needs.

    Raises:
        RenderError: The map has no `viewBox`.
    """
    size = _VIEW.search(view.svg)
    if size is None:
        raise RenderError("A map does not say its size", hint="see charts/map.py", block=view.id)
    wide, tall = int(size.group(1)), int(size.group(2))
    keys, rows = _keys(view, wide + 2 * _PAD)
    top = _HEAD + rows * _ROW
    foot = textwrap.wrap(f"{source} {view.credit}".strip(), _LINE)
    height = top + tall + _FOOT + 18 * len(foot)
    place = f'<svg x="{_PAD}" y="{top}" width="{wide}" height="{tall}" class="map"'
    drawing = view.svg.replace('<svg class="static map"', place, 1)
    lines = "".join(
        f'<text x="{_PAD}" y="{top + tall + 28 + 18 * i}">{html.escape(words, quote=False)}</text>'
        for i, words in enumerate(foot)
    )
    return _page(view, (wide + 2 * _PAD, height), keys + drawing, lines, _MAP)


def image_svg(view: ChartView, source: str, width: int = WIDTH) -> str:
    """Return a chart as an SVG file of its own, `width` [px] wide: title, legend, drawing, source, in light colours."""
    left, right = _margins(view.box)
    keys, rows = _keys(view, width)
    top = _HEAD + rows * _ROW
    inner = view.height - TOP - BOTTOM if "k-mix" not in view.box else view.height
    wide = width - 2 * _PAD - left - right
    height = top + inner + BOTTOM + _FOOT
    drawing = view.svg.replace(
        '<svg class="static" width="100%" height="100%"',
        f'<svg class="static" x="{_PAD + left}" y="{top}" width="{wide}" height="{inner}" overflow="visible"',
        1,
    )
    line = f'<text x="{_PAD}" y="{height - 14}">{html.escape(source, quote=False)}</text>'
    return _page(view, (width, height), keys + drawing, line)


def _page(view: ChartView, size: tuple[int, int], drawing: str, foot: str, more: str = "") -> str:
    """Return the file around a drawing: its style, its title above and its source below."""
    (wide, tall), ground, drawing = size, light("ground"), _PAGES.sub("", drawing)
    style = style_of(drawing, more)
    title, subtitle = html.escape(view.title, quote=False), html.escape(view.subtitle, quote=False)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}">'
        f'<title>{title}</title><style>{style}</style><rect width="100%" height="100%" fill="{ground}"/>'
        f'<text class="h" x="{_PAD}" y="36">{title}</text><text x="{_PAD}" y="58">{subtitle}</text>'
        f"{drawing}{foot}</svg>\n"
    )


def style_of(drawing: str, more: str = "") -> str:
    """Return the rules that a drawing needs in a file of its own, in light colours.

    Args:
        drawing: SVG whose colours are classes.
        more: Rules besides those of every drawing.
    """
    used = sorted(set(_TOKEN.findall(drawing)))
    rules = re.sub(r"<([a-z]+)>", lambda match: light(match[1]), _worn(_BASE + more, drawing))
    return rules + "".join(_rule(kind, token) for kind, token in used if token in PALETTE)


def _worn(rules: str, drawing: str) -> str:
    """Return the rules that something in the drawing wears: a file carries no style for what it does not hold."""
    classes = {"h", *(name for names in _CLASSES.findall(drawing) for name in names.split())}
    return "".join(
        f"{selectors}{{{body}}}"
        for selectors, body in _RULE.findall(rules)
        if any(set(_NAME.findall(one)) <= classes for one in selectors.split(","))
    )


def _rule(kind: str, token: str) -> str:
    return f".{kind}-{token}{{{'stroke' if kind == 's' else 'fill'}:{light(token)}}}"


def _margins(box: str) -> tuple[int, int]:
    """Return the left and right margins [px] that the classes of the page's drawing stand for."""
    if "k-mix" in box:
        return 0, 0
    sides = dict(re.findall(r"\b([lr])(\d)\b", box))
    return (0, *LEFT)[int(sides.get("l", "1"))], RIGHT[int(sides.get("r", "0"))]


def _keys(view: ChartView, width: int) -> tuple[str, int]:
    """Return the legend as marks and words and how many lines it takes; labelled lines need none."""
    if "few" in view.box.split():
        return "", 0
    x, row, parts = _PAD, 0, []
    for item in view.legend:
        words = " ".join(p for p in (item.name, item.value, f"({item.share})" if item.share else "") if p)
        need = 18 + _LETTER * len(words) + 22
        if x + need > width - _PAD and x > _PAD:
            x, row = _PAD, row + 1
        y = _HEAD + 4 + row * _ROW
        parts.append(
            f'<rect class="f-{item.token}" x="{x:.0f}" y="{y - 11}" width="12" height="12" rx="3"/>'
            f'<text class="k" x="{x + 18:.0f}" y="{y}">{html.escape(words, quote=False)}</text>'
        )
        x += int(need)
    return "".join(parts), row + 1 if parts else 0
