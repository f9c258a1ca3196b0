"""Our demand forecast beside XM's official one, on the same days: live and made afterwards apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.core import spanish
from pipeline.site.blocks import Place
from pipeline.site.blocks.chart import chart_view
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.charts import ChartSpec
from pipeline.site.context import SiteContext
from pipeline.site.forecast_words import BACKTEST, LIVE, figure
from pipeline.site.table import Cell, Header, Table

SLUG = "aciertos"
ADDRESS = ("¿Qué tan bien pronosticamos?", "aciertos/")
WHO = {"ours": "Nuestro pronóstico", "official": "Oficial de XM", "naive": "Repetir la semana"}
CLEAR = 2.0  # |t| from which a difference is no chance
FEW = 3  # weeks below which no test says anything
_TITLES = {LIVE: "Pronósticos publicados", BACKTEST: "Pruebas con el pasado"}


@dataclass(frozen=True)
class Side:
    """One forecaster on the days of the comparison: errors [%], lead [days], t of ours against it over the weeks."""

    days: int
    weeks: int
    first: dt.date
    last: dt.date
    mape: float
    bias: float
    far: float
    lead: float
    t: float | None


@dataclass(frozen=True)
class Duel:
    """The comparison of one kind of forecasts."""

    kind: str
    title: str
    text: str
    table: Table | None
    chart: ChartView | None


def duel(site: SiteContext, place: Place) -> list[Duel]:
    """Return the comparisons that there are, live first."""
    return [found for kind in (LIVE, BACKTEST) if (found := _duel(site, kind, place))]


def _duel(site: SiteContext, kind: str, place: Place) -> Duel | None:
    rows = site.con.execute(
        "SELECT who, days, weeks, first, last, mape, bias, far, lead, t FROM official_score WHERE run_kind = ?", [kind]
    ).fetchall()
    sides = {str(who): Side(*rest) for who, *rest in rows}
    if "ours" not in sides or "official" not in sides:
        return None
    return Duel(
        kind, _TITLES[kind], sentence(sides["ours"], sides["official"]), _table(sides), _chart(site, kind, place)
    )


def sentence(ours: Side, official: Side) -> str:
    """Say who erred less on the same days, and whether it may be chance."""
    who = "el nuestro se equivocó menos" if ours.mape < official.mape else "el de XM se equivocó menos"
    weeks = spanish.plural(ours.weeks, "semana", "semanas")
    if official.t is None or ours.weeks < FEW:
        sure = "son muy pocas semanas para decir que no es azar"
    else:
        how = "es clara" if abs(official.t) >= CLEAR else "puede ser azar"
        sure = f"la diferencia {how} (t = {spanish.number(abs(official.t), 1)} en {weeks})"
    days = spanish.plural(ours.days, "día", "días")
    span = f"del {spanish.date(ours.first)} al {spanish.date(ours.last)}"
    own, theirs = (spanish.percent(side.mape, 2) for side in (ours, official))
    return f"En los {days} que ambos pronosticaron, {span}, {who}: {own} el nuestro y {theirs} el de XM; {sure}."


def _table(sides: Mapping[str, Side]) -> Table:
    heads = (
        Header("Quién"),
        Header("Días", numeric=True),
        Header("Semanas", numeric=True),
        Header("Error (MAPE)", "%", numeric=True),
        Header("Sesgo", "%", numeric=True),
        Header("Días con más de 5 % de error", numeric=True),
        Header("Anticipación mediana", "días", numeric=True),
    )
    body = tuple(
        (
            Cell(words),
            Cell(figure(side.days, 0)),
            Cell(figure(side.weeks, 0)),
            Cell(figure(side.mape, 2)),
            Cell(figure(side.bias, 2)),
            Cell(spanish.percent(side.far)),
            Cell("4 a 10" if who == "official" else figure(side.lead, 0)),
        )
        for who, words in WHO.items()
        if (side := sides.get(who))
    )
    return Table(heads, body, len(body))


def _chart(site: SiteContext, kind: str, place: Place) -> ChartView | None:
    """Return the mean error of each week; None before the third week."""
    rows = site.query(
        "SELECT week AS x, avg(abs(ours / actual - 1)) * 100 AS ours, "
        "avg(abs(official / actual - 1)) * 100 AS official, "
        "avg(abs(naive / actual - 1)) * 100 AS naive FROM official_comparison WHERE run_kind = ? "
        "GROUP BY week HAVING count(*) >= 5 ORDER BY week",
        [kind],
    )
    if len(rows) < 3:
        return None
    long = pd.concat(
        [pd.DataFrame({"x": rows["x"], "series": words, "value": rows[who]}) for who, words in WHO.items()],
        ignore_index=True,
    )
    ahead = int((rows["ours"] < rows["official"]).sum())
    spec = ChartSpec(
        id=f"oficial-{'vivo' if kind == LIVE else 'pasado'}",
        type="line",
        title=f"En {ahead} de {len(rows)} semanas nuestro error fue menor que el de XM",
        subtitle="Error absoluto medio de la demanda diaria, %, semana a semana (lunes a domingo)",
        unit="%",
        decimals=1,
        options={"context": WHO["naive"], "zero": True},
    )
    return chart_view(long, spec, place, narrow=False)
