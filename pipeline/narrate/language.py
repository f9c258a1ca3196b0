"""A language: its words, figures and dates, and the templates in which the grammar's statements are written.

The statements (`levels.py`, `statements.py`) decide what is said of a claim; a language says it. Claims carry their
words in Spanish, as the catalogue has them: another language has its own for each (`phrases`, `patterns`).
"""

from __future__ import annotations

import datetime as dt
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from pipeline.core import spanish
from pipeline.core.errors import NarrativeError


class Noun(str):
    """A noun phrase, and whether verbs beside it are plural."""

    plural: bool

    def __new__(cls, text: str, *, plural: bool) -> Noun:
        """Return the phrase."""
        made = super().__new__(cls, text)
        made.plural = plural
        return made


class _Filler(string.Formatter):
    """Fills templates: `{said:fue|fueron}` is the form of a verb that goes with the noun phrase in the slot."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, _, many = format_spec.partition("|")
        if not many:
            return format(value, format_spec)
        return many if isinstance(value, Noun) and value.plural else one


_FILL = _Filler()


@dataclass(frozen=True)
class Language:
    """One of `wordings/*.yml`: the same statements in its words.

    Attributes:
        code: ISO code.
        table: What its file holds.
    """

    code: str
    table: Mapping[str, Any]

    @cached_property
    def _fused(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((re.compile(words), one) for words, one in self.table["fused"].items())

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((re.compile(pattern), text) for pattern, text in self.table["patterns"].items())

    def say(self, what: str, wording: int = 0, /, **slots: object) -> str:
        """Return a wording of a statement, its slots filled."""
        ways: Sequence[str] = self.table["say"][what]
        text = _FILL.format(ways[wording % len(ways)], **slots)
        for pattern, one in self._fused:
            text = pattern.sub(one, text)
        return text

    def noun(self, said: str) -> Noun:
        """Return what a noun phrase of the claims is called here; its number is that of the Spanish."""
        return Noun(self.phrase(said), plural=said.startswith(("los ", "las ")))

    def phrase(self, words: str) -> str:
        """Return what words of the claims are called here.

        Raises:
            NarrativeError: The language has no words for them.
        """
        if not self.table["phrases"] or not words:
            return words
        if found := self.table["phrases"].get(words):
            return str(found)
        for pattern, text in self._patterns:
            if match := pattern.fullmatch(words):
                return text.format(*(self.table["phrases"].get(each, each) for each in match.groups()))
        raise NarrativeError(f"No words for «{words}»", hint=f"add them to narrate/wordings/{self.code}.yml › phrases")

    def side(self, words: Mapping[str, str]) -> Mapping[str, str]:
        """Return the words of an end of a scale, `high` or `low`: `noun`, `most`, `best`, `full`."""
        found: Mapping[str, str] = self.table[words["side"]]
        return found

    def number(self, value: float, decimals: int) -> str:
        """Return a number with the marks of the language."""
        return spanish.number(value, decimals).translate(str.maketrans(".,", self.table["marks"]))

    def quantity(self, value: float, unit: str, decimals: int) -> str:
        """Return a figure with its unit."""
        label = self.table["units"].get(unit, spanish.unit_label(unit))
        space = "" if not label or unit in self.table["tight"] else spanish.NBSP
        return f"{self.number(value, decimals)}{space}{label}"

    def count(self, number: float) -> str:
        """Return a count of masculine things: in letters below ten."""
        counts = self.table["counts"]
        return str(counts[int(number)]) if 0 <= number < len(counts) else self.number(number, 0)

    def span(self, days: int, *, plain: bool = False) -> str:
        """Return a span of days: «los últimos siete días», plainly «siete días»."""
        return str(self.table["spans"][days][plain])

    def month_name(self, day: dt.date) -> str:
        """Return the month of a day, without its year."""
        return str(self.table["months"][day.month - 1])

    def month(self, day: dt.date) -> str:
        """Return the month of a day and its year."""
        return str(self.table["month"].format(month=self.month_name(day), year=day.year))

    def day(self, day: dt.date, near: dt.date | None = None) -> str:
        """Return a day without its year; beside another, from which years divide it, its month and year."""
        if near and day.year != near.year and abs((near - day).days) > 200:
            return self.month(day)
        return str(self.table["day"].format(day=day.day, month=self.month_name(day)))

    def join(self, parts: Sequence[str]) -> str:
        """Return an enumeration."""
        *first, last = parts
        return f"{', '.join(first)}{self.table['and']}{last}" if first else last


@cache
def language(code: str) -> Language:
    """Return a language, read once."""
    path = Path(__file__).with_name("wordings") / f"{code}.yml"
    return Language(code, yaml.safe_load(path.read_text(encoding="utf-8")))


def opened(text: str) -> str:
    """Return a sentence with its first letter in upper case."""
    return text[:1].upper() + text[1:]
