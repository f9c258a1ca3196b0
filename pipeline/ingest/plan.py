"""Which windows to ask tonight, in the order in which readers miss them, and in which rounds.

First the lists and the weeks that are new or that XM may still revise (45 days), then the two years that the boards
show, then the sweeps (13 months once a week, everything once a quarter, as a share of the night), then the past, newest
year first. What does not fit tonight is due tomorrow: nobody keeps a queue, the states of the windows say what is left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from pipeline.catalog.schema import Metric
from pipeline.core.clock import add_months
from pipeline.core.run import RunInfo
from pipeline.ingest.job import SourceJob
from pipeline.ingest.states import Progress, SeriesMemory, Window
from pipeline.ingest.windows import (
    FAILED,
    Holes,
    Question,
    Span,
    WindowRequest,
    is_calendar,
    is_plain_list,
    months,
    plan_requests,
)

LOOK_BACK_DAYS = 45
CALENDAR_DAYS = 400  # the versions of a period come out for a year
BOARD_DAYS = 731
SNAPSHOT_DAYS = 7  # within which a list that is republished every day has come out
WEEK, QUARTER = 7, 91  # [days] between two sweeps of a window: of the last 13 months, of what is older
WEEKLY_DAYS = 396  # 13 months
SWEEP_SHARE = 0.25
"""What sweeps may take of a night: 13 months of every series in two nights, all 26 years within a quarter."""
ROUND = 3000
"""Windows of a round: 25 minutes at two a second, what a kill may cost; 400 days of all series are one."""
_DAY = dt.timedelta(days=1)


class Tier(IntEnum):
    """What a window is asked for, the most missed first."""

    FRESH = 0
    BOARDS = 1
    SWEEP = 2
    PAST = 3


@dataclass(frozen=True, slots=True)
class Due:
    """A window to be asked.

    Attributes:
        asked: It was asked before; what was not, goes first.
        overdue: Of a sweep: days since it was asked, over the days between two sweeps.
    """

    request: WindowRequest
    tier: Tier
    asked: bool = False
    overdue: float = 0.0


def wanted_windows(metric: Metric, run: RunInfo) -> list[WindowRequest]:
    """Return every window of a metric that is wanted, known or not, oldest first within a series."""
    start = max(run.since, metric.starts or run.since)
    end = min(run.today, metric.ends or run.today)
    if metric.grain == "list":
        if not is_calendar(metric):  # the whole of it; of one that is republished every day, the last days
            back = metric.lag_days + SNAPSHOT_DAYS if metric.simem else 0
            start, end = run.today - dt.timedelta(days=back), run.today
        return [WindowRequest(metric, entity, *span) for entity in metric.entities for span in months(start, end)]
    return plan_requests(metric, start, end) if start <= end else []


def probe_windows(metric: Metric, run: RunInfo) -> list[WindowRequest]:
    """Return the windows that tell whether a series goes on past its declared end: a whole month, another each month.

    It is the newest month that the source should have published by now, had the series not ended.
    """
    month = add_months((run.today - dt.timedelta(days=metric.lag_days)).replace(day=1), -1)
    if metric.ends is None or metric.ends >= month or metric.grain == "list":
        return []
    return plan_requests(metric, month, add_months(month, 1) - _DAY)


def due(
    metrics: Iterable[Metric],
    run: RunInfo,
    states: Mapping[str, SeriesMemory],
    *,
    full: bool = False,
    holes: Mapping[tuple[str, str], Holes] | None = None,
) -> list[Due]:
    """Return the windows to be asked: never asked, failed, young enough to change, or due for a sweep.

    Args:
        metrics: What is wanted.
        run: The day of the run, and since when.
        states: What was asked before, and how it ended.
        full: Every window, known or not.
        holes: Open gaps by (metric, entity).
    """
    gaps = holes or {}
    found = []
    for metric in metrics:
        for request in wanted_windows(metric, run):
            state = states.get(request.key)
            windows = state["windows"] if state else {}
            one = _due(request, windows, gaps.get((metric.id, request.entity)) or Holes(), run.today)
            if one is None and full:
                one = Due(request, _place(request, run.today), asked=True)
            if one is not None:
                found.append(one)
        for request in probe_windows(metric, run):
            known = _tiles(request, states[request.key]["windows"] if request.key in states else {})
            if known is None or any(window["status"] == "retry_later" for window in known):
                found.append(Due(request, Tier.FRESH, asked=known is not None))
    return found


def rounds(found: Sequence[Due], budget: int | None = None) -> list[list[WindowRequest]]:
    """Return what is asked tonight, cut into rounds; one round when it is little.

    Within a round the windows stand in the order of `found`, series by series, so that each series can be merged as
    soon as it has come. A pure function: the same windows and budget give the same night.

    Args:
        found: What is due.
        budget: Questions that may be asked; None: all, and sweeps are not kept to their share.
    """
    questions: dict[Question, list[Due]] = {}
    place: dict[Question, int] = {}
    for one in found:
        place.setdefault(one.request.question, len(place))
        questions.setdefault(one.request.question, []).append(one)
    first = {key: min(group, key=lambda d: (d.tier, d.asked, -d.overdue)) for key, group in questions.items()}
    left = len(first) if budget is None else budget
    chosen: list[list[Question]] = []
    for tier in Tier:
        ranked = sorted((key for key, one in first.items() if one.tier is tier), key=_ranking(first, place))
        room = left if tier is not Tier.SWEEP or budget is None else min(left, int(budget * SWEEP_SHARE))
        chosen.append(ranked[:room])
        left -= len(chosen[-1])
    total = [key for keys in chosen for key in keys]
    if len(total) <= ROUND:
        chosen = [total]
    cuts = [keys[start : start + ROUND] for keys in chosen for start in range(0, len(keys), ROUND)]
    return [
        [one.request for key in sorted(cut, key=place.__getitem__) for one in questions[key]] for cut in cuts if cut
    ]


def _ranking(first: Mapping[Question, Due], place: Mapping[Question, int]) -> Callable[[Question], tuple[object, ...]]:
    """Return the order within a tier: never asked, the most overdue, the newest; of the past whole years."""

    def rank(key: Question) -> tuple[object, ...]:
        one = first[key]
        if one.tier is Tier.PAST:
            return one.asked, -key[2].year, place[key]
        return one.asked, -one.overdue, -key[2].toordinal(), place[key]

    return rank


def progress(metrics: Iterable[Metric], run: RunInfo, states: Mapping[str, SeriesMemory]) -> tuple[Progress, set[str]]:
    """Return how much of what is wanted was ever asked, and the series (`Metric/Entity`) that lack some of it."""
    wanted = asked = 0
    newest_missing = None
    pending: set[str] = set()
    for metric in metrics:
        if is_plain_list(metric):  # it has no past to complete
            keys = (f"{metric.id}/{entity}" for entity in metric.entities)
            pending |= {key for key in keys if key not in states or not states[key]["windows"]}
            continue
        for request in wanted_windows(metric, run):
            wanted += 1
            state = states.get(request.key)
            young = _place(request, run.today) is Tier.FRESH  # its newest day is another one every night
            told = replace(request, end=request.start) if young else request
            if state and _tiles(told, state["windows"]):
                asked += 1
                continue
            pending.add(request.key)
            newest_missing = max(newest_missing or request.end, request.end)
    reached = run.since if newest_missing is None else newest_missing + _DAY
    return Progress(wanted, asked, reached.isoformat() if reached <= run.today else ""), pending


def agenda(job: SourceJob, metrics: Iterable[Metric]) -> list[list[WindowRequest]]:
    """Return the windows of `metrics` that an job asks tonight, round by round."""
    found = due(metrics, job.run, job.states, full=job.full, holes=job.holes)
    if job.no_room:
        found = [one for one in found if one.asked or one.tier is not Tier.PAST]
    return rounds(found, None if job.full else job.settings.requests)


def without_past(agenda: Iterable[Sequence[WindowRequest]], today: dt.date) -> list[list[WindowRequest]]:
    """Return the rounds that are left of a night when the host has no room for more of the past."""
    kept = [[request for request in asked if _place(request, today) is not Tier.PAST] for asked in agenda]
    return [asked for asked in kept if asked]


def _place(request: WindowRequest, today: dt.date) -> Tier:
    """Return the tier of a window by its age."""
    if request.end >= today - dt.timedelta(days=_look_back(request.metric)):
        return Tier.FRESH
    return Tier.BOARDS if request.end >= today - dt.timedelta(days=BOARD_DAYS) else Tier.PAST


def _look_back(metric: Metric) -> int:
    """Return for how long after its end a window may still change [days]."""
    return (CALENDAR_DAYS if is_calendar(metric) else LOOK_BACK_DAYS) + metric.lag_days


def _due(request: WindowRequest, windows: Mapping[str, Window], holes: Holes, today: dt.date) -> Due | None:
    if is_plain_list(request.metric):
        known = windows.get(request.place)
        stale = known is None or known["status"] in FAILED or known["asked"] < today.isoformat()
        return Due(request, Tier.FRESH, asked=known is not None) if stale else None
    place = _place(request, today)
    if not _tiles(request, windows):
        return Due(request, place)
    waits = _touches(request, holes.waiting)

    def asked_by(day: dt.date | None) -> bool:
        """Say whether the window was asked on `day` or later (None: ever) with an answer, or need not be."""
        needed = day.isoformat() if day else ""

        def counts(window: Window) -> bool:
            # A failed window waits for the day its gap is due, but on the day it failed it may be tried at once.
            if window["status"] in FAILED and waits and window["asked"] != today.isoformat():
                return True
            return window["status"] != "retry_later" and window["asked"] >= needed

        return _tiles(request, windows, counts) is not None

    if _touches(request, holes.due) or not asked_by(None):
        return Due(request, place, asked=True)
    if not asked_by(min(today, request.end + dt.timedelta(days=_look_back(request.metric)))):
        return Due(request, Tier.FRESH, asked=True)
    period = WEEK if request.end >= today - dt.timedelta(days=WEEKLY_DAYS) else QUARTER
    if asked_by(today - dt.timedelta(days=period - 1)):
        return None
    oldest = min(window["asked"] for window in _tiles(request, windows) or ())
    return Due(request, Tier.SWEEP, asked=True, overdue=(today - dt.date.fromisoformat(oldest)).days / period)


def _always(_window: Window) -> bool:
    return True


def _tiles(
    request: WindowRequest, windows: Mapping[str, Window], counts: Callable[[Window], bool] = _always
) -> list[Window] | None:
    """Return windows asked before, halved or of another cut, that cover the request together; None where none do."""
    found: list[Window] = []
    reached = request.start
    while (window := windows.get(reached.isoformat())) is not None and counts(window):
        found.append(window)
        reached = dt.date.fromisoformat(window["end"]) + _DAY
        if reached > request.end:
            return found
    reached, found = request.start, []
    for start in sorted(key for key in windows if counts(windows[key])):
        if start > reached.isoformat():
            return None
        if windows[start]["end"] >= reached.isoformat():
            found.append(windows[start])
            reached = dt.date.fromisoformat(windows[start]["end"]) + _DAY
        if reached > request.end:
            return found
    return None


def _touches(request: WindowRequest, spans: Iterable[Span]) -> bool:
    return any(start <= request.end and end >= request.start for start, end in spans)
