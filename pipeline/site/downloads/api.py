"""The static API: small JSON files with the last figures, their unit and their day. Keys in Spanish, stable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import word
from pipeline.core import spanish
from pipeline.core.errors import PublishError
from pipeline.core.run import RunInfo
from pipeline.site.downloads.askable import askable
from pipeline.site.downloads.checkable import checkable
from pipeline.site.downloads.claims_file import claims_document
from pipeline.site.downloads.code_names import codes_document
from pipeline.site.downloads.data import FOLDER, HEADLINES, PublishedData, json_bytes
from pipeline.site.downloads.export import Export, state_of_day
from pipeline.site.downloads.forecast_files import forecasts_document, record_document
from pipeline.site.downloads.freshness import BADGE, PORTAL, badge, freshness
from pipeline.site.downloads.named_files import named_documents
from pipeline.site.downloads.state_file import state_document
from pipeline.site.tree import Content
from pipeline.store.daily import days_of
from pipeline.store.sql import quoted

VERSION = "v1"
DAYS = 31  # of daily values in each metric's file
_STATES = {"ok": "ok", "empty": "vacía", "failed": "con falla"}


def publish_api(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, data: PublishedData, run: RunInfo, claims: Path, model: str = ""
) -> dict[str, Content]:
    """Return the tree of `api/v1/`, and beside it what the checker of texts and the assistant know.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        data: What is published to download.
        run: Identity of the run.
        claims: File of the claims that were written with the texts.
        model: Path on the same host where the assistant finds a language model.

    Raises:
        PublishError: A view the API reads fails or is missing.
    """
    head = {
        "version": VERSION,
        "origen": {"simulated": "simulado", "replayed": "copia histórica", "xm": "xm"}[run.source],
    }
    folder = f"api/{VERSION}"
    try:
        documents: dict[str, dict[str, object]] = {
            "metricas": {"metricas": _catalogue(catalog), "tablas": _tables(data), "dias": _days(catalog)},
            "codigos": codes_document(con, catalog),
            "tableros": {"tableros": _boards(catalog)},
            "afirmaciones": claims_document(claims),
            "informes": {"informes": _reports(con)},
            "titulares": _headlines(con, data),
            "anual": {"anual": _yearly(con)},
            "estado": {"series": _status(con, catalog)},
            "estado-del-sistema": state_document(con),
            "pronosticos": forecasts_document(con),
            "aciertos": record_document(con),
        }
        documents |= named_documents(con)
        documents |= {f"metricas/{metric.id}": _metric(con, metric, data) for metric in catalog.metrics.values()}
        fresh = freshness(con, run)
        tree: dict[str, Content] = {PORTAL: json_bytes({**head, **fresh, "cita": _cited(con, data)})}
        tree[BADGE] = badge(fresh["datos_hasta"])
        tree |= {name: json_bytes({**head, **known}) for name, known in checkable(con, catalog).items()}
        tree |= askable(con, catalog, model)
    except duckdb.Error as error:
        raise PublishError(
            f"The API could not be written: {error}", hint="check pipeline/views/headlines/api_tables.sql"
        ) from error
    named = {f"{folder}/{name}.json": {**head, **document} for name, document in documents.items()}
    return tree | {name: json_bytes(document) for name, document in named.items()}


def rounded(value: float | None, unit: str, decimals: int | None = None) -> float | None:
    """Return a value with the digits its unit deserves, at least two decimals."""
    if value is None:
        return None
    return round(float(value), max(2, spanish.unit_decimals(unit), decimals or 0))


def _cited(con: duckdb.DuckDBPyConnection, data: PublishedData) -> dict[str, str]:
    """Return what a citation of a page names: the state of the data, and the newest report, which never changes."""
    row = con.execute(
        "SELECT address FROM report WHERE kind = 'daily' AND NOT past ORDER BY last DESC LIMIT 1"
    ).fetchone()
    return {"version": data.manifest.state, "informe": f"{row[0]}/" if row else ""}


def _day(value: dt.date | dt.datetime | None, grain: str = "daily") -> str | None:
    """Return a day, or the month of a value of a month: `2026-11`."""
    return None if value is None else value.isoformat()[: 7 if grain == "monthly" else 10]


def _catalogue(catalog: Catalog) -> list[dict[str, object]]:
    return [
        {
            "id": m.id,
            "titulo": m.title,
            "tema": catalog.themes[m.theme].title if m.theme in catalog.themes else m.theme,
            "unidad": m.unit.stored,
            "granularidad": GRAINS[m.grain],
            "agregacion_diaria": aggregation(m),
            "ponderada_por": m.weighed_by or None,
            "versionada": m.versioned,
            "entidades": list(m.entities),
            "rezago_dias": m.lag_days,
            "detalle": f"metricas/{m.id}.json",
            "pagina": f"../../metricas/{m.id}/",
        }
        for m in catalog.metrics.values()
    ]


def _days(catalog: Catalog) -> dict[str, str]:
    """Return how a day is made of what a metric holds: SQL over `{values}` and `{weights}`, by aggregation or grain.

    Where a metric has several settlement versions of a day, each of them is a row.
    """
    rules = {}
    for m in catalog.data_metrics():
        name = aggregation(m) if m.grain == "hourly" else GRAINS[m.grain]
        also = "version" if m.versioned else ""
        rules[f"{name}, por versión" if also else name] = days_of(m, "{values}", "{weights}", also)
    return rules


def _boards(catalog: Catalog) -> list[dict[str, object]]:
    return [
        {
            "id": board.slug,
            "titulo": board.title,
            "pregunta": board.question,
            "pagina": f"../../tableros/{board.slug}/",
            "afirmaciones": f"../../{FOLDER}/narrative/{board.slug}.json",
            "metricas": sorted({*board.metrics, *(metric for block in board.blocks for metric in block.metrics)}),
        }
        for board in catalog.boards.values()
    ]


def _reports(con: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    """Return the published reports, the newest first."""
    rows = con.execute(
        "SELECT kind, name, title, first, last, published, address FROM report ORDER BY last DESC, kind, address"
    ).fetchall()
    return [
        {
            "clase": _REPORTS[kind.partition("-")[0]],
            "tema": kind.partition("-")[2] or None,
            "periodo": name,
            "titulo": title,
            "desde": _day(first),
            "hasta": _day(last),
            "publicado": _day(published),
            "pagina": f"../../{address}/",
        }
        for kind, name, title, first, last, published, address in rows
    ]


def _tables(data: PublishedData) -> list[dict[str, object]]:
    """Return the tables that are no metric: their files below `datos/` and what their columns hold, for the console."""
    return [
        {
            "nombre": export.name,
            "titulo": export.title,
            "archivos": [f"csv/{name}" for name in export.whole_files()],
            "columnas": {name: _SQL_TYPES.get(kind, "VARCHAR") for name, kind in export.columns},
        }
        for export in data.exports
        if not export.metric
    ]


_REPORTS = {"daily": "diario", "weekly": "semanal", "monthly": "mensual"}
_SQL_TYPES = {"number": "DOUBLE", "boolean": "BOOLEAN"}
GRAINS = {"hourly": "horaria", "daily": "diaria", "monthly": "mensual", "list": "lista"}
KINDS = {
    "flow": "suma",
    "stock": "último valor",
    "rate": "promedio",
    "price": "promedio",
    "ratio": "promedio ponderado",
    "list": "lista",
}


def aggregation(metric: Metric) -> str:
    """Return how the parts of a value make a whole, in words."""
    return KINDS["ratio" if metric.weighed_by else metric.kind]


def _headlines(con: duckdb.DuckDBPyConnection, data: PublishedData) -> dict[str, object]:
    now = con.execute(
        "SELECT h.series, i.label, i.unit, i.decimals, h.day, h.value, h.day_ago, h.compared, h.week_ago, h.week_day, "
        "h.year_ago, h.year_day, h.year_basis, h.quality, if(i.compare = 'month', 'monthly', 'daily') "
        "FROM headline AS h JOIN series_info AS i USING (series) ORDER BY i.ordinal"
    ).fetchall()
    days = con.execute(
        "SELECT h.day, h.metric, h.value, h.unit, h.quality, if(i.compare = 'month', 'monthly', 'daily') "
        "FROM api_daily_headlines AS h JOIN series_info AS i ON i.series = h.metric "
        f"WHERE h.day > (SELECT max(day) FROM api_daily_headlines) - {DAYS} ORDER BY ALL"
    ).fetchall()
    return {
        "titulares": [
            {
                "serie": series,
                "nombre": label,
                "unidad": unit,
                "dia": _day(day, grain),
                "valor": rounded(value, unit, decimals),
                "texto": spanish.quantity(value, unit, decimals),
                "dia_anterior": rounded(before, unit, decimals),
                "comparado": rounded(compared, unit, decimals),
                "semana_anterior": rounded(week, unit, decimals),
                "dia_semana_anterior": _day(week_day, grain),
                "anio_anterior": rounded(year, unit, decimals),
                "dia_anio_anterior": _day(year_day, grain),
                "base_anio_anterior": basis,
                "calidad": word(quality),
            }
            for (
                series,
                label,
                unit,
                decimals,
                day,
                value,
                before,
                compared,
                week,
                week_day,
                year,
                year_day,
                basis,
                quality,
                grain,
            ) in now
        ],
        "dias": [
            {
                "dia": _day(day, grain),
                "serie": series,
                "valor": rounded(value, unit),
                "unidad": unit,
                "calidad": word(quality),
            }
            for day, series, value, unit, quality, grain in days
        ],
        **_history(data),
    }


def _csv(export: Export, up: str) -> dict[str, object]:
    """Return the address of the CSV, none when it is cut, and those of all its pieces."""
    found = [f"{up}{FOLDER}/csv/{piece.name}.csv" for piece in export.pieces]
    return {"csv": found[0] if len(found) == 1 else None, "csv_partes": found}


def _history(data: PublishedData) -> dict[str, object]:
    """Return where the whole history of the headlines is; `historia` is always one file."""
    export = next(e for e in data.exports if e.name == HEADLINES)
    pieces = _csv(export, "../../")
    return {
        "historia": pieces["csv"] or f"../../{FOLDER}/csv/{HEADLINES}.parquet",
        "historia_partes": pieces["csv_partes"],
    }


def _yearly(con: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    rows = con.execute(
        "SELECT year, metric, label, value, unit, days, days_in_year FROM api_yearly ORDER BY ALL"
    ).fetchall()
    return [
        {
            "anio": year,
            "serie": series,
            "nombre": label,
            "valor": rounded(value, unit),
            "unidad": unit,
            "dias": days,
            "dias_del_anio": total,
        }
        for year, series, label, value, unit, days, total in rows
    ]


def _status(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> list[dict[str, object]]:
    rows = con.execute(
        "SELECT metric, entity, state, reason, rows, codes, first_ts, last_ts, last_day_ok, provisional_days "
        "FROM series_status ORDER BY metric, entity"
    ).fetchall()
    return [
        {
            "metrica": metric,
            "entidad": entity,
            "estado": _STATES.get(state, "desconocido"),
            "motivo": spanish.reason(reason) or None,
            "filas": count,
            "codigos": codes,
            "desde": _day(first, catalog.metrics[metric].grain),
            "hasta": _day(last, catalog.metrics[metric].grain),
            "ultimo_dia_completo": _day(complete, catalog.metrics[metric].grain),
            "dias_preliminares": provisional,
        }
        for metric, entity, state, reason, count, codes, first, last, complete, provisional in rows
    ]


def _metric(con: duckdb.DuckDBPyConnection, metric: Metric, data: PublishedData) -> dict[str, object]:
    return {
        "id": metric.id,
        "titulo": metric.title,
        "definicion": metric.definition,
        "nota": metric.note,
        "unidad": metric.unit.stored,
        "unidad_texto": spanish.unit_label(metric.unit.stored),
        "granularidad": GRAINS[metric.grain],
        "agregacion_diaria": aggregation(metric),
        "ponderada_por": metric.weighed_by or None,
        "rezago_dias": metric.lag_days,
        "fuente": metric.source,
        "series": [_series(con, metric, entity, data) for entity in metric.entities],
    }


def _series(con: duckdb.DuckDBPyConnection, metric: Metric, entity: str, data: PublishedData) -> dict[str, object]:
    parts = data.manifest.of(metric.id, entity)
    export = next((e for e in data.exports if (e.metric, e.entity) == (metric.id, entity)), None)
    document: dict[str, object] = {
        "entidad": entity,
        **(_csv(export, "../../../") if export else {"csv": None, "csv_partes": []}),
        "parquet": [f"../../../{FOLDER}/{data.addresses[part.path]}" for part in parts],
    }
    if metric.grain == "list":
        return document
    # Newest days first to find them, oldest first to show them; a series of many codes shows its last day only.
    view = quoted(f"{metric.id}_daily")
    rows: Sequence[tuple[str, dt.date, float, str]] = con.execute(
        f"WITH s AS (SELECT code, day, value, {state_of_day(metric)} AS quality FROM {view} WHERE entity = ?), "
        "edge AS (SELECT max(day) AS last, count(DISTINCT code) AS codes FROM s) "
        "SELECT s.code, s.day, s.value, s.quality FROM s, edge "
        f"WHERE s.day > edge.last - (CASE WHEN edge.codes = 1 THEN {DAYS} ELSE 1 END) "
        "ORDER BY s.code, s.day",
        [entity],
    ).fetchall()
    unit = metric.unit.stored
    values = [
        {
            "dia": _day(day, metric.grain),
            "codigo": code,
            "valor": rounded(value, unit),
            "calidad": word(quality),
        }
        for code, day, value, quality in rows
    ]
    alone = len({code for code, *_ in rows}) == 1
    return {**document, "ultimo": values[-1] if alone else None, "valores": values}
