"""A model behind the assistant that lies: two hundred scripted replies, and no false figure is shown.

Replies have figures of their own, SQL, series and days that are none, beside some that are right. What is shown has to
be given again by the query that stands under it, and nothing that the model wrote may stand in an answer.
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import duckdb

from tests.bench.assistant_asked import ask
from tests.narrate.claim_queries import console

REPLIES: Final = 200
_SEED: Final = 14
_MARK: Final = "MENTIRA-987654"
_KINDS: Final = (
    "value",
    "value",
    "total",
    "high",
    "low",
    "compare",
    "forecast",
    "total",
    "mean",
    "high",
    "low",
    "compare",
    "versus",
    "forecast",
    "state",
    "definition",
    "sql",
    "rank",
)
_NEAR: Final = 1e-4
_ROUNDED: Final = 1e-3  # files by month have three decimals more than are shown


def replies(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return what the model writes, the same every time."""
    luck = random.Random(_SEED)
    known = [row[0] for row in con.execute("SELECT series FROM series_info ORDER BY ordinal").fetchall()]
    row = con.execute("SELECT today FROM run_info").fetchone()
    assert row
    return [_reply(luck, known, row[0]) for _ in range(REPLIES)]


def _reply(luck: random.Random, known: list[str], today: dt.date) -> str:
    days = [
        (today - dt.timedelta(days=luck.choice([2, 5, 9, 30, 60, 90, 200, -1, -9, -400]))).isoformat() for _ in range(4)
    ]
    spans = [*sorted(days[:2]), *sorted(days[2:])]
    if luck.random() < 0.2:
        spans[luck.randrange(4)] = luck.choice(["2026-13-40", "2026-02-30", "ayer", _MARK])
    told: dict[str, object] = {
        "kind": luck.choice(_KINDS), "series": luck.choice([*known, "ecopetrol", _MARK]),
        "value": 987654.321, "text": _MARK, "answer": f"La demanda fue {_MARK} GWh", "sql": f"SELECT '{_MARK}'",
        "unit": _MARK, "term": luck.choice(["Precio de escasez", _MARK]),
        "basis": luck.choice(["week", "year", "last", _MARK]),
        "named": {"code": _MARK}, "page": {"path": f"https://{_MARK}.example/"}, "notes": [_MARK],
    }  # fmt: skip
    if luck.random() < 0.8:
        told |= dict(zip(("from", "to", "other_from", "other_to"), spans, strict=True))
    return luck.choice(
        [json.dumps(told)] * 12 + [_MARK, json.dumps([told]), json.dumps(_MARK), "null", json.dumps(told)[:-9]]
    )


def false_figures(con: duckdb.DuckDBPyConnection, site: Path) -> tuple[int, list[str]]:
    """Return how many figures were shown, and what was wrong with any answer.

    Args:
        con: Open warehouse of the site.
        site: Folder of the site.
    """
    row = con.execute("SELECT today FROM run_info").fetchone()
    assert row
    own = console(site)
    written = replies(con)
    answers = ask(site, row[0], [{"reply": reply} for reply in written])
    faults = [f"{reply}: {fault}" for reply, told in zip(written, answers, strict=True) for fault in _faults(own, told)]
    return sum(bool(told["figures"]) for told in answers), faults


def _faults(own: duckdb.DuckDBPyConnection, told: dict[str, Any]) -> Iterator[str]:
    if _MARK in json.dumps(told):
        yield "words of the model are shown"
    if told["figures"] and not given(own, told["sql"], told["figures"][0]["value"]):
        yield f"{told['figures'][0]} is not what its query gives"


def given(con: duckdb.DuckDBPyConnection, sql: str, figure: float) -> bool:
    """Return whether a query has a figure, in one of its rows or as the sum or the mean of them."""
    found = con.execute(sql)
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    column = next(name for name in ("cambio", "pronostico", "valor") if name in names)
    values = [float(row[column]) for row in rows if row[column] is not None]
    told = [*values, sum(values), sum(values) / max(1, len(values))]
    return any(abs(value - figure) <= max(_ROUNDED, _NEAR * abs(value)) for value in told)
