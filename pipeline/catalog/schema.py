"""Frozen shapes of every declaration. A field nobody declared is an error, not a guest."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pipeline.core.errors import UsageError
from pipeline.core.units import UNITS, dimension, factor

Grain = Literal["hourly", "daily", "monthly", "list"]
Kind = Literal["flow", "stock", "rate", "price", "ratio", "list"]
_ID = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")
_SLUG = re.compile(r"^[a-z][a-z0-9-]*$")
_DATASET = re.compile(r"^[A-Za-z0-9]{6}$")
# Kinds that cannot be summed over time or entities must not carry additive units, and vice versa.
_KIND_DIMENSIONS: dict[str, set[str]] = {
    "flow": {"energy", "money_cop", "money_usd", "volume", "heat", "mass", "count"},
    "stock": {"energy", "volume", "power", "money_cop", "count"},
    "rate": {"power", "flow", "irradiance", "temperature", "emission_factor", "energy", "count"},
    "price": {"price_cop", "price_usd"},
    "ratio": {"ratio", "emission_factor"},
    "list": {"none", "power"},
}


class Declaration(BaseModel):
    """What every declaration is: frozen, without a field that nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _known_unit(unit: str) -> str:
    if unit not in UNITS:
        raise ValueError(f"{unit!r} is no unit: use one of {', '.join(filter(None, UNITS))}")
    return unit


Unit = Annotated[str, AfterValidator(_known_unit), Field(json_schema_extra={"enum": list(UNITS)})]


class UnitPair(Declaration):
    """Unit of the values as XM sends them, and unit kept in the lake."""

    source: str
    stored: str

    @property
    def factor(self) -> float:
        """Number that turns a source value into a stored one."""
        return factor(self.source, self.stored)


def _pair(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


Bounds = Annotated[tuple[float, float], BeforeValidator(_pair)]


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

    dataset: str
    date: str = "Fecha"
    value: str = ""
    code: tuple[str, ...] = ()
    variable: SimemVariable | None = None
    version: str | None = None
    duration: str | None = None
    calendar: str | None = None
    snapshot: bool = False


class Metric(Declaration):
    """One metric of a source: everything a reader, a check, a model and a chart need."""

    id: str
    title: str = Field(min_length=4)
    definition: str = Field(min_length=30)
    theme: str
    entities: tuple[str, ...] = Field(min_length=1)
    grain: Grain
    kind: Kind
    unit: UnitPair = UnitPair(source="", stored="")
    source_label: str | None = None
    bounds: Bounds | dict[str, Bounds] | None = None
    lag_days: int = Field(ge=0, le=120)
    source: str = "xm"
    max_days: Literal[31, 366, 731] = 31
    starts: dt.date | None = None
    ends: dt.date | None = None
    level_check: bool = False
    sparse: bool = False
    note: str | None = None
    columns: dict[str, str] = {}
    simem: SimemSection | None = None

    @property
    def versioned(self) -> bool:
        """Whether each value is kept in every settlement version."""
        return self.simem is not None and self.simem.version is not None

    @model_validator(mode="after")
    def _coherent(self) -> Metric:
        faults = self._simem_faults()
        if not _ID.match(self.id):
            faults.append("id: letters, digits and _ only")
        try:
            faults += self._unit_faults()
        except UsageError as error:
            faults.append(f"unit: {error}")
        if (self.grain == "list") != (self.kind == "list"):
            faults.append("kind: `list` goes with grain `list` and with nothing else")
        if self.grain == "list" and not self.columns:
            faults.append("columns: a list declares its columns")
        faults += [f"bounds: low above high in {name}" for name, (low, high) in self._bounds().items() if low >= high]
        faults += [
            f"bounds: {name} is not an entity of this metric"
            for name in self._bounds()
            if name != "*" and name not in self.entities
        ]
        if self.starts and self.ends and self.starts > self.ends:
            faults.append("ends: before starts")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _simem_faults(self) -> list[str]:
        if self.simem is None:
            return ["simem: a metric of SIMEM says in which dataset it lies"] if self.source == "simem" else []
        faults = [] if self.source == "simem" else ["simem: only metrics of source simem have this section"]
        if not _DATASET.match(self.simem.dataset):
            faults.append("simem.dataset: six letters or digits")
        if (self.grain == "list") == bool(self.simem.value):
            faults.append("simem.value: a column for data, none for lists")
        if self.grain == "list" and self.simem.version:
            faults.append("simem.version: a list has no versions")
        return faults

    def _unit_faults(self) -> list[str]:
        factor(self.unit.source, self.unit.stored)
        if dimension(self.unit.stored) not in _KIND_DIMENSIONS[self.kind]:
            return [f"unit: {self.unit.stored!r} does not go with kind {self.kind!r}"]
        return []

    def _bounds(self) -> dict[str, tuple[float, float]]:
        if self.bounds is None:
            return {}
        return self.bounds if isinstance(self.bounds, dict) else {"*": self.bounds}

    def bounds_of(self, entity: str) -> tuple[float, float] | None:
        """Return the plausible range of one row of `entity` [stored unit], or None."""
        declared = self._bounds()
        return declared.get(entity, declared.get("*"))


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
        unit: Unit of the values.
        decimals: Decimals worth showing.
        metrics: Metrics behind it.
        sql: Query over the views: `day, value, quality`. A formula belongs in a view.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=4)
    unit: Unit
    decimals: int = Field(ge=0, le=6)
    metrics: tuple[str, ...] = Field(min_length=1)
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
    empty: str = "—"
    """What stands in a cell without words."""


