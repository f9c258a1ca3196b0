"""The forecasts of every night, in the lake and in the tables of the warehouse.

Vintages are appended and never rewritten. All else that follows from a series (scores, policy, effects, misses) is
replaced when the series is run again, and stays when it is not. What each series was made from is kept beside its
rows, in the same commit: a lake that is restored, or left as it was, knows what it holds. So is the chain of what was
published (`forecast_chain`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.forecast_frames import FORECAST_TABLES, VALUE, ForecastRows, no_rows
from pipeline.core.run import RunInfo
from pipeline.store.forecast_chain import CHAIN, WHOLE, chained
from pipeline.store.lake import Lake, Manifest
from pipeline.store.sql import literal

_KEY = "_forecast_key"
_TEXTS = ("series", "model", "run_kind", "scenario")
_STAMP = pa.timestamp("ms")
_ARROW = {
    "VARCHAR": pa.string(), "DATE": pa.date32(), "INTEGER": pa.int32(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(),
    "TIMESTAMP": _STAMP,
}  # fmt: skip


class ForecastLog:
    """What earlier nights left in the lake, and where tonight's forecasts go.

    Args:
        lake: The lake; its state of now is what is read.
    """

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.manifest = lake.manifest()

    def keys(self, key: str) -> dict[str, str]:
        """Return what the rows under a key of the lake were made from, by series."""
        table = self.lake.read(_KEY, key, self.manifest)
        return dict(zip(table["series"].to_pylist(), table["key"].to_pylist(), strict=True)) if table.num_rows else {}

    def vintages(self, keys: Sequence[str], first: Mapping[str, dt.date]) -> pd.DataFrame:
        """Return the forecasts of earlier nights from some origins on, columns of ``forecast_value``.

        Night four hundred reads no more than the nights before it did.

        Args:
            keys: Of `daily`, `hourly` and `agents`.
            first: The oldest origin wanted, by kind of run (`backtest`, `live`).
        """
        found = []
        for part in (part for key in keys for part in self.manifest.of(f"_{VALUE}", key)):
            # Parts of a log end on the day their last row was issued, which no origin is after.
            if part.max_ts and part.max_ts[:10] < min(first.values()).isoformat():
                continue
            rows = self.lake.rows(part)
            young = [
                pc.and_(pc.equal(rows["run_kind"], kind), pc.greater_equal(rows["origin"], pa.scalar(day, pa.date32())))
                for kind, day in first.items()
            ]
            rows = rows.filter(pc.or_(*young))
            found.append(rows.set_column(rows.column_names.index("target"), "target", rows["target"].cast(_STAMP)))
        if not any(rows.num_rows for rows in found):
            return no_rows(VALUE)
        table = pa.concat_tables(found, promote_options="default")
        columns: dict[str, pa.ChunkedArray] = {}
        for name in FORECAST_TABLES[VALUE]:
            # Of a release before, a column may be absent. Texts are a few words, millions of times.
            column = (
                table[name] if name in table.column_names else pa.chunked_array([pa.nulls(len(table), pa.string())])
            )
            columns[name] = pc.fill_null(column, "").dictionary_encode() if name in _TEXTS else column
        frame: pd.DataFrame = pa.table(columns).unify_dictionaries().to_pandas(date_as_object=False)
        return frame

    def keep(self, changes: Mapping[str, ForecastRows], run: RunInfo) -> None:
        """Commit what a night changes, by key of the lake; nothing where nothing changes.

        Raises:
            StoreError: The lake refuses; nothing is changed.
        """
        if not changes:
            return
        with self.lake.writing():
            transaction = self.lake.transaction(run.today)
            issued = []
            for key, rows in changes.items():
                for name, frame in rows.tables.items():
                    table = as_table(name, frame, hours=key == "hourly")
                    if name == VALUE:
                        issued.append(table)
                    if name != VALUE:
                        old = self.lake.read(f"_{name}", key, self.manifest)
                        whole = merged(old, table, rows.ran, list(rows.keys))
                        transaction.put_table(f"_{name}", key, whole, mode="replace")
                    elif table.num_rows:
                        transaction.put_table(f"_{name}", key, table, mode="append")
                if rows.keys:
                    made = pa.table({"series": list(rows.keys), "key": list(rows.keys.values())})
                    transaction.put_table(_KEY, key, made, mode="replace")
            chain = chained(self.lake, self.manifest, issued)
            if chain is not None:
                transaction.put_table(CHAIN, WHOLE, chain, mode="replace")
            transaction.commit(run.created)


def merged(old: pa.Table, new: pa.Table, ran: Collection[str], order: Sequence[str]) -> pa.Table:
    """Return the rows of a table after a run: new ones of the series that ran, old ones of the others that still are.

    Args:
        old: Rows of the lake; empty when there are none.
        new: Rows of this run.
        ran: Series that were run.
        order: All series, in the order of their rows.
    """
    if not old.num_rows:
        return new
    stay = pa.array(sorted(set(order) - set(ran)), pa.string())
    kept = old.filter(pc.is_in(old["series"], value_set=stay))
    if not kept.num_rows:
        return new
    both = pa.concat_tables([new, kept], promote_options="default") if new.num_rows else kept
    place = pc.index_in(both["series"], value_set=pa.array(order, pa.string()))
    # Arrow's sort is stable: the rows of a series stay in the order in which they were made.
    return both.take(pc.sort_indices(place))


def as_table(name: str, frame: pd.DataFrame, *, hours: bool = False) -> pa.Table:
    """Return rows of a forecast table as the lake keeps them; `hours`: targets of vintages are times, not days."""
    kinds = FORECAST_TABLES[name] | ({} if hours or name != VALUE else {"target": "DATE"})
    days = {column: pd.to_datetime(frame[column]) for column, kind in kinds.items() if kind in ("DATE", "TIMESTAMP")}
    schema = pa.schema([(column, _ARROW[kind]) for column, kind in kinds.items()])
    return pa.Table.from_pandas(frame.assign(**days), schema, preserve_index=False).replace_schema_metadata()


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the forecast tables and `forecast_part` (the parts of the lake behind each), empty."""
    for name, columns in FORECAST_TABLES.items():
        con.execute(f"CREATE TABLE {name}({', '.join(f'{column} {kind}' for column, kind in columns.items())})")
    con.execute("CREATE TABLE forecast_part(name VARCHAR, sha256 VARCHAR)")


def load_forecasts(con: duckdb.DuckDBPyConnection, lake: Lake, manifest: Manifest) -> None:
    """Fill the forecast tables from the lake; a column that an older part lacks stays empty."""
    for name, columns in FORECAST_TABLES.items():
        files = [literal(str(lake.path(p))) for p in manifest.parts if p.metric == f"_{name}" and p.rows]
        if not files:
            continue
        hashes = [(name, p.sha256) for p in manifest.parts if p.metric == f"_{name}"]
        con.executemany("INSERT INTO forecast_part VALUES (?, ?)", hashes)
        source = f"read_parquet([{', '.join(files)}], union_by_name=true)"
        there = {row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
        shared = ", ".join(column for column in columns if column in there)
        con.execute(f"INSERT INTO {name} BY NAME SELECT {shared} FROM {source}")
    con.execute("UPDATE forecast_value SET scenario = '' WHERE scenario IS NULL")
    con.execute("UPDATE forecast_score SET run_kind = 'backtest' WHERE run_kind IS NULL")
