"""What a reader takes away of a chart: its image, its page to embed, and the spans it can be narrowed to."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import io
import json
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
import resvg_py
import segno
from PIL import Image, ImageColor

from pipeline.catalog.schema import Correction
from pipeline.core.errors import RenderError
from pipeline.core.palette import light
from pipeline.site.blocks.chart import declared_events
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.blocks.figure_kit import values_told
from pipeline.site.blocks.takeaway import map_svg
from pipeline.site.charts import LegendItem
from pipeline.site.context import Page, SiteContext
from pipeline.site.drawing.spans import spans
from pipeline.site.pages.board import board_page
from pipeline.site.pages.metric_page import metric_page
from pipeline.site.table import Cell, Header, Table
from tests.site.conftest import LINE, board

SVG = "{http://www.w3.org/2000/svg}"


def _image(page: Page) -> tuple[str, str]:
    """Return the address and the text of the one image of a page."""
    found = [(name, text) for name, text in page.assets.items() if name.startswith("figuras/") and ".qr." not in name]
    assert len(found) == 1
    return found[0][0], str(found[0][1])


def test_image_is_whole_and_carries_its_source(site: SiteContext) -> None:
    """Valid XML with title, subtitle and source; every class that colours something is in its own style."""
    page = board_page(site, board("demanda", LINE, metrics=["DemaSIN"]))
    root = ET.fromstring(_image(page)[1])
    words = " ".join(e.text or "" for e in root.iter(f"{SVG}text"))
    assert "La demanda, día a día" in words
    assert "DATOS SIMULADOS. Fuente: simulador del portal" in words
    style = root.findtext(f"{SVG}style") or ""
    used = {c for e in root.iter() for c in e.get("class", "").split() if c[:2] in {"s-", "f-", "t-"}}
    assert used
    assert all(f".{name}{{" in style for name in used)


def test_page_to_embed_has_the_chart_alone(site: SiteContext) -> None:
    """One chart, its downloads and the way back; it is another template and no search result."""
    page = board_page(site, board("demanda", LINE, metrics=["DemaSIN"]))
    text = page.assets["incrustar/demanda/diaria.md"]
    assert text.count("<figure") == text.count("<h1>") == 1
    assert 'template: "embed.html"' in text
    assert "search: false" in text
    assert 'href="../../../tableros/demanda/#diaria"' in text
    assert 'data-figure="../../../assets/figures/demanda/diaria.json"' in text
    assert "data-kit" not in text
    assert 'data-embed="../../incrustar/demanda/diaria/"' in page.markdown


def test_an_image_is_named_by_its_content_and_says_what_its_data_are(site: SiteContext) -> None:
    """Its name is its own hash, its version that of its CSV; new rows are another address, the same rows the same."""
    made = board("demanda", LINE, metrics=["DemaSIN"])
    page = board_page(site, made)
    name, text = _image(page)
    assert name == f"figuras/demanda/diaria-{hashlib.sha256(text.encode()).hexdigest()[:12]}.svg"
    told = json.loads(ET.fromstring(text).findtext(f"{SVG}metadata") or "")
    csv = page.assets["assets/figures/demanda/diaria.csv"]
    assert told["version"] == hashlib.sha256(str(csv).encode()).hexdigest()[:12]
    assert f"Versión {told['version']}." in text
    assert (told["title"], told["page"], told["day"]) == ("La demanda, día a día", "tableros/demanda/", "2026-11-16")
    assert told["told"] == "el 16\u00a0nov\u00a02026, 237,00\u00a0GWh"
    assert f'<a href="../../{name}" download>SVG</a><button type="button" data-kit ' in page.markdown
    assert _image(board_page(site, made)) == (name, text)
    site.con.execute("UPDATE metric_daily SET value = value + 1 WHERE metric = 'DemaSIN' AND day = '2026-11-10'")
    assert _image(board_page(site, made))[0] != name


def test_the_image_of_a_metric_names_it(site: SiteContext) -> None:
    """On its page a chart says which part it shows; alone it says of what, and so does its citation."""
    page = metric_page(site, site.catalog.metrics["DemaSIN"])
    text = next(str(text) for name, text in page.assets.items() if name.startswith("figuras/metricas/DemaSIN/serie-"))
    root = ET.fromstring(text)
    title = site.catalog.metrics["DemaSIN"].title
    assert [root.findtext(f"{SVG}title"), root.findtext(f"{SVG}text")] == [title, title]
    assert f">{title}" not in page.markdown.split('id="serie"')[1].split("</figcaption>")[0]
    assert json.loads(root.findtext(f"{SVG}metadata") or "")["title"].startswith(f"{title}. ")


def test_only_settled_values_are_told() -> None:
    """The newest row without an open state; what a table of names says first; nothing of hours and numbers."""
    price, share = Header("Bolsa", "COP/kWh", numeric=True), Header("Techo", "%", numeric=True)
    heads = (Header("Fecha"), price, Header("Nota"), share)
    open_row = (Cell("3 may 2026", state="provisional"), Cell("9"), Cell("x"), Cell("9"))
    rows = (open_row, (Cell("2 may 2026"), Cell("1.100"), Cell("x"), Cell("—")), (Cell("1 may 2026"), *[Cell("5")] * 3))
    assert values_told(Table(heads, rows, 3)) == "el 2 may 2026, Bolsa 1.100\u00a0COP/kWh"
    assert values_told(Table(heads, (open_row,), 1)) == ""
    names = (Header("Embalse"), Header("Valor", "%", numeric=True))
    listed = tuple((Cell(name), Cell(value)) for name, value in (("Peñol", "9"), ("Guavio", "—"), ("Betania", "7")))
    assert values_told(Table(names, listed, 3)) == "Peñol, 9\u00a0%; Betania, 7\u00a0%"
    assert values_told(Table((Header("Hora"), names[1]), ((Cell("23"), Cell("9")),), 1)) == ""


def test_the_code_of_an_address_is_read_back(site: SiteContext) -> None:
    """The modules of the drawing are those of the code of the page's public address; without one there is none."""
    public = dataclasses.replace(site, site_url="https://portal.example/energia/")
    made = board("demanda", LINE, metrics=["DemaSIN"])
    page = board_page(public, made)
    drawn = page.assets["figuras/demanda/diaria.qr.svg"]
    png = resvg_py.svg_to_bytes(svg_string=bytes(drawn).decode())
    picture = Image.open(io.BytesIO(png)).convert("L")
    wanted = segno.make("https://portal.example/energia/tableros/demanda/#diaria", error="m", micro=False).matrix
    side = picture.width // 4
    read = [[picture.getpixel((4 * x + 2, 4 * y + 2)) < 128 for x in range(4, side - 4)] for y in range(4, side - 4)]
    assert read == [[bool(module) for module in row] for row in wanted]
    assert 'data-qr="../../figuras/demanda/diaria.qr.svg"' in page.markdown
    assert not any(".qr." in name for name in board_page(site, made).assets)


