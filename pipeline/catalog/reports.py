"""Reports: pages of a day, a week or a month that never change once published, as YAML over SQL.

A report is a page about the data whose queries read the table `period`: one row, the period it is about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from pipeline.catalog.data_pages import DataPage
from pipeline.catalog.fields import Declaration

PeriodKind = Literal["daily", "weekly", "monthly"]
#: What the templates of reports may name besides columns and facts.
SHARED_BY_REPORTS = frozenset({"published", "manifest", "past", "address"})
#: Where reports are published.
FOLDER = "informes"


class Report(DataPage):
    """One kind of report.

    Attributes:
        period: What one is about.
        subject: Of one subject, the last folder of its address: `2026/11/hidrologia`; empty of the whole system.
        series: Headline series that it tells in numbers (`told_series` in its queries), first the one without which
            there is no report; all by default.
        sections: Which blocks it has, in their order, where it is `like` another with more; all by default.
        name: Template of its title.
        figures: Query of what it says in numbers, and is looked at again every night: a row for each with `period`,
            `series`, `label`, `value`, `unit`, `decimals`, `measure`, `quality` and `version`, for every row of the
            table `period`.
    """

    period: PeriodKind
    subject: Annotated[str, Field(pattern=r"^([a-z]+(-[a-z]+)*)?$")] = ""
    series: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    name: str = Field(min_length=1)
    figures: str = Field(min_length=1)

    @property
    def edition(self) -> str:
        """What its published reports are kept under: `daily`, `monthly`, `monthly-hidrologia`."""
        return "-".join(filter(None, [self.period, self.subject]))

    def queries(self) -> list[tuple[str, str]]:
        """Return every query with the place it has in the file."""
        return [*super().queries(), ("figures", self.figures)]

    def sentences(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield every template with the place it has in the file and the queries whose columns it may name."""
        yield from super().sentences()
        yield "name", self.name, ()


class ReportNote(Declaration):
    """A correction of a published report, or another word on it: it stands above the report, which stays as it is.

    Attributes:
        id: Its name.
        address: Of the report, from the root of the site, without the folder of reports (`2026/11/22`).
        day: When it was written.
        text: What it says.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    address: Annotated[str, Field(pattern=r"^\d{4}(-S\d\d|/\d\d(/\d\d)?)(/[a-z-]+)?$")]
    day: dt.date
    text: str = Field(min_length=10)


def address_of_period(name: str, subject: str = "") -> str:
    """Return the address of a report below its folder: a week keeps its name, days, months and subjects are folders."""
    return "/".join(filter(None, [name if "S" in name else name.replace("-", "/"), subject]))
