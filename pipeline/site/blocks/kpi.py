"""Headline figures: a value, its day, its changes against stated days and, where one is published, its semaphore."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.catalog.schema import Block
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place, block_type


@dataclass(frozen=True)
class Delta:
    """A change against a stated basis; `word` says in words what the colour says, `day` which day the basis is."""

    text: str
    basis: str
    tone: str
    word: str
    day: dt.date | None = None


@dataclass(frozen=True)
class Light:
    """The semaphore beside a figure: its tone, its word and what it stands on."""

    tone: str
    word: str
    reason: str


@dataclass(frozen=True)
class KpiView:
    """A headline figure. Without a settled value `empty` says why."""

    id: str
    title: str
    subtitle: str
    unit: str
    value: str = ""
    raw: float = math.nan
    day: dt.date | None = None
    deltas: tuple[Delta, ...] = ()
    note: str = ""
    empty: str = ""
    light: Light | None = None


#: The one semaphore of the portal (pipeline/views/water/reservoir_light.sql), in words.
LIGHTS: Mapping[str, Light] = {
    "good": Light("good", "Bien", "por encima del mínimo operativo superior"),
    "watch": Light("warn", "Atención", "entre los dos mínimos operativos"),
    "low": Light("bad", "Crítico", "por debajo del mínimo operativo inferior"),
}
#: Its words, as tables show them, and their tones.
TONES: Mapping[str, str] = {light.word: light.tone for light in LIGHTS.values()}


_OPTIONAL = ("compared", "week_ago", "week_basis", "year_ago", "year_day", "year_basis", "quality", "light")


@block_type("kpi", ("day", "value"), optional=_OPTIONAL)
def kpi(block: Block, rows: pd.DataFrame, place: Place) -> KpiView:
    """Return a headline figure, or why there is none."""
    return kpi_view(block, rows, place.missing(block))


def kpi_view(block: Block, rows: pd.DataFrame, reason: str) -> KpiView:
    """Return the headline figure of a row `day, value, week_ago, year_ago, quality`.

    The two are set against `compared` where it is given, a mean, and else against the value. `week_basis` and
    `year_basis` say in words what the two stand for, `year_day` which day: a value of the past without words is no
    comparison. A provisional value never becomes a headline: the card says that the last figure is
    preliminary. A column `light` (`good`, `watch` or `low`) adds the semaphore.
    """
    base = KpiView(block.id, block.title, block.subtitle, spanish.unit_label(block.unit), note=block.note)
    if rows.empty or pd.isna(rows["value"].iloc[0]):
        return replace(base, empty=reason)
    row = rows.iloc[0]
    if str(row.get("quality", "ok")) == "provisional":
        return replace(base, empty="El último dato es preliminar; se mostrará cuando XM lo confirme.")
    value = float(row["value"])
    points = block.unit == "%"
    deltas = []
    given = row.dropna()
    for span in ("week", "year"):
        if not {f"{span}_ago", f"{span}_basis"} <= set(given.index):
            continue
        change = spanish.variation(float(given.get("compared", value)), float(given[f"{span}_ago"]), points=points)
        if change.direction == "unknown":
            continue
        tone, word = _judge(change.direction, block.good)
        on = pd.Timestamp(given[f"{span}_day"]).date() if f"{span}_day" in given else None
        deltas.append(Delta(change.text.replace("p.p.", "puntos"), f"vs. {given[f'{span}_basis']}", tone, word, on))
    day = pd.Timestamp(row["day"]).date()
    text = spanish.number(value, block.decimals)
    light = LIGHTS.get(str(row.get("light", "")))
    return replace(base, value=text, raw=value, day=day, deltas=tuple(deltas), light=light)


def _judge(direction: str, good: str) -> tuple[str, str]:
    if good == "none" or direction == "flat":
        return "none", ""
    return ("good", "favorable") if direction == good else ("bad", "desfavorable")
