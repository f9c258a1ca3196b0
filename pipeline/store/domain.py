"""The domain layer: which statement makes what, what it reads, and so in which order they run.

A statement of `pipeline/views/<subject>/*.sql` makes one view, table or macro; DuckDB's own parser says what it reads.
The queries of the catalogue (values of headline series, history of forecasts) are statements too, so that order, cycles
and errors are the same for all. No name of a file means anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal

import duckdb

from pipeline.catalog.forecast_frames import FORECAST_TABLES
from pipeline.catalog.load import Catalog
from pipeline.core.errors import StoreError
from pipeline.store.sql import database_error, literal

_MADE = re.compile(
    r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?P<kind>MACRO|TABLE|VIEW)\s+(?P<name>\w+)\s*(?:\([^)]*\))?\s+AS\b", re.IGNORECASE
)
#: What the models read: made before there is any forecast.
MODELS_READ = ("forecast_input", "forecast_input_hourly", "forecast_input_agents", "forecast_driver", "forecast_range")
#: What queries read, by their text: a process that makes the layer again does not parse it again.
_READ: dict[str, tuple[set[str], set[str]]] = {}
#: Columns of the history of a forecast series, by grain, with their types.
_INPUT = {
    "daily": {"day": "DATE", "value": "DOUBLE", "hours": "INTEGER", "quality": "VARCHAR"},
    "hourly": {"ts": "TIMESTAMP", "value": "DOUBLE", "quality": "VARCHAR"},
}
_OPTIONAL = ("hours",)
_LIMIT = {"day": "DATE", "value": "DOUBLE"}
#: A limit that is a number has been known for ever.
_EVER = "SELECT DATE '1900-01-01' AS day, {value!r} AS value"
_VALUES = {"day": "DATE", "value": "DOUBLE", "quality": "VARCHAR"}


@dataclass(frozen=True)
class Statement:
    """One view, table or macro of the domain layer.

    Attributes:
        name: What it makes, in lower case.
        where: Who declares it: `views/<subject>/<file>.sql`, or `catalog/<file>.yml › <entry>`.
        sql: The statement.
        tables: Tables and views that it names, in lower case, but for its own common table expressions.
        functions: Functions and macros that it names.
        body: The query behind it; of a macro, its expression as a query.
        query: The query of a declared series, before the view was made around it.
        columns: What that query may return; all but `hours` it must.
    """

    name: str
    where: str
    sql: str
    tables: frozenset[str]
    functions: frozenset[str]
    body: str
    query: str = ""
    columns: tuple[str, ...] = ()

    def run(self, con: duckdb.DuckDBPyConnection) -> None:
        """Make it.

        Raises:
            StoreError: It fails, or a declared query lacks a column or has one too many; the message names the place.
        """
        try:
            if self.query:
                self._check_columns([row[0] for row in con.execute(f"DESCRIBE {self.query}").fetchall()])
            con.execute(self.sql)
        except duckdb.Error as error:
            fault = StoreError(f"{self.name} cannot be made: {error}", hint="mend the SQL", file=self.where)
            raise database_error(error, fault, Path(self.where)) from error

    def _check_columns(self, names: Iterable[str]) -> None:
        given = set(names)
        lacking = [c for c in self.columns if c not in given and c not in _OPTIONAL]
        strange = sorted(given - set(self.columns))
        if lacking or strange:
            raise StoreError(
                f"The query must return {', '.join(self.columns)}",
                hint="; ".join(
                    [*(f"add {name} to the SELECT" for name in lacking), *(f"nobody reads {name}" for name in strange)]
                ),
                file=self.where,
            )


def statements(folder: Path, catalog: Catalog) -> list[Statement]:
    """Return every statement of the domain layer, in the order of files and declarations.

    Raises:
        StoreError: A file is not SQL or holds something else than views, tables and macros, or a name is made twice.
    """
    con = duckdb.connect()  # only its parser is used, and it is six times faster without a warehouse behind it
    found = [
        _statement(con, f"{folder.name}/{path.relative_to(folder).as_posix()}", sql)
        for path in sorted(folder.rglob("*.sql"))
        for sql in _split(con, path, folder)
    ]
    found += _declared(con, catalog)
    con.close()
    made: dict[str, str] = {}
    for statement in found:
        if statement.name in made:
            raise StoreError(
                f"Two places make {statement.name}",
                hint="give one of them another name",
                places=f"{made[statement.name]}, {statement.where}",
            )
        made[statement.name] = statement.where
    return found


def _split(con: duckdb.DuckDBPyConnection, path: Path, folder: Path) -> list[str]:
    try:
        return [each.query for each in con.extract_statements(path.read_text(encoding="utf-8"))]
    except duckdb.Error as error:
        where = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        raise StoreError(f"A file of the domain layer is not SQL: {error}", hint="mend the SQL", file=where) from error


def _declared(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> Iterator[Statement]:
    """Yield the statements that the catalogue declares: a view a series, and one of all of them."""
    headlines = [(catalog.where("series", s.id), s.id, s.sql) for s in catalog.headlines.values()]
    yield from _family(con, "series", "series_value", headlines, _VALUES)
    for grain, view in (("daily", "forecast_input"), ("hourly", "forecast_input_hourly")):
        inputs = [
            (catalog.where("forecasts", p.series), p.series, p.input) for p in catalog.forecasts if p.grain == grain
        ]
        yield from _family(con, "forecasts", view, inputs, _INPUT[grain])
    sides: tuple[Literal["least", "most"], ...] = ("least", "most")
    for side in sides:
        limits = [
            (catalog.where("forecasts", p.series), p.series, end if isinstance(end, str) else _EVER.format(value=end))
            for p in catalog.forecasts
            if (end := p.limit(side)) is not None
        ]
        yield from _family(con, "forecasts", f"forecast_{side}", limits, _LIMIT)


def _family(
    con: duckdb.DuckDBPyConnection,
    folder: str,
    view: str,
    declared: Iterable[tuple[str, str, str]],
    columns: Mapping[str, str],
) -> Iterator[Statement]:
    """Yield one view for each declared query (where, series, SQL) and `view`, which has the rows of all."""
    parts = []
    for where, series, sql in declared:
        parts.append(f"{view}_of_{series}")
        yield _statement(con, f"catalog/{where}", _part(parts[-1], series, sql, columns), sql, tuple(columns))
    yield _statement(con, f"catalog/{folder}", _union(view, parts, columns))


def _part(name: str, series: str, sql: str, columns: Mapping[str, str]) -> str:
    """Return the view of one declared series; a column that it may do without is NULL."""
    chosen = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in columns.items())
    optional = [f"CAST(NULL AS {kind}) AS {column}" for column, kind in columns.items() if column in _OPTIONAL]
    query = f"({sql.rstrip().rstrip(';')}\n)"
    if optional:
        query = f"((SELECT {', '.join(optional)} WHERE false) UNION ALL BY NAME {query})"
    return f"CREATE OR REPLACE VIEW {name} AS SELECT {literal(series)} AS series, {chosen} FROM {query}"


def _union(name: str, parts: Iterable[str], columns: Mapping[str, str]) -> str:
    nothing = ", ".join(f"CAST(NULL AS {kind}) AS {column}" for column, kind in columns.items())
    rows = [f"SELECT * FROM {part}" for part in parts] or [f"SELECT '' AS series, {nothing} WHERE false"]
    return f"CREATE OR REPLACE VIEW {name} AS {' UNION ALL '.join(rows)}"


def _statement(
    con: duckdb.DuckDBPyConnection, where: str, sql: str, query: str = "", columns: tuple[str, ...] = ()
) -> Statement:
    made = _MADE.match(sql)
    if made is None:
        raise StoreError(
            "A statement of the domain layer makes no view, table or macro",
            hint="write CREATE OR REPLACE VIEW, TABLE or MACRO <name> AS …",
            file=where,
            statement=" ".join(sql.split())[:60],
        )
    body = query or sql[made.end() :].strip().rstrip(";")
    if made["kind"].upper() == "MACRO":
        body = f"SELECT {body}"
    try:
        if body not in _READ:
            _READ[body] = names_below(parse(con, body))
        tables, functions = _READ[body]
    except StoreError as error:
        raise StoreError(error.message, hint=error.hint, file=where, name=made["name"]) from error
    return Statement(made["name"].lower(), where, sql, frozenset(tables), frozenset(functions), body, query, columns)


def parse(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Return the syntax trees of a query as DuckDB writes them.

    Raises:
        StoreError: It is no query.
    """
    row = con.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchone()
    told: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    if told["error"]:
        raise StoreError(f"This is no query: {told.get('error_message', 'it is empty')}", hint="mend the SQL")
    return [each["node"] for each in told["statements"]]


