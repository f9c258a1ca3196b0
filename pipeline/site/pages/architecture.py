"""The page "Arquitectura": the rooms of the package and what each reads of the others, drawn from the imports."""

from __future__ import annotations

import ast
import html
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pipeline.core import spanish

#: What each room is for, in the reader's language; a test asks for the words of every room there is.
WORDS: Final = MappingProxyType(
    {
        "catalog": "Lo declarado: métricas, tableros, pronósticos, fuentes, glosario y su esquema.",
        "check": "Prueba las declaraciones y cada consulta, sobre un lago vacío y otro pequeño.",
        "core": "Lo que todos usan: errores, unidades, fechas, ajustes, formatos y colores.",
        "emulator": "Un servidor local que habla como XM y SIMEM, para la demostración y las pruebas.",
        "flow": "La línea completa, de arriba abajo.",
        "forecast": "Los pronósticos: series, modelos, prueba hacia atrás, bandas y elección.",
        "ingest": "Pone el lago al día: pregunta a cada fuente con paciencia, archiva, lee, revisa y guarda.",
        "narrate": "Los textos: afirmaciones calculadas en SQL, redactadas y verificadas cifra por cifra.",
        "operate": "Lo que el operador pregunta: estado, verificación, recuperación.",
        "provenance": "De lo publicado a la respuesta de la fuente: cada paso, comprobado sin red.",
        "site": "Dibuja las páginas y arma el sitio: gráficos, archivos, API, buscador y revisión final.",
        "store": "Lo guardado: respuestas originales, lago en Parquet, bodega y copia en PostgreSQL.",
    }
)
_WIDE, _TALL, _GAP, _LINE = 176, 60, 28, 96  # box, space between boxes, between rows [units of the drawing]
_ROOM = 5  # boxes in a row


@dataclass
class Room:
    """A room: how many modules and lines it has and how many of its imports lead to each other room."""

    name: str
    modules: int = 0
    lines: int = 0
    reads: Counter[str] = field(default_factory=Counter)


@cache
def rooms(package: Path) -> Mapping[str, Room]:
    """Return the rooms below `package` (folders and single modules), with what each imports of the others."""
    names = {path.name if path.is_dir() else path.stem for path in package.iterdir()} - {"__init__", "__pycache__"}
    found: dict[str, Room] = {}
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).parts[0].removesuffix(".py")
        if name == "__init__":
            continue
        room = found.setdefault(name, Room(name))
        text = path.read_text(encoding="utf-8")
        room.modules += 1
        room.lines += text.count("\n")
        room.reads.update(other for other in _imported(text, package.name) if other in names and other != name)
    return MappingProxyType(found)


