"""Frozen shapes of every declaration. A field nobody declared is an error, not a guest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.catalog.fields import (
    CALENDAR,
    BoundsOf,
    Declaration,
    MetricIds,
    Slug,
    Unit,
    UnitPair,
    Weighing,
    declared,
    together,
    unique,
)
from pipeline.core.units import dimension

Grain = Literal["hourly", "daily", "monthly", "list"]
Kind = Literal["flow", "stock", "rate", "price", "ratio", "list"]
MARGIN_DAYS = 3
"""How much later than usual the newest day may be: weekends and holidays move publications."""
# Kinds that cannot be summed over time or entities must not carry additive units, and vice versa.
_KIND_DIMENSIONS: dict[str, set[str]] = {
    "flow": {"energy", "money_cop", "money_usd", "volume", "heat", "mass", "count"},
    "stock": {"energy", "volume", "power", "money_cop", "count"},
    "rate": {"power", "flow", "irradiance", "temperature", "emission_factor", "energy", "count"},
    "price": {"price_cop", "price_usd"},
    "ratio": {"ratio", "emission_factor"},
    "list": {"none", "power"},
}


class SimemVariable(Declaration):
    """Which records of a dataset in long form belong to a metric."""

    column: str = "CodigoVariable"
    value: str


class SimemSection(Declaration):
    """Where a metric lies in SIMEM.

    Attributes:
        dataset: Id of the dataset.
        date: Column of the hour, the day or the month.
        value: Column of the value; none for lists.
        code: Columns whose values, joined with `|`, identify a row; none when the value is national.
        variable: In long form, the variable that is wanted; none in wide form, where `value` names it.
        version: Column of the settlement version; none when the dataset has a single one.
        duration: ISO 8601 duration of the values (`CodigoDuracion`); records of another one are no such values.
        calendar: Id of the list that says which version is in force on each day; it goes before the precedence.
        snapshot: Lists: every day brings the whole list again, so that only the newest day counts.
    """

    dataset: str = Field(pattern=r"^[A-Za-z0-9]{6}$")
    date: str = "Fecha"
    value: str = ""
    code: tuple[str, ...] = ()
    variable: SimemVariable | None = None
    version: str | None = None
    duration: str | None = None
    calendar: Annotated[str, declared(CALENDAR)] | None = None
    snapshot: bool = False


class Metric(Declaration):
    """One metric of a source: everything a reader, a check, a model and a chart need.

    `weights` names the metric that weighs the hours (and the codes) of one that cannot be summed: the energy behind a
    price, the generation behind a factor. See `pipeline/store/daily.py`.
    """

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    title: str = Field(min_length=4)
    definition: str = Field(min_length=30)
    theme: Annotated[str, declared("theme")]
    entities: Annotated[tuple[str, ...], Field(min_length=1), declared("entity")]
    grain: Grain
    kind: Kind
    weights: Weighing | None = None
    unit: UnitPair = UnitPair(source="", stored="")
    source_label: str | None = None
    bounds: BoundsOf = Field(default_factory=dict)
    lag_days: int = Field(ge=0, le=120)
    source: Annotated[str, declared("source")] = "xm"
    max_days: Literal[31, 366, 731] = 31
    starts: dt.date | None = None
    ends: dt.date | None = None
    level_check: bool = False
    sparse: bool = False
    settles_days: int = Field(90, ge=0)
    """How long the source may settle a month again [days after its end]; what is older is final."""
    note: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    identity: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Of an entity kind: fields of a reply that identify a row, where they are not those of the kind."""
    simem: SimemSection | None = None

    @property
    def late_after(self) -> int | None:
        """Age of the newest settled day from which a series is late [days]; None for events and for what has ended.

        A month is told by its first day, is due `lag_days` after its last, and stays the newest until the next is out.
        """
        if self.sparse or self.ends:
            return None
        return self.lag_days + MARGIN_DAYS + (62 if self.grain == "monthly" else 0)

    @property
    def weighed_by(self) -> str:
        """Id of the metric that weighs its parts; empty where they count alike or are summed."""
        return (self.weights and self.weights.by) or ""

    @property
    def versioned(self) -> bool:
        """Whether each value is kept in every settlement version."""
        return self.simem is not None and self.simem.version is not None

    @model_validator(mode="after")
    def _coherent(self) -> Metric:
        simem, of_simem = self.simem, self.source == "simem"
        faults = {
            "kind: `list` goes with grain `list` and with nothing else": (self.grain == "list")
            != (self.kind == "list"),
            f"unit: {self.unit.stored!r} does not go with kind {self.kind!r}": (
                dimension(self.unit.stored) not in _KIND_DIMENSIONS[self.kind]
            ),
            "weights: name the metric that weighs its parts, or say why they count alike (`equal: …`)": (
                self.weights is None
                and (self.kind == "ratio" or (self.grain == "hourly" and self.kind in ("rate", "price")))
            ),
            "weights: a sum, a stock and a list have none": (
                self.weights is not None and self.kind in ("flow", "stock", "list")
            ),
            "weights: values in several versions are not weighed by another metric": (
                self.versioned and bool(self.weighed_by)
            ),
            "columns: a list declares its columns": self.grain == "list" and not self.columns,
            "ends: before starts": bool(self.starts and self.ends and self.starts > self.ends),
            "simem: a metric of SIMEM says in which dataset it lies": simem is None and of_simem,
            "simem: only metrics of source simem have this section": simem is not None and not of_simem,
            "simem.value: a column for data, none for lists": (
                simem is not None and (self.grain == "list") == bool(simem.value)
            ),
            "simem.version: a list has no versions": self.grain == "list" and self.versioned,
            **{
                f"bounds: {name} is not an entity of this metric": name not in ("*", *self.entities)
                for name in self.bounds
            },
            **{
                f"identity: {name} is not an entity of this metric": name not in self.entities for name in self.identity
            },
        }
        if any(faults.values()):
            raise ValueError("; ".join(fault for fault, there in faults.items() if there))
        return self

    def bounds_of(self, entity: str) -> tuple[float, float] | None:
        """Return the plausible range of one row of `entity` [stored unit], or None."""
        return self.bounds.get(entity, self.bounds.get("*"))

    def identity_of(self, entity: str) -> tuple[str, ...]:
        """Return the fields of an hourly reply that identify a row of `entity`, in the order of the lake's code."""
        return self.identity.get(entity, ("code",))


