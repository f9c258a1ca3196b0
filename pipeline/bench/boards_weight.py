"""What a board weighs and how soon its first chart is there, in a real Chromium with nothing cached.

The site is served with gzip, as a static host would. Bytes are those on the wire until the page is still and nobody has
touched it. A chart is drawn by the page itself (SVG) and comes alive with Plotly: the floor is on the living one.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, CDPSession, sync_playwright

from pipeline.bench import chromium
from pipeline.bench.boards_old import HOME
from pipeline.bench.portals import Portals
from pipeline.bench.table import Line, at_most, told
from pipeline.publish.serve import running

KB, DESKTOP_SECONDS, SLOW_SECONDS = 450.0, 1.0, 3.5
SLOWDOWN, MEGABITS, LATENCY_MS = 4, 10, 40
RUNS = 3
_WATCH = """
window.firsts = {};
const note = (what) => { window.firsts[what] ??= performance.now(); };
new MutationObserver(() => {
  if (document.querySelector(".plot.is-live")) note("alive");
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] });
"""
_READ = """() => ({
  alive: window.firsts.alive ?? null,
  painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
  near: [...document.querySelectorAll("figure.chart[data-figure]")]
    .some((figure) => figure.getBoundingClientRect().top < innerHeight + 200),
})"""


@dataclass
class Load:
    """One load of a page.

    Attributes:
        bytes: Transferred, headers included [B].
        painted: First paint of the page [s]; its charts are drawn in the HTML.
        alive: First chart under Plotly [s]; None where no chart is near the first screen.
    """

    bytes: int
    painted: float
    alive: float | None


@dataclass
class Board:
    """The loads of one board."""

    slug: str
    loads: list[Load] = field(default_factory=list)

    @property
    def first(self) -> float:
        """Median time to its first chart [s]: alive where one is near the first screen, else painted."""
        return statistics.median(load.alive if load.alive is not None else load.painted for load in self.loads)


def bench_weight(portals: Portals) -> list[Line]:
    """Load every board of the demo, on a desk and on a slow phone."""
    portal = portals.demo()
    slugs = sorted(portal.catalog.boards)
    with running(portal.paths.site) as url, _browser() as browser:
        desk = [_loads(browser, url, slug, slow=False) for slug in slugs]
        slow = [_loads(browser, url, slug, slow=True) for slug in slugs]
    lines = [
        told(f"weight: {board.slug} [KB]; first chart {board.first:.2f} s, slow {late.first:.2f} s", _kb(board))
        for board, late in zip(desk, slow, strict=True)
    ]
    waits = f"{SLOWDOWN}x slower CPU, {MEGABITS} Mbit/s"
    return [
        *lines,
        at_most("weight: heaviest board before interaction [KB]", max(map(_kb, desk)), KB),
        at_most("weight: slowest first chart, desk [s]", max(b.first for b in desk), DESKTOP_SECONDS),
        at_most(f"weight: slowest first chart, {waits} [s]", max(b.first for b in slow), SLOW_SECONDS),
        told("weight: slowest first paint, desk [s]", max(_painted(b) for b in desk)),
        told(f"weight: slowest first paint, {waits} [s]", max(_painted(b) for b in slow)),
    ]


def _kb(board: Board) -> float:
    return max(load.bytes for load in board.loads) / 1000


def _painted(board: Board) -> float:
    return statistics.median(load.painted for load in board.loads)


@contextmanager
def _browser() -> Iterator[Browser]:
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
        _slow_down(session)
    page.goto(address, wait_until="networkidle")
    found = page.evaluate(_READ)
    if found["near"] and found["alive"] is None:
        page.locator(".plot.is-live").first.wait_for(timeout=30_000)
        found = page.evaluate(_READ)
    context.close()
    alive = found["alive"]
    return Load(sum(received), float(found["painted"]) / 1000, None if alive is None else float(alive) / 1000)


def _slow_down(session: CDPSession) -> None:
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    rate = MEGABITS * 1e6 / 8
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY_MS, "downloadThroughput": rate, "uploadThroughput": rate},
    )
