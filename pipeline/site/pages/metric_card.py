"""The card of a metric's page: its name, its unit, and the line of its whole years.

It says no value: a card with the last one would be another picture every night, of each of some 200 metrics. A year
joins the line once its values are seldom revised, so that a card is written again once a year.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import open_states
from pipeline.core import spanish
from pipeline.site.blocks import Place
from pipeline.site.card import CardLine, add_card, line_shape
from pipeline.site.downloads.export import OPEN_DAYS
from pipeline.site.pages.metric_data import MainSeries

_LEAST = 12  # months that make a line


def metric_card(place: Place, metric: Metric, theme: str, main: MainSeries | None) -> dict[str, object]:
    """Add the card of a metric to the files of its page; return the front matter that names it."""
    line = closed_years(main.rows, place.site.run.today) if main else None
    unit = spanish.unit_label(metric.unit.stored)
    title = " · ".join(part for part in (theme, metric.id, unit) if part)
    return add_card(place, title, metric.title, [line] if line else [], small=True)


def closed_years(rows: pd.DataFrame, today: dt.date) -> CardLine | None:
    """Return the line of the monthly means of the years that are over; None of several series, or of less than a year.

    Args:
        rows: Days `x`, `series`, `value`, `quality`.
        today: Day the run stands on.
    """
    ends = dt.date((today - dt.timedelta(days=OPEN_DAYS)).year, 1, 1)
    kept = rows[(rows["x"] < pd.Timestamp(ends)) & ~rows["quality"].isin(open_states())]
    if kept["series"].nunique() != 1:
        return None
    months = kept.set_index("x")["value"].resample("MS").mean()
    if len(months) < _LEAST:
        return None
    years = f"{months.index[0].year}–{months.index[-1].year}"
    return line_shape(f"Promedio de cada mes, {years}", [None if pd.isna(v) else float(v) for v in months])
