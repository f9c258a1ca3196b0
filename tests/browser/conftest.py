"""One browser and one small built site for all browser tests; every request and console message is watched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from pipeline.core.paths import ROOT
from pipeline.site.serve import running
from tests.bench import chromium
from tests.once import Once
from tests.site.tiny import World, make_world
from tests.world import SmallWorld

SITE_VARIABLE = "PORTAL_TEST_SITE"
PREFIX = "/energia/"  # the site must live below any path


@dataclass
class Watched:
    """A page with everything it asked for and complained about."""

    page: Page
    origin: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def outside(self) -> list[str]:
        """Requests to another origin."""
        inside = (self.origin, "data:", "blob:")
        return [address for address in self.requests if not address.startswith(inside)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, found or installed; one a module, because it holds the event loop of the worker's thread."""
    path = chromium.install()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def tiny_world(once: Once) -> World:
    """The tiny world, published with the real browser assets."""
    return once("browser", _publish)


def _publish(folder: Path) -> World:
    world = make_world(folder)
    shared = ROOT / "build" / "vendor"
    shared.mkdir(parents=True, exist_ok=True)
    world.paths.vendor.parent.mkdir(parents=True, exist_ok=True)
    world.paths.vendor.symlink_to(shared)
    world.publish()
    return world


@pytest.fixture(scope="session")
def built_site(request: pytest.FixtureRequest) -> Path:
    """The site under test: all pages of the small world, or those of the site that `PORTAL_TEST_SITE` names."""
    if given := os.environ.get(SITE_VARIABLE):  # noqa: TID251 (a setting of the tests)
        return Path(given)
    world: SmallWorld = request.getfixturevalue("world")
    return world.paths.site


@pytest.fixture(scope="session")
def address(built_site: Path) -> Iterator[str]:
    """Address of the site under test, below a sub-path."""
    with running(built_site, prefix=PREFIX) as url:
        yield url


@pytest.fixture(scope="session")
def tiny_address(tiny_world: World) -> Iterator[str]:
    """Address of the tiny site, below a sub-path."""
    with running(tiny_world.paths.site, prefix=PREFIX) as url:
        yield url


Opener = Callable[..., Watched]


@pytest.fixture
def watch(browser: Browser) -> Iterator[Opener]:
    """Open pages in a fresh context; `javascript=False` and viewports are options of the context."""
    contexts: list[BrowserContext] = []

    def open_page(url: str, *, javascript: bool = True, go: bool = True, **options: object) -> Watched:
        context = browser.new_context(java_script_enabled=javascript, locale="es-CO", **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        watched = Watched(page, url.split("/energia/", maxsplit=1)[0])

        def asked(request: Request) -> None:
            watched.requests.append(request.url)

        context.on("request", asked)
        page.on("console", lambda m: watched.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        if go:
            page.goto(url, wait_until="load")
        return watched

    yield open_page
    for context in contexts:
        context.close()
