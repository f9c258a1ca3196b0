"""What was revised since a report was published: its frozen figures against those of today's lake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.catalog.reports import Report
from pipeline.core import spanish
from pipeline.site.context import SiteContext
from pipeline.site.reports.freeze import figure_records
from pipeline.site.reports.period import Period, stand_on
from pipeline.store.report_archive import FrozenReport

Figure = Mapping[str, Any]


@dataclass(frozen=True)
class Revised:
    """A figure that is not what it was.

    Attributes:
        label: What it is.
        was: As the report says it.
        now: As the portal says it today; empty where it may not be quoted any more.
        version: Settlement version of today's, where it has one.
    """

    label: str
    was: str
    now: str
    version: str


def revised(site: SiteContext, report: Report, frozen: Sequence[FrozenReport]) -> dict[str, tuple[Revised, ...]]:
    """Return what was revised since, by address; all reports of a kind are asked at once.

    Args:
        site: Shared context.
        report: The declaration of their kind.
        frozen: Published reports of that kind.
    """
    if not frozen:
        return {}
    stand_on(site.con, report, [Period(each.first, each.last, report.period, each.name) for each in frozen])
    rows = site.query(report.figures)
    today = {str(name): figure_records(found) for name, found in rows.groupby("period", sort=False)}
    return {each.address: compared(each.told["figures"], today.get(each.name, [])) for each in frozen}


def compared(then: Sequence[Figure], now: Sequence[Figure]) -> tuple[Revised, ...]:
    """Return the figures of a report that are written otherwise today, in its order; what came since is no revision."""
    known = {str(figure["series"]): figure for figure in now}
    return tuple(
        Revised(str(figure["label"]), _written(figure), _written(other), str(other.get("version", "")) if other else "")
        for figure in then
        if _written(figure) != _written(other := known.get(str(figure["series"])))
    )


def _written(figure: Figure | None) -> str:
    return spanish.quantity(float(figure["value"]), str(figure["unit"]), int(figure["decimals"])) if figure else ""
