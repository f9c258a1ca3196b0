"""What a portal shows and a reader may quote: figures by name and day, sentences, and what is told of the faults.

Everything is read from what is published: pages, API, CSV, Parquet. A figure is quotable where nothing beside it says
that it is not: a card, a record and a sentence always are, a row of a file is by its state.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import duckdb

from pipeline.core import spanish
from tests.bench.boards_kpis import quantity
from tests.bench.html_tree import Element, read_tree
from tests.truth.house import DAY, FIRST, PAGES, Published, shown_catalog

_DOUBTED: Final = re.compile(
    r"prelim|provis|dudos|doubt|incompl|partial|parcial|retir|withdr|held|withheld", re.IGNORECASE
)
_WITHDRAWN: Final = re.compile(r"retir|withdr", re.IGNORECASE)
_RECENT: Final = (FIRST - 20 * DAY).isoformat()
_HOME: Final = "inicio"


@dataclass(frozen=True)
class Figure:
    """A figure that a reader may quote.

    Attributes:
        where: The surface.
        name: Headline series, or `metric/entity/code`.
        day: Its day.
        value: As it stands there, unrounded where the surface has it so.
    """

    where: str
    name: str
    day: dt.date
    value: float


def day_of(text: str) -> dt.date:
    """Return a day as files and pages write it; a month is its first day."""
    return dt.date.fromisoformat(text[:10] if len(text) > 7 else f"{text}-01")


def quotable(state: str) -> bool:
    """Say whether a word of state lets a figure be quoted."""
    return not _DOUBTED.search(state or "")


@cache
def page(path: Path) -> Element:
    """Return a page as a tree; nothing where there is no page."""
    return read_tree(path.read_text(encoding="utf-8")) if path.exists() else Element("html")


def figures(portal: Published) -> Iterator[Figure]:
    """Yield every figure with a name and a day that a reader may quote."""
    yield from _cards(portal)
    yield from _metric_pages(portal)
    yield from _api(portal)
    yield from _csv(portal)
    yield from _parquet(portal)
    yield from _headlines(portal)


def _card(element: Element | None, where: str, name: str) -> Iterator[Figure]:
    data, when = (element.first("data"), element.first("time")) if element else (None, None)
    if data and when and when.attributes.get("datetime"):
        day = day_of(when.attributes["datetime"])
        yield Figure(where, name, day, float(data.attributes["value"]))


def _cards(portal: Published) -> Iterator[Figure]:
    for slug, board in shown_catalog().boards.items():
        tree = page(portal.site / ("index.html" if slug == _HOME else f"tableros/{slug}/index.html"))
        for block in board.blocks:
            if block.type == "kpi" and "." not in (name := quantity(block.sql)):
                yield from _card(tree.by_id(block.id), f"card {slug}/{block.id}", name)


def _metric_pages(portal: Published) -> Iterator[Figure]:
    for metric in PAGES:
        tree = page(portal.site / "metricas" / metric / "index.html")
        yield from _card(tree.by_id("ultimo"), f"page of {metric}", f"{metric}/Sistema/Sistema")


def _api(portal: Published) -> Iterator[Figure]:
    folder = portal.site / "api" / "v1"
    told = json.loads((folder / "titulares.json").read_text(encoding="utf-8"))
    for row in told["titulares"]:
        yield Figure("API titulares", row["serie"], day_of(row["dia"]), row["valor"])
    for row in told["dias"]:
        if quotable(_of(row, "calidad", "estado")) and row["valor"] is not None:
            yield Figure("API dias", row["serie"], day_of(row["dia"]), row["valor"])
    for path in (folder / "metricas" / f"{metric}.json" for metric in PAGES):
        for series in json.loads(path.read_text(encoding="utf-8")).get("series", []):
            for row in series.get("valores", []):
                if quotable(_of(row, "calidad", "estado")) and row["valor"] is not None:
                    name = f"{path.stem}/{series['entidad']}/{row['codigo']}"
                    yield Figure(f"API {path.stem}", name, day_of(row["dia"]), row["valor"])


def _of(row: Mapping[str, object], *names: str) -> str:
    """Return the first of some fields, whose names differ in case and accents at most."""
    folded = {spanish_folded(name): value for name, value in row.items()}
    return next((str(folded[name] or "") for name in names if name in folded), "")


@cache
def spanish_folded(word: str) -> str:
    """Return a word in lower case without accents."""
    return word.strip().lower().translate(str.maketrans("áéíóúüñ", "aeiouun"))


def _csv(portal: Published) -> Iterator[Figure]:
    for path in sorted((portal.site / "datos" / "csv").glob("*.csv")):
        metric, entity = (*path.name.split("."), "")[:2]
        if metric != "titulares" and metric not in PAGES:
            continue
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if metric != "titulares" and entity != "Sistema" and next(iter(row.values())) < _RECENT:
                    continue  # of plants, rivers and agents the days that faults are about
                value, state = _of(row, "valor"), _of(row, "estado", "calidad")
                if value and quotable(state):
                    code = ":".join(filter(None, (_of(row, "codigo", "serie"), _of(row, "version"))))
                    name = code if metric == "titulares" else f"{metric}/{entity}/{code}"
                    day = day_of(_of(row, "fecha", "dia"))
                    yield Figure(f"CSV {metric}", name, day, float(value.replace(",", ".")))


def versions(portal: Published) -> Iterator[Figure]:
    """Yield the figures that have a settlement version: several of a day, none of them the day's."""
    return (figure for figure in _csv(portal) if ":" in figure.name)