class Block(Declaration):
    """One block of a board: a type, a title and its SQL over the views."""

    # A chart type is a module of pipeline.site.charts, found by name; the catalogue knows none of them.
    type: str = Field(pattern=r"^[a-z_]+$")
    id: str
    title: str = ""
    subtitle: str = ""
    unit: Unit = ""
    decimals: int | None = Field(None, ge=0, le=6)
    sql: str = ""
    good: Literal["up", "down", "none"] = "none"
    note: str = ""
    columns: dict[str, Column] = {}
    options: dict[str, str | int | float | bool] = {}
    sentence: str = ""
    """Template of what is said of each row; the template of an item names it `sentence`."""
    files: dict[str, str] = {}
    """Files of its own to download: name → query."""
    metrics: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Block:
        if not _SLUG.match(self.id):
            raise ValueError("id: lower-case letters, digits and hyphens")
        if self.type not in {"summary", "text"} and not self.sql:
            raise ValueError("sql: a block of this type needs a query")
        return self


Base = Literal["day", "week", "year"]


class BoardFact(Declaration):
    """A headline series that the text of a board may quote.

    Attributes:
        versus: Its comparisons: the day before, the same weekday of last week, the same date of last year.
        decimals: Decimals in the text; by default whole pesos, one of a percentage, else those of the series.
    """

    versus: tuple[Base, ...] = ()
    decimals: int | None = Field(None, ge=0, le=6)


def _versus(value: object) -> object:
    return {"versus": value} if isinstance(value, list) else value


Fact = Annotated[BoardFact, BeforeValidator(_versus, json_schema_input_type=BoardFact | tuple[Base, ...])]


class Board(Declaration):
    """One board: the one question it answers, what its text may say, and its ordered blocks."""

    slug: str
    title: str
    question: str
    order: int
    metrics: tuple[str, ...] = ()
    method: str = ""
    description: str = ""
    facts: dict[str, Fact] = {}
    blocks: tuple[Block, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _coherent(self) -> Board:
        if not _SLUG.match(self.slug):
            raise ValueError("slug: lower-case letters, digits and hyphens")
        ids = [block.id for block in self.blocks]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"blocks: id used twice: {', '.join(twice)}")
        return self


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
    """A known fault or event of the source, shown where it matters."""

    id: str
    metrics: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None
    kind: Literal["gap", "unit", "label", "partial", "event", "definition"]
    mark: str = Field("", max_length=24)
    """Few words for time axes; with them the charts of boards show it too."""
    text: str
    source: str


class EntityKind(Declaration):
    """A kind of entity that XM reports on."""

    id: str
    label: str
    plural: str
    description: str
    listed_in: str | None = None
    """List that names the codes of this kind; a code it lacks is kept and told."""
    listed_as: Literal["code", "name"] = "code"
    """Column of that list in which the codes stand."""


class Theme(Declaration):
    """A theme of the catalogue."""

    id: str
    title: str
    order: int
    description: str = ""


class EnergySource(Declaration):
    """One of XM's energy sources and the portal's label and colour key for it."""

    xm: str
    label: str
    palette: str


class QualityWord(Declaration):
    """How the quality of a row is said on the page."""

    id: Literal["ok", "provisional", "corrected"]
    label: str
    description: str


class Word(Declaration):
    """A code of the data and how the portal says it; `other` stands for every code that has no words.

    Attributes:
        id: The code.
        label: Its words.
        icon: Sign of a state.
        tone: Colour of a state.
        description: A sentence on it.
    """

    id: str
    label: str
    icon: str = ""
    tone: Literal["", "good", "warn", "bad", "none"] = ""
    description: str = ""


class Term(Declaration):
    """A glossary term."""

    term: str
    abbreviation: str = ""
    definition: str
    metrics: tuple[str, ...] = ()
