"""What a chart is asked to be: its words, its unit and its options."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pipeline.core import spanish
from pipeline.site.table import NONE

Options = dict[str, str | int | float | bool]


@dataclass(frozen=True)
class Event:
    """A known event on a time axis, drawn as a thin labelled rule."""

    x: str
    label: str


@dataclass(frozen=True)
class ChartSpec:
    """What a chart needs to know besides its rows.

    Attributes:
        id: Unique within the page; part of file names and anchors.
        type: Registered chart type.
        title: What is seen.
        subtitle: Unit and period.
        unit: Stored unit of the values.
        decimals: Digits for hover and labels; None follows the size of the number.
        size: Height of the drawing, a key of :data:`HEIGHTS`.
        events: Known events for the time axis.
        options: Type-specific options from the board file.
    """

    id: str
    type: str
    title: str = ""
    subtitle: str = ""
    unit: str = ""
    decimals: int | None = None
    size: str = "m"
    events: tuple[Event, ...] = ()
    options: Options = field(default_factory=dict)

    def text(self, value: float | None) -> str:
        """Return a value as a label, without unit."""
        return spanish.number(value, self.decimals)

    def number(self, value: float | None) -> str:
        """Return a value as a cell of a table, with the decimals of its unit where none are asked for."""
        if value is None or math.isnan(value):
            return NONE
        return spanish.number(
            float(value), spanish.unit_decimals(self.unit) if self.decimals is None else self.decimals
        )

    def named(self, option: str) -> list[str]:
        """Return the names that an option lists, parted by commas."""
        return [part.strip() for part in str(self.options.get(option, "")).split(",") if part.strip()]