class Series(Declaration):
    """A metric asked for one entity kind: the unit of ingest."""

    metric: str
    entity: str

    @property
    def key(self) -> str:
        """`Metric/Entity`."""
        return f"{self.metric}/{self.entity}"


class HeadlineSeries(Declaration):
    """A daily series that texts, figures of merit and the API may quote: what it is, and the query of its values.

    Attributes:
        id: What facts, boards and API call it.
        label: Title in Spanish.
        said: What a sentence calls it, with its article; without it no text speaks of it.
        also: Other names that people give it, for whoever checks a text.
        asked: Words by which a question means it and a text might not.
        share_of: Of a percentage, what it is a part of, in words that follow the figure.
        unit: Unit of the values.
        decimals: Decimals worth showing.
        metrics: Metrics behind it.
        compare: What its last value is compared with (`pipeline/views/rules/calendar.sql`): a day of the same kind, for
            whatever moves with work and rest; the same date, for what stands in store, is in force for months or is a
            sum to date; the mean of seven or 28 days, for what one day says little of; the same month, for values of
            months.
        forecast: Series of the forecasts that says what is expected of it.
        sql: Query over the views: `day, value, quality`. A formula belongs in a view.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=4)
    said: str = Field("", pattern=r"^((el|la|los|las) \S.*)?$")
    also: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    share_of: str = Field("", pattern=r"^((de|del) \S.*)?$")
    unit: Unit
    decimals: int = Field(ge=0, le=6)
    metrics: Annotated[MetricIds, Field(min_length=1)]
    compare: Literal["like_day", "date", "week_mean", "weeks_mean", "month"] = "like_day"
    forecast: str = ""
    sql: str = Field(min_length=1)


class Column(Declaration):
    """How a table column is shown."""

    unit: Unit | None = None
    decimals: int | None = Field(None, ge=0, le=6)
    align: Literal["left", "right"] | None = None
    light: bool = False
    """Whether its words are those of the semaphore, shown with their colour."""
    text: str = ""
    """Template of its cells over the columns of the query; with it the name of the column is free."""
    title: str = ""
    """Its head, where two columns have the same; by default its name."""
    small: str = ""
    """Template of what stands small beside its head, over the first row, in place of a unit."""
    optional: bool = False
    """Whether it is left out where no row says anything in it."""
    empty: str = "—"
    """What stands in a cell without words."""


def _explored(headlines: bool) -> Callable[[tuple[str, ...]], list[str]]:
    """Return what makes the metrics, or the headline series, of what a block shows in the Explorer."""

    def names(items: tuple[str, ...]) -> list[str]:
        found = [item.split(".") for item in items if "=" not in item]
        return [parts[1 if headlines else 0] for parts in found if (parts[0] == "titulares") is headlines]

    return names


class Block(Declaration):
    """One block of a board: a type, a title and its SQL over the views."""

    # A chart type is a module of pipeline.site.charts, found by name; the catalogue knows none of them.
    type: str = Field(pattern=r"^[a-z_]+$")
    id: Slug
    fold: str = ""
    """Title of the fold that it lies in."""
    title: str = ""
    subtitle: str = ""
    unit: Unit = ""
    decimals: int | None = Field(None, ge=0, le=6)
    sql: str = ""
    good: Literal["up", "down", "none"] = "none"
    note: str = ""
    columns: dict[str, Column] = Field(default_factory=dict)
    options: Annotated[
        dict[str, str | int | float | bool],
        declared("source", lambda options: filter(None, map(str.strip, str(options.get("sources", "")).split(",")))),
        declared("board", lambda options: [str(options["board"])] if "board" in options else []),
    ] = Field(default_factory=dict)
    sentence: str = ""
    """Template of what is said of each row; the template of an item names it `sentence`."""
    files: dict[str, str] = Field(default_factory=dict)
    """Files of its own to download: name → query."""
    metrics: MetricIds = ()
    explore: Annotated[
        tuple[
            Annotated[str, Field(pattern=r"^(titulares\.[a-z0-9_]+|[A-Za-z]\w*\.[A-Za-z]+\.[^=]+|[a-z]+=[\w-]+)$")], ...
        ],
        declared("metric", _explored(headlines=False)),
        declared("headline series", _explored(headlines=True)),
    ] = ()
    """What the Explorer shows of it: series as its address names them, then settings (`paso=mes`)."""

    @model_validator(mode="after")
    def _coherent(self) -> Block:
        if self.type not in {"summary", "text", "worded_text", "section"} and not self.sql:
            raise ValueError("sql: a block of this type needs a query")
        return self


class Contrast(Declaration):
    """Two claims that one sentence may set against each other; nothing is said of why.

    Attributes:
        id: The claim that it makes is `contrast.<id>`.
        left: Claim told first.
        right: Claim set against it.
        ways: Which way each has to go: a contrast of two rises is none.
        link: What joins them; `pese a que` where the first goes against what the second would let expect.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    left: str
    right: str
    ways: tuple[Literal["up", "down"], Literal["up", "down"]]
    link: Literal["pese a que", "mientras que"]


