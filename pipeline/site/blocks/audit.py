"""What stands behind a text: its claims with figures, days and queries, what was left out, and who made the plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from pipeline.core import spanish
from pipeline.site.context import state_mark

#: Names of the figures of a claim as a reader knows them; what is missing here is the working of the grammar.
_FIGURES = {
    "value": "valor", "base": "se compara con", "change": "cambio", "threshold": "umbral", "days": "días",
    "previous": "anterior", "left": "primero", "right": "segundo", "difference": "diferencia", "total": "total",
    "low": "banda, desde", "high": "banda, hasta", "known": "últimos siete días",
}  # fmt: skip
_COUNTED = ("days", "hours")  # of a threshold: its value is how many


@dataclass(frozen=True)
class AuditedClaim:
    """One claim of a text: its id, figures, day, state, and the query that gives them.

    `run` is the query as the console takes it in its address.
    """

    id: str
    figures: str
    day: str
    state: str
    run: str


@dataclass(frozen=True)
class TextAudit:
    """The audit of a text.

    Attributes:
        told: Claims in the text.
        left: How many claims were left out, in words; the file names them.
        facts: Who made the plan, and what it took: name and words.
        plan: The plan as JSON.
        file: Address of the same as a file.
    """

    told: tuple[AuditedClaim, ...]
    left: str
    facts: tuple[tuple[str, str], ...]
    plan: str
    file: str


def audit_of(text: Mapping[str, object]) -> TextAudit | None:
    """Return the audit of a text; None of one without claims. The same is a file of the backup that every site has."""
    claims = text.get("claims")
    if not isinstance(claims, list) or not claims:
        return None
    by_id = {claim["id"]: claim for claim in claims}
    return TextAudit(
        told=tuple(_audited(by_id[name]) for name in _told(text) if name in by_id),
        left=_left(sum(not claim["shown"] for claim in claims)),
        facts=tuple(_facts(text)),
        plan=json.dumps(text["plan"], ensure_ascii=False),
        file=f"datos/narrative/{text['slug']}.json",
    )


def _told(text: Mapping[str, object]) -> list[str]:
    """Return the ids of the claims of a text, in its order."""
    sentences = text.get("sentences")
    return [name for sentence in sentences for name in sentence["claims"]] if isinstance(sentences, list) else []


def _audited(claim: Mapping[str, object]) -> AuditedClaim:
    figures = claim["figures"] if isinstance(claim["figures"], dict) else {}
    parts = claim["parts"] if isinstance(claim["parts"], dict) else {}
    shown = [f"{word} {_figure(name, figures[name], claim)}" for name, word in _FIGURES.items() if name in figures]
    shown += [f"{name} {spanish.percent(value)}" for name, value in parts.items()]
    run = urlencode({"sql": str(claim["sql"])}, safe="'(),=*/:<>")
    return AuditedClaim(str(claim["id"]), "; ".join(shown), str(claim["day"]), state_mark(str(claim["state"])), run)


def _figure(name: str, value: float, claim: Mapping[str, object]) -> str:
    unit, decimals = str(claim["unit"]), int(str(claim["decimals"]))
    words = claim["words"] if isinstance(claim["words"], dict) else {}
    if name == "days" or (name == "value" and words.get("manner") in _COUNTED):
        return spanish.number(value, 0)
    if name == "change" or (claim["kind"] == "contrast"):
        return spanish.quantity(value, {"%": "puntos", "°C": "°C"}.get(unit, "%"), 1)
    return spanish.quantity(value, unit, decimals)


def _left(number: int) -> str:
    return spanish.plural(number, "afirmación quedó fuera", "afirmaciones quedaron fuera") if number else ""


def _unknown(number: object) -> str:
    return spanish.plural(int(str(number)), "clave desconocida", "claves desconocidas")


def _facts(text: Mapping[str, object]) -> list[tuple[str, str]]:
    asked = text.get("asked")
    facts = [("Titular", f"«{text['headline']}»")] if text.get("headline") else []
    facts += [("Plan", "de un modelo de lenguaje" if text["origin"] == "modelo" else "de las reglas del portal")]
    if isinstance(asked, dict):
        facts += [
            ("Modelo", f"{asked['served']} ({asked['provider']})"),
            ("Costo", f"{spanish.number(asked['tokens'], 0)} tokens"
             + (f", {spanish.number(asked['usd'], 4)} USD" if asked["usd"] is not None else "")),
            ("Tiempo", f"{spanish.number(asked['seconds'], 1)} s"),
        ]  # fmt: skip
        if asked["fault"] or text["dropped"]:
            facts.append(("Descartado", _unknown(text["dropped"]) if text["dropped"] else "sin plan"))
    facts += [("Versión de las instrucciones", str(text["prompt_hash"])[:12])]
    return [*facts, ("Huella de las afirmaciones", str(text["claims_hash"])[:12])]
