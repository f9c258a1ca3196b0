"""Claims: the only things a text may say, computed in SQL (`pipeline/views/claims/`) and never here.

A claim has its numbers, its days and the query that gives them again. The grammar writes it; a plan says which ones are
told, in which order. Nobody, human or model, writes a figure beside it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import duckdb

from pipeline.core.errors import NarrativeError


@dataclass(frozen=True, slots=True)
class Claim:
    """One true statement; the attributes are the columns of the table `claim` (`views/claims/claim.sql`).

    Attributes:
        id: The same from day to day: `compare.demand.year`.
        kind: `value`, `comparison`, `rank`, `run`, `threshold`, `composition`, `balance`, `forecast`, `event` or
            `contrast`.
        boards: Boards whose question it helps to answer.
        subject: Headline series or entity it is about.
        scope: `país`, `embalse`, `planta` …
        figures: Named numbers [unit].
        parts: Of a composition, each part and its share [%], the greatest first.
        words: Named words; `said` is the subject with its article.
        days: Named days.
        unit: Unit of the value.
        decimals: Decimals shown.
        day: Day it is about; of a month the first.
        period: `day`, `month`, `month_past`, `month_to_date`, `next_week` …
        state: State of the value (`catalog/value_states`).
        version: Last published, or final.
        significance: How unusual × how many it touches, 0 to 1.
        metrics: Metrics behind it.
        sql: Query over the views that gives its figures.
    """

    id: str
    kind: str
    boards: tuple[str, ...]
    subject: str
    scope: str
    figures: Mapping[str, float]
    parts: Mapping[str, float]
    words: Mapping[str, str]
    days: Mapping[str, dt.date]
    unit: str
    decimals: int
    day: dt.date
    period: str
    state: str
    version: str
    significance: float
    metrics: tuple[str, ...]
    sql: str

    @property
    def span(self) -> int:
        """Days behind the value; 0 where the sentence stands on no level."""
        return int(self.figures.get("span", 0))

    def told(self) -> dict[str, object]:
        """Return the claim as plain JSON values, for hashes, the audit and whoever checks a text."""
        return {
            **{field.name: getattr(self, field.name) for field in fields(self)},
            "day": self.day.isoformat(),
            "days": {name: day.isoformat() for name, day in self.days.items() if day},
            "figures": {name: value for name, value in self.figures.items() if value is not None},
        }


def claims_hash(claims: Sequence[Claim]) -> str:
    """Return the sha256 of what the claims say, in any order; how much they weigh is part of it."""
    rows = [claim.told() for claim in sorted(claims, key=lambda claim: claim.id)]
    text = json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_claims(con: duckdb.DuckDBPyConnection, board: str = "") -> tuple[Claim, ...]:
    """Return the claims of `board`, by their id; all of them without one.

    Raises:
        NarrativeError: The warehouse has no claims.
    """
    names = [field.name for field in fields(Claim)]
    where = "WHERE list_contains(boards, ?)" if board else ""
    try:
        rows = con.execute(
            f"SELECT {', '.join(names)} FROM claim {where} ORDER BY id", [board] if board else []
        ).fetchall()
    except duckdb.CatalogException as error:
        raise NarrativeError("The warehouse has no claims", hint="run ./inv build, which makes them") from error
    return tuple(_claim(dict(zip(names, row, strict=True))) for row in rows)


def _claim(row: Mapping[str, Any]) -> Claim:
    found: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Claim(**found)
