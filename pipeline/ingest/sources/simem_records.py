"""SIMEM's records → long rows in the stored unit. Nothing else in the project knows `FechaHora` or `CodigoVariable`.

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
from dataclasses import dataclass, field

import pyarrow as pa
from pydantic_core import from_json

from pipeline.catalog.schema import Metric, SimemSection
from pipeline.core.errors import DataError, ParseError, PartCorrupt, SourceRefused
from pipeline.core.units import UNITS, convert
from pipeline.ingest.intake import merge
from pipeline.ingest.job import SourceJob
from pipeline.ingest.rows import SYSTEM, Balance, Reject, ReplyRows, SeriesRows
from pipeline.ingest.states import UNREADABLE, fresh_state
from pipeline.store.bronze import BronzeRef
from pipeline.store.parts import key_of, sort_rows

SimemRecord = Mapping[str, object]
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$")
_DURATION = "CodigoDuracion"
_UNIT = "UnidadMedida"
_SHOWN = 80


def records_of(body: bytes) -> list[SimemRecord]:
    """Return the records of an answer: a bare list, or the `result.records` of an envelope.

    Raises:
        SourceRefused: SIMEM answered with an error, in either of its shapes (RFC 9110 `errors`, or `status` or
            `success` false with a message). Its words are in the message.
        ParseError: The answer is no JSON document with records.
    """
    try:
        document = from_json(body)
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise ParseError(f"The answer is not JSON: {error}", hint="it is asked again on the next run") from error
    if isinstance(document, dict):
        _refuse_errors(document)
        result = document.get("result")
        document = result.get("records") if isinstance(result, dict) else None
    if not isinstance(document, list):
        raise ParseError("The answer holds no records", hint="the source changed its shape")
    return [record if isinstance(record, dict) else {"": record} for record in document]


def _refuse_errors(document: Mapping[str, object]) -> None:
    said = document.get("errors") or ""
    if not said and (document.get("status") is False or document.get("success") is False):
        said = document.get("message") or "no reason given"
    if said:
        title = document.get("title") or "SIMEM answered with an error"
        raise SourceRefused(f"{title}: {str(said)[:200]}", hint="see which dates and dataset were asked")


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
    where = _section(metric)
    _check_columns(records, where, metric)
    rows = _Rows()
    known = frozenset(versions)
    for number, record in enumerate(records):
        if "" in record:
            rows.rejects.append(Reject("item", f"[{number}]", _shown(record[""])))
            continue
        if where.variable is not None and record.get(where.variable.column) != where.variable.value:
            continue
        rows.counts["cells"] += 1
        _take(record, f"[{number}]", metric, (start, end), known, rows)
    parsed = _to_table(rows, metric)
    parsed.check()
    return parsed


def _section(metric: Metric) -> SimemSection:
    if metric.simem is None:
        raise ParseError("The metric says not where it lies in SIMEM", hint="give it a simem section", metric=metric.id)
    return metric.simem


def _check_columns(records: Sequence[SimemRecord], where: SimemSection, metric: Metric) -> None:
    """Tell a renamed column from values that are blank: no record has it."""
    needed = {where.date, where.value, *where.code, *([where.version] if where.version else [])} - {""}
    if where.variable is not None:
        needed.add(where.variable.column)
    missing = sorted(name for name in needed if records and not any(name in record for record in records))
    if missing:
        raise ParseError(
            f"SIMEM's dataset {where.dataset} has no column {', '.join(missing)}",
            hint="mend the simem section of the metric",
            metric=metric.id,
        )


def _take(
    record: SimemRecord, place: str, metric: Metric, window: tuple[dt.date, dt.date], known: frozenset[str], rows: _Rows
) -> None:
    where = _section(metric)
    stamp = _stamp(record.get(where.date), metric.grain)
    if stamp is None:
        rows.rejects.append(Reject("date", f"{place}.{where.date}", _shown(record.get(where.date))))
        return
    first = window[0].replace(day=1) if metric.grain == "monthly" else window[0]
    if not first <= stamp.date() <= window[1]:
        rows.counts["clipped"] += 1
        return
    raw = record.get(where.value)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        rows.counts["blank"] += 1
        return
    fault = _fault(record, metric, known)
    value = _number(raw)
    if fault is not None:
        rule, column = fault
        rows.rejects.append(Reject(rule, f"{place}.{column}", _shown(record.get(column))))
    elif value is None:
        rows.rejects.append(Reject("not_a_number", f"{place}.{where.value}", _shown(raw)))
    else:
        version = _text(record.get(where.version)) if where.version else ""
        stored = convert(value, metric.unit.source, metric.unit.stored)
        rows.put((_code(record, where), stamp, version), stored)


def _fault(record: SimemRecord, metric: Metric, known: frozenset[str]) -> tuple[str, str] | None:
    """Return the rule a record breaks and the column that shows it, or None."""
    where = _section(metric)
    if where.duration and record.get(_DURATION, where.duration) != where.duration:
        return "duration", _DURATION
    unit = _text(record.get(_UNIT)).replace(" ", "")
    if unit in UNITS and unit and unit != metric.unit.source:
        return "unit", _UNIT
    if where.version and _text(record.get(where.version)) not in known:
        return "unknown_version", where.version
    blank = [column for column in where.code if not _text(record.get(column))]
    return ("code", blank[0]) if blank else None


def _code(record: SimemRecord, where: SimemSection) -> str:
    return "|".join(_text(record.get(column)) for column in where.code) or SYSTEM


def _text(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def _shown(value: object) -> str:
    return str(value)[:_SHOWN]


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
    bounds = metric.bounds_of(metric.entities[0])
    kept: list[tuple[tuple[str, dt.datetime, str], float]] = []
    for key, value in rows.values.items():
        if bounds is None or bounds[0] <= value <= bounds[1]:
            kept.append((key, value))
        else:
            rows.rejects.append(Reject("out_of_bounds", _place(key), repr(value)))
    for key, values in rows.conflicts.items():
        rows.rejects += [Reject("conflicting_duplicate", _place(key), repr(value)) for value in values]
    columns = {
        "code": pa.array([key[0] for key, _ in kept], pa.string()),
        "ts": pa.array([key[1] for key, _ in kept], pa.timestamp("ms")),
        "value": pa.array([value for _, value in kept], pa.float64()),
    }
    if metric.versioned:
        columns["version"] = pa.array([key[2] for key, _ in kept], pa.string())
    counts = rows.counts
    return ReplyRows(
        pa.table(columns),
        rows.rejects,
        cells=counts["cells"],
        blank=counts["blank"],
        clipped=counts["clipped"],
        duplicate=counts["duplicate"],
    )


def _place(key: tuple[str, dt.datetime, str]) -> str:
    return " ".join(str(part) for part in key if part)


def parse_table(records: Sequence[SimemRecord], metric: Metric) -> tuple[pa.Table, list[Reject]]:
    """Turn the records of a dataset that is a list (lines, versions) into one row per element.

    Returns:
        Columns entity, code, ts (its date), then those the catalogue declares, all text; and what could not be read.
        Of a list that is republished every day (`snapshot`), only its newest day.

    Raises:
        ParseError: The records lack the column of the date or of the code.
    """
    where = _section(metric)
    columns = dict(metric.columns)
    codes = [name for name, column in columns.items() if column == "code"]
    if records and not any(where.date in r and any(name in r for name in codes) for r in records):
        raise ParseError(
            f"SIMEM's dataset {where.dataset} has no column {where.date} or {' or '.join(codes)}",
            hint="mend the simem section of the metric",
            metric=metric.id,
        )
    names = ["entity", "code", "ts", *dict.fromkeys(column for column in columns.values() if column != "code")]
    rejects: list[Reject] = []
    rows = list(_elements(records, metric, rejects))
    if where.snapshot and rows:
        newest = max(row["ts"] for row in rows)  # type: ignore[type-var] # every row has its time
        rows = [row for row in rows if row["ts"] == newest]
    schema = pa.schema([pa.field(n, pa.timestamp("ms") if n == "ts" else pa.string()) for n in names])
    table = pa.Table.from_pylist(rows, schema=schema)
    return table.sort_by([(name, "ascending") for name in names]), rejects


def _elements(records: Sequence[SimemRecord], metric: Metric, rejects: list[Reject]) -> Iterator[dict[str, object]]:
    where = _section(metric)
    for number, record in enumerate(records):
        stamp = _stamp(record.get(where.date), "daily")
        fields = {column: _cell(record.get(name)) for name, column in metric.columns.items() if name in record}
        if stamp is None or not fields.get("code"):
            rejects.append(Reject("item", f"[{number}]", _shown(record)))
            continue
        yield {"entity": metric.entities[0], "ts": stamp, **fields}


def _cell(value: object) -> str | None:
    return (" ".join(str(value).split()) or None) if value is not None else None


def dataset_of(metric: Metric) -> str:
    """Return the dataset of SIMEM that holds a metric; empty for a metric of another source."""
    return metric.simem.dataset if metric.simem else ""


def merge_replies(job: SourceJob, refs: list[BronzeRef]) -> dict[tuple[str, str], str]:
    """Parse replies, oldest first, and merge them; return the unreadable windows with the reason, by series."""
    found: dict[str, _MetricRows] = {}
    for ref in sorted(refs, key=lambda ref: (ref.fetched, ref.metric, ref.start)):
        metrics = [metric for metric in job.metrics if dataset_of(metric) == ref.metric]
        try:
            records = records_of(job.bronze.get(ref)) if metrics else []
        except (DataError, PartCorrupt, SourceRefused) as error:
            for metric in metrics:
                found.setdefault(metric.id, _MetricRows(metric)).unreadable[ref.start.isoformat()] = (
                    f"{UNREADABLE}: {error}"
                )
            continue
        for metric in metrics:
            found.setdefault(metric.id, _MetricRows(metric)).read(records, ref, job.catalog.versions)
    unreadable: dict[tuple[str, str], str] = {}
    for growing in found.values():
        key = f"{growing.metric.id}/{growing.metric.entities[0]}"
        job.states.setdefault(key, fresh_state())
        merge(growing.series(job), growing.metric, job)
        unreadable |= {(key, start): reason for start, reason in growing.unreadable.items()}
    return unreadable


@dataclass
class _MetricRows:
    """What is read of one metric, reply by reply."""

    metric: Metric
    tables: list[pa.Table] = field(default_factory=list)
    rejects: list[tuple[str, Reject]] = field(default_factory=list)
    balance: Balance = field(default_factory=Balance)
    unreadable: dict[str, str] = field(default_factory=dict)

    def read(self, records: list[SimemRecord], ref: BronzeRef, versions: tuple[str, ...]) -> None:
        """Parse one reply; a column that is not there costs its window only."""
        try:
            parsed = self._parsed(records, ref, versions)
        except DataError as error:
            self.unreadable[ref.start.isoformat()] = f"{UNREADABLE}: {error}"
            return
        self.tables.append(parsed.rows)
        self.rejects += [(ref.sha12, reject) for reject in parsed.rejects]
        self.balance += parsed.balance

    def _parsed(self, records: list[SimemRecord], ref: BronzeRef, versions: tuple[str, ...]) -> ReplyRows:
        if self.metric.grain == "list":
            rows, rejects = parse_table(records, self.metric)
            return ReplyRows(rows, rejects, cells=rows.num_rows)
        return parse_records(records, self.metric, ref.start, ref.end, versions)

    def series(self, job: SourceJob) -> SeriesRows:
        """Return everything that was read, the newest of what was read twice."""
        rows = pa.concat_tables(self.tables) if self.tables else pa.table({})
        entity = self.metric.entities[0]
        if rows.num_rows and self.metric.grain == "list":
            rows = self._whole_list(rows, job.transaction.read(self.metric.id, entity))
        elif rows.num_rows:
            rows = sort_rows(_newest(rows, key_of(rows.schema)))
        return SeriesRows(self.metric.id, entity, rows, self.rejects, self.balance, self.unreadable)

    def _whole_list(self, rows: pa.Table, known: pa.Table) -> pa.Table:
        if self.metric.simem is not None and self.metric.simem.snapshot:
            frame = rows.to_pandas()
            rows = rows.filter(pa.array(frame["ts"] == frame["ts"].max()))
        elif known.num_rows:
            rows = pa.concat_tables([known.select(rows.column_names).cast(rows.schema), rows])
        return _newest(rows, ["code", "ts"]).sort_by([("ts", "ascending"), ("code", "ascending")])


def _newest(rows: pa.Table, key: list[str]) -> pa.Table:
    """Return the last row of each key."""
    twice = rows.select(key).to_pandas().duplicated(keep="last").to_numpy()
    return rows.filter(pa.array(~twice)) if twice.any() else rows