def names_below(trees: Iterable[dict[str, Any]]) -> tuple[set[str], set[str]]:
    """Return the tables and the functions that a query names, in lower case, but for its own table expressions."""
    tables: set[str] = set()
    functions: set[str] = set()
    for tree in trees:
        _walk(tree, frozenset(), tables, functions)
    return tables, functions


def _walk(node: object, known: frozenset[str], tables: set[str], functions: set[str]) -> None:
    """Collect names below a node; `known` are the common table expressions in sight."""
    if isinstance(node, list):
        for each in node:
            _walk(each, known, tables, functions)
    if not isinstance(node, dict):
        return
    for entry in node.get("cte_map", {}).get("map", ()):
        name = entry["key"].lower()
        recursive = '"RECURSIVE_CTE_NODE"' in json.dumps(entry["value"])
        _walk(entry["value"], known | {name} if recursive else known, tables, functions)
        known = known | {name}
    if node.get("type") == "BASE_TABLE" and not node.get("schema_name") and node["table_name"].lower() not in known:
        tables.add(node["table_name"].lower())
    if isinstance(node.get("function_name"), str):
        functions.add(node["function_name"].lower())
    for key, value in node.items():
        if key != "cte_map":
            _walk(value, known, tables, functions)


def in_order(found: Iterable[Statement], known: Collection[str]) -> list[Statement]:
    """Return the statements so that each comes after all that it reads, else as they were given.

    Args:
        found: The statements.
        known: Tables and views that are there already, in lower case.

    Raises:
        StoreError: A statement reads what nobody makes, or statements read each other; the message names them.
    """
    made = {statement.name: statement for statement in found}
    for statement in made.values():
        strange = sorted(statement.tables - made.keys() - set(known))
        if strange:
            raise StoreError(
                f"{statement.name} reads {', '.join(strange)}, which nobody makes",
                hint="mend the name, or add the view or the metric",
                file=statement.where,
            )
    needs = {name: [other for other in made if other in s.tables | s.functions] for name, s in made.items()}
    sorter = TopologicalSorter(needs)
    try:
        return [made[name] for name in sorter.static_order()]
    except CycleError as error:
        path = list(reversed(error.args[1]))
        raise StoreError(
            f"Views read each other: {' → '.join(path)}",
            hint="one of them must not read the next",
            files=", ".join(dict.fromkeys(made[name].where for name in path)),
        ) from error


def below(found: Iterable[Statement], name: str) -> list[Statement]:
    """Return the statement that makes `name` after all that it reads, directly or not."""
    made = {statement.name: statement for statement in found}
    needed = [name]
    for each in needed:
        statement = made[each]
        needed += [
            other for other in sorted(statement.tables | statement.functions) if other in made and other not in needed
        ]
    known = set().union(*(made[each].tables for each in needed)) - made.keys()
    return in_order((made[each] for each in needed), known)


def read_forecasts(ordered: Iterable[Statement]) -> dict[str, tuple[str, ...]]:
    """Return what reads a forecast, directly or not: name → the way down to the table of forecasts.

    Raises:
        StoreError: What the models learn from reads a forecast.
    """
    ways: dict[str, tuple[str, ...]] = {name: (name,) for name in FORECAST_TABLES}
    for statement in ordered:
        below = next((n for n in sorted(statement.tables | statement.functions) if n in ways), None)
        if below is None:
            continue
        ways[statement.name] = (statement.name, *ways[below])
        if statement.name in MODELS_READ:
            raise StoreError(
                f"The models would learn from a forecast: {' → '.join(ways[statement.name])}",
                hint="let their inputs read data only",
                file=statement.where,
            )
    return ways
