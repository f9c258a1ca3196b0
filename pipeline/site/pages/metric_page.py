"""The page of a metric: what it is, how fresh it is, its whole history, and every way to take it away."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import CORRECTED
from pipeline.core import spanish
from pipeline.core.units import factor
from pipeline.site.blocks import Place
from pipeline.site.blocks.chart import chart_view
from pipeline.site.blocks.chart_view import ChartView, explored
from pipeline.site.blocks.kpi import Delta, KpiView, revisions_of
from pipeline.site.charts import ChartSpec, Event
from pipeline.site.context import Page, SeriesState, SiteContext, prefix_of
from pipeline.site.downloads.open_metadata import dataset
from pipeline.site.named_links import linked
from pipeline.site.page import make_page
from pipeline.site.pages.metric_card import metric_card
from pipeline.site.pages.metric_data import (
    SPANS,
    MainSeries,
    corrected_table,
    entity_table,
    last_of,
    list_table,
    main_series,
    mean_near,
    week_hours,
)
from pipeline.site.table import Table
from pipeline.site.wording import span_text

GRAINS = {"hourly": "hora", "daily": "día", "monthly": "mes", "list": "lista"}
_NIGHTS = 5  # whose withdrawn values are told
_KINDS = {
    "flow": "cantidad que se suma en el tiempo",
    "stock": "existencia; el día toma su último valor",
    "rate": "tasa",
    "price": "precio",
    "ratio": "cociente",
    "list": "lista; se guarda la última versión",
}


@dataclass(frozen=True)
class EntitySection:
    """The last values of one entity of the metric."""

    title: str
    subtitle: str
    table: Table


@dataclass(frozen=True)
class Known:
    """A declared fault or event of the source."""

    span: str
    text: str
    source: str


def metric_page(site: SiteContext, metric: Metric) -> Page:
    """Return the page of a metric; an empty series says what is missing, since when and why."""
    path = f"metricas/{metric.id}.md"
    states = {s.entity: s for s in site.states.get(metric.id, ())}
    filled = [e for e in metric.entities if e in states and states[e].rows]
    place = Place.of(site, f"metricas/{metric.id}", metric.title, f"metricas/{metric.id}/")
    charts: list[ChartView] = []
    entities: list[EntitySection] = []
    last: KpiView | None = None
    main: MainSeries | None = None
    if metric.grain == "list":
        entities = [_list_section(site, metric, e) for e in filled]
    elif filled:
        chosen = "Sistema" if "Sistema" in filled else filled[0]
        main = main_series(site, metric, chosen, _plural(site, chosen))
        if len(main.rows):
            charts = _charts(place, metric, main)
            last = last_value(site, metric, main)
        entities = [_entity_section(site, metric, states[e]) for e in filled if e != "Sistema"]
    days = [s.last_ok or s.last for s in states.values() if s.last]
    query = _query(metric, filled)
    theme = site.catalog.themes[metric.theme].title if metric.theme in site.catalog.themes else metric.theme
    return make_page(
        site,
        path,
        "metric",
        f"{metric.title} ({metric.id})",
        metric.definition,
        {
            "metric": metric,
            "theme": theme,
            "until": spanish.period(max(d for d in days if d), metric.grain) if days else "",
            "last": last,
            "missing": _missing(site, metric, filled),
            "charts": charts,
            "entities": entities,
            "facts": _facts(site, metric, states),
            "known": [*known_issues(site, metric), *withdrawals(site, metric)],
            "corrected": corrected_table(site, metric),
            "dataset": dataset(metric, site.catalog.sources[metric.source].publisher, site.site_url or ""),
            "query": query,
            "query_link": quote(query),
        },
        place.assets,
        metric_card(place, metric, theme, main),
    )


def _charts(place: Place, metric: Metric, main: MainSeries) -> list[ChartView]:
    unit = spanish.unit_label(metric.unit.stored)
    first, final = main.rows["x"].min().date(), main.rows["x"].max().date()
    per = {"hourly": "por día", "daily": "por día", "monthly": "por mes"}[metric.grain]
    bars = metric.sparse or (metric.grain == "monthly" and metric.kind == "flow")
    span = (
        f"{spanish.month(first)} a {spanish.month(final)}"
        if first.replace(day=1) != final.replace(day=1)
        else spanish.month(first)
    )
    spec = ChartSpec(
        id="serie",
        type="bar" if bars and len(set(main.rows["series"])) == 1 else "line",
        title=main.label,
        subtitle=", ".join(part for part in (unit, per, span) if part),
        unit=metric.unit.stored,
        events=_events(place.site, metric),
    )
    note = (
        ""
        if not main.added
        else "Suma de lo que reporta cada entidad; XM no publica un total nacional de esta métrica."
    )
    # What XM gives stands in the page's downloads, hours in Parquet; a sum of ours stands nowhere else.
    files = None if main.added else ()
    shown = [] if metric.versioned else [f"{metric.id}.{main.entity}.{code}" for code in main.codes]
    explore = explored(shown, "ultimos=40000", "paso=mes" if metric.grain == "monthly" else "paso=dia")
    charts = [chart_view(main.rows, spec, place, note=note, files=files, embed=False, explore=explore)]
    if metric.grain == "hourly" and main.entity == "Sistema":
        hours = week_hours(place.site, metric)
        if len(hours) > 1:
            week = ChartSpec(
                id="horas",
                type="line",
                title="Hora a hora, la última semana",
                subtitle=", ".join(part for part in (unit, "por hora") if part),
                unit=metric.unit.stored,
            )
            near = explored(shown, "ultimos=7", "paso=hora")
            charts.append(chart_view(hours, week, place, files=(), embed=False, explore=near))
    return charts


def last_value(site: SiteContext, metric: Metric, main: MainSeries) -> KpiView | None:
    """Return the last settled value with its two comparisons; several series have no single headline."""
    if main.rows["series"].nunique() > 1:
        return None
    found = last_of(main.rows)
    if found is None:
        return None
    value, day = found
    deltas = []
    compare = _compare(site, metric)
    now = mean_near(main.rows, day, SPANS.get(compare, 1))
    for before, words in _bases(site, compare, day):
        base = mean_near(main.rows, before, SPANS.get(compare, 1))
        change = spanish.variation(now, base, points=metric.unit.stored == "%")
        if change.direction != "unknown":
            deltas.append(Delta(change.text.replace("p.p.", "puntos"), f"vs. {words}", "none", "", before))
    stored = metric.unit.stored
    text = spanish.number(value, spanish.unit_decimals(stored))
    label = spanish.unit_label(stored)
    state = str(main.rows.loc[main.rows["x"] == pd.Timestamp(day), "quality"].iloc[0])
    revisions = revisions_of(site, (metric.id,), day) if state == CORRECTED else ""
    return KpiView(
        "ultimo", "Último valor", main.label, label, text, value, day, tuple(deltas), state=state,
        version=_version(site, metric, day), revisions=revisions, grain=metric.grain,
    )  # fmt: skip


def _version(site: SiteContext, metric: Metric, day: dt.date) -> str:
    """Return the settlement version of a day's value; nothing where there are none, or its hours have several."""
    if not metric.versioned:
        return ""
    found = site.con.execute(
        f'SELECT DISTINCT version FROM "{metric.id}" WHERE ts >= ? AND ts < ?', [day, day + dt.timedelta(days=1)]
    ).fetchall()
    return str(found[0][0]) if len(found) == 1 else ""


