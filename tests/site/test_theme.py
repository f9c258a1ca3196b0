"""One theme for charts, pages and browser."""

from __future__ import annotations

import pytest

from pipeline.core import palette
from pipeline.core.palette import PALETTE
from pipeline.site.drawing import theme


def test_a_figure_names_tokens_only() -> None:
    """A colour that the palette does not have would stay the same in the dark."""
    assert theme.color("solar") == "var(--pe-solar)"
    assert palette.token_of(theme.text_color("solar")) == "solar-text"
    for wrong in ("lila", "soft", "#D39400"):
        with pytest.raises(KeyError):
            theme.color(wrong)


def test_the_browser_gets_every_colour_by_the_name_figures_use() -> None:
    """The live chart finds the colour of the reader's scheme for each name a figure may carry."""
    shared = theme.shared_template()
    assert shared["palette"] == {theme.color(token): list(pair) for token, pair in PALETTE.items()}
    assert shared["days"][0] == "domingo"  # type: ignore[index]
    assert shared["months"][11] == "diciembre"  # type: ignore[index]


def _luminance(value: str) -> float:
    channels = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_label_colours_are_readable_in_both_modes() -> None:
    """Text of every series colour has at least 4.5:1 with the ground, light and dark."""
    for token, pair in PALETTE.items():
        if token.endswith("-text") or token in {"ink", "muted", "accent"}:
            for mode in (0, 1):
                assert _contrast(pair[mode], PALETTE["ground"][mode]) >= 4.5, (token, mode)


def test_sources_keep_their_colour_and_others_never_take_it() -> None:
    """A series that is no source does not wear the colour of one that is on the chart."""
    tokens = theme.series_tokens(["Solar", "Total", "Gas"])
    assert tokens["Solar"] == "solar"
    assert tokens["Total"] == "accent"
    assert len(set(tokens.values())) == 3


def test_stack_order_puts_hydro_at_the_base() -> None:
    """Sources come in the fixed order, whatever the query returned."""
    assert theme.stacking(["Solar", "Otra", "Gas", "Hidráulica"]) == ["Hidráulica", "Gas", "Solar", "Otra"]
