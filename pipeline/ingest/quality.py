"""Days that look complete and are not.

XM publishes the newest days of demand, generation and losses as the sum of the agents that have reported: 24 valid
hours with a quarter of the energy. No check for blanks sees it; only the level of the day does. A day of the last
month below 60 % of the median of the 28 days before it is `provisional`: kept, shown and marked, but never in a
headline, a fact or a training set. 1 January, the lowest day of a normal year, stays at 74 %.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

LEVEL = 0.60
REFERENCE_DAYS = 28
LEAST_DAYS = 7
SETTLING_DAYS = 31  # older days are settled: what is low there (a blackout) is real


def mark(rows: pa.Table, today: dt.date, history: pa.Table | None = None) -> pa.Table:
    """Return `rows` with a `quality` column: `provisional` on half-built days, `ok` elsewhere.

    Args:
        rows: code, ts, value of one series.
        today: Day of the run.
        history: Known rows of the series before `rows` (code, ts, value, quality), for the reference level.
    """
    low = half_built_days(rows, today, history)
    if not low:
        return rows.append_column("quality", pa.repeat(pa.scalar("ok"), rows.num_rows))
    half_built = pa.array(np.isin(_days(rows), np.array(sorted(low), dtype="datetime64[D]")))
    return rows.append_column("quality", pc.if_else(half_built, "provisional", "ok"))


def half_built_days(rows: pa.Table, today: dt.date, history: pa.Table | None = None) -> set[dt.date]:
    """Return the days of the last month whose total is below the level of the days before them."""
    if are_settled(rows, today):
        return set()
    settled_before = today - dt.timedelta(days=SETTLING_DAYS)
    totals = daily_totals(rows)
    if history is not None and history.num_rows:
        older = daily_totals(history)
        totals = pd.concat([older[~older.index.isin(totals.index)], totals]).sort_index()
    low: set[dt.date] = set()
    trusted: list[float] = totals[totals.index < settled_before].to_list()[-REFERENCE_DAYS:]
    recent = totals[totals.index >= settled_before]
    for day, total in zip(recent.index.to_list(), recent.to_list(), strict=True):
        reference = np.median(trusted[-REFERENCE_DAYS:]) if len(trusted) >= LEAST_DAYS else None
        if reference is not None and total < LEVEL * reference:
            low.add(day)
        else:
            trusted.append(float(total))
    return low


def are_settled(rows: pa.Table, today: dt.date) -> bool:
    """Say whether all rows are of days too old to be half built."""
    newest = pc.max(rows["ts"]).as_py()
    return newest is None or newest.date() < today - dt.timedelta(days=SETTLING_DAYS)


def daily_totals(rows: pa.Table) -> pd.Series[float]:
    """Return the sum over hours and codes per day, oldest first."""
    if not rows.num_rows:
        return pd.Series(dtype=float)
    days = pa.table({"day": rows["ts"].cast(pa.date32()), "value": rows["value"]})
    totals = days.group_by("day", use_threads=False).aggregate([("value", "sum")]).sort_by("day")
    return pd.Series(totals["value_sum"].to_numpy(), index=pd.Index(totals["day"].to_pylist(), dtype=object))


def _days(rows: pa.Table) -> npt.NDArray[np.datetime64]:
    days: npt.NDArray[np.datetime64] = rows["ts"].to_numpy().astype("datetime64[D]")
    return days
