"""What a commit changes of values that were there: old and new value; no new one where the source withdrew it."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

Key = tuple[str, str]


class PendingRevisions:
    """The revisions that a transaction has gathered, by series; they become rows of the log with its commit."""

    def __init__(self) -> None:
        self._tables: list[tuple[Key, pa.Table]] = []

    def add(self, key: Key, revisions: pa.Table) -> None:
        """Keep revisions of a series (code, ts, old, new, and version where it has them)."""
        if revisions.num_rows:
            self._tables.append((key, revisions))

    def drop(self, key: Key) -> None:
        """Forget those of a series that stays as it was."""
        self._tables = [(other, table) for other, table in self._tables if other != key]

    def table(self, seen: dt.date) -> pa.Table | None:
        """Return the rows of the log; None when nothing changed."""
        labelled = []
        for key, table in self._tables:
            metric, entity, day = (pa.repeat(pa.scalar(value), table.num_rows) for value in (*key, seen))
            named = table.add_column(0, "metric", metric).add_column(1, "entity", entity)
            labelled.append(named.append_column("seen", day))
        return pa.concat_tables(labelled, promote_options="default") if labelled else None

    def withdrawn(self, key: Key) -> pa.Table | None:
        """Return the values of a series that the source withdrew (code, ts, value); None when it withdrew none."""
        gone = [
            t.filter(pc.is_null(t["new"])).select(["code", "ts", "old"]) for other, t in self._tables if other == key
        ]
        rows = pa.concat_tables(gone).rename_columns(["code", "ts", "value"]) if gone else None
        return rows if rows and rows.num_rows else None

    def withdrawn_by_year(self) -> dict[Key, Counter[str]]:
        """Return how many values the source withdrew, by series and year (`AAAA`)."""
        found: dict[Key, Counter[str]] = {}
        for key in {key for key, _ in self._tables}:
            if (rows := self.withdrawn(key)) is not None:
                found[key] = Counter(str(year) for year in pc.year(rows["ts"]).to_pylist())
        return found
