"""NOAA's text file of the Oceanic Niño Index, as the emulator publishes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

PATH = "data/indices/oni.ascii.txt"
SEASONS = ("DJF", "JFM", "FMA", "MAM", "AMJ", "MJJ", "JJA", "JAS", "ASO", "SON", "OND", "NDJ")
LAG_MONTHS = 2  # the season around January is known when February has ended, and published in March
Month = tuple[dt.date, float, float]


def newest(today: dt.date) -> dt.date:
    """Return the newest middle month that is published on `today`."""
    index = today.year * 12 + today.month - 1 - LAG_MONTHS
    return dt.date(index // 12, index % 12 + 1, 1)


def text(months: Iterable[Month]) -> str:
    """Return the file: middle month, sea temperature [°C], anomaly [°C], a line each."""
    rows = [f" {SEASONS[day.month - 1]} {day.year} {total:7.2f} {anomaly:6.2f}" for day, total, anomaly in months]
    return "\n".join([" SEAS  YR   TOTAL   ANOM", *rows, ""])
