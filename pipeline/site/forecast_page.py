"""The forecasts, each beside the error it had in the past, what moves it, and what stands behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.core import spanish
from pipeline.site.blocks import Place
from pipeline.site.blocks.chart import chart_view
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.charts import ChartSpec
from pipeline.site.context import Page, SiteContext
from pipeline.site.forecast_drivers import drivers
from pipeline.site.forecast_words import Policy, day_of, name_of, past_error, policies, score_table, scores, version
from pipeline.site.page import make_page
from pipeline.site.pages.index_pages import plain
from pipeline.site.table import Table

PATH = "pronosticos.md"
SLUG = "pronosticos"
ADDRESS = ("Pronósticos", "pronosticos/")
EMPTY = "Aún no hay pronósticos: hacen falta más días de historia para ajustar y medir los modelos."
#: Classes of days whose names are too long for an axis, as the model stage titles them.
_BRIEF = {
    "Festivo de martes a viernes": "Festivo, mar. a vie.",
    "Día entre un festivo y el fin de semana": "Día puente",
    "Lunes a miércoles de Semana Santa": "Lun. a mié. santos",
    "Día después de un festivo": "Día tras un festivo",
}
_CHART = "SELECT x, actual, mean, lo80, hi80, lo95, hi95, model FROM forecast_chart WHERE series = ? ORDER BY x"
_SCENARIOS = {"nino": "Con El Niño", "neutral": "Sin El Niño ni La Niña", "nina": "Con La Niña"}


@dataclass(frozen=True)
class Agent:
    """Demand expected of one retailer or operator in the next seven days."""

    code: str
    name: str
    mean: str
    band: str
    error: str
    search: str


@dataclass(frozen=True)
class AgentGroup:
    """Agents of one kind; days are the same for all but the latest to report."""

    id: str
    title: str
    note: str
    agents: tuple[Agent, ...]


@dataclass(frozen=True)
class Outlook:
    """A forecast of one series with its record."""

    id: str
    title: str
    short: str
    lead: str
    chart: ChartView | None
    empty: str
    model: str
    reason: str
    error: str
    facts: tuple[tuple[str, str], ...]
    drivers: tuple[str, ...]
    scores: Table | None
    effects: ChartView | None
    scenarios: ChartView | None


def forecast_page(site: SiteContext) -> Page:
    """Return the page of all forecasts; without any it says so."""
    place = Place.of(site, SLUG, *ADDRESS)
    known = policies(site)
    items = [_outlook(site, policy, place) for policy in known]
    shown = [item for item in items if item.chart]
    telling = {policy.series for policy in known if policy.shown.answers}
    return make_page(
        site,
        PATH,
        "forecasts",
        "Pronósticos",
        "Pronósticos de demanda, generación, precio de bolsa, aportes y embalses, con su intervalo y su error pasado.",
        {
            "items": items if shown else [],
            "empty": "" if shown else EMPTY,
            "answer": _answer(shown, telling),
            "issued": _issued(site),
            "groups": agent_groups(site),
        },
        place.assets,
    )


def _answer(items: Sequence[Outlook], telling: Collection[str]) -> str:
    """Return the first sentences: what is expected of the series that are to be told first."""
    wanted = [item.lead for item in items if item.id in telling]
    return " ".join(wanted or [item.lead for item in items[:1]])


def _issued(site: SiteContext) -> str:
    row = site.con.execute("SELECT max(issued), max(origin) FROM forecast_latest").fetchone()
    if row is None or row[0] is None:
        return ""
    made = version(site, "forecast_value")
    text = f"Emitidos el {spanish.date(row[0])} con datos hasta el {spanish.date(row[1])}"
    return f"{text} · {made}" if made else text


def _outlook(site: SiteContext, policy: Policy, place: Place) -> Outlook:
    rows = site.query(_CHART, [policy.series])
    ahead = _ahead(site, policy, rows)
    scored = scores(site, policy.series)
    if ahead.empty:
        empty = policy.reason or "Sin pronóstico: faltan datos recientes o historia para ajustar los modelos."
        return Outlook(policy.series, policy.title, policy.short, "", None, empty, "", "", "", (), (), None, None, None)
    day, expected = _expected(policy, ahead)
    return Outlook(
        id=policy.series,
        title=policy.title,
        short=policy.short,
        lead=_lead(policy, ahead, day, expected),
        chart=_chart(site, policy, rows, f"{policy.title}: {expected} {day}", place),
        empty="",
        model=name_of(policy.model, policy),
        reason=policy.reason,
        error=past_error(scored, policy),
        facts=_facts(site, policy),
        drivers=tuple(drivers(site, policy, rows, ahead)),
        scores=score_table(scored, policy) if len(scored) else None,
        effects=_effects(site, policy, place),
        scenarios=_scenarios(site, policy, place),
    )


def _ahead(site: SiteContext, policy: Policy, rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is forecast from tomorrow on; where nothing reaches that far, what there is."""
    future = rows.dropna(subset=["mean"])
    after = future[future["x"] >= pd.Timestamp(site.run.today) + pd.Timedelta(days=1)]
    return after if len(after) else future


