"""NOAA's Oceanic Niño Index (ONI): one small text file a month, archived whole, read whole.

The file is a table `SEAS YR TOTAL ANOM`: a season of three months, dated at its middle one.
"""

from __future__ import annotations

import datetime as dt
import math

import pyarrow as pa

from pipeline.catalog.schema import Metric
from pipeline.core.errors import ParseError
from pipeline.core.settings import LOOPBACK, Settings
from pipeline.ingest.intake import merge_file
from pipeline.ingest.job import Adaptor, SourceJob
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.rows import SYSTEM, Reject, ReplyRows
from pipeline.ingest.states import Window, fresh_state
from pipeline.ingest.transport import HttpCall, SyncTransport, usable
from pipeline.ingest.verdicts import RETRYABLE, ReplyVerdict
from pipeline.store.bronze import BronzeRef

HOME = "https://www.cpc.ncep.noaa.gov"
PATH = "/data/indices/oni.ascii.txt"
SEASONS = ("DJF", "JFM", "FMA", "MAM", "AMJ", "MJJ", "JJA", "JAS", "ASO", "SON", "OND", "NDJ")
"""Seasons by their middle month, January first."""
_HEAD = ["SEAS", "YR", "TOTAL", "ANOM"]
SOURCE = "noaa"
FIRST = dt.date(1950, 1, 1)
_EVERY_DAYS = 7  # the file changes once a month


def address(settings: Settings) -> str:
    """Return where the file lies: at NOAA, unless a setting says otherwise or XM itself is emulated.

    A build on an emulator must not mix in real values.
    """
    base = settings.noaa_base_url
    if base is None:
        host = settings.xm_base_url.partition("://")[2].partition("/")[0].rpartition(":")[0]
        base = settings.xm_base_url if host.strip("[]") in LOOPBACK else HOME
    return f"{base.rstrip('/')}{PATH}"


def fetch_oni(settings: Settings) -> bytes:
    """Return the file as it is published.

    Raises:
        SourceUnavailable: NOAA cannot be reached, or does not give the file now.
        SourceRefused: It refuses for good.
    """
    call = HttpCall(address(settings), method="GET")
    with SyncTransport(PacingPolicy.from_settings(settings)) as line:
        return usable(line.ask(call, judge_oni), call)


def judge_oni(status: int, body: bytes) -> ReplyVerdict:
    """Say what an answer means: the file begins with the names of its columns."""
    if status in RETRYABLE or status >= 500:
        return ReplyVerdict("retry", f"http_{status}")
    if status >= 300:
        return ReplyVerdict("permanent", f"http_{status}")
    if body.lstrip()[:4] != b"SEAS":
        return ReplyVerdict("retry", "unexpected_document: no table of seasons")
    return ReplyVerdict("ok")


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
    parsed = ReplyRows(rows, rejects, cells=cells, duplicate=duplicate)
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
        body = fetch_oni(job.settings)
        job.report.bytes += len(body)
        ref = job.bronze.put(SOURCE, metric.id, metric.entities[0], (FIRST, FIRST), today, body)
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
