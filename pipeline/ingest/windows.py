"""What a source is asked: one series over a span of days. How wide a span may be, and how asking for it ended.

Every hourly or daily window lies in one calendar month: `pydataxm` 0.3.19 asks for the wrong dates whenever a span ends
on the 1st of a month; inside one month it makes no mistake (reliability study, defect D1). SIMEM takes no more at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pipeline.catalog.schema import Metric
from pipeline.core.clock import add_months
from pipeline.core.errors import UsageError

MONTHS_PER_WINDOW = 24
Status = Literal["ok", "empty", "retry_later", "permanent", "unsent"]
"""How asking ended; `unsent`: the run ended, or the source was given up, before it was asked. It is still wanted."""
ANSWERED = frozenset({"ok", "empty"})
FAILED = frozenset({"retry_later", "permanent"})
SOURCE_DOWN = "source_down"
"""Code of what was not asked because its source was given up."""
Span = tuple[dt.date, dt.date]
"""First and last day."""
Question = tuple[str, dt.date, dt.date]
"""Series (or dataset), first and last day."""
_DAY = dt.timedelta(days=1)


def is_calendar(metric: Metric) -> bool:
    """Say whether a list grows by period, and is asked for in windows like a series."""
    return metric.grain == "list" and metric.simem is not None and not metric.simem.snapshot


def is_plain_list(metric: Metric) -> bool:
    """Say whether a metric is a list that is asked for whole: it has no windows, and no past."""
    return metric.grain == "list" and not is_calendar(metric)


@dataclass(frozen=True, slots=True)
class WindowRequest:
    """One metric of one entity kind over a span of whole days, both ends included.

    Attributes:
        shared: Other metrics that the same answer holds (a dataset of SIMEM has several).
    """

    metric: Metric
    entity: str
    start: dt.date
    end: dt.date
    shared: tuple[Metric, ...] = ()

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise _reversed("The window ends before it starts", self.metric, self.start, self.end)
        if self.entity not in self.metric.entities:
            raise UsageError(
                "The metric is not published for this entity",
                hint=f"use one of: {', '.join(self.metric.entities)}",
                metric=self.metric.id,
                entity=self.entity,
            )

    @property
    def days(self) -> int:
        """How many days it spans."""
        return (self.end - self.start).days + 1

    @property
    def key(self) -> str:
        """`Metric/Entity`."""
        return f"{self.metric.id}/{self.entity}"

    @property
    def place(self) -> str:
        """Key of the window in what is known of its series."""
        return "list" if is_plain_list(self.metric) else self.start.isoformat()

    @property
    def question(self) -> Question:
        """What the source is asked: series of one dataset of SIMEM share the question."""
        return self.metric.simem.dataset if self.metric.simem else self.key, self.start, self.end

    def series(self) -> list[WindowRequest]:
        """Return the window of each series that the answer holds, its own first."""
        others = (replace(self, metric=each, entity=each.entities[0], shared=()) for each in self.shared)
        return [replace(self, shared=()), *others] if self.shared else [self]

    def halves(self) -> tuple[WindowRequest, WindowRequest] | None:
        """Return two windows that tile this one, monthly ones cut where a month begins; None when there is no cut."""
        if self.metric.grain == "monthly":
            months = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1
            cut = add_months(self.start, (months + 1) // 2) if months > 1 else None
        else:
            whole = self.days == 1 or (self.metric.grain == "list" and self.metric.simem is None)
            cut = None if whole else self.start + dt.timedelta(days=(self.days + 1) // 2)
        return None if cut is None else (replace(self, end=cut - _DAY), replace(self, start=cut))


def asked_together(requests: Iterable[WindowRequest]) -> list[WindowRequest]:
    """Return one request per question, with the metrics that share its answer."""
    groups: dict[Question, list[WindowRequest]] = {}
    for request in requests:
        groups.setdefault(request.question, []).append(request)
    return [replace(first, shared=tuple(one.metric for one in rest)) for first, *rest in groups.values()]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the source answered to one window.

    `body` holds the bytes exactly as they came (`b""` when nothing usable arrived). Only the bodies of `ok`
    and `empty` replies are data; the body of a `permanent` one is the refusal itself.
    """

    request: WindowRequest
    body: bytes
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WindowOutcome:
    """How one window ended. The outcomes of a request tile it exactly, also after it was halved."""

    request: WindowRequest
    status: Status
    reason: str = ""
    attempts: int = 0
    size: int = 0
    """Bytes of the body."""

    @property
    def answered(self) -> bool:
        """Whether the source gave a good answer, be it that there is nothing."""
        return self.status in ANSWERED

    def series(self) -> list[WindowOutcome]:
        """Return how the window of each series ended that the answer holds."""
        return [replace(self, request=request) for request in self.request.series()]


