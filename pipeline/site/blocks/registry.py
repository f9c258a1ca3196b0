"""What each block type asks of its declaration: columns of its query, and options. Types that are no chart are here."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.site.blocks.bill import COLUMNS as BILL_COLUMNS
from pipeline.site.charts import PICTURES, REGISTRY


@dataclass(frozen=True)
class BlockRule:
    """The rule of one type.

    Attributes:
        columns: Columns that the query must return.
        optional: Columns that it may return besides; None: any.
        options: Options that a board may give.
        worded: Whether the field `columns` of the block says how its columns are shown.
    """

    columns: tuple[str, ...] = ()
    optional: tuple[str, ...] | None = ()
    options: tuple[str, ...] = ()
    worded: bool = False


_OTHERS = {
    "summary": BlockRule(optional=None),
    "text": BlockRule(optional=None, options=("board",)),
    "kpi": BlockRule(("day", "value"), ("week_ago", "year_ago", "quality", "light")),
    "table": BlockRule(optional=None, options=("limit",), worded=True),
    "bill": BlockRule(BILL_COLUMNS, None, ("kwh",), worded=True),
}


def block_rules() -> dict[str, BlockRule]:
    """Return the rule of every block type by its name."""
    charts = {kind.name: BlockRule(kind.columns, kind.optional, kind.options) for kind in REGISTRY.values()}
    pictures = {kind.name: BlockRule(kind.columns, kind.optional, kind.options) for kind in PICTURES.values()}
    return _OTHERS | charts | pictures