def test_an_image_is_not_blank(site: SiteContext) -> None:
    """Drawn by another program it has the ground, the words and the line of the chart, each in its colour."""
    png = resvg_py.svg_to_bytes(svg_string=_image(board_page(site, board("demanda", LINE, metrics=["DemaSIN"])))[1])
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    colors = {color: count for count, color in picture.getcolors(1 << 20) or []}
    assert colors[ImageColor.getrgb(light("ground"))] > picture.width * picture.height / 2
    assert colors[ImageColor.getrgb(light("rule"))] > picture.width / 2
    accent = ImageColor.getrgb(light("accent"))
    near = [n for color, n in colors.items() if max(abs(a - b) for a, b in zip(color, accent, strict=True)) < 40]
    assert sum(near) > 50
    assert (0, 0, 0) not in colors, "no line is filled, whatever of CSS a program knows"


@pytest.mark.parametrize(
    ("count", "step", "words"),
    [
        (400, "D", ["30 d", "90 d"]),
        (900, "D", ["30 d", "90 d", "1 año"]),
        (30, "D", []),
        (120, "MS", ["1 año", "5 años"]),
        (200, "h", []),
    ],
)
def test_spans_are_shorter_than_the_series(count: int, step: str, words: list[str]) -> None:
    """Days and months may be narrowed, hours may not; nothing longer than the series is offered."""
    x = pd.Series(pd.date_range("2020-01-01", periods=count, freq=step))
    assert [text for _, text in spans(x)] == words


def test_declared_events_are_drawn_on_the_charts_of_boards(site: SiteContext) -> None:
    """An event with a mark stands in the drawing of every block on its metrics, once; without one it does not."""
    declared = Correction(
        id="e",
        metrics=("DemaSIN", "Gene"),
        start=dt.date(2026, 10, 20),
        kind="event",
        mark="apagón",
        text="x",
        source="y",
    )
    catalog = dataclasses.replace(site.catalog, corrections=(*site.catalog.corrections, declared))
    marked = dataclasses.replace(site, catalog=catalog)
    assert [(e.x, e.label) for e in declared_events(marked, ["DemaSIN", "Gene"])] == [("2026-10-20", "apagón")]
    page = board_page(marked, board("demanda", LINE, metrics=["DemaSIN"]))
    assert "apagón" in page.assets["assets/figures/demanda/diaria.json"]
    assert "apagón" in page.markdown


def test_a_map_is_an_image_of_its_own_with_its_credit() -> None:
    """Title above, drawing at its natural size, source and credit below; tokens have their colours."""
    drawn = (
        '<svg class="static map" viewBox="0 0 750 1020" role="img"><path class="area f-heat2" d="M0 0"/>'
        '<circle class="spot f-good" cx="1" cy="1" r="3"/></svg>'
    )
    legend = (LegendItem("Bien", "good", ""),)
    view = ChartView(
        "m", "map", "Embalses", "por capacidad", "", svg=drawn, box="k-map", legend=legend, credit="PARATEC"
    )
    made = map_svg(view, "Fuente: XM.")
    root = ET.fromstring(made)
    assert root.attrib["width"] == str(750 + 2 * 24)
    assert int(root.attrib["height"]) > 1020
    for words in ("Embalses", "por capacidad", "Bien", "Fuente: XM. PARATEC"):
        assert f">{words}<" in made
    assert ".f-good{fill:#15803D}" in made
    with pytest.raises(RenderError, match="size"):
        map_svg(dataclasses.replace(view, svg="<svg></svg>"), "")
