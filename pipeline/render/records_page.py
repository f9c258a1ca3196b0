"""Records: highs and lows of the headline series, each with its rank, the mark it broke, and a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.core import spanish
from pipeline.render.context import Page, SiteContext
from pipeline.render.feed import Entry, atom
from pipeline.render.page import make_page
from pipeline.render.registers import read
from pipeline.render.table import Cell, Header, Table

FEED = "records.xml"
SHOWN = 12
_SIDES = {"high": ("Máximos", "el valor más alto"), "low": ("Mínimos", "el valor más bajo")}


@dataclass(frozen=True)
class Record:
    """A record that fell: its series, its day and the sentence that says it."""

    key: str
    title: str
    text: str
    day: dt.date
    metric: str
    side: str


def records_page(site: SiteContext) -> Page:
    """Return the page of records and its feed; both are worked out again from the lake on every run."""
    events = _events(site)
    now = read(site, "record_now", "*")
    since = pd.Timestamp(now["since"].min()).date() if len(now) else None
    year = [e for e in events if (site.run.today - e.day).days <= 365]
    headline = (
        f"{spanish.plural(len(year), 'récord', 'récords')} en los últimos doce meses"
        if year
        else "Las marcas del sistema, y qué tan lejos está el último dato"
    )
    return make_page(
        site,
        "records.md",
        "records",
        "Récords",
        "Los valores más altos y más bajos del sistema eléctrico, con su fecha y la marca anterior.",
        {
            "headline": headline,
            "answer": events[0].text if events else "",
            "window": _window(events, since),
            "events": events[:SHOWN],
            "more": len(events) - SHOWN,
            "tables": [(_SIDES[side][0], side, _table(site, now, side)) for side in _SIDES if len(now)],
            "feed": FEED,
        },
        {
            FEED: atom(
                site,
                FEED,
                "Récords del sistema eléctrico colombiano",
                "Máximos y mínimos de las series principales, calculados cada noche con los datos vigentes de XM.",
                "records/",
                [Entry(e.key, e.title, e.text, f"metricas/{e.metric}/", e.day) for e in events],
            )
        },
    )


def _window(events: list[Record], since: dt.date | None) -> str:
    if since is None:
        return "Aún no hay datos para buscar récords."
    window = f"El portal compara con todos los días consolidados que tiene, desde el {spanish.long_date(since)}."
    return (
        window if events else f"{window} Un récord se anuncia cuando hay al menos 365 días con los cuales compararlo."
    )


def _events(site: SiteContext) -> list[Record]:
    rows = read(
        site,
        "record_event AS e JOIN record_now AS n USING (series, side)",
        "series, side, n.label, n.unit, n.decimals, n.metrics, n.since, e.first_day, e.day, e.value, e.previous, "
        "e.previous_day, e.days",
        "ORDER BY e.day DESC, n.ordinal, side",
    )
    return [_record(row) for row in rows.to_dict("records")]


def _record(row: Mapping[Hashable, object]) -> Record:
    day, first, before = (pd.Timestamp(str(row[c])).date() for c in ("day", "first_day", "previous_day"))
    unit, decimals = str(row["unit"]), int(str(row["decimals"]))
    value, previous = (spanish.quantity(float(str(row[c])), unit, decimals) for c in ("value", "previous"))
    side = str(row["side"])
    best = _SIDES[side][1]
    days = spanish.number(int(str(row["days"])), 0)
    since = spanish.date(pd.Timestamp(str(row["since"])).date())
    broken = (
        f"La marca anterior, {previous}, era del {spanish.date(before)}."
        if first == day
        else f"La marca anterior, {previous} del {spanish.date(before)}, cayó el {spanish.date(first)}."
    )
    return Record(
        f"{row['series']}/{side}/{first.isoformat()}",
        f"{row['label']}: {value}, {best} en {days} días",
        f"{row['label']}: {value} el {spanish.date(day)}, {best} de {days} días con dato desde el {since}. {broken}",
        day,
        str(row["metrics"]).split(",")[0],
        side,
    )


def _table(site: SiteContext, now: pd.DataFrame, side: str) -> Table:
    """Return the marks of one side with the place of the last settled day."""
    heads = (
        Header("Serie"),
        Header("Récord", numeric=True),
        Header("Día"),
        Header("Hace", "días", numeric=True),
        Header("Marca anterior", numeric=True),
        Header("Último dato", numeric=True),
        Header("Puesto", numeric=True),
    )
    body = []
    for r in now[now["side"] == side].to_dict("records"):
        unit, decimals = str(r["unit"]), int(r["decimals"])
        metric = str(r["metrics"]).split(",")[0]
        known = metric in site.catalog.metrics
        before = (
            "—"
            if pd.isna(r["previous"])
            else f"{spanish.number(float(r['previous']), decimals)} ({_day(r['previous_day'])})"
        )
        body.append(
            (
                Cell(str(r["label"]), href=f"../metricas/{metric}/" if known else ""),
                Cell(spanish.quantity(float(r["value"]), unit, decimals)),
                Cell(_day(r["day"])),
                Cell(spanish.number(int(r["days_since"]), 0)),
                Cell(before),
                Cell(spanish.number(float(r["last_value"]), decimals)),
                Cell(f"{spanish.number(int(r['rank']), 0)} de {spanish.number(int(r['days']), 0)}"),
            )
        )
    return Table(heads, tuple(body), len(body))


def _day(value: object) -> str:
    return spanish.date(pd.Timestamp(str(value)).date())
