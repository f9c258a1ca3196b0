"""Charts of the pages about the data: title and names are templates, the rest is what a board draws."""

from __future__ import annotations

import pandas as pd

from pipeline.catalog.schema import Block
from pipeline.site.blocks.block_types import Place
from pipeline.site.blocks.chart import chart_view
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.charts import REGISTRY, ChartSpec
from pipeline.site.wording import records

#: Besides those of its type: id on the page, unit and decimals (templates), and whether it is always shown whole.
OPTIONS = ("anchor", "unit", "decimals", "whole")


def worded_chart(block: Block, rows: pd.DataFrame, place: Place) -> ChartView | None:
    """Return a chart over rows, or nothing without any, and add its files to those of the page.

    Its words are templates over the first row; field `columns` gives columns of the drawing as templates over each row.
    Columns that the type does not know are for the words only.
    """
    if rows.empty:
        return None
    kind = REGISTRY[block.type]
    lines = records(rows if block.columns else rows.head(1))
    first = place.words.over(lines[0])
    worded = {name: [place.words.text(column.text, line) for line in lines] for name, column in block.columns.items()}
    drawn = rows.assign(**worded)
    drawn = drawn[[name for name in drawn if name in {*kind.columns, *kind.optional}]].reset_index(drop=True)
    option = {k: first.text(v) if isinstance(v, str) else v for k, v in block.options.items()}
    spec = ChartSpec(
        id=str(option.get("anchor", block.id)),
        type=block.type,
        title=first.text(block.title),
        subtitle=first.text(block.subtitle),
        unit=str(option.get("unit", block.unit)),
        decimals=int(option["decimals"]) if "decimals" in option else block.decimals,
        options={name: option[name] for name in kind.options if name in option},
    )
    return chart_view(drawn, spec, place, note=first.text(block.note), narrow=not option.get("whole"))
