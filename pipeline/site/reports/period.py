"""The period that a report is about, as its queries read it: the tables `period` and `told_series` of a connection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from pipeline.catalog.reports import FOLDER, Report, address_of_period
from pipeline.store.sql import literal

_COLUMNS = "kind, name, first, last"


@dataclass(frozen=True, order=True)
class Period:
    """A day, a week or a month: its first and last day, its name (`2026-11-22`, `2026-S47`, `2026-11`), what of it."""

    first: dt.date
    last: dt.date
    kind: str
    name: str
    subject: str = ""

    @property
    def address(self) -> str:
        """Where its report is published, from the root of the site."""
        return f"{FOLDER}/{address_of_period(self.name, self.subject)}"


def whole_periods(con: duckdb.DuckDBPyConnection, report: Report) -> list[Period]:
    """Return the periods that a report can be made of, oldest first: whole, quotable, with the series it leads with."""
    lead = "AND name IN (SELECT name FROM period_figure WHERE kind = $kind AND series = $lead)" if report.series else ""
    wanted = {"kind": report.period} | ({"lead": report.series[0]} if report.series else {})
    rows = con.execute(f"SELECT {_COLUMNS} FROM report_period WHERE kind = $kind {lead} ORDER BY first", wanted)
    return [Period(first, last, kind, name, report.subject) for kind, name, first, last in rows.fetchall()]


def due(whole: Sequence[Period], published: Iterable[str]) -> list[Period]:
    """Return what a night publishes of a kind: all that became whole after the newest report, or the newest alone.

    Args:
        whole: The whole periods of a kind, oldest first.
        published: Names of its published reports.
    """
    newest = max(published, default="")
    return [period for period in whole if period.name > newest] if newest else list(whole[-1:])


def stand_on(con: duckdb.DuckDBPyConnection, report: Report, periods: Sequence[Period]) -> None:
    """Let the queries of a report read these periods and its series: temporary tables stand before the views of all."""
    rows = ", ".join(
        f"({literal(p.kind)}, {literal(p.name)}, DATE '{p.first}', DATE '{p.last}')" for p in periods
    )  # fmt: skip
    con.execute(f"CREATE OR REPLACE TEMP TABLE period AS FROM (VALUES {rows}) AS t ({_COLUMNS})")
    of_one = f"WHERE series IN ({', '.join(map(literal, report.series))})" if report.series else ""
    con.execute(f"CREATE OR REPLACE TEMP TABLE told_series AS SELECT series FROM series_info {of_one}")
