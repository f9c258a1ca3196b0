"""Charts in a reader's hands: narrowed by keyboard, saved as an image, embedded elsewhere."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("world")]


def test_a_chart_is_narrowed_saved_and_embedded(address: str, watch: Opener) -> None:
    """The span lives in the address and survives a reload; the image is a PNG; the frame shows the chart alone."""
    watched = watch(f"{address}tableros/precio-bolsa/")
    page = watched.page
    figure = page.locator("figure:has(.ranges)").first
    figure.scroll_into_view_if_needed()
    figure.locator(".ranges.is-ready").wait_for(timeout=15_000)
    figure.locator(".ranges button").first.focus()
    page.keyboard.press("Enter")
    assert f"rango-{figure.get_attribute('id')}=30d" in page.url
    with page.expect_download(timeout=15_000) as download:
        figure.locator("[data-png]").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    page.reload()
    figure.scroll_into_view_if_needed()
    figure.locator(".ranges.is-ready").wait_for(timeout=15_000)
    assert figure.locator(".ranges button").first.get_attribute("aria-pressed") == "true"
    figure.locator("[data-embed]").click()
    code = figure.locator(".frame-code textarea").input_value()
    page.goto(code.split('src="')[1].split('"')[0])
    assert page.locator("figure").count() == 1
    assert page.locator("header").count() == 0
    assert "Fuente:" in page.locator("figure").inner_text()
    assert watched.complaints == []
    assert watched.outside == []
