"""Claims read again: from the Parquet files of the lake, with arithmetic and readers of both languages of their own.

A night is played by cutting `daily_series` at its day and making what stands on it again; then each sentence about a
series that is one national metric is read figure by figure against the files.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipeline.catalog.load import Catalog
from pipeline.core.paths import Paths
from pipeline.narrate.claims import Claim, read_claims
from pipeline.narrate.grammar import ENGLISH, SPANISH, WORDINGS, head
from pipeline.narrate.language import Language
from pipeline.store import domain
from pipeline.store.lake import Lake

Days = dict[dt.date, float]
SUM, MEAN, LEAST, MOST = "sum", "mean", "min", "max"
#: Headline series that are one metric of the whole country, and what a day of it is made of.
PLAIN = {
    "demand": ("DemaSIN", SUM), "generation": ("Gene", SUM), "demand_real": ("DemaReal", SUM),
    "demand_commercial": ("DemaCome", SUM), "demand_max_power": ("DemaMaxPot", SUM), "inflows": ("AporEner", SUM),
    "price": ("PrecBolsNaci", MEAN), "price_min": ("PrecBolsNaci", LEAST), "price_max": ("PrecBolsNaci", MOST),
    "price_weighted": ("PPPrecBolsNaci", SUM), "reserves_gwh": ("VoluUtilDiarEner", SUM),
    "losses": ("PerdidasEner", SUM), "losses_reg": ("PerdidasEnerReg", SUM),
    "losses_nonreg": ("PerdidasEnerNoReg", SUM), "agc": ("RespComerAGC", SUM),
    "rest_before": ("RestSinAliv", SUM), "rest_charged": ("RestAliv", SUM), "spot_energy": ("CompBolsNaciEner", SUM),
    "contract_energy": ("CompContEner", SUM), "spill": ("VertEner", SUM),
}  # fmt: skip


@dataclass(frozen=True)
class _Reading:
    """How figures, dates and ways are read in a language; `marks` are those of thousands and of decimals."""

    lang: Language
    marks: str
    dates: re.Pattern[str]
    up: tuple[str, ...]
    down: tuple[str, ...]

    def numbers(self, text: str) -> Iterator[tuple[str, float, float]]:
        """Yield each number that is no date: as it stands, its value, and half of its last place."""
        thousands, point = map(re.escape, self.marks)
        for number in re.findall(rf"\d+(?:{thousands}\d{{3}})*(?:{point}\d+)?", self.dates.sub(" ", text)):
            whole, _, parts = number.partition(self.marks[1])
            value = float(f"{whole.replace(self.marks[0], '')}.{parts}")
            yield number, value, 0.5 * 10.0 ** -len(parts) + 1e-6


_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_READINGS = (
    _Reading(
        SPANISH, ".,", re.compile(r"\b\d+ de [a-z]+(?: de \d{4})?|\b(?:de|en) (?:19|20)\d\d\b|primeros \d+ días"),
        ("más que", "por encima", "un alza", "un aumento", " veces "),
        ("menos que", "por debajo", "una caída", "una reducción"),
    ),
    _Reading(
        ENGLISH, ",.", re.compile(rf"\b(?:\d+ )?(?:{_MONTHS})(?: \d{{4}})?|\b(?:of|in) (?:19|20)\d\d\b|first \d+ days"),
        ("higher than", " above ", ", up ", "an increase", " times "),
        ("lower than", " below ", ", down ", "a decrease"),
    ),
)  # fmt: skip
_AGAIN = ("claim_", "daily_level", "headline", "series_to_date", "record_", "claim")


@dataclass
class ClaimsRead:
    """What came of the reading."""

    claims: set[tuple[str, dt.date]] = field(default_factory=set)
    sentences: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def read_lake(paths: Paths) -> dict[str, Days]:
    """Return the days of the plain series, from the files that the manifest names."""
    found: dict[str, dict[dt.date, list[float]]] = defaultdict(lambda: defaultdict(list))
    wanted = {metric for metric, _ in PLAIN.values()}
    for part in Lake(paths.lake).manifest().parts:
        if part.metric in wanted and part.entity == "Sistema":
            table = pq.read_table(paths.lake / part.path, columns=["ts", "value"])
            for moment, value in zip(table["ts"].to_pylist(), table["value"].to_pylist(), strict=True):
                found[part.metric][moment.date()].append(value)
    ways: dict[str, Callable[[list[float]], float]] = {
        SUM: sum, MEAN: lambda hours: sum(hours) / len(hours), LEAST: min, MOST: max,
    }  # fmt: skip
    return {
        series: {day: ways[way](values) for day, values in found[metric].items()}
        for series, (metric, way) in PLAIN.items()
        if found.get(metric)
    }


def nights(
    paths: Paths, catalog: Catalog, work: Path, count: int, ago: int = 0
) -> Iterator[tuple[dt.date, tuple[Claim, ...]]]:
    """Yield the claims of each of the last nights, or of those up to some days ago, as the portal would have made."""
    copy = work / "night.duckdb"
    shutil.copy(paths.warehouse, copy)
    statements = [
        s
        for s in domain.in_order(domain.statements(paths.views, catalog), _known(copy, paths, catalog))
        if s.name.startswith(_AGAIN) and s.name not in ("record_subject", "claim_kind")
    ]
    with duckdb.connect(str(copy), config={"threads": 1}) as con:
        con.execute("CREATE TABLE whole AS FROM daily_series")
        (last,) = con.execute("SELECT max(day) FROM whole WHERE series = 'demand' AND complete").fetchone() or (None,)
        for back in range(ago, ago + count):
            day = last - dt.timedelta(days=back)
            con.execute("CREATE OR REPLACE TABLE daily_series AS FROM whole WHERE day <= ?", [day])
            for statement in statements:
                statement.run(con)
            yield day, read_claims(con)


def _known(copy: Path, paths: Paths, catalog: Catalog) -> set[str]:
    with duckdb.connect(str(copy), read_only=True) as con:
        names = {row[0].lower() for row in con.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    return names - {statement.name for statement in domain.statements(paths.views, catalog)}


def read_again(claims: tuple[Claim, ...], lake: Mapping[str, Days], told: ClaimsRead) -> None:
    """Read every sentence of the claims about plain series, in every wording."""
    for claim in claims:
        days = lake.get(claim.subject)
        if days is None or claim.kind not in _READERS or (claim.id, claim.day) in told.claims:
            continue  # of no such series, or read on a later night: the last day was the same
        truth = _READERS[claim.kind](claim, days)
        if truth is None:
            continue
        told.claims.add((claim.id, claim.day))
        for reading, wording in product(_READINGS, range(WORDINGS)):
            said = head(claim, wording, reading.lang).replace("\u00a0", " ")
            told.sentences[reading.lang.code] += 1
            if fault := _fault(reading, said, *truth):
                told.wrong.append(f"{claim.id} {claim.day}: {fault}: {said}")


def _fault(reading: _Reading, said: str, figures: list[float], way: int) -> str:
    """Return what a sentence says that is not so: a figure that is none of the true ones, or the other way."""
    for number, value, half in reading.numbers(said):
        if not any(abs(abs(true) - value) <= half for true in figures):
            return f"{number} is none of {[round(f, 3) for f in figures]}"
    up, down = any(word in said for word in reading.up), any(word in said for word in reading.down)
    if way and (up, down) != (way > 0, way < 0):
        return "the other way"
    return ""


def _level(claim: Claim, days: Days, last: dt.date) -> float | None:
    span = max(1, claim.span)
    values = [days.get(last - dt.timedelta(days=back)) for back in range(span)]
    known = [value for value in values if value is not None]
    return sum(known) / span if len(known) == span else None


def _comparison(claim: Claim, days: Days) -> tuple[list[float], int] | None:
    if claim.period.endswith("_to_date"):
        if claim.words["adds"] != "yes" or claim.period == "twelve_to_date":
            return None
        known = [value for day, value in days.items() if claim.days["start"] <= day <= claim.day]
        change = claim.figures["change"]  # of pairs of like days, proved in tests/views
        return [sum(known), change, 1 + change / 100], _sign(change)
    now, base = _level(claim, days, claim.day), _level(claim, days, claim.days["base"])
    far = (claim.day - claim.days["base"]).days
    if now is None or base is None or (claim.words["against"] == "year" and not 320 <= far <= 410):
        return [], 0
    change = (now - base) / abs(base) * 100
    return [now, change, now / base, base], _sign(change)


def _sign(change: float) -> int:
    return 0 if round(change, 1) == 0 else 1 if change > 0 else -1


def _rank(claim: Claim, days: Days) -> tuple[list[float], int] | None:
    sign = 1 if claim.words["side"] == "high" else -1
    if claim.words.get("standing"):
        best = max((value * sign for day, value in days.items() if day <= claim.day), default=0.0) * sign
        return ([best], 0) if abs(days.get(claim.days["at"], 0.0) - best) < 1e-6 else ([], 0)
    now, since = _level(claim, days, claim.day), claim.days["since"]
    if now is None:
        return [], 0
    between = (since + dt.timedelta(days=n) for n in range(1, (claim.day - since).days))
    levels = [level for day in between if (level := _level(claim, days, day)) is not None]
    return ([now], 0) if all(level * sign < now * sign + 1e-9 for level in levels) else ([], 0)


def _value(claim: Claim, days: Days) -> tuple[list[float], int] | None:
    return [days.get(claim.day, float("nan"))], 0


_READERS: dict[str, Callable[[Claim, Days], tuple[list[float], int] | None]] = {
    "value": _value,
    "comparison": _comparison,
    "rank": _rank,
}
