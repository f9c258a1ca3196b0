"""Entries of the forecasts' feed: what was forecast each night, and the score of what can be compared by now."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from pipeline.core import spanish
from pipeline.site.context import SiteContext
from pipeline.site.forecast_words import LIVE, NAIVE, day_of, lead_words, pick, policies, scores
from pipeline.site.pages.feed import Entry

FEED = "pronosticos.xml"
NIGHTS = 60


def entries(site: SiteContext) -> list[Entry]:
    """Return the newest score and the forecasts of the last nights, newest first."""
    return [*_score(site), *_nights(site)]


def _nights(site: SiteContext) -> list[Entry]:
    """Return one entry a night: what was expected of the next day, with its 80 % band."""
    told = [policy.series for policy in policies(site) if policy.shown.feed]
    rows = site.query(
        "SELECT v.issued, v.series, v.origin, v.target, v.mean, v.lo80, v.hi80, p.title_es, p.unit "
        "FROM forecast_value AS v JOIN forecast_shown_model AS m USING (series, model) "
        "JOIN forecast_policy AS p ON p.series = v.series "
        "WHERE v.run_kind = 'live' AND v.scenario = '' AND list_contains(?, v.series) "
        "AND CAST(v.target AS DATE) = v.issued + 1 "
        "ORDER BY v.issued DESC, list_position(?, v.series), v.origin DESC",
        [told, told],
    )
    found = []
    for issued, night in rows.groupby("issued", sort=False):
        day = day_of(issued)
        said = [_said(row) for row in night.drop_duplicates("series").to_dict("records")]
        found.append(
            Entry(
                f"emision/{day.isoformat()}",
                f"Pronósticos emitidos el {spanish.date(day)}",
                " ".join(said),
                "pronosticos/",
                day,
            )
        )
    return found[:NIGHTS]


def _said(row: Mapping[Hashable, Any]) -> str:
    unit = str(row["unit"])
    day = spanish.date(day_of(row["target"]))
    if pd.isna(row["lo80"]):
        return f"{row['title_es']}, {day}: {spanish.headline(float(str(row['mean'])), unit)}."
    low, high = (spanish.number(float(str(row[c]))) for c in ("lo80", "hi80"))
    return f"{row['title_es']}, {day}: entre {low} y {high}{spanish.NBSP}{spanish.unit_label(unit)} (80 %)."


def _score(site: SiteContext) -> list[Entry]:
    """Return the entry of tonight's score; none while no published forecast has come due."""
    said = []
    for policy in policies(site):
        found = scores(site, policy.series, LIVE)
        own, naive = (pick(found, model, policy.near) for model in (policy.model, NAIVE))
        if not policy.shown.feed or own is None or own.error is None:
            continue
        values = spanish.plural(own.n, "valor", "valores")
        text = f"{policy.title}: error de {spanish.percent(own.error)} "
        text += f"({lead_words(policy.near, hourly=policy.hourly)}, {values})"
        if naive is not None and naive.error is not None:
            text += f"; {policy.again}, {spanish.percent(naive.error)}"
        said.append(f"{text}.")
    if not said:
        return []
    day = site.run.today
    title = f"Aciertos de los pronósticos publicados, {spanish.date(day)}"
    return [Entry(f"puntaje/{day.isoformat()}", title, " ".join(said), "aciertos/", day)]
