"""XM's texts as numbers: one alone, or all of a reply at once."""

from __future__ import annotations

import math
import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.core.units import UNITS

_NUMBER = re.compile(r"^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$")
_TOO_BIG = 1e50


def numbers_of(texts: pa.StringArray) -> tuple[npt.NDArray[np.float64] | None, int]:
    """Return texts as numbers (NaN where blank) and the count of blanks; None when one is neither."""
    blank = pc.sum(pc.equal(texts, ""), min_count=0).as_py()
    try:
        column = pc.if_else(pc.equal(texts, ""), None, texts) if blank else texts
        numbers = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=float)
    except pa.ArrowException:
        return None, 0
    whole = int(np.isfinite(numbers).sum()) == len(numbers) - column.null_count
    return (numbers, column.null_count) if whole else (None, 0)


def number_of(value: object) -> float | None:
    """Return a cell as a number, or None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        # No quantity of the sector has fifty digits, and Python's integers may have thousands.
        return float(value) if abs(value) < _TOO_BIG else None
    if isinstance(value, str) and _NUMBER.match(value.strip()):
        number = float(value)
        return number if math.isfinite(number) else None
    return None


def stored(values: npt.NDArray[np.float64], metric: Metric) -> npt.NDArray[np.float64]:
    """Return values in the source's unit in the stored one."""
    source, stored = UNITS[metric.unit.source].base, UNITS[metric.unit.stored].base
    # One exact multiplication or division: 1/1e6 is not exact in binary, 1e6 is.
    return values * (source / stored) if source >= stored else values / (stored / source)
