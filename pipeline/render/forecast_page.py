"""The forecasts, each beside the error it had in the past."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.core import spanish
from pipeline.render.blocks import ChartView, chart_view
from pipeline.render.charts import ChartSpec
from pipeline.render.context import Page, SiteContext
from pipeline.render.page import make_page
from pipeline.render.table import Cell, Header, Table

HISTORY_DAYS = 60
MODELS = {
    "prophet": "Prophet",
    "sarima": "SARIMA",
    "seasonal_naive": "Misma semana anterior",
    "naive": "Misma semana anterior",
    "dhr_ar": "Regresión armónica",
    "ensemble": "Combinación",
}
_CHART = """
WITH best AS (
    SELECT model FROM forecast_score WHERE series = $1 AND published GROUP BY model ORDER BY avg(mape), model LIMIT 1
), newest AS (
    SELECT * FROM forecast_value JOIN best USING (model)
    WHERE series = $1 AND run_kind <> 'backtest'
    QUALIFY rank() OVER (ORDER BY origin DESC, issued DESC) = 1
), first AS (SELECT min(target) AS start FROM newest)
SELECT metric_daily.day AS x, metric_daily.value AS actual, NULL::DOUBLE AS mean, NULL::DOUBLE AS lo80, NULL::DOUBLE AS hi80,
       NULL::DOUBLE AS lo95, NULL::DOUBLE AS hi95, NULL AS model
FROM metric_daily, first
WHERE metric = $1 AND entity = 'Sistema' AND quality <> 'provisional' AND (hours IS NULL OR hours = 24)
  AND metric_daily.day < first.start AND metric_daily.day >= first.start - $2::INTEGER
UNION ALL
SELECT target, NULL, mean, lo80, hi80, lo95, hi95, model FROM newest
ORDER BY 1, 2 NULLS LAST
"""


@dataclass(frozen=True)
class Outlook:
    """A forecast of one series with its record."""

    id: str
    title: str
    chart: ChartView
    error: str
    scores: Table | None


def forecast_page(site: SiteContext) -> Page:
    """Return the page of all forecasts; without any it says so."""
    assets: dict[str, str] = {}
    series = [str(row[0]) for row in site.con.execute("SELECT DISTINCT series FROM forecast_value ORDER BY 1").fetchall()]
    known = [s for s in site.catalog.metrics if s in series]
    items = [outlook for name in known if (outlook := _outlook(site, name, assets)) is not None]
    empty = "" if items else "Aún no hay pronósticos: hacen falta más días de historia para ajustar y medir los modelos."
    return make_page(
        site,
        "pronosticos.md",
        "forecasts",
        "Pronósticos",
        "Pronósticos de demanda y precio de bolsa con sus intervalos y el error que tuvieron en el pasado.",
        {"items": items, "empty": empty},
        assets,
    )


def _outlook(site: SiteContext, name: str, assets: dict[str, str]) -> Outlook | None:
    metric = site.catalog.metrics[name]
    rows = site.query(_CHART, [name, HISTORY_DAYS])
    if rows["mean"].isna().all():
        return None
    model = str(rows["model"].dropna().iloc[0])
    spec = ChartSpec(
        id=name,
        type="forecast",
        title=metric.title,
        subtitle=f"{spanish.unit_label(metric.unit.stored)} por día. Modelo: {MODELS.get(model, model)}",
        unit=metric.unit.stored,
    )
    view = chart_view(rows, spec, "assets/figures/pronosticos", assets)
    scores = site.query(
        "SELECT model, lead, n, mape, mase, mae, cov80, cov95, published FROM forecast_score WHERE series = ? "
        "ORDER BY lead, mape, model",
        [name],
    )
    return Outlook(name, metric.title, view, _error(scores, model), _scores(scores, metric.unit.stored) if len(scores) else None)


def _error(scores: pd.DataFrame, model: str) -> str:
    """Return the past error of the model shown, in one sentence."""
    own = scores[(scores["model"] == model) & scores["mape"].notna()]
    if own.empty:
        return ""
    first, final = own.iloc[0], own.iloc[-1]
    text = (
        f"En {spanish.number(int(first['n']), 0)} pruebas con el pasado, este modelo se equivocó en promedio "
        f"{spanish.percent(float(first['mape']))} a {_lead(first['lead'])}"
    )
    if final["lead"] != first["lead"]:
        text += f" y {spanish.percent(float(final['mape']))} a {_lead(final['lead'])}"
    return text + "."


def _lead(lead: object) -> str:
    text = str(lead)
    return spanish.plural(int(text), "día", "días") if text.isdigit() else f"{text} días"


def _scores(scores: pd.DataFrame, unit: str) -> Table:
    heads = (
        Header("Modelo"),
        Header("Anticipación"),
        Header("Pruebas", "", numeric=True),
        Header("MAPE", "%", numeric=True),
        Header("MASE", "", numeric=True),
        Header("Error medio", spanish.unit_label(unit), numeric=True),
        Header("Cobertura 80", "%", numeric=True),
        Header("Cobertura 95", "%", numeric=True),
        Header("Se publica"),
    )
    body = tuple(
        (
            Cell(MODELS.get(str(row.model), str(row.model))),
            Cell(_lead(row.lead)),
            *(Cell(_figure(value, digits)) for value, digits in (
                (row.n, 0), (row.mape, 1), (row.mase, 2), (row.mae, spanish.unit_decimals(unit)), (row.cov80, 0), (row.cov95, 0),
            )),
            Cell("sí" if row.published else "no"),
        )
        for row in scores.itertuples(index=False)
    )  # fmt: skip
    return Table(heads, body, len(scores))


def _figure(value: float, decimals: int) -> str:
    return "—" if pd.isna(value) else spanish.number(float(value), decimals)
