"""The model stage: gated series in, vintages and scores out. Pure: no network, no disk, no clock.

For each policy: gate the days, forecast at the backtest origins that are not known yet and at the newest day,
calibrate bands on the errors known at each origin, score, and choose what is shown. The first of the policy's
preferences that beats or equals the seasonal naive in its own backtest is published; if none does, the
seasonal naive is, and a note says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pandas as pd

from pipeline.core.errors import DuplicateKey, NotEnoughHistory
from pipeline.model.backtest import (
    Scored,
    Task,
    actuals,
    compare,
    dense_grid,
    naive_scale,
    run_tasks,
    score,
    score_grid,
)
from pipeline.model.calendar import calendar_table
from pipeline.model.contract import (
    PAIRED_COLUMNS,
    SCORE_COLUMNS,
    VALUE_COLUMNS,
    Array,
    Context,
    ForecastRun,
    ModelSettings,
    Note,
    SeriesInput,
)
from pipeline.model.forecasters import FAST
from pipeline.model.intervals import adaptive_widths, native_widths, relative_size
from pipeline.model.policies import BASELINE, POLICIES, Policy
from pipeline.model.prepare import Prepared, prepare, to_levels, to_space
from pipeline.model.vintages import Vintage, Vintages, read_rows, to_rows

DECIMALS = 6
BANDS = 4
STALE_DAYS = 30


@dataclass
class _Desk:
    """Working state of one series."""

    policy: Policy
    prepared: Prepared
    settings: ModelSettings
    notes: list[Note] = field(default_factory=list)

    @property
    def y(self) -> pd.Series[float]:
        return self.prepared.y

    @property
    def last(self) -> int:
        return int(self.y.index[-1].toordinal())

    def note(self, model: str, kind: str, text: str) -> None:
        self.notes.append(Note(self.policy.series, model, kind, text))


def run(
    inputs: Mapping[str, SeriesInput],
    today: date,
    policies: Sequence[Policy] = POLICIES,
    settings: ModelSettings | None = None,
    known: pd.DataFrame | None = None,
) -> ForecastRun:
    """Forecast, backtest and score every declared series.

    Args:
        inputs: Daily history by forecast series id.
        today: Date of the run; days from today on are not used.
        policies: Policies to run.
        settings: Size of the backtest.
        known: Vintages of earlier runs (columns ``VALUE_COLUMNS``). They are scored as they stand and never
            fitted again; only new rows are returned.

    Returns:
        New vintages, scores, comparison with the naive, notes and the published model of each series. A
        series that is missing or too short gives a note and no rows.
    """
    settings = settings or ModelSettings()
    values: list[pd.DataFrame] = []
    scores: list[pd.DataFrame] = []
    paired: list[pd.DataFrame] = []
    notes: list[Note] = []
    published: dict[str, str] = {}
    for policy in policies:
        given = inputs.get(policy.series)
        if given is None:
            notes.append(Note(policy.series, "", "missing", f"no data for {policy.metric} {policy.entity}"))
            continue
        try:
            prepared = prepare(given, policy, today, settings.min_history)
        except (NotEnoughHistory, DuplicateKey) as error:
            notes.append(Note(policy.series, "", type(error).__name__, str(error)))
            continue
        desk = _Desk(policy, prepared, settings)
        result = _series(desk, today, _known_of(known, policy.series))
        values.append(result.values)
        scores.append(result.scores)
        paired.append(result.paired)
        notes += desk.notes
        published |= result.published
    return ForecastRun(
        _stack(values, VALUE_COLUMNS),
        _stack(scores, SCORE_COLUMNS),
        _stack(paired, PAIRED_COLUMNS),
        tuple(notes),
        published,
    )


def _stack(frames: Iterable[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))


def _known_of(known: pd.DataFrame | None, series: str) -> pd.DataFrame:
    if known is None or known.empty:
        return pd.DataFrame(columns=list(VALUE_COLUMNS))
    return known[known["series"] == series]


def _series(desk: _Desk, today: date, known: pd.DataFrame) -> ForecastRun:
    """Run one series."""
    policy, y = desk.policy, desk.y
    _describe_gate(desk, today)
    first_day, last_day = y.index[0].date(), y.index[-1].date()
    calendar = calendar_table(first_day, last_day + timedelta(days=policy.horizon))
    context = Context(calendar, desk.settings.seed)
    vintages = read_rows(known[known["run_kind"] == "backtest"], policy.horizon)
    before = {model: frozenset(found) for model, found in vintages.items()}
    scored_at = score_grid(first_day, last_day, policy.horizon, desk.settings)
    dense_at = sorted({*dense_grid(first_day, last_day, desk.settings), *scored_at})
    wanted = {model: dense_at if model in FAST else scored_at for model in policy.roster}
    _fit(desk, context, vintages, wanted)
    live: Vintages = {}
    _fit(desk, context, live, {model: [desk.last] for model in policy.roster})
    _blend(policy, vintages)
    _blend(policy, live)
    _calibrate(desk, vintages, live)
    by_model = _scored(desk, vintages)
    chosen = _choose(desk, by_model, live)
    rows = to_rows(policy, vintages, "backtest", today, before)
    seen_live = known[(known["run_kind"] == "live") & (pd.to_datetime(known["issued"]).dt.date == today)]
    rows_live = to_rows(
        policy, live, "live", today, {str(m): frozenset({desk.last}) for m in seen_live["model"].unique()}
    )
    return ForecastRun(
        _stack([rows, rows_live], VALUE_COLUMNS),
        score(policy.series, by_model, chosen),
        compare(policy.series, by_model),
        (),
        {policy.series: chosen} if chosen in live else {},
    )


def _describe_gate(desk: _Desk, today: date) -> None:
    dropped = desk.prepared.dropped
    recent = [day for day in dropped if (today - day).days <= STALE_DAYS]
    if recent:
        listed = ", ".join(f"{day} ({dropped[day]})" for day in recent)
        desk.note("", "partial", f"days left out of the last {STALE_DAYS}: {listed}")
    if today.toordinal() - desk.last > STALE_DAYS:
        desk.note("", "stale", f"newest complete day is {date.fromordinal(desk.last)}")


def _fit(desk: _Desk, context: Context, vintages: Vintages, wanted: Mapping[str, Sequence[int]]) -> None:
    """Add the vintages that are wanted and not there yet; note the models that fail."""
    policy, y = desk.policy, desk.y
    start = int(y.index[0].toordinal())
    inner = pd.Series(to_space(y.to_numpy(), policy.transform), index=y.index, name=y.name)
    tasks = []
    for model, origins in wanted.items():
        for origin in sorted(set(origins) - vintages.get(model, {}).keys()):
            past = inner.iloc[: origin - start + 1].copy()
            tasks.append(Task(model, origin, past, policy.horizon, context))
    failures: dict[str, list[str]] = {}
    slow = [task for task in tasks if task.model not in FAST]
    fast = [task for task in tasks if task.model in FAST]
    for outcome in [*run_tasks(fast, 1), *run_tasks(slow, desk.settings.workers)]:
        if outcome.prediction is None:
            failures.setdefault(outcome.model, []).append(outcome.failure)
            continue
        # Rounded at once: bands and scores then do not depend on whether a row was read back or just made.
        mean = np.round(to_levels(outcome.prediction.mean, policy.transform), DECIMALS)
        vintages.setdefault(outcome.model, {})[outcome.origin] = Vintage(mean, outcome.prediction.sigma)
    for model, reasons in sorted(failures.items()):
        desk.note(model, "failed", f"{len(reasons)} of {len(wanted[model])} origins: {reasons[-1]}")


def _blend(policy: Policy, vintages: Vintages) -> None:
    """Add the equal-weight means at every origin where all members are there."""
    for name, members in policy.blends.items():
        common = set.intersection(*(set(vintages.get(member, {})) for member in members))
        for origin in sorted(common - vintages.get(name, {}).keys()):
            parts = [vintages[member][origin] for member in members]
            inner = np.mean([to_space(part.mean, policy.transform) for part in parts], axis=0)
            sigma = np.mean([part.sigma for part in parts], axis=0)
            mean = np.round(to_levels(inner, policy.transform), DECIMALS)
            vintages.setdefault(name, {})[origin] = Vintage(mean, sigma)


def _calibrate(desk: _Desk, vintages: Vintages, live: Vintages) -> None:
    """Give every vintage without bands its bands, from the errors known at its origin."""
    policy = desk.policy
    fast = [model for model in policy.models if set(policy.blends.get(model, (model,))) <= FAST]
    tables: dict[str, tuple[list[int], Array]] = {}
    for model in policy.models:
        origins = sorted({*vintages.get(model, {}), desk.last})
        tables[model] = origins, _errors(desk, vintages.get(model, {}), origins)
    widths = {
        model: dict(zip(origins, adaptive_widths(np.array(origins), errors, policy.aci_rate), strict=True))
        for model, (origins, errors) in tables.items()
        if model in fast
    }
    for model in policy.models:
        for table in (vintages, live):
            for origin, vintage in table.get(model, {}).items():
                if vintage.bands is None:
                    if model in widths:
                        half = widths[model][origin]
                    else:
                        half = _borrowed(policy, tables, widths, model, origin)
                    table[model][origin] = _banded(vintage, half, policy)


def _errors(desk: _Desk, found: Mapping[int, Vintage], origins: Sequence[int]) -> Array:
    """Errors in the model's space, NaN where unknown, shape (n, h)."""
    policy = desk.policy
    blank = np.full(policy.horizon, np.nan)
    means = np.array([found[o].mean if o in found else blank for o in origins])
    truth = actuals(desk.y, origins, policy.horizon)
    return to_space(means, policy.transform) - to_space(truth, policy.transform)


