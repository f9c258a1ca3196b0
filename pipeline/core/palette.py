"""The portal's colours, once: the style sheet's variables and classes and the figures' theme are made from them.

Every colour has a name (its token), a light and a dark value. Pages name it `var(--pe-<token>)`, drawings by a class,
figures by :func:`variable`; only here does it have a number. Source of the palette of the charts: colour search under
normal, protan, deutan and tritan vision. It lives in `core` because charts and pages must agree and neither may import
the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Colours a chart may use: token → (light, dark). Each has a class for stroke, fill, text and background.
PALETTE: Final = MappingProxyType(
    {
        # token: (light, dark)
        "hidraulica": ("#084680", "#3C7AE2"),
        "gas": ("#B25810", "#F59425"),
        "carbon": ("#4E4A59", "#999AAB"),
        "liquidos": ("#931628", "#A6475F"),
        "solar": ("#D39400", "#FFF480"),
        "eolica": ("#50A99B", "#6FFFDA"),
        "biomasa": ("#609954", "#55802C"),
        "importacion": ("#C773E4", "#E4AFFF"),
        # The same hues dark (or light) enough for 14 px text and for the 1 px edge of pale fills.
        "hidraulica-text": ("#084680", "#7AA7F3"),
        "gas-text": ("#A34F0D", "#F59425"),
        "carbon-text": ("#4E4A59", "#B4B5C3"),
        "liquidos-text": ("#931628", "#E08AA0"),
        "solar-text": ("#8F6400", "#FFF480"),
        "eolica-text": ("#2C7468", "#6FFFDA"),
        "biomasa-text": ("#3F7433", "#8FBF5E"),
        "importacion-text": ("#8E3FAE", "#E4AFFF"),
        "ink": ("#0F172A", "#E5E7EB"),
        "muted": ("#475569", "#94A3B8"),
        "rule": ("#E2E8F0", "#243044"),
        "context": ("#94A3B8", "#5B6B82"),
        "ground": ("#FFFFFF", "#111827"),
        "accent": ("#0F766E", "#2DD4BF"),
        # States: always with a word.
        "good": ("#15803D", "#4ADE80"),
        "warn": ("#B45309", "#FBBF24"),
        "bad": ("#B91C1C", "#F87171"),
        "accent-soft": ("rgba(15,118,110,0.10)", "rgba(45,212,191,0.14)"),
        "band80": ("rgba(15,118,110,0.24)", "rgba(45,212,191,0.28)"),
        "band95": ("rgba(15,118,110,0.12)", "rgba(45,212,191,0.14)"),
        "veil": ("rgba(255,255,255,0.55)", "rgba(17,24,39,0.55)"),
        "none": ("rgba(0,0,0,0)", "rgba(0,0,0,0)"),
        "heat0": ("#EAF4F2", "#15292F"),
        "heat1": ("#C9E4E0", "#173B40"),
        "heat2": ("#9FCFC8", "#175054"),
        "heat3": ("#6FB6AD", "#17696A"),
        "heat4": ("#3F9A90", "#1A8783"),
        "heat5": ("#157A71", "#2BB3A5"),
        "heat6": ("#0A544E", "#7FEBDA"),
    }
)

#: Colours of the page around the charts: token → (light, dark).
FRAME: Final = MappingProxyType(
    {
        "soft": ("#F8FAFC", "#172033"),
        "accent-ink": ("#FFFFFF", "#06281F"),
        "warn-ground": ("#FEF3C7", "#3B2A08"),
        "warn-ink": ("#713F12", "#FDE68A"),
        "mark": ("#FDE68A", "#7C5A0A"),
        "code": ("#F1F5F9", "#1E293B"),
        # Cells of the completeness map that have less than all.
        "half": ("#F6D9A8", "#6B4A12"),
        "few": ("#F0B27A", "#8A4A10"),
        "full-ink": ("#0A544E", "#C9E4E0"),
        "half-ink": ("#5B2C06", "#FDE9C8"),
    }
)

PREFIX: Final = "--pe-"
NOTHING: Final = "none"  # drawn nowhere
DARK_SCOPE: Final = '[data-md-color-scheme="slate"]'
_CLASSES: Final = MappingProxyType({"s": "stroke", "f": "fill", "t": "fill", "b": "background"})


def light(token: str) -> str:
    """Return the light colour of a token, for files that stand alone (images to download)."""
    return NOTHING if token == NOTHING else {**PALETTE, **FRAME}[token][0]


def variable(token: str) -> str:
    """Return how figures and style sheets name a token: `var(--pe-solar)`."""
    return f"var({PREFIX}{token})"


def token_of(name: str) -> str:
    """Return the token that :func:`variable` named.

    Raises:
        KeyError: Not a colour of the palette: charts may use nothing else.
    """
    token = name.removeprefix(f"var({PREFIX}").removesuffix(")")
    if variable(token) != name or token not in PALETTE:
        raise KeyError(name)
    return token


def css() -> str:
    """Return the style sheet's variables, light and, on screens, dark, and one class per token and use."""
    both = {**PALETTE, **FRAME}
    rules = [_scope(":root", both, 0), f"@media screen {{ {_scope(DARK_SCOPE, both, 1)} }}"]
    rules += [
        f".{mark}-{token} {{ {use}: {variable(token)}; }}"
        for token in PALETTE
        if token != NOTHING
        for mark, use in _CLASSES.items()
    ]
    return "\n".join([*rules, f".s-{NOTHING} {{ stroke: none; }}", f".f-{NOTHING} {{ fill: none; }}"]) + "\n"


def _scope(selector: str, colors: Mapping[str, tuple[str, str]], mode: int) -> str:
    lines = "".join(f"  {PREFIX}{token}: {pair[mode]};\n" for token, pair in colors.items())
    return f"{selector} {{\n{lines}}}"
