"""The portal's colours and the Plotly template: one palette, light and dark, for every chart.

Figures are built with the light colours. The browser (``site_src/js/portal.js``) and the static SVG
(``svg.py``) translate a light colour into its token, so one figure serves both modes. The same values
are CSS variables in ``site_src/css/portal.css``; ``tests/render/test_theme.py`` keeps them equal.
Source of the palette: colour search under normal, protan, deutan and tritan vision, look.md.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import plotly.graph_objects as go

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
        "hidraulica-text": ("#084681", "#7AA7F3"),
        "gas-text": ("#A34F0D", "#F59425"),
        "carbon-text": ("#4E4A5A", "#B4B5C3"),
        "liquidos-text": ("#931629", "#E08AA0"),
        "solar-text": ("#8F6400", "#FFF480"),
        "eolica-text": ("#2C7468", "#6FFFDA"),
        "biomasa-text": ("#3F7433", "#8FBF5E"),
        "importacion-text": ("#8E3FAE", "#E4AFFF"),
        "ink": ("#0F172A", "#E5E7EB"),
        "muted": ("#475569", "#94A3B8"),
        "rule": ("#E2E8F0", "#243044"),
        "context": ("#94A3B9", "#5B6B82"),
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

#: Fixed Spanish labels of the energy sources, in stacking order (base first), with their token.
SOURCES: Final = MappingProxyType(
    {
        "Hidráulica": "hidraulica",
        "Biomasa y cogeneración": "biomasa",
        "Gas": "gas",
        "Térmica": "gas",
        "Carbón": "carbon",
        "Líquidos": "liquidos",
        "Eólica": "eolica",
        "Solar": "solar",
        "Importación": "importacion",
        "Sin clasificar": "context",
    }
)

#: Words of the semaphore, best first; the same everywhere, as sources are.
STATES: Final = MappingProxyType(
    {"Bien": "good", "Atención": "warn", "Crítico": "bad", "Sin mínimo publicado": "context"}
)
_FIXED: Final = MappingProxyType({**SOURCES, **STATES})

#: Fills under 3:1 against the ground carry a darker 1 px edge.
EDGES: Final = MappingProxyType({"solar": "solar-text", "eolica": "eolica-text", "importacion": "importacion-text"})

#: Colours for series that are not energy sources: one colour for the point, then the most distant ones.
SEQUENCE: Final = ("accent", "gas", "hidraulica", "importacion", "carbon", "solar", "liquidos", "biomasa")

HEAT: Final = ("heat0", "heat1", "heat2", "heat3", "heat4", "heat5", "heat6")

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

_TEXT: Final = MappingProxyType(
    {"context": "muted"} | {t.removesuffix("-text"): t for t in PALETTE if t.endswith("-text")}
)
_TOKENS: Final = MappingProxyType({light: token for token, (light, _) in PALETTE.items()})


def color(token: str) -> str:
    """Return the light colour of a palette token; figures are built with it."""
    return PALETTE[token][0]


def text_color(token: str) -> str:
    """Return the readable variant of a token for text (contrast ≥ 4.5:1 with the ground)."""
    return color(_TEXT.get(token, token))


def token_of(value: str) -> str:
    """Return the palette token of a light colour.

    Args:
        value: A colour that a chart module took from :func:`color`.

    Raises:
        KeyError: The colour is not in the palette: chart modules may use palette colours only.
    """
    return _TOKENS[value]


def series_tokens(names: list[str]) -> dict[str, str]:
    """Give each series its token: energy sources and states keep theirs, the rest take the sequence in order."""
    tokens: dict[str, str] = {}
    free = [token for token in SEQUENCE if token not in {_FIXED[n] for n in names if n in _FIXED}]
    others = [name for name in names if name not in _FIXED]
    for name in names:
        if name in _FIXED:
            tokens[name] = _FIXED[name]
        else:
            index = others.index(name)
            tokens[name] = free[index] if index < len(free) else "context"
    return tokens


def stacking(names: list[str]) -> list[str]:
    """Order series for a stack: sources from base to top, states from the best, then the others as they came."""
    order = list(_FIXED)
    known = sorted((n for n in names if n in _FIXED), key=order.index)
    return known + [n for n in names if n not in _FIXED]


def template(mode: int) -> go.layout.Template:
    """Build the Plotly template.

    Args:
        mode: 0 for light, 1 for dark (index into the palette's pairs).
    """
    ink, muted, rule, ground = (PALETTE[t][mode] for t in ("ink", "muted", "rule", "ground"))
    axis = {
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "automargin": False,
        "tickfont": {"size": 13, "color": muted},
        "title": {"text": ""},
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 14, "color": ink},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [PALETTE[t][mode] for t in SEQUENCE],
            "separators": ",.",
            "showlegend": False,
            "hovermode": "x unified",
            "hoverlabel": {
                "bgcolor": ground,
                "bordercolor": rule,
                "namelength": -1,
                "font": {"family": FONT, "size": 13, "color": ink},
            },
            "dragmode": "zoom",
            "bargap": 0.18,
            "margin": {"t": 12, "b": 28, "l": 48, "r": 16, "pad": 0},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": muted, "activecolor": PALETTE["accent"][mode]},
            "xaxis": {
                **axis,
                "nticks": 7,
                "showline": True,
                "linecolor": PALETTE["context"][mode],
                "showspikes": True,
                "spikemode": "across",
                "spikethickness": 1,
                "spikedash": "solid",
                "spikecolor": muted,
            },
            "yaxis": {
                **axis,
                "showgrid": True,
                "gridcolor": rule,
                "gridwidth": 1,
                "nticks": 6,
                "ticklabelstandoff": 7,
                "exponentformat": "none",
                "separatethousands": True,
            },
        },
    )


def shared_template() -> dict[str, object]:
    """Return what ``assets/plotly-template.json`` holds: both templates and the palette pairs."""
    return {
        "light": template(0).to_plotly_json(),
        "dark": template(1).to_plotly_json(),
        "palette": [list(pair) for pair in PALETTE.values() if pair[0] != pair[1]],
    }
