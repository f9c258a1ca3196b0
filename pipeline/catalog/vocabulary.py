"""The shapes of closed vocabularies: what XM calls things, and the words of the portal for them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pipeline.catalog.fields import (
    Declaration,
    MetricId,
    MetricIds,
    unique,
)


class EntityKind(Declaration):
    """A kind of entity that XM reports on."""

    id: str
    label: str
    plural: str
    description: str
    listed_in: MetricId | None = None
    """List that names the codes of this kind; a code it lacks is kept and told."""
    listed_as: Literal["code", "name"] = "code"
    """Column of that list in which the codes stand."""
    identity: tuple[str, ...] = ("code",)
    """Fields of an hourly reply of XM that identify a row; joined with `|` in this order they are the code."""


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


class ValueState(Declaration):
    """A state of a value, the word for it, what it means, and whether such a value may be quoted."""

    id: Literal["provisional", "doubtful", "corrected", "ok", "final"]
    label: str
    description: str
    quotable: bool


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
    metrics: MetricIds = ()
    linked: bool = True
    """Whether the prose of pages leads to it; false of a word that has another sense there."""


class Vocabularies(Declaration):
    """`vocabularies.yml`: entities, themes, energy sources, words of quality and of codes, settlement versions."""

    entities: Annotated[tuple[EntityKind, ...], unique("id")] = ()
    themes: Annotated[tuple[Theme, ...], unique("id")] = ()
    energy_sources: Annotated[tuple[EnergySource, ...], unique("xm")] = ()
    quality: Annotated[tuple[ValueState, ...], unique("id")] = ()
    versions: Annotated[tuple[str, ...], unique("")] = ()
    words: dict[str, Annotated[tuple[Word, ...], unique("id")]] = Field(default_factory=dict)
