"""The search box in Chromium: groups, figures at once, the keyboard, and what stands in the text of the pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from pipeline.core import spanish
from tests.browser.conftest import Opener, Watched
from tests.browser.tools import node_modules

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def searched(watched: Watched, text: str) -> Locator:
    """Type into the box by keyboard alone, and return the results once they are there."""
    watched.page.keyboard.press("/")
    watched.page.keyboard.type(text)
    watched.page.locator("#pe-search-list [role=option]").first.wait_for()
    return watched.page.locator("#pe-search-list")


def labels(page: Page) -> list[str]:
    """Return the headings of the groups, in their order."""
    return page.locator("#pe-search-list .pe-search__group").all_inner_texts()


def test_a_name_leads_to_its_page_by_keyboard_alone(tiny_address: str, watch: Opener) -> None:
    """Two slips of the pen still find the price, and Enter opens its page."""
    watched = watch(tiny_address)
    results = searched(watched, "presio de bolsa nacionl")
    expect(results).to_contain_text("Precio de bolsa nacional")
    watched.page.keyboard.press("ArrowDown")
    expect(results.locator("[aria-selected=true]")).to_have_count(1)
    watched.page.keyboard.press("Enter")
    watched.page.wait_for_url("**/metricas/PrecBolsNaci/")
    assert watched.complaints == []
    assert watched.outside == []


def test_what_only_a_text_says_is_found_below(tiny_address: str, watch: Opener) -> None:
    """Words that stand in pages come in Pagefind's group, with what was found marked."""
    watched = watch(tiny_address)
    results = searched(watched, "generacion electrica")
    results.locator("[data-group=text]").wait_for()
    assert labels(watched.page)[-1] == "En el texto de las páginas"
    expect(results.locator("[data-group=text] mark").first).to_be_attached()
    assert watched.complaints == []


def test_a_figure_comes_first_and_groups_follow(built_site: Path, address: str, watch: Opener) -> None:
    """The first line is the API's own text with its day; it leads to the board, as the first group does."""
    headlines = json.loads((built_site / "api/v1/titulares.json").read_text(encoding="utf-8"))["titulares"]
    price = next(row for row in headlines if row["serie"] == "price")
    watched = watch(address)
    results = searched(watched, "bolsa")
    results.locator("[data-group=answer]").wait_for()
    assert labels(watched.page)[:2] == ["Respuesta", "Tableros"]
    answer = results.locator("[data-group=answer] [role=option]")
    assert spanish.number(price["valor"], 0) in answer.inner_text() or price["texto"] in answer.inner_text()
    assert (answer.get_attribute("href") or "").endswith("/tableros/precio-bolsa/")
    expect(watched.page.locator("#pe-search-status")).to_contain_text("resultados en")
    watched.page.fill("#pe-search-input", "hidroituango")
    results.locator("[data-group=plant]").wait_for()
    expect(results.locator("[data-group=plant]")).to_contain_text("Ituango")
    assert watched.complaints == []
    assert watched.outside == []


def test_a_question_can_be_put_to_the_assistant(address: str, watch: Opener) -> None:
    """The box closes, the assistant opens with the question and answers it."""
    watched = watch(address)
    searched(watched, "demanda de ayer").locator("[data-group=ask] button").click()
    watched.page.locator("#pe-ask .pe-ask__card").wait_for()
    expect(watched.page.locator("#pe-ask-input")).to_have_value("demanda de ayer")
    expect(watched.page.locator("#pe-search")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_results_are_a_list_box_in_groups(address: str, watch: Opener, scheme: str) -> None:
    """Axe finds nothing in the open box; arrows walk over the groups and the field says where they are."""
    watched = watch(address, color_scheme=scheme)
    watched.page.keyboard.press("/")
    watched.page.locator("#pe-search-tried button").first.wait_for()
    faults = axe(watched.page)
    watched.page.keyboard.type("precio de la luz")
    watched.page.locator("#pe-search-list [data-group=board]").wait_for()
    watched.page.locator("#pe-search-list [data-group=text]").wait_for()
    count = watched.page.locator("#pe-search-list [role=option]").count()
    seen = []
    for _ in range(count):
        watched.page.keyboard.press("ArrowDown")
        seen.append(watched.page.locator("#pe-search-input").get_attribute("aria-activedescendant"))
    assert seen == [f"pe-hit-{at}" for at in range(count)]
    expect(watched.page.locator("#pe-search-input")).to_have_attribute("aria-expanded", "true")
    assert faults + axe(watched.page) == []


def axe(page: Page) -> list[str]:
    """Return what axe finds in the open box."""
    page.evaluate((node_modules() / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run('#pe-search')")["violations"]
    return [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
