"""The document of the API with the state of the system: the rule, what each index says, and the state of each day."""

from __future__ import annotations

import datetime as dt
from typing import Final

import duckdb

_STATES: Final = {"normal": "normal", "watch": "vigilancia", "risk": "riesgo", "unknown": "sin datos suficientes"}
_LEVELS: Final = {**_STATES, "unknown": "sin dato", "unweighed": "sin umbral"}
NOTE: Final = (
    "Lectura de índices publicados. La condición del sistema la declara el Centro Nacional de Despacho, y un "
    "racionamiento programado lo ordena el Gobierno Nacional."
)


def state_document(con: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Return the state of the newest day with its reasons, each index with its thresholds, and two years of spans.

    Raises:
        duckdb.Error: A view is missing or fails.
    """
    state, day, since, reasons, missing = con.execute(
        "SELECT state, day, since, reasons, missing FROM system_state"
    ).fetchall()[0]
    indices = con.execute(
        "SELECT id, label, unit, decides, word, day, value, watch, risk, to_watch, to_risk, sentence, "
        "threshold_source, threshold_since FROM state_index ORDER BY ordinal"
    ).fetchall()
    spans = con.execute(
        "SELECT day, until, state, because, missing FROM system_state_span ORDER BY day DESC"
    ).fetchall()
    return {
        "aviso": NOTE,
        "estado": _STATES[state],
        "dia": _iso(day),
        "desde": _iso(since),
        "razones": reasons,
        "falta": missing,
        "indices": [
            {
                "indice": index,
                "nombre": label,
                "unidad": unit,
                "cuenta": decides,
                "nivel": _LEVELS[word],
                "dia": _iso(read),
                "valor": _short(value),
                "umbral_vigilancia": _short(watch),
                "umbral_riesgo": _short(risk),
                "margen_vigilancia": _short(to_watch),
                "margen_riesgo": _short(to_risk),
                "texto": sentence,
                "umbral_segun": source,
                "umbral_desde": valid,
            }
            for index, label, unit, decides, word, read, value, watch, risk, to_watch, to_risk, sentence, source, valid
            in indices
        ],
        "historia": [
            {
                "desde": _iso(start),
                "hasta": _iso(until),
                "estado": _STATES[code],
                "por": because,
                "falta": lacking,
            }
            for start, until, code, because, lacking in spans
        ],
    }  # fmt: skip


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
