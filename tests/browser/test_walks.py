"""Charts without a pointer and without eyes: walked, spoken, played, named; the focus in sight; the page enlarged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.access_probe import (
    CHARTABILITY,
    FOCUS,
    SPACED,
    STOP,
    kind_of,
    nameless,
    opened,
    overflow,
    unfold,
    walk,
)
from tests.browser.conftest import Opener
from tests.browser.tools import all_pages

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: Pages that have every kind of drawing and of control between them; the bench looks at two of every kind of page.
FEW = {
    "", "tableros/precio-bolsa/", "tableros/hidrologia/", "tableros/generacion-fuentes/", "pronosticos/", "datos/",
    "consulta/", "explorar/", "metricas/", "metricas/Gene/", "accesibilidad/",
}  # fmt: skip


def few(site: Path) -> list[str]:
    """Return those of the pages that the site has."""
    return [name for name in all_pages(site) if name in FEW]


def test_every_kind_of_drawing_is_walked_and_played(browser: Browser, built_site: Path, address: str) -> None:
    """Arrows say values one after the other; the space bar plays them, and nothing sounds before."""
    seen: dict[str, str] = {}
    with opened(browser) as page:
        for name in few(built_site):
            page.goto(address + name, wait_until="load")
            unfold(page)
            for stop in page.locator(STOP).all():
                kind = kind_of(stop)
                if kind in seen:
                    continue
                assert page.evaluate("window.sounded") == 0
                spoken = walk(page, stop)
                seen[kind] = spoken.first
                assert spoken.walked, f"{name} {kind}: {spoken}"
                assert spoken.sounded or kind == "strip", f"{name} {kind} is mute"
    assert {"line", "bar", "stack", "map", "heatmap", "forecast", "mix", "day"} <= set(seen)


def test_a_value_is_spoken_whole_and_a_legend_is_obeyed(address: str, watch: Opener) -> None:
    """Day, series, value, unit and state in Spanish; ends are said; a series that is switched off is not walked."""
    watched = watch(f"{address}tableros/precio-bolsa/", bypass_csp=True)
    page = watched.page
    stop = page.locator(f"figure#diario {STOP}")
    stop.scroll_into_view_if_needed()
    stop.focus()
    page.locator("#pe-voice").wait_for(state="attached")
    stop.press("End")
    voice = page.locator("#pe-voice")
    page.wait_for_function("document.querySelector('#pe-voice').innerText.includes('pesos por kilovatio hora')")
    said = voice.inner_text()
    assert "Bolsa: " in said
    assert " de 20" in said
    assert said.endswith(("definitivo", "publicado", "preliminar"))
    stop.press("ArrowRight")
    expect(voice).to_have_text(re.compile("^Último valor. "))
    stop.press("ArrowDown")
    expect(voice).to_contain_text("escasez", ignore_case=True)
    page.locator("figure#diario .legend button", has_text="Bolsa").wait_for(state="attached")
    page.locator("figure#diario .legend button", has_text="Bolsa").dispatch_event("click")
    stop.press("ArrowUp")
    stop.press("ArrowUp")
    expect(voice).not_to_contain_text("Bolsa")
    assert watched.complaints == []
    assert watched.outside == []


def test_a_living_chart_keeps_its_name_and_description(address: str, watch: Opener) -> None:
    """What a screen reader hears of it is the same before Plotly draws over it and after; no image is nameless."""
    page = watch(f"{address}tableros/precio-bolsa/").page
    plot = page.locator("figure#diario .plot")
    title = page.locator("figure#diario h2").inner_text()

    def heard() -> tuple[str, str]:
        return plot.aria_snapshot().splitlines()[0].rstrip(":"), plot.evaluate(
            "(plot) => plot.getAttribute('aria-describedby').split(' ')"
            ".map((id) => document.getElementById(id)?.textContent).join(' ')"
        )

    before = heard()
    page.mouse.move(9, 9)
    plot.scroll_into_view_if_needed()
    page.locator("figure#diario .plot.is-live").wait_for(timeout=15_000)
    assert heard() == before
    assert title in before[0]
    assert "Flechas" in before[1]
    assert nameless(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark", "forced"])
def test_the_focus_is_always_seen(browser: Browser, built_site: Path, address: str, scheme: str) -> None:
    """Everything that keys can reach shows it, in both schemes and in the colours of the system."""
    faults = []
    with opened(browser, dark=scheme == "dark", forced=scheme == "forced") as page:
        for name in few(built_site):
            page.goto(address + name, wait_until="load")
            page.keyboard.press("Tab")
            found = page.evaluate(FOCUS)
            faults += [f"{name}: {fault}" for fault in found["unseen"]]
            assert found["stops"] > 0
    assert faults == []


def test_pages_fit_at_four_hundred_percent(browser: Browser, built_site: Path, address: str) -> None:
    """320 px wide, also with the spacing of WCAG 1.4.12, no page scrolls in two directions."""
    faults = []
    with opened(browser, width=320) as page:
        for name in few(built_site):
            page.goto(address + name, wait_until="load")
            faults += [(name, wide) for wide in [overflow(page, 320)] if wide]
            page.add_style_tag(content=SPACED)
            faults += [(name, "spaced", wide) for wide in [overflow(page, 320)] if wide]
    assert faults == []


def test_what_chartability_calls_critical(browser: Browser, built_site: Path, address: str) -> None:
    """No page of any kind has a fault that a machine can see."""
    faults = []
    with opened(browser) as page:
        for name in few(built_site):
            page.goto(address + name, wait_until="load")
            unfold(page)
            found = page.evaluate(CHARTABILITY)
            faults += [f"{name} {kind}: {fault}" for kind, some in found.items() for fault in some[:3]]
    assert faults == []
