"""Spans of days that XM answers rightly: short enough, and never across the end of a month.

`pydataxm` 0.3.19 asks for the wrong dates whenever a span ends on the 1st of a month; inside one calendar
month it makes no mistake (reliability study, defect D1). So every hourly or daily window lies in one month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from pipeline.catalog.schema import Metric
from pipeline.core.errors import UsageError
from pipeline.ingest.windows import WindowRequest

MONTHS_PER_WINDOW = 24
_DAY = dt.timedelta(days=1)


def plan_windows(metric: Metric, start: dt.date, end: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Cut `start`…`end` (both included) into spans the source accepts.

    Returns:
        Spans in time order that cover the request exactly and never overlap: inside one calendar month and at
        most `metric.max_days` long for hourly and daily metrics, at most 24 months for monthly ones, a single
        one for lists.

    Raises:
        UsageError: `end` lies before `start`.
    """
    if start > end:
        raise UsageError(
            "The range ends before it starts",
            hint="give the earlier date first",
            metric=metric.id,
            start=start,
            end=end,
        )
    if metric.grain == "list":
        return [(start, end)]
    months = _months_that_fit(metric.max_days) if metric.grain == "monthly" else 1
    spans: list[tuple[dt.date, dt.date]] = []
    first = start
    while first <= end:
        last = min(end, month_start(first, months) - _DAY, first + dt.timedelta(days=metric.max_days - 1))
        spans.append((first, last))
        first = last + _DAY
    return spans


def plan_requests(
    metric: Metric, start: dt.date, end: dt.date, *, entities: Iterable[str] | None = None
) -> list[WindowRequest]:
    """Return the windows of every entity of `metric` over `start`…`end`, ready for `fetch_series`."""
    spans = plan_windows(metric, start, end)
    names = metric.entities if entities is None else tuple(entities)
    return [WindowRequest(metric, entity, first, last) for entity in names for first, last in spans]


def month_start(day: dt.date, later: int) -> dt.date:
    """Return the first day of the month `later` months after the month of `day`."""
    index = day.year * 12 + day.month - 1 + later
    return dt.date(index // 12, index % 12 + 1, 1)


def _months_that_fit(max_days: int) -> int:
    # 24 months hold at most one leap day in any span: 731 days, XM's limit. Whole months only, so that a
    # monthly value (dated on the 1st) never falls between two windows.
    return max(1, min(MONTHS_PER_WINDOW, max_days * 12 // 365))