def _borrowed(
    policy: Policy,
    tables: Mapping[str, tuple[list[int], Array]],
    widths: Mapping[str, Mapping[int, Array]],
    model: str,
    origin: int,
) -> Array:
    """Half-widths of the engine, scaled to a model with few origins."""
    engine = policy.engine
    if origin not in widths.get(engine, {}):
        return np.full((policy.horizon, 2), np.nan)
    origins, errors = tables[model]
    place = {day: row for row, day in enumerate(tables[engine][0])}
    blank = np.full(policy.horizon, np.nan)
    beside = np.array([tables[engine][1][place[day]] if day in place else blank for day in origins])
    return widths[engine][origin] * relative_size(np.array(origins), errors, beside, origin)


def _banded(vintage: Vintage, half: Array, policy: Policy) -> Vintage:
    """A vintage with bands; the native error stands in where no past error can say."""
    half = np.where(np.isfinite(half), half, native_widths(vintage.sigma))
    half[:, 1] = np.maximum(half[:, 0], half[:, 1])
    centre = to_space(vintage.mean, policy.transform)[:, None]
    low, high = to_levels(centre - half, policy.transform), to_levels(centre + half, policy.transform)
    bands = np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]])
    return Vintage(vintage.mean, vintage.sigma, np.round(bands, DECIMALS))


