"""SIMEM's datasets: one question for all the metrics of a dataset. Its replies are kept by dataset and read by metric.

The question is that of pydatasimem, SIMEM's own client: a test compares ours with what it brings. Nothing else in the
project knows `FechaHora` or `CodigoVariable`.

A dataset comes in long form (one record a value, named by `CodigoVariable`) or in wide form (one column a variable).
The catalogue says in which column each thing lies. As with XM, every cell of a metric is accounted for:
`cells = accepted + blank + duplicate + clipped + rejected`. A value of a settlement version nobody declared is
rejected: to guess its rank would be to guess the price.

Lists come in two kinds. Of one that is republished whole every day (the lines) the newest day counts. The calendar of
versions grows by period: what came replaces what was known of the same periods, the rest stays.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric, SimemSection
from pipeline.core.errors import DataError, ParseError, SourceError
from pipeline.core.log import get_logger
from pipeline.core.settings import Settings
from pipeline.core.units import UNITS, convert
from pipeline.ingest.intake import ReadReplies
from pipeline.ingest.job import SourceJob
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.planned import PlannedSource
from pipeline.ingest.probes import ask_once
from pipeline.ingest.rows import SYSTEM, Reject, ReplyRows, SeriesRows, excerpt, joined, newest_of, unreadable
from pipeline.ingest.transport import HttpCall
from pipeline.ingest.verdicts import ReplyVerdict, decoded, document_of, judge_status, odd_document
from pipeline.ingest.windows import Span
from pipeline.store.bronze import BronzeRef

log = get_logger("ingest")
_ADDRESS = "/backend-files/api/datos-publicos?startDate={}&endDate={}&datasetId={}"
RECORDS = "records"
"""Place of a dataset's replies in the archive: `simem/<dataset>/records/<window>`."""
INVENTORY = "e007fb"
"""SIMEM's own list of datasets, with the day on which the data of each end."""
_ENDING_DAYS = 60
SimemRecord = Mapping[str, object]
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$")
_DURATION = "CodigoDuracion"
_UNIT = "UnidadMedida"


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
        end = _stamp(record.get("finDato"), "daily")
        if metric is None or end is None or end.year > today.year + 5:
            continue
        late = today - dt.timedelta(days=metric.lag_days + _ENDING_DAYS)
        if end.date() < late or today < end.date() <= today + dt.timedelta(days=_ENDING_DAYS):
            name = record.get("nombreConjuntoDatos")
            line = f"simem {section_of(metric).dataset}: its data end on {end.date().isoformat()} ({name})"
            job.report.drift.append(line)
            log.warning("catalogue drift", difference=line)
    return job.metrics


def read_records(metric: Metric, replies: Sequence[tuple[BronzeRef, bytes]], versions: Sequence[str]) -> SeriesRows:
    """Parse replies of a dataset into the rows of one of its metrics. One that cannot be read costs its window only.

    Args:
        metric: Declaration of the series.
        replies: Where each is archived, and its bytes.
        versions: Settlement versions that are known.
    """
    found = []
    for ref, body in sorted(replies, key=lambda reply: reply[0].start):
        try:
            records = records_of(body)
            if metric.grain == "list":
                parsed = parse_table(records, metric)
            else:
                parsed = parse_records(records, metric, ref.start, ref.end, versions)
        except DataError as error:
            found.append(unreadable(ref.start, error))
        else:
            found.append(parsed.of_reply(ref.sha12, (ref.start, ref.end)))
    series = joined(found)
    return replace(series, rows=_newest_day(series.rows, metric))


def records_of(body: bytes) -> list[SimemRecord]:
    """Return the records of an answer: a bare list, or the `result.records` of an envelope, as older archives hold.

    Raises:
        ParseError: The answer is no JSON document with records.
    """
    document = document_of(body)
    if isinstance(document, dict):
        result = document.get("result")
        document = result.get("records") if isinstance(result, dict) else None
    if not isinstance(document, list):
        raise ParseError("The answer holds no records", hint="the source changed its shape")
    return [record if isinstance(record, dict) else {"": record} for record in document]


