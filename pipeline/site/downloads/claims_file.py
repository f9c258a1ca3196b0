"""Every claim of the day as a document of the API: its figures, its day, and its sentence in Spanish and English."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pipeline.catalog.value_states import word
from pipeline.core.errors import PublishError

#: What each figure of a claim is called here and by its query; what is missing is the working of the grammar.
FIGURES: Final = {
    "value": "valor", "base": "base", "change": "cambio", "threshold": "umbral", "days": "dias", "previous": "anterior",
    "left": "primero", "right": "segundo", "difference": "diferencia", "total": "total", "low": "bajo", "high": "alto",
    "known": "conocido",
}  # fmt: skip
_KINDS: Final = {
    "value": "valor", "comparison": "comparación", "rank": "posición", "run": "racha", "threshold": "umbral",
    "composition": "composición", "balance": "balance", "forecast": "pronóstico", "event": "hecho",
    "contrast": "contraste",
}  # fmt: skip


def claims_document(written: Path) -> dict[str, object]:
    """Return the claims that were written with the texts; none where there are no texts yet.

    Raises:
        PublishError: The file is no JSON.
    """
    try:
        claims: list[dict[str, Any]] = json.loads(written.read_text(encoding="utf-8")) if written.is_file() else []
    except ValueError as error:
        raise PublishError("The claims cannot be read", hint="run ./inv narrate", file=written) from error
    return {"afirmaciones": [_told(claim) for claim in claims]}


def _told(claim: dict[str, Any]) -> dict[str, object]:
    figures = {FIGURES[name]: value for name, value in claim["figures"].items() if name in FIGURES}
    return {
        "id": claim["id"],
        "clase": _KINDS[claim["kind"]],
        "tableros": claim["boards"],
        "dia": claim["day"],
        "unidad": claim["unit"],
        "cifras": {name: round(value, 6) for name, value in figures.items()},
        **({"partes": {name: round(share, 6) for name, share in claim["parts"].items()}} if claim["parts"] else {}),
        "calidad": word(claim["state"]),
        "importancia": claim["significance"],
        "es": claim["es"],
        "en": claim["en"],
    }