def _expected(policy: Policy, ahead: pd.DataFrame) -> tuple[str, str]:
    """Return the day of the headline and what is expected of it: a value, a price's band, the peak of hours."""
    unit = spanish.unit_label(policy.unit)
    row = ahead.iloc[0]
    if policy.hourly:
        day = ahead[ahead["x"] < row["x"].normalize() + pd.Timedelta(days=1)]
        row = day.loc[day["mean"].idxmax()]
    when = f"el {_day(row['x'])}"
    if policy.hourly:
        when += f" a las {row['x'].hour}:00"
    if not policy.shown.line and not pd.isna(row["lo80"]):
        low, high = (spanish.number(float(row[c])) for c in ("lo80", "hi80"))
        return when, f"entre {low} y {high}{spanish.NBSP}{unit}"
    value = spanish.headline(float(row["mean"]), policy.unit)
    return when, f"un máximo de {value}" if policy.hourly else value


def _lead(policy: Policy, ahead: pd.DataFrame, day: str, expected: str) -> str:
    """Return what is expected next, in a sentence with its 80 % band."""
    who = " ".join(policy.shown.subject or (policy.title,))
    if not policy.shown.line:
        return f"{who} estaría {expected} {day}, en 80 de cada 100 casos."
    row = ahead.iloc[0]
    band = ""
    if not policy.hourly and not pd.isna(row["lo80"]):
        low, high = (spanish.number(float(row[c])) for c in ("lo80", "hi80"))
        band = f", y en 80 de cada 100 casos entre {low} y {high}"
    if policy.shown.subject is None or policy.hourly:
        return f"{'Se espera' if policy.hourly else 'Se esperan'} {expected} {day}{band}."
    return f"{who} sería de {expected} {day}{band}."


def _day(moment: pd.Timestamp) -> str:
    day = moment.date()
    return f"{spanish.weekday(day)} {day.day} de {spanish.MONTHS[day.month - 1]}"


def _facts(site: SiteContext, policy: Policy) -> tuple[tuple[str, str], ...]:
    """Return what a reader needs to quote a forecast: origin, horizon, unit and where the series comes from."""
    row = site.con.execute(
        "SELECT any_value(issued), any_value(origin), max(target) FROM forecast_latest WHERE series = ?",
        [policy.series],
    ).fetchone()
    if row is None or row[0] is None:
        return ()
    return (
        ("Emitido", spanish.date(row[0])),
        ("Con datos hasta", spanish.date(row[1])),
        ("Llega hasta", spanish.date(day_of(row[2]))),
        ("Unidad", _per(policy)),
        ("Serie de XM", policy.metric),
    )


def _chart(site: SiteContext, policy: Policy, rows: pd.DataFrame, title: str, place: Place) -> ChartView:
    line = policy.shown.line
    known = "última semana" if policy.hourly else "últimas ocho semanas"
    future = rows.dropna(subset=["mean"])["x"]
    days = (future.max().normalize() - future.min().normalize()).days + 1
    drawn = "observado, pronóstico e intervalos" if line else "observado e intervalos del pronóstico"
    spec = ChartSpec(
        id=policy.series,
        type="forecast",
        title=title,
        subtitle=f"{_per(policy)}; {known} y {days} días siguientes; {drawn}",
        unit=policy.unit,
        options={"line": line},
    )
    return chart_view(rows, spec, place)