def _scored(desk: _Desk, vintages: Vintages) -> dict[str, Scored]:
    """Forecasts at the scored origins, whole horizon known, by model.

    Every model is judged on the origins of the slow ones, so that the figures of a table compare.
    """
    found: dict[str, Scored] = {}
    horizon = desk.policy.horizon
    start = desk.y.index[0].toordinal()
    slow = [set(vintages.get(model, {})) for model in desk.policy.roster if model not in FAST]
    judged = set.union(*slow) if any(slow) else set.union(*(set(v) for v in vintages.values()), set())
    judged = {o for o in judged if o % desk.settings.score_spacing == 0 and start <= o <= desk.last - horizon}
    for model in desk.policy.models:
        ready = sorted(judged & vintages.get(model, {}).keys())
        if ready:
            rows = [vintages[model][origin] for origin in ready]
            blank = np.full((horizon, BANDS), np.nan)
            bands = np.array([blank if row.bands is None else row.bands for row in rows])
            found[model] = Scored(
                np.array(ready, dtype="float64"),
                np.array([row.mean for row in rows]),
                bands,
                actuals(desk.y, ready, horizon),
                naive_scale(desk.y, ready),
            )
    return found


def _choose(desk: _Desk, by_model: Mapping[str, Scored], live: Vintages) -> str:
    """Model to publish: the first preference that is no worse than the naive in the backtest."""
    base = by_model.get(BASELINE)
    for model in desk.policy.published:
        scored = by_model.get(model)
        if model not in live:
            desk.note(model, "fallback", "no forecast today; the next choice is shown")
        elif base is None or scored is None:
            desk.note(model, "fallback", "no backtest yet; the next choice is shown")
        else:
            _, left, right = np.intersect1d(scored.origins, base.origins, return_indices=True)
            own = np.nanmean(np.abs(scored.mean - scored.actual)[left])
            naive = np.nanmean(np.abs(base.mean - base.actual)[right])
            if own <= naive:
                return model
            desk.note(model, "fallback", f"worse than the seasonal naive: MAE {own:.4g} against {naive:.4g}")
    desk.note(BASELINE, "naive", "the seasonal naive is published")
    return BASELINE