def _compare(site: SiteContext, metric: Metric) -> str:
    """Return what a metric is compared with, by the one rule of the portal.

    A metric that is a headline series by itself is compared as that one is, so that its page and the boards agree.
    """
    own = next((s.compare for s in site.catalog.headlines.values() if s.metrics == (metric.id,)), None)
    return "month" if metric.grain == "monthly" else own or ("date" if metric.kind == "stock" else "like_day")


def _bases(site: SiteContext, compare: str, day: dt.date) -> list[tuple[dt.date, str]]:
    """Return the days that a day is compared with and what they are called."""
    found = site.con.execute(
        "SELECT week_day, week_basis, year_day, year_basis FROM compared_day WHERE compare = ? AND day = ?",
        [compare, day],
    ).fetchone()
    week_day, week_basis, year_day, year_basis = found or (None,) * 4
    return [(base, words) for base, words in ((week_day, week_basis), (year_day, year_basis)) if base]


def _entity_section(site: SiteContext, metric: Metric, state: SeriesState) -> EntitySection:
    plural = _plural(site, state.entity)
    until = ""
    if state.last:
        reached = spanish.period(state.last, metric.grain)
        until = f", hasta {reached}" if metric.grain == "monthly" else f", hasta el {reached}"
    subtitle = f"{spanish.number(state.codes, 0)} con datos{until}. Último valor de cada una."
    label = _label(site, state.entity)
    table = linked(entity_table(site, metric, state, label), site.named, prefix_of(f"metricas/{metric.id}.md"))
    return EntitySection(f"Por {label.lower()}", f"{plural}: {subtitle}", table)


