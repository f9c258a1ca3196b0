"""The assistant in a real browser: it comes when touched, answers from files of the site, and sends nothing."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from pipeline.site.downloads.askable import ASKED
from tests.browser.conftest import Opener, Watched
from tests.browser.tools import node_modules

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BUDGET = 60_000  # bytes of code and vocabulary, compressed


def _open(watch: Opener, address: str, page: str, width: int = 1440, **options: object) -> Watched:
    watched = watch(address + page, viewport={"width": width, "height": 800}, **options)
    watched.page.click(".pe-asker")
    watched.page.locator("#pe-ask[open]").wait_for()
    return watched


def _ask(watched: Watched, question: str) -> str:
    """Return the words of the newest answer."""
    before = watched.page.locator(".pe-ask__card").count()
    watched.page.fill("#pe-ask-input", question)
    watched.page.press("#pe-ask-input", "Enter")
    watched.page.locator(".pe-ask__card").nth(before).wait_for()
    return watched.page.locator(".pe-ask__card").first.inner_text().replace("\u00a0", " ")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_it_answers_with_what_is_published(
    built_site: Path, address: str, watch: Opener, width: int, scheme: str
) -> None:
    """The last figure of a series as the API writes it, its page and its query; of a tariff, that there is none."""
    watched = _open(watch, address, "tableros/demanda/", width, color_scheme=scheme)
    published = json.loads((built_site / "api/v1/titulares.json").read_text(encoding="utf-8"))["titulares"]
    price = next(each for each in published if each["serie"] == "price")
    told = _ask(watched, "presio de la bolsa")
    number = f"{price['valor']:,.2f}".translate(str.maketrans(",.", ".,"))
    assert f"{number} COP/kWh" in told
    assert "Entendí: Precio de bolsa" in told
    assert "Leí «precio»" in told
    link = watched.page.locator(".pe-ask__links a", has_text="Ver consulta").first.get_attribute("href") or ""
    assert link.startswith(f"{address}consulta/#sql=SELECT")
    assert "no las publica" in _ask(watched, "tarifa del estrato 3")
    assert "Lo más importante de «Demanda»" in _ask(watched, "Analizar este tablero")
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert watched.outside == []
    assert watched.complaints == []


def test_nothing_comes_before_it_is_touched(built_site: Path, address: str, watch: Opener) -> None:
    """A page loads neither code nor words of it; both together stay within their budget."""
    watched = watch(address + "tableros/demanda/")
    watched.page.locator(".pe-asker").wait_for()
    assert not [url for url in watched.requests if "asistente" in url]
    sizes = [len(gzip.compress((built_site / name).read_bytes())) for name in ("js/asistente.js", ASKED)]
    assert sum(sizes) < BUDGET
    quiet = watch(address + "tableros/demanda/", javascript=False)
    expect(quiet.page.locator(".pe-asker")).to_have_count(0)


def test_keyboard_follow_ups_and_copies(address: str, watch: Opener) -> None:
    """Enter asks, «¿y …?» goes on, Escape closes and the focus is back; markup of a question stays text."""
    watched = _open(watch, address, "")
    page = watched.page
    expect(page.locator("#pe-ask-input")).to_be_focused()
    first, second = _ask(watched, "demanda del 3 de mayo de 2026"), _ask(watched, "¿y el 4 de mayo de 2026?")
    assert re.search(r"Demanda del SIN · domingo 3 de mayo de 2026", first)
    assert re.search(r"Demanda del SIN · lunes 4 de mayo de 2026", second)
    _ask(watched, "<img src=x onerror=alert(1)>")
    expect(page.locator("#pe-ask img")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#pe-ask")).to_be_hidden()
    expect(page.locator(".pe-asker")).to_be_focused()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(".pe-asker")
    page.click("#pe-ask-more summary")
    page.click("text=Copiar para mi asistente")
    page.locator("#pe-ask-status", has_text="Copiado").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("# Inicio")
    assert address in copied
    assert watched.complaints == []


def test_a_lost_file_is_told(address: str, watch: Opener) -> None:
    """Without its files it says so, and answers when they are back."""
    watched = _open(watch, address, "glosario/")
    page = watched.page
    page.route("**/datos/verificar/cifras.json", lambda route: route.abort())
    page.fill("#pe-ask-input", "demanda")
    page.press("#pe-ask-input", "Enter")
    page.locator("#pe-ask-status", has_text="No se pudieron cargar").wait_for()
    page.unroute("**/datos/verificar/cifras.json")
    assert "Demanda del SIN" in _ask(watched, "demanda")


def test_a_model_of_the_host_reads_only_what_it_may(built_site: Path, address: str, watch: Opener) -> None:
    """Asked only with the reader's leave, it gets question and names; the figure is the published one, not its own."""
    words = json.loads((built_site / ASKED).read_text(encoding="utf-8")) | {"model": "/energia/modelo"}
    published = json.loads((built_site / "api/v1/titulares.json").read_text(encoding="utf-8"))["titulares"]
    demand = next(each["texto"] for each in published if each["serie"] == "demand")
    asked: list[str] = []

    def reply(route: Route) -> None:
        asked.append(route.request.post_data or "")
        filled = {"kind": "value", "series": "demand", "value": 999.9, "text": "999,9 GWh"}
        route.fulfill(json={"choices": [{"message": {"content": json.dumps(filled)}}]})

    watched = watch(address + "glosario/", go=False)
    page = watched.page
    page.route(f"**/{ASKED}", lambda route: route.fulfill(json=words))
    page.route("**/modelo/chat/completions", reply)
    page.goto(address + "glosario/", wait_until="load")
    page.click(".pe-asker")
    assert "No sé qué es «chispas»" in _ask(watched, "cuantas chispas gasta la nacion").replace(", «nacion»", "")
    assert asked == []
    page.click("text=Usar un modelo de lenguaje")
    page.check("#pe-ask-model")
    page.fill("#pe-ask-key", "secreta")
    told = _ask(watched, "cuantas chispas gasta la nacion")
    assert demand.replace("\u00a0", " ") in told
    assert "999" not in told
    assert len(asked) == 1
    assert "secreta" not in asked[0]
    assert "secreta" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])")
    assert watched.outside == []
    assert watched.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_open_dialog(address: str, watch: Opener, scheme: str) -> None:
    """No fault of WCAG 2.1 A and AA, with an answer shown."""
    watched = _open(watch, address, "tableros/demanda/", color_scheme=scheme, bypass_csp=True)
    _ask(watched, "top 5 plantas por generación")
    _ask(watched, "nivel de los embalses en abril de 2026")
    watched.page.add_script_tag(path=node_modules() / "axe-core" / "axe.min.js")
    found = watched.page.evaluate("axe.run('#pe-ask', {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    assert [fault["id"] for fault in found["violations"]] == []
