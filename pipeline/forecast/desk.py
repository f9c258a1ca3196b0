"""The working desk of one series: what must be fitted, and what becomes of it.

Vintages of earlier runs are taken as they stand; only what is missing on the grid of origins is fitted. Then blends,
then bands from the errors that were known at each origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.catalog.forecasts import BASELINE, COHERENT, Policy
from pipeline.forecast.backtest import actuals, dense_grid, naive_scale, score_grid
from pipeline.forecast.calendar import calendar_table
from pipeline.forecast.contract import Array, Context, ModelSettings, Note
from pipeline.forecast.forecasters import FAMILIES, FAST
from pipeline.forecast.intervals import adaptive_widths, native_widths, relative_size
from pipeline.forecast.pool import Outcome, Task
from pipeline.forecast.prepare import Prepared, to_levels, to_space
from pipeline.forecast.scores import Scored
from pipeline.forecast.vintages import BANDS, Vintage, Vintages, kept_leads, read_rows

DECIMALS = 4
"""Of forecasts: 0.1 MWh, or 0.1 peso a MWh. Sums of rounded sources are then exact."""
STALE_DAYS = 30


@dataclass
class Desk:
    """Working state of one series."""

    policy: Policy
    prepared: Prepared
    settings: ModelSettings
    drivers: pd.DataFrame | None = None
    notes: list[Note] = field(default_factory=list)
    vintages: Vintages = field(default_factory=dict)
    live: Vintages = field(default_factory=dict)
    past_live: Vintages = field(default_factory=dict)
    before: dict[str, frozenset[int]] = field(default_factory=dict)
    base: str = BASELINE
    shown: str = ""
    strained: float = 1.0

    @property
    def y(self) -> pd.Series[float]:
        """The gated series."""
        return self.prepared.y

    @property
    def first(self) -> int:
        """Ordinal of the first day."""
        return int(self.y.index[0].toordinal())

    @property
    def last(self) -> int:
        """Ordinal of the newest day: the origin of today's forecast."""
        return int(self.y.index[-1].toordinal())

    @property
    def days_ahead(self) -> int:
        """Days that the horizon covers."""
        return -(-self.policy.horizon // self.policy.steps)

    @property
    def ahead(self) -> NDArray[np.int64]:
        """Days between an origin and the day of each kept lead."""
        return -(-kept_leads(self.policy) // self.policy.steps)

    def note(self, model: str, kind: str, text: str) -> None:
        """Note what the reader should know."""
        self.notes.append(Note(self.policy.series, model, kind, text))

    def scored_at(self) -> list[int]:
        """Origins at which every model is scored."""
        span = date.fromordinal(self.first), date.fromordinal(self.last)
        return score_grid(*span, self.days_ahead, self.settings)

    def dense_at(self) -> list[int]:
        """Origins at which the engine and the naive are run."""
        span = date.fromordinal(self.first), date.fromordinal(self.last)
        hourly = self.policy.grain == "hourly"
        settings = replace(self.settings, dense_days=self.settings.dense_days // 2) if hourly else self.settings
        return sorted({*dense_grid(*span, settings), *self.scored_at()})

    def truth(self, origins: Sequence[int]) -> Array:
        """What happened at the kept leads after each origin, shape (n, k)."""
        found = actuals(self.y, origins, self.policy.horizon, self.policy.steps)
        return found[:, kept_leads(self.policy) - 1]

    def clip(self, values: Array, origin: int) -> Array:
        """Values [stored unit] within what can be, rounded."""
        low = -np.inf if self.policy.least is None else self.policy.least
        high = np.inf
        if self.drivers is not None and "capacity" in self.drivers:
            known = self.drivers["capacity"].loc[: pd.Timestamp(date.fromordinal(origin))].dropna()
            high = float(known.iloc[-1]) if len(known) else np.inf
        clipped: Array = np.round(np.clip(values, low, high), DECIMALS)
        return clipped


def open_desk(desk: Desk, known: pd.DataFrame, today: date) -> Desk:
    """Put what is known on the desk: the gate's verdict and the vintages of earlier runs."""
    dropped = desk.prepared.dropped
    recent = [day for day in dropped if (today - day).days <= STALE_DAYS]
    if recent:
        listed = ", ".join(f"{day} ({dropped[day]})" for day in recent)
        desk.note("", "partial", f"days left out of the last {STALE_DAYS}: {listed}")
    if today.toordinal() - desk.last > STALE_DAYS:
        desk.note("", "stale", f"newest complete day is {date.fromordinal(desk.last)}")
    desk.vintages = read_rows(_since(known, "backtest", desk.last - desk.settings.memory_days), desk.policy)
    desk.before = {model: frozenset(found) for model, found in desk.vintages.items()}
    desk.past_live = read_rows(_since(known, "live", desk.last - desk.settings.live_days), desk.policy)
    return desk


def _since(known: pd.DataFrame, kind: str, first: int) -> pd.DataFrame:
    """Rows of a kind from an origin on: the window is the series' own, whatever else was read with it."""
    young = pd.to_datetime(known["origin"]) >= pd.Timestamp(date.fromordinal(first))
    return known[(known["run_kind"] == kind) & young]


def tasks_of(desk: Desk) -> list[Task]:
    """What must be fitted: the backtest origins not known yet, and today."""
    policy, y = desk.policy, desk.y
    scored, dense = set(desk.scored_at()), set(desk.dense_at())
    members = policy.blends.get(policy.engine, (policy.engine,))
    blended = desk.vintages.get(policy.engine, {}).keys() if policy.engine in policy.blends else set()
    inner = pd.Series(to_space(y.to_numpy(), policy.transform), index=y.index, name=y.name)
    first, last = date.fromordinal(desk.first), date.fromordinal(desk.last)
    calendar = calendar_table(first, last + timedelta(days=desk.days_ahead))
    context = Context(calendar, desk.settings.seed, policy.season)
    todo: dict[tuple[int, str], list[str]] = {}
    for model in policy.roster:
        wanted = set(scored)
        if model in FAST and model in members:
            wanted |= dense - blended
        if model == BASELINE:
            wanted |= dense
        missing = sorted(wanted - desk.vintages.get(model, {}).keys())
        for origin in [*missing, desk.last]:
            todo.setdefault((origin, FAMILIES.get(model, model)), []).append(model)
    tasks = []
    for (origin, _), models in todo.items():
        end = (origin - desk.first + 1) * policy.steps
        known = None
        if desk.drivers is not None:
            known = desk.drivers.loc[: pd.Timestamp(date.fromordinal(origin))]
        own = replace(context, drivers=known)
        tasks.append(Task(tuple(models), policy.series, origin, inner.iloc[:end].copy(), policy.horizon, own))
    return tasks


def receive(desk: Desk, outcomes: Iterable[Outcome]) -> None:
    """Keep what the models gave and their blends; note the ones that fail."""
    failures: dict[str, list[str]] = {}
    tried: dict[str, int] = {}
    for outcome in outcomes:
        tried[outcome.model] = tried.get(outcome.model, 0) + 1
        if outcome.prediction is None:
            failures.setdefault(outcome.model, []).append(outcome.failure)
            continue
        # Rounded at once: bands and scores then do not depend on whether a row was read back or just made.
        mean = desk.clip(to_levels(outcome.prediction.mean, desk.policy.transform), outcome.origin)
        table = desk.live if outcome.origin == desk.last else desk.vintages
        table.setdefault(outcome.model, {})[outcome.origin] = Vintage(mean, outcome.prediction.sigma)
    for model, reasons in sorted(failures.items()):
        desk.note(model, "failed", f"{len(reasons)} of {tried[model]} origins: {reasons[-1]}")
    _blend(desk, desk.vintages)
    _blend(desk, desk.live)


def _blend(desk: Desk, vintages: Vintages) -> None:
    """Add the equal-weight means at every origin where all members are there."""
    transform = desk.policy.transform
    for name, members in desk.policy.blends.items():
        common = set.intersection(*(set(vintages.get(member, {})) for member in members))
        for origin in sorted(common - vintages.get(name, {}).keys()):
            parts = [vintages[member][origin] for member in members]
            if any(not np.isfinite(part.mean).all() for part in parts):
                continue  # a member read back holds the kept leads only: its blend was made then
            inner = np.mean([to_space(np.maximum(part.mean, _tiny(transform)), transform) for part in parts], axis=0)
            sigma = np.mean([part.sigma for part in parts], axis=0)
            mean = desk.clip(to_levels(inner, transform), origin)
            vintages.setdefault(name, {})[origin] = Vintage(mean, sigma)


def _tiny(transform: str) -> float:
    """Smallest value with a logarithm; levels need none."""
    return 10.0**-DECIMALS if transform == "log" else -np.inf


def calibrate(desk: Desk) -> None:
    """Give every vintage without bands its bands, from the errors known at its origin."""
    policy = desk.policy
    widths: dict[str, dict[int, Array]] = {}
    tables: dict[str, tuple[list[int], Array]] = {}
    for model in policy.models:
        origins = sorted({*desk.vintages.get(model, {}), desk.last})
        tables[model] = origins, errors_at(desk, desk.vintages.get(model, {}), origins)
    for model in dict.fromkeys((policy.engine, BASELINE)):
        origins, errors = tables[model]
        smooth = policy.grain == "daily"
        found = adaptive_widths(np.array(origins), errors, policy.aci_rate, desk.ahead, smooth=smooth)
        widths[model] = dict(zip(origins, found, strict=True))
    for model in policy.models:
        for table in (desk.vintages, desk.live):
            for origin, vintage in table.get(model, {}).items():
                if vintage.bands is None:
                    own = widths.get(model)
                    half = own[origin] if own is not None else _borrowed(desk, tables, widths, model, origin)
                    table[model][origin] = banded(desk, vintage, half, origin)


def errors_at(desk: Desk, found: Mapping[int, Vintage], origins: Sequence[int]) -> Array:
    """Errors in the model's space at the kept leads, NaN where unknown, shape (n, k)."""
    transform, leads = desk.policy.transform, kept_leads(desk.policy)
    blank = np.full(len(leads), np.nan)
    means = np.array([found[o].mean[leads - 1] if o in found else blank for o in origins])
    floor = _tiny(transform)
    own, truth = np.maximum(means, floor), np.maximum(desk.truth(origins), floor)
    return to_space(own, transform) - to_space(truth, transform)


def _borrowed(
    desk: Desk,
    tables: Mapping[str, tuple[list[int], Array]],
    widths: Mapping[str, Mapping[int, Array]],
    model: str,
    origin: int,
) -> Array:
    """Half-widths of the engine, scaled to a model with few origins."""
    engine = desk.policy.engine
    leads = len(kept_leads(desk.policy))
    if origin not in widths[engine]:
        return np.full((leads, 2), np.nan)
    origins, errors = tables[model]
    place = {day: row for row, day in enumerate(tables[engine][0])}
    blank = np.full(leads, np.nan)
    beside = np.array([tables[engine][1][place[day]] if day in place else blank for day in origins])
    return widths[engine][origin] * relative_size(np.array(origins), errors, beside, desk.ahead, origin)


def banded(desk: Desk, vintage: Vintage, half: Array, origin: int) -> Vintage:
    """A vintage with bands, at every lead; the native error stands in where no past error can say."""
    policy = desk.policy
    leads = kept_leads(policy)
    every = np.arange(1, policy.horizon + 1)
    native = native_widths(vintage.sigma)
    if np.isfinite(half).all():
        logs = np.log(np.maximum(half, 1e-12))
        wide = np.column_stack([np.exp(np.interp(np.log(every), np.log(leads), logs[:, k])) for k in (0, 1)])
    else:
        wide = native
        wide[leads - 1] = np.where(np.isfinite(half), half, native[leads - 1])
    if origin == desk.last:
        wide = wide * desk.strained
    wide[:, 1] = np.maximum(wide[:, 0], wide[:, 1])
    centre = to_space(np.maximum(vintage.mean, _tiny(policy.transform)), policy.transform)[:, None]
    low, high = to_levels(centre - wide, policy.transform), to_levels(centre + wide, policy.transform)
    bands = desk.clip(np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]]), origin)
    return Vintage(vintage.mean, vintage.sigma, bands)


