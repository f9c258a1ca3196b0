"""XM's official demand forecasts → hourly rows: the file of the week and the file of the buses of a day.

Layouts that are accepted, and nothing else:

- Week (`PRONSIN`): 24 lines `hour,Monday,…,Sunday`, hours 1 to 24, mean power of each hour [MW], no heading.
- Buses (`PRON_BARRA`): lines `unit,bus,voltage,variable,h1,…,h24` [MWh]; the variables `EN` and `Ener.Act.` are energy
  and are added up by unit, any other is set aside as no energy.

A line that does not fit is rejected with its number. A week with an hour missing, twice or out of bounds keeps the
others: whoever adds hours to days counts them.
"""

from __future__ import annotations

import csv
import datetime as dt
import re

import pyarrow as pa

from pipeline.catalog.schema import Metric
from pipeline.core.errors import ParseError
from pipeline.ingest.document import SYSTEM, Reject
from pipeline.ingest.rows import Parsed

HOURS, DAYS = 24, 7
_ENERGY = frozenset({"EN", "ENER.ACT", "ENER.ACT."})
_NUMBER = re.compile(r"^[+-]?[0-9]{1,9}(\.[0-9]+)?$")
_KEYS = 4  # unit, bus, voltage, variable


def parse_week(body: bytes, metric: Metric, monday: dt.date) -> Parsed:
    """Turn the file of one week into rows.

    Args:
        body: The file as archived.
        metric: Its declaration: unit, bounds [stored unit].
        monday: First day of the week.

    Returns:
        Rows code, ts (start of the hour), value [stored unit].

    Raises:
        ParseError: No line of it is one of the table.
    """
    bounds = metric.bounds_of(SYSTEM)
    found: dict[int, list[float | None]] = {}
    rejects: list[Reject] = []
    cells = duplicate = 0
    for number, parts in _lines(body):
        hour = _hour(parts[0])
        values = [_value(part) for part in parts[1:]]
        cells += DAYS
        if hour is None or len(parts) != DAYS + 1 or None in values:
            rejects += _reject_line("not_a_row", number, parts, DAYS)
        elif hour in found:
            same = found[hour] == values
            duplicate += DAYS if same else 0
            rejects += [] if same else _reject_line("conflicting_duplicate", number, parts, DAYS)
        else:
            found[hour] = values
    rows: list[tuple[str, dt.datetime, float]] = []
    midnight = dt.datetime.combine(monday, dt.time())
    for hour in sorted(found):
        for day, power in enumerate(found[hour]):
            value = (power or 0.0) * metric.unit.factor
            ts = midnight + dt.timedelta(days=day, hours=hour - 1)
            if bounds is None or bounds[0] <= value <= bounds[1]:
                rows.append((SYSTEM, ts, value))
            else:
                rejects.append(Reject("out_of_bounds", ts.isoformat(timespec="minutes"), f"{value:g}"))
    if not found:
        raise ParseError("The official forecast has another layout", hint="expected 24 lines: hour and seven values")
    return _finish(rows, rejects, cells, duplicate)


def parse_buses(body: bytes, metric: Metric, entity: str, day: dt.date) -> Parsed:
    """Turn the file of the buses of one day into rows of each forecasting unit.

    A cell is one hour of one unit: the account is of what the lake is offered, after adding up.

    Raises:
        ParseError: No line of it is one of the table.
    """
    bounds = metric.bounds_of(entity)
    totals: dict[str, list[float]] = {}
    spoilt: dict[str, Reject] = {}
    seen: set[tuple[str, ...]] = set()
    rejects: list[Reject] = []
    for number, parts in _lines(body):
        keys = tuple(part.strip() for part in parts[:_KEYS])
        values = [_value(part) for part in parts[_KEYS:]]
        if len(parts) != _KEYS + HOURS or not keys[0]:
            rejects.append(Reject("item", f"line {number}", ",".join(parts)[:80]))
        elif keys[3].upper() in _ENERGY:
            if None in values or keys in seen:
                # One bus short makes its whole unit short: the unit is refused, not lowered.
                rule = "conflicting_duplicate" if keys in seen else "not_a_row"
                spoilt.setdefault(keys[0], Reject(rule, f"{keys[0]} line {number}", ",".join(parts)[:80]))
            seen.add(keys)
            total = totals.setdefault(keys[0], [0.0] * HOURS)
            totals[keys[0]] = [a + (b or 0.0) for a, b in zip(total, values, strict=True)]
    if not totals:
        raise ParseError("The forecast by bus has another layout", hint="expected unit,bus,voltage,variable,24 values")
    midnight = dt.datetime.combine(day, dt.time())
    rows: list[tuple[str, dt.datetime, float]] = []
    for unit in sorted(totals):
        for hour, energy in enumerate(totals[unit]):
            ts, value = midnight + dt.timedelta(hours=hour), energy * metric.unit.factor
            if unit in spoilt:
                first = spoilt[unit]
                rejects.append(Reject(first.rule, f"{first.place} hour {hour + 1}", first.value))
            elif bounds is not None and not bounds[0] <= value <= bounds[1]:
                rejects.append(Reject("out_of_bounds", f"{unit} {ts.isoformat(timespec='minutes')}", f"{value:g}"))
            else:
                rows.append((unit, ts, value))
    return _finish(rows, rejects, HOURS * len(totals))


def _lines(body: bytes) -> list[tuple[int, list[str]]]:
    """Return the lines that hold anything, with their number from 1."""
    text = body.decode("utf-8-sig", errors="replace")
    return [(n, row) for n, row in enumerate(csv.reader(text.splitlines()), start=1) if any(map(str.strip, row))]


def _hour(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isdecimal() and 1 <= int(text) <= HOURS else None


def _value(text: str) -> float | None:
    return float(text) if _NUMBER.match(text.strip()) else None


def _reject_line(rule: str, number: int, parts: list[str], cells: int) -> list[Reject]:
    """Return one reject per cell of a line, so that the account of cells holds."""
    said = ",".join(parts)[:80]
    return [Reject(rule, f"line {number} cell {cell}", said) for cell in range(1, cells + 1)]


def _finish(
    rows: list[tuple[str, dt.datetime, float]], rejects: list[Reject], cells: int, duplicate: int = 0
) -> Parsed:
    codes, moments, values = zip(*rows, strict=True) if rows else ((), (), ())
    table = pa.table(
        {
            "code": pa.array(codes, pa.string()),
            "ts": pa.array(moments, pa.timestamp("ms")),
            "value": pa.array(values, pa.float64()),
        }
    )
    parsed = Parsed(table, rejects, cells=cells, duplicate=duplicate)
    parsed.check()
    return parsed
