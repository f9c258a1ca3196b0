"""Pages about all the data: the catalogue, the state of every series, the glossary."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass

from pipeline.catalog.schema import Metric, Theme
from pipeline.core import spanish
from pipeline.render.context import Page, SeriesState, SiteContext, SourceState, read_sources
from pipeline.render.metric_page import GRAINS
from pipeline.render.page import make_page

_SOURCES = {"xm": "XM", "simem": "SIMEM", "noaa": "la NOAA", "xm-files": "los archivos de XM"}
_TOLERANCE = 3  # days a series may be later than expected before it is called late
_STATES = {
    "ok": ("Al día", "✓", "good", "Con datos dentro del rezago esperado."),
    "late": ("Atrasada", "!", "warn", "XM no ha publicado dentro del rezago esperado."),
    "empty": ("Sin datos", "○", "none", "XM no ha entregado ningún valor en el periodo."),
    "failed": ("Con falla", "✕", "bad", "No se pudo leer; se conserva lo último que se tenía."),
    "ended": ("Terminada", "–", "none", "XM dejó de publicarla; su historia sigue aquí."),
}


@dataclass(frozen=True)
class MetricLine:
    """A metric in the catalogue page."""

    id: str
    title: str
    unit: str
    entities: str
    grain: str
    until: str
    search: str


@dataclass(frozen=True)
class StatusLine:
    """A series in the state page."""

    metric: str
    title: str
    entity: str
    word: str
    icon: str
    tone: str
    until: str
    lag: str
    expected: str
    provisional: str
    rows: str
    reason: str


@dataclass(frozen=True)
class Section:
    """A theme with its lines."""

    id: str
    title: str
    description: str
    metrics: tuple[MetricLine, ...] = ()
    series: tuple[StatusLine, ...] = ()


def catalogue_page(site: SiteContext) -> Page:
    """Return the list of all metrics, by theme; the filter is the browser's, the list is complete without it."""
    sections = [
        Section(t.id, t.title, t.description, tuple(_metric_line(site, m) for m in found))
        for t, found in _by_theme(site)
    ]
    total = sum(metric.source == "xm" for metric in site.catalog.metrics.values())
    return make_page(
        site,
        "metricas.md",
        "metrics",
        "Métricas",
        "Todas las métricas que XM publica por su API, y las de otras fuentes, con definición, unidad y descarga.",
        {"themes": sections, "total": total, "more": len(site.catalog.metrics) - total},
    )


def _by_theme(site: SiteContext) -> list[tuple[Theme, list[Metric]]]:
    themes = sorted(site.catalog.themes.values(), key=lambda t: (t.order, t.id))
    found = [(t, [m for m in site.catalog.metrics.values() if m.theme == t.id]) for t in themes]
    return [(t, metrics) for t, metrics in found if metrics]


def _metric_line(site: SiteContext, metric: Metric) -> MetricLine:
    days = [s.last_ok or s.last for s in site.states.get(metric.id, ()) if s.last]
    labels = [site.catalog.entities[e].label if e in site.catalog.entities else e for e in metric.entities]
    return MetricLine(
        metric.id,
        metric.title,
        spanish.unit_label(metric.unit.stored),
        spanish.join([label.lower() for label in labels]),
        GRAINS[metric.grain],
        spanish.date(max(d for d in days if d)) if days else "—",
        plain(f"{metric.title} {metric.id} {metric.definition}"),
    )


