"""The page «Verificador» in a real browser: marks with words, right values, nothing sent, on a phone too."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pipeline.core import spanish
from pipeline.site.downloads.checkable import PATH
from tests.browser.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_MONTH = re.compile(r"20\d\d-\d\d\.json")


def _sentence(site: Path) -> tuple[str, str]:
    """Return a true and a false sentence about the newest value of a daily series of the built site."""
    known = json.loads((site / PATH).read_text(encoding="utf-8"))
    series = next(each for each in known["series"] if each["p"] == "day" and each["u"] == "GWh" and each["valores"][-1])
    day = dt.date.fromisoformat(series["desde"]) + dt.timedelta(days=len(series["valores"]) - 1)
    name, value = known["nombres"][series["n"][0]], series["valores"][-1]
    said = "El {}, {}: {} GWh."
    shown = (spanish.number(value, 1), spanish.number(value + 7, 1))
    return said.format(spanish.long_date(day), name, shown[0]), said.format(spanish.long_date(day), name, shown[1])


@pytest.mark.parametrize("width", [390, 1440])
def test_a_text_is_marked_in_the_browser(built_site: Path, address: str, watch: Opener, width: int) -> None:
    """A right and a wrong figure are told by sign and word, with the right value; nothing leaves the page."""
    watched = watch(address + "verificador/", viewport={"width": width, "height": 800})
    page = watched.page
    page.locator("#check-known:not(:empty)").wait_for()
    before = len(watched.requests)
    page.fill("#check-text", " ".join(_sentence(built_site)))
    page.press("#check-text", "Control+Enter")
    rows = page.locator("#check-output li")
    rows.nth(1).wait_for()
    expect(rows.nth(0)).to_contain_text("✓ Correcta")
    expect(rows.nth(1)).to_contain_text("✗ Errada")
    expect(page.locator("#check-status")).to_have_text("2 cifras: 1 correcta, 1 errada.")
    expect(page.locator("#check-output mark")).to_have_count(2)
    asked = [url.removeprefix(f"{address}datos/verificar/") for url in watched.requests[before:]]
    assert not [name for name in asked if not _MONTH.fullmatch(name)], "files of months, and nothing of the text"
    assert watched.outside == []
    assert watched.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    rows.nth(1).locator("a").click()
    page.wait_for_url("**/metricas/**")


def test_markup_in_a_text_stays_text(address: str, watch: Opener) -> None:
    """What is pasted is written as text, never as a page; a text without figures is told."""
    page = watch(address + "verificador/").page
    page.locator("#check-known:not(:empty)").wait_for()
    page.click("#check-run")
    expect(page.locator("#check-status")).to_have_text("Pegue primero un texto.")
    page.fill("#check-text", "<img src=x onerror=alert(1)> nada")
    page.click("#check-run")
    page.locator("#check-output p").wait_for()
    expect(page.locator("#check-output img")).to_have_count(0)
    expect(page.locator("#check-status")).to_have_text("No hay cifras con unidad en este texto.")


def test_a_day_of_months_ago_is_checked_too(built_site: Path, address: str, watch: Opener) -> None:
    """The files of the past come when a text names their days; what nobody names is not loaded."""
    known = json.loads((built_site / PATH).read_text(encoding="utf-8"))
    month = (dt.date.fromisoformat(known["desde"]) - dt.timedelta(days=1)).isoformat()[:7]
    past = json.loads((built_site / "datos" / "verificar" / f"{month}.json").read_text(encoding="utf-8"))
    values = past["valores"]["demand"]
    index = next(i for i, value in enumerate(values) if i >= 7 and value and values[i - 7])
    day = dt.date.fromisoformat(f"{month}-{index + 1:02}")
    watched = watch(address + "verificador/")
    page = watched.page
    page.locator("#check-known:not(:empty)").wait_for()
    assert not any(f"{month}.json" in url for url in watched.requests)
    said = f"El {spanish.long_date(day)}, la demanda del país fue de {spanish.number(values[index], 1)} GWh."
    page.fill("#check-text", said)
    page.press("#check-text", "Control+Enter")
    page.locator("#check-output li").first.wait_for()
    expect(page.locator("#check-status")).to_have_text("1 cifra: 1 correcta.")
    assert any(f"{month}.json" in url for url in watched.requests)
    assert watched.complaints == []
