"""The forecasts, each beside the error it had in the past."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.core import spanish
from pipeline.render.blocks import ChartView, chart_view
from pipeline.render.charts import ChartSpec
from pipeline.render.context import Assets, Page, SiteContext
from pipeline.render.page import make_page
from pipeline.render.table import Cell, Header, Table
from pipeline.render.takeaway import taken

#: Forecast series and XM's metric behind it, as the domain layer (`75_forecasts.sql`) joins them.
SERIES = {"demand_daily": "DemaSIN", "price_daily": "PrecBolsNaci"}
MODELS = {
    "seasonal_naive": "Misma semana anterior",
    "naive": "Último valor",
    "prophet": "Prophet",
    "prophet_calendar": "Prophet con calendario",
    "sarima": "SARIMA",
    "sarima_calendar": "SARIMA con calendario",
    "dhr_ar": "Regresión armónica",
    "theta": "Theta",
    "mean_reversion": "Regreso a la media",
    "combined": "Combinación de tres modelos",
    "theta_reversion": "Combinación de Theta y regreso a la media",
}
_LEADS = {"all": "todos los días"}
_CHART = "SELECT x, actual, mean, lo80, hi80, lo95, hi95, model FROM forecast_chart WHERE metric = ? ORDER BY x"


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
    assets: Assets = {}
    items = [
        outlook
        for series, metric in SERIES.items()
        if metric in site.catalog.metrics and (outlook := _outlook(site, series, metric, assets)) is not None
    ]
    empty = (
        "" if items else "Aún no hay pronósticos: hacen falta más días de historia para ajustar y medir los modelos."
    )
    return make_page(
        site,
        "pronosticos.md",
        "forecasts",
        "Pronósticos",
        "Pronósticos de demanda y precio de bolsa con sus intervalos y el error que tuvieron en el pasado.",
        {"items": items, "empty": empty},
        assets,
    )


def _outlook(site: SiteContext, series: str, name: str, assets: Assets) -> Outlook | None:
    metric = site.catalog.metrics[name]
    rows = site.query(_CHART, [name])
    if rows.empty or rows["mean"].isna().all():
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
    view = taken(site, "pronosticos", ("Pronósticos", "pronosticos/"), view, assets)
    scores = site.query(
        "SELECT model, lead, n, mape, mase, mae, cov80, cov95, published FROM forecast_score WHERE series = ? "
        "ORDER BY published DESC, model, lead = 'all', length(lead), lead",
        [series],
    )
    return Outlook(
        name, metric.title, view, _error(scores, model), _scores(scores, metric.unit.stored) if len(scores) else None
    )


def _error(scores: pd.DataFrame, model: str) -> str:
    """Return the past error of the model shown, in one sentence."""
    own = scores[(scores["model"] == model) & scores["mape"].notna()]
    if own.empty:
        return ""
    first = own.iloc[0]
    text = (
        f"En {spanish.number(int(first['n']), 0)} comparaciones con el pasado, este modelo se equivocó en promedio "
        f"{spanish.percent(float(first['mape']))} ({_lead(first['lead'])})"
    )
    others = [
        f"{spanish.percent(float(row['mape']))} ({_lead(row['lead'])})" for row in own.iloc[1:].to_dict("records")
    ]
    return text + (f"; {spanish.join(others)}" if others else "") + "."


def _lead(lead: object) -> str:
    """Return a lead bucket in words: `1` is «1 día», `1-7` «1 a 7 días», `all` all of them."""
    text = str(lead)
    if text in _LEADS:
        return _LEADS[text]
    first, _, final = text.partition("-")
    if final:
        return f"{first} a {final} días"
    return spanish.plural(int(text), "día", "días") if text.isdigit() else text


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
    digits = {"n": 0, "mape": 1, "mase": 2, "mae": spanish.unit_decimals(unit), "cov80": 0, "cov95": 0}
    body = tuple(
        (
            Cell(MODELS.get(str(row["model"]), str(row["model"]))),
            Cell(_lead(row["lead"])),
            *(Cell(_figure(row[column], count)) for column, count in digits.items()),
            Cell("sí" if row["published"] else "no"),
        )
        for row in scores.to_dict("records")
    )
    return Table(heads, body, len(scores))


def _figure(value: float, decimals: int) -> str:
    return "—" if pd.isna(value) else spanish.number(float(value), decimals)
