"""What has a name: the codes of every series with the names people use, and how the days of a headline series add up.

The Explorer reads it beside the catalogue (`api/v1/metricas.json`). It changes when a code, a name or a declaration
does, so that a night with nothing new writes the same bytes.
"""

from __future__ import annotations

import re

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.site.context import read_names

_CODES = "SELECT metric, entity, list(DISTINCT code ORDER BY code) FROM metric_daily GROUP BY ALL ORDER BY ALL"
_HEADLINES = (
    "SELECT series, label, unit, decimals, measure, if(compare = 'month', 'mensual', 'diaria') "
    "FROM series_info LEFT JOIN series_measure USING (series) ORDER BY ordinal"
)
#: The query of a forecast whose history is a metric of the country as it is published.
_OWN = re.compile(r"""SELECT [\w, ]+ FROM "(\w+?)(?:_daily)?" WHERE entity = 'Sistema'""")
#: What a series is over a span, in the words of the catalogue; one that has none of these is shown by day only.
_ADDS = {"total": "suma", "stock": "último valor", "mean": "promedio"}


def _spelled(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> dict[str, dict[str, str]]:
    """Return the names of what XM calls by one in capitals, or by one that is cut (ESMERALD), as people write them."""
    names: dict[str, dict[str, str]] = {}
    for kind in catalog.entities.values():
        listing = catalog.metrics.get(kind.listed_in or "")
        if kind.listed_as != "name" or listing is None:
            continue
        coded = {"code", "name"} <= set(listing.columns.values())
        whole = f'LEFT JOIN (SELECT code, min(name) AS name FROM "{listing.id}" GROUP BY code) AS l USING (code)'
        rows = con.execute(
            f"SELECT code, proper_name({'coalesce(l.name, code)' if coded else 'code'}) "
            f"FROM (SELECT DISTINCT code FROM metric_daily WHERE entity = ?) {whole if coded else ''}",
            [kind.id],
        ).fetchall()
        names[kind.id] = {code: name for code, name in rows if name}
    return names


def _forecasts(catalog: Catalog) -> dict[str, list[str]]:
    """Return what is expected of each series, in the words of the Explorer: of a metric, of a headline in its unit."""
    found: dict[str, list[str]] = {}
    for policy in catalog.forecasts:
        if own := _OWN.fullmatch(policy.input.strip()):
            found.setdefault(f"{own[1]}.Sistema.Sistema", []).append(policy.series)
    units = {policy.series: policy.unit for policy in catalog.forecasts}
    for series, headline in catalog.headlines.items():
        if headline.forecast and units.get(headline.forecast) == headline.unit:
            found[f"titulares.{series}"] = [headline.forecast]
    return found


def codes_document(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> dict[str, object]:
    """Return kinds of entities, names, codes by series, headline series, and the metrics that need care.

    Args:
        con: Open warehouse.
        catalog: The declarations.
    """
    codes = {f"{metric}.{entity}": found for metric, entity, found in con.execute(_CODES).fetchall()}
    used = {code for found in codes.values() for code in found}
    heads = {code.partition("|")[0] for code in used}
    names = {
        entity: {code: name for code, name in sorted(found.items()) if code in heads}
        for entity, found in (read_names(con, catalog) | _spelled(con, catalog)).items()
    }
    return {
        "entidades": [
            {"id": kind.id, "nombre": kind.label, "plural": kind.plural} for kind in catalog.entities.values()
        ],
        "nombres": names,
        "codigos": codes,
        "titulares": [
            {
                "serie": series,
                "nombre": label,
                "unidad": unit,
                "decimales": decimals,
                "agregacion": _ADDS.get(measure, "ninguna"),
                "granularidad": grain,
            }
            for series, label, unit, decimals, measure, grain in con.execute(_HEADLINES).fetchall()
        ],
        # A day without a row is a day without an event there, no gap.
        "por_eventos": [metric.id for metric in catalog.metrics.values() if metric.sparse],
        "pronosticos": _forecasts(catalog),
    }
