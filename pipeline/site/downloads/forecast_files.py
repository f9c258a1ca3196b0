"""Forecasts and their record as files: three CSV tables and two documents of the API. Keys in Spanish, stable."""

from __future__ import annotations

import datetime as dt
import math

import duckdb

from pipeline.site.downloads.export import TableCsv

#: Figures that a row of a score carries, by column, with the digits worth giving.
_FIGURES = {"mape": 3, "wape": 3, "mase": 3, "mae": 4, "bias": 3, "wis": 4, "crps": 4, "cov80": 1, "cov95": 1,
            "skill": 2, "t": 2}  # fmt: skip
_NAMES = {
    "mape": "mape_pct", "wape": "wape_pct", "mase": "mase", "mae": "error_medio", "bias": "sesgo_pct",
    "wis": "wis", "crps": "crps", "cov80": "cobertura_80_pct", "cov95": "cobertura_95_pct", "skill": "mejora_pct",
    "t": "t",
}  # fmt: skip
_KINDS = {"live": "publicado", "backtest": "prueba con el pasado", "outside": "enviado por otros"}
_CASES = " ".join(f"WHEN '{kind}' THEN '{word}'" for kind, word in _KINDS.items())
_KIND = f"CASE run_kind {_CASES} END"
_SCORES = ", ".join(f"round({column}, {digits}) AS {_NAMES[column]}" for column, digits in _FIGURES.items())


def forecast_tables() -> tuple[TableCsv, ...]:
    """Return the CSV files about forecasts; every vintage is in the Parquet parts of the lake."""
    scores = (
        f"SELECT series AS serie, model AS modelo, {_KIND} AS clase, lead AS anticipacion, n AS valores, "
        f"origins AS origenes, {_SCORES}, published AS se_publica FROM forecast_score ORDER BY 1, 3, 2, 4"
    )
    official = (
        f"SELECT {_KIND} AS clase, strftime(week, '%Y-%m-%d') AS semana, strftime(day, '%Y-%m-%d') AS dia, "
        "strftime(origin, '%Y-%m-%d') AS origen, lead AS anticipacion_dias, round(actual, 6) AS ocurrio_gwh, "
        "round(ours, 6) AS portal_gwh, round(official, 6) AS xm_gwh, round(naive, 6) AS semana_anterior_gwh "
        "FROM official_comparison ORDER BY 1, 3"
    )
    texts, dates = {"serie", "nombre", "unidad", "modelo", "escenario", "clase", "anticipacion"}, {"emitido", "origen"}
    dates |= {"semana", "dia"}

    def typed(*names: str) -> tuple[tuple[str, str], ...]:
        kinds = {"instante": "datetime", "se_publica": "boolean"}
        return tuple(
            (n, kinds.get(n) or ("string" if n in texts else "date" if n in dates else "number")) for n in names
        )

    return (
        TableCsv(
            "pronosticos", "El último pronóstico de cada serie", "FROM pronosticos ORDER BY serie, escenario, instante",
            typed("serie", "nombre", "unidad", "modelo", "escenario", "emitido", "origen", "instante", "pronostico",
                  "bajo_80", "alto_80", "bajo_95", "alto_95"),
        ),
        TableCsv(
            "puntajes", "El error de cada modelo de pronóstico", scores,
            typed("serie", "modelo", "clase", "anticipacion", "valores", "origenes", *_NAMES.values(), "se_publica"),
        ),
        TableCsv(
            "pronostico-oficial", "Pronóstico de demanda del portal y de XM, los mismos días", official,
            typed("clase", "semana", "dia", "origen", "anticipacion_dias", "ocurrio_gwh", "portal_gwh", "xm_gwh",
                  "semana_anterior_gwh"),
            day="dia",
        ),
    )  # fmt: skip


