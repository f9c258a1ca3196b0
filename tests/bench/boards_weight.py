"""What a board weighs and how soon its first chart is there, in a real Chromium with nothing cached.

The site is served with gzip, as a static host would. Bytes are those on the wire until the page is still and nobody has
touched it. A chart is drawn by the page itself (SVG), complete with its values; Plotly brings it to life at a reader's
first move. Both are measured: the drawing from the start of the navigation, the living chart from that move.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, CDPSession, sync_playwright

from pipeline.site.serve import running
from tests.bench import chromium
from tests.bench.boards_shown import HOME
from tests.bench.portals import Portals
from tests.bench.table import Line, at_most, told

KB, DESKTOP_SECONDS, SLOW_SECONDS = 450.0, 1.0, 3.5
SLOWDOWN, MEGABITS, LATENCY_MS = 4, 10, 40
RUNS = 3
_WATCH = """
new MutationObserver(() => {
  if (document.querySelector("figure svg.static, .kpi svg.static")) window.drawn ??= performance.now();
  if (document.querySelector(".plot.is-live")) window.alive ??= performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
addEventListener("pointermove", () => { window.moved ??= performance.now(); }, true);
"""
_READ = """() => ({
  drawn: window.drawn ?? Infinity,
  painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity,
  waited: (window.alive ?? NaN) - window.moved,
})"""


@dataclass
class Load:
    """One load of a page.

    Attributes:
        bytes: Transferred before anybody touched it, headers included [B].
        drawn: First chart on the screen [s].
        more: Transferred until its first chart was alive [B].
        waited: From the first move to the first living chart [s].
    """

    bytes: int
    drawn: float
    more: int
    waited: float


@dataclass
class Board:
    """The loads of one board."""

    slug: str
    loads: list[Load] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """Its heaviest load [KB]."""
        return max(load.bytes for load in self.loads) / 1000

    @property
    def drawn(self) -> float:
        """Median time to its first chart [s]."""
        return statistics.median(load.drawn for load in self.loads)

    @property
    def waited(self) -> float:
        """Median time from the first move to a living chart [s]."""
        return statistics.median(load.waited for load in self.loads)


def bench_weight(portals: Portals) -> list[Line]:
    """Load every board of the demo, on a desk and on a slow phone."""
    portal = portals.demo()
    slugs = sorted(portal.catalog.boards)
    with running(portal.paths.site) as url, opened_browser() as browser:
        desk = [_loads(browser, url, slug, slow=False) for slug in slugs]
        slow = [_loads(browser, url, slug, slow=True) for slug in slugs]
    waits = f"{SLOWDOWN}x slower CPU, {MEGABITS} Mbit/s"
    return [
        *(
            told(f"weight: {b.slug}, first chart {b.drawn:.2f} s, slow {late.drawn:.2f} s [KB]", b.weight)
            for b, late in zip(desk, slow, strict=True)
        ),
        at_most("weight: heaviest board before interaction [KB]", max(b.weight for b in desk), KB),
        at_most("weight: slowest first chart, desk [s]", max(b.drawn for b in desk), DESKTOP_SECONDS),
        at_most(f"weight: slowest first chart, {waits} [s]", max(b.drawn for b in slow), SLOW_SECONDS),
        told(
            "weight: heaviest board with its first chart alive [KB]", max(x.more for b in desk for x in b.loads) / 1000
        ),
        told("weight: longest wait from the first move to a living chart, desk [s]", max(b.waited for b in desk)),
        told(f"weight: longest wait from the first move to a living chart, {waits} [s]", max(b.waited for b in slow)),
    ]


@contextmanager
def opened_browser() -> Iterator[Browser]:
    """Open the Chromium of the tests, and close it."""
    path = chromium.install()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        try:
            yield launched
        finally:
            launched.close()


def _loads(browser: Browser, url: str, slug: str, *, slow: bool) -> Board:
    address = url if slug == HOME else f"{url}tableros/{slug}/"
    return Board(slug, [load(browser, address, slow=slow) for _ in range(RUNS)])


def load(browser: Browser, address: str, *, slow: bool) -> Load:
    """Load a page in a context of its own and return what it cost; with `slow`, as on a modest phone."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="es-CO")
    page = context.new_page()
    page.add_init_script(_WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[int] = []
    session.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    if slow:
        slow_down(session)
    page.goto(address, wait_until="networkidle")
    before = sum(received)
    page.mouse.move(9, 9)
    page.locator("figure.chart[data-figure]").first.scroll_into_view_if_needed()
    page.locator(".plot.is-live").first.wait_for(timeout=60_000)
    found = page.evaluate(_READ)
    context.close()
    drawn = max(float(found["drawn"]), float(found["painted"])) / 1000
    return Load(before, drawn, sum(received), float(found["waited"]) / 1000)


def slow_down(session: CDPSession) -> None:
    """Let a page load as on a modest phone: a slower processor and a slower line."""
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    rate = MEGABITS * 1e6 / 8
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY_MS, "downloadThroughput": rate, "uploadThroughput": rate},
    )
