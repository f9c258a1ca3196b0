"""Accessibility: axe-core finds nothing serious on pages of each kind, in both schemes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.tools import node_modules, of_each_kind

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations']}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, built_site: Path, address: str, scheme: str) -> None:
    """No serious or critical fault of WCAG 2.1 A and AA."""
    axe = node_modules() / "axe-core" / "axe.min.js"
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    faults = []
    for name in of_each_kind(built_site):
        page.goto(address + name)
        page.add_script_tag(path=axe)
        found = page.evaluate(f"axe.run(document, {_RULES})")["violations"]
        faults += [
            f"{name}: {fault['id']}: {fault['nodes'][0]['html'][:160]}"
            for fault in found
            if fault["impact"] in ("serious", "critical")
        ]
    context.close()
    assert faults == []
