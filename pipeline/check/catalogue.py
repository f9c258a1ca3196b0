"""Try every declaration and every query, and name what is wrong: file, board, block, field, and what to do.

On an empty lake every view and every block must answer. On a small lake a word that a query compares a column with must
be one that the column can have: a block that matches nothing is told apart from one whose data are missing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import duckdb

from pipeline.catalog.data_pages import DataPage, PageBlock
from pipeline.catalog.directories import SHARED_BY_THINGS, Directory
from pipeline.catalog.load import Catalog, load_catalog
from pipeline.catalog.reports import SHARED_BY_REPORTS, Report
from pipeline.catalog.schema import Block
from pipeline.check.queries import ColumnOrigin, Units, all_scopes, comparisons, scopes
from pipeline.check.small_lake import RUN, small_lake
from pipeline.check.trial import Trial, in_memory
from pipeline.core.errors import CatalogError, RenderError, StoreError
from pipeline.core.paths import Paths
from pipeline.core.settings import Settings
from pipeline.core.units import dimension
from pipeline.site.blocks import TYPES, BlockType
from pipeline.site.pages.data_page import SHARED, page_rules
from pipeline.site.wording import Wording
from pipeline.store import domain
from pipeline.store.sql import quoted

_TIMES = ("DATE", "TIMESTAMP")
#: Columns of a drawing that are in the unit of its block.
_MEASURES = ("value", "lo", "hi", "mean", "actual", "week_ago", "year_ago")


def check_catalogue(settings: Settings) -> str:
    """Check all declarations and queries; return what was checked in one line a fact.

    Raises:
        CatalogError: Something is wrong; `problems` lists every fault.
    """
    catalog = load_catalog()
    with tempfile.TemporaryDirectory() as nowhere, in_memory() as empty, in_memory() as small:
        trial = Trial(empty, small)
        found = trial.build(catalog, Paths(Path(nowhere), Path(nowhere)), small_lake(settings, catalog))
        found += problems(trial, catalog)
        quiet = trial.quiet
    if found:
        raise CatalogError(f"The catalogue has {len(found)} fault(s)", hint="mend each line below", problems=found)
    blocks = sum(len(board.blocks) for board in catalog.boards.values())
    days = (RUN.today - RUN.since).days
    told = [
        f"All right: {len(catalog.metrics)} metrics, {len(catalog.headlines)} headline series, "
        f"{len(catalog.forecasts)} forecasts, {len(catalog.boards)} boards with {blocks} blocks, "
        f"{len(catalog.pages)} pages about the data, {len(catalog.reports)} kinds of reports, "
        f"{len(catalog.directories)} kinds of named things.",
        f"Without rows on the {days} days of the small lake, so that only their form was checked: {len(quiet)}.",
        *(f"  · {where}: {why}" for where, why in sorted(quiet.items())),
    ]
    return "\n".join(told)


def problems(trial: Trial, catalog: Catalog) -> list[str]:
    """Return what is wrong with boards, views, headline series and forecasts."""
    checks = Queries(trial, catalog)
    found = [fault for board in catalog.boards.values() for b in board.blocks for fault in checks.block(board.slug, b)]
    found += [fault for page in catalog.pages.values() for fault in checks.page("pages", page)]
    found += [fault for kind in catalog.directories.values() for fault in checks.page("entities", kind)]
    found += [fault for report in catalog.reports.values() for fault in checks.page("reports", report)]
    for statement in trial.statements.values():
        found += checks.view(statement)
    for series in catalog.headlines.values():
        where = f"{catalog.where('series', series.id)} › "
        found += checks.declared(f"series_value_of_{series.id}", where, series.sql, series.unit)
    for policy in (p for p in catalog.forecasts if p.input):
        view = "forecast_input_hourly" if policy.grain == "hourly" else "forecast_input"
        where = f"{catalog.where('forecasts', policy.series)} › "
        found += checks.declared(f"{view}_of_{policy.series}", where, policy.input, policy.unit, "input")
        for side, sql in (("least", policy.least), ("most", policy.most)):
            if isinstance(sql, str):
                found += checks.declared(f"forecast_{side}_of_{policy.series}", where, sql, policy.unit, side)
    return found


@dataclass
class Queries:
    """The checks of one catalogue."""

    trial: Trial
    catalog: Catalog

    @cached_property
    def units(self) -> Units:
        """What says the unit of a column."""
        return Units(self.catalog, self.trial.tables, self.trial.body)

    def page(self, folder: str, page: DataPage) -> Iterator[str]:
        """Yield what is wrong with a page about the data, or a report: queries, blocks, names that no query returns."""
        where = f"{folder}/{page.slug}.yml › "
        more = {Report: SHARED_BY_REPORTS, Directory: SHARED_BY_THINGS}
        shared = SHARED | more.get(type(page), frozenset())
        known: dict[str, Mapping[str, str]] = {}
        for place, sql in page.queries():
            known[sql] = (yield from self._tried(f"{where}{place} › ", "sql", sql)) or {}
            yield from self._filters(f"{where}{place} › ", "sql", sql)
        rules = page_rules()
        for block, above in page.all_blocks():
            rule = yield from self._rule(f"{where}{block.id} › ", block, rules)
            if rule is not None and known.get(block.sql):
                yield from self._columns(f"{where}{block.id} › ", block, rule, known[block.sql])
                yield from self._told_apart(f"{where}{block.id} › ", block, above, known[block.sql])
        words = Wording(self.catalog, phrases=page.phrases)
        for place, template, queries in page.sentences():
            told = {*known[page.sql], *shared}.union(*(known.get(sql, ()) for sql in queries))
            try:
                strange = sorted(words.names(template) - told)
            except RenderError as error:
                yield f"{where}{place}: {error.message} — {error.hint}"
                continue
            for name in strange:
                near = _near(name, told)
                yield f"{where}{place}: no query returns {name!r}{near} — it may name {', '.join(sorted(told))}"

    def _told_apart(
        self, where: str, block: PageBlock, above: Iterable[PageBlock], names: Iterable[str]
    ) -> Iterator[str]:
        """Yield the columns by which a block and the sections around it tell rows apart and that its query lacks."""
        for name in (str(each.options["each"]) for each in (*above, block) if each.options.get("each")):
            if name not in names:
                yield f"{where}sql: rows are told apart by {name!r}{_near(name, names)} — add it to the SELECT"

    def block(self, slug: str, block: Block) -> Iterator[str]:
        """Yield what is wrong with a block."""
        where = f"boards/{slug}.yml › {block.id} › "
        rule = yield from self._rule(where, block, TYPES)
        if rule is None or not block.sql:
            return
        names = yield from self._tried(where, "sql", block.sql)
        if names is None:
            return
        yield from self._columns(where, block, rule, names)
        yield from self._filters(where, "sql", block.sql)
        yield from self._units(slug, block, rule, names)

    def _rule(self, where: str, block: Block, rules: Mapping[str, BlockType]) -> Generator[str, None, BlockType | None]:
        """Yield what is wrong with type and options of a block; return the rule of its type."""
        rule = rules.get(block.type)
        if rule is None:
            near = _near(block.type, rules)
            yield f"{where}type: no block type is called {block.type!r}{near} — use one of {', '.join(rules)}"
            return None
        for name in block.options:
            if name not in rule.options:
                known = f"it knows {', '.join(rule.options)}" if rule.options else "it knows none"
                near = _near(name, rule.options)
                yield f"{where}options: a {block.type} block has no option {name!r}{near} — {known}"
        if block.columns and not rule.worded:
            yield f"{where}columns: a {block.type} block does not show its columns — delete them"
        return rule

    def view(self, statement: domain.Statement) -> Iterator[str]:
        """Yield what is wrong with a view that could be made."""
        if statement.name not in self.trial.failed and not statement.query:
            yield from self._filters(f"{statement.where} › ", statement.name, statement.body)

    def declared(self, view: str, where: str, sql: str, unit: str, name: str = "sql") -> Iterator[str]:
        """Yield what is wrong with the query of a headline series or of a forecast."""
        if view in self.trial.failed:
            return
        yield from self._filters(where, name, sql)
        yield from self._unit(f"{where}unit", sql, ["value"], unit)
        self._note(where, sql)

    def _tried(self, where: str, name: str, sql: str) -> Generator[str, None, dict[str, str] | None]:
        """Run a query on both lakes; yield why it fails, return its columns and their types."""
        try:
            tables, functions = domain.names_below(self.trial.trees(sql))
        except StoreError as error:
            yield f"{where}{name}: {error.message} — {error.hint}"
            return None
        if (tables | functions) & self.trial.failed:
            return None
        try:
            names = {column[0]: str(column[1]) for column in self.trial.empty.execute(sql).description or ()}
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

    def _columns(self, where: str, block: Block, rule: BlockType, names: Mapping[str, str]) -> Iterator[str]:
        lacking = [name for name in rule.columns if name not in names and name not in block.columns]
        if lacking:
            yield f"{where}sql: a {block.type} block needs the column {', '.join(lacking)} — add it to the SELECT"
        if rule.optional is not None:
            known = {*rule.columns, *rule.optional}
            for name in (n for n in names if n not in known):
                near = _near(name, known)
                yield f"{where}sql: a {block.type} block reads no column {name!r}{near} — rename or drop it"
        for name in (n for n, c in block.columns.items() if n not in names and rule.worded and not c.text):
            yield f"{where}columns: the query returns no {name!r}{_near(name, names)} — it returns {', '.join(names)}"
        if "x_label" in rule.options and names.get("x", _TIMES[0]) not in _TIMES and not block.options.get("x_label"):
            yield f"{where}options: x is no time and nothing says what it is — add x_label, as Hora or Embalse"

    def _units(self, slug: str, block: Block, rule: BlockType, names: Iterable[str]) -> Iterator[str]:
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
                    fault = self._stray(self.trial.tables.origins(names, scope), word)
                    if fault and fault not in told:
                        told.add(fault)
                        yield f"{where}{name}: {fault}"

    def _stray(self, origins: Iterable[ColumnOrigin], word: str) -> str:
        """Return why no row can match a word, '' where one can or nobody can tell."""
        fault = ""
        for table, column in (place for origin in origins for place in self._filled(origin.table, origin.column)):
            held = self.trial.words(table, column)
            if word in held or not held or word in self.trial.written(table) or word in self._declared(column):
                return ""
            some = ", ".join(sorted(held)[:8])
            fault = f"{column} = {word!r} matches nothing in {table}{_near(word, held)} — it holds {some}"
        return fault

    def _filled(self, table: str, column: str) -> Iterator[tuple[str, str]]:
        """Yield where a column comes from: of a view without rows on the small lake, tables below that have some."""
        body = [] if self.trial.words(table, column) else self.trial.body(table)
        deeper = [o for tree in body for scope in scopes(tree) for o in self.trial.tables.made(column, scope)]
        if not deeper:
            yield table, column
        for origin in deeper:
            yield from self._filled(origin.table, origin.column)

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
            case "version":
                return self.catalog.versions
            case _:  # vocabularies end in the name of the column whose codes they word
                named = (words for name, words in self.catalog.words.items() if name.rpartition("_")[2] == column)
                return {code for words in named for code in words}


def _near(word: str, known: Iterable[str]) -> str:
    """Return a question with the known word that is most like this one."""
    folded = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold(), folded, 1, 0.6)
    return f" (is it {folded[found[0]]!r}?)" if found else ""
