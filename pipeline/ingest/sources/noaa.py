"""NOAA's Oceanic Niño Index (ONI): one small text file a month, archived whole, read whole.

The file is a table `SEAS YR TOTAL ANOM`: a season of three months, dated at its middle one.
"""

from __future__ import annotations

import datetime as dt
import math

from pipeline.catalog.schema import Metric
from pipeline.core.errors import ParseError
from pipeline.core.settings import Settings
from pipeline.ingest.addresses import emulated
from pipeline.ingest.intake import merge_file
from pipeline.ingest.job import Adaptor, SourceJob
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.probes import ask_once
from pipeline.ingest.rows import SYSTEM, Reject, ReplyRows, excerpt
from pipeline.ingest.states import Window, fresh_state
from pipeline.ingest.transport import HttpCall
from pipeline.ingest.verdicts import ReplyVerdict, judge_file
from pipeline.store.bronze import BronzeRef

HOME = "https://www.cpc.ncep.noaa.gov"
PATH = "/data/indices/oni.ascii.txt"
SEASONS = ("DJF", "JFM", "FMA", "MAM", "AMJ", "MJJ", "JJA", "JAS", "ASO", "SON", "OND", "NDJ")
"""Seasons by their middle month, January first."""
_HEAD = ["SEAS", "YR", "TOTAL", "ANOM"]
FIRST = dt.date(1950, 1, 1)
_EVERY_DAYS = 7  # the file changes once a month


def address(settings: Settings) -> str:
    """Return where the file lies: at NOAA, unless a setting says otherwise or XM itself is emulated."""
    return f"{(settings.noaa_base_url or emulated(settings) or HOME).rstrip('/')}{PATH}"


def judge_oni(status: int, body: bytes) -> ReplyVerdict:
    """Say what an answer means: the file begins with the names of its columns."""
    return judge_file(status, body, says="no table of seasons", looks_right=body.lstrip()[:4] == b"SEAS")


def parse_oni(body: bytes, metric: Metric) -> ReplyRows:
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
        month, value = _row(line, metric.bounds_of(SYSTEM))
        if month is None or values.get(month, value) != value:
            rule = "not_a_row" if month is None else "conflicting_duplicate"
            rejects.append(Reject(rule, f"line {number}", excerpt(line.strip())))
        elif month in values:
            duplicate += 1
        else:
            values[month] = value
    rows = [(SYSTEM, month, values[month]) for month in sorted(values)]
    return ReplyRows.of(rows, rejects, None, cells=cells, duplicate=duplicate)


def _row(line: str, bounds: tuple[float, float] | None) -> tuple[dt.datetime | None, float]:
    """Return month and anomaly of a line; no month when it is no row of the table."""
    parts = line.split()
    if len(parts) != len(_HEAD) or parts[0] not in SEASONS:
        return None, math.nan
    try:
        month = dt.datetime(int(parts[1]), SEASONS.index(parts[0]) + 1, 1)  # noqa: DTZ001 - naive, as all rows
        value = float(parts[3])
    except ValueError:
        return None, math.nan
    inside = math.isfinite(value) and (bounds is None or bounds[0] <= value <= bounds[1])
    return (month, value) if inside else (None, value)


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
        call = HttpCall(address(job.settings), method="GET")
        body = ask_once(call, judge_oni, PacingPolicy.from_settings(job.settings))
        job.report.bytes += len(body)
        ref = job.bronze.put(job.source, metric.id, metric.entities[0], (FIRST, FIRST), today, body)
        state["windows"]["list"] = Window(end=today.isoformat(), asked=today.isoformat(), status="ok", reason="")
        state["state"] = state["reason"] = ""
        _read(job, metric, ref)


def replay(job: SourceJob) -> None:
    """Parse the archived files of one night again."""
    for metric in job.metrics:
        for ref in job.archive.get((metric.id, metric.entities[0]), []):
            _read(job, metric, ref)


def _read(job: SourceJob, metric: Metric, ref: BronzeRef) -> None:
    merge_file(job, metric, ref, lambda body: parse_oni(body, metric))


ADAPTOR = Adaptor(gather, replay)
