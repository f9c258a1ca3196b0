"""The checker on two hundred paragraphs of the day's claims, half of them spoiled: what it finds, whom it accuses."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.core import spanish
from pipeline.narrate.claims import Claim
from pipeline.narrate.grammar import can_stand, joins
from pipeline.narrate.paragraph import Told, realise
from pipeline.narrate.text_plan import PlannedSentence, TextPlan
from pipeline.site.downloads.checkable import PATH, checkable
from pipeline.site.downloads.data import json_bytes
from pipeline.site.text_check import Mark, check_texts
from tests.bench.table import Line, at_least, at_most, told

PARAGRAPHS, SENTENCES, SEED = 200, 3, 13
_UNITS = {
    "GWh": ("MWh", "MW", "TWh"), "MW": ("GW", "MWh"), "COP/kWh": ("USD/kWh", "millones de COP"), "%": ("puntos",),
    "puntos": ("%",), "millones de COP": ("COP",), "MBTU": ("GWh",), "t": ("km",), "°C": ("%",), "km": ("MW",),
}  # fmt: skip
_UNIT = "|".join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))
_FIGURE = re.compile(rf"(\d[\d.]*(?:,\d+)?)([{spanish.NBSP} ])({_UNIT})(?![\w/])")
_SIDES = (
    ("más que", "menos que"), ("más en", "menos en"), ("con un alza", "con una caída"), ("superó en", "fue menor en"),
    ("lo que representa un aumento", "lo que representa una reducción"), ("seguidos por encima", "seguidos por debajo"),
    ("% por encima", "% por debajo"), ("puntos por encima", "puntos por debajo"), ("GWh por encima", "GWh por debajo"),
    ("subió", "bajó"), ("subieron", "bajaron"), ("ganó", "perdió"),
)  # fmt: skip
_SINCE = re.compile(r"(?:alto|bajo|registro) desde el (\d{1,2}) de ")
_DAYS = re.compile(r" [\w]+ días seguidos")
_DAY = re.compile(rf"^El (\d{{1,2}}) de ({'|'.join(spanish.MONTHS)})")


@dataclass(frozen=True)
class Spoiled:
    """A sentence made false: where it lies in its paragraph, and how."""

    place: int
    text: str
    how: str


class _Spoiler:
    """Makes a true sentence false in one of seven ways, never in a way that is true by chance."""

    def __init__(self, con: duckdb.DuckDBPyConnection, claims: Sequence[Claim], luck: random.Random) -> None:
        self._claims = {claim.id: claim for claim in claims}
        self._luck = luck
        self._values: dict[tuple[str, dt.date], float] = {
            (series, day): value
            for series, day, value in con.execute(
                "SELECT series, day, value FROM daily_series WHERE complete"
            ).fetchall()
        }
        self._said: list[tuple[str, str, str]] = con.execute(
            "SELECT series, said, unit FROM series_info WHERE said <> '' ORDER BY series"
        ).fetchall()
        self.ways: dict[str, Callable[[Told], str]] = {
            "number": self._number, "sign": self._sign, "unit": self._unit, "day": self._day, "series": self._series,
            "since": self._since, "run": self._run,
        }  # fmt: skip

    def _number(self, sentence: Told) -> str:
        found = self._luck.choice(list(_FIGURE.finditer(sentence.text)) or [None])
        if found is None:
            return ""
        places = [i for i, letter in enumerate(found[1]) if letter.isdigit()]
        at = self._luck.choice(places)
        digit = self._luck.choice([d for d in "123456789" if d != found[1][at]])
        number = found[1][:at] + digit + found[1][at + 1 :]
        return sentence.text[: found.start()] + number + sentence.text[found.end(1) :]

    def _unit(self, sentence: Told) -> str:
        found = self._luck.choice(list(_FIGURE.finditer(sentence.text)) or [None])
        if found is None:
            return ""
        unit = self._luck.choice(_UNITS[found[3]])
        return f"{sentence.text[: found.start(3)]}{unit}{sentence.text[found.end(3) :]}"

    def _sign(self, sentence: Told) -> str:
        text = sentence.text.replace(spanish.NBSP, " ")
        pairs = [pair for more, less in _SIDES for pair in ((more, less), (less, more)) if pair[0] in text]
        kinds = {self._claims[name].kind for name in sentence.claims} & {"comparison", "contrast", "run", "balance"}
        return text.replace(*self._luck.choice(pairs), 1) if pairs and kinds else ""

    def _day(self, sentence: Told) -> str:
        claim, shown = self._level(sentence)
        found = _DAY.match(sentence.text)
        if claim is None or found is None:
            return ""
        back = [claim.day - dt.timedelta(days=days) for days in range(1, 13)]
        false = [day for day in back if self._differs(claim.subject, day, shown, claim) and day.year == claim.day.year]
        if not false:
            return ""
        day = self._luck.choice(false)
        return f"El {day.day} de {spanish.MONTHS[day.month - 1]}{sentence.text[found.end() :]}"

    def _since(self, sentence: Told) -> str:
        found = _SINCE.search(sentence.text)
        if found is None:
            return ""
        day = self._luck.choice([day for day in range(1, 29) if day != int(found[1])])
        return f"{sentence.text[: found.start(1)]}{day}{sentence.text[found.end(1) :]}"

    def _run(self, sentence: Told) -> str:
        found = _DAYS.search(sentence.text)
        runs = [claim for name in sentence.claims if (claim := self._claims[name]).kind == "run"]
        if found is None or not runs or runs[0].words["open"]:  # «al menos»: nobody knows how many more
            return ""
        days = round(runs[0].figures["days"]) + self._luck.randint(1, 9)
        return f"{sentence.text[: found.start()]} {days} días seguidos{sentence.text[found.end() :]}"

    def _series(self, sentence: Told) -> str:
        claim, shown = self._level(sentence)
        if claim is None:
            return ""
        others = [
            said
            for series, said, unit in self._said
            if unit == claim.unit and said != claim.words["said"] and self._differs(series, claim.day, shown, claim)
        ]
        old = claim.words["said"]
        if not others or claim.words.get("share_of"):
            return ""
        new = self._luck.choice(others)
        text = sentence.text.replace(old, new, 1)
        return (
            text
            if text != sentence.text
            else sentence.text.replace(old[:1].upper() + old[1:], new[:1].upper() + new[1:], 1)
        )

    def _level(self, sentence: Told) -> tuple[Claim | None, str]:
        """Return the claim that leads a sentence and its value as shown, where it is the value of a day of a series."""
        claim = self._claims[sentence.claims[0]]
        of_day = claim.kind in ("comparison", "rank", "value") and claim.period == "day" and claim.span == 1
        if not of_day or (claim.subject, claim.day) not in self._values:
            return None, ""
        return claim, spanish.number(claim.figures["value"], claim.decimals)

    def _differs(self, series: str, day: dt.date, shown: str, claim: Claim) -> bool:
        value = self._values.get((series, day))
        return value is not None and spanish.number(value, claim.decimals) != shown


def write_known(con: duckdb.DuckDBPyConnection, catalog: Catalog, site: Path) -> Path:
    """Write what the checker knows below a folder; return where it lies."""
    for name, document in checkable(con, catalog).items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(json_bytes(document))
    return (site / PATH).parent


def bench_checker(
    con: duckdb.DuckDBPyConnection, claims: Sequence[Claim], known: Path, name: str = "checker"
) -> list[Line]:
    """Return how many spoiled sentences are found and how many good figures are accused.

    Args:
        con: Open warehouse.
        claims: What the sentences say.
        known: What the checker knows.
        name: What the lines begin with.
    """
    luck = random.Random(SEED)
    spoiler = _Spoiler(con, claims, luck)
    paragraphs = [_paragraph(claims, luck) for _ in range(PARAGRAPHS)]
    spoiled = [_spoil(sentences, spoiler, luck, i) if i % 2 else None for i, sentences in enumerate(paragraphs)]
    texts = [_sentences(sentences, fault) for sentences, fault in zip(paragraphs, spoiled, strict=True)]
    marked = check_texts([" ".join(parts) for parts in texts], known)
    good: list[Mark] = []
    found: dict[str, list[bool]] = {way: [] for way in spoiler.ways}
    for parts, fault, marks in zip(texts, spoiled, marked, strict=True):
        if fault is None:
            good += marks
            continue
        start = sum(len(part) + 1 for part in parts[: fault.place])
        inside = [mark for mark in marks if start <= mark.start < start + len(parts[fault.place])]
        good += [mark for mark in marks if mark.start < start]
        found[fault.how].append(any(mark.verdict == "wrong" for mark in inside))
    every = [hit for hits in found.values() for hit in hits]
    accused = sum(mark.verdict in ("wrong", "old") for mark in good)
    right = sum(mark.verdict == "right" for mark in good)
    return [
        told(f"{name}: paragraphs", len(texts)),
        told(f"{name}: spoiled paragraphs", len(every)),
        at_least(f"{name}: spoiled figures found [%]", 100 * sum(every) / len(every), 98),
        *(
            told(f"{name}: found of those with another {way} [%]", 100 * sum(hits) / len(hits))
            for way, hits in found.items()
            if hits
        ),
        told(f"{name}: good figures", len(good)),
        at_most(f"{name}: good ones accused [%]", 100 * accused / len(good), 2),
        told(f"{name}: good ones recognised [%]", 100 * right / len(good)),
    ]


def _paragraph(claims: Sequence[Claim], luck: random.Random) -> tuple[Told, ...]:
    """Return some sentences over claims drawn by chance, each with what may follow it."""
    heads = luck.sample([claim for claim in claims if can_stand(claim)], SENTENCES)
    planned = []
    for head in heads:
        tails = [claim.id for claim in claims if joins(head, claim)]
        added = luck.sample(tails, min(len(tails), luck.choice((0, 0, 1))))
        planned.append(PlannedSentence((head.id, *added), luck.randrange(4)))
    return realise(TextPlan(tuple(planned)), claims).sentences


def _spoil(sentences: Sequence[Told], spoiler: _Spoiler, luck: random.Random, turn: int) -> Spoiled:
    """Return one sentence of a paragraph made false, in the way whose turn it is, else in the next that can."""
    ways = list(spoiler.ways)
    order = luck.sample(range(len(sentences)), len(sentences))
    for way in (ways[(turn // 2 + step) % len(ways)] for step in range(len(ways))):
        for place in order:
            if text := spoiler.ways[way](sentences[place]):
                return Spoiled(place, text, way)
    raise ValueError(f"No sentence can be spoiled: {[sentence.text for sentence in sentences]}")


def _sentences(sentences: Sequence[Told], fault: Spoiled | None) -> list[str]:
    return [fault.text if fault and fault.place == i else sentence.text for i, sentence in enumerate(sentences)]
