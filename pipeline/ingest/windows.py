"""Windows to ask a source for, its replies, and how asking for each ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, Self, TypeVar

from pipeline.catalog.schema import Metric
from pipeline.core.errors import UsageError

Status = Literal["ok", "empty", "retry_later", "permanent", "unsent"]
"""How asking ended; `unsent`: the run ended, or the source was given up, before it was asked. It is still wanted."""
OnProgress = Callable[[int, int], None]


class Splittable(Protocol):
    """A question about a span of days that can be asked in two parts."""

    @property
    def start(self) -> dt.date:
        """First day."""
        ...

    @property
    def end(self) -> dt.date:
        """Last day, included."""
        ...

    @property
    def key(self) -> str:
        """Name of what is asked, without the dates; limits learned for it are kept under this name."""
        ...

    def halves(self) -> tuple[Self, Self] | None:
        """Return two requests that tile this one, or None when it is as small as it can be."""
        ...


RequestT = TypeVar("RequestT", bound=Splittable)


@dataclass(frozen=True, slots=True)
class WindowRequest:
    """One metric of one entity kind over a span of whole days, both ends included."""

    metric: Metric
    entity: str
    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise UsageError(
                "The window ends before it starts",
                hint="give the earlier date first",
                metric=self.metric.id,
                start=self.start,
                end=self.end,
            )
        if self.entity not in self.metric.entities:
            raise UsageError(
                "The metric is not published for this entity",
                hint=f"use one of: {', '.join(self.metric.entities)}",
                metric=self.metric.id,
                entity=self.entity,
            )

    @property
    def key(self) -> str:
        """`Metric/Entity`."""
        return f"{self.metric.id}/{self.entity}"

    def halves(self) -> tuple[WindowRequest, WindowRequest] | None:
        """Return two windows that tile this one; monthly windows are cut where a month begins."""
        cut = None
        if self.metric.grain == "monthly":
            cut = _middle_month(self.start, self.end)
        elif self.metric.grain != "list":
            cut = middle_day(self.start, self.end)
        if cut is None:
            return None
        return (
            WindowRequest(self.metric, self.entity, self.start, cut - dt.timedelta(days=1)),
            WindowRequest(self.metric, self.entity, cut, self.end),
        )


def middle_day(start: dt.date, end: dt.date) -> dt.date | None:
    """Return the first day of the second half of `start`…`end`, or None for a single day."""
    days = (end - start).days + 1
    return start + dt.timedelta(days=(days + 1) // 2) if days > 1 else None


def _middle_month(start: dt.date, end: dt.date) -> dt.date | None:
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if months == 1:
        return None
    index = start.year * 12 + start.month - 1 + (months + 1) // 2
    return dt.date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class Reply(Generic[RequestT]):
    """What the source answered to one window.

    `body` holds the bytes exactly as they came (`b""` when nothing usable arrived). Only the bodies of `ok`
    and `empty` replies are data; the body of a `permanent` one is the refusal itself.
    """

    request: RequestT
    body: bytes
    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WindowOutcome(Generic[RequestT]):
    """How one window ended. The outcomes of a request tile it exactly, also after it was halved."""

    request: RequestT
    status: Status
    reason: str
    attempts: int
    size: int
    """Bytes of the body."""


EmptyReason = Literal["not_yet", "gap", "legitimate"]


def explain_empty(request: WindowRequest, today: dt.date) -> EmptyReason:
    """Say why a window came back without data.

    Args:
        request: The window that was answered with no items.
        today: The day of the run [Bogotá].

    Returns:
        `legitimate` when absence is normal (sparse metric, or outside its life), `not_yet` when XM has not
        had time to publish, `gap` when data should be there and the window must be asked again later.
    """
    metric = request.metric
    start = max(request.start, metric.starts or request.start)
    end = min(request.end, metric.ends or request.end)
    if metric.sparse or start > end:
        return "legitimate"
    # A month is published as a whole, dated on its first day, once it has ended.
    due = _month_end(start) if metric.grain == "monthly" else start
    return "not_yet" if due + dt.timedelta(days=metric.lag_days) >= today else "gap"


def _month_end(day: dt.date) -> dt.date:
    index = day.year * 12 + day.month
    return dt.date(index // 12, index % 12 + 1, 1) - dt.timedelta(days=1)
