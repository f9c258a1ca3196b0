"""Block `locator`: where something is, on the outline of the country, which all pages share as one image."""

from __future__ import annotations

import html
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from pipeline.catalog.schema import Block
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.charts import ChartSpec, build_picture
from pipeline.site.charts.map import HEIGHT, WIDTH, outline
from pipeline.site.charts.map import place as spot_of
from pipeline.site.context import SiteContext
from pipeline.site.wording import records

OUTLINE = "assets/lugares/colombia.svg"
_OUTLINES = "SELECT * FROM map_department ORDER BY name"
#: It is an image in every page, in light and in dark: one grey that is seen on both.
_STYLE = "<style>path,rect{fill:#8593a8;fill-opacity:.22;stroke:#8593a8;stroke-opacity:.6}rect{fill:none}</style>"


@dataclass(frozen=True)
class LocatorView:
    """A drawing with what is said beside it."""

    id: str
    title: str
    note: str
    drawing: Markup


@block_type("locator", ("name", "lon", "lat"), optional=None)
def locator(block: Block, rows: pd.DataFrame, place: Place) -> LocatorView | None:
    """Return the country with a point, or with the area of column `path`; nothing without a place."""
    row = next(iter(records(rows)), None)
    if row is None:
        return None
    title = place.words.text(block.title, row)
    if row["lon"] is not None:
        x, y = spot_of(float(str(row["lon"])), float(str(row["lat"])))
        mark = f'<circle class="mark" cx="{x}" cy="{y}" r="17"/>'
    else:
        mark = f'<path class="mark" d="{outline(str(row["path"]))}"/>'
    svg = (
        f'<svg class="locator" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(title)}">'
        f'<image href="{place.words.up}{OUTLINE}" width="{WIDTH}" height="{HEIGHT}"/>{mark}</svg>'
    )
    return LocatorView(block.id, title, place.words.text(block.note, row), Markup(svg))  # noqa: S704 - numbers, escaped title


def country(site: SiteContext) -> str:
    """Return the outlines of the departments as an image."""
    drawn = build_picture(site.query(_OUTLINES), ChartSpec(id="colombia", type="map", title="Colombia"), "c").svg
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(">", f">{_STYLE}", 1)
