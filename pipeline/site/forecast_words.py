"""What both forecast pages say alike: names of models, leads, errors, and the tables of scores."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from pipeline.catalog.forecasts import Shown
from pipeline.core import spanish
from pipeline.site.context import SiteContext
from pipeline.site.table import NONE, Cell, Header, Table

NAIVE = "seasonal_naive"
MODELS = {
    "naive": "Repetir el último valor",
    "climatology": "Lo usual de la época",
    "prophet": "Prophet",
    "prophet_calendar": "Prophet con calendario",
    "prophet_ar": "Prophet con calendario y memoria",
    "sarima": "SARIMA",
    "sarima_calendar": "SARIMA con calendario",
    "dhr_ar": "Regresión armónica con calendario",
    "lear": "Una ecuación por hora (LEAR)",
    "day_profile": "Perfil de las horas del día",
    "theta": "Theta",
    "ets": "Suavizado exponencial (ETS)",
    "mean_reversion": "Regreso a la media",
    "balance": "Balance del embalse",
    "combined": "Promedio de varios modelos",
    "hours_combined": "Promedio de dos modelos de horas",
    "theta_reversion": "Promedio de Theta y regreso a la media",
    "old_method": "El método del portal anterior",
    "coherent": "Promedio ajustado para que las partes sumen el total",
}
_SHARED = re.compile(r" (diari[ao]s?|de energía|de los embalses)\b")
LIVE, BACKTEST = "live", "backtest"
_PLAIN = Shown()
NEAR = {"daily": "1-7", "hourly": "1-24"}
"""The lead quoted first: a week of days, a day of hours."""


@dataclass(frozen=True)
class Policy:
    """What is forecast, and which model is shown and why."""

    series: str
    title: str
    metric: str
    unit: str
    grain: str
    model: str
    reason: str
    again: str = "repetir la semana anterior"
    shown: Shown = _PLAIN
    stock: bool = False

    @property
    def short(self) -> str:
        """The title without the words that many share, for charts and chips."""
        text = _SHARED.sub("", self.title).removeprefix("Generación con ") or self.title
        return text[0].upper() + text[1:]

    @property
    def hourly(self) -> bool:
        """Whether the series is hourly."""
        return self.grain == "hourly"

    @property
    def near(self) -> str:
        """The lead bucket that is quoted first."""
        return NEAR["hourly" if self.hourly else "daily"]


@dataclass(frozen=True)
class Score:
    """How wrong a model was at some leads; None where nobody can say.

    Attributes:
        mape: Mean absolute percentage error [%]; None for a series that is often near zero.
        wape: Sum of absolute errors over sum of values [%]; bias, skill, cov80, cov95 [%] likewise.
        mae: Mean absolute error [stored unit].
        skill: How much less than the seasonal naive [%], at the same origins; t of the paired test.
    """

    model: str
    lead: str
    n: int
    origins: int | None
    mape: float | None
    wape: float | None
    mase: float | None
    mae: float | None
    bias: float | None
    cov80: float | None
    cov95: float | None
    skill: float | None
    t: float | None
    published: bool

    @property
    def error(self) -> float | None:
        """The relative error that means something for the series: MAPE, or WAPE where days are near zero [%]."""
        return self.wape if self.mape is None else self.mape

    @property
    def origins_words(self) -> str:
        """How many origins stand behind it, in words."""
        return "" if self.origins is None else spanish.plural(self.origins, "origen", "orígenes")


def policies(site: SiteContext) -> list[Policy]:
    """Return the policies in the order in which the model stage declares them; agents have a table of their own."""
    rows = site.con.execute(
        "SELECT p.series, coalesce(p.title_es, p.series), p.metric, p.unit, p.grain, coalesce(m.model, ''), "
        "coalesce(p.reason, '') FROM forecast_policy AS p LEFT JOIN forecast_shown_model AS m USING (series) "
        "WHERE NOT contains(p.series, ':') ORDER BY p.rowid"
    ).fetchall()
    declared = {policy.series: policy for policy in site.catalog.forecasts}
    stocks = {metric.id for metric in site.catalog.metrics.values() if metric.kind == "stock"}
    found = []
    for row in rows:
        policy = replace(Policy(*row), stock=row[2] in stocks)
        if policy.series in declared:
            own = declared[policy.series]
            again = "repetir el último día" if own.season == own.steps else policy.again
            policy = replace(policy, again=again, shown=own.shown)
        found.append(policy)
    return found


def scores(site: SiteContext, series: str, kind: str = BACKTEST) -> list[Score]:
    """Return the scores of a series, the published model first, shortest lead first."""
    rows = site.con.execute(
        "SELECT model, lead, n, origins, mape, wape, mase, mae, bias, cov80, cov95, skill, t, "
        "coalesce(published, FALSE) FROM forecast_score WHERE series = ? AND run_kind = ? "
        "ORDER BY published DESC, model <> 'seasonal_naive', model, lead = 'all', "
        "TRY_CAST(split_part(lead, '-', 1) AS INTEGER)",
        [series, kind],
    ).fetchall()
    return [_score_of(row) for row in rows]


def _score_of(row: Sequence[Any]) -> Score:
    """Return a row of scores; a figure that is no number is one that nobody knows."""
    cleaned: list[Any] = [None if isinstance(value, float) and math.isnan(value) else value for value in row]
    return Score(*cleaned)


def version(site: SiteContext, table: str) -> str:
    """Return which parts of the lake a table of forecasts comes from, so that a figure can be found again."""
    hashes = sorted({str(part.get("sha256", ""))[:8] for part in site.parts if part["metric"] == f"_{table}"})
    return f"versión {', '.join(hashes[-3:])}" if any(hashes) else ""


def pick(found: Sequence[Score], model: str, lead: str) -> Score | None:
    """Return the score of a model at a lead, if there is one."""
    return next((score for score in found if (score.model, score.lead) == (model, lead)), None)


def name_of(model: str, policy: Policy) -> str:
    """Return a model's name in words."""
    return policy.again.capitalize() if model == NAIVE else MODELS.get(model, model)