def _parquet(portal: Published) -> Iterator[Figure]:
    path = portal.site / "datos" / "csv" / "titulares.parquet"
    if path.exists():
        cursor = duckdb.execute(f"SELECT * FROM '{path}'")
        names = [column[0] for column in cursor.description or ()]
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            if row.get("valor") is not None and quotable(_of(row, "estado", "calidad")):
                day = day_of(_of(row, "fecha", "dia"))
                yield Figure("Parquet titulares", _of(row, "serie"), day, float(row["valor"]))


def _headlines(portal: Published) -> Iterator[Figure]:
    """Yield what headline figures, records and models are made from."""
    with duckdb.connect(str(portal.warehouse), read_only=True) as con:
        for series, day, value in con.execute("SELECT series, day, value FROM daily_series WHERE complete").fetchall():
            yield Figure("daily_series", series, day, value)
        for series, day, value in con.execute("SELECT series, day, value FROM record_now").fetchall():
            yield Figure("record", series, day, value)


Key = tuple[str, dt.date]


def said_by_day(portal: Published, *, quotable: bool = False) -> dict[Key, float]:
    """Return values by day of the headline series and of the metrics: all, or those that a portal calls quotable."""
    series, metrics = (
        ("complete", "quotable(day_quality(hours, quality))") if quotable else ("TRUE", "hours IS NULL OR hours = 24")
    )
    with duckdb.connect(str(portal.warehouse), read_only=True) as con:
        found = con.execute(f"SELECT series, day, value FROM daily_series WHERE {series}").fetchall()
        found += con.execute(
            f"SELECT metric || '/' || entity || '/' || code, day, value FROM metric_daily WHERE {metrics}"
        ).fetchall()
    return {(name, day): value for name, day, value in found if value is not None}


def newest(portal: Published) -> dict[str, dt.date]:
    """Return the newest quotable day of every headline series, as the API tells it."""
    told = json.loads((portal.site / "api" / "v1" / "titulares.json").read_text(encoding="utf-8"))
    return {row["serie"]: day_of(row["dia"]) for row in told["titulares"]}


def in_words(series: str, value: float) -> str:
    """Return a value as sentences write it."""
    return spanish.number(value, _decimals()[series])


@cache
def _decimals() -> Mapping[str, int]:
    return {name: series.decimals for name, series in shown_catalog().headlines.items()}


def sentences(portal: Published) -> dict[str, str]:
    """Return what is said in words: leads, summaries, alerts, cards of the boards, records, feeds."""
    found: dict[str, str] = {}
    for slug in shown_catalog().boards:
        tree = page(portal.site / ("index.html" if slug == _HOME else f"tableros/{slug}/index.html"))
        parts = [tree.by_id(name) for name in ("resumen", "alertas", "cambios", "tableros")]
        parts += [tree.first("header", "lead"), *tree.all("p", "kpi-value")]
        found[slug] = " · ".join(part.text for part in parts if part)
    records = page(portal.site / "records" / "index.html")
    found["records"] = " · ".join(row.text for row in [*records.all("tr"), *records.all("li")])
    for feed in portal.site.glob("*.xml"):
        if feed.name not in {"sitemap.xml", "cambios.xml"}:
            found[feed.name] = feed.read_text(encoding="utf-8")
    return found


def tells_of_another(portal: Published, place: str, series: str, number: str) -> bool:
    """Say whether a claim that a board's text tells has a number, and is about something else than a series.

    Home has alerts and changes beside its text, and records and feeds have no claims: nothing accounts for theirs.
    """
    if place == _HOME or place not in shown_catalog().boards:
        return False
    document = json.loads((portal.site / "datos" / "narrative" / f"{place}.json").read_text(encoding="utf-8"))
    decimals = len(number.partition(",")[2])
    return any(
        spanish.number(abs(figure), decimals) == number.lstrip("-−")
        for claim in document["claims"]
        if claim["shown"] and claim["subject"] != series
        for figure in claim["figures"].values()
    )


def says(text: str, number: str) -> bool:
    """Say whether a text has a number, not as a part of another."""
    return re.search(rf"(?<![\d.,]){re.escape(number)}(?!\d|[.,]\d)", text) is not None


def told_of_faults(portal: Published) -> set[str]:
    """Return the lines of *Calidad*, what the changes say was withdrawn, and what the run's reports say went wrong."""
    lines = _lines(portal, "calidad") | {line for line in _lines(portal, "cambios") if _WITHDRAWN.search(line)}
    lines |= {line for night in portal.failed for line in night}
    ingest = portal.details.get("ingest")
    if isinstance(ingest, dict):
        for told in ingest.values():
            lines |= {str(line) for line in told} if isinstance(told, list) else set()
    return lines


def _lines(portal: Published, slug: str) -> set[str]:
    """Return the rows, items and paragraphs of a page, each with the pages it leads to."""
    tree = page(portal.site / slug / "index.html")
    found = [[cell.text for cell in row.inside if isinstance(cell, Element)] for row in tree.all("tr")]
    found += [[element.text] for tag in ("li", "p") for element in tree.all(tag)]
    links = [[a.attributes.get("href", "") for a in e.all("a")] for tag in ("tr", "li", "p") for e in tree.all(tag)]
    return {" ".join([*words, *to]) for words, to in zip(found, links, strict=True)}


def names(line: str, metric: str) -> bool:
    """Say whether a line names a metric, by its code or by a link to its page."""
    return re.search(rf"(?<!\w){metric}(?!\w)", line) is not None


def by_name(found: Iterable[Figure]) -> dict[str, list[Figure]]:
    """Return figures by name."""
    named: dict[str, list[Figure]] = defaultdict(list)
    for figure in found:
        named[figure.name].append(figure)
    return named
