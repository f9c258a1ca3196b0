"""Block types on axes, one for each chart type: rows → figure → picture, legend, table, files, image and embed page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import pandas as pd
import plotly.graph_objects as go

from pipeline.catalog.schema import Block
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.blocks.chart_files import csv_text, save_rows, tidy, told_rows, without_noise
from pipeline.site.blocks.chart_view import ChartView, explored, until
from pipeline.site.blocks.takeaway import image_svg, taken
from pipeline.site.charts import REGISTRY, ChartSpec, ChartType, Event, build_figure
from pipeline.site.context import SiteContext
from pipeline.site.drawing.figure import cells, dump, slim
from pipeline.site.drawing.layout import BOTTOM, HEIGHTS, LEFT, LYING, RIGHT, TOP
from pipeline.site.drawing.spans import Ranges, narrowed
from pipeline.site.drawing.svg import static_svg

_PAIR = re.compile(r"FROM year_pair\s+WHERE series = '(\w+)'")
FAR = "Los días preliminares que se alejan del resto no se dibujan: XM aún los completa. Están en la tabla y en el CSV."


def chart(block: Block, rows: pd.DataFrame, place: Place) -> ChartView:
    """Return a chart on axes, or why there is none."""
    measure = "value" if "value" in rows else "mean" if "mean" in rows else rows.columns[-1]
    if rows.empty or rows[measure].isna().all():
        reason = place.missing(block)
        return ChartView(block.id, block.type, block.title, block.subtitle, block.note, empty=reason)
    events = declared_events(place.site, place.metrics_of(block))
    files = save_rows(block, rows, place)
    return chart_view(rows, spec_of(block, events), place, note=block.note, files=files, explore=explored_by(block))


def explored_by(block: Block) -> str:
    """Return what the Explorer shows of a block: what it declares, or the series whose two years it compares."""
    if pair := None if block.explore else _PAIR.search(block.sql):
        return explored([f"titulares.{pair[1]}"], "ultimos=365", "comparar=anterior")
    settings = [item for item in block.explore if "=" in item]
    return explored([item for item in block.explore if "=" not in item], *settings)


def as_block_type(kind: ChartType) -> None:
    """Register a chart type as the block type of its name."""
    block_type(kind.name, kind.columns, optional=kind.optional, options=kind.options)(chart)


for _kind in REGISTRY.values():
    as_block_type(_kind)


def spec_of(block: Block, events: tuple[Event, ...] = ()) -> ChartSpec:
    """Return what a block asks of its drawing."""
    return ChartSpec(
        id=block.id, type=block.type, title=block.title, subtitle=block.subtitle, unit=block.unit,
        decimals=block.decimals, events=events, options=dict(block.options),
    )  # fmt: skip


def declared_events(site: SiteContext, metrics: Sequence[str]) -> tuple[Event, ...]:
    """Return the declared events of any of `metrics` that have a mark for time axes, once each, in order."""
    found = {
        (c.start.isoformat(), c.mark)
        for c in site.catalog.corrections
        if c.start and c.mark and set(c.metrics) & set(metrics)
    }
    return tuple(Event(x, label) for x, label in sorted(found))


def chart_view(
    rows: pd.DataFrame,
    spec: ChartSpec,
    place: Place,
    *,
    note: str = "",
    files: tuple[tuple[str, str], ...] | None = None,
    embed: bool = True,
    narrow: bool = True,
    explore: str = "",
) -> ChartView:
    """Draw rows both ways, still and alive, with all that goes with them; every file goes to the page's.

    Args:
        rows: What is drawn.
        spec: What it is asked to be.
        place: Where it stands.
        note: Said under it.
        files: Its rows to download; by default they are saved as CSV. None are named where the page has them anyway.
        embed: Whether it has a page of its own to embed elsewhere.
        narrow: Whether the page offers its last days alone, where its type does.
        explore: Fragment of the Explorer's address that shows the same series.
    """
    figure, kind = build_figure(rows, spec), REGISTRY[spec.type]
    stem = f"assets/figures/{place.slug}/{spec.id}"
    if place.plain:
        files = ()
    elif files is None:
        files = (("CSV", f"{stem}.csv"),)
        told = told_rows(without_noise(rows))
        place.assets[f"{stem}.csv"] = csv_text(tidy(told, spec.unit, str(spec.options.get("x_label", ""))))
    ranges: Ranges = ()
    if kind.live and not place.plain:
        shown = cells(figure) if kind.live == "cells" else slim(figure)
        if kind.narrowed:
            shown, ranges = narrowed(shown, rows["x"])
        place.assets[f"{stem}.json"] = dump(shown)
    legend = kind.keys(figure, rows, spec)
    few = len(legend) <= 4 and not kind.legend
    view = ChartView(
        id=spec.id,
        type=spec.type,
        title=spec.title,
        subtitle=spec.subtitle,
        note=f"{note} {FAR}".strip() if figure.layout.meta else note,
        svg=static_svg(figure, spec.title or spec.id, f"g-{spec.id}", spec.subtitle),
        box=_box(figure, spec) + (" few" if few else ""),
        height=int(figure.layout.height),
        figure=f"{stem}.json" if kind.live == "figure" and not place.plain else "",
        cells=f"{stem}.json" if kind.live == "cells" and not place.plain else "",
        files=files,
        legend=legend,
        scale=_scale(rows, spec) if kind.live == "cells" else None,
        table=kind.table(rows, spec),
        until=until(rows),
        ranges=ranges if narrow else (),
        explore=explore,
    )
    return view if place.plain else taken(view, rows, place, partial(image_svg, width=place.width), embed=embed)


def _box(figure: go.Figure, spec: ChartSpec) -> str:
    """Return the classes that give the drawing its margins and height; the CSS knows the same values."""
    margin, height = figure.layout.margin, int(figure.layout.height)
    left = LEFT.index(margin.l) + 1 if margin.l in LEFT else 0
    right = RIGHT.index(margin.r) if margin.r in RIGHT else 0
    rows = (height - TOP - BOTTOM) // LYING
    named = next((f"h-{k}" for k, v in HEIGHTS.items() if v == height), f"n{rows}" if rows > 0 else "h-free")
    return f"l{left} r{right} {named} k-{spec.type}"


def _scale(rows: pd.DataFrame, spec: ChartSpec) -> tuple[str, str]:
    return spec.text(float(rows["value"].min())), spec.text(float(rows["value"].max()))
