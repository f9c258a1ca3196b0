"""NOAA's index of the Pacific (ONI): one file a month, archived whole, read whole."""

from __future__ import annotations

import datetime as dt

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError, PartCorrupt
from pipeline.extract.noaa import fetch_oni
from pipeline.ingest.contract import UNREADABLE, Adaptor, Errand, Window, fail, fresh_state
from pipeline.ingest.harvest import merge
from pipeline.ingest.parsing import Harvest
from pipeline.store.bronze import BronzeRef
from pipeline.validate.oni import parse_oni

SOURCE = "noaa"
FIRST = dt.date(1950, 1, 1)
_EVERY_DAYS = 7  # the file changes once a month


def gather(errand: Errand) -> None:
    """Ask for the file when a week has gone by, and put its rows into the transaction.

    Raises:
        SourceError: NOAA gives no file; what the lake holds stays.
    """
    today = errand.run.today
    for metric in errand.metrics:
        state = errand.states.setdefault(f"{metric.id}/{metric.entities[0]}", fresh_state())
        known = state["windows"].get("list")
        if known and not errand.full and dt.date.fromisoformat(known["asked"]) > today - dt.timedelta(_EVERY_DAYS):
            continue
        errand.report.asked += 1
        body = fetch_oni(errand.settings)
        errand.report.bytes += len(body)
        ref = errand.bronze.put(SOURCE, metric.id, metric.entities[0], (FIRST, FIRST), today, body)
        state["windows"]["list"] = Window(end=today.isoformat(), asked=today.isoformat(), status="ok", reason="")
        state["state"] = state["reason"] = ""
        _read(errand, metric, ref)


def replay(errand: Errand) -> None:
    """Parse the archived files of one night again."""
    for metric in errand.metrics:
        for ref in errand.archive.get((metric.id, metric.entities[0]), []):
            _read(errand, metric, ref)


def _read(errand: Errand, metric: Metric, ref: BronzeRef) -> None:
    try:
        parsed = parse_oni(errand.bronze.get(ref), metric)
    except (DataError, PartCorrupt) as error:
        fail(errand.states, f"{metric.id}/{metric.entities[0]}", f"{UNREADABLE}: {error}")
        return
    rejects = [(ref.sha12, reject) for reject in parsed.rejects]
    merge(Harvest(metric.id, metric.entities[0], parsed.rows, rejects, parsed.balance), metric, errand)


NOAA = Adaptor(gather, replay)
