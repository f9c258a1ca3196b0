"""How long the pages are, how soon they stand, and how still: home and boards of a built site, in a real Chromium.

The waits are those of a phone on a slow line, as `boards_weight` slows it; heights are a desk's and a phone's.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from pipeline.site.serve import running
from tests.bench.boards_weight import RUNS, Load, load, opened_browser, slow_down
from tests.bench.table import Line, at_most, told

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
HOME_PX, BOARD_PX, SCREENS = 3_500, 5_000, 3
HOME_KB, BOARD_KB, PAINT_SECONDS, SHIFT, TOUCH_MS = 200, 120, 1.5, 0.01, 150
_OBSERVE = """
window.paint = 0; window.shift = 0;
new PerformanceObserver((list) => { for (const each of list.getEntries()) window.paint = each.startTime; })
  .observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => { for (const each of list.getEntries()) window.shift += each.value; })
  .observe({ type: "layout-shift", buffered: true });
"""
_HEIGHT = "document.documentElement.scrollHeight"
_DOORS = "document.querySelector('{}').getBoundingClientRect().top + scrollY"


def bench_pages(site: Path) -> list[Line]:
    """Return heights, weights, waits and shifts beside their floors.

    Args:
        site: A built site, best the demo's.
    """
    boards = sorted(f"tableros/{page.parent.name}/" for page in site.glob("tableros/*/index.html"))
    with running(site) as url, opened_browser() as browser:
        return [
            *_lengths(browser, url, boards),
            *_home(browser, url),
            *_boards(browser, url, boards),
        ]


def _lengths(browser: Browser, url: str, boards: Sequence[str]) -> list[Line]:
    with _opened(browser, DESK) as page:
        heights = {name: _measured(page, url + name, _HEIGHT) for name in ("", *boards)}
    with _opened(browser, PHONE) as page:
        strip, whole = (_measured(page, url, _DOORS.format(name)) / PHONE["height"] for name in (".doors", "#tableros"))
    tallest = max(boards, key=lambda name: heights[name])
    return [
        at_most("pages: home at 1,440 px, nothing unfolded [px]", heights[""], HOME_PX),
        at_most(f"pages: tallest board, {tallest.split('/')[1]} [px]", heights[tallest], BOARD_PX),
        at_most("pages: screens of a phone to the strip of boards", strip, SCREENS),
        told("pages: screens of a phone to the list of boards with their figures", whole),
    ]


def _home(browser: Browser, url: str) -> list[Line]:
    loads = [load(browser, url, slow=False) for _ in range(RUNS)]
    paints, shifts = zip(*(_seen(browser, url) for _ in range(RUNS)), strict=True)
    return [
        at_most("pages: home before anybody touches it [kB]", _kilobytes(loads), HOME_KB),
        at_most("pages: home, largest paint on a slow phone [s]", statistics.median(paints), PAINT_SECONDS),
        at_most("pages: home, layout shift", max(shifts), SHIFT),
    ]


def _boards(browser: Browser, url: str, boards: Sequence[str]) -> list[Line]:
    loads = {name: [load(browser, url + name, slow=False) for _ in range(RUNS)] for name in boards}
    heaviest = max(boards, key=lambda name: _kilobytes(loads[name]))
    slowest = max(boards, key=lambda name: _waited(loads[name]))
    return [
        at_most(f"pages: heaviest board, {heaviest.split('/')[1]} [kB]", _kilobytes(loads[heaviest]), BOARD_KB),
        at_most(f"pages: first touch to living chart, {slowest.split('/')[1]} [ms]", _waited(loads[slowest]), TOUCH_MS),
        told("pages: its half of the boards [ms]", statistics.median(_waited(each) for each in loads.values())),
        at_most("pages: largest layout shift of a board", max(_seen(browser, url + name)[1] for name in boards), SHIFT),
    ]


def _kilobytes(loads: Sequence[Load]) -> float:
    return max(each.bytes for each in loads) / 1000


def _waited(loads: Sequence[Load]) -> float:
    return 1000 * statistics.median(each.waited for each in loads)


def _seen(browser: Browser, address: str) -> tuple[float, float]:
    """Return the largest paint [s] and the layout shift of a page on a slow phone."""
    with _opened(browser, PHONE) as page:
        page.add_init_script(_OBSERVE)
        slow_down(page.context.new_cdp_session(page))
        page.goto(address, wait_until="networkidle")
        paint, shift = page.evaluate("[window.paint, window.shift]")
        return paint / 1000, shift


def _measured(page: Page, address: str, what: str) -> float:
    page.goto(address, wait_until="load")
    return float(page.evaluate(what))


@contextmanager
def _opened(browser: Browser, viewport: dict[str, int]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": viewport["width"], "height": viewport["height"]}, locale="es-CO")
    try:
        yield context.new_page()
    finally:
        context.close()
