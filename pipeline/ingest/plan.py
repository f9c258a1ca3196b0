"""Which windows to ask now: those never asked, those that failed, and those young enough to change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from pipeline.catalog.schema import Metric
from pipeline.core.run import RunInfo
from pipeline.extract.contract import WindowRequest
from pipeline.extract.windows import plan_requests
from pipeline.ingest.contract import SeriesState
from pipeline.ingest.states import window_key

LOOK_BACK_DAYS = 45  # XM revises settled values for weeks: younger windows are asked again each day


def wanted(
    metric: Metric, run: RunInfo, states: Mapping[str, SeriesState], *, full: bool = False
) -> list[WindowRequest]:
    """Return the windows of `metric` to be asked now: unknown, failed, or young enough to change."""
    if metric.grain == "list":
        plan = [WindowRequest(metric, entity, run.today, run.today) for entity in metric.entities]
    else:
        start = max(run.since, metric.starts or run.since)
        end = min(run.today, metric.ends or run.today)
        plan = plan_requests(metric, start, end) if start <= end else []
    return [r for r in plan if full or _stale(r, states, run.today)]


def _stale(request: WindowRequest, states: Mapping[str, SeriesState], today: dt.date) -> bool:
    state = states.get(request.key)
    known = state["windows"].get(window_key(request)) if state else None
    if known is None or known["status"] == "retry_later" or known["end"] < request.end.isoformat():
        return True
    settled = request.end + dt.timedelta(days=LOOK_BACK_DAYS + request.metric.lag_days)
    return known["asked"] < min(today, settled).isoformat()
