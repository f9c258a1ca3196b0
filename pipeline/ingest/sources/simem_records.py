"""SIMEM's records: how they become rows, and what in them is not as declared.

A dataset comes in long form (one record a value, named by `CodigoVariable`) or in wide form (one column a variable).
The catalogue says in which column each thing lies. As with XM, every cell of a metric is accounted for:
`cells = accepted + blank + duplicate + clipped + rejected`. A value of a settlement version nobody declared is
rejected: to guess its rank would be to guess the price. So is one in another unit than declared. A variable nobody
declared is told; where it stands in place of the declared one, that is a failure.

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

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric, SimemSection
from pipeline.core.errors import DataError, ParseError
from pipeline.core.units import convert
from pipeline.ingest.codes import Vocabulary, fold, normal, respelled
from pipeline.ingest.rows import (
    SYSTEM,
    Reject,
    ReplyRows,
    SeriesRows,
    ShapeChanges,
    excerpt,
    joined,
    newest_of,
    unreadable,
)
from pipeline.ingest.verdicts import document_of
from pipeline.ingest.windows import Span
from pipeline.store.bronze import BronzeRef

SimemRecord = Mapping[str, object]
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$")
_DURATION = "CodigoDuracion"
_UNIT = "UnidadMedida"


@dataclass(frozen=True)
class KnownCodes:
    """What is declared of a dataset, and how the codes of a series are spelled.

    Attributes:
        versions: Settlement versions.
        variables: Of the datasets in long form, by dataset, folded.
        words: Spellings of the codes of the series.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, frozenset[str]] = field(default_factory=dict)
    words: Vocabulary = field(default_factory=Vocabulary)

    @classmethod
    def of(cls, catalog: Catalog, words: Vocabulary | None = None) -> KnownCodes:
        """Return what the catalogue declares."""
        variables: dict[str, set[str]] = {}
        for metric in catalog.metrics.values():
            if metric.simem is not None and metric.simem.variable is not None:
                variables.setdefault(metric.simem.dataset, set()).add(fold(metric.simem.variable.value))
        named = {name: frozenset(found) for name, found in variables.items()}
        return cls({fold(name): name for name in catalog.versions}, named, words or Vocabulary())


