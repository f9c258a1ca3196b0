"""What a figure says of itself: the words, the state of its data and its addresses, carried inside its own image.

A reader who cites a figure needs all of it and the page needs none, so it travels in the `metadata` of the SVG: nothing
more is written a night, and an image that was saved still says what it is. The browser makes citations and the other
sizes and colours of the image from it (`site_src/js/citar.js`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import json
from collections.abc import Sequence

import pandas as pd
import segno

from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.context import PageFile, bytes_of, rows_hash
from pipeline.site.table import NONE, Cell, Table

FIGURES = "figuras"
VERSION_LETTERS = 12
#: Most series that a paragraph reads out, and most places of a ranking.
_SERIES, _PLACES = 6, 3
_METRICS = "metricas/"
_TIMES = {"Fecha": "el", "Día": "el", "Mes": "en", "Año": "en"}


def shows_a_part(place: Place) -> bool:
    """Return whether the charts of a page say only which part they show: alone, they need the name of the page."""
    return place.slug.startswith(_METRICS)


def data_version(rows: pd.DataFrame, saved: PageFile | None) -> str:
    """Return the version of the data of a figure: the start of the SHA-256 of its CSV, which anyone can compute.

    Args:
        rows: What is drawn.
        saved: Its CSV; a figure whose data stand in the downloads of its metric has none, and is told by its rows.
    """
    if saved is None:
        return rows_hash(rows)[:VERSION_LETTERS]
    return hashlib.sha256(bytes_of(saved)).hexdigest()[:VERSION_LETTERS]


def metadata(view: ChartView, place: Place, source: str, version: str, settled: tuple[dt.date, str] | None) -> str:
    """Return the `metadata` element of the image of a figure.

    Args:
        view: The figure.
        place: Where it stands.
        source: Its source line.
        version: State of its data.
        settled: Last settled day and what its positions are; None where there is no time.
    """
    title = view.title or place.title
    document = {
        "id": view.id,
        "title": f"{place.title}. {title}" if shows_a_part(place) else title,
        "subtitle": view.subtitle,
        "page": place.address,
        "pageTitle": place.title,
        "day": settled[0].isoformat()[: {"month": 7, "year": 4}.get(settled[1], 10)] if settled else "",
        "until": view.until,
        "version": version,
        "source": source,
        "told": values_told(view.table) if view.table else "",
    }
    text = json.dumps({k: v for k, v in document.items() if v}, ensure_ascii=False, separators=(",", ":"))
    return f"<metadata>{html.escape(text, quote=False)}</metadata>"


def values_told(table: Table) -> str:
    """Return the newest quotable values of a table of a figure in words; of names, those of its first places.

    Hours of the day or numbers have no newest, and a table shows some of them: nothing is told.
    """
    if not table.rows or len(table.headers) < 2:
        return ""
    lead = _TIMES.get(table.headers[0].text)
    if not lead and all(row[0].text.replace(",", "").isdecimal() for row in table.rows):
        return ""
    settled = [row for row in table.rows if not any(cell.state for cell in row) and _values(table, row)]
    if not settled:
        return ""
    if lead:
        return f"{lead} {settled[0][0].text}, {spanish.join(_values(table, settled[0]))}"
    return "; ".join(f"{row[0].text}, {spanish.join(_values(table, row))}" for row in settled[:_PLACES])


def _values(table: Table, row: Sequence[Cell]) -> list[str]:
    """Return the numbers of a row with their names and units; one column alone needs no name."""
    found = [
        (head, cell) for head, cell in zip(table.headers[1:], row[1:], strict=True)
        if head.numeric and cell.text != NONE
    ]  # fmt: skip
    alone = sum(head.numeric for head in table.headers[1:]) == 1
    return [
        f"{'' if alone else f'{head.text} '}{cell.text}{spanish.NBSP}{head.unit}".strip()
        for head, cell in found[:_SERIES]
    ]


def qr_svg(address: str, *, ground: bool = True) -> bytes:
    """Return the QR of an address as SVG, on a white ground with its margin where `ground`; equal in, equal bytes."""
    sink = io.BytesIO()
    code = segno.make(address, error="m", micro=False, boost_error=False)
    light, border = ("#fff", None) if ground else (None, 0)
    code.save(sink, kind="svg", xmldecl=False, scale=4, nl=False, light=light, border=border)
    return sink.getvalue()
