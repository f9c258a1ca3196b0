"""What a reader takes away of a chart: its image, its page to embed, and the spans it can be narrowed to."""

from __future__ import annotations

import dataclasses
import datetime as dt
import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from pipeline.catalog.schema import Correction
from pipeline.core.errors import RenderError
from pipeline.site.blocks.chart import declared_events
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.blocks.takeaway import map_svg
from pipeline.site.charts import LegendItem
from pipeline.site.context import SiteContext
from pipeline.site.drawing.axes import spans
from pipeline.site.pages.board import board_page
from tests.site.conftest import LINE, board

SVG = "{http://www.w3.org/2000/svg}"


def test_image_is_whole_and_carries_its_source(site: SiteContext) -> None:
    """Valid XML with title, subtitle and source; every class that colours something is in its own style."""
    page = board_page(site, board("demanda", LINE, metrics=["DemaSIN"]))
    text = page.assets["assets/figures/demanda/diaria.svg"]
    root = ET.fromstring(text)
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
    assert "data-embed" not in text
    assert 'data-embed="../../incrustar/demanda/diaria/"' in page.markdown


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
