"""A chart as its page shows it, on axes or as a map."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import pandas as pd

from pipeline.catalog.value_states import open_states
from pipeline.core import spanish
from pipeline.site.charts import LegendItem
from pipeline.site.table import Table, grain_of, moment_text


@dataclass(frozen=True)
class ChartView:
    """A chart: static drawing, legend, table, and the file that brings it to life."""

    id: str
    type: str
    title: str
    subtitle: str
    note: str
    svg: str = ""
    box: str = ""
    height: int = 0
    figure: str = ""
    cells: str = ""
    files: tuple[tuple[str, str], ...] = ()
    legend: tuple[LegendItem, ...] = ()
    scale: tuple[str, str] | None = None
    table: Table | None = None
    until: str = ""
    empty: str = ""
    credit: str = ""
    ranges: tuple[tuple[int, str], ...] = ()
    image: str = ""
    qr: str = ""
    embed: str = ""
    explore: str = ""
    """Fragment of the Explorer's address that shows the same series; empty where they are not declared."""


def explored(series: Sequence[str], *settings: str) -> str:
    """Return the Explorer's fragment of series (`PrecBolsNaci.Sistema.Sistema`) and settings (`paso=hora`), if any."""
    return "&".join([urlencode([("s", one) for one in series]), *settings]) if series else ""


def until(rows: pd.DataFrame) -> str:
    """Return the last settled day, month or year of rows over time, in words."""
    found = last_settled(rows)
    if found is None:
        return ""
    day, grain = found
    return spanish.month(day) if "month" in rows else moment_text(day, grain)


def last_settled(rows: pd.DataFrame) -> tuple[dt.date, str] | None:
    """Return the last settled position of rows over time and what positions are; None where there is no time."""
    if "month" in rows:
        return pd.Timestamp(rows["month"].max()).date(), "month"
    column = "day" if "day" in rows else "x" if "x" in rows else ""
    if not column or not pd.api.types.is_datetime64_any_dtype(rows[column]):
        return None
    known = rows.dropna(subset=["actual"]) if "actual" in rows else rows
    if "quality" in known and not known["quality"].isin(open_states()).all():
        known = known[~known["quality"].isin(open_states())]
    return None if known.empty else (known[column].max().date(), grain_of(rows[column]))
