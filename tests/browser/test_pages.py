"""Every page of the built site, as a browser sees it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.tools import all_pages, of_each_kind

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_no_page_leaves_the_origin_or_complains(built_site: Path, address: str, watch: Opener) -> None:
    """Metrics and pages of each other kind load with no request to another origin, no error and no warning."""
    watched = watch(address)
    faults = []
    metrics = [name for name in all_pages(built_site) if name.startswith("metricas/")]
    for name in sorted({*metrics, *of_each_kind(built_site)}):
        watched.page.goto(address + name, wait_until="load")
        watched.page.wait_for_timeout(50)
        faults += [f"{name}: {text}" for text in watched.complaints]
        watched.complaints.clear()
    assert faults == []
    assert watched.outside == []


def test_charts_come_alive_when_seen(built_site: Path, address: str, watch: Opener) -> None:
    """Nothing of Plotly is asked for before the reader moves; then every chart comes alive once it is in view."""
    watched = watch(address)
    watched.page.wait_for_load_state("networkidle")
    assert not [url for url in watched.requests if "plotly" in url]
    watched.page.mouse.move(9, 9)
    charts = watched.page.locator("figure[data-figure]")
    if charts.count() == 0:
        pytest.skip("this site has no chart on its home page")
    for fold in watched.page.locator("details:has(figure[data-figure]) > summary").all():
        fold.click()
    for index in range(charts.count()):
        charts.nth(index).scroll_into_view_if_needed()
        charts.nth(index).locator(".main-svg").first.wait_for(timeout=10_000)
    assert watched.complaints == []
    assert watched.outside == []


def test_headlines_are_there_without_javascript(built_site: Path, address: str, watch: Opener) -> None:
    """With JavaScript off, every figure of the home page and the boards is visible, and they are the API's."""
    watched = watch(address, javascript=False)
    headlines = json.loads((built_site / "api" / "v1" / "titulares.json").read_text())["titulares"]
    known = {row["serie"]: row["valor"] for row in headlines}
    for name in [name for name in all_pages(built_site) if name == "" or name.startswith("tableros/")]:
        watched.page.goto(address + name)
        figures = watched.page.locator("main data[value]")
        texts = figures.all_inner_texts()
        assert all(figures.nth(i).is_visible() and any(map(str.isdigit, text)) for i, text in enumerate(texts))
        if name == "":
            shown = [float(figures.nth(i).get_attribute("value") or "nan") for i in range(len(texts))]
            for series in {"demand", "price", "reserves"} & set(known):
                assert any(abs(value - known[series]) <= 0.005 * abs(value) for value in shown), series


@pytest.mark.parametrize("width", [360, 1024, 1280])
def test_pages_do_not_scroll_sideways(built_site: Path, address: str, watch: Opener, width: int) -> None:
    """On a phone, a tablet and a laptop, nothing of a page is cut off or wider than the screen."""
    watched = watch(address, viewport={"width": width, "height": 844})
    wide = []
    for name in of_each_kind(built_site):
        watched.page.goto(address + name)
        edge = watched.page.evaluate(
            "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth,"
            " ...[...document.querySelectorAll('.pe-header *, h1')].map((e) => e.getBoundingClientRect().right))"
        )
        if edge > width:
            wide.append((name, edge))
    assert wide == []


def test_phone_menu_works_without_javascript(tiny_address: str, watch: Opener) -> None:
    """The drawer opens and leads somewhere with JavaScript off."""
    watched = watch(tiny_address, javascript=False, viewport={"width": 390, "height": 844})
    watched.page.locator(".pe-drawer summary").click()
    watched.page.locator(".pe-nav summary", has_text="Datos").click()
    watched.page.locator(".pe-nav a", has_text="Consulta SQL").click()
    assert watched.page.url.endswith("/consulta/")
    expect(watched.page.locator("noscript, .pe-notice").first).to_be_visible()


def test_unknown_address_is_answered_in_spanish(tiny_address: str, watch: Opener) -> None:
    """A wrong address shows the portal's own page, with its styles and ways back, below a sub-path."""
    watched = watch(tiny_address + "no/existe/")
    expect(watched.page.locator("h1")).to_have_text("Esta página no existe")
    assert watched.page.evaluate("getComputedStyle(document.querySelector('.pe-header')).borderBottomWidth") == "1px"


def test_dark_scheme_is_kept(tiny_address: str, watch: Opener) -> None:
    """The button changes the scheme and the next page keeps it."""
    watched = watch(tiny_address)
    before = watched.page.locator("body").get_attribute("data-md-color-scheme")
    watched.page.locator("#pe-scheme").click()
    watched.page.goto(tiny_address + "datos/")
    after = watched.page.locator("body").get_attribute("data-md-color-scheme")
    assert {before, after} == {"default", "slate"}


def test_filter_of_downloads(tiny_address: str, watch: Opener) -> None:
    """The table of downloads narrows to what is typed."""
    watched = watch(tiny_address + "datos/")
    watched.page.fill("#pe-filter", "generacion recurso")
    expect(watched.page.locator(".pe-downloads tbody tr:visible")).to_have_count(1)


def test_a_word_of_the_glossary_says_what_it_means(address: str, watch: Opener) -> None:
    """Under the pointer and in focus, once the glossary is read; a tap, or no script, leads to it."""
    watched = watch(f"{address}tableros/precio-bolsa/")
    terms = watched.page.locator("a.term:visible")
    assert not any("glosario" in asked for asked in watched.requests)
    terms.nth(0).hover()
    expect(terms.nth(0)).to_have_attribute("title", re.compile(r"^[A-Z].{30,}\.$"))
    terms.nth(1).focus()
    expect(terms.nth(1)).to_have_attribute("title", re.compile(r"^[A-Z].{30,}\.$"))
    assert sum("glosario" in asked for asked in watched.requests) == 1
    place = (terms.nth(0).get_attribute("href") or "").partition("#")[2]
    terms.nth(0).click()
    expect(watched.page.locator(f"#{place}")).to_be_in_viewport()
    assert watched.complaints == []
