"""Pages about the data themselves: what they say and show, as YAML over SQL. A page is a board beside the boards.

Every sentence is a template over the columns of a query (`pipeline/site/wording.py`); nothing of such a page is code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from pipeline.catalog.fields import Declaration
from pipeline.catalog.schema import Block


class Paragraph(Declaration):
    """A paragraph under the title of a page; one that says nothing is left out.

    Attributes:
        text: Template over the facts of the page, or over each row of `sql`.
        sql: A query of its own: a paragraph for each of its rows.
        joined: Whether what is said of all the rows is one paragraph.
        style: How much it weighs.
    """

    text: str = Field(min_length=1)
    sql: str = ""
    joined: bool = False
    style: Literal["answer", "more-answer"] = "answer"


class FeedEntries(Declaration):
    """Entries of a feed: one for each row of a query, with its sentences.

    Attributes:
        sql: Query with a column `day`, on which the entry got its present text.
        each: An entry for each value of this column, whose text is what is said of all the rows that have it.
        key: What the entry is about; its identity follows from it.
        title: One line.
        text: One or two sentences.
        link: Address from the root of the site.
    """

    sql: str = Field(min_length=1)
    each: str = ""
    key: str = Field(min_length=1)
    title: str = Field(min_length=1)
    text: str = Field(min_length=1)
    link: str = Field(min_length=1)


class Feed(Declaration):
    """The Atom feed of a page."""

    file: str = Field(pattern=r"^[a-z-]+\.xml$")
    title: str
    subtitle: str
    entries: tuple[FeedEntries, ...] = Field(min_length=1)


class PageBlock(Block):
    """A block of a page about the data; one of type `section` holds others.

    A section stands once, or once for each row of its query, whose columns are facts of all that stands in it. With
    option `each` the rows of its blocks are told apart by that column: each section has those of its own value.
    """

    fold: Literal[""] = ""
    """Only boards have folds."""
    blocks: tuple[PageBlock, ...] = ()


class DataPage(Declaration):
    """One page about the data.

    Attributes:
        slug: Its address, and the name of its file.
        kind: Its CSS class.
        title: Title of the tab, and the line above the heading.
        eyebrow: The line above the heading, where it is not the title.
        description: One sentence for search engines and shared links.
        sql: Query of one row: the facts that its sentences are made of.
        headline: Template of the heading.
        answer: What stands under it.
        meta: HTML template of the line with source and links.
        method: How its figures are worked out.
        feed: Its feed.
        phrases: Parts of sentences by name; templates include them (`{% include 'name' %}`).
        blocks: Its blocks; their words are templates over the facts.
    """

    slug: str = Field(pattern=r"^[a-z][a-z-]*$")
    kind: str = Field(pattern=r"^[a-z]+$")
    title: str
    eyebrow: str = ""
    description: str
    sql: str = Field(min_length=1)
    headline: str = Field(min_length=1)
    answer: tuple[Paragraph, ...] = ()
    meta: str
    method: str = ""
    feed: Feed | None = None
    phrases: dict[str, str] = Field(default_factory=dict)
    blocks: tuple[PageBlock, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _phrases_are_included(self) -> DataPage:
        texts = " ".join([self.method, *self.phrases.values(), *(text for _, text, _ in self.sentences())])
        if unused := [name for name in self.phrases if f"'{name}'" not in texts]:
            raise ValueError(f"phrases › {unused[0]}: no sentence includes it")
        return self

    def queries(self) -> list[tuple[str, str]]:
        """Return every query with the place it has in the file."""
        found = [("sql", self.sql)]
        found += [(f"answer › {i}", p.sql) for i, p in enumerate(self.answer, 1) if p.sql]
        entries = self.feed.entries if self.feed else ()
        found += [(f"feed › {i}", entry.sql) for i, entry in enumerate(entries, 1)]
        for block, _ in self.all_blocks():
            found += [(block.id, block.sql)] if block.sql else []
            found += [(f"{block.id} › files › {name}", sql) for name, sql in block.files.items()]
        return found

    def all_blocks(self) -> Iterator[tuple[PageBlock, tuple[PageBlock, ...]]]:
        """Yield every block with the sections that it stands in, the outermost first."""
        left: list[tuple[PageBlock, tuple[PageBlock, ...]]] = [(block, ()) for block in self.blocks]
        while left:
            block, above = left.pop(0)
            yield block, above
            left[:0] = [(inner, (*above, block)) for inner in block.blocks]

    def sentences(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Yield every template with the place it has in the file and the queries whose columns it may name."""
        yield from (("headline", self.headline, ()), ("meta", self.meta, ()))
        yield from ((f"answer › {i}", p.text, (p.sql,)) for i, p in enumerate(self.answer, 1))
        for i, entry in enumerate(self.feed.entries if self.feed else (), 1):
            for name in ("key", "title", "text", "link"):
                yield f"feed › {i} › {name}", getattr(entry, name), (entry.sql,)
        for block, above in self.all_blocks():
            queries = tuple(each.sql for each in (*above, block))
            for name in ("title", "subtitle", "note", "sentence"):
                yield f"{block.id} › {name}", getattr(block, name), queries
            for name, option in block.options.items():
                yield f"{block.id} › options › {name}", str(option), queries
            for name, column in block.columns.items():
                yield f"{block.id} › columns › {name}", column.text, queries
                yield f"{block.id} › columns › {name} › small", column.small, queries
