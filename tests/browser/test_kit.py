"""The panel of a figure in a reader's hands: by keyboard, on a phone, light and dark, and without JavaScript."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from PIL import Image, ImageColor
from playwright.sync_api import Locator, Page, expect

from pipeline.core.palette import PALETTE
from tests.browser.conftest import Opener
from tests.browser.tools import node_modules

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BOARD, FIGURE = "tableros/precio-bolsa/", "figure#diario"
_RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations']}"


def _opened(page: Page) -> Locator:
    """Open the panel of the figure by keyboard and return it."""
    button = page.locator(f"{FIGURE} [data-kit]")
    button.focus()
    page.keyboard.press("Enter")
    kit = page.locator("dialog.kit")
    kit.wait_for()
    return kit


def _saved(page: Page, kit: Locator, scheme: str, size: str) -> tuple[str, bytes]:
    """Return name and bytes of the image in a scheme and size."""
    kit.get_by_label("Fondo").select_option(scheme)
    kit.locator("section", has_text="Imagen").get_by_label("Formato").select_option(size)
    with page.expect_download(timeout=15_000) as download:
        kit.get_by_role("button", name="Descargar la imagen").click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_a_citation_leads_to_what_was_seen(address: str, built_site: Path, watch: Opener) -> None:
    """Nothing of it comes before it is asked for; then the frozen address answers with the image named by its hash."""
    watched = watch(f"{address}{BOARD}")
    page = watched.page
    assert not any("citar.js" in asked or "/figuras/" in asked for asked in watched.requests)
    kit = _opened(page)
    frozen = kit.get_by_label("Congelada").first.input_value()
    assert frozen.startswith(f"{address}figuras/precio-bolsa/diario-")
    content = (built_site / frozen.removeprefix(address)).read_bytes()
    assert hashlib.sha256(content).hexdigest()[:12] in frozen
    assert page.request.get(frozen).body() == content
    csv = (built_site / "assets" / "figures" / "precio-bolsa" / "diario.csv").read_bytes()
    version = hashlib.sha256(csv).hexdigest()[:12]
    cite = kit.get_by_label("Cita", exact=True)
    form = kit.locator("section", has_text="Descargar la cita").get_by_label("Formato")
    for name in ("apa", "bibtex", "ris", "csl"):
        form.select_option(name)
        assert frozen in cite.input_value()
        assert version in cite.input_value()
    with page.expect_download() as download:
        kit.get_by_role("button", name="Descargar la cita").click()
    (item,) = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert (item["URL"], item["version"]) == (frozen, version)
    expect(kit.get_by_label("Viva").first).to_have_value(f"{address}{BOARD}#diario")
    assert "COP/kWh" in kit.get_by_label("Párrafo listo").first.input_value()
    assert kit.get_by_label("Texto alternativo").first.input_value().startswith("Gráfico.")
    assert kit.locator("a[download]").count() >= 4
    page.keyboard.press("Escape")
    expect(page.locator("dialog.kit")).to_have_count(0)
    expect(page.locator("[data-kit]:focus"), "back where it was opened").to_have_count(1)
    assert watched.complaints == []
    assert watched.outside == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_image_has_the_colours_and_the_size_that_are_asked_for(address: str, watch: Opener, scheme: str) -> None:
    """The ground of the scheme, the line in its colour, and as many dots as a screen or a print needs."""
    page = watch(f"{address}{BOARD}").page
    kit = _opened(page)
    ground, accent = (ImageColor.getrgb(PALETTE[token][scheme == "dark"]) for token in ("ground", "accent"))
    shares = []
    for size, width in (("pantalla", 2240), ("impresion", 4480)):
        name, png = _saved(page, kit, scheme, size)
        assert name.endswith(".png")
        image = Image.open(io.BytesIO(png))
        said = json.loads(image.info["Comment"])
        assert (said["page"], said["version"] in name, bool(said["day"])) == (f"{address}{BOARD}#diario", True, True)
        picture = image.convert("RGB")
        assert picture.width == width
        counts = {color: count for count, color in picture.getcolors(1 << 24) or []}
        dots = picture.width * picture.height
        assert counts[ground] > dots / 2
        shares.append(counts[accent] / dots)
    assert min(shares) > 0.0005
    assert max(shares) < 2 * min(shares), "a line has the same weight in a print"
    name, svg = _saved(page, kit, scheme, "svg")
    assert name.endswith(".svg")
    assert f'fill="{PALETTE["ground"][scheme == "dark"]}"'.lower() in svg.decode().lower()
    assert "<metadata>" in svg.decode()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_panel_fits_a_phone_and_axe_finds_nothing(address: str, watch: Opener, scheme: str) -> None:
    """Nothing is wider than 390 px, all of it is reached by scrolling, and no serious fault of access."""
    options = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme, "bypass_csp": True}
    page = watch(f"{address}{BOARD}", reduced_motion="reduce", **options).page
    kit = _opened(page)
    box = kit.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] <= 844
    assert kit.evaluate("kit => kit.scrollWidth <= kit.clientWidth")
    assert kit.evaluate("kit => getComputedStyle(kit).overflowY") == "auto"
    page.add_script_tag(path=node_modules() / "axe-core" / "axe.min.js")
    found = page.evaluate(f"axe.run('dialog.kit', {_RULES})")["violations"]
    assert [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in found] == []


def test_without_javascript_the_files_are_there(address: str, watch: Opener) -> None:
    """The button is not shown, and the links lead to the data and to the image that is cited."""
    page = watch(f"{address}{BOARD}", javascript=False).page
    figure = page.locator(FIGURE)
    expect(figure.locator("[data-kit]")).to_be_hidden()
    for words in ("CSV", "XLSX", "Parquet", "SVG"):
        target = figure.get_by_role("link", name=words, exact=True).get_attribute("href")
        assert page.request.get(f"{address}{target.removeprefix('../../')}").ok


def test_a_page_is_cited_with_what_never_changes(address: str, built_site: Path, watch: Opener) -> None:
    """A board names the state of the data and the newest report; a report its own state and its own address."""
    told = json.loads((built_site / "api" / "v1" / "portal.json").read_text(encoding="utf-8"))["cita"]
    report = told["informe"]
    record = json.loads((built_site / report / "informe.json").read_text(encoding="utf-8"))
    expected = {
        BOARD: [f"versión de los datos {told['version']}.", f"{address}{BOARD} Informe", f": {address}{report}"],
        report: [f"versión de los datos {record['data']['manifest']}.", f"{address}{report}"],
    }
    for path, parts in expected.items():
        page = watch(f"{address}{path}").page
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Citar esta página").click()
        page.get_by_role("button", name="Copiado").wait_for()
        cited = page.evaluate("navigator.clipboard.readText()")
        assert all(part in cited for part in parts), cited
        assert cited.endswith(parts[-1])
