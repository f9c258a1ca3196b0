"""A map of Colombia: departments by shade, lines by voltage, points by size. Inline SVG, no tiles, no script.

SQL contract, one row a shape: ``layer`` ('area', 'line' or 'point'), ``name``, and as far as known ``series`` (what
colours lines and points, and is said in the legend), ``value`` (shade of an area, size of a point), ``label`` (words
of the hover title and the table), ``lon`` and ``lat`` (points), ``path`` (areas and lines: `lon lat,lon lat`, parts
parted by `;` [degrees]). View ``map_department`` gives the outlines. Lines and points without label are drawn together,
one path a series, which is what keeps a network of a thousand lines small.

Options: ``palette`` (colour tokens in the order of the series), ``breaks`` (limits of the shades), ``none`` (words for
an area without value), ``names`` (how many of the greatest to write on the map), ``radius`` (of the greatest point).
Projection: equirectangular, true at 4° N; 1 unit = 1/60 of a degree. The islands of San Andrés y
Providencia stand in a box of their own.
"""

from __future__ import annotations

import html
import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import pandas as pd

from pipeline.core import spanish
from pipeline.core.errors import RenderError
from pipeline.site.charts.base import Picture, picture
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.drawing import theme

WEST, EAST, SOUTH, NORTH = -79.25, -66.75, -4.35, 12.65
SCALE: Final = 60
STRETCH: Final = math.cos(math.radians(4))
WIDTH, HEIGHT = round((EAST - WEST) * STRETCH * SCALE), round((NORTH - SOUTH) * SCALE)
#: The islands lie 600 km off the coast: drawn in a box (x, y, width, height), larger than the rest.
ISLANDS_WEST_OF, ISLANDS, INSET, MAGNIFIED = -80.0, (-81.8, 13.45), (14, 14, 72, 128), 1.7
SHADES: Final = ("heat1", "heat2", "heat4", "heat5", "heat6")
LETTER, TEXT = 9.2, 19  # width of a letter and height of a written name
LAYERS: Final = ("area", "line", "point")
Point = tuple[int, int]
Part = list[tuple[float, float]]


@dataclass(frozen=True)
class Shape:
    """One row of the contract: what is drawn, and what is known of it."""

    layer: str
    name: str
    series: str
    value: float | None
    label: str
    lon: float
    lat: float
    parts: tuple[Part, ...]


@dataclass
class _Board:
    """The drawing so far, and what all its shapes share."""

    spec: ChartSpec
    tokens: dict[str, str]
    breaks: list[float]
    top: float
    radius: float
    pieces: list[str] = field(default_factory=list)
    boxes: list[tuple[float, float, float, float]] = field(default_factory=list)

    def radius_of(self, value: float | None) -> float:
        """Return a radius whose circle is as large as the value asks, never too small to be seen."""
        if value is None or self.top <= 0:
            return 4.0
        return max(round(self.radius * math.sqrt(max(value, 0.0) / self.top), 1), 3.0)

    def words(self, value: float) -> str:
        """Return a value with its unit."""
        return f"{self.spec.text(value)} {spanish.unit_label(self.spec.unit)}".rstrip()


def place(lon: float, lat: float) -> Point:
    """Return the position of a place on the drawing."""
    if lon < ISLANDS_WEST_OF:
        west, north = ISLANDS
        k = SCALE * MAGNIFIED
        return round(INSET[0] + (lon - west) * STRETCH * k + 8), round(INSET[1] + (north - lat) * k + 8)
    return round((lon - WEST) * STRETCH * SCALE), round((NORTH - lat) * SCALE)


@picture(
    "map",
    columns=("layer", "name"),
    optional=("series", "value", "label", "lon", "lat", "path"),
    options=("sources", "table", "x_label", "series_label", "names", "radius", "none", "palette", "breaks"),
)
def draw_map(rows: pd.DataFrame, spec: ChartSpec, uid: str) -> Picture:
    """Draw rows of the module's contract.

    Raises:
        RenderError: A layer that is not one of the three.
    """
    shapes = _shapes(rows)
    areas, lines, points = ([s for s in shapes if s.layer == layer] for layer in LAYERS)
    tokens = _tokens([*lines, *points], spec)
    points = [s for s in points if not math.isnan(s.lon + s.lat)]
    points.sort(key=lambda s: -math.inf if s.value is None else s.value, reverse=True)
    top = max((s.value for s in points if s.value is not None), default=0.0)
    board = _Board(spec, tokens, _breaks(areas, spec), top, float(spec.options.get("radius", 26)))
    _areas(board, areas)
    _lines(board, lines)
    _points(board, points)
    _names(board, [*points, *(a for a in areas if a.value is not None)], int(spec.options.get("names", 0)))
    if top > 0:
        _size_key(board)
    legend = [*_shade_words(board, areas), *((name, token) for name, token in board.tokens.items() if name)]
    return Picture(_wrapped(board, uid), tuple(legend), HEIGHT)


