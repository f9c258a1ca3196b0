"""NOAA's index of the Pacific (ONI): one file a month, archived whole, read whole."""

from __future__ import annotations

import datetime as dt

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError, PartCorrupt
from pipeline.ingest.acceptance import merge
from pipeline.ingest.job import UNREADABLE, Adaptor, SourceJob, Window, fail, fresh_state
from pipeline.ingest.sources.noaa_file import fetch_oni
from pipeline.ingest.sources.noaa_table import parse_oni
from pipeline.ingest.sources.xm_replies import SeriesRows
from pipeline.store.bronze import BronzeRef

SOURCE = "noaa"
FIRST = dt.date(1950, 1, 1)
_EVERY_DAYS = 7  # the file changes once a month


def gather(job: SourceJob) -> None:
    """Ask for the file when a week has gone by, and put its rows into the transaction.

    Raises:
        SourceError: NOAA gives no file; what the lake holds stays.
    """
    today = job.run.today
    for metric in job.metrics:
        state = job.states.setdefault(f"{metric.id}/{metric.entities[0]}", fresh_state())
        known = state["windows"].get("list")
        if known and not job.full and dt.date.fromisoformat(known["asked"]) > today - dt.timedelta(_EVERY_DAYS):
            continue
        job.report.asked += 1
        body = fetch_oni(job.settings)
        job.report.bytes += len(body)
        ref = job.bronze.put(SOURCE, metric.id, metric.entities[0], (FIRST, FIRST), today, body)
        state["windows"]["list"] = Window(end=today.isoformat(), asked=today.isoformat(), status="ok", reason="")
        state["state"] = state["reason"] = ""
        _read(job, metric, ref)


def replay(job: SourceJob) -> None:
    """Parse the archived files of one night again."""
    for metric in job.metrics:
        for ref in job.archive.get((metric.id, metric.entities[0]), []):
            _read(job, metric, ref)


def _read(job: SourceJob, metric: Metric, ref: BronzeRef) -> None:
    try:
        parsed = parse_oni(job.bronze.get(ref), metric)
    except (DataError, PartCorrupt) as error:
        fail(job.states, f"{metric.id}/{metric.entities[0]}", f"{UNREADABLE}: {error}")
        return
    rejects = [(ref.sha12, reject) for reject in parsed.rejects]
    merge(SeriesRows(metric.id, metric.entities[0], parsed.rows, rejects, parsed.balance), metric, job)


NOAA = Adaptor(gather, replay)
