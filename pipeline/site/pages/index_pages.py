"""Pages that list declarations: the catalogue of metrics, the glossary."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.catalog.schema import Metric
from pipeline.catalog.vocabulary import Theme
from pipeline.core import spanish
from pipeline.site.context import Page, SiteContext
from pipeline.site.page import make_page
from pipeline.site.pages.metric_page import GRAINS
from pipeline.site.terms import anchor_of, plain


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
class Section:
    """A theme with its lines."""

    id: str
    title: str
    description: str
    metrics: tuple[MetricLine, ...]


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
        spanish.period(max(d for d in days if d), metric.grain) if days else "—",
        plain(f"{metric.title} {metric.id} {metric.definition}"),
    )


def glossary_page(site: SiteContext) -> Page:
    """Return the glossary, in alphabetical order without regard to accents."""
    terms = [
        {
            "term": t.term,
            "abbreviation": t.abbreviation,
            "definition": " ".join(t.definition.split()),
            "metrics": t.metrics,
            "anchor": anchor_of(t.term),
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
