"""The work on one series tonight: its gated history, its forecasts old and new, what is chosen and what is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.catalog.forecasts import BASELINE, ForecastPolicy
from pipeline.core.errors import DuplicateKey, NotEnoughHistory
from pipeline.forecast.forecasters import Array
from pipeline.forecast.history import DECIMALS, GatedHistory, gate, to_space
from pipeline.forecast.origins import ModelSettings, actuals, dense_grid, score_grid
from pipeline.forecast.vintages import Vintage, Vintages, kept_leads, read_rows

STALE_DAYS = 30
WATCH_DAYS = 28
"""The newest days, in which a break or a model that has lost touch is seen."""


@dataclass(frozen=True)
class Note:
    """Something the run must tell: a model that failed, days left out, a naive that is published."""

    series: str
    model: str
    kind: str
    text: str


@dataclass(frozen=True)
class Refused:
    """A series that cannot be forecast, and why."""

    policy: ForecastPolicy
    kind: str
    text: str


@dataclass
class SeriesRun:
    """Working state of one series.

    Attributes:
        policy: How it is forecast.
        history: Its gated days.
        settings: Size of the backtest.
        drivers: What else was known, the declared columns.
        limits: Between what the series can be, by the day from which on it was known.
        outside: Forecasts of others, to be scored beside ours.
        notes: What the reader should know, in order.
        vintages: Backtest forecasts, read and made.
        live: Forecasts of tonight, from the newest day.
        past_live: Forecasts of earlier nights.
        before: Origins of `vintages` that were read, by model.
        issued: Models whose forecast of today was read: it is not kept twice.
        base: The model chosen.
        shown: What the pages show: `base`, or what it was made into to add up.
        broken: Whether the series has changed in the newest days.
    """

    policy: ForecastPolicy
    history: GatedHistory
    settings: ModelSettings
    drivers: pd.DataFrame | None = None
    limits: pd.DataFrame | None = None
    outside: pd.DataFrame | None = None
    notes: list[Note] = field(default_factory=list)
    vintages: Vintages = field(default_factory=dict)
    live: Vintages = field(default_factory=dict)
    past_live: Vintages = field(default_factory=dict)
    before: dict[str, frozenset[int]] = field(default_factory=dict)
    issued: frozenset[str] = frozenset()
    base: str = BASELINE
    shown: str = ""
    broken: bool = False

    @property
    def y(self) -> pd.Series[float]:
        """The gated series."""
        return self.history.y

    @property
    def first(self) -> int:
        """Ordinal of the first day."""
        return int(self.y.index[0].toordinal())

    @property
    def last(self) -> int:
        """Ordinal of the newest day: the origin of today's forecast."""
        return int(self.y.index[-1].toordinal())

    @property
    def span(self) -> tuple[date, date]:
        """First and newest day."""
        return date.fromordinal(self.first), date.fromordinal(self.last)

    @property
    def days_ahead(self) -> int:
        """Days that the horizon covers."""
        return -(-self.policy.horizon // self.policy.steps)

    @property
    def leads(self) -> NDArray[np.int64]:
        """Steps ahead that are kept and judged."""
        return kept_leads(self.policy)

    @property
    def ahead(self) -> NDArray[np.int64]:
        """Days between an origin and the day of each kept lead."""
        return -(-self.leads // self.policy.steps)

    def note(self, model: str, kind: str, text: str) -> None:
        """Note what the reader should know."""
        self.notes.append(Note(self.policy.series, model, kind, text))

    def scored_at(self) -> list[int]:
        """Origins at which every model is scored."""
        return score_grid(*self.span, self.days_ahead, self.settings)

    def dense_at(self) -> list[int]:
        """Origins at which the engine and the naive are run."""
        hourly = self.policy.grain == "hourly"
        settings = replace(self.settings, dense_days=self.settings.dense_days // 2) if hourly else self.settings
        return sorted({*dense_grid(*self.span, settings), *self.scored_at()})

    def truth(self, origins: Sequence[int]) -> Array:
        """What happened at the kept leads after each origin, shape (n, k)."""
        return actuals(self.y, origins, self.policy.horizon, self.policy.steps)[:, self.leads - 1]

    def errors(self, found: Mapping[int, Vintage], origins: Sequence[int]) -> Array:
        """Errors of forecasts in the model's space at the kept leads, NaN where unknown, shape (n, k)."""
        blank = np.full(len(self.leads), np.nan)
        means = np.array([found[o].mean[self.leads - 1] if o in found else blank for o in origins])
        return self.inner(means) - self.inner(self.truth(origins))

    def inner(self, levels: Array) -> Array:
        """Forecast levels [stored unit] in the model's space; what has no logarithm counts as the smallest that has."""
        floor = 10.0**-DECIMALS if self.policy.transform == "log" else -np.inf
        return to_space(np.maximum(levels, floor), self.policy.transform)

    def within(self, origin: int) -> tuple[float, float]:
        """Smallest and largest value that can be, as known at an origin [stored unit], rounded inwards."""
        low, high = (side if isinstance(side, float) else np.nan for side in (self.policy.least, self.policy.most))
        if self.limits is not None:
            known = int(self.limits.index.searchsorted(pd.Timestamp(date.fromordinal(origin)), side="right"))
            if known:
                low, high = self.limits[["least", "most"]].to_numpy()[known - 1]
        unit = 10.0**DECIMALS
        least = float(np.ceil(low * unit) / unit) if np.isfinite(low) else -np.inf
        return least, float(np.floor(high * unit) / unit) if np.isfinite(high) else np.inf

    def clip(self, values: Array, origin: int) -> Array:
        """Values [stored unit] within what can be, rounded."""
        clipped: Array = np.clip(np.round(values, DECIMALS), *self.within(origin))
        return clipped

    def around(self, mean: Array, bands: Array, origin: int) -> Array:
        """Bands about a mean within what can be, the mean in the 80 %, the 80 in the 95 %.

        Args:
            mean: The mean, within what can be [stored unit], shape (h,).
            bands: lo80, hi80, lo95, hi95 as the models give them, shape (h, 4).
            origin: Day of the forecast (ordinal).
        """
        inside = self.clip(bands, origin)
        for k, edge in ((0, np.minimum), (1, np.maximum)):
            inside[:, k] = edge(inside[:, k], mean)
            inside[:, k + 2] = edge(inside[:, k + 2], inside[:, k])
        return inside

    def remember(self, known: pd.DataFrame, today: date) -> None:
        """Take up the forecasts of earlier nights, and note what the gate found.

        Args:
            known: Rows of ``forecast_value`` of this series, at least those of the windows of the settings.
            today: Date of the run.
        """
        dropped = self.history.dropped
        recent = [day for day in dropped if (today - day).days <= STALE_DAYS]
        if recent:
            listed = ", ".join(f"{day} ({dropped[day]})" for day in recent)
            self.note("", "partial", f"days left out of the last {STALE_DAYS}: {listed}")
        if today.toordinal() - self.last > STALE_DAYS:
            self.note("", "stale", f"newest complete day is {date.fromordinal(self.last)}")
        plain = known[known["scenario"].fillna("") == ""]
        self.vintages = read_rows(_since(plain, "backtest", self.last - self.settings.memory_days), self.policy)
        self.before = {model: frozenset(found) for model, found in self.vintages.items()}
        self.past_live = read_rows(_since(plain, "live", self.last - self.settings.live_days), self.policy)
        tonight = (known["run_kind"] == "live") & (pd.to_datetime(known["issued"]) == pd.Timestamp(today))
        self.issued = frozenset(map(str, known.loc[tonight, "model"].unique()))


def _since(known: pd.DataFrame, kind: str, first: int) -> pd.DataFrame:
    """Rows of a kind from an origin on: the window is the series' own, whatever else was read with it."""
    young = pd.to_datetime(known["origin"]) >= pd.Timestamp(date.fromordinal(first))
    return known[(known["run_kind"] == kind) & young]


def open_series(
    policy: ForecastPolicy, given: SeriesInput | None, today: date, settings: ModelSettings
) -> SeriesRun | Refused:
    """Gate the history of a series; a series that cannot be forecast says why.

    Args:
        policy: How it is forecast.
        given: Its history; None where there is none.
        today: Date of the run; days from today on are not used.
        settings: Size of the backtest.
    """
    if given is None or given.frame.empty:
        return Refused(policy, "missing", f"no data for {policy.metric} {policy.entity}")
    try:
        history = gate(given, policy, today, settings.min_history)
    except (NotEnoughHistory, DuplicateKey) as error:
        return Refused(policy, type(error).__name__, str(error))
    drivers = given.drivers
    if drivers is not None:
        drivers = drivers[[name for name in policy.drivers if name in drivers]]
    return SeriesRun(policy, history, settings, drivers, given.limits, given.outside)
