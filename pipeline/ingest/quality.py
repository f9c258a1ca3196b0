"""What is quotable: the one rule that says how a value of the lake may be used.

XM publishes the newest days of demand, generation and losses as the sum of the agents that have reported: 24 valid
hours with a quarter of the energy. No check for blanks sees it; only the level of the day does. A day of the last
month below 60 % of the median of the 28 days before it is `provisional`: kept, shown and marked, but never in a
headline, a fact or a training set. 1 January, the lowest day of a normal year, stays at 74 %.
"""

from __future__ import annotations

import datetime as dt
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric

LEVEL = 0.60
REFERENCE_DAYS = 28
LEAST_DAYS = 7
SETTLING_DAYS = 31  # older days are settled: what is low there (a blackout) is real


def mark(rows: pa.Table, metric: Metric, today: dt.date, history: pa.Table | None = None) -> pa.Table:
    """Return `rows` with a `quality` column: `provisional` on half-built days, `ok` elsewhere.

    Args:
        rows: code, ts, value of one series.
        metric: Its declaration.
        today: Day of the run.
        history: Known rows of the series before `rows` (code, ts, value, quality), for the reference level.
    """
    low = half_built_days(rows, today, history) if metric.level_check else set()
    if not low:
        return rows.append_column("quality", pa.repeat(pa.scalar("ok"), rows.num_rows))
    days = rows["ts"].to_numpy().astype("datetime64[D]")
    half_built = pa.array(np.isin(days, np.array(sorted(low), dtype="datetime64[D]")))
    return rows.append_column("quality", pc.if_else(half_built, "provisional", "ok"))


def needs_history(rows: pa.Table, metric: Metric, today: dt.date) -> bool:
    """Say whether what `mark` says of `rows` depends on the days before them."""
    newest = pc.max(rows["ts"]).as_py() if metric.level_check and rows.num_rows else None
    return newest is not None and newest.date() >= today - dt.timedelta(days=SETTLING_DAYS)


def half_built_days(rows: pa.Table, today: dt.date, history: pa.Table | None = None) -> set[dt.date]:
    """Return the days of the last month whose total is below the level of the days before them."""
    settled_before = today - dt.timedelta(days=SETTLING_DAYS)
    totals = daily_totals(rows)
    if max(totals, default=dt.date.min) < settled_before:
        return set()
    if history is not None and history.num_rows:
        totals = dict(sorted((daily_totals(history) | totals).items()))
    low: set[dt.date] = set()
    trusted = [total for day, total in totals.items() if day < settled_before][-REFERENCE_DAYS:]
    for day, total in totals.items():
        if day < settled_before:
            continue
        if len(trusted) >= LEAST_DAYS and total < LEVEL * median(trusted[-REFERENCE_DAYS:]):
            low.add(day)
        else:
            trusted.append(total)
    return low


def daily_totals(rows: pa.Table) -> dict[dt.date, float]:
    """Return the sum over hours and codes per day, oldest first."""
    days = pa.table({"day": rows["ts"].cast(pa.date32()), "value": rows["value"]})
    totals = days.group_by("day", use_threads=False).aggregate([("value", "sum")]).sort_by("day")
    return dict(zip(totals["day"].to_pylist(), totals["value_sum"].to_pylist(), strict=True))
