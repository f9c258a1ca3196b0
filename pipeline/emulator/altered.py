"""What a source answers, altered on purpose: values, rows and fields of a reply, chosen by metric, code, day and hour.

An alteration is written `kind:metric/entity/code@days=argument`, all parts but kind and metric may be left out:

    scale:DemaReal/Sistema@2026-05-16=0.8            values times a factor
    set:PrecBolsNaci@2026-05-16T18-20=3000           values, here of the hours from 18:00 to 21:00
    blank:PrecBolsNaci@2026-05-16                    values that are there no more
    drop:VoluUtilDiarEner/Embalse/AGREGADO BOGOTA    rows left out: of a code, of days, of a list
    copy:ListadoAgentes//EPMG=Name=EPM S.A.          a second row, with another value in a field
    put:VoluUtilDiarEner/Embalse/AMANI=Name=MIEL I   a field that is another, or new: code, unit, case, version
    field:PrecBolsNaci=Hour01=Hour1                  a field by another name
    number:PrecBolsNaci                              values that are no text any more
    reopen:PrecEscaAct                               values after the end that the catalogue declares
    limit:PrecBolsNaci=7                             windows of a week, no more
    gone:monthly                                     an address that is there no more, XM's or SIMEM's
    word:hourly=Items=Rows                           of an address, a name or a word (in quotes) by another

Days are `2026-05-16` or `2026-05-01..2026-05-16`; hours are those of XM's replies, counted from 0. A metric of SIMEM is
named by its variable, by its column, or by its data set. XM's replies and SIMEM's records are altered alike: both are
rows of fields, some of which are values. A reply that no alteration names is passed on byte by byte.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pipeline.core.errors import UsageError
from pipeline.emulator.xm_contract import Contract

Row = dict[str, Any]
Series = tuple[str, str]
KINDS: Final = (
    "scale", "set", "blank", "drop", "copy", "put", "field", "number", "reopen", "limit", "gone", "word",
)  # fmt: skip
#: What the source does as a whole, whatever its rows say.
_WHOLE: Final = {"reopen", "limit", "gone", "word"}
_WRITTEN: Final = re.compile(
    r"(?P<kind>\w+):(?P<metric>[\w-]+)(?:/(?P<entity>\w*))?(?:/(?P<code>[^@=]+))?"
    r"(?:@(?P<first>[\d-]{10})(?:\.\.(?P<last>[\d-]{10}))?(?:T(?P<begin>\d+)(?:-(?P<end>\d+))?)?)?(?:=(?P<argument>.*))?"
)
_HOUR: Final = re.compile(r"Hour(\d\d)$")
_ENTRIES: Final = ("HourlyEntities", "DailyEntities", "MonthlyEntities", "ListEntities")
#: Fields of a record of SIMEM that may say its day, in the order they are asked.
_DAYS: Final = ("FechaHora", "Fecha", "FechaInicio")


@dataclass(frozen=True)
class Alteration:
    """One thing that a source gets wrong.

    Attributes:
        kind: One of `KINDS`.
        metric: Metric of XM; variable, column or data set of SIMEM.
        entity: Of XM; any when empty.
        code: What one of the row's fields says; any row when empty.
        first, last: Days, both included; any when None.
        hours: Hours of a day, 0 to 23.
        argument: Factor, value, `field=value` or `old=new`.
    """

    kind: str
    metric: str
    entity: str = ""
    code: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    hours: range = range(24)
    argument: str = ""

    @classmethod
    def parse(cls, text: str) -> Alteration:
        """Read one alteration as the module's docstring writes it.

        Raises:
            UsageError: It is written otherwise.
        """
        hint = "write kind:metric/entity/code@day=argument, see pipeline/emulator/altered.py"
        found = _WRITTEN.fullmatch(text)
        if found is None or found["kind"] not in KINDS:
            raise UsageError(f"alteration {text!r} cannot be read", hint=hint)
        kind, argument = found["kind"], found["argument"] or ""
        try:
            first, last = (dt.date.fromisoformat(d) if d else None for d in (found["first"], found["last"]))
            if kind in {"scale", "limit"}:
                (int if kind == "limit" else float)(argument)
        except ValueError as error:
            raise UsageError(f"alteration {text!r}: {error}", hint=hint) from None
        if kind in {"copy", "put", "field", "word"} and "=" not in argument:
            raise UsageError(f"alteration {text!r} names no field", hint="end it with =field=value")
        begin = int(found["begin"] or 0)
        end = int(found["end"] or found["begin"] or 23)
        place = found["entity"] or "", found["code"] or ""
        return cls(kind, found["metric"], *place, first, last or first, range(begin, end + 1), argument)

    def on(self, day: dt.date | None) -> bool:
        """Say whether rows of a day are meant; a row without a day is meant only where no day is told."""
        if self.first is None or self.last is None:
            return True
        return day is not None and self.first <= day <= self.last

    def names(self, row: Row) -> bool:
        """Say whether a row carries the code in a field, or in several of them together."""
        if not self.code:
            return True
        said = [str(value) for value in row.values()]
        return self.code in said or all(part in said for part in self.code.split("|"))

    def rows(self, row: Row, values: Iterable[str]) -> Iterator[Row]:
        """Yield what becomes of a row whose `values` are the names of its fields with values."""
        field, _, value = self.argument.partition("=")
        match self.kind:
            case "drop":
                return
            case "copy":
                yield row
                yield row | {field: value}
            case "put":
                yield row | {field: value}
            case "field":
                yield {value if name == field else name: told for name, told in row.items()}
            case _:
                yield row | {name: self._value(row[name]) for name in values}

    def _value(self, old: object) -> object:
        """Return a value as it was written: text stays text, a number a number, what is blank stays blank."""
        if self.kind == "blank":
            return "" if isinstance(old, str) else None
        if self.kind == "set":
            return self.argument if isinstance(old, str) else float(self.argument)
        if old in {"", None}:
            return old
        if self.kind == "number":
            return float(str(old))
        scaled = float(str(old)) * float(self.argument)
        return f"{scaled:.8f}".rstrip("0").rstrip(".") if isinstance(old, str) else scaled


def kept_to(contracts: Mapping[Series, Contract], alterations: Iterable[Alteration]) -> dict[Series, Contract]:
    """Return the contracts as the source keeps them: those reopened have no end, those limited have shorter windows."""
    made = dict(contracts)
    for each in alterations:
        for key, row in made.items():
            if key[0] == each.metric and each.kind == "reopen":
                made[key] = replace(row, ends=None)
            elif key[0] == each.metric and each.kind == "limit":
                made[key] = replace(row, max_days=int(each.argument))
    return made


def altered_bytes(path: str, body: bytes, alterations: Iterable[Alteration]) -> bytes | None:
    """Return what an address answers in place of `body`; None where it is gone."""
    mine = [each for each in alterations if each.metric == path.rpartition("/")[2]]
    for each in mine:
        old, _, new = each.argument.partition("=")
        if each.kind == "word":
            body = body.replace(f'"{old}"'.encode(), f'"{new}"'.encode())
    return None if any(each.kind == "gone" for each in mine) else body


def altered_reply(body: bytes, contract: Contract, alterations: Sequence[Alteration]) -> bytes:
    """Return a reply of XM with what `alterations` make of it, one after the other."""
    mine = [
        a
        for a in alterations
        if a.metric == contract.metric and a.entity in {"", contract.entity} and a.kind not in _WHOLE
    ]
    if not mine:
        return body
    listed = contract.grain == "list"  # its date is that of the answer: days do not choose
    document = json.loads(body)
    for alteration in mine:
        document["Items"] = [
            item | {name: entries}
            for item in document["Items"]
            for name in _ENTRIES
            if name in item and (entries := _entries(item, name, alteration, listed=listed))
        ]
    return json.dumps(document, ensure_ascii=False).encode()


def _entries(item: Row, name: str, alteration: Alteration, *, listed: bool) -> list[Row]:
    """Return the rows of an item; those of hourly series and lists nest what the others have beside `Id`."""
    if not listed and not alteration.on(dt.date.fromisoformat(item["Date"][:10])):
        return list(item[name])
    found: list[Row] = []
    for entry in item[name]:
        nested = "Values" in entry
        row = entry["Values"] if nested else entry
        if alteration.names(row):
            hours = [f for f in row if (at := _HOUR.match(f)) and int(at[1]) - 1 in alteration.hours]
            made = alteration.rows(row, hours or [f for f in ("Value",) if f in row])
            found += [{**entry, "Values": each} if nested else each for each in made]
        else:
            found.append(entry)
    return found


def altered_records(records: list[Row], dataset: str, alterations: Sequence[Alteration]) -> list[Row]:
    """Return records of SIMEM with what `alterations` make of them."""
    for alteration in (each for each in alterations if each.kind not in _WHOLE):
        records = [made for record in records for made in _record(dataset, record, alteration)]
    return records


def _value_field(metric: str, dataset: str, record: Row) -> str:
    """Return the field that holds the values of a metric in a record, '' where the record is of another."""
    if metric in record:
        return metric
    if metric == record.get("CodigoVariable") or metric.lower() == dataset.lower():
        return "Valor"
    return ""


def _record(dataset: str, record: Row, alteration: Alteration) -> Iterable[Row]:
    name = _value_field(alteration.metric, dataset, record)
    stamp = next((str(record[f]) for f in _DAYS if f in record), "")
    day = dt.date.fromisoformat(stamp[:10]) if stamp else None
    hour = int(stamp[11:13]) if len(stamp) > 11 else None
    if not name or not alteration.on(day) or not alteration.names(record):
        return [record]
    if hour is not None and hour not in alteration.hours:
        return [record]
    return alteration.rows(record, [name] if name in record else [])
