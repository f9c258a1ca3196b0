"""Every page shows data, and where it has none it says why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pipeline.flow import Line as Portal
from tests.bench.html_tree import Element, read_tree
from tests.bench.portals import Portals
from tests.bench.table import Line, at_least, exactly, told

HOME = "inicio"
#: Pages that are no board and must show data all the same.
OTHERS: Final = ("metricas/", "metricas/Gene/", "metricas/DemaSIN/", "estado/", "pronosticos/", "consulta/")
_REASON = 110  # letters of a reason that are told


@dataclass
class Shown:
    """What a page shows: blocks with data, and those without, with what they say instead."""

    filled: int = 0
    empty: dict[str, str] = field(default_factory=dict)

    @property
    def works(self) -> bool:
        """It has data, and where it has none it says why."""
        return self.filled > 0 and all(self.empty.values())


def bench_shown(portals: Portals) -> list[Line]:
    """Look at every board and at the pages beside them, on the demo and on the real values."""
    return [*_portal_lines("demo", portals.demo()), *_portal_lines("real", portals.real())]


def _portal_lines(name: str, portal: Portal) -> list[Line]:
    others = [look(portal, address) for address in OTHERS]
    boards = {slug: look(portal, _address(slug)) for slug in portal.catalog.boards}
    lines = [
        exactly(f"{name}: pages beside the boards working, with data", sum(o.works for o in others), len(OTHERS)),
        exactly(f"{name}: all boards working, with data", sum(b.works for b in boards.values()), len(boards)),
        at_least(f"{name}: blocks with data", sum(board.filled for board in boards.values()), 1),
    ]
    for slug, board in boards.items():
        for block, reason in board.empty.items():
            lines.append(told(f"{name}: no data, {slug}/{block}: {reason[:_REASON] or 'NO REASON GIVEN'}", 0))
    return lines


def _address(slug: str) -> str:
    return "" if slug == HOME else f"tableros/{slug}/"


def look(portal: Portal, address: str) -> Shown:
    """Return what a page shows; a page that is not there shows nothing."""
    path = portal.paths.site / address / "index.html"
    shown = Shown()
    if not path.is_file():
        return shown
    page = read_tree(path.read_text(encoding="utf-8"))
    main = page.by_id("contenido") or page
    for block in main.walk():
        if not set(block.classes) & {"kpi", "chart", "tableblock", "theme", "pe-sql"} and block.tag != "dl":
            continue
        without = block.first(kind="empty") or (block.first(kind="why") if "kpi--empty" in block.classes else None)
        if without is not None:
            shown.empty[block.attributes.get("id", block.tag)] = without.text
        elif _has_content(block):
            shown.filled += 1
    return shown


def _has_content(block: Element) -> bool:
    """Return whether a block shows a figure, a drawing, a table with rows or a field to type in."""
    drawn = any(e.tag in {"path", "rect", "circle"} for svg in block.all("svg") for e in svg.walk())
    rows = any(body.first("tr") for body in block.all("tbody"))
    return drawn or rows or any(e.tag in {"data", "textarea", "dd"} for e in block.walk())
