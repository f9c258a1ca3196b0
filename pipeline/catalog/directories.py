"""Kinds of things that have a name, with a page for each: plants, rivers, agents. What it says is YAML over SQL.

A page of a thing is a page about the data whose facts are its own row of the list. Every query is run once for the
whole kind: a column `thing` says whose each row is, and rows without one are of all.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from pipeline.catalog.data_pages import DataPage

#: What the templates of these pages may name besides columns and facts.
SHARED_BY_THINGS = frozenset({"also", "folder"})


class Directory(DataPage):
    """One kind of named things.

    The slug is the folder of their addresses; `sql` is the list, with a column `thing` that tells them apart and
    `slug`, the last part of the address; title, description and eyebrow are templates over its rows.

    Attributes:
        shows: Kind in the tables of `pipeline/views/entities` (`shown_kind` in its queries).
        heads: Heads of columns of tables whose cells are names of these things, on all pages.
        sections: Which blocks it has, in their order, where it is `like` another with more; all by default.
        also: Other names that people give a thing, by the name that the list tells it apart by.
        moved: Addresses that a thing once had, and the thing: they answer with the way to the new one.
    """

    shows: str = Field(pattern=r"^[a-z]+$")
    heads: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    also: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    moved: dict[str, str] = Field(default_factory=dict)

    def sentences(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield every template with the place it has in the file and the queries whose columns it may name."""
        yield from super().sentences()
        yield from (("title", self.title, ()), ("description", self.description, ()), ("eyebrow", self.eyebrow, ()))
