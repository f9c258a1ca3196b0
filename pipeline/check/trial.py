"""Two warehouses to try queries on, over an empty and over a small lake, and what they know of words and views."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.check.queries import Node, Tables, words_made
from pipeline.check.small_lake import RUN
from pipeline.core.errors import StoreError
from pipeline.core.paths import PACKAGE, Paths
from pipeline.ingest.states import read_states
from pipeline.store import domain, warehouse
from pipeline.store.lake import Lake
from pipeline.store.sql import quoted

#: Code that may read a view by its name: boards and views are read from their syntax trees.
_READERS = ("site", "narrate", "forecast", "store", "flow.py", "operate.py")


def in_memory() -> duckdb.DuckDBPyConnection:
    """Return an empty warehouse; many small queries are faster on one thread."""
    return duckdb.connect(config={"threads": 1})


@dataclass
class Trial:
    """Two warehouses to try queries on.

    Attributes:
        empty: Over a lake without a row.
        small: Over the small lake.
        views: Folder of the domain layer.
        quiet: Queries that have no rows on the small lake, and why: data are missing, or they want more of them.
    """

    empty: duckdb.DuckDBPyConnection
    small: duckdb.DuckDBPyConnection
    views: Path = PACKAGE / "views"
    quiet: dict[str, str] = field(default_factory=dict)
    statements: dict[str, domain.Statement] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    seen: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    made: dict[str, set[str]] = field(default_factory=dict)
    parsed: dict[str, list[Node]] = field(default_factory=dict)
    parser: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def trees(self, sql: str) -> list[Node]:
        """Return the syntax trees of a query.

        Raises:
            StoreError: It is no query.
        """
        if sql not in self.parsed:
            self.parsed[sql] = domain.parse(self.parser, sql)
        return self.parsed[sql]

    def build(self, catalog: Catalog, nothing: Paths, little: Paths) -> list[str]:
        """Make both warehouses; return what is wrong with the views."""
        try:
            found = domain.statements(self.views, catalog)
        except StoreError as error:
            return [_told(error)]
        self.statements = {statement.name: statement for statement in found}
        problems = []
        for con, paths in ((self.empty, nothing), (self.small, little)):
            states = {key: dict(state) for key, state in read_states(paths).items()}
            warehouse.create_generated_layer(con, paths, catalog, Lake(paths.lake), RUN, states)
            problems += self._layer(con)
        return list(dict.fromkeys([*problems, *self._unread(catalog)]))

    def _layer(self, con: duckdb.DuckDBPyConnection) -> list[str]:
        """Make the domain layer as far as it goes; what reads a view that fails is not blamed for it."""
        rows = con.execute("SELECT table_name FROM information_schema.tables").fetchall()
        try:
            ordered = domain.in_order(self.statements.values(), {str(row[0]).lower() for row in rows})
            domain.read_forecasts(ordered)
        except StoreError as error:
            self.failed |= self.statements.keys()
            return [_told(error)]
        problems = []
        for statement in ordered:
            if (statement.tables | statement.functions) & self.failed:
                self.failed.add(statement.name)
                continue
            try:
                statement.run(con)
            except StoreError as error:
                self.failed.add(statement.name)
                problems.append(_told(error))
        return problems

    def _unread(self, catalog: Catalog) -> Iterator[str]:
        """Yield the views that nothing reads."""
        read = {name for s in self.statements.values() for name in s.tables | s.functions}
        shown = [block.sql for board in catalog.boards.values() for block in board.blocks if block.sql]
        pages = (*catalog.pages.values(), *catalog.reports.values(), *catalog.directories.values())
        shown += [sql for page in pages for _, sql in page.queries()]
        for sql in shown:
            try:
                read |= set().union(*domain.names_below(self.trees(sql)))
            except StoreError:
                continue  # told with its block
        code = "\n".join(path.read_text(encoding="utf-8") for path in _code())
        words = set(re.findall(r"\w+", code.lower()))
        for name, statement in self.statements.items():
            if name not in read and name not in words:
                yield f"{statement.where}: nobody reads {name} — delete it, or read it from a board or another view"

    @cached_property
    def tables(self) -> Tables:
        """The columns of every table and view."""
        columns: dict[str, set[str]] = {}
        for table, column in self.empty.execute(
            "SELECT lower(table_name), lower(column_name) FROM information_schema.columns"
        ).fetchall():
            columns.setdefault(table, set()).add(column)
        return Tables({table: frozenset(names) for table, names in columns.items()})

    def body(self, name: str) -> list[Node]:
        """Return the syntax trees of a view; none of a table of the generated layer."""
        statement = self.statements.get(name)
        return self.trees(statement.body) if statement else []

    def words(self, table: str, column: str) -> frozenset[str]:
        """Return the words that a column holds on the small lake."""
        if (table, column) not in self.seen:
            held = self.small.execute(f"SELECT DISTINCT CAST({quoted(column)} AS VARCHAR) FROM {quoted(table)}")
            self.seen[table, column] = frozenset(str(row[0]) for row in held.fetchall() if row[0] is not None)
        return self.seen[table, column]

    def written(self, table: str) -> frozenset[str]:
        """Return the words that a view and all that it reads write into their rows."""
        found = [self.statements[name] for name in self.below([table]) if name in self.statements]
        for statement in (s for s in found if s.name not in self.made):
            self.made[statement.name] = {word for tree in self.trees(statement.body) for word in words_made(tree)}
        return frozenset(word for statement in found for word in self.made[statement.name])

    def below(self, tables: list[str]) -> set[str]:
        """Return tables and all that they read."""
        left, done = list(tables), set(tables)
        while left:
            statement = self.statements.get(left.pop())
            new = (statement.tables | statement.functions) - done if statement else set()
            done |= new
            left += sorted(new)
        return done


def _told(error: StoreError) -> str:
    where = str(error.context.get("file") or error.context.get("files") or error.context.get("places") or "views")
    return f"{where}: {' '.join(error.message.split())} — {error.hint}"


def _code() -> Iterator[Path]:
    for name in _READERS:
        path = PACKAGE / name
        yield from path.rglob("*.py") if path.is_dir() else (path,)
