"""The table of a benchmark: one measured figure a row, beside the floor it must keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """One measured figure beside its floor (`-` where it is only told)."""

    what: str
    value: float
    floor: str
    ok: bool


def told(what: str, value: float) -> Line:
    """Return a figure that has no floor."""
    return Line(what, float(value), "-", ok=True)


def at_most(what: str, value: float, limit: float) -> Line:
    """Return a figure that must not exceed `limit`."""
    return Line(what, float(value), f"≤ {limit:g}", ok=value <= limit)


def at_least(what: str, value: float, limit: float) -> Line:
    """Return a figure that must reach `limit`."""
    return Line(what, float(value), f"≥ {limit:g}", ok=value >= limit)


def exactly(what: str, value: float, wanted: float) -> Line:
    """Return a figure that must be `wanted`."""
    return Line(what, float(value), f"= {wanted:g}", ok=value == wanted)


def as_rows(lines: Sequence[Line]) -> list[dict[str, object]]:
    """Return the figures as they are written to `build/reports/bench-NAME.json`."""
    return [{"what": m.what, "value": m.value, "floor": m.floor, "ok": m.ok} for m in lines]


def as_text(lines: Sequence[Line]) -> str:
    """Return the figures as a table for a terminal."""
    width = max(len(m.what) for m in lines)
    return "\n".join(f"{m.what:<{width}}  {m.value:>14.3f}  {m.floor:<12}  {'ok' if m.ok else 'FAILS'}" for m in lines)