def forecasts_document(con: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Return the newest forecast of each series: what it is, which model and why, and its values with their bands."""
    values: dict[str, list[dict[str, object]]] = {}
    rows = con.execute(
        "SELECT series, target, mean, lo80, hi80, lo95, hi95 FROM forecast_latest "
        "WHERE NOT contains(series, ':') ORDER BY series, target"
    ).fetchall()
    for series, target, *figures in rows:
        names = ("pronostico", "bajo_80", "alto_80", "bajo_95", "alto_95")
        values.setdefault(series, []).append(
            {"instante": _moment(target), **{n: _rounded(v, 4) for n, v in zip(names, figures, strict=True)}}
        )
    heads = con.execute(
        "SELECT p.series, p.title_es, p.metric, p.unit, p.grain, m.model, p.reason, f.issued, f.origin "
        "FROM forecast_policy AS p LEFT JOIN forecast_shown_model AS m USING (series) "
        "LEFT JOIN (SELECT series, max(issued) AS issued, max(origin) AS origin FROM forecast_latest GROUP BY series) "
        "AS f USING (series) WHERE NOT contains(p.series, ':') ORDER BY p.rowid"
    ).fetchall()
    return {
        "pronosticos": [
            {
                "serie": series,
                "nombre": title,
                "metrica": metric,
                "unidad": unit,
                "granularidad": "horaria" if grain == "hourly" else "diaria",
                "modelo": model,
                "motivo": reason,
                "emitido": _day(issued),
                "datos_hasta": _day(origin),
                "valores": values.get(series, []),
            }
            for series, title, metric, unit, grain, model, reason, issued, origin in heads
        ],
        "csv": "../../datos/csv/pronosticos.csv",
        "pagina": "../../pronosticos/",
    }


def record_document(con: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Return how good the forecasts were: scores of what is published and of the naive, and against XM's own."""
    columns = ", ".join(f"s.{column}" for column in _FIGURES)
    rows = con.execute(
        f"SELECT s.series, s.model, s.run_kind, s.lead, s.n, s.origins, {columns} FROM forecast_score AS s "
        "LEFT JOIN forecast_shown_model AS m ON m.series = s.series AND m.model = s.model "
        "WHERE NOT contains(s.series, ':') AND (m.model IS NOT NULL OR s.model = 'seasonal_naive') "
        "ORDER BY s.series, s.run_kind, s.model, s.lead"
    ).fetchall()
    duel = con.execute(
        "SELECT run_kind, who, days, weeks, first, last, mape, bias, far, t FROM official_score ORDER BY run_kind, who"
    ).fetchall()
    who = {"ours": "portal", "official": "xm", "naive": "semana anterior"}
    return {
        "puntajes": [
            {
                "serie": series,
                "modelo": model,
                "clase": _KINDS.get(kind, kind),
                "anticipacion": lead,
                "valores": n,
                "origenes": origins,
                **{_NAMES[c]: _rounded(v, d) for (c, d), v in zip(_FIGURES.items(), figures, strict=True)},
            }
            for series, model, kind, lead, n, origins, *figures in rows
        ],
        "frente_a_xm": [
            {
                "clase": _KINDS.get(kind, kind),
                "quien": who.get(name, name),
                "dias": days,
                "semanas": weeks,
                "desde": _day(first),
                "hasta": _day(last),
                "mape_pct": _rounded(mape, 3),
                "sesgo_pct": _rounded(bias, 3),
                "dias_lejos_pct": _rounded(far, 1),
                "t": _rounded(t, 2),
            }
            for kind, name, days, weeks, first, last, mape, bias, far, t in duel
        ],
        "csv": "../../datos/csv/puntajes.csv",
        "pagina": "../../aciertos/",
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or math.isnan(value) else round(float(value), digits)


def _day(value: dt.date | None) -> str | None:
    return None if value is None else value.isoformat()


def _moment(value: dt.datetime) -> str:
    return value.date().isoformat() if value.time() == dt.time() else value.isoformat(timespec="minutes")
