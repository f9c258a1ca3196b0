"""The policy of each forecast series: what is forecast, by which models, and which one is shown. One file a series.

Every model of a roster is run and scored; the policy only decides which one the portal shows, and the backtest may
overrule it. A change of `published` or `blends` needs a paired test over at least 24 origins, written in `evidence`
and in the change log, or a simpler model at equal score.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, model_validator

from pipeline.catalog.fields import Declaration, Unit

Transform = Literal["log", "levels"]

BASELINE = "seasonal_naive"
"""The model that every published one must beat or equal."""
COHERENT = "coherent"
"""The published forecast made to add up: sources to the total, hours to the day."""


class Shown(Declaration):
    """What the pages make of a forecast besides its chart and its table.

    Attributes:
        line: Whether a point is shown; without it the band alone is, because nobody can know a point.
        subject: Article and noun that the sentences are about, as in «La demanda del país sería de …».
        answers: Whether it is in the first sentences of the page of forecasts.
        feed: Whether each night's entry in the feed names it.
        by_lead: Whether the record draws its error by lead.
        misses: Whether the record lists its worst misses.
        drivers: What its sentences tell besides the level: the extremes of the week, holidays, water and Pacific.
    """

    line: bool = True
    subject: tuple[str, str] | None = None
    answers: bool = False
    feed: bool = False
    by_lead: bool = False
    misses: bool = False
    drivers: tuple[Literal["extremes", "holidays", "water"], ...] = ()


class ForecastPolicy(Declaration):
    """How one series is forecast.

    Attributes:
        series: Identifier of the forecast series.
        title: Title in Spanish.
        metric: Metric of the catalogue that the series comes from, or the nearest one where a view derives it.
        entity: Entity of the metric, XM's spelling.
        unit: Stored unit.
        input: Query of its history over the views: `day, value, quality` and, where they are known, `hours`;
            `ts, value, quality` where hourly.
        grain: `daily`, or `hourly`.
        horizon: Days ahead, or hours where the grain is hourly.
        transform: Space in which models work; `log` forbids negative forecasts.
        least: Smallest value that can be [stored unit], or the query of it: `day, value`, known from that day on.
        most: Largest value that can be, likewise. Forecasts and bands stay between them, and what has been measured is
            always possible (`forecast_range`).
        roster: Models to fit, in the order of the tables.
        blends: Means of members of the roster (geometric means under `log`), of equal weight.
        weighted: Blends whose members weigh by their recent errors: day 1, week, month and beyond on their own.
        published: Models to show, best first; the first that passes its backtest is shown.
        engine: Fast model whose dense errors calibrate the bands of the slow ones.
        percent_errors: Whether MAPE means anything; not for a series that is often near zero.
        season: Steps of the seasonal naive.
        group: Series of one group add up: its `part`s to its `total`.
        role: Place in the group.
        day: Hourly series: the daily series that its hours add up to.
        day_is: Whether the day is the sum or the mean of its hours.
        drivers: Names of what a model may know besides the series (rows of `forecast_driver`).
        record: Whether the scores of its live forecasts and its worst misses are kept.
        effects: Whether the record tells what holidays and seasons of the calendar add to it.
        scenarios: Water to six months: `inflow` is what the rivers bring, `stored` follows it; empty: none.
        why: Spanish: why the preferred model is shown.
        evidence: Spanish: the paired test behind the choice.
        shown: What the pages make of it.
    """

    series: str
    title: str = ""
    metric: str
    entity: str = "Sistema"
    unit: Unit
    input: str = ""
    grain: Literal["daily", "hourly"] = "daily"
    horizon: int = Field(default=90, ge=1, le=366)
    transform: Transform
    least: float | str | None = None
    most: float | str | None = None
    roster: tuple[str, ...] = Field(min_length=1)
    blends: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    weighted: tuple[str, ...] = ()
    published: tuple[str, ...] = Field(min_length=1)
    engine: str
    percent_errors: bool = True
    season: int = Field(default=7, ge=1)
    group: str = ""
    role: Literal["", "total", "part"] = ""
    day: str = ""
    day_is: Literal["sum", "mean"] = "sum"
    drivers: tuple[str, ...] = ()
    record: bool = True
    effects: bool = False
    scenarios: Literal["", "inflow", "stored"] = ""
    why: str = ""
    evidence: str = ""
    shown: Shown = Shown()

    @model_validator(mode="after")
    def _coherent(self) -> ForecastPolicy:
        unknown = {m for members in self.blends.values() for m in members} - set(self.roster)
        if unknown:
            raise ValueError(f"blends: not in the roster: {', '.join(sorted(unknown))}")
        if unknown := set(self.weighted) - set(self.blends):
            raise ValueError(f"weighted: no blend: {', '.join(sorted(unknown))}")
        strange = {*self.published, self.engine} - {*self.roster, *self.blends, COHERENT}
        if strange:
            raise ValueError(f"published, engine: neither in the roster nor a blend: {', '.join(sorted(strange))}")
        if BASELINE not in self.roster:
            raise ValueError(f"roster: {BASELINE} is missing; every model is judged against it")
        if bool(self.group) != bool(self.role):
            raise ValueError("group, role: give both or neither")
        return self

    def limit(self, side: Literal["least", "most"]) -> float | str | None:
        """Declared end of what can be: a number, a query, or None."""
        return self.least if side == "least" else self.most

    @property
    def models(self) -> tuple[str, ...]:
        """Roster and blends, in the order of the tables."""
        return (*self.roster, *self.blends)

    @property
    def steps(self) -> int:
        """Values a day."""
        return 24 if self.grain == "hourly" else 1


class AgentKind(Declaration):
    """A kind of agent whose demand is forecast: metric, and title in Spanish with `{code}`."""

    metric: str
    title: str


class Words(Declaration):
    """What the forecasts say in Spanish: `forecasts/words.yml`."""

    calendar: dict[str, str]
    agents: dict[str, AgentKind]
    agents_why: str
    no_history: str
    naive_unbeaten: str
    naive_recent: str
    second_choice: str
    gain: str
    even: str
    loss: str
    last_day: str
    last_week: str
    sure: str
    unsure: str
    origin: str
    origins: str
    hours_sum: str
    hours_mean: str
    sources_sum: str
    missing: str
    holiday: str
    special_day: str
    no_data: str
    too_short: str


WORDS = Path(__file__).resolve().parent / "forecasts" / "words.yml"


@cache
def words() -> Words:
    """Return the words of the forecasts."""
    return Words.model_validate(yaml.safe_load(WORDS.read_text(encoding="utf-8")))