def unblamed(outcomes: Iterable[WindowOutcome], cause: str) -> list[WindowOutcome]:
    """Return the outcomes with failures as not asked.

    A source that is down says nothing about single windows: it is told once, and they stay wanted.
    """
    why = f"{SOURCE_DOWN}: {cause}"
    return [replace(o, status="unsent", reason=why) if o.status in {"retry_later", "unsent"} else o for o in outcomes]


def down_because(outcomes: Sequence[WindowOutcome], *, answered: bool) -> str | None:
    """Return the code of what ails a source that was given up, or that failed whatever it was asked; else None.

    Args:
        outcomes: How all that was asked ended.
        answered: The source gave a good answer before, in the same run.
    """
    marks = (o.reason.partition(": ")[2] for o in outcomes if o.reason.startswith(SOURCE_DOWN))
    if (given_up := next(marks, None)) is not None:
        return given_up
    sent = [outcome for outcome in outcomes if outcome.status != "unsent"]
    failed = not answered and sent and all(outcome.status == "retry_later" for outcome in sent)
    return sent[0].reason if failed else None


@dataclass
class Holes:
    """The open gaps of one series: those to be asked again today, and those that wait for their day."""

    due: list[Span] = field(default_factory=list)
    waiting: list[Span] = field(default_factory=list)


def months(first: dt.date, last: dt.date) -> Iterator[Span]:
    """Yield the calendar months of `first`…`last`, cut to them."""
    while first <= last:
        following = add_months(first, 1)
        yield first, min(last, following - _DAY)
        first = following


def plan_windows(metric: Metric, start: dt.date, end: dt.date) -> list[Span]:
    """Cut `start`…`end` (both included) into spans the source accepts.

    Returns:
        Spans in time order that cover the request exactly and never overlap: inside one calendar month and at
        most `metric.max_days` long for hourly and daily metrics, at most 24 months for monthly ones, a single
        one for lists.

    Raises:
        UsageError: `end` lies before `start`.
    """
    if start > end:
        raise _reversed("The range ends before it starts", metric, start, end)
    if metric.grain == "list":
        return [(start, end)]
    # 24 months hold at most one leap day in any span: 731 days, XM's limit. Whole months only, so that a
    # monthly value (dated on the 1st) never falls between two windows.
    wide = max(1, min(MONTHS_PER_WINDOW, metric.max_days * 12 // 365)) if metric.grain == "monthly" else 1
    spans: list[Span] = []
    while start <= end:
        last = min(end, add_months(start, wide) - _DAY, start + dt.timedelta(days=metric.max_days - 1))
        spans.append((start, last))
        start = last + _DAY
    return spans


def plan_requests(
    metric: Metric, start: dt.date, end: dt.date, *, entities: Iterable[str] | None = None
) -> list[WindowRequest]:
    """Return the windows of every entity of `metric` over `start`…`end`."""
    spans = plan_windows(metric, start, end)
    names = metric.entities if entities is None else tuple(entities)
    return [WindowRequest(metric, entity, first, last) for entity in names for first, last in spans]


def _reversed(what: str, metric: Metric, start: dt.date, end: dt.date) -> UsageError:
    return UsageError(what, hint="give the earlier date first", metric=metric.id, start=start, end=end)
