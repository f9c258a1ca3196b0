"""A page on paper: A4, light, its folds open, with its address and its date."""

from __future__ import annotations

import re
import zlib

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.slow]

A4 = (595, 842)  # [pt]
_FOLDED = """() => [
  ...document.querySelectorAll("article details:not([open], figure > details, .audit) > :not(summary)"),
].filter((each) => !each.checkVisibility()).map((each) => each.textContent.trim().slice(0, 40)).filter(Boolean)"""
_GROUND = "getComputedStyle(document.body).getPropertyValue('--pe-ground').trim().toUpperCase()"


def words_of(pdf: bytes) -> str:
    """Return the words of a PDF of Chromium: each font maps its codes to letters, each page shows codes."""
    objects = {int(n): body for n, body in re.findall(rb"\n(\d+) 0 obj\n?(.*?)\nendobj", pdf, re.DOTALL)}

    def stream(body: bytes) -> bytes:
        raw = body.partition(b"stream\n")[2].rpartition(b"\nendstream")[0]
        return zlib.decompress(raw) if b"/FlateDecode" in body else raw

    fonts: dict[bytes, dict[int, str]] = {}
    for body in objects.values():
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", body):
            mapped = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
            fonts[name] = letters(stream(objects[int(mapped[1])])) if mapped else {}
    said = []
    for body in objects.values():
        if b"stream\n" not in body or b"/Length" not in body.partition(b"stream\n")[0] or b"/Subtype" in body[:400]:
            continue
        current: dict[int, str] = {}
        for name, coded, end in re.findall(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>|\b(ET)\b", stream(body)):
            if name:
                current = fonts.get(name, {})
            elif end:
                said.append(" ")
            else:
                said += [current.get(int(coded[i : i + 4], 16), "") for i in range(0, len(coded), 4)]
    return "".join(said)


def letters(table: bytes) -> dict[int, str]:
    """Return what the codes of a font stand for."""

    def text(code: bytes) -> str:
        return bytes.fromhex(code.decode()).decode("utf-16-be")

    found = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        found |= {int(code, 16): text(word) for code, word in re.findall(rb"<(\w+)> <(\w+)>", part)}
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for low, high, word in re.findall(rb"<(\w+)> <(\w+)> <(\w+)>", part):
            start = int(word, 16)
            found |= {code: chr(start + code - int(low, 16)) for code in range(int(low, 16), int(high, 16) + 1)}
    return found


def test_a_board_prints_whole_light_and_with_its_address(address: str, watch: Opener) -> None:
    """What is folded on the screen is on paper, in dark mode too in dark ink, and the paper says whence and when."""
    page = watch(f"{address}tableros/precio-bolsa/", color_scheme="dark").page
    folded = page.locator("article details:not([open]) > :not(summary) h2").all_text_contents()
    pdf = page.pdf(prefer_css_page_size=True)
    sizes = {
        tuple(round(float(side)) for side in box) for box in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    }
    assert sizes == {A4}
    words = re.sub(r"\s", "", words_of(pdf))
    assert page.url.replace("/", "") in words.replace("/", "")
    assert re.search(r"impresoel\d+de\w+de20\d\d", words)
    assert [title for title in folded if re.sub(r"\s", "", title) not in words] == []
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(_FOLDED) == []
    assert page.evaluate(_GROUND) == "#FFFFFF"
    expect(page.locator("figure .live:visible, .pe-nav:visible, .acts:visible")).to_have_count(0)
