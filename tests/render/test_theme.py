"""One palette for charts, pages and browser."""

from __future__ import annotations

import re

from pipeline.core.paths import ROOT
from pipeline.render import theme

CSS = (ROOT / "site_src" / "css" / "portal.css").read_text(encoding="utf-8")


def _variables(mode: str) -> dict[str, str]:
    block = CSS.split(mode, 1)[1].split("}", 1)[0]
    return {name: re.sub(r"\s", "", value).lower() for name, value in re.findall(r"--c-([\w-]+):\s*([^;]+);", block)}


def test_css_has_the_same_colours_as_the_figures() -> None:
    """A colour changed in one place only would make the live chart differ from the static one."""
    for index, mode in enumerate((":root {", '[data-md-color-scheme="slate"] {')):
        ours = {token: pair[index].lower() for token, pair in theme.PALETTE.items() if token != "none"}
        assert _variables(mode) == ours


def test_every_token_has_its_classes() -> None:
    """The static drawing names tokens by class: a missing rule would draw in black."""
    for token in theme.PALETTE:
        assert f".s-{token} " in CSS
        assert f".f-{token} " in CSS


def _luminance(value: str) -> float:
    channels = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_label_colours_are_readable_in_both_modes() -> None:
    """Text of every series colour has at least 4.5:1 with the ground, light and dark."""
    for token, pair in theme.PALETTE.items():
        if token.endswith("-text") or token in {"ink", "muted", "accent"}:
            for mode in (0, 1):
                assert _contrast(pair[mode], theme.PALETTE["ground"][mode]) >= 4.5, (token, mode)


def test_light_colours_are_unique_so_that_they_can_be_translated() -> None:
    """The browser and the SVG find a token by its light colour."""
    lights = [light for light, _ in theme.PALETTE.values()]
    assert len(lights) == len(set(lights))


def test_sources_keep_their_colour_and_others_never_take_it() -> None:
    """A series that is no source does not wear the colour of one that is on the chart."""
    tokens = theme.series_tokens(["Solar", "Total", "Gas"])
    assert tokens["Solar"] == "solar"
    assert tokens["Total"] == "accent"
    assert len(set(tokens.values())) == 3


def test_stack_order_puts_hydro_at_the_base() -> None:
    """Sources come in the fixed order, whatever the query returned."""
    assert theme.stacking(["Solar", "Otra", "Gas", "Hidráulica"]) == ["Hidráulica", "Gas", "Solar", "Otra"]
