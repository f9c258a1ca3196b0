"""Date windows: every pair of days of the reliability study (I3), read back from the requests we would send."""

from __future__ import annotations

import datetime as dt
import json

from pipeline.catalog.load import load_catalog
from pipeline.ingest.sources.xm import call_of
from pipeline.ingest.windows import plan_requests
from tests.bench.table import Line, exactly

FIRST = dt.date(2023, 1, 1)
DAYS = 426
LONGEST = 120
PAIRS = 43_980
_DAY = dt.timedelta(days=1)
Span = tuple[dt.date, dt.date]


def pairs() -> list[Span]:
    """Return every (start, end) in 426 days that spans at most 120 days."""
    return [
        (FIRST + dt.timedelta(days=start), FIRST + dt.timedelta(days=start + length))
        for start in range(DAYS)
        for length in range(min(LONGEST, DAYS - start))
    ]


def is_exact(spans: list[Span], wanted: Span, max_days: int) -> bool:
    """Tell whether `spans` tile `wanted`: no gap, no overlap, nothing outside, none longer than the source takes."""
    expected = wanted[0]
    for first, last in spans:
        if first != expected or not first <= last <= wanted[1] or (last - first).days + 1 > max_days:
            return False
        expected = last + _DAY
    return expected == wanted[1] + _DAY


def bench_windows() -> list[Line]:
    """Plan every pair for an hourly metric and compare the dates in the bodies with the dates that were wanted."""
    metric = load_catalog().metrics["DemaReal"]
    wanted = pairs()
    exact = 0
    for start, end in wanted:
        asked = [call_of(r, "").json for r in plan_requests(metric, start, end, entities=("Sistema",))]
        exact += is_exact([_dates(body) for body in asked], (start, end), metric.max_days)
    return [exactly("date windows exact, of 43,980 pairs", exact, PAIRS)]


def _dates(body: object) -> Span:
    said = json.loads(json.dumps(body))
    return dt.date.fromisoformat(said["StartDate"]), dt.date.fromisoformat(said["EndDate"])