def _imported(text: str, package: str) -> list[str]:
    """Return the rooms a module imports from, one for each import."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            whole = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == package else [node.module]
        elif isinstance(node, ast.Import):
            whole = [alias.name for alias in node.names]
        else:
            continue
        found += [name.split(".")[1] for name in whole if name.startswith(f"{package}.")]
    return found


def levels(found: Mapping[str, Room]) -> list[list[str]]:
    """Return the rooms in rows, the ones that read the others first; a room stands above all that it reads."""
    heights: dict[str, int] = {}
    open_rooms: set[str] = set()

    def height(name: str) -> int:
        if name in open_rooms:
            return 0  # two rooms that read each other stand side by side
        if name not in heights:
            open_rooms.add(name)
            heights[name] = max((height(other) + 1 for other in found[name].reads if other in found), default=0)
            open_rooms.discard(name)
        return heights[name]

    for name in sorted(found):
        height(name)
    top = max(heights.values(), default=0)
    return [sorted(n for n, h in heights.items() if h == level) for level in range(top, -1, -1)]


def _needed(found: Mapping[str, Room]) -> list[tuple[str, str]]:
    """Return the arrows to draw: those that no longer way implies."""

    def beyond(name: str, seen: set[str]) -> set[str]:
        for other in found[name].reads:
            if other in found and other not in seen:
                seen.add(other)
                beyond(other, seen)
        return seen

    arrows = []
    for name in sorted(found):
        direct = sorted(other for other in found[name].reads if other in found)
        implied = {far for other in direct for far in beyond(other, set())}
        arrows += [(name, other) for other in direct if other not in implied]
    return arrows


def drawing(found: Mapping[str, Room]) -> str:
    """Return the rooms and arrows as SVG, in the page's own colours; equal code gives equal bytes."""
    rows = [row[i : i + _ROOM] for row in levels(found) for i in range(0, len(row), _ROOM)]
    width = _ROOM * _WIDE + (_ROOM - 1) * _GAP
    places = {}
    for line, row in enumerate(rows):
        left = (width - len(row) * _WIDE - (len(row) - 1) * _GAP) / 2
        for index, name in enumerate(row):
            places[name] = (left + index * (_WIDE + _GAP), 2 + line * (_TALL + _LINE))
    arrows = "".join(_arrow(places[one], places[other]) for one, other in _needed(found))
    boxes = "".join(_box(found[name], *place) for name, place in places.items())
    height = len(rows) * (_TALL + _LINE) - _LINE + 4
    return (
        f'<svg class="pe-rooms" viewBox="-2 0 {width + 4} {height}" role="img" aria-labelledby="rooms-t">'
        '<title id="rooms-t">Las partes del programa; cada flecha va de la que usa a la que es usada</title>'
        '<defs><marker id="rooms-m" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path class="f-muted" d="M0 0L8 4L0 8Z"/></marker></defs>{arrows}{boxes}</svg>'
    )


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    x0, y0, x1, y1 = start[0] + _WIDE / 2, start[1] + _TALL, end[0] + _WIDE / 2, end[1]
    bend = (y1 - y0) / 2
    d = f"M{x0:g} {y0:g}C{x0:g} {y0 + bend:g} {x1:g} {y1 - bend:g} {x1:g} {y1 - 2:g}"
    return f'<path class="pe-rooms__way s-muted" marker-end="url(#rooms-m)" d="{d}"/>'


def _box(room: Room, x: float, y: float) -> str:
    middle = x + _WIDE / 2
    size = f"{spanish.plural(room.modules, 'módulo', 'módulos')}"
    return (
        f'<rect class="pe-rooms__box" x="{x:g}" y="{y:g}" width="{_WIDE}" height="{_TALL}" rx="8"/>'
        f'<text class="pe-rooms__name" x="{middle:g}" y="{y + 27:g}">{html.escape(room.name)}</text>'
        f'<text class="pe-rooms__size" x="{middle:g}" y="{y + 46:g}">{size}</text>'
    )


def architecture(package: Path) -> str:
    """Return the body of the page: the drawing and the same as a table.

    Args:
        package: Folder of the package.
    """
    found = rooms(package)
    order = [name for row in levels(found) for name in row]
    lines = "".join(
        f'<tr><th scope="row"><code>{html.escape(name)}</code></th><td>{html.escape(WORDS.get(name, ""))}</td>'
        f'<td class="pe-num">{spanish.number(found[name].modules, 0)}</td>'
        f'<td class="pe-num">{spanish.number(found[name].lines, 0)}</td>'
        f"<td>{html.escape(', '.join(sorted(o for o in found[name].reads if o in found)) or '—')}</td></tr>"
        for name in order
    )
    return (
        f'<div class="pe-scroll" tabindex="0" role="region" aria-label="Dibujo de las partes">{drawing(found)}</div>\n'
        '<div class="pe-scroll" tabindex="0" role="region" aria-label="Tabla de las partes">'
        '<table class="pe-table pe-rooms-table">'
        '<thead><tr><th scope="col">Parte</th><th scope="col">Qué hace</th><th scope="col">Módulos</th>'
        f'<th scope="col">Líneas</th><th scope="col">Usa</th></tr></thead><tbody>{lines}</tbody></table></div>'
    )
