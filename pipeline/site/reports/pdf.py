"""A report on paper: the same views as its page, set by Typst into a tagged A4 document, without a browser.

The template (`templates/reports/informe.typ`) reads one JSON document and the figures beside it. The same report gives
the same bytes: fonts are Typst's own, and the date of the document is that of the run.
"""

from __future__ import annotations

import html
import json
import math
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typst

from pipeline.core import spanish
from pipeline.core.clock import BOGOTA
from pipeline.core.errors import RenderError
from pipeline.site.blocks.chart_files import WARNINGS
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.blocks.figure_kit import qr_svg
from pipeline.site.blocks.section import Placed, SectionView
from pipeline.site.blocks.worded_table import WordedTableView
from pipeline.site.blocks.worded_text import WordedTextView
from pipeline.site.context import SiteContext
from pipeline.site.reports.period import Period
from pipeline.site.table import Table

TEMPLATE = "informe.typ"
#: What the standards of a document ask of it: a tagged one that a reader for the blind can read (PDF/UA-1).
STANDARD: Final = "ua-1"
_TAG, _BREAK = re.compile(r"<[^>]*>"), re.compile(r"<br\s*/?>")
_FONTS, _FONT = "system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif", "'Libertinus Serif'"
#: A drawing is stretched from so many units [px]; its rules that say how wide a line is, or how long its dashes are.
_UNITS, _BOX = 1000, re.compile(r'<svg class="static" x="\d+" y="\d+" width="(\d+)" height="(\d+)"')
_PEN, _NUMBER = (
    re.compile(r"(?<=\.l\{stroke-width:)[\d.]+|(?<=\.thin\{stroke-width:)[\d.]+|(?<=dasharray:)[\d. ]+"),
    re.compile(r"[\d.]+"),
)
_NO_FILL = "path.l:not([class*='f-']){fill:none}"  # a selector that Typst's own reader of SVG does not know


@dataclass(frozen=True)
class Printed:
    """What is printed of a report: the values of its page, and its files."""

    site: SiteContext
    period: Period
    values: Mapping[str, Any]
    files: Mapping[str, bytes]


def pdf_of(printed: Printed) -> bytes:
    """Return a report as a PDF.

    Raises:
        RenderError: The template does not compile; the message is Typst's.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = lay_out(printed, Path(folder))
        try:
            made: bytes = typst.compile(
                str(page), root=folder, format="pdf", ignore_system_fonts=True, pdf_standards=STANDARD,
                timestamp=printed.site.run.created.replace(tzinfo=BOGOTA),
            )  # fmt: skip
        except RuntimeError as error:
            message = f"A report cannot be printed: {error}"
            raise RenderError(message, hint=f"mend templates/reports/{TEMPLATE}") from error
    return made


def lay_out(printed: Printed, folder: Path) -> Path:
    """Put all that Typst reads of a report into a folder; return the template there."""
    templates = Path(printed.site.env.loader.searchpath[0]) / "reports"  # type: ignore[union-attr]
    shutil.copyfile(templates / TEMPLATE, folder / TEMPLATE)
    for name, content in printed.files.items():
        if name.endswith(".svg"):
            (folder / name).write_text(for_print(content.decode()), encoding="utf-8")
    document = _document(printed)
    if url := document["url"]:
        (folder / "qr.svg").write_bytes(qr_svg(str(url), ground=False))
    (folder / "informe.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return folder / TEMPLATE


def for_print(svg: str) -> str:
    """Return a figure that Typst draws as a browser does: in a font it has, lines not filled and as wide as they say.

    Typst knows no pen that keeps its width where the drawing is stretched: it gets one that is as much wider.
    """
    if box := _BOX.search(svg):
        stretch = math.sqrt(float(box[1]) * float(box[2])) / _UNITS
        svg = _PEN.sub(lambda rule: _NUMBER.sub(lambda n: f"{float(n[0]) / stretch:.3g}", rule[0]), svg)
    return svg.replace(_FONTS, _FONT).replace(_NO_FILL, ".l{fill:none}")


def plain(text: object) -> str:
    """Return the words of a piece of HTML, its line breaks as such."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", str(text)))).strip()


def _document(printed: Printed) -> dict[str, Any]:
    site, values = printed.site, printed.values
    url = f"{site.site_url.rstrip('/')}/{printed.period.address}/" if site.site_url else ""
    return {
        "title": values["name"],
        "kind": values["title"],
        "headline": values["headline"],
        "answer": [text for _, text in values["answer"]],
        "source": values["source"],
        "warning": WARNINGS[site.run.source],
        "published": spanish.long_date(site.run.today),
        "address": printed.period.address,
        "url": url,
        "items": [item for view in values["views"] for item in _items(view)] + [*_boards(values["boards"])],
        "method": values["method"],
        "versions": values["versions"],
    }


def _items(placed: Placed, level: int = 1) -> Iterator[dict[str, Any]]:
    """Yield what a block is on paper: headings, paragraphs, tables and figures, in their order."""
    views = placed.view if isinstance(placed.view, tuple) else (placed.view,)
    for view in views:
        if isinstance(view, SectionView):
            yield from _heading(view.title, level)
            for _, found in view.rows:
                for each in found:
                    yield from _items(each, level + 1)
        elif isinstance(view, WordedTextView):
            yield from _heading(view.title, level)
            yield {"type": "text", "paragraphs": [plain(text) for text in (*view.paragraphs, view.foot) if text]}
        elif isinstance(view, WordedTableView):
            yield from _heading(view.title, level)
            yield _table(view.table, view.caption) if view.table else {"type": "text", "paragraphs": [view.empty]}
        elif isinstance(view, ChartView):
            if view.svg:
                said = f"{view.title}: {view.subtitle}"
                yield {"type": "figure", "path": Path(view.image).name, "alt": said, "note": view.note}
            else:
                yield {"type": "text", "paragraphs": [f"{view.title}. {view.empty}"]}


def _heading(title: str, level: int) -> Iterator[dict[str, Any]]:
    if title:
        yield {"type": "heading", "level": level, "text": title}


def _table(table: Table, caption: str) -> dict[str, Any]:
    heads = [{"text": head.text, "unit": head.unit, "right": head.numeric} for head in table.headers]
    rows = [[plain(cell.text) for cell in row] for row in table.rows]
    return {"type": "table", "caption": caption, "heads": heads, "rows": rows}


def _boards(boards: tuple[tuple[str, str, str], ...]) -> Iterator[dict[str, Any]]:
    if boards:
        yield {"type": "heading", "level": 1, "text": "Lo que decían los tableros"}
        yield {"type": "text", "paragraphs": [f"{name}. {text}" for name, _, text in boards]}
