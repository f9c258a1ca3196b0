"""XM's official demand forecasts: one file a week and one a day, archived whole, each of them failing alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError, PartCorrupt, SourceUnavailable
from pipeline.core.log import progress
from pipeline.ingest.acceptance import merge
from pipeline.ingest.job import UNREADABLE, Adaptor, SeriesMemory, SourceJob, Window, fail, fresh_state
from pipeline.ingest.sources.xm_cells import Parsed
from pipeline.ingest.sources.xm_files_questions import FilePortal, base_of, by_bus, weekly
from pipeline.ingest.sources.xm_files_tables import parse_buses, parse_week
from pipeline.ingest.sources.xm_replies import SeriesRows
from pipeline.ingest.states import NOT_CONFIGURED
from pipeline.store.bronze import BronzeRef

SOURCE = "xm-files"
_PATIENCE = dt.timedelta(days=21)  # how long a file that was not there is asked for again


@dataclass(frozen=True)
class _Series:
    """Files of one metric: their step and how far back they are asked for [days], how far ahead they are published."""

    step: int
    back: int
    ahead: int
    path: Callable[[dt.date], str]

    def first_days(self, job: SourceJob, metric: Metric) -> Iterator[dt.date]:
        """Yield the first day of every file wanted, oldest first; weeks begin on Monday."""
        today = job.run.today
        day = max(job.run.since, metric.starts or job.run.since, today - dt.timedelta(self.back))
        if self.step == 7:
            day -= dt.timedelta(day.weekday())
        while day <= today + dt.timedelta(self.ahead):
            yield day
            day += dt.timedelta(self.step)


SERIES = {"PronSIN": _Series(7, 7 * 104, 7, weekly), "PronUCP": _Series(1, 60, 1, by_bus)}


def gather(job: SourceJob) -> None:
    """Ask for the files that are new, and put their rows into the transaction.

    Without an address of the portal nothing is asked and the series say so: that is no failure.

    Raises:
        SourceUnavailable: Not one file was answered for; what the lake holds stays.
    """
    base = base_of(job.settings)
    wanted: list[tuple[Metric, dt.date]] = []
    for metric in job.metrics:
        state = job.states.setdefault(_key(metric), fresh_state())
        state["state"], state["reason"] = "", "" if base else NOT_CONFIGURED
        days = SERIES[metric.id].first_days(job, metric)
        wanted += [(metric, day) for day in days if job.full or _due(state, day, job.run.today)]
    if base is None or not wanted:
        return
    answered, trouble = 0, ""
    with FilePortal(base, job.settings) as portal:
        wanted.sort(key=lambda pair: pair[1], reverse=True)  # newest first: what is cut off is the past
        for metric, day in progress(wanted, len(wanted), "official forecasts"):
            settled = portal.ask(SERIES[metric.id].path(day))
            status = settled.verdict.kind
            if status == "unsent":
                break
            job.report.asked += 1
            _note(job, metric, day, status, settled.verdict.reason)
            if status not in {"ok", "empty"}:
                trouble = settled.verdict.reason
                continue
            answered += 1
            if status == "ok":
                job.report.bytes += len(settled.body)
                window = (day, day + dt.timedelta(SERIES[metric.id].step - 1))
                entity = metric.entities[0]
                ref = job.bronze.put(SOURCE, metric.id, entity, window, job.run.today, settled.body)
                _read(job, metric, ref)
    if portal.given_up or (trouble and not answered):
        cause = portal.cause or trouble
        raise SourceUnavailable(
            f"The portal of files does not answer: {cause}",
            hint="check PORTAL_XM_FILES_URL, or try again later",
            code=cause,
        )


def replay(job: SourceJob) -> None:
    """Parse the archived files of one night again."""
    for metric in job.metrics:
        for ref in job.archive.get((metric.id, metric.entities[0]), []):
            _read(job, metric, ref)


def _key(metric: Metric) -> str:
    return f"{metric.id}/{metric.entities[0]}"


def _due(state: SeriesMemory, day: dt.date, today: dt.date) -> bool:
    """Say whether a file is to be asked for: once a day until its first day has come, or until it is given up."""
    known = state["windows"].get(day.isoformat())
    if known is None:
        return True
    if known["asked"] == today.isoformat() and known["status"] in {"ok", "empty"}:
        return False
    if known["status"] == "ok":
        return known["asked"] < day.isoformat()
    return today - day <= _PATIENCE


def _note(job: SourceJob, metric: Metric, day: dt.date, status: str, reason: str) -> None:
    """Remember how asking for one file ended; a file that was there once stays known."""
    windows = job.states[_key(metric)]["windows"]
    if status not in {"ok", "empty"}:
        job.report.failed_windows += 1
    before = windows.get(day.isoformat())
    if status != "ok" and before is not None and before["status"] == "ok":
        return
    end = day + dt.timedelta(SERIES[metric.id].step - 1)
    windows[day.isoformat()] = Window(
        end=end.isoformat(), asked=job.run.today.isoformat(), status=status, reason="" if status == "ok" else reason
    )


def _read(job: SourceJob, metric: Metric, ref: BronzeRef) -> None:
    """Parse one archived file; one that cannot be read costs itself only."""
    try:
        parsed = _parsed(job.bronze.get(ref), metric, ref)
    except (DataError, PartCorrupt) as error:
        fail(job.states, _key(metric), f"{UNREADABLE}: {error}")
        return
    rejects = [(ref.sha12, reject) for reject in parsed.rejects]
    merge(SeriesRows(metric.id, ref.entity, parsed.rows, rejects, parsed.balance), metric, job)


def _parsed(body: bytes, metric: Metric, ref: BronzeRef) -> Parsed:
    if SERIES[metric.id].step == 7:
        return parse_week(body, metric, ref.start)
    return parse_buses(body, metric, ref.entity, ref.start)


XM_FILES = Adaptor(gather, replay)