def scored(desk: Desk) -> dict[str, Scored]:
    """Backtest forecasts at the scored origins, by model: the same origins for every model, so that figures compare."""
    policy = desk.policy
    dense = {BASELINE, policy.engine, *policy.blends.get(policy.engine, ())}
    sparse = [set(desk.vintages.get(model, {})) for model in policy.roster if model not in dense]
    if any(sparse):
        judged = set.union(*sparse)
    else:
        judged = {o for found in desk.vintages.values() for o in found if o % desk.settings.score_spacing == 0}
    judged = {o for o in judged if desk.first <= o < desk.last}
    return {
        model: gathered(desk, desk.vintages[model], ready)
        for model in (*policy.models, COHERENT)
        if (ready := sorted(judged & desk.vintages.get(model, {}).keys()))
    }


def scored_live(desk: Desk) -> dict[str, Scored]:
    """Live forecasts of earlier runs of which something is known by now, by model."""
    return {
        model: gathered(desk, found, ready)
        for model, found in sorted(desk.past_live.items())
        if (ready := sorted(o for o in found if desk.first <= o < desk.last))
    }


def gathered(desk: Desk, found: Mapping[int, Vintage], origins: Sequence[int]) -> Scored:
    """Vintages of a model beside what happened."""
    leads = kept_leads(desk.policy)
    blank = np.full((desk.policy.horizon, BANDS), np.nan)
    rows = [found[origin] for origin in origins]
    return Scored(
        np.array(origins, dtype="float64"),
        leads,
        np.array([row.mean[leads - 1] for row in rows]),
        np.array([(blank if row.bands is None else row.bands)[leads - 1] for row in rows]),
        desk.truth(origins),
        naive_scale(desk.y, origins, max(desk.policy.season, 7), desk.policy.steps),
    )