class Board(Declaration):
    """One board: the one question it answers, what its text may say, and its ordered blocks."""

    slug: Slug
    title: str
    question: str
    order: int
    metrics: MetricIds = ()
    method: str = ""
    description: str = ""
    tells: Annotated[tuple[str, ...], declared("headline series", lambda told: [t for t in told if "." not in t])] = ()
    """What its text may tell, first what answers its question: headline series, and patterns of ids of claims."""
    blocks: Annotated[tuple[Block, ...], Field(min_length=1), unique("id"), together("fold")]


class Source(Declaration):
    """Who publishes the data, under which terms, and how to cite them."""

    id: str
    title: str
    publisher: str
    url: str
    terms: str
    attribution: str
    lag_note: str = ""


class Correction(Declaration):
    """A known fault or event of the source, shown where it matters; or a decision on what is held back."""

    id: str
    metrics: MetricIds = ()
    entities: tuple[str, ...] = ()
    """Of a decision: only these entity kinds of the metrics; all when empty."""
    start: dt.date | None = None
    end: dt.date | None = None
    kind: Literal["gap", "unit", "label", "partial", "event", "definition", "decision"]
    decision: Literal["accept", "refuse"] | None = None
    """What becomes of changes of these days that are held back; `text` says why."""
    mark: str = Field("", max_length=24)
    """Few words for time axes; with them the charts of boards show it too."""
    text: str
    source: str

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if (self.kind == "decision") != (self.decision is not None):
            raise ValueError("decision: kind `decision` goes with `accept` or `refuse`, and nothing else does")
        if self.decision and not (self.metrics and self.start and self.end):
            raise ValueError("decision: name its metrics, its start and its end")
        if self.entities and not self.decision:
            raise ValueError("entities: only a decision has them")
        return self


class Alias(Declaration):
    """Two codes of one thing, which the source renamed; or (`same: false`) of two that only look alike."""

    id: str
    entity: Annotated[str, declared("entity")]
    old: str = Field(min_length=1)
    new: str = Field(min_length=1)
    since: dt.date | None = None
    """First day of the new code."""
    same: bool = True
    text: str
    source: str

    @model_validator(mode="after")
    def _differ(self) -> Self:
        if self.old == self.new:
            raise ValueError("new: the same code as `old`")
        return self


class ReferenceTable(Declaration):
    """A file of `data/reference` as a table of the warehouse.

    Attributes:
        table: Its name.
        file: The file.
        comment: What a row is, and its source.
        columns: SQL type and meaning of each column, by its name.
    """

    table: str = Field(pattern=r"^ref_[a-z_]+$")
    file: str
    comment: str
    columns: dict[str, tuple[str, str]] = Field(min_length=1)
