"""Try every declaration and every query, and name what is wrong: file, board, block, field, and what to do.

On an empty lake every view and every block must answer. On a small lake a word that a query compares a column with must
be one that the column can have: a block that matches nothing is told apart from one whose data are missing.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import duckdb

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.catalog.schema import Block
from pipeline.check.queries import Node, Tables, Units, all_scopes, comparisons, words_made
from pipeline.check.small_lake import RUN, small_lake
from pipeline.core.errors import CatalogError, StoreError
from pipeline.core.paths import PACKAGE, Paths
from pipeline.core.settings import Settings
from pipeline.core.units import dimension
from pipeline.ingest.states import read_states
from pipeline.render.block_rules import BlockRule, block_rules
from pipeline.store import domain, warehouse
from pipeline.store.lake import Lake
from pipeline.store.sql import quoted

#: Columns of a drawing that are in the unit of its block.
_MEASURES = ("value", "lo", "hi", "mean", "actual", "week_ago", "year_ago")
#: Code that may read a view by its name: boards and views are read from their syntax trees.
_READERS = ("render", "publish", "narrate", "model", "store", "flow.py", "operate.py")


def check_catalogue(settings: Settings) -> str:
    """Check all declarations and queries; return what was checked in one line a fact.

    Raises:
        CatalogError: Something is wrong; `problems` lists every fault.
    """
    catalog = load_catalog()
    with tempfile.TemporaryDirectory() as nowhere, in_memory() as empty, in_memory() as small:
        trial = Trial(empty, small)
        problems = trial.build(catalog, Paths(Path(nowhere), Path(nowhere)), small_lake(settings, catalog))
        problems += trial.problems(catalog)
        quiet = trial.quiet
    if problems:
        raise CatalogError(
            f"The catalogue has {len(problems)} fault(s)", hint="mend each line below", problems=problems
        )
    blocks = sum(len(board.blocks) for board in catalog.boards.values())
    days = (RUN.today - RUN.since).days
    told = [
        f"All right: {len(catalog.metrics)} metrics, {len(catalog.headlines)} headline series, "
        f"{len(catalog.forecasts)} forecasts, {len(catalog.boards)} boards with {blocks} blocks.",
        f"Without rows on the {days} days of the small lake, so that only their form was checked: {len(quiet)}.",
        *(f"  · {where}: {why}" for where, why in sorted(quiet.items())),
    ]
    return "\n".join(told)


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
        for sql in (block.sql for board in catalog.boards.values() for block in board.blocks if block.sql):
            try:
                read |= set().union(*domain.names_below(self.trees(sql)))
            except StoreError:
                continue  # told with its block
        code = "\n".join(path.read_text(encoding="utf-8") for path in _code())
        words = set(re.findall(r"\w+", code.lower()))
        for name, statement in self.statements.items():
            if name not in read and name not in words:
                yield f"{statement.where}: nobody reads {name} — delete it, or read it from a board or another view"

    def problems(self, catalog: Catalog) -> list[str]:
        """Return what is wrong with boards, headline series and forecasts."""
        checks = _Queries(self, catalog)
        found = [
            fault for board in catalog.boards.values() for b in board.blocks for fault in checks.block(board.slug, b)
        ]
        for series in catalog.headlines.values():
            where = f"{catalog.where('series', series.id)} › "
            found += checks.declared(f"series_value_of_{series.id}", where, series.sql, series.unit)
        for policy in (p for p in catalog.forecasts if p.input):
            view = "forecast_input_hourly" if policy.grain == "hourly" else "forecast_input"
            where = f"{catalog.where('forecasts', policy.series)} › "
            found += checks.declared(f"{view}_of_{policy.series}", where, policy.input, policy.unit, "input")
        return found

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
        return frozenset(word for statement in found for word in self._made(statement))

    def below(self, tables: list[str]) -> set[str]:
        """Return tables and all that they read."""
        left, done = list(tables), set(tables)
        while left:
            statement = self.statements.get(left.pop())
            new = (statement.tables | statement.functions) - done if statement else set()
            done |= new
            left += sorted(new)
        return done

    def _made(self, statement: domain.Statement) -> set[str]:
        if statement.name not in self._texts:
            self._texts[statement.name] = {word for tree in self.trees(statement.body) for word in words_made(tree)}
        return self._texts[statement.name]

    @cached_property
    def _texts(self) -> dict[str, set[str]]:
        return {}


@dataclass
class _Queries:
    """The checks of one catalogue."""

    trial: Trial
    catalog: Catalog
    rules: dict[str, BlockRule] = field(default_factory=block_rules)

    @cached_property
    def units(self) -> Units:
        """What says the unit of a column."""
        return Units(self.catalog, self.trial.tables, self.trial.body)

    def block(self, slug: str, block: Block) -> Iterator[str]:
        """Yield what is wrong with a block."""
        where = f"boards/{slug}.yml › {block.id} › "
        rule = self.rules.get(block.type)
        if rule is None:
            yield f"{where}type: no block type is called {block.type!r}{_near(block.type, self.rules)}"
            return
        for name in block.options:
            if name not in rule.options:
                known = f"it knows {', '.join(rule.options)}" if rule.options else "it knows none"
                yield f"{where}options: a {block.type} block has no option {name!r}{_near(name, rule.options)}; {known}"
        if block.columns and not rule.worded:
            yield f"{where}columns: a {block.type} block does not show its columns — delete them"
        if not block.sql:
            return
        names = yield from self._tried(where, "sql", block.sql)
        if names is None:
            return
        yield from self._columns(where, block, rule, names)
        yield from self._filters(where, "sql", block.sql)
        yield from self._units(slug, block, rule, names)

    def declared(self, view: str, where: str, sql: str, unit: str, name: str = "sql") -> Iterator[str]:
        """Yield what is wrong with the query of a headline series or of a forecast."""
        if view in self.trial.failed:
            return
        yield from self._filters(where, name, sql)
        yield from self._unit(f"{where}unit", sql, ["value"], unit)
        self._note(where, sql)

    def _tried(self, where: str, name: str, sql: str) -> Generator[str, None, list[str] | None]:
        """Run a query on both lakes; yield why it fails, return its columns."""
        try:
            tables, functions = domain.names_below(self.trial.trees(sql))
        except StoreError as error:
            yield f"{where}{name}: {error.message} — {error.hint}"
            return None
        if (tables | functions) & self.trial.failed:
            return None
        try:
            names = [column[0] for column in self.trial.empty.execute(sql).description or ()]
            self._note(where, sql)
        except duckdb.Error as error:
            yield f"{where}{name}: {' '.join(str(error).split())} — mend the SQL"
            return None
        return names

    def _note(self, where: str, sql: str) -> None:
        """Keep why a query has no rows on the small lake, where it has none."""
        if self.trial.small.execute(sql).fetchone():
            return
        tables = sorted(domain.names_below(self.trial.trees(sql))[0])
        bare = [name for name in tables if not self.trial.small.execute(f"FROM {quoted(name)} LIMIT 1").fetchone()]
        why = (
            f"no data in {', '.join(bare)}" if bare else f"no row of {', '.join(tables)} is taken: more days, or none?"
        )
        self.trial.quiet[where.removesuffix(" › ")] = why

    def _columns(self, where: str, block: Block, rule: BlockRule, names: list[str]) -> Iterator[str]:
        lacking = [name for name in rule.columns if name not in names]
        if lacking:
            yield f"{where}sql: a {block.type} block needs the column {', '.join(lacking)} — add it to the SELECT"
        if rule.optional is not None:
            known = {*rule.columns, *rule.optional}
            for name in (n for n in names if n not in known):
                near = _near(name, known)
                yield f"{where}sql: a {block.type} block reads no column {name!r}{near} — rename or drop it"
        for name in (n for n in block.columns if n not in names and rule.worded):
            yield f"{where}columns: the query returns no {name!r}{_near(name, names)} — it returns {', '.join(names)}"

    def _units(self, slug: str, block: Block, rule: BlockRule, names: list[str]) -> Iterator[str]:
        """Yield the units of a block that are not those of its values."""
        where = f"boards/{slug}.yml › {block.id} › "
        if rule.worded:
            for name, shown in block.columns.items():
                if shown.unit:
                    yield from self._unit(f"{where}columns › {name} › unit", block.sql, [name], shown.unit)
        else:
            metrics = block.metrics or self.catalog.boards[slug].metrics
            said = yield from self._unit(f"{where}unit", block.sql, [n for n in _MEASURES if n in names], block.unit)
            if not said:
                yield from self._unit_of_metrics(f"{where}unit", block.sql, metrics, block.unit)

    def _unit(self, where: str, sql: str, columns: Iterable[str], unit: str) -> Generator[str, None, bool]:
        """Yield what a unit should be by the names of the columns; return whether they say anything."""
        trees = self.trial.trees(sql)
        found = {each for tree in trees for column in columns for each in self.units.of(tree, column)}
        for other in sorted(found - {unit}):
            yield f"{where}: {unit!r} over values in {other} — write {other}, or convert them in the SQL"
        return bool(found)

    def _unit_of_metrics(self, where: str, sql: str, metrics: Iterable[str], unit: str) -> Iterator[str]:
        """Yield a unit that no metric behind a block has, though one is alike, and that no view converts to."""
        stored = {self.catalog.metrics[name].unit.stored for name in metrics}
        alike = {other for other in stored if dimension(other) == dimension(unit)}
        below = self.trial.below(sorted(domain.names_below(self.trial.trees(sql))[0]))
        named = {column.rpartition("_")[2] for table in below for column in self.trial.tables.columns.get(table, ())}
        if unit and alike and unit not in alike and unit.lower() not in named:
            others = ", ".join(sorted(alike))
            hint = f"write {others}, or convert them in a view (column …_{unit.lower()})"
            yield f"{where}: {unit!r} over metrics in {others} — {hint}"

    def _filters(self, where: str, name: str, sql: str) -> Iterator[str]:
        """Yield the words that a query compares a column with and that the column never holds."""
        told = set()
        for tree in self.trial.trees(sql):
            for scope in all_scopes(tree):
                for names, word in comparisons(scope):
                    origins = [o for o in self.trial.tables.origins(names, scope) if isinstance(o[0], str)]
                    places = [(str(table), str(column)) for table, column in origins]
                    fault = self._stray(places, word)
                    if fault and fault not in told:
                        told.add(fault)
                        yield f"{where}{name}: {fault}"

    def _stray(self, places: Iterable[tuple[str, str]], word: str) -> str:
        """Return why no row can match a word, '' where one can or nobody can tell."""
        fault = ""
        for table, column in places:
            held = self.trial.words(table, column)
            if word in held or not held or word in self.trial.written(table) or word in self._declared(column):
                return ""
            some = ", ".join(sorted(held)[:8])
            fault = f"{column} = {word!r} matches nothing in {table}{_near(word, held)} — it holds {some}"
        return fault

    def _declared(self, column: str) -> Iterable[str]:
        """Return the words of a column that the catalogue declares, whether or not there are rows of them."""
        match column:
            case "series":
                return {*self.catalog.headlines, *(policy.series for policy in self.catalog.forecasts)}
            case "metric":
                return self.catalog.metrics
            case "entity":
                return self.catalog.entities
            case "quality":
                return self.catalog.quality
            case _:
                return ()


def _near(word: str, known: Iterable[str]) -> str:
    """Return a question with the known word that is most like this one."""
    folded = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold(), folded, 1, 0.6)
    return f" (is it {folded[found[0]]!r}?)" if found else ""


def _told(error: StoreError) -> str:
    where = str(error.context.get("file") or error.context.get("files") or error.context.get("places") or "views")
    return f"{where}: {' '.join(error.message.split())} — {error.hint}"


def _code() -> Iterator[Path]:
    for name in _READERS:
        path = PACKAGE / name
        yield from path.rglob("*.py") if path.is_dir() else (path,)
