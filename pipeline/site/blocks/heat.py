"""Block `heat`: a table of shades, one row a subject, one column a month, in sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import pandas as pd
from markupsafe import Markup

from pipeline.catalog.schema import Block
from pipeline.catalog.vocabulary import Word
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.blocks.chart_files import csv_text
from pipeline.site.wording import Wording, records

COLUMNS = ("section", "subject", "month", "shade")
#: Templates: head of a row, words of a cell, what it says when pointed at, if anything; the vocabulary of the shades.
OPTIONS = ("row", "cell", "hint", "shades", "caption", "first")


@dataclass(frozen=True)
class HeatCell:
    """A month of a subject: its words, its shade, and the same in a sentence."""

    text: str
    shade: str
    title: str


@dataclass(frozen=True)
class HeatView:
    """A table of shades: months, sections of rows, and what the shades mean."""

    id: str
    title: str
    subtitle: str
    note: str
    caption: str
    first: str
    months: tuple[dict[str, str], ...]
    sections: tuple[tuple[str, tuple[tuple[Markup, tuple[HeatCell, ...]], ...]], ...]
    shades: tuple[Word, ...]
    files: tuple[tuple[str, str], ...] = ()


@block_type("heat", COLUMNS, optional=None, options=OPTIONS)
def heat(block: Block, rows: pd.DataFrame, place: Place) -> HeatView | None:
    """Return the table of rows that are in order of section, subject and month, with every month of every subject."""
    if rows.empty:
        return None
    files = {f"assets/figures/{place.slug}/{name}.csv": sql for name, sql in block.files.items()}
    place.assets.update({path: csv_text(place.site.query(sql)) for path, sql in files.items()})
    words = place.words
    option = {name: str(block.options.get(name, "")) for name in OPTIONS}
    lines = records(rows)
    months = pd.to_datetime(rows["month"].drop_duplicates()).sort_values()
    sections = tuple(
        (str(name), tuple(_lines(option, words, list(found)))) for name, found in groupby(lines, lambda r: r["section"])
    )
    return HeatView(
        block.id,
        words.text(block.title),
        words.text(block.subtitle),
        words.text(block.note),
        option["caption"],
        option["first"],
        tuple(_month(m) for m in months),
        sections,
        tuple(words.catalog.words.get(option["shades"], {}).values()),
        tuple(("CSV", path) for path in files),
    )


def _lines(
    option: Mapping[str, str], words: Wording, rows: list[dict[str, object]]
) -> Iterator[tuple[Markup, tuple[HeatCell, ...]]]:
    for _, found in groupby(rows, lambda r: r["subject"]):
        cells = list(found)
        yield (
            words.html(option["row"], cells[0]),
            tuple(
                HeatCell(words.text(option["cell"], c), str(c["shade"]), words.text(option["hint"], c)) for c in cells
            ),
        )


def _month(month: pd.Timestamp) -> dict[str, str]:
    return {
        "short": spanish.MONTHS_SHORT[month.month - 1],
        "year": str(month.year),
        "first": "1" if month.month == 1 else "",
        "long": spanish.month(month.date()),
    }
