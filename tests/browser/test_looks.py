"""What an eye would complain about, over all boards: overlaps, clipped words, empty drawings, pages too wide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Opener
from tests.browser.tools import all_pages

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LOOKS = (Path(__file__).parent / "looks.js").read_text(encoding="utf-8")
WHOLE = ("", "pronosticos/", "aciertos/", "calidad/", "estado/", "records/", "cambios/", "metricas/", "glosario/")
_SCROLL = "window.scrollTo(0, {})"


def boards(site: Path) -> list[str]:
    """Return the home page, the boards, the pages of the whole portal and one metric page of each shape."""
    metrics = {"metricas/Gene/", "metricas/PrecBolsNaci/", "metricas/DemaSIN/", "metricas/ListadoRecursos/"}
    return [n for n in all_pages(site) if n in {*WHOLE, *metrics} or n.startswith("tableros/")]


@pytest.mark.parametrize("javascript", [True, False], ids=["live", "still"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_looks_broken(built_site: Path, address: str, watch: Opener, width: int, javascript: bool) -> None:
    """Nothing overlaps, is clipped or empty, on a phone and on a desk, with live charts and with the still ones."""
    watched = watch(address, viewport={"width": width, "height": 900}, javascript=javascript)
    faults = []
    for name in boards(built_site):
        watched.page.goto(address + name, wait_until="load")
        if javascript:
            _wake(watched.page)
        faults += [f"{name} {fault}" for fault in watched.page.evaluate(LOOKS)]
    assert faults == []


def _wake(page) -> None:
    """Scroll down the page so that every chart comes alive, and wait for the last."""
    page.mouse.move(1, 1)
    page.evaluate(
        "document.querySelectorAll('details:has(figure[data-figure])').forEach((fold) => { fold.open = true; })"
    )
    charts = page.locator("figure.chart[data-figure]")
    for index in range(charts.count()):
        charts.nth(index).scroll_into_view_if_needed()
        charts.nth(index).locator(".plot.is-live").wait_for(timeout=15_000)