def _list_section(site: SiteContext, metric: Metric, entity: str) -> EntitySection:
    table = list_table(site, metric, entity)
    count = f"{spanish.number(table.total, 0)} filas en la última versión."
    return EntitySection(
        "La lista" if entity == "Sistema" else f"La lista, por {_label(site, entity).lower()}", count, table
    )


def _missing(site: SiteContext, metric: Metric, filled: list[str]) -> list[str]:
    """Return what is missing: entities of the catalogue without rows or in trouble."""
    troubled = [s for s in site.states.get(metric.id, ()) if s.state != "ok" or not s.rows]
    if len(filled) == len(metric.entities) and not troubled:
        return []
    return [site.missing([metric.id])]


def _facts(site: SiteContext, metric: Metric, states: dict[str, SeriesState]) -> list[tuple[str, str]]:
    stored, source = metric.unit.stored, metric.unit.source
    facts = [("Código XM", metric.id)]
    if metric.grain != "list":
        shown = spanish.unit_label(stored) or "número"
        if source and source != stored:
            times = factor(source, stored)
            how = (
                f"multiplica por {spanish.number(times, 0)}"
                if times >= 1
                else f"divide entre {spanish.number(round(1 / times), 0)}"
            )
            shown += f" (XM la entrega en {spanish.unit_label(source) or 'fracción'}; el portal {how})"
        facts.append(("Unidad", shown))
    facts.append(("Se publica por", GRAINS[metric.grain]))
    facts.append(("Clase", "; ".join([_KINDS[metric.kind], *_weighing(site, metric)])))
    facts.append(("Rezago esperado", spanish.plural(metric.lag_days, "día", "días")))
    facts.append(("Entidades", spanish.join([_plural(site, e) for e in metric.entities])))
    facts += to_date(site, metric)
    first = [s.first for s in states.values() if s.first]
    if first:
        facts.append(("En el portal desde", spanish.period(min(first), metric.grain)))
    rows = sum(s.rows for s in states.values())
    facts.append(("Filas en el portal", spanish.number(rows, 0)))
    if metric.source_label:
        facts.append(("XM la llama", metric.source_label))
    if metric.starts:
        facts.append(("Empieza", spanish.date(metric.starts)))
    if metric.ends:
        facts.append(("Termina", spanish.date(metric.ends)))
    declared = site.catalog.sources.get(metric.source)
    facts.append(("Fuente", declared.attribution if declared else metric.source))
    return facts


