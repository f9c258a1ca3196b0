"""What the checker knows: the headline series by day, their older versions, and the claims of the day.

One document a night and one a month of the past, for the browser and for `./inv check-text`. `site_src/js/lib/book.js`
reads them; here nothing is judged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import HeadlineSeries
from pipeline.core import spanish
from pipeline.site.downloads.checkable_days import CheckableDays

PATH: Final = "datos/verificar/cifras.json"
BAND: Final = 80  # of a forecast [%]
Fact = dict[str, object]


def checkable(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> dict[str, dict[str, object]]:
    """Return the documents by their address: tonight's, with all names and the facts of the claims, and the past.

    A series has `valores` from its day `desde` on, one a day (a month), null where nothing may be quoted. A fact has
    the numbers of its names (n), class (c), value (v), unit (u), decimals (k), day (d), period (p), page (e), and
    where it has them direction (s), what it is compared with (b), words that follow it (g), the whole it is a part of
    (w), a pattern of the words around it (m) and the day since when (t).

    Raises:
        duckdb.Error: A view is missing or fails.
    """
    names = _Names()
    until = con.execute("SELECT max(day) FROM daily_series WHERE complete").fetchone()
    last: dt.date | None = until[0] if until else None
    if last is None:
        return {PATH: {"hasta": None, "nombres": [], "series": [], "hechos": []}}
    days = CheckableDays(con, catalog, last)
    told = [_series(catalog.headlines[name], days, names) for name in days.series]
    facts = [
        _numbered(fact, claim, catalog, names)
        for claim in _claims(con)
        for fact in claim.facts()
        if not _held(fact, claim, days)
    ]
    tonight: dict[str, object] = {
        "hasta": last.isoformat(),
        "desde": days.first.isoformat(),
        "archivo": days.archive,
        "nombres": names.listed,
        "series": told,
        "hechos": facts,
        "bases": days.recent_backs(),
        "marcas": days.recent_marks(),
    }
    return {PATH: tonight, **days.months()}


class _Names:
    """Names by number: each is written once."""

    def __init__(self) -> None:
        self.listed: list[str] = []
        self._numbers: dict[str, int] = {}

    def numbers(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of some names, each once."""
        return list(dict.fromkeys(map(self.number, names)))

    def number(self, name: str) -> int:
        """Return the number of a name, without its article."""
        first, _, rest = name.partition(" ")
        bare = rest if first in ("el", "la", "los", "las") and rest else name
        if bare not in self._numbers:
            self._numbers[bare] = len(self.listed)
            self.listed.append(bare)
        return self._numbers[bare]


def _series(series: HeadlineSeries, days: CheckableDays, names: _Names) -> dict[str, object]:
    start, values, older = days.recent(series.id)
    return {
        "serie": series.id,
        "n": names.numbers(_called(series)),
        "u": spanish.unit_label(series.unit),
        "k": series.decimals,
        "g": series.share_of,
        "p": "month" if series.compare == "month" else "day",
        "c": series.compare,
        "e": f"metricas/{series.metrics[0]}/",
        "desde": start.isoformat(),
        "valores": values,
        "antes": older,
    }


def _called(series: HeadlineSeries) -> list[str]:
    return [name for name in (series.said, series.label, *series.also) if name]