def plain(text: str) -> str:
    """Return lower-case text without accents, for filters that should not care."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"\s+", " ", bare).lower().strip()


def status_page(site: SiteContext) -> Page:
    """Return the state of every series, against the lag that was declared for it."""
    sections, counts = [], dict.fromkeys(_STATES, 0)
    for theme, metrics in _by_theme(site):
        lines = []
        for metric in metrics:
            known = {s.entity: s for s in site.states.get(metric.id, ())}
            for entity in metric.entities:
                name, line = _status_line(site, metric, entity, known.get(entity))
                counts[name] += 1
                lines.append(line)
        sections.append(Section(theme.id, theme.title, "", series=tuple(lines)))
    sources = read_sources(site.con)
    total = sum(counts.values())
    fresh = counts["ok"] + counts["ended"]
    tally = [
        {"word": w, "icon": i, "tone": t, "text": text, "count": spanish.number(counts[name], 0)}
        for name, (w, i, t, text) in _STATES.items()
        if counts[name]
    ]
    return make_page(
        site,
        "estado.md",
        "status",
        "Estado de los datos",
        "Estado de cada serie: hasta qué día llega, cuánto se esperaba y por qué falta lo que falta.",
        {
            "headline": f"{spanish.number(fresh, 0)} de {spanish.number(total, 0)} series están al día",
            "answer": "El rezago se cuenta desde el último día completo y se compara con lo que XM suele tardar. "
            "Los días preliminares no entran en titulares ni en pronósticos.",
            "sources": [sentence for s in _SOURCES if (sentence := _source_sentence(sources.get(s), s))],
            "today": spanish.date(site.run.today),
            "tally": tally,
            "themes": sections,
        },
    )


def trouble(state: SourceState | None, source: str) -> str:
    """Return that a source could not be asked in the last run, and why; empty when it could."""
    if state is None or not state.down:
        return ""
    return (
        f"En la última actualización no se pudo consultar {_SOURCES[source]}: {spanish.reason(state.down)}. "
        "Se muestra lo último que se tenía."
    )


def _source_sentence(state: SourceState | None, source: str) -> str:
    """Return what readers must know of a source: that it was down, and how much of the past is still to come."""
    if state is None:
        return ""
    told = [down] if (down := trouble(state, source)) else []
    if state.wanted and state.asked is not None and state.asked < state.wanted:
        share = spanish.percent(min(math.floor(state.asked / state.wanted * 100), 99), 0)
        since = (
            f"está completo desde el {spanish.date(state.complete_since)}"
            if state.complete_since
            else "apenas empieza a llegar"
        )
        how = f"({share} de lo pedido); cada noche se completa una parte."
        if state.held:
            how = f"({share} de lo pedido): en el alojamiento de este portal ({state.held}) no cabe más."
        told.append(f"El pasado que se toma de {_SOURCES[source]} {since} {how}")
    return " ".join(told)


def _status_line(site: SiteContext, metric: Metric, entity: str, state: SeriesState | None) -> tuple[str, StatusLine]:
    label = site.catalog.entities[entity].label if entity in site.catalog.entities else entity
    last = (state.last_ok or state.last) if state else None
    lag = (site.run.today - last).days if last else None
    name = _state_of(metric, state, lag)
    word, icon, tone, _ = _STATES[name]
    return name, StatusLine(
        metric.id,
        metric.title,
        label,
        word,
        icon,
        tone,
        spanish.date(last) if last else "—",
        spanish.number(lag, 0) if lag is not None else "—",
        spanish.number(metric.lag_days, 0),
        spanish.number(state.provisional_days, 0) if state else "0",
        spanish.number(state.rows, 0) if state else "0",
        state.reason if state else "",
    )


def _state_of(metric: Metric, state: SeriesState | None, lag: int | None) -> str:
    if state is None or (state.state != "failed" and not state.rows):
        return "empty"
    if state.state != "ok":
        return "failed" if state.state == "failed" else "empty"
    if metric.ends:
        return "ended"
    room = 31 if metric.grain == "monthly" else 0
    late = lag is not None and not metric.sparse and lag > metric.lag_days + _TOLERANCE + room
    return "late" if late else "ok"


def late_by(site: SiteContext) -> list[tuple[Metric, str, dt.date, int]]:
    """Return the series later than declared, the latest first: metric, entity, last settled day, lag [days]."""
    found = []
    for metric in site.catalog.metrics.values():
        for state in site.states.get(metric.id, ()):
            last = state.last_ok or state.last
            lag = (site.run.today - last).days if last else None
            if last is not None and lag is not None and _state_of(metric, state, lag) == "late":
                label = site.catalog.entities[state.entity].label if state.entity in site.catalog.entities else ""
                found.append((metric, label or state.entity, last, lag))
    return sorted(found, key=lambda item: (item[0].lag_days - item[3], item[0].id, item[1]))


def glossary_page(site: SiteContext) -> Page:
    """Return the glossary, in alphabetical order without regard to accents."""
    terms = [
        {
            "term": t.term,
            "abbreviation": t.abbreviation,
            "definition": " ".join(t.definition.split()),
            "metrics": t.metrics,
            "anchor": re.sub(r"[^a-z0-9]+", "-", plain(t.term)).strip("-"),
        }
        for t in sorted(site.catalog.glossary, key=lambda t: plain(t.term))
    ]
    return make_page(
        site,
        "glosario.md",
        "glossary",
        "Glosario",
        "Los términos del sector eléctrico colombiano en palabras claras.",
        {"terms": terms},
    )
