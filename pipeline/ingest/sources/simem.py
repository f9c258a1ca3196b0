"""SIMEM's datasets: one question for all the metrics of a dataset. Its replies are kept by dataset and read by metric.

The question is that of pydatasimem, SIMEM's own client: a test compares ours with what it brings. How a reply becomes
rows is told in `simem_records`; nothing else in the project knows `FechaHora` or `CodigoVariable`.
"""

from __future__ import annotations

import datetime as dt

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError, SourceError
from pipeline.core.log import get_logger
from pipeline.core.settings import Settings
from pipeline.ingest.intake import ReadReplies
from pipeline.ingest.job import SourceJob
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.planned import PlannedSource
from pipeline.ingest.probes import ask_once
from pipeline.ingest.sources.simem_records import KnownCodes, read_records, records_of, section_of, stamp_of
from pipeline.ingest.transport import HttpCall
from pipeline.ingest.verdicts import ReplyVerdict, decoded, judge_status, odd_document
from pipeline.ingest.windows import Span

log = get_logger("ingest")
_ADDRESS = "/backend-files/api/datos-publicos?startDate={}&endDate={}&datasetId={}"
RECORDS = "records"
"""Place of a dataset's replies in the archive: `simem/<dataset>/records/<window>`."""
INVENTORY = "e007fb"
"""SIMEM's own list of datasets, with the day on which the data of each end."""
_ENDING_DAYS = 60


def call_of(dataset: str, span: Span, settings: Settings) -> HttpCall:
    """Return the HTTP request of one dataset over a span of days."""
    first, last = (day.isoformat() for day in span)
    return HttpCall(settings.simem_base_url.rstrip("/") + _ADDRESS.format(first, last, dataset))


def judge_simem(status: int, body: bytes) -> ReplyVerdict:
    """Judge an answer: a bare list of records, anything else is an error."""
    early = judge_status(status, body)
    if early is not None:
        return early
    document = decoded(body)
    if not isinstance(document, list):
        return odd_document(document, "a list of records")
    if not document:
        return ReplyVerdict("empty", "no_records")
    if not all(isinstance(record, dict) for record in document):
        return ReplyVerdict("retry", "unexpected_document: records that are no objects")
    return ReplyVerdict("ok")


def begin(job: SourceJob) -> list[Metric]:
    """Report datasets that SIMEM says have ended or are about to: their successor must be declared in time."""
    today = job.run.today
    try:
        call = call_of(INVENTORY, (today, today), job.settings)
        body = ask_once(call, judge_simem, PacingPolicy.from_settings(job.settings))
        records = records_of(body)
    except (SourceError, DataError) as error:
        log.warning("SIMEM's list of datasets does not work", reason=str(error))
        return job.metrics
    job.answered = True
    job.bronze.put(job.source, INVENTORY, RECORDS, (today, today), today, body)
    used = {section_of(metric).dataset.lower(): metric for metric in job.metrics}
    for record in records:
        metric = used.get(str(record.get("idDataset")).lower())
        end = stamp_of(record.get("finDato"), "daily")
        if metric is None or end is None or end.year > today.year + 5:
            continue
        late = today - dt.timedelta(days=metric.lag_days + _ENDING_DAYS)
        if end.date() < late or today < end.date() <= today + dt.timedelta(days=_ENDING_DAYS):
            name = record.get("nombreConjuntoDatos")
            line = f"simem {section_of(metric).dataset}: its data end on {end.date().isoformat()} ({name})"
            job.report.drift.append(line)
            log.warning("catalogue drift", difference=line)
    return job.metrics


def _reader(job: SourceJob) -> ReadReplies:
    return lambda metric, _entity, replies, words: read_records(metric, replies, KnownCodes.of(job.catalog, words))


SIMEM = PlannedSource(
    "SIMEM",
    call_of=lambda asked, settings: call_of(section_of(asked.metric).dataset, (asked.start, asked.end), settings),
    judge_of=lambda _request: judge_simem,
    reader=_reader,
    place_of=lambda metric, _entity: (section_of(metric).dataset, RECORDS),
    begin=begin,
    codes=lambda _job: {},
)
ADAPTOR = SIMEM.adaptor
