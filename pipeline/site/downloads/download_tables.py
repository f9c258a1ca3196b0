"""Tables and links of downloads, pasted into the pages once the files are there: their names, sizes and days.

Render draws pages from rows and knows no file of the published data; it leaves an empty slot that is filled here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jinja2

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core import spanish
from pipeline.site.downloads.data import PublishedData
from pipeline.site.downloads.export import Export, Span
from pipeline.store.manifest import Part

_FIRST_DAYS, _LAST_DAYS = 10, 20  # a part that begins in the first third of a month and ends in the last holds it


@dataclass(frozen=True)
class Link:
    """A file to download, its address below `datos/`."""

    href: str
    label: str
    size: str


@dataclass(frozen=True)
class Row:
    """A series in a table of downloads."""

    id: str
    title: str
    entity: str
    unit: str
    csv: tuple[Link, ...]
    csv_rows: str
    parquet: tuple[Link, ...]
    parquet_rows: str
    per: str
    listed: bool


def slots(catalog: Catalog, data: PublishedData, templates: Path, first: int = 0) -> dict[str, str]:
    """Return the blocks that pages ask for: `descargas`, `descargas/<metric>` and `csv/<table>`.

    Args:
        catalog: The declarations.
        data: What is published.
        templates: The project's templates.
        first: First year that has CSV files; 0 when all have.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates / "theme" / "partials"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    draw = environment.get_template("descargas.html").render
    exports = {(e.metric, e.entity): e for e in data.exports}
    parts: dict[tuple[str, str], list[Part]] = {}
    for part in data.manifest.parts:
        parts.setdefault((part.metric, part.entity), []).append(part)

    def rows_of(metric: Metric) -> list[Row]:
        return [
            _row(catalog, metric, entity, exports.get((metric.id, entity)), parts.get((metric.id, entity), []), data)
            for entity in metric.entities
        ]

    themes = []
    for theme in sorted(catalog.themes.values(), key=lambda t: (t.order, t.id)):
        rows = [row for metric in catalog.metrics.values() if metric.theme == theme.id for row in rows_of(metric)]
        if rows:
            themes.append({"id": theme.id, "title": theme.title, "rows": rows})
    found = {"descargas": draw(kind="all", up="", themes=themes, first=first)}
    for metric in catalog.metrics.values():
        known = [row for row in rows_of(metric) if row.parquet]
        found[f"descargas/{metric.id}"] = draw(kind="metric", up="../../datos/", rows=known, first=first)
    return found | _tables(data, draw)


def _tables(data: PublishedData, draw: Callable[..., str]) -> dict[str, str]:
    """Return the links to each table that is no series, as words within a sentence."""
    found = {}
    for export in data.exports:
        if not export.metric:
            whole = _link(export.whole, f"csv/{export.name}.parquet", "completo, en Parquet") if export.whole else None
            found[f"csv/{export.name}"] = draw(kind="table", up="../datos/", links=_csv_links(export), whole=whole)
    return found


def _row(
    catalog: Catalog, metric: Metric, entity: str, export: Export | None, parts: list[Part], data: PublishedData
) -> Row:
    links = _csv_links(export) if export else ()
    return Row(
        id=metric.id,
        title=metric.title,
        entity=catalog.entities[entity].label if entity in catalog.entities else entity,
        unit=spanish.unit_label(metric.unit.stored),
        csv=links,
        csv_rows=spanish.number(sum(piece.rows for piece in export.pieces), 0) if export else "",
        parquet=tuple(
            Link(data.addresses[part.path], _span(part.min_ts, part.max_ts, many=len(parts) > 1), _bytes(part.bytes))
            for part in parts
        ),
        parquet_rows=spanish.number(sum(part.rows for part in parts), 0),
        per="mes" if metric.grain == "monthly" else "día",
        listed=metric.grain == "list",
    )


def _csv_links(export: Export) -> tuple[Link, ...]:
    return tuple(_link(piece.path, f"csv/{piece.name}.csv", _days(piece.span)) for piece in export.pieces)


def _link(path: Path, href: str, label: str) -> Link:
    return Link(href, label, _bytes(path.stat().st_size))


def _days(span: Span) -> str:
    if not span.year:
        return "CSV"
    if span.since:
        return f"{span.since}–{span.year}"
    return f"{spanish.MONTHS_SHORT[span.month - 1]}{spanish.NBSP}{span.year}" if span.month else str(span.year)


def _span(first: str | None, last: str | None, *, many: bool) -> str:
    """Return the days of a part in words: years, or the month of a part that holds one, or the days of it."""
    if not first or not last:
        return "Parquet"
    if many and first[:7] == last[:7]:
        month = f"{spanish.MONTHS_SHORT[int(first[5:7]) - 1]}{spanish.NBSP}{first[:4]}"
        whole = int(first[8:10]) <= _FIRST_DAYS and int(last[8:10]) > _LAST_DAYS
        return month if whole else f"{int(first[8:10])}–{int(last[8:10])}{spanish.NBSP}{month}"
    return first[:4] if first[:4] == last[:4] else f"{first[:4]}–{last[:4]}"


def _bytes(size: int) -> str:
    if size < 1_000_000:
        return f"{spanish.number(max(size / 1000, 1), 0)} kB"
    return f"{spanish.number(size / 1_000_000, 1)} MB"
