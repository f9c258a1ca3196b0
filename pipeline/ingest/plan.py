"""Which windows to ask now: never asked, failed, due again after a gap, or young enough to change.

XM revises settled values for weeks and, rarely, for a year. So every night asks the last 45 days again, every Sunday
the last 13 months, and the first Sunday of a quarter everything. A missed sweep is made up for on the next run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from pipeline.catalog.schema import Metric
from pipeline.core.run import RunInfo
from pipeline.extract.contract import WindowRequest
from pipeline.extract.windows import plan_requests
from pipeline.ingest.contract import Holes, SeriesState, Span, Window
from pipeline.ingest.states import window_key

LOOK_BACK_DAYS = 45
WEEKLY_DAYS = 396  # 13 months
_FAILED = {"retry_later", "permanent"}
_DAY = dt.timedelta(days=1)


def wanted(
    metric: Metric,
    run: RunInfo,
    states: Mapping[str, SeriesState],
    *,
    full: bool = False,
    holes: Mapping[tuple[str, str], Holes] | None = None,
) -> list[WindowRequest]:
    """Return the windows of `metric` to be asked now.

    Args:
        metric: What is wanted.
        run: The day of the run, and since when.
        states: What was asked before, and how it ended.
        full: Every window, known or not.
        holes: Open gaps by (metric, entity).
    """
    if metric.grain == "list":
        plan = [WindowRequest(metric, entity, run.today, run.today) for entity in metric.entities]
    else:
        start = max(run.since, metric.starts or run.since)
        end = min(run.today, metric.ends or run.today)
        plan = plan_requests(metric, start, end) if start <= end else []
    if full:
        return plan
    gaps = holes or {}
    return [r for r in plan if _stale(r, states.get(r.key), gaps.get((metric.id, r.entity)), run.today)]


def due_since(end: dt.date, lag_days: int, today: dt.date) -> dt.date:
    """Return the day on or after which a window that ends on `end` must have been asked."""
    due = min(today, end + dt.timedelta(days=LOOK_BACK_DAYS + lag_days))
    sunday = last_sunday(today)
    if end >= sunday - dt.timedelta(days=WEEKLY_DAYS):
        due = max(due, sunday)
    return max(due, quarter_sunday(today))


def last_sunday(today: dt.date) -> dt.date:
    """Return the newest Sunday that is not after `today`."""
    return today - dt.timedelta(days=(today.weekday() + 1) % 7)


def quarter_sunday(today: dt.date) -> dt.date:
    """Return the newest first Sunday of a quarter that is not after `today`."""
    first = dt.date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    sunday = first + dt.timedelta(days=6 - first.weekday())
    return sunday if sunday <= today else quarter_sunday(first - _DAY)


def _stale(request: WindowRequest, state: SeriesState | None, holes: Holes | None, today: dt.date) -> bool:
    if state is None:
        return True
    if holes is not None and _touches(request, holes.due):
        return True
    windows = state["windows"]
    needed = "" if request.metric.grain == "list" else _needed(request, today)

    def fresh(window: Window) -> bool:
        if window["status"] in _FAILED and not (window["status"] == "permanent" and window["asked"] >= needed):
            # A failed window waits for the day its gap is due, but on the day it failed it may be tried at once.
            waits = holes is not None and _touches(request, holes.waiting)
            return waits and window["asked"] != today.isoformat()
        return window["asked"] >= needed

    known = windows.get(window_key(request))
    if request.metric.grain == "list":
        return known is None or known["status"] in _FAILED or known["asked"] < today.isoformat()
    if known is not None and known["end"] >= request.end.isoformat():
        return not fresh(known)
    return not _covered(request, {start: w for start, w in windows.items() if fresh(w)})


def _needed(request: WindowRequest, today: dt.date) -> str:
    return due_since(request.end, request.metric.lag_days, today).isoformat()


def _covered(request: WindowRequest, windows: Mapping[str, Window]) -> bool:
    """Say whether windows asked before, halved or of another cut, cover the request together."""
    reached = request.start
    for start in sorted(windows):
        if start > reached.isoformat():
            return False
        if windows[start]["end"] >= reached.isoformat():
            reached = dt.date.fromisoformat(windows[start]["end"]) + _DAY
        if reached > request.end:
            return True
    return False


def _touches(request: WindowRequest, spans: Iterable[Span]) -> bool:
    return any(start <= request.end and end >= request.start for start, end in spans)
