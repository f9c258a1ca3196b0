"""Days that look complete and are not.

XM publishes the newest days of demand, generation and losses as the sum of the agents that have reported: 24 valid
hours with a quarter of the energy. No check for blanks sees it; only the level of the day does. A day of the last
month below 60 % of the median of the 28 days before it is `provisional`: kept, shown and marked, but never in a
headline, a fact or a training set. 1 January, the lowest day of a normal year, stays at 74 %.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pyarrow as pa

LEVEL = 0.60
REFERENCE_DAYS = 28
SETTLING_DAYS = 31  # older days are settled: what is low there (a blackout) is real


def mark(rows: pa.Table, today: dt.date, history: pa.Table | None = None) -> pa.Table:
    """Return `rows` with a `quality` column: `provisional` on half-built days, `ok` elsewhere.

    Args:
        rows: code, ts, value of one series.
        today: Day of the run.
        history: Known rows of the series before `rows` (code, ts, value, quality), for the reference level.
    """
    quality = pa.array(["ok"] * rows.num_rows, pa.string())
    if rows.num_rows:
        low = half_built_days(rows, today, history)
        if low:
            day = rows["ts"].cast(pa.date32()).to_pylist()
            quality = pa.array(["provisional" if d in low else "ok" for d in day], pa.string())
    return rows.append_column("quality", quality)


def half_built_days(rows: pa.Table, today: dt.date, history: pa.Table | None = None) -> set[dt.date]:
    """Return the days of the last month whose total is below the level of the days before them."""
    totals = daily_totals(rows)
    if history is not None and history.num_rows:
        older = daily_totals(history)
        totals = pd.concat([older[~older.index.isin(totals.index)], totals]).sort_index()
    settled_before = today - dt.timedelta(days=SETTLING_DAYS)
    low: set[dt.date] = set()
    trusted: list[float] = []
    for day, total in zip(totals.index.to_list(), totals.to_list(), strict=True):
        reference = pd.Series(trusted[-REFERENCE_DAYS:]).median() if len(trusted) >= 7 else None
        if reference is not None and day >= settled_before and total < LEVEL * reference:
            low.add(day)
        else:
            trusted.append(float(total))
    return low


def daily_totals(rows: pa.Table) -> pd.Series[float]:
    """Return the sum over hours and codes per day, oldest first."""
    frame = pd.DataFrame({"day": rows["ts"].cast(pa.date32()).to_pylist(), "value": rows["value"].to_numpy()})
    return frame.groupby("day", sort=True)["value"].sum()
