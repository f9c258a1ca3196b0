"""The period that a report is about, as its queries read it: the table `period` of a connection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from pipeline.catalog.reports import FOLDER, PeriodKind, address_of_period
from pipeline.store.sql import literal

_COLUMNS = "kind, name, first, last"


@dataclass(frozen=True, order=True)
class Period:
    """A day, a week or a month: its first and last day, and its name (`2026-11-22`, `2026-S47`, `2026-11`)."""

    first: dt.date
    last: dt.date
    kind: str
    name: str

    @property
    def address(self) -> str:
        """Where its report is published, from the root of the site."""
        return f"{FOLDER}/{address_of_period(self.name)}"


def whole_periods(con: duckdb.DuckDBPyConnection, kind: PeriodKind) -> list[Period]:
    """Return the periods of a kind that are whole and quotable, oldest first."""
    sql = f"SELECT {_COLUMNS} FROM report_period WHERE kind = ? ORDER BY first"
    return [Period(first, last, kind, name) for _, name, first, last in con.execute(sql, [kind]).fetchall()]


def due(whole: Sequence[Period], published: Iterable[str]) -> list[Period]:
    """Return what a night publishes of a kind: all that became whole after the newest report, or the newest alone.

    Args:
        whole: The whole periods of a kind, oldest first.
        published: Names of its published reports.
    """
    newest = max(published, default="")
    return [period for period in whole if period.name > newest] if newest else list(whole[-1:])


def stand_on(con: duckdb.DuckDBPyConnection, periods: Sequence[Period]) -> None:
    """Let the queries of a report read these periods: a temporary table stands before the view of the newest ones."""
    rows = ", ".join(
        f"({literal(p.kind)}, {literal(p.name)}, DATE '{p.first}', DATE '{p.last}')" for p in periods
    )  # fmt: skip
    con.execute(f"CREATE OR REPLACE TEMP TABLE period AS FROM (VALUES {rows}) AS t ({_COLUMNS})")