@dataclass(frozen=True)
class _Claim:
    """A row of `claim`, as far as its figures are told apart."""

    kind: str
    subject: str
    figures: Mapping[str, float | None]
    parts: Mapping[str, float]
    words: Mapping[str, str]
    unit: str
    decimals: int
    day: dt.date
    period: str
    metric: str
    days: Mapping[str, dt.date | None]

    def facts(self) -> Iterator[Fact]:
        """Yield single figures: what is said of whom, when, in which unit, in which direction."""
        many = {
            "composition": self._parts,
            "balance": self._balance,
            "contrast": self._contrast,
            "threshold": self._threshold,
            "forecast": self._forecast,
            "event": self._event,
        }
        yield from many.get(self.kind, self._level)()

    def _names(self) -> list[str]:
        said = self.words.get("said") or "el sistema"
        place = said.removeprefix("el embalse ")
        return [said] if place == said else [said, place]

    def _figure(
        self,
        name: str,
        kind: str = "valor",
        unit: str = "",
        decimals: int | None = None,
        period: str = "",
        **more: object,
    ) -> Iterator[Fact]:
        value = self.figures.get(name)
        if value is None:
            return
        span = int(self.figures.get("span") or 0)
        yield {
            "n": self._names(),
            "c": kind,
            "v": round(value if kind == "valor" else abs(value), 6),
            "u": spanish.unit_label(unit or self.unit),
            "k": self.decimals if decimals is None else decimals,
            "d": self.day.isoformat(),
            "p": period or (str(span) if span in (7, 28) and self.period == "day" else self.period),
            "e": f"metricas/{self.metric}/",
            **more,
        }

    def _change(self, name: str, unit: str, period: str = "", **more: object) -> Iterator[Fact]:
        value = self.figures.get(name)
        if value is None:
            return
        by = {"%": "puntos", "°C": "°C"}.get(unit, "%")
        yield from self._figure(name, "cambio", by, 1, period, s=(value > 0) - (value < 0), **more)
        if by == "%" and value >= 100:
            for fact in self._figure(name, "cambio", "veces", 1, period, **more):
                yield {**fact, "v": round(1 + value / 100, 6)}

    def _level(self) -> Iterator[Fact]:
        """A value, and what else its kind says of it: how it compares, how long it lasts, its record."""
        against = self.words.get("against") or ("year" if self.period.endswith("_to_date") else "")
        side = 1 if self.words.get("side") == "above" else -1
        if self.kind == "run":
            basis = "year" if "año" in self.words["basis"] else ""
            yield from self._figure("days", "racha", "días", 0, s=side, b=basis)
        standing = "record" if self.words.get("standing") else ""
        yield from self._figure("value", period=standing, g=self.words.get("share_of"))
        since = self.days.get("since")
        if self.kind == "rank" and since and not standing:
            high = 1 if self.words.get("side") == "high" else -1
            for fact in self._figure("value", "fecha", s=high):
                yield {**fact, "v": 0, "u": "", "k": 0, "t": since.isoformat()}
        if self.kind == "comparison":
            yield from self._change("change", self.unit, b=against)

    def _parts(self) -> Iterator[Fact]:
        for part, share in self.parts.items():
            for fact in self._figure("total", unit="%", decimals=1, n=[part], w=self.words["said"]):
                yield {**fact, "v": round(share, 6)}

    def _balance(self) -> Iterator[Fact]:
        both = [self.words["said"], self.words["other"]]
        yield from self._figure("left")
        yield from self._figure("right", n=both[1:])
        side = 1 if self.words["side"] == "above" else -1
        yield from self._figure("difference", "cambio", s=side, n=both, w=both[1])

    def _contrast(self) -> Iterator[Fact]:
        against = self.words["against"]
        yield from self._change("left", self.unit, b=against)
        yield from self._change("right", self.words["other_unit"], n=[self.words["other"]], b=against)

    def _threshold(self) -> Iterator[Fact]:
        manner = self.words["manner"]
        yield from self._figure("threshold", m=_LIMIT)
        if manner in ("stock", "seasons"):
            yield from self._figure("value", g=self.words.get("share_of"))
        if manner == "hours":
            yield from self._figure("value", "racha", "horas", 0)
        if manner == "seasons":
            yield from self._figure("days", "racha", "trimestres", 0)
            yield from self._figure("of", "racha", "trimestres", 0, m="partir de #")

    def _forecast(self) -> Iterator[Fact]:
        yield from self._figure("value", period="forecast")
        yield from self._figure("low", period="forecast", m="(entre|desde|va de)( el)? #")
        yield from self._figure("high", period="forecast", m=" (y|hasta|a)( el)? #")
        yield from self._change("change", "", period="forecast")
        for fact in self._figure("low", unit="%", decimals=0, period="forecast", m="(banda|probabilidad) del? #"):
            yield {**fact, "v": BAND}

    def _event(self) -> Iterator[Fact]:
        yield from self._figure("days", "racha", "días", 0)
        for fact in self._figure("previous", m="anterior.*#"):
            yield fact
            if before := self.days.get("previous"):
                yield {**fact, "d": before.isoformat()}
        yield from self._figure("value")


#: Words around a limit: `#` is the figure.
_LIMIT: Final = (
    "(nivel|umbral|minimo operativo|escasez)( superior| inferior| o mas arriba)?( del?)?( los| el)?[ (]*#"
    "|#.{0,24}noaa|(seguidos en|llego a los) #"
)


def _claims(con: duckdb.DuckDBPyConnection) -> Iterator[_Claim]:
    columns = "kind, subject, figures, parts, words, unit, decimals, day, period, metrics[1], days"
    for row in con.execute(f"SELECT {columns} FROM claim ORDER BY id").fetchall():
        yield _Claim(*row)


def _held(fact: Fact, claim: _Claim, days: CheckableDays) -> bool:
    """Return whether the series itself says a fact: its value of a day, or the mean of the days before it."""
    return fact["c"] == "valor" and "m" not in fact and days.holds(claim.subject, claim.day) and fact["p"] in _SERIES


_SERIES: Final = ("day", "7", "28", "month")


def _numbered(fact: Fact, claim: _Claim, catalog: Catalog, names: _Names) -> Fact:
    """Return a fact with its names as numbers; what is said of a series holds under all its names."""
    called: list[str] = fact["n"]  # type: ignore[assignment]
    series = catalog.headlines.get(claim.subject)
    if series and called == [series.said]:
        called = _called(series)
    whole = {"w": names.number(str(fact["w"]))} if "w" in fact else {}
    kept = {key: value for key, value in fact.items() if value not in ("", None)}
    return {**kept, "n": names.numbers(called), **whole}
