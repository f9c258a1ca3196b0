"""Access for all, on every kind of page: axe, keys, names, sound, focus, zoom, and what Chartability calls critical.

Runnable alone on a built site: `python -m tests.bench.web_access build/demo/site`.
"""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from pipeline.site.serve import running
from tests.bench import chromium
from tests.bench.table import Line, as_text, at_least, exactly, told
from tests.browser.access_probe import (
    CHARTABILITY,
    FOCUS,
    SPACED,
    STOP,
    Spoken,
    axe_faults,
    kind_of,
    nameless,
    opened,
    overflow,
    unfold,
    walk,
)
from tests.browser.tools import of_each_kind

NARROW = 320  # [px] 1,280 at 400 %
#: Chartability's critical heuristics, by the name of their check; the last two are measured here, not in the page.
HEURISTICS = {
    "contrast": "Low contrast",
    "visual": "Only visual",
    "small": "Small text size",
    "seizure": "Visual presents seizure risk",
    "input": "Interaction output only has one input",
    "cues": "No interaction cues or instructions",
    "override": "Controls override AT controls",
    "purpose": "No explanation for purpose or for how to read",
    "title": "No title, summary, or caption",
    "table": "No table",
    "density": "Data density is inappropriate",
    "tedious": "Navigation and interaction is tedious",
    "reading": "Reading level inappropriate",
    "style": "User style change not respected",
}
#: Szigriszt-Pazos (INFLESZ): 55 and more is what general newspapers write, about the ninth year of school.
READABLE = 55
_PROSE = (
    "[...document.querySelectorAll('article :is(.answer, .note, .why, .prose p)')].map((p) => p.textContent.trim())"
)
_VOWELS = re.compile(r"[aeiouáéíóúü]+", re.IGNORECASE)
_STRONG = re.compile(r"[aeoáéó](?=[aeoáéó])|[íú](?=[aeo])|[aeo](?=[íú])", re.IGNORECASE)


@dataclass
class Found:
    """Faults by what was measured, and what was seen on the way."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    spoken: dict[str, Spoken] = field(default_factory=dict)
    readings: list[float] = field(default_factory=list)
    stops: int = 0

    def add(self, what: str, page: str, faults: Sequence[str]) -> None:
        """Note the faults of a page."""
        self.faults.setdefault(what, []).extend(f"{page or '/'}: {fault}" for fault in faults)


def bench_access(site: Path) -> list[Line]:
    """Return the figures of access beside their floors; faults are told on stderr.

    Args:
        site: A built site, best the demo's, which has every kind of page.
    """
    found, names = Found(), of_each_kind(site)
    with running(site, prefix="/energia/") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.install(), args=list(chromium.ARGUMENTS))
        for scheme in ("light", "dark", "forced"):
            _in_scheme(browser, url, names, scheme, found)
        _read_and_walked(browser, url, names, found)
        _enlarged(browser, url, names, found)
        browser.close()
    for what, faults in found.faults.items():
        for fault in faults[:12]:
            sys.stderr.write(f"{what}: {fault}\n")
    return _lines(found, len(names))


def _in_scheme(browser: Browser, url: str, names: Sequence[str], scheme: str, found: Found) -> None:
    """Ask axe and the focus in one scheme; in forced colours the focus alone, for axe sees no system colours."""
    with opened(browser, dark=scheme == "dark", forced=scheme == "forced") as page:
        for name in names:
            page.goto(url + name, wait_until="load")
            if scheme != "forced":
                found.add("axe", f"{name} {scheme}", axe_faults(page))
            page.keyboard.press("Tab")
            seen = page.evaluate(FOCUS)
            found.add("focus", f"{name} {scheme}", seen["unseen"])
            found.stops += int(seen["stops"])


def _read_and_walked(browser: Browser, url: str, names: Sequence[str], found: Found) -> None:
    with opened(browser) as page:
        for name in names:
            page.goto(url + name, wait_until="load")
            unfold(page)
            for kind, faults in page.evaluate(CHARTABILITY).items():
                found.add(kind, name, faults)
            found.readings += [readability(text) for text in page.evaluate(_PROSE) if len(text.split()) >= 20]
            _walk_new(page, found)
            found.add("names", name, nameless(page))


def _walk_new(page: Page, found: Found) -> None:
    """Walk the drawings of a page whose kind was not walked yet."""
    for stop in page.locator(STOP).all():
        kind = kind_of(stop)
        if kind not in found.spoken:
            found.spoken[kind] = walk(page, stop)


def _enlarged(browser: Browser, url: str, names: Sequence[str], found: Found) -> None:
    with opened(browser, width=NARROW) as page:
        for name in names:
            page.goto(url + name, wait_until="load")
            found.add("zoom", name, [f"{wide} px" for wide in [overflow(page, NARROW)] if wide])
            page.add_style_tag(content=SPACED)
            found.add("style", name, [f"{wide} px" for wide in [overflow(page, NARROW)] if wide])


def _lines(found: Found, pages: int) -> list[Line]:
    count = {what: len(faults) for what, faults in found.faults.items()}
    reading = statistics.median(found.readings) if found.readings else 0.0
    count["reading"] = 0 if reading >= READABLE else 1
    clean = [kind for kind in HEURISTICS if not count.get(kind)]
    walked = [spoken for spoken in found.spoken.values() if spoken.walked]
    heard = [spoken for spoken in walked if spoken.sounded]
    return [
        told("pages looked at, one or two of each kind", pages),
        exactly("axe, WCAG 2.2 A and AA, light and dark: faults", count.get("axe", 0), 0),
        exactly("kinds of drawings walked by arrows", len(walked), len(found.spoken)),
        exactly("kinds of drawings played when asked (a strip of days has no values)", len(heard), len(walked) - 1),
        exactly("images without a name, charts alive", count.get("names", 0), 0),
        told("stops of the keyboard looked at, light, dark and forced colours", found.stops),
        exactly("stops that do not show the focus", count.get("focus", 0), 0),
        exactly("pages wider than 320 px (400 %)", count.get("zoom", 0), 0),
        told("median ease of reading of the sentences (Szigriszt-Pazos)", reading),
        at_least("critical heuristics of Chartability without a fault, of 14", len(clean), len(HEURISTICS)),
        *(exactly(f"  {HEURISTICS[kind]}", count.get(kind, 0), 0) for kind in HEURISTICS if kind not in clean),
    ]


def readability(text: str) -> float:
    """Return the perspicuity of Szigriszt-Pazos of a Spanish text: 0 for experts only, 100 for a tale."""
    words = re.findall(r"[^\W\d_]+", text)
    sentences = max(1, len(re.findall(r"[.!?:;](?:\s|$)", text)))
    syllables = sum(len(_VOWELS.findall(word)) + len(_STRONG.findall(word)) or 1 for word in words)
    return 206.835 - 62.3 * syllables / max(1, len(words)) - len(words) / sentences


if __name__ == "__main__":
    sys.stdout.write(as_text(bench_access(Path(sys.argv[1]))) + "\n")
