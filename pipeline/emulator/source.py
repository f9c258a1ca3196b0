"""What the server asks of a source of values, simulated or replayed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.emulator.files import BusForecast
from pipeline.emulator.noaa_wire import Month
from pipeline.emulator.simem_wire import Record
from pipeline.emulator.xm_contract import Contract

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ValueBlock:
    """Values of one series over some days, in XM's source unit.

    Attributes:
        dates: The days (or first days of month), ascending.
        keys: Identity of each row: one tuple of key fields per code.
        values: Shape (dates, keys, 24) for hourly series, (dates, keys) for the others; NaN = not published.
        blank_rows: Whether a code without any value that day has a row of blanks (hourly series).
    """

    dates: tuple[dt.date, ...]
    keys: tuple[tuple[str, ...], ...]
    values: Floats
    blank_rows: bool = False

    def clip(self, first: dt.date, last: dt.date) -> ValueBlock:
        """Return the part between two days, both included."""
        keep = [i for i, day in enumerate(self.dates) if first <= day <= last]
        if len(keep) == len(self.dates):
            return self
        dates = tuple(self.dates[i] for i in keep)
        return ValueBlock(dates, self.keys, self.values[keep], self.blank_rows)

    def select(self, wanted: frozenset[str]) -> ValueBlock:
        """Return the rows that carry one of the wanted codes in any key field (all when none is asked)."""
        if not wanted:
            return self
        keep = [i for i, key in enumerate(self.keys) if wanted.intersection(key)]
        return ValueBlock(self.dates, tuple(self.keys[i] for i in keep), self.values[:, keep], self.blank_rows)


class ValueSource(Protocol):
    """Where the emulator takes its answers from."""

    def block(self, contract: Contract, first: dt.date, last: dt.date) -> ValueBlock | None:
        """Return the published values between two days, or None when there are none."""

    def listing(self, metric: str, entity: str) -> list[dict[str, str]]:
        """Return the rows of a list metric: XM's field names and text values."""

    def pacific(self) -> list[Month]:
        """Return the months of the Oceanic Niño Index that are published: month, temperature, anomaly [°C]."""

    def records(self, dataset: str, first: dt.date, last: dt.date) -> list[Record]:
        """Return the records of a SIMEM dataset between two days."""

    def official_week(self, monday: dt.date) -> Floats | None:
        """Return XM's forecast of the week from `monday`: mean power of each hour [MW], shape (7, 24)."""

    def official_buses(self, day: dt.date) -> list[BusForecast]:
        """Return the forecast of each bus for `day`; none when there is none."""
