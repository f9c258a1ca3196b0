"""Block `strip`: spans of days in one state, one row a subject, over one axis of months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from pipeline.catalog.schema import Block
from pipeline.catalog.vocabulary import Word
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.wording import records, span_text

COLUMNS = ("label", "start", "until", "state")
_TICKS = 9  # months named at most


@dataclass(frozen=True)
class StripSpan:
    """Days in one state: where it starts and how wide it is [% of the axis], its colour, and the same in words."""

    x: float
    width: float
    tone: str
    title: str


@dataclass(frozen=True)
class StripView:
    """Rows of spans, the months named below them, and what the colours mean."""

    id: str
    title: str
    subtitle: str
    note: str
    rows: tuple[tuple[str, tuple[StripSpan, ...]], ...]
    months: tuple[tuple[float, str], ...]
    words: tuple[Word, ...]


@block_type("strip", COLUMNS, optional=("ordinal",), options=("words",))
def strip(block: Block, rows: pd.DataFrame, place: Place) -> StripView | None:
    """Return the rows, which are in order of label and start; option `words` is the vocabulary of the states."""
    if rows.empty:
        return None
    known = place.words.catalog.words.get(str(block.options.get("words", "")), {})
    first, end = _day(rows["start"].min()), _day(rows["until"].max()) + dt.timedelta(days=1)
    found = groupby(records(rows), lambda row: str(row["label"]))
    return StripView(
        block.id,
        place.words.text(block.title),
        place.words.text(block.subtitle),
        place.words.text(block.note),
        tuple((label, tuple(_span(row, known, first, end) for row in spans)) for label, spans in found),
        tuple(_months(first, end)),
        tuple(known.values()),
    )


def _span(row: Mapping[str, object], known: Mapping[str, Word], first: dt.date, end: dt.date) -> StripSpan:
    state, start, until = str(row["state"]), _day(row["start"]), _day(row["until"])
    word = known.get(state) or Word(id=state, label=state, tone="none")
    width = _part(start, until + dt.timedelta(days=1), first, end)
    return StripSpan(_part(first, start, first, end), width, word.tone, f"{word.label}: {span_text(start, until)}")


def _months(first: dt.date, end: dt.date) -> Iterator[tuple[float, str]]:
    """Yield place and name of some months, no more than fit; the first one named and each January say the year."""
    starts = [day.date() for day in pd.date_range(first, end, freq="MS", inclusive="left")]
    step = -(-len(starts) // _TICKS)
    for number, day in enumerate(starts[::step]):
        name = spanish.MONTHS_SHORT[day.month - 1]
        told = f"{name} {day.year}" if not number or day.month <= step else name
        yield _part(first, day, first, end), told


def _part(start: dt.date, until: dt.date, first: dt.date, end: dt.date) -> float:
    """Return the days between two days as a part of the axis [%]."""
    return round((until - start).days / (end - first).days * 100, 3)


def _day(value: object) -> dt.date:
    return pd.Timestamp(str(value)).date()