@dataclass
class _Rows:
    """Rows being read, and the account of what was not taken."""

    values: dict[tuple[str, dt.datetime, str], float] = field(default_factory=dict)
    conflicts: dict[tuple[str, dt.datetime, str], list[float]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def put(self, key: tuple[str, dt.datetime, str], value: float) -> None:
        """Take a value; the same again is a duplicate, another one a conflict in which none is believed."""
        if key in self.conflicts:
            self.conflicts[key].append(value)
        elif key not in self.values:
            self.values[key] = value
        elif self.values[key] == value:
            self.counts["duplicate"] += 1
        else:
            self.conflicts[key] = [self.values.pop(key), value]


def parse_records(
    records: Sequence[SimemRecord], metric: Metric, start: dt.date, end: dt.date, versions: Sequence[str]
) -> ReplyRows:
    """Turn the records of a dataset into the rows of one of its metrics.

    Args:
        records: What `records_of` gave.
        metric: Catalogue entry with its `simem` section.
        start: First day asked.
        end: Last day asked; records outside are clipped and counted.
        versions: Settlement versions that are known.

    Returns:
        Rows code, ts, value [stored unit], and version for a metric kept in every version; the account of its cells.

    Raises:
        ParseError: The records lack a column the catalogue names.
        RowBalanceError: A cell was lost.
    """
    where = section_of(metric)
    needed = {where.date, where.value, *where.code, where.version or ""} - {""}
    if where.variable is not None:
        needed.add(where.variable.column)
    _check_columns(records, metric, needed)
    rows = _Rows()
    for number, record in enumerate(records):
        if "" in record:
            rows.rejects.append(Reject("item", f"[{number}]", excerpt(record[""])))
        elif where.variable is None or record.get(where.variable.column) == where.variable.value:
            rows.counts["cells"] += 1
            _take(record, f"[{number}]", metric, (start, end), versions, rows)
    return _to_table(rows, metric)


def section_of(metric: Metric) -> SimemSection:
    """Return where a metric lies in SIMEM.

    Raises:
        ParseError: It does not say.
    """
    if metric.simem is None:
        raise ParseError("The metric says not where it lies in SIMEM", hint="give it a simem section", metric=metric.id)
    return metric.simem


def _check_columns(records: Sequence[SimemRecord], metric: Metric, needed: set[str]) -> None:
    """Tell a renamed column from values that are blank: no record has it."""
    missing = sorted(name for name in needed if records and not any(name in record for record in records))
    if missing:
        raise ParseError(
            f"SIMEM's dataset {section_of(metric).dataset} has no column {', '.join(missing)}",
            hint="mend the simem section of the metric",
            metric=metric.id,
        )


def _take(record: SimemRecord, place: str, metric: Metric, window: Span, versions: Sequence[str], rows: _Rows) -> None:
    where = section_of(metric)
    stamp = _stamp(record.get(where.date), metric.grain)
    if stamp is None:
        rows.rejects.append(Reject("date", f"{place}.{where.date}", excerpt(record.get(where.date))))
        return
    first = window[0].replace(day=1) if metric.grain == "monthly" else window[0]
    if not first <= stamp.date() <= window[1]:
        rows.counts["clipped"] += 1
        return
    raw = record.get(where.value)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        rows.counts["blank"] += 1
        return
    fault = _fault(record, metric, versions)
    value = _number(raw)
    if fault is not None:
        rule, column = fault
        rows.rejects.append(Reject(rule, f"{place}.{column}", excerpt(record.get(column))))
    elif value is None:
        rows.rejects.append(Reject("not_a_number", f"{place}.{where.value}", excerpt(raw)))
    else:
        code = "|".join(_text(record.get(column)) for column in where.code) or SYSTEM
        version = _text(record.get(where.version)) if where.version else ""
        rows.put((code, stamp, version), convert(value, metric.unit.source, metric.unit.stored))


def _fault(record: SimemRecord, metric: Metric, versions: Sequence[str]) -> tuple[str, str] | None:
    """Return the rule a record breaks and the column that shows it, or None."""
    where = section_of(metric)
    if where.duration and record.get(_DURATION, where.duration) != where.duration:
        return "duration", _DURATION
    unit = _text(record.get(_UNIT)).replace(" ", "")
    if unit in UNITS and unit and unit != metric.unit.source:
        return "unit", _UNIT
    if where.version and _text(record.get(where.version)) not in versions:
        return "unknown_version", where.version
    blank = [column for column in where.code if not _text(record.get(column))]
    return ("code", blank[0]) if blank else None


def _text(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def _stamp(value: object, grain: str) -> dt.datetime | None:
    """Return the start of the hour, day or month that a text names; None when it names none."""
    if not isinstance(value, str):
        return None
    try:
        stamp = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    if stamp.tzinfo is not None or stamp.minute or stamp.second or stamp.microsecond:
        return None
    if grain == "hourly":
        return stamp
    return stamp.replace(hour=0, day=1) if grain == "monthly" else stamp.replace(hour=0)


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = float(value) if _NUMBER.match(value.strip()) else None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _to_table(rows: _Rows, metric: Metric) -> ReplyRows:
    for (code, ts, version), values in rows.conflicts.items():
        place = " ".join(part for part in (code, str(ts), version) if part)
        rows.rejects += [Reject("conflicting_duplicate", place, repr(value)) for value in values]
    found = [(code, ts, value) for (code, ts, _), value in rows.values.items()]
    more = {"version": [version for _, _, version in rows.values]} if metric.versioned else {}
    counts = {name: rows.counts[name] for name in ("cells", "blank", "clipped", "duplicate")}
    return ReplyRows.of(found, rows.rejects, metric.bounds_of(metric.entities[0]), more, **counts)


def parse_table(records: Sequence[SimemRecord], metric: Metric) -> ReplyRows:
    """Turn the records of a dataset that is a list (lines, versions) into one row per element.

    Returns:
        Columns entity, code, ts (its date), then those the catalogue declares, all text; and what could not be read.
        Of a list that is republished every day (`snapshot`), only its newest day.

    Raises:
        ParseError: The records lack the column of the date or of the code.
    """
    columns = dict(metric.columns)
    codes = [name for name, column in columns.items() if column == "code"]
    code = next((name for name in codes if any(name in record for record in records)), " or ".join(codes))
    _check_columns(records, metric, {section_of(metric).date, code})
    names = ["entity", "code", "ts", *dict.fromkeys(column for column in columns.values() if column != "code")]
    rejects: list[Reject] = []
    schema = pa.schema([pa.field(n, pa.timestamp("ms") if n == "ts" else pa.string()) for n in names])
    table = pa.Table.from_pylist(list(_elements(records, metric, rejects)), schema=schema)
    table = _newest_day(table, metric).sort_by([(name, "ascending") for name in names])
    return ReplyRows(table, rejects, cells=table.num_rows)


def _elements(records: Sequence[SimemRecord], metric: Metric, rejects: list[Reject]) -> Iterator[dict[str, object]]:
    where = section_of(metric)
    for number, record in enumerate(records):
        stamp = _stamp(record.get(where.date), "daily")
        texts = {column: record.get(name) for name, column in metric.columns.items() if name in record}
        fields = {c: " ".join(str(v).split()) or None if v is not None else None for c, v in texts.items()}
        if stamp is None or not fields.get("code"):
            rejects.append(Reject("item", f"[{number}]", excerpt(record)))
            continue
        yield {"entity": metric.entities[0], "ts": stamp, **fields}


def _newest_day(rows: pa.Table, metric: Metric) -> pa.Table:
    """Return the rows that count of a list that is republished every day; of anything else, all."""
    if not section_of(metric).snapshot or not rows.num_rows:
        return rows
    rows = rows.filter(pc.equal(rows["ts"], pc.max(rows["ts"])))
    return newest_of(rows, ["code", "ts"]).sort_by([("ts", "ascending"), ("code", "ascending")])


def _reader(job: SourceJob) -> ReadReplies:
    return lambda metric, _entity, replies, _known: read_records(metric, replies, job.catalog.versions)


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
