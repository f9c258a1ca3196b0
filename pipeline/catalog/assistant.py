"""What the assistant of the pages knows besides the catalogue: words people use, and what it has to refuse."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pipeline.catalog.fields import Declaration, MetricId, Slug, declared

#: What can be asked about by its name, and the kind of entity under which the source has it.
NamedKind = Literal["plant", "reservoir", "river"]
Words = Annotated[tuple[str, ...], Field(min_length=1)]


class Refusal(Declaration):
    """A subject that the portal has no answer to.

    Attributes:
        topic: Its name in tests.
        words: Words that tell it, without accents or capitals; `*` at the end of one stands for any ending.
        says: What the assistant answers, in Spanish.
        page: Page of the portal that comes nearest; none where nothing does.
        page_title: What its link says.
    """

    topic: Slug
    words: Words
    says: str = Field(min_length=20)
    page: str = ""
    page_title: str = ""


class NamedFigure(Declaration):
    """A metric that is asked of something by its name.

    Attributes:
        kind: Of what.
        metric: Metric, by codes.
        entity: Entity under which the source has it.
        label: What it is called.
        words: Words that ask for it; the first figure of a kind answers without any.
        settled: Headline series whose quotable days settle it, where a code lacks hours for good: the sun at night.
    """

    kind: NamedKind
    metric: MetricId
    entity: Annotated[str, declared("entity")]
    label: str
    words: tuple[str, ...] = ()
    settled: Annotated[str, declared("headline series")] | None = None


class Assistant(Declaration):
    """Words of the assistant.

    Attributes:
        refusals: What it refuses; the first that fits speaks.
        figures: What may be asked of plants, reservoirs and rivers.
        same: Words that mean the same, by the word that names of series use.
        fillers: Words that change nothing; a question with a word of no list is not answered.
        cautions: What has to be said with every answer about a headline series.
    """

    refusals: tuple[Refusal, ...] = ()
    figures: tuple[NamedFigure, ...] = ()
    same: dict[str, Words] = Field(default_factory=dict)
    fillers: tuple[str, ...] = ()
    cautions: Annotated[dict[str, str], declared("headline series")] = Field(default_factory=dict)
