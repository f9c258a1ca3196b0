"""How fast the Explorer answers: Chromium over loopback, on a generated lake of twenty-six years of hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from playwright.sync_api import Browser, Page, sync_playwright

from pipeline.core.paths import ROOT
from pipeline.site.serve import running
from pipeline.store.lake import Lake
from pipeline.store.parts import ROW_SCHEMA
from tests.bench import chromium
from tests.bench.table import Line, at_most, told
from tests.site.tiny import TODAY, make_world, write_docs

YEARS = 26
PLANTS = [f"P{number:03d}" for number in range(70)]
PLANT_DAYS = 3 * 365
ROUNDS = 3  # cold openings: the median counts

# When a key went down, and when the answer was drawn and painted [ms since the navigation began].
_WATCH = """
addEventListener("DOMContentLoaded", () => {
  const page = document.querySelector("#explorer");
  addEventListener("keydown", () => { window.began = performance.now(); window.answered = 0; }, true);
  new MutationObserver(() => {
    if (page.dataset.state !== "drawn") return;
    requestAnimationFrame(() => setTimeout(() => { window.answered = performance.now(); }));
  }).observe(page, { attributes: true, attributeFilter: ["data-state"] });
});
"""


def explorer_lines(home: Path) -> Sequence[Line]:
    """Return the figures of the Explorer beside their floors.

    Args:
        home: An empty folder.
    """
    site = _built(home)
    hours = f"s=PrecBolsNaci.Sistema.Sistema&ultimos={YEARS * 366}"
    plants = f"s=Gene.Recurso.{PLANTS[3]}&s=Gene.Recurso.{PLANTS[50]}&ultimos=365&comparar=anterior"
    with running(site, prefix="/energia/") as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.install(), args=list(chromium.ARGUMENTS))
        by_hour, zoom = _measured(browser, url, f"{hours}&paso=hora")
        by_month, _ = _measured(browser, url, f"{hours}&paso=mes")
        compared, _ = _measured(browser, url, plants)
        month, _ = _measured(browser, url, "s=PrecBolsNaci.Sistema.Sistema&desde=2013-05-01&hasta=2013-05-31&paso=hora")
        first, _ = _measured(browser, url, "s=Gene.Sistema.Sistema&s=PrecBolsNaci.Sistema.Sistema")
        browser.close()
    return [
        at_most(f"{YEARS} years of an hourly series drawn by hour, cold [s]", by_hour, 1.5),
        at_most(f"{YEARS} years of an hourly series drawn by month, cold [s]", by_month, 1.5),
        at_most("zoom into its half and back [s]", zoom, 0.1),
        at_most("two plants by day, a year over the one before, cold [s]", compared, 1.0),
        told("one month of 2013 by hour, cold [s]", month),
        told("demand and price of 90 days, cold [s]", first),
    ]


def _built(home: Path) -> Path:
    """Publish a small world whose lake holds long series; return its site."""
    shared = ROOT / "build" / "vendor"
    world = make_world(home)
    shared.mkdir(parents=True, exist_ok=True)
    world.paths.vendor.parent.mkdir(parents=True, exist_ok=True)
    world.paths.vendor.symlink_to(shared)
    lake = Lake(world.paths.lake)
    with lake.writing():
        change = lake.transaction(TODAY)
        change.upsert("PrecBolsNaci", "Sistema", _rows(["Sistema"], (TODAY - dt.date(TODAY.year - YEARS, 1, 1)).days))
        change.upsert("Gene", "Recurso", _rows(PLANTS, PLANT_DAYS))
        change.commit(dt.datetime.combine(TODAY, dt.time(5)))
    write_docs(world.paths.docs, world.catalog, lake)
    for page in (world.paths.docs / "metricas").glob("*.md"):  # the downloads of a long series are cut, and named there
        page.write_text(page.read_text(encoding="utf-8").replace("</div>", '<p id="descargas">CSV</p></div>'), "utf-8")
    world.publish()
    return world.paths.site


def _rows(codes: Sequence[str], days: int) -> pa.Table:
    """Return hours of so many days up to yesterday for each code, no two numbers alike, as real ones are."""
    count = days * 24
    start = np.datetime64(TODAY - dt.timedelta(days=days), "ms")
    moments = start + np.arange(count) * np.timedelta64(3_600_000, "ms")
    drawing = np.random.default_rng(14)
    values = np.round(200 + 50 * np.sin(np.arange(count) / 24) + drawing.normal(0, 9, (len(codes), count)), 5)
    columns = [np.repeat(codes, count), np.tile(moments, len(codes)), values.ravel(), np.full(count * len(codes), "ok")]
    return pa.table(dict(zip(ROW_SCHEMA.names, columns, strict=True))).cast(ROW_SCHEMA)


def _measured(browser: Browser, url: str, question: str) -> tuple[float, float]:
    """Return the median times to a painted answer from a cold start, and of a zoom from there [s]."""
    opened, zoomed = [], []
    for _ in range(ROUNDS):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.goto(f"{url}explorar/#{question}")
        opened.append(_answered(page))
        page.locator("#ex-plot").focus()
        for key in ("+", "0", "+"):
            page.keyboard.press(key)
            zoomed.append(_answered(page) - float(page.evaluate("() => window.began")) / 1000)
        context.close()
    return sorted(opened)[ROUNDS // 2], sorted(zoomed)[len(zoomed) // 2]


def _answered(page: Page) -> float:
    page.wait_for_function("() => window.answered > 0", timeout=60_000)
    return float(page.evaluate("() => window.answered")) / 1000
