"""How the search of the pages groups what it finds, and by which other words pages are looked for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pipeline.catalog.assistant import Words
from pipeline.catalog.fields import Declaration, Slug, declared, unique

#: What a page of the portal is, in the eyes of whoever looks for it.
GroupId = Literal[
    "board", "question", "plant", "reservoir", "river", "agent", "department", "region", "page", "metric", "report",
    "term",
]  # fmt: skip


class SearchGroup(Declaration):
    """A group of results.

    Attributes:
        id: What is in it.
        label: Its heading.
        weight: What a match in it counts beside the same match in another group.
        asked: Words that ask for this group and for nothing else; without accents or capitals.
    """

    id: GroupId
    label: str = Field(min_length=4)
    weight: float = Field(gt=0, le=2)
    asked: tuple[str, ...] = ()


class SearchWords(Declaration):
    """What the search knows besides titles, codes and the names that are declared with series and things.

    Attributes:
        groups: Groups of results; of two that match alike, the first stands first.
        boards: Words by which people look for a board.
        pages: Words by which people look for any other page, by its address.
        terms: Words by which people look for a term of the glossary.
        fillers: Words that change neither what is looked for nor its figure.
        refusals: Subjects of the assistant that the search, too, says it has nothing about.
    """

    groups: Annotated[tuple[SearchGroup, ...], unique("id")] = ()
    boards: Annotated[dict[str, Words], declared("board")] = Field(default_factory=dict)
    pages: Annotated[dict[str, Words], declared("page")] = Field(default_factory=dict)
    terms: Annotated[dict[str, Words], declared("term")] = Field(default_factory=dict)
    fillers: tuple[str, ...] = ()
    refusals: tuple[Slug, ...] = ()
