"""NOAA's text table → monthly rows: `SEAS YR TOTAL ANOM`, a season of three months dated at its middle one."""

from __future__ import annotations

import datetime as dt
import math

import pyarrow as pa

from pipeline.catalog.schema import Metric
from pipeline.core.errors import ParseError
from pipeline.ingest.document import SYSTEM, Reject
from pipeline.ingest.rows import Parsed

SEASONS = ("DJF", "JFM", "FMA", "MAM", "AMJ", "MJJ", "JJA", "JAS", "ASO", "SON", "OND", "NDJ")
"""Seasons by their middle month, January first."""
_HEAD = ["SEAS", "YR", "TOTAL", "ANOM"]


def parse_oni(body: bytes, metric: Metric) -> Parsed:
    """Turn the file into rows.

    Args:
        body: The file as archived.
        metric: Its declaration: bounds [°C].

    Returns:
        Rows code, ts (first day of the middle month), value [°C of anomaly]; a line that cannot be read is rejected
        with its number, the others are kept.

    Raises:
        ParseError: It is no such table.
    """
    lines = body.decode("ascii", errors="replace").splitlines()
    if not lines or lines[0].split() != _HEAD:
        raise ParseError("The table of the ONI has other columns", hint=f"expected {' '.join(_HEAD)}")
    values: dict[dt.datetime, float] = {}
    rejects: list[Reject] = []
    cells = duplicate = 0
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells += 1
        read = _row(line, metric.bounds_of(SYSTEM))
        if read is None or values.get(read[0], read[1]) != read[1]:
            rule = "not_a_row" if read is None else "conflicting_duplicate"
            rejects.append(Reject(rule, f"line {number}", line.strip()[:80]))
        elif read[0] in values:
            duplicate += 1
        else:
            values[read[0]] = read[1]
    months = sorted(values)
    rows = pa.table(
        {
            "code": pa.array([SYSTEM] * len(months), pa.string()),
            "ts": pa.array(months, pa.timestamp("ms")),
            "value": pa.array([values[month] for month in months], pa.float64()),
        }
    )
    parsed = Parsed(rows, rejects, cells=cells, duplicate=duplicate)
    parsed.check()
    return parsed


def _row(line: str, bounds: tuple[float, float] | None) -> tuple[dt.datetime, float] | None:
    """Return month and anomaly of a line, or None when it is no row of the table."""
    parts = line.split()
    if len(parts) != len(_HEAD) or parts[0] not in SEASONS:
        return None
    try:
        month = dt.datetime(int(parts[1]), SEASONS.index(parts[0]) + 1, 1)  # noqa: DTZ001 - naive, as all rows
        value = float(parts[3])
    except ValueError:
        return None
    inside = bounds is None or bounds[0] <= value <= bounds[1]
    return (month, value) if math.isfinite(value) and inside else None
