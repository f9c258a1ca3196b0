"""Headline figures: a value, its day, its changes against stated days and, where one is published, its semaphore."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.catalog.schema import Block
from pipeline.catalog.value_states import CORRECTED, open_states, value_states
from pipeline.core import spanish
from pipeline.site.blocks.block_types import Place, block_type
from pipeline.site.context import SiteContext


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
    state: str = ""
    """State of the value; `version` of the settlement, `revisions` the page that shows what it was before."""
    version: str = ""
    revisions: str = ""
    grain: str = "daily"

    @property
    def when(self) -> str:
        """The day in words, or the month of a value of a month."""
        return spanish.period(self.day, self.grain) if self.day else ""

    @property
    def stamp(self) -> str:
        """The same for machines: `2026-11-22`, or `2026-11`."""
        return self.day.isoformat()[: 7 if self.grain == "monthly" else 10] if self.day else ""


#: The one semaphore of the portal (pipeline/views/water/reservoir_light.sql), in words.
LIGHTS: Mapping[str, Light] = {
    "good": Light("good", "Bien", "por encima del mínimo operativo superior"),
    "watch": Light("warn", "Atención", "entre los dos mínimos operativos"),
    "low": Light("bad", "Crítico", "por debajo del mínimo operativo inferior"),
}
#: Its words, as tables show them, and their tones.
TONES: Mapping[str, str] = {light.word: light.tone for light in LIGHTS.values()}


_OPTIONAL = (
    "compared", "week_ago", "week_basis", "year_ago", "year_day", "year_basis", "quality", "light", "monthly",
)  # fmt: skip


@block_type("kpi", ("day", "value"), optional=_OPTIONAL)
def kpi(block: Block, rows: pd.DataFrame, place: Place) -> KpiView:
    """Return a headline figure, or why there is none."""
    return kpi_view(place.site, block, rows, place.missing(block))


def kpi_view(site: SiteContext, block: Block, rows: pd.DataFrame, reason: str) -> KpiView:
    """Return the headline figure of a row `day, value, week_ago, year_ago, quality`.

    The two are set against `compared` where it is given, a mean, and else against the value. `week_basis` and
    `year_basis` say in words what the two stand for, `year_day` which day: a value of the past without words is no
    comparison. A value that may not be quoted never becomes a headline: the card says what it is. A column `light`
    (`good`, `watch` or `low`) adds the semaphore; `monthly` says that the value is of the month of its day.
    """
    base = KpiView(block.id, block.title, block.subtitle, spanish.unit_label(block.unit), note=block.note)
    if rows.empty or pd.isna(rows["value"].iloc[0]):
        return replace(base, empty=reason)
    row = rows.iloc[0]
    if (state := str(row.get("quality", "ok"))) in open_states():
        told = value_states()[state].label.lower()
        return replace(base, empty=f"El último dato es {told}; se mostrará cuando algo lo confirme.")
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
    known = state if "quality" in row and state in value_states() else ""
    revisions = revisions_of(site, block.metrics, day) if known == CORRECTED else ""
    grain = "monthly" if row.get("monthly", False) else "daily"
    return replace(
        base, value=text, raw=value, day=day, deltas=tuple(deltas), light=light, state=known, revisions=revisions,
        grain=grain,
    )  # fmt: skip


def revisions_of(site: SiteContext, metrics: Sequence[str], day: dt.date) -> str:
    """Return where a corrected value of some metrics tells what it was: the page of the one revised, on that day first.

    A ratio is corrected with any of its parts; where none has a revision to show there is no such page.
    """
    found = site.con.execute(
        "SELECT metric FROM revision WHERE list_contains($metrics, metric) GROUP BY metric "
        "ORDER BY bool_or(ts::DATE = $day) DESC, list_position($metrics, metric) LIMIT 1",
        {"metrics": list(metrics), "day": day},
    ).fetchone()
    return f"metricas/{found[0]}/#corregidos" if found else ""


def _judge(direction: str, good: str) -> tuple[str, str]:
    if good == "none" or direction == "flat":
        return "none", ""
    return ("good", "favorable") if direction == good else ("bad", "desfavorable")
