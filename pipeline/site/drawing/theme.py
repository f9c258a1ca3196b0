"""The theme of every chart: which series wears which colour, and the Plotly template, light and dark.

Figures name colours by token (`core/palette.py`), so one figure serves both modes: the static SVG writes the token as
a class, the browser puts the colour of the reader's scheme in its place.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import plotly.graph_objects as go

from pipeline.core import spanish
from pipeline.core.palette import PALETTE, token_of, variable

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


def color(token: str) -> str:
    """Return how a figure names a token of the palette.

    Raises:
        KeyError: No such token.
    """
    return variable(token_of(variable(token)))


def text_color(token: str) -> str:
    """Return the readable variant of a token for text (contrast ≥ 4.5:1 with the ground)."""
    return color(_TEXT.get(token, token))


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
    """Return what ``assets/plotly-template.json`` holds: both templates, the colours, Spanish calendar words."""
    week = [spanish.WEEKDAYS[-1], *spanish.WEEKDAYS[:-1]]  # d3's week begins on Sunday
    return {
        "light": template(0).to_plotly_json(),
        "dark": template(1).to_plotly_json(),
        "palette": {variable(token): list(pair) for token, pair in PALETTE.items()},
        "days": week,
        "months": list(spanish.MONTHS),
    }