def _shapes(rows: pd.DataFrame) -> list[Shape]:
    """Return the rows as shapes; what a query leaves out is unknown."""
    strange = set(rows["layer"]) - set(LAYERS)
    if strange:
        raise RenderError("A map has the layers area, line and point", hint="mend the SQL", found=sorted(strange))
    rows = rows.reindex(columns=["layer", "name", "series", "value", "label", "lon", "lat", "path"])
    return [
        Shape(
            str(r["layer"]),
            _text(r["name"]),
            _text(r["series"]),
            None if pd.isna(r["value"]) else float(r["value"]),
            _text(r["label"]),
            float(r["lon"]),
            float(r["lat"]),
            _parts(_text(r["path"])),
        )
        for r in rows.to_dict("records")
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _parts(path: str) -> tuple[Part, ...]:
    pairs = ([pair.split() for pair in part.split(",")] for part in path.split(";") if part)
    return tuple([(float(lon), float(lat)) for lon, lat in part] for part in pairs)


def _wrapped(board: _Board, uid: str) -> str:
    spec = board.spec
    named = f'<title id="{uid}-t">{html.escape(spec.title or spec.id)}</title>'
    named += f'<desc id="{uid}-d">{html.escape(spec.subtitle)}</desc>'
    return (
        f'<svg class="static map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{uid}-t {uid}-d">'
        f"{named}{''.join(board.pieces)}</svg>"
    )


def _tokens(shapes: Sequence[Shape], spec: ChartSpec) -> dict[str, str]:
    """Return the colour of each series of lines and points, in the order of the rows."""
    names = list(dict.fromkeys(s.series for s in shapes))
    chosen = [token.strip() for token in str(spec.options.get("palette", "")).split(",") if token.strip()]
    if chosen:
        return dict(zip(names, [*chosen, *["context"] * len(names)], strict=False))
    return theme.series_tokens(theme.stacking(names))


def _breaks(areas: Sequence[Shape], spec: ChartSpec) -> list[float]:
    """Return the limits between shades: declared, else round numbers that part the areas in similar groups."""
    declared = [float(part) for part in str(spec.options.get("breaks", "")).split(",") if part.strip()]
    if declared:
        return declared
    known = sorted(s.value for s in areas if s.value is not None and s.value > 0)
    if len(known) < len(SHADES):
        return []
    at = [known[len(known) * i // len(SHADES)] for i in range(1, len(SHADES))]
    return sorted({_rounded(v) for v in at})


def _rounded(value: float) -> float:
    """Return the nearest of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return float(f"{min((1, 2, 5, 10), key=lambda m: abs(m - value / power)) * power:g}")


def _shade(value: float, breaks: Sequence[float]) -> str:
    if not breaks:
        return SHADES[2]
    first = (len(SHADES) - 1 - len(breaks)) // 2
    return SHADES[min(first + bisect_right(breaks, value), len(SHADES) - 1)]


def _shade_words(board: _Board, areas: Sequence[Shape]) -> list[tuple[str, str]]:
    """Return the legend of the shades: words and colour token."""
    known = [s for s in areas if s.value is not None]
    if not known:
        return []
    unit = spanish.unit_label(board.spec.unit)
    ends = [spanish.number(limit, None if limit % 1 else 0) for limit in board.breaks]
    middle = [f"{a} a {b}" for a, b in pairwise(ends)]
    words = [f"menos de {ends[0]} {unit}", *middle, f"{ends[-1]} o más"] if ends else [f"con {unit}"]
    samples = [-math.inf, *board.breaks]  # a limit belongs to the shade above it
    items = [(text, _shade(value, board.breaks)) for text, value in zip(words, samples, strict=True)]
    return items + ([(_none(board.spec), "rule")] if len(known) < len(areas) else [])


def _none(spec: ChartSpec) -> str:
    return str(spec.options.get("none", "sin dato"))


def _areas(board: _Board, areas: Sequence[Shape]) -> None:
    shaded = any(s.value is not None for s in areas)
    for shape in areas:
        style = "land" if not shaded else "f-rule" if shape.value is None else f"f-{_shade(shape.value, board.breaks)}"
        words = shape.label or shape.name
        if shaded and not shape.label:
            words += f": {_none(board.spec) if shape.value is None else board.words(shape.value)}"
        d = _rings(shape.parts)
        board.pieces.append(f'<path class="area {style}" d="{d}"><title>{html.escape(words)}</title></path>')
    if areas:
        x, y, wide, tall = INSET
        board.pieces.append(f'<rect class="inset" x="{x}" y="{y}" width="{wide}" height="{tall}"/>')


def _rings(parts: Iterable[Part]) -> str:
    return "".join(f"{_path(ring)}Z" for part in parts if len(ring := _thinned(part)) > 3)


def outline(path: str) -> str:
    """Return the outline of an area (column `path` of the contract) as the drawing has it."""
    return _rings(_parts(path))


def _lines(board: _Board, lines: Sequence[Shape]) -> None:
    """Draw each series of lines: those without label in one path, the others with their hover title."""
    for name, token in board.tokens.items():
        own = [s for s in lines if s.series == name]
        plain = "".join(_path(_thinned(part)) for s in own if not s.label for part in s.parts)
        if plain:
            board.pieces.append(f'<path class="wire s-{token}" d="{plain}"/>')
        for shape in own:
            if shape.label and shape.parts:
                d = "".join(_path(_thinned(part)) for part in shape.parts)
                title = f"<title>{html.escape(shape.label)}</title>"
                board.pieces.append(f'<path class="wire s-{token}" d="{d}">{title}</path>')


def _points(board: _Board, points: Sequence[Shape]) -> None:
    """Draw points, the greatest below; those with neither value nor label share a path of dots."""
    plain: dict[str, list[str]] = {}
    for shape in points:
        token = board.tokens[shape.series] if shape.series else "accent"
        x, y = place(shape.lon, shape.lat)
        if shape.value is None and not shape.label:
            plain.setdefault(token, []).append(f"M{x} {y}h0")
            continue
        words = shape.label or (shape.name if shape.value is None else f"{shape.name}: {board.words(shape.value)}")
        board.pieces.append(
            f'<circle class="spot f-{token}" cx="{x}" cy="{y}" r="{board.radius_of(shape.value):g}">'
            f"<title>{html.escape(words)}</title></circle>"
        )
    board.pieces += [f'<path class="dots s-{token}" d="{"".join(d)}"/>' for token, d in plain.items()]


def _names(board: _Board, shapes: Sequence[Shape], count: int) -> None:
    """Write the names of the greatest, each where it covers neither another name nor another point."""
    circles = [(s, *place(s.lon, s.lat), board.radius_of(s.value)) for s in shapes if s.layer == "point"]
    known = [(s.value, s) for s in shapes if s.value is not None]
    for value, shape in sorted(known, key=lambda pair: -pair[0])[:count]:
        wide = len(shape.name) * LETTER
        x, y = _middle(max(shape.parts, key=len)) if shape.layer == "area" else place(shape.lon, shape.lat)
        off = board.radius_of(value) + 5
        spots = [(x - wide / 2, y + 6, "a-m")]
        if shape.layer == "point":
            spots = [(x + off, y + 6, "a-s"), (x - off - wide, y + 6, "a-e")]
            spots += [(x - wide / 2, y - off, "a-m"), (x - wide / 2, y + off + TEXT - 4, "a-m")]
        for left, base, anchor in spots:
            box = (left, base - TEXT, left + wide, base + 4)
            rounds = [(cx - r, cy - r, cx + r, cy + r) for other, cx, cy, r in circles if other is not shape]
            if box[0] > 0 and box[2] < WIDTH and not any(_cross(box, other) for other in [*board.boxes, *rounds]):
                board.boxes.append(box)
                at = {"a-s": left, "a-e": left + wide, "a-m": left + wide / 2}[anchor]
                where = f'x="{at:.0f}" y="{base:.0f}"'
                board.pieces.append(f'<text class="name {anchor}" {where}>{html.escape(shape.name)}</text>')
                break


def _cross(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _size_key(board: _Board) -> None:
    """Draw what a circle's size says, in the empty corner over the Pacific."""
    high = _rounded(board.top)
    x, base, line = 60, HEIGHT - 40, 0.0
    for value in (high, high / 5):
        r = board.radius_of(value)
        line = max(base - 2 * r + 8, line + 36)
        text = f"{spanish.number(value, 0 if value >= 10 else None)} {spanish.unit_label(board.spec.unit)}"
        board.pieces.append(f'<circle class="key" cx="{x}" cy="{base - r:g}" r="{r:g}"/>')
        board.pieces.append(f'<text class="keytext" x="{x + board.radius + 14:g}" y="{line:g}">{text}</text>')


def _thinned(part: Iterable[tuple[float, float]]) -> list[Point]:
    """Return the positions of a part without those that add nothing at this scale."""
    kept: list[Point] = []
    for spot in (place(lon, lat) for lon, lat in part):
        if kept and kept[-1] == spot:
            continue
        if len(kept) > 1 and _straight(kept[-2], kept[-1], spot):
            kept[-1] = spot
            continue
        kept.append(spot)
    return kept if len(kept) > 1 else kept * 2


def _straight(a: Point, b: Point, c: Point) -> bool:
    """Return whether `b` lies on the way from `a` to `c`."""
    turn = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
    along = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
    return turn == 0 and along >= 0


def _middle(part: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the centre of gravity of a ring, on the drawing."""
    spots = [place(lon, lat) for lon, lat in part]
    double, x, y = 0.0, 0.0, 0.0
    for (x0, y0), (x1, y1) in zip(spots, [*spots[1:], spots[0]], strict=True):
        cross = x0 * y1 - x1 * y0
        double, x, y = double + cross, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    return (x / (3 * double), y / (3 * double)) if double else (float(spots[0][0]), float(spots[0][1]))


def _path(spots: Sequence[Point]) -> str:
    """Return a polyline with relative steps."""
    (px, py), pieces = spots[0], []
    for x, y in spots[1:]:
        dx, dy = x - px, y - py
        pieces.append(f"{dx} {dy}" if dy >= 0 else f"{dx}{dy}")
        px, py = x, y
    steps = " ".join(pieces).replace(" -", "-")
    return f"M{spots[0][0]} {spots[0][1]}l{steps}"
