"""Days of which a source said all that it holds: what reading finds out, and what the lake may withdraw by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class WholeAnswer:
    """Days, both ends included, of which the source said all that it holds.

    Attributes:
        empty: It named nothing at all, not even that something is not published: as a source in trouble answers.
    """

    start: dt.date
    end: dt.date
    empty: bool = False

    def has(self, day: dt.date) -> bool:
        """Say whether it is about a day."""
        return self.start <= day <= self.end

    def meets(self, first: str | None, last: str | None) -> bool:
        """Say whether it is about some day between two moments (ISO 8601); never where they are not known."""
        return bool(first and last and first[:10] <= self.end.isoformat() and last[:10] >= self.start.isoformat())


def parted(answers: Iterable[WholeAnswer], year: int) -> tuple[list[WholeAnswer], list[WholeAnswer]]:
    """Return the answers about the days before `year`, and those about the later ones; one about both is cut."""
    first = dt.date(max(year, 1), 1, 1)
    early = [replace(a, end=min(a.end, first - dt.timedelta(days=1))) for a in answers if a.start < first]
    return early, [replace(a, start=max(a.start, first)) for a in answers if a.end >= first]
