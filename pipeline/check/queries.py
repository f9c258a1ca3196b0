"""What a query compares its columns with, and in which unit its values are: read from its syntax tree, never guessed.

A column is followed down through subqueries and common table expressions to the table that it comes from. Where the way
is lost (a formula, a table function) nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from pipeline.catalog.load import Catalog

Node = dict[str, Any]
NOTHING: Mapping[str, Any] = MappingProxyType({})
#: Functions whose result has the unit of their first argument.
_KEEPS_UNIT = {
    "sum", "avg", "min", "max", "first", "last", "median", "any_value", "arg_max", "arg_min", "max_by", "min_by",
    "tidy", "round", "abs", "coalesce", "nullif", "lag", "lead",
}  # fmt: skip
#: Last words of column names that say their unit.
_SAID = {
    "gwh": "GWh", "mwh": "MWh", "mw": "MW", "pct": "%", "mcop": "MCOP", "hm3": "hm3", "km": "km", "mbtu": "MBTU",
}  # fmt: skip
#: Tables with one row a series, and where the unit of a series is declared.
_BY_SERIES = ("headline", "daily_series", "series_value", "year_pair")
_MEASURED = frozenset({"value", "compared", "last_ago", "week_ago", "year_ago", "day_ago", "mean", "actual"})
_BY_FORECAST = ("forecast_chart", "forecast_latest", "forecast_actual", "forecast_input", "forecast_input_hourly")


@dataclass(frozen=True)
class Scope:
    """One SELECT and the common table expressions in its sight."""

    select: Node
    known: Mapping[str, tuple[Node, Mapping[str, Any]]] = field(default_factory=dict)

    def sources(self) -> Iterator[tuple[str, str, list[Scope]]]:
        """Yield what it reads: alias, table ('' for a subquery), and the SELECTs of a subquery."""
        yield from self._below(self.select.get("from_table") or {})

    def _below(self, node: Node) -> Iterator[tuple[str, str, list[Scope]]]:
        match node.get("type"):
            case "JOIN":
                yield from self._below(node["left"])
                yield from self._below(node["right"])
            case "BASE_TABLE":
                name = node["table_name"].lower()
                alias = (node.get("alias") or name).lower()
                if name in self.known:
                    query, known = self.known[name]
                    yield alias, "", list(scopes(query, known))
                else:
                    yield alias, name, []
            case "SUBQUERY":
                yield (node.get("alias") or "").lower(), "", list(scopes(node["subquery"]["node"], self.known))


def _named(query: Node, known: Mapping[str, Any]) -> dict[str, tuple[Node, Mapping[str, Any]]]:
    """Return the common table expressions in sight of a query, each with those in its own sight."""
    seen = dict(known)
    for entry in query.get("cte_map", {}).get("map", ()):
        inner = entry["value"].get("query_node") or entry["value"]["query"]["node"]
        seen[entry["key"].lower()] = (inner, dict(seen))
    return seen


def scopes(query: Node, known: Mapping[str, Any] = NOTHING) -> Iterator[Scope]:
    """Yield the SELECTs whose rows a query returns: one, or the parts of a UNION."""
    seen = _named(query, known)
    if query.get("type") == "SELECT_NODE":
        yield Scope(query, seen)
    for child in query.get("children", ()):
        yield from scopes(child, seen)


def all_scopes(query: Node, known: Mapping[str, Any] = NOTHING) -> Iterator[Scope]:
    """Yield every SELECT of a query, also those inside of others."""
    for scope in scopes(query, known):
        yield scope
        for inner in _inside([v for k, v in scope.select.items() if k != "cte_map"]):
            yield from all_scopes(inner, scope.known)
    seen = _named(query, known)
    for entry in query.get("cte_map", {}).get("map", ()):
        yield from all_scopes(*seen[entry["key"].lower()])


def _inside(node: object) -> Iterator[Node]:
    """Yield the queries directly inside a SELECT: subqueries of FROM and of expressions."""
    if isinstance(node, list):
        for each in node:
            yield from _inside(each)
    elif isinstance(node, dict):
        if node.get("type") in {"SELECT_NODE", "SET_OPERATION_NODE"}:
            yield node
            return
        for value in node.values():
            yield from _inside(value)


class ColumnOrigin(NamedTuple):
    """Where a column comes from: a table (empty where its name says its unit), its column, and the SELECT around it."""

    table: str
    column: str
    scope: Scope


@dataclass(frozen=True)
class Tables:
    """The columns of each table and view of a warehouse, in lower case."""

    columns: Mapping[str, frozenset[str]]

    def origins(self, names: list[str], scope: Scope, *, units: bool = False) -> Iterator[ColumnOrigin]:
        """Yield the tables that a column comes from; of a formula none.

        Args:
            names: The column, behind its table where that is said.
            scope: The SELECT that names it.
            units: Go through what keeps the unit of a value too, and stop at a name that says it.
        """
        column, alias = names[-1].lower(), names[-2].lower() if len(names) > 1 else ""
        if units and unit_said(column):
            yield ColumnOrigin("", column, scope)
            return
        for name, table, inner in scope.sources():
            if alias in ("", name):
                if column in self.columns.get(table, ()):
                    yield ColumnOrigin(table, column, scope)
                for each in inner:
                    yield from self.made(column, each, units=units)

    def made(self, column: str, scope: Scope, *, units: bool = False) -> Iterator[ColumnOrigin]:
        """Yield the origins of a column that a SELECT returns."""
        for item in scope.select.get("select_list", ()):
            if item.get("type") == "STAR":
                yield from self.origins([column], scope, units=units)
            elif _name(item) == column:
                value = _value(item) if units else item
                if value.get("type") == "COLUMN_REF":
                    yield from self.origins(value["column_names"], scope, units=units)


def unit_said(column: str) -> str:
    """Return the unit that the name of a column says; empty where it says none."""
    return _SAID.get(column.rpartition("_")[2], "")


def _value(item: Node) -> Node:
    """Return what an expression is made of, without the functions that keep its unit."""
    if item.get("type") == "OPERATOR_CAST":
        return _value(item["child"])
    if item.get("class") == "FUNCTION" and item["function_name"].lower() in _KEEPS_UNIT and item["arguments"]:
        return _value(item["arguments"][0]["expression"])
    return item


def _name(item: Node) -> str:
    if item.get("alias"):
        return str(item["alias"]).lower()
    return str(item["column_names"][-1]).lower() if item.get("type") == "COLUMN_REF" else ""


def comparisons(scope: Scope) -> Iterator[tuple[list[str], str]]:
    """Yield the columns that a SELECT compares with a word, and the word."""
    own = {k: v for k, v in scope.select.items() if k != "cte_map"}
    yield from _compared(own, top=True)


def _compared(node: object, *, top: bool = False) -> Iterator[tuple[list[str], str]]:
    if isinstance(node, list):
        for each in node:
            yield from _compared(each)
    if not isinstance(node, dict) or (not top and node.get("type") in {"SELECT_NODE", "SET_OPERATION_NODE"}):
        return
    sides: list[Node] = []
    if node.get("type") in {"COMPARE_EQUAL", "COMPARE_NOTEQUAL"}:
        sides = [node["left"], node["right"]]
    elif node.get("type") in {"COMPARE_IN", "COMPARE_NOT_IN"}:
        sides = node["children"]
    columns = [side["column_names"] for side in sides if side.get("type") == "COLUMN_REF"]
    if len(columns) == 1:
        yield from ((columns[0], word) for side in sides if (word := _word(side)) is not None)
    for value in node.values():
        yield from _compared(value)


def _word(node: Node) -> str | None:
    literal = node.get("literal") if node.get("type") == "VALUE_CONSTANT" else None
    return str(literal["text"]) if literal and literal.get("kind") == "STRING" else None


def words_made(node: object) -> Iterator[str]:
    """Yield the words that a query writes into its rows: every text but those that something is compared with."""
    if isinstance(node, list):
        for each in node:
            yield from words_made(each)
    elif isinstance(node, dict):
        if str(node.get("type", "")).startswith("COMPARE_"):
            return
        word = _word(node)
        if word is not None:
            yield word
        for value in node.values():
            yield from words_made(value)


@dataclass
class Units:
    """In which unit a column of a query is, as far as names and declarations say it.

    Attributes:
        catalog: The declarations.
        tables: Columns of the warehouse.
        bodies: Syntax trees of the views, by name: a column is followed down through them.
    """

    catalog: Catalog
    tables: Tables
    bodies: Callable[[str], Sequence[Node]]
    known: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Note the units that are declared."""
        self._stored = {metric.id.lower(): metric.unit.stored for metric in self.catalog.data_metrics()}
        series = {name: series.unit for name, series in self.catalog.headlines.items()}
        forecasts = {policy.series: policy.unit for policy in self.catalog.forecasts}
        self._asked = dict.fromkeys(_BY_SERIES, series) | dict.fromkeys(_BY_FORECAST, forecasts)

    def of(self, query: Node, column: str) -> set[str]:
        """Return the units that a column of a query is in; none where nobody says it."""
        made = (o for scope in scopes(query) for o in self.tables.made(column.lower(), scope, units=True))
        return {unit for origin in made for unit in self._of(*origin)}

    def _of(self, table: str, column: str, scope: Scope) -> set[str]:
        """Return the unit of a column of a table or view; where rows are of many units, that of the series asked."""
        if not table:
            return {unit_said(column)}
        if table in self._asked:
            asked = [word for names, word in comparisons(scope) if names[-1].lower() == "series"]
            units = self._asked[table] if column in _MEASURED else {}
            return {units[word] for word in asked if word in units}
        metric = table.removesuffix("_daily")
        if metric in self._stored:
            return {self._stored[metric]} if column == "value" else set()
        if (table, column) not in self.known:
            self.known[table, column] = set()  # while it is being followed
            found = {unit for tree in self.bodies(table) for unit in self.of(tree, column)}
            self.known[table, column] = found if len(found) == 1 else set()
        return self.known[table, column]
