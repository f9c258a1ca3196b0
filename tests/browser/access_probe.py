"""What a page says to those who do not see it, use no pointer, or enlarge it: asked of Chromium by tests and bench."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from tests.browser.tools import node_modules

HERE = Path(__file__).parent
FOCUS = (HERE / "focus.js").read_text(encoding="utf-8")
CHARTABILITY = (HERE / "chartability.js").read_text(encoding="utf-8")
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
STOP = '[role="application"]'
#: Counts the voices that begin to sound.
HEAR = """
window.sounded = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) { window.sounded += 1; return start.apply(this, given); };
"""
#: What WCAG 1.4.12 lets a reader set.
SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
_WIDE = """() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"""
_VALUE = re.compile(r": (sin dato|−?[\d.,]+)|\d")


@dataclass(frozen=True)
class Spoken:
    """What a drawing said to some keys.

    Attributes:
        kind: Of the drawing: `line`, `map`, `day`, `strip` …
        first: To the first arrow.
        second: To the second one.
        sounded: Whether it played when asked.
    """

    kind: str
    first: str
    second: str
    sounded: bool

    @property
    def walked(self) -> bool:
        """Whether two arrows said two things, each with a value or a name of its own."""
        return bool(_VALUE.search(self.first) and self.second and self.first != self.second)


@contextmanager
def opened(browser: Browser, *, dark: bool = False, forced: bool = False, width: int = 1280) -> Iterator[Page]:
    """Yield a page that is still, in one of the schemes of its reader."""
    context = browser.new_context(
        bypass_csp=True,
        color_scheme="dark" if dark else "light",
        forced_colors="active" if forced else "none",
        reduced_motion="reduce",
        viewport={"width": width, "height": 900},
        locale="es-CO",
    )
    context.add_init_script(HEAR)
    try:
        yield context.new_page()
    finally:
        context.close()


def axe_faults(page: Page, impacts: Sequence[str] = ("serious", "critical", "moderate", "minor")) -> list[str]:
    """Return what axe-core finds against WCAG 2.2 A and AA."""
    page.add_script_tag(path=node_modules() / "axe-core" / "axe.min.js")
    rules = f"{{runOnly: {list(WCAG)}, resultTypes: ['violations']}}"
    found = page.evaluate(f"axe.run(document, {rules})")["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found if fault["impact"] in impacts]


def unfold(page: Page) -> None:
    """Open every fold of the page and wake its charts."""
    page.evaluate("for (const fold of document.querySelectorAll('article details')) fold.open = true")
    page.mouse.move(1, 1)


def kind_of(stop: Locator) -> str:
    """Return what a drawing is: the type of a chart, `day` or `strip`."""
    return str(
        stop.evaluate(
            "(stop) => stop.matches('.strip-row') ? 'strip' : stop.closest('.day-panel') ? 'day'"
            " : (/ k-(\\w+)/.exec(stop.className) ?? ['', 'unknown'])[1]"
        )
    )


def walk(page: Page, stop: Locator) -> Spoken:
    """Return what a drawing says to two arrows, and whether it sounds when asked; then it is silent again."""
    kind = kind_of(stop)
    stop.scroll_into_view_if_needed()
    stop.focus()
    voice = page.locator("#pe-voice")
    voice.wait_for(state="attached", timeout=5_000)
    told = []
    for _ in range(2):
        before = voice.inner_text()
        stop.press("ArrowRight")
        page.wait_for_function(
            "(before) => document.querySelector('#pe-voice').innerText !== before", arg=before, timeout=5_000
        )
        told.append(voice.inner_text())
    stop.press(" ")
    page.wait_for_timeout(60)
    sounded = bool(page.evaluate("window.sounded"))
    stop.press("Escape")
    page.evaluate("window.sounded = 0")
    return Spoken(kind, told[0], told[1], sounded)


def nameless(page: Page) -> list[str]:
    """Return the images that a screen reader meets without a name."""
    client = page.context.new_cdp_session(page)
    nodes = client.send("Accessibility.getFullAXTree")["nodes"]
    client.detach()
    roles = {"image", "img", "graphics-document", "SvgRoot", "application"}
    shown = [node for node in nodes if not node.get("ignored") and node.get("role", {}).get("value") in roles]
    return [str(node["role"]["value"]) for node in shown if not node.get("name", {}).get("value")]


def overflow(page: Page, width: int) -> int:
    """Return by how much the page is wider than its window [px]."""
    return max(0, int(page.evaluate(_WIDE)) - width)