def _weighing(site: SiteContext, metric: Metric) -> list[str]:
    """Return how the parts of what cannot be summed make a whole, where that is declared."""
    if metric.weighed_by:
        title = site.catalog.metrics[metric.weighed_by].title
        parts = "las horas pesan" if metric.grain == "hourly" else "un mes o un grupo se obtiene pesando cada parte"
        alone = ", y un día sin ese peso no tiene valor" if metric.grain == "hourly" else ""
        return [f"{parts} según {title} ({metric.weighed_by}){alone}"]
    if metric.weights is not None:
        return [f"el día es la media simple de sus horas: {metric.weights.equal}"]
    return []


def to_date(site: SiteContext, metric: Metric) -> list[tuple[str, str]]:
    """Return the month, the year and the last twelve months so far, of a metric that is a headline series by itself."""
    own = next((s.id for s in site.catalog.headlines.values() if s.metrics == (metric.id,)), None)
    if own is None:
        return []
    rows = site.con.execute(
        "SELECT span_words, value, unit, decimals, change, basis FROM to_date_told WHERE series = ? ORDER BY place",
        [own],
    ).fetchall()
    told = []
    for words, value, unit, decimals, change, basis in rows:
        against = ""
        if change is not None and round(abs(change), 1):
            size = f"{spanish.number(abs(change), 1)} {'puntos' if unit == '%' else '%'}"
            against = f", {size} {'más' if change > 0 else 'menos'} que {basis}"
        told.append((words, f"{spanish.quantity(value, unit, decimals)}{against}"))
    return told


def known_issues(site: SiteContext, metric: Metric) -> list[Known]:
    """Return the declared faults and events of a metric, with their dates."""
    return [
        Known(span_text(c.start, c.end), " ".join(c.text.split()), c.source)
        for c in site.catalog.corrections
        if metric.id in c.metrics
    ]


def withdrawals(site: SiteContext, metric: Metric) -> list[Known]:
    """Return the values of a metric that its source took back, the last nights first, with what they were."""
    found = site.con.execute(
        "SELECT entity, seen, n, first_day, last_day, largest FROM withdrawn_night WHERE metric = ? "
        f"ORDER BY seen DESC, entity LIMIT {_NIGHTS}",
        [metric.id],
    ).fetchall()
    unit, decimals = metric.unit.stored, spanish.unit_decimals(metric.unit.stored)
    return [
        Known(
            span_text(first, last),
            f"La fuente retiró {spanish.plural(n, 'valor', 'valores')} ({_plural(site, entity).lower()}) el "
            f"{spanish.date(seen)}, sin dar otro. El mayor era {spanish.number(largest, decimals)} "
            f"{spanish.unit_label(unit)}".rstrip()
            + ".",
            "Registro de revisiones del portal",
        )
        for entity, seen, n, first, last, largest in found
    ]


def _events(site: SiteContext, metric: Metric) -> tuple[Event, ...]:
    """Return the declared breaks of a metric as events for its time axis."""
    words = {
        "gap": "hueco",
        "unit": "cambia la unidad",
        "label": "cambia el rótulo",
        "definition": "cambia la definición",
    }
    return tuple(
        Event(c.start.isoformat(), c.mark or words.get(c.kind, "cambio"))
        for c in site.catalog.corrections
        if metric.id in c.metrics and c.start and c.kind != "partial"
    )


def _query(metric: Metric, filled: list[str]) -> str:
    if metric.grain == "list":
        return f'SELECT *\nFROM "{metric.id}"\nLIMIT 100'
    entity = "Sistema" if "Sistema" in filled or not filled else filled[0]
    return (
        f'SELECT ts, code, value, quality\nFROM "{metric.id}"\n'
        f"WHERE entity = '{entity}'\nORDER BY ts DESC, code\nLIMIT 100"
    )


def _label(site: SiteContext, entity: str) -> str:
    known = site.catalog.entities.get(entity)
    return known.label if known else entity


def _plural(site: SiteContext, entity: str) -> str:
    known = site.catalog.entities.get(entity)
    return known.plural if known else entity