def _per(policy: Policy) -> str:
    """Return the unit with its step: a stock and a price have none."""
    unit = spanish.unit_label(policy.unit)
    if "/" in policy.unit or policy.stock:
        return f"{unit}, {'cada hora' if policy.hourly else 'cada día'}"
    return f"{unit} por {'hora' if policy.hourly else 'día'}"


def _effects(site: SiteContext, policy: Policy, place: Place) -> ChartView | None:
    """Return what each class of days of the calendar adds or takes, with its band; None where nobody worked it out."""
    rows = site.query(
        "SELECT title_es AS x, effect AS value, lo, hi, n FROM forecast_effect WHERE series = ? ORDER BY effect, x",
        [policy.series],
    )
    if rows.empty:
        return None
    rows = rows.assign(x=[_BRIEF.get(str(x), str(x)).replace(" de diciembre", " de dic.") for x in rows["x"]])
    least = rows.iloc[0]
    spec = ChartSpec(
        id=f"{policy.series}-festivos",
        type="dots",
        title=f"{least['x']}: {spanish.headline(abs(float(least['value'])), policy.unit)} menos que un día común",
        subtitle=f"Efecto de cada clase de día, {spanish.unit_label(policy.unit)}, con su intervalo del 95 %",
        unit=policy.unit,
        decimals=1,
        options={"zero": True, "marks": "0", "x_label": "Clase de día"},
    )
    note = "Los efectos se suman: un 25 de diciembre que cae jueves es Navidad y además festivo entre semana."
    return chart_view(rows, spec, place, note=note)


def _scenarios(site: SiteContext, policy: Policy, place: Place) -> ChartView | None:
    """Return what would happen under each state of the Pacific; None where there are no scenarios."""
    rows = site.query(
        "SELECT target AS x, scenario, mean AS value FROM forecast_scenario WHERE series = ? ORDER BY scenario, x",
        [policy.series],
    )
    if rows.empty:
        return None
    rows = rows.assign(series=rows["scenario"].map(lambda s: _SCENARIOS.get(s, s)))[["x", "series", "value"]]
    last = day_of(rows["x"].max())
    spec = ChartSpec(
        id=f"{policy.series}-escenarios",
        type="line",
        title=f"{policy.title} según el Pacífico, hasta el {spanish.date(last)}",
        subtitle=f"{spanish.unit_label(policy.unit)}; escenarios, no pronósticos: qué pasaría si el clima fuera ese",
        unit=policy.unit,
        options={"context": _SCENARIOS["neutral"]},
    )
    return chart_view(rows, spec, place, narrow=False)


def agent_groups(site: SiteContext) -> list[AgentGroup]:
    """Return the demand expected of every retailer and network operator, greatest first."""
    rows = site.query(
        "SELECT kind, code, mean, lo80, hi80, wape, first, last FROM forecast_agent ORDER BY kind DESC, mean DESC, code"
    )
    titles = {"retailer": ("Comercializadores", "demanda comercial"), "operator": ("Operadores de red", "demanda")}
    groups = []
    for kind, (title, what) in titles.items():
        own = rows[rows["kind"] == kind]
        if own.empty:
            continue
        span = _span(day_of(own["first"].mode().iloc[0]), day_of(own["last"].mode().iloc[0]))
        note = f"Promedio diario de la {what} {span}, en GWh."
        groups.append(AgentGroup(kind, title, note, tuple(_agent(site, row) for row in own.to_dict("records"))))
    return groups


def _span(first: dt.date, last: dt.date) -> str:
    return f"del {spanish.date(first)} al {spanish.date(last)}"


def _agent(site: SiteContext, row: Mapping[Hashable, Any]) -> Agent:
    code = str(row["code"])
    name = site.name_of("Agente", code) or code
    mean, low, high = (float(str(row[c])) for c in ("mean", "lo80", "hi80"))
    decimals = 2 if mean >= 0.1 else 4
    error = row["wape"]
    return Agent(
        code=code,
        name=name,
        mean=spanish.number(mean, decimals),
        band=f"{spanish.number(low, decimals)} a {spanish.number(high, decimals)}",
        error="—" if error is None or pd.isna(error) else spanish.number(float(str(error)), 1),
        search=plain(f"{name} {code}"),
    )
