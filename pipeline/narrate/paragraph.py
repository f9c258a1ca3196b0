"""From a plan to finished text: sentences with their dates, a whole date at most once in a text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.narrate.claims import Claim
from pipeline.narrate.grammar import SPANISH, dated, head, joins, tail, title
from pipeline.narrate.language import Language, opened
from pipeline.narrate.text_plan import PlannedSentence, TextPlan

_FIGURE = re.compile(r"\d[\d.,]*")


@dataclass(frozen=True)
class Told:
    """A finished sentence and the claims that it is.

    Attributes:
        text: Plain text; escape it where it becomes HTML.
        claims: Ids, its head first.
        figures: How many figures and dates it shows.
    """

    text: str
    claims: tuple[str, ...]
    figures: int


@dataclass(frozen=True)
class FinishedText:
    """A text: its headline and its sentences."""

    headline: str
    sentences: tuple[Told, ...]

    @property
    def paragraphs(self) -> list[str]:
        """The lead, and the rest."""
        said = [sentence.text for sentence in self.sentences]
        return [part for part in (said[0] if said else "", " ".join(said[1:])) if part]


def realise(plan: TextPlan, claims: Sequence[Claim], lang: Language = SPANISH) -> FinishedText:
    """Write a checked plan: the grammar's clauses, a date where it changes."""
    known = {claim.id: claim for claim in claims}
    dates = _Dates(lang)
    sentences = tuple(_sentence(sentence, known, dates) for sentence in plan.sentences)
    first = known.get(plan.headline)
    wording = next((s.wording for s in plan.sentences if plan.headline in s.claims), 0)
    return FinishedText(title(first, wording, lang) if first else "", sentences)


def _sentence(planned: PlannedSentence, known: Mapping[str, Claim], dates: _Dates) -> Told:
    first, *rest = (known[name] for name in planned.claims)
    rest = [claim for claim in rest if joins(first, claim)]
    rest.sort(key=lambda claim: claim.kind != "comparison")  # « y un 4 % más» goes on, «; es el mayor» begins anew
    wording = planned.wording % 2 if rest and first.kind == "comparison" else planned.wording
    text = dates.before(first) + head(first, wording, dates.lang)
    text += "".join(tail(claim, planned.wording, dates.lang) for claim in rest)
    return Told(f"{opened(text)}.", (first.id, *(claim.id for claim in rest)), len(_FIGURE.findall(text)))


class _Dates:
    """What a reader knows of the day: a date is written where it is another one, and its year once."""

    def __init__(self, lang: Language) -> None:
        self.lang = lang
        self._day: dt.date | None = None
        self._year: int | None = None

    def before(self, claim: Claim) -> str:
        """Return the date that goes before a claim, or ''."""
        if dated(claim):
            self._day = None
            return ""
        day = claim.day
        if self._day == day:
            return ""
        named, self._day, self._year = self._year == day.year, day, day.year
        kind = "month" if claim.period == "month" else "day"
        shown = self.lang.month_name(day) if kind == "month" else self.lang.day(day)
        return self.lang.say(f"before.{kind}", not named, month=shown, day=shown, year=day.year)