def read_records(metric: Metric, replies: Sequence[tuple[BronzeRef, bytes]], known: KnownCodes) -> SeriesRows:
    """Parse replies of a dataset into the rows of one of its metrics. One that cannot be read costs its window only.

    Args:
        metric: Declaration of the series.
        replies: Where each is archived, and its bytes.
        known: What is declared of its dataset.
    """
    found = []
    for ref, body in sorted(replies, key=lambda reply: reply[0].start):
        try:
            records = records_of(body)
            if metric.grain == "list":
                parsed = parse_table(records, metric)
            else:
                parsed = parse_records(records, metric, ref.start, ref.end, known)
        except DataError as error:
            found.append(unreadable(ref.start, error))
        else:
            found.append(parsed.of_reply(ref.sha12, (ref.start, ref.end), alone=ref.whole))
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
    strange: ShapeChanges = field(default_factory=dict)
    days: set[dt.date] = field(default_factory=set)
    """Days of which the metric has a record, be it blank."""

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
    records: Sequence[SimemRecord], metric: Metric, start: dt.date, end: dt.date, known: KnownCodes
) -> ReplyRows:
    """Turn the records of a dataset into the rows of one of its metrics.

    Args:
        records: What `records_of` gave.
        metric: Catalogue entry with its `simem` section.
        start: First day asked.
        end: Last day asked; records outside are clipped and counted.
        known: What is declared of its dataset.

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
    others: list[tuple[int, str, SimemRecord]] = []
    for number, record in enumerate(records):
        variable = _text(record.get(where.variable.column)) if where.variable else ""
        if "" in record:
            rows.rejects.append(Reject("item", f"[{number}]", excerpt(record[""])))
        elif where.variable is None or fold(variable) == fold(where.variable.value):
            rows.counts["cells"] += 1
            _take(record, f"[{number}]", metric, (start, end), known, rows)
        elif fold(variable) not in known.variables.get(where.dataset, frozenset()):
            others.append((number, variable, record))
    _look_at_others(others, metric, (start, end), rows)
    return _to_table(rows, metric)


def _look_at_others(others: Sequence[tuple[int, str, SimemRecord]], metric: Metric, window: Span, rows: _Rows) -> None:
    """Tell the variables nobody declared, and refuse the days on which one stands in place of the declared one.

    One that stands beside it on some day of the reply is another quantity. Where a day may be without the declared one
    (events, a series that ended), it is told only.
    """
    where = section_of(metric)
    days = {n: stamp.date() for n, _, r in others if (stamp := stamp_of(r.get(where.date), metric.grain)) is not None}
    beside = {variable for number, variable, _ in others if days.get(number) in rows.days}
    first, last = window[0].replace(day=1) if metric.grain == "monthly" else window[0], window[1]
    last = min(last, metric.ends or last)
    settled = set(rows.days)
    for number, variable, record in others:
        rows.strange.setdefault(("variable_new", variable), excerpt(record.get(where.value)))
        day = days.get(number)
        if day is None or day in settled or metric.sparse or variable in beside or not first <= day <= last:
            continue
        settled.add(day)
        column = where.variable.column if where.variable else ""
        rows.rejects.append(Reject("variable", f"[{number}].{column}", excerpt(variable), day))


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
            f"SIMEM's dataset {section_of(metric).dataset} has no column {', '.join(missing)}: {excerpt(records[0])}",
            hint="mend the simem section of the metric",
            metric=metric.id,
        )


def _take(record: SimemRecord, place: str, metric: Metric, window: Span, known: KnownCodes, rows: _Rows) -> None:
    where = section_of(metric)
    stamp = stamp_of(record.get(where.date), metric.grain)
    if stamp is None:
        rows.rejects.append(Reject("date", f"{place}.{where.date}", excerpt(record.get(where.date))))
        return
    day = stamp.date()
    first = window[0].replace(day=1) if metric.grain == "monthly" else window[0]
    if not first <= day <= window[1]:
        rows.counts["clipped"] += 1
        return
    rows.days.add(day)
    raw = record.get(where.value)
    if where.value in record and (raw is None or (isinstance(raw, str) and not raw.strip())):
        rows.counts["blank"] += 1
        return
    fault = _fault(record, metric, known)
    value = _number(raw)
    if fault is not None:
        rule, column = fault
        rows.rejects.append(Reject(rule, f"{place}.{column}", excerpt(record.get(column, record)), day))
    elif value is None:
        rows.rejects.append(Reject("not_a_number", f"{place}.{where.value}", excerpt(raw), day))
    else:
        came = "|".join(_text(record.get(column)) for column in where.code) or SYSTEM
        code = known.words.canonical(came)
        rows.strange |= respelled([came], [code])
        version = known.versions[fold(_text(record.get(where.version)))] if where.version else ""
        rows.put((code, stamp, version), convert(value, metric.unit.source, metric.unit.stored))


def _fault(record: SimemRecord, metric: Metric, known: KnownCodes) -> tuple[str, str] | None:
    """Return the rule a record breaks and the column that shows it, or None."""
    where = section_of(metric)
    if where.value not in record:
        return "column", where.value
    if where.duration and record.get(_DURATION, where.duration) != where.duration:
        return "duration", _DURATION
    unit = fold(_text(record.get(_UNIT))).replace(" ", "")
    if unit and unit not in (fold(metric.unit.source), fold(metric.source_label or "").replace(" ", "")):
        return "unit", _UNIT
    if where.version and fold(_text(record.get(where.version))) not in known.versions:
        return "unknown_version", where.version
    blank = [column for column in where.code if not _text(record.get(column))]
    return ("code", blank[0]) if blank else None


def _text(value: object) -> str:
    return normal(str(value)) if isinstance(value, str | int) else ""


def stamp_of(value: object, grain: str) -> dt.datetime | None:
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
        rows.rejects += [Reject("conflicting_duplicate", place, repr(value), ts.date()) for value in values]
    found = [(code, ts, value) for (code, ts, _), value in rows.values.items()]
    more = {"version": [version for _, _, version in rows.values]} if metric.versioned else {}
    counts = {name: rows.counts[name] for name in ("cells", "blank", "clipped", "duplicate")}
    parsed = ReplyRows.of(found, rows.rejects, metric.bounds_of(metric.entities[0]), more, **counts)
    return replace(parsed, strange=rows.strange)


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
        stamp = stamp_of(record.get(where.date), "daily")
        texts = {column: record.get(name) for name, column in metric.columns.items() if name in record}
        fields = {c: normal(str(v)) or None if v is not None else None for c, v in texts.items()}
        if stamp is None or not fields.get("code"):
            rejects.append(Reject("item", f"[{number}]", excerpt(record), stamp and stamp.date()))
            continue
        yield {"entity": metric.entities[0], "ts": stamp, **fields}


def _newest_day(rows: pa.Table, metric: Metric) -> pa.Table:
    """Return the rows that count of a list that is republished every day; of anything else, all."""
    if not section_of(metric).snapshot or not rows.num_rows:
        return rows
    rows = rows.filter(pc.equal(rows["ts"], pc.max(rows["ts"])))
    return newest_of(rows, ["code", "ts"]).sort_by([("ts", "ascending"), ("code", "ascending")])
