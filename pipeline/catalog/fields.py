"""Kinds of fields that declarations are made of: units, bounds, and names of what is declared elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from pipeline.core.units import UNITS, dimension, factor

Value = TypeVar("Value")


class Declaration(BaseModel):
    """A part of a YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def declared(kind: str, names: Callable[[Any], Iterable[str]] = lambda value: value) -> AfterValidator:
    """Return the check that a field names what is declared; the loader gives the names of each kind as context.

    Args:
        kind: What is named, in words.
        names: What makes names of the value of the field; a text is one, of a tuple each and of a mapping each key.
    """

    def check(value: Value, info: ValidationInfo) -> Value:
        known = (info.context or {}).get(kind)
        found = [value] if isinstance(value, str) else names(value)
        if known is not None and (strange := [name for name in found if name not in known]):
            raise ValueError("; ".join(f"{name!r} is no declared {kind}" for name in strange))
        return value

    return AfterValidator(check)


def unique(key: str) -> AfterValidator:
    """Return the check that no two entries of a list have the same key."""

    def check(entries: Value) -> Value:
        names = [getattr(entry, key) if key else entry for entry in entries]  # type: ignore[attr-defined]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"declared twice: {', '.join(twice)}")
        return entries

    return AfterValidator(check)


def together(key: str) -> AfterValidator:
    """Return the check that the entries with one word under `key` follow each other, after those without any."""

    def check(entries: Value) -> Value:
        runs = [word for word, _ in groupby(getattr(entry, key) for entry in entries)]  # type: ignore[attr-defined]
        if len({*runs}) < len(runs) or "" in runs[1:]:
            raise ValueError(f"{key}: put those without any first, and those of one {key} together")
        return entries

    return AfterValidator(check)


Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
MetricId = Annotated[str, declared("metric")]
MetricIds = Annotated[tuple[str, ...], declared("metric")]
CALENDAR = "list with columns code, start, end and in_force"
"""What a calendar of settlement versions is."""


def _known_unit(unit: str) -> str:
    if unit not in UNITS:
        raise ValueError(f"{unit!r} is no unit: use one of {', '.join(filter(None, UNITS))}")
    return unit


Unit = Annotated[str, AfterValidator(_known_unit), Field(json_schema_extra={"enum": list(UNITS)})]


class UnitPair(Declaration):
    """Unit of the values as XM sends them, and unit kept in the lake."""

    source: Unit
    stored: Unit

    @model_validator(mode="after")
    def _convertible(self) -> UnitPair:
        if dimension(self.source) != dimension(self.stored):
            raise ValueError(f"{self.source!r} and {self.stored!r} are units of different dimensions")
        return self

    @property
    def factor(self) -> float:
        """Number that turns a source value into a stored one."""
        return factor(self.source, self.stored)


def _in_order(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] >= pair[1]:
        raise ValueError("low above high")
    return pair


Bounds = Annotated[tuple[float, float], AfterValidator(_in_order)]
BoundsOf = Annotated[
    dict[str, Bounds],
    BeforeValidator(
        lambda v: {"*": v} if isinstance(v, list) else v, json_schema_input_type=Bounds | dict[str, Bounds]
    ),
]
"""Bounds by entity; those of all others under `*`."""


class Weights(Declaration):
    """What the hours and the codes of a metric weigh when they make a day or a group: another metric, or all alike."""

    by: MetricId | None = None
    equal: str = Field("", description="Why they count alike, and the plain mean is the value of the day.")

    @model_validator(mode="after")
    def _one(self) -> Weights:
        if bool(self.by) == bool(self.equal):
            raise ValueError("give the metric that weighs, or why all count alike")
        return self


def _weighed(value: object) -> object:
    return {"by": value} if isinstance(value, str) else value


Weighing = Annotated[Weights, BeforeValidator(_weighed, json_schema_input_type=str | Weights)]
"""Weights, or the metric that weighs by its name alone."""
