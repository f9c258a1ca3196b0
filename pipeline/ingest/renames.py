"""Codes that look renamed: one goes out, another comes in, and they say the same. Told with evidence, never applied.

Two things point to it. The source withdrew the values of one code and gave the same, or nearly, to a code that was not
there before; or one code ends where a new one begins, at the same level. What is proposed depends on the lake and on
what changed in it that night, so that a replay proposes the same. A person declares it in `catalog/aliases.yml`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Alias, Metric
from pipeline.store.lake import Transaction

TABLE = ("_renames", "log")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("metric", "entity", "old", "new")),
        *((name, pa.date32()) for name in ("until", "since")),
        *((name, pa.int64()) for name in ("compared", "alike")),
        *((name, pa.float64()) for name in ("level_old", "level_new")),
        ("first_seen", pa.date32()),
    ]
)
"""Last day of the old code, first day of the new one; values of the same hour compared, and those nearly equal; mean of
a day before and after [stored unit]. What there is no evidence of is null."""
NEAR = 0.01  # of a value: within it two are nearly equal
ALIKE = 0.9  # of the values compared
LEAST_DAYS = 3  # that share values
PAUSE = 3  # days between the end of one code and the beginning of the other, at most
LEVEL_DAYS = 7  # on either side
LEVEL = 0.15  # of the old level: within it the new one continues it
WATCHED = 45  # days for which a proposal is looked at again
_RECENT_DAYS = 120  # whose values are compared
_DAY = dt.timedelta(days=1)
Row = dict[str, Any]


def note_renames(transaction: Transaction, catalog: Catalog, today: dt.date) -> list[Row]:
    """Bring the table of proposals up to date with what changed in the series; return it."""
    known = transaction.read(*TABLE)
    rows: dict[tuple[object, ...], Row] = {_key(row): row for row in (known.to_pylist() if known.num_rows else ())}
    watched = {(r["metric"], r["entity"]) for r in rows.values() if today - r["first_seen"] <= WATCHED * _DAY}
    for name, entity in sorted(transaction.touched()):
        metric = catalog.metrics.get(name)
        fresh = transaction.fresh_codes(name, entity)
        if metric is None or metric.grain == "list" or not (fresh or (name, entity) in watched):
            continue
        pairs = {(row["old"], row["new"]) for key, row in rows.items() if key[:2] == (name, entity)}
        found = {_key(row): row for row in _proposals(transaction, metric, entity, fresh, pairs)}
        for key in [key for key in rows if key[:2] == (name, entity) and key not in found]:
            if rows[key]["compared"] is None:  # it ended and began elsewhere than it seemed
                del rows[key]
        for key, row in found.items():
            before = rows.get(key, {"first_seen": today, "compared": None, "alike": None})
            kept = {} if row["compared"] is not None else {name: before[name] for name in ("compared", "alike")}
            rows[key] = row | kept | {"first_seen": before["first_seen"]}
    if rows or known.num_rows:
        told = [rows[key] for key in sorted(rows, key=str)]
        transaction.put_table(*TABLE, pa.Table.from_pylist(told, schema=SCHEMA))
    return list(rows.values())


def undeclared(rows: Iterable[Row], aliases: Iterable[Alias]) -> list[Row]:
    """Return the proposals that no declaration answers."""
    declared = {(alias.entity, alias.old, alias.new) for alias in aliases}
    return [row for row in rows if (row["entity"], row["old"], row["new"]) not in declared]


def told(rows: Iterable[Row]) -> list[str]:
    """Return one line a pair of codes: what points to a rename, by metric, and the entry that would declare it."""
    pairs: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        pairs.setdefault((row["entity"], row["old"], row["new"]), []).append(row)
    lines = []
    for (entity, old, new), group in sorted(pairs.items(), key=str):
        since = min(str(row["since"]) for row in group)
        evidence = "; ".join(f"{row['metric']} {_evidence(row)}" for row in group)
        name = "-".join(f"{entity} {old} {new}".lower().split())
        entry = (
            f'- {{id: {name}, entity: {entity}, old: "{old}", new: "{new}", since: {since}, text: "…", source: "…"}}'
        )
        lines.append(f"{entity} {old} → {new}: {evidence}. For catalog/aliases.yml: {entry}")
    return lines


def _evidence(row: Row) -> str:
    if row["compared"] is not None:
        return f"{row['alike']} of {row['compared']} withdrawn values are the new code's"
    return f"ends {row['until']} at {row['level_old']:.6g}, begins {row['since']} at {row['level_new']:.6g}"


def _proposals(
    transaction: Transaction, metric: Metric, entity: str, fresh: frozenset[str], known: Collection[tuple[str, str]]
) -> list[Row]:
    """Return what looks like a rename in a series: pairs in which neither code has another partner.

    Args:
        transaction: With the changes of the night.
        metric: Declaration of the series.
        entity: Its entity kind.
        fresh: Codes that came tonight and were not there before.
        known: Pairs that were proposed before: whether the new code is new was looked at then.
    """
    rows = _frame(transaction.read(metric.id, entity, _RECENT_DAYS))
    if rows.empty:
        return []
    gone = _frame(transaction.revisions.withdrawn((metric.id, entity)))
    pairs = {(row["old"], row["new"]): row for row in _continued(rows, metric)}
    for row in _alike(gone, rows, fresh):
        pairs[row["old"], row["new"]] = pairs.get((row["old"], row["new"]), {}) | row
    found = [row for pair, row in pairs.items() if pair in known or not _knew(transaction, metric, entity, row)]
    sides = [code for row in found for code in (("old", row["old"]), ("new", row["new"]))]
    empty = dict.fromkeys(SCHEMA.names) | {"metric": metric.id, "entity": entity}
    alone = [row for row in found if sides.count(("old", row["old"])) == sides.count(("new", row["new"])) == 1]
    return [empty | row for row in alone]


def _alike(gone: pd.DataFrame, rows: pd.DataFrame, fresh: frozenset[str]) -> list[Row]:
    """Return the pairs of a code whose values went and a new one that has the same ones at the same hours."""
    if gone.empty or not fresh:
        return []
    both = gone.merge(rows[rows["code"].isin(fresh)], on="ts", suffixes=("_old", "_new"))
    both = both[(both["code_old"] != both["code_new"]) & (both["value_old"] != 0)]
    found: list[Row] = []
    for (old, new), pair in both.groupby(["code_old", "code_new"], sort=True):
        near = (pair["value_old"] - pair["value_new"]).abs() <= NEAR * pair["value_old"].abs()
        if near.mean() >= ALIKE and pair["ts"].dt.normalize().nunique() >= LEAST_DAYS:
            left, first = rows.loc[rows["code"] == old, "ts"], rows.loc[rows["code"] == new, "ts"].min()
            until = None if left.empty else left.max().date()
            counted = {"compared": len(pair), "alike": int(near.sum())}
            found.append({"old": old, "new": new, "until": until, "since": first.date(), **counted})
    return found


def _continued(rows: pd.DataFrame, metric: Metric) -> list[Row]:
    """Return the pairs of a code that ends and one that begins within some days, at the same level."""
    days = rows.assign(day=rows["ts"].dt.normalize())
    daily = days.groupby(["code", "day"], sort=True)["value"].agg("sum" if metric.kind == "flow" else "mean")
    span = daily.reset_index().groupby("code")["day"].agg(["min", "max"])
    begun = span[span["min"] > days["day"].min() + pd.Timedelta(days=PAUSE)]
    ended = span[span["max"] < days["day"].max()]
    found: list[Row] = []
    for new, first in begun["min"].items():
        for old, last in ended["max"].items():
            if not 0 < (first - last).days <= PAUSE or old == new:
                continue
            before = daily[old].iloc[-LEVEL_DAYS:].mean()
            after = daily[new].iloc[:LEVEL_DAYS].mean()
            if before and abs(after - before) <= LEVEL * abs(before):
                ends: Row = {"until": last.date(), "since": first.date()}
                found.append({"old": old, "new": new, **ends, "level_old": before, "level_new": after})
    return found


def _knew(transaction: Transaction, metric: Metric, entity: str, row: Row) -> bool:
    """Say whether the new code had values long before: then it is no new one."""
    rows = _frame(transaction.read(metric.id, entity))
    return bool(rows.loc[rows["code"] == row["new"], "ts"].min().date() < row["since"])


def _frame(table: pa.Table | None) -> pd.DataFrame:
    columns = ["code", "ts", "value"]
    if table is None or not table.num_rows:
        return pd.DataFrame({"code": [], "ts": np.array([], "datetime64[ms]"), "value": []})
    frame: pd.DataFrame = table.select(columns).to_pandas()
    return frame


def _key(row: Row) -> tuple[object, ...]:
    return row["metric"], row["entity"], row["old"], row["new"]
