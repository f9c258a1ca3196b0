"""Charts in a reader's hands: narrowed by keyboard, saved as an image, embedded elsewhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_chart_is_narrowed_saved_and_embedded(address: str, watch: Opener) -> None:
    """The span lives in the address and survives a reload; the image is a PNG; the frame shows the chart alone."""
    watched = watch(f"{address}tableros/precio-bolsa/")
    page = watched.page
    page.mouse.move(9, 9)
    figure = page.locator("figure:has(.ranges)").first
    figure.scroll_into_view_if_needed()
    figure.locator(".ranges.is-ready").wait_for(timeout=15_000)
    figure.locator(".ranges button").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"rango-{figure.get_attribute('id')}=30d"))
    figure.locator("[data-kit]").click()
    kit = page.locator("dialog.kit")
    with page.expect_download(timeout=15_000) as download:
        kit.get_by_role("button", name="Descargar la imagen").click()
    assert download.value.suggested_filename.startswith("el-precio"), "as it is on the screen"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    page.reload()
    figure.scroll_into_view_if_needed()
    figure.locator(".ranges.is-ready").wait_for(timeout=15_000)
    expect(figure.locator(".ranges button").first).to_have_attribute("aria-pressed", "true")
    figure.locator("[data-kit]").click()
    code = kit.get_by_label("Código para insertar").first.input_value()
    page.goto(code.split('src="')[1].split('"')[0])
    expect(page.locator("figure")).to_have_count(1)
    expect(page.locator("header")).to_have_count(0)
    expect(page.locator("figure")).to_contain_text("Fuente:")
    assert watched.complaints == []
    assert watched.outside == []


def test_a_hidden_series_stays_hidden_in_a_copied_link(address: str, watch: Opener) -> None:
    """The legend writes the address; the address switches the legend."""
    watched = watch(f"{address}tableros/generacion-fuentes/")
    page = watched.page
    figure = page.locator("figure#fuentes-dias")
    figure.scroll_into_view_if_needed()
    button = figure.locator(".legend button", has_text="Solar")
    button.wait_for(timeout=15_000)
    button.click()
    assert "sin-fuentes-dias=Solar" in page.url
    page.reload()
    figure.scroll_into_view_if_needed()
    button.wait_for(timeout=15_000)
    expect(button).to_have_attribute("aria-pressed", "false")
    assert watched.complaints == []


def test_a_long_table_is_filtered_and_the_filter_shared(address: str, watch: Opener) -> None:
    """Accents do not matter; the count is said; the address keeps the words, and opens the fold."""
    watched = watch(f"{address}tableros/hidrologia/")
    page = watched.page
    table = page.locator("#camino")
    page.locator("details.fold:has(#camino) > summary").click()
    table.locator(".rowfilter input").fill("peñol")
    expect(table.locator("tbody tr:visible")).to_have_count(1)
    assert "filtro-camino=" in page.url
    page.reload()
    expect(table.locator("tbody tr:visible")).to_have_count(1)
    expect(table.locator(".rowfilter [role=status]")).to_contain_text("1 de ")
    assert watched.complaints == []


def test_a_fold_opens_for_what_an_address_names(address: str, watch: Opener) -> None:
    """Closed at first; open, and in view, for a block inside it; open for the index on the page."""
    watched = watch(f"{address}tableros/hidrologia/#semaforo")
    page = watched.page
    expect(page.locator("#semaforo table")).to_be_visible()
    expect(page.locator("details.fold[open]")).to_have_count(1)
    expect(page.locator("#semaforo h2")).to_be_in_viewport()  # the page may scroll smoothly
    index = page.locator(".contents a").nth(2)
    fold = page.locator(index.get_attribute("href") or "")
    expect(fold).not_to_have_attribute("open", "")
    index.click()
    expect(fold).to_have_attribute("open", "")
    assert watched.complaints == []


def test_the_bill_is_worked_out_in_the_page(address: str, watch: Opener) -> None:
    """Twice the energy is twice the money; what the reader writes is added; the address holds both."""
    watched = watch(f"{address}tableros/costo-unitario/?consumo=100")
    page = watched.page
    block = page.locator("#calculadora")
    block.locator("form").wait_for(timeout=15_000)

    def pesos(row: str) -> int:
        cell = block.locator("[data-result] tr", has_text=row).locator("td").first
        return int(cell.inner_text().replace("$", "").replace(".", "").strip())

    once = pesos("Suma de lo que")
    consumption, rest = block.locator("input").all()
    expect(consumption).to_have_value("100")
    consumption.fill("200")
    assert pesos("Suma de lo que") == pytest.approx(2 * once, abs=1)
    rest.fill("300")
    assert pesos("Total antes de") == pytest.approx(2 * once + 60_000, abs=1)
    assert "consumo=200" in page.url
    assert "resto=300" in page.url
    assert watched.complaints == []
    assert watched.outside == []


def test_the_months_of_the_heat_map_open_at_the_newest(address: str, watch: Opener) -> None:
    """On a phone two years do not fit: the reader sees the last months, and the names stay."""
    page = watch(address, viewport={"width": 390, "height": 844}).page
    page.goto(address + "calidad/", wait_until="load")
    newest = page.locator(".heat thead th").last
    assert newest.bounding_box()["x"] < 390
    assert page.locator(".heat tbody th[scope=row]").first.bounding_box()["x"] >= 0
