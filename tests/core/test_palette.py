"""One file of colours, from which the style sheet is made."""

from __future__ import annotations

import re

import pytest

from pipeline.core import palette
from pipeline.core.paths import ROOT

CSS = palette.css()
SOURCES = sorted((ROOT / "site_src" / "css").glob("*.css"))


def test_every_token_has_both_colours_and_its_classes() -> None:
    """The static drawing names tokens by class: a missing rule would draw in black."""
    light, dark = CSS.split(palette.DARK_SCOPE)
    for token, pair in {**palette.PALETTE, **palette.FRAME}.items():
        assert f"--pe-{token}: {pair[0]};" in light
        assert f"--pe-{token}: {pair[1]};" in dark
    for token in palette.PALETTE:
        assert f".s-{token} {{ stroke:" in CSS
        assert f".f-{token} {{ fill:" in CSS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_style_sheets_name_colours_and_every_name_exists(path) -> None:
    """A colour written by number would not follow the palette; a name that is not there would be no colour at all."""
    text = path.read_text(encoding="utf-8")
    everything = CSS + "".join(source.read_text(encoding="utf-8") for source in SOURCES)
    known = set(re.findall(r"(--[a-z][\w-]*):", everything))
    used = {name for name in re.findall(r"var\((--[\w-]+)", text) if not name.startswith("--md-")}
    assert used <= known
    assert re.findall(r"(?<!border-color: )#[0-9a-fA-F]{3,8}\b", re.sub(r"/\*.*?\*/", "", text)) == []
