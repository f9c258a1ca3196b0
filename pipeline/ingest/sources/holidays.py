"""Public holidays: a table that no one is asked for, made by the `holidays` package for the years of the run."""

from __future__ import annotations

import datetime as dt

import holidays
import pyarrow as pa

from pipeline.ingest.job import Adaptor, SourceJob
from pipeline.ingest.states import fresh_state

_YEARS_AHEAD = 1  # forecasts look a year ahead


def gather(job: SourceJob) -> None:
    """Put the holidays from the first year of the run to the year after its day into the transaction."""
    table = holidays_between(job.run.since.year, job.run.today.year + _YEARS_AHEAD)
    for metric in job.metrics:
        entity = metric.entities[0]
        state = job.states.setdefault(f"{metric.id}/{entity}", fresh_state())
        state["state"] = state["reason"] = ""
        job.transaction.put_table(metric.id, entity, table)


def holidays_between(first: int, last: int) -> pa.Table:
    """Return entity, code (the day), ts (of the table: its first day), name; one row a holiday."""
    known = holidays.country_holidays("CO", years=range(first, last + 1), language="es")
    days = sorted((day, str(name)) for day, name in known.items())
    stamp = dt.datetime(last - _YEARS_AHEAD, 1, 1)  # noqa: DTZ001 - naive, as all rows
    return pa.table(
        {
            "entity": pa.array(["Sistema"] * len(days), pa.string()),
            "code": pa.array([day.isoformat() for day, _ in days], pa.string()),
            "ts": pa.array([stamp] * len(days), pa.timestamp("ms")),
            "name": pa.array([name for _, name in days], pa.string()),
        }
    )


ADAPTOR = Adaptor(gather, gather)