def lead_words(lead: object, *, hourly: bool) -> str:
    """Return a lead bucket in words: `1-7` «1 a 7 días», `25-168` of hours «2 a 7 días», `all` all of them."""
    text = str(lead)
    if text == "all":
        return "todo el horizonte"
    first, _, final = text.partition("-")
    final = final or first
    if not (first.isdigit() and final.isdigit()):
        return text
    low, high = int(first), int(final)
    if hourly:
        low, high = (low - 1) // 24 + 1, -(-high // 24)
    if low == high:
        return "el primer día" if low == 1 else f"el día {low}"
    return f"{low} a {high} días"


def figure(value: float | None, decimals: int) -> str:
    """Return a number for a table; a dash when there is none."""
    return NONE if value is None or math.isnan(value) else spanish.number(float(value), decimals)


def day_of(value: object) -> dt.date:
    """Return a day from whatever the warehouse gives."""
    return pd.Timestamp(str(value)).date()


def score_table(found: Sequence[Score], policy: Policy) -> Table:
    """Return every model's errors by lead; each figure beside how many origins and values stand behind it."""
    percent = any(score.mape is not None for score in found)
    heads = [
        Header("Modelo"),
        Header("Anticipación"),
        Header("Orígenes", numeric=True),
        Header("Valores", numeric=True),
        *([Header("MAPE", "%", numeric=True)] if percent else []),
        Header("WAPE", "%", numeric=True),
        Header("MASE", numeric=True),
        Header("Error medio", spanish.unit_label(policy.unit), numeric=True),
        Header("Sesgo", "%", numeric=True),
        Header("Cobertura 80", "%", numeric=True),
        Header("Cobertura 95", "%", numeric=True),
        Header("Mejora", "%", numeric=True),
        Header("t", numeric=True),
    ]
    body = []
    for score in found:
        figures = [(score.origins, 0), (score.n, 0), *([(score.mape, 1)] if percent else []), (score.wape, 1)]
        figures += [(score.mase, 2), (score.mae, spanish.unit_decimals(policy.unit)), (score.bias, 1)]
        figures += [(score.cov80, 0), (score.cov95, 0), (score.skill, 0), (score.t, 1)]
        body.append(
            (
                Cell(name_of(score.model, policy) + (" (se publica)" if score.published else "")),
                Cell(lead_words(score.lead, hourly=policy.hourly)),
                *(Cell(figure(value, decimals)) for value, decimals in figures),
            )
        )
    return Table(tuple(heads), tuple(body), len(body))


def past_error(found: Sequence[Score], policy: Policy) -> str:
    """Return the past error of the model shown in a sentence: its figure, the naive's, and what stands behind them."""
    own, naive = pick(found, policy.model, policy.near), pick(found, NAIVE, policy.near)
    if own is None or own.error is None:
        return ""
    lead = "; ".join(filter(None, (lead_words(policy.near, hourly=policy.hourly), own.origins_words)))
    text = f"En pruebas con el pasado se equivocó en promedio {spanish.percent(own.error)} ({lead})"
    if naive is not None and naive.error is not None and policy.model != NAIVE:
        text += f"; {policy.again} se equivoca {spanish.percent(naive.error)}"
    return text + "."
