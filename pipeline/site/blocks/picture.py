"""Block types that draw their own picture: a map, with its table, its files and its image."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from pipeline.catalog.schema import Block
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.blocks.chart import spec_of
from pipeline.site.blocks.chart_files import save_rows
from pipeline.site.blocks.chart_view import ChartView, until
from pipeline.site.blocks.takeaway import map_svg, taken
from pipeline.site.charts import PICTURES, ChartSpec, LegendItem, build_picture
from pipeline.site.table import NONE, Cell, Header, Table, cell_text, shown_note

#: A map lists all departments.
MAP_ROWS = 40
#: Where the words of a shape part into pieces (not the comma of a decimal number).
_PARTS = re.compile(r"([;,] )")


def picture(block: Block, rows: pd.DataFrame, place: Place) -> ChartView:
    """Return a map with its table; outlines alone are no map. Option `sources` names whose geometry it shows."""
    base = ChartView(block.id, block.type, block.title, block.subtitle, block.note)
    known = rows["value"].notna() if "value" in rows else False
    told = rows[known | (rows["layer"] != "area")]
    if told.empty:
        return replace(base, empty=place.missing(block))
    spec = spec_of(block)
    drawn = build_picture(rows, spec, f"g-{block.id}")
    saved = told.drop(columns=["path"], errors="ignore").dropna(axis=1, how="all")
    sources = place.site.catalog.sources
    view = replace(
        base,
        svg=drawn.svg,
        box=f"k-{block.type}",
        height=drawn.height,
        files=save_rows(block, saved, place),
        legend=tuple(LegendItem(words, token) for words, token in drawn.legend),
        table=map_table(told, spec),
        until=until(rows),
        credit=" ".join(sources[source].attribution for source in spec.named("sources")),
    )
    return taken(view, told, place, map_svg)


for _kind in PICTURES.values():
    block_type(_kind.name, _kind.columns, optional=_kind.optional, options=_kind.options)(picture)


def map_table(rows: pd.DataFrame, spec: ChartSpec) -> Table:
    """Return what a map tells of each shape with value or words, greatest first: name, series, value, words.

    Option `table` names the layers to list (all by default), `x_label` and `series_label` the first two columns.
    """
    layers = spec.named("table")
    rows = rows[rows["layer"].isin(layers)] if layers else rows
    rows = rows.reindex(columns=["name", "series", "value", "label"]).dropna(subset=["value", "label"], how="all")
    if rows["value"].notna().any():
        rows = rows.sort_values("value", ascending=False, kind="stable", na_position="last")
    shown = rows.head(MAP_ROWS)
    heads = [Header(str(spec.options.get("x_label", "Lugar")))]
    columns = [[Cell(str(name)) for name in shown["name"]]]
    if rows["series"].nunique() > 1:
        heads.append(Header(str(spec.options.get("series_label", "Grupo"))))
        columns.append([Cell(cell_text(v)) for v in shown["series"]])
    if rows["value"].notna().any():
        heads.append(Header("Valor", spanish.unit_label(spec.unit), numeric=True))
        columns.append([Cell(spec.number(v)) for v in shown["value"]])
    if rows["label"].notna().any():
        details = _details(shown, [row[1:] for row in zip(*columns, strict=True)], spec)
        if any(cell.text != NONE for cell in details):
            heads.append(Header("Detalle"))
            columns.append(details)
    body = tuple(zip(*columns, strict=True))
    return Table(tuple(heads), body, len(rows), shown_note(len(shown), len(rows)))


def _details(rows: pd.DataFrame, said: list[tuple[Cell, ...]], spec: ChartSpec) -> list[Cell]:
    """Return the words of each shape less its name and what its other columns say."""
    unit = spanish.unit_label(spec.unit)
    found = []
    for name, words, cells in zip(rows["name"], rows["label"], said, strict=True):
        told = {text.casefold() for cell in cells for text in (cell.text, f"{cell.text} {unit}")}
        text = "" if words is None or pd.isna(words) else str(words).removeprefix(f"{name}: ")
        pieces = ["", *_PARTS.split(text)]  # each after the mark that parts it from the one before
        kept = [pieces[i : i + 2] for i in range(0, len(pieces), 2) if pieces[i + 1].casefold() not in told]
        told_text = "".join(mark + part for mark, part in kept)
        found.append(Cell(spanish.label(told_text.removeprefix(kept[0][0]) if told_text else NONE)))
    return found
