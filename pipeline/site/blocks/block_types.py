"""Block types: what each asks of its declaration, and who builds it.

A block type is one module with one function ``build(block, rows, place) -> view`` under :func:`block_type`. It makes
all that its block shows in one pass, rows in, view out, and adds the files it offers to those of the page; a template
turns the view into HTML. Every type may stand on every page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from typing import TypeVar

import duckdb
import pandas as pd

from pipeline.catalog.schema import Block, Board
from pipeline.core.errors import RenderError
from pipeline.site.context import Assets, SiteContext, prefix_of
from pipeline.site.named_links import linked
from pipeline.site.page import source_words
from pipeline.site.table import Table
from pipeline.site.wording import Wording

#: What a template shows of a block: a frozen dataclass of the module of its type.
View = object


@dataclass(frozen=True)
class Place:
    """Where a block stands.

    Attributes:
        site: Shared context.
        slug: Folder of its files below ``assets/figures/`` and ``incrustar/``.
        title: Title of its page.
        address: Address of its page from the root, without the first slash.
        metrics: Metrics of the page: what a block stands on that names none.
        assets: Files of the page.
        words: Templates of the page, for the types whose words are templates.
        width: Of the images of its figures [px].
        plain: Whether its charts are drawings only, with their tables: no file, no image, no page to embed.
        keys: Column → value that the rows of a block must have to stand in the sections around it.
    """

    site: SiteContext
    slug: str
    title: str
    address: str
    metrics: tuple[str, ...]
    assets: Assets
    words: Wording
    width: int = 1120
    plain: bool = False
    keys: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, site: SiteContext, slug: str, title: str, address: str, metrics: tuple[str, ...] = ()) -> Place:
        """Return a page that has no file yet."""
        words = Wording(site.catalog, prefix_of(f"{address}index.md"), {"source": source_words(site)})
        return cls(site, slug, title, address, metrics, {}, words)

    @classmethod
    def on_board(cls, site: SiteContext, board: Board, address: str) -> Place:
        """Return the page of a board."""
        return cls.of(site, board.slug, board.title, address, board.metrics)

    def rows_of(self, block: Block) -> pd.DataFrame:
        """Return the rows of a block that stand in the sections around it."""
        rows = self.site.query(block.sql) if block.sql else pd.DataFrame()
        for column, value in self.keys.items():
            rows = rows[rows[column] == value] if column in rows else rows
        return rows

    def metrics_of(self, block: Block) -> tuple[str, ...]:
        """Return the metrics behind a block."""
        return block.metrics or self.metrics

    def missing(self, block: Block) -> str:
        """Return why a block has nothing to show and since when."""
        return self.site.missing(self.metrics_of(block))


Build = Callable[[Block, pd.DataFrame, Place], View | None]
Builder = TypeVar("Builder", bound=Build)


@dataclass(frozen=True)
class BlockType:
    """A registered block type.

    Attributes:
        name: Name used in declarations.
        build: Block, rows and place to what the page shows; None leaves no trace.
        columns: Columns that the query must return.
        optional: Columns that it may return besides; None: any.
        options: Options that a declaration may give.
        worded: Whether the field `columns` of the block says how its columns are shown.
    """

    name: str
    build: Build
    columns: tuple[str, ...] = ()
    optional: tuple[str, ...] | None = ()
    options: tuple[str, ...] = ()
    worded: bool = False


TYPES: dict[str, BlockType] = {}


def block_type(
    name: str,
    columns: tuple[str, ...] = (),
    *,
    optional: tuple[str, ...] | None = (),
    options: tuple[str, ...] = (),
    worded: bool = False,
) -> Callable[[Builder], Builder]:
    """Register a block type under `name`; see :class:`BlockType`."""

    def register(build: Builder) -> Builder:
        TYPES[name] = BlockType(name, build, columns, optional, options, worded)
        return build

    return register


def build_block(block: Block, place: Place, rows: pd.DataFrame | None = None) -> View | None:
    """Return what a block shows, adding its files to those of its page.

    Args:
        block: The declaration.
        place: Where it stands.
        rows: Its rows; by default those of its query.

    Raises:
        RenderError: The query or the drawing fails; the message names page and block.
    """
    kind = TYPES.get(block.type)
    if kind is None:
        raise RenderError(
            f"No block type is called {block.type!r}", hint=f"use one of {', '.join(sorted(TYPES))}", block=block.id
        )
    try:
        return _leading(kind.build(block, place.rows_of(block) if rows is None else rows, place), place)
    except (duckdb.Error, RenderError, KeyError, ValueError, TypeError) as error:
        raise RenderError(
            f"A block cannot be drawn: {error}",
            hint="mend its SQL or its declaration",
            board=place.slug,
            block=block.id,
        ) from error


def _leading(view: View | None, place: Place) -> View | None:
    """Return what a block shows; the names in its table, where it has one, lead to their pages."""
    table = getattr(view, "table", None)
    if not isinstance(table, Table) or not is_dataclass(view) or isinstance(view, type):
        return view
    return replace(view, table=linked(table, place.site.named, place.words.up))
