"""A night's forecasts, top to bottom: open each series, leave what has not moved, fit, band, choose, add up, tell.

For each declared series: gate the days, forecast at the backtest origins that are not known yet and at the newest day,
calibrate bands on the errors known at each origin, choose what is shown, make it add up, score. The first of the
policy's preferences that beats or equals the seasonal naive in its own backtest is published; if none does, the
seasonal naive is, and a note says so. The agents' series go the same way, once a week.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

import pandas as pd

from pipeline.catalog.forecast_frames import (
    EFFECT,
    FORECAST_TABLES,
    MISS,
    POLICY,
    SCORE,
    VALUE,
    ForecastRows,
    SeriesInput,
    no_rows,
)
from pipeline.catalog.forecasts import BASELINE
from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Correction
from pipeline.core.log import get_logger
from pipeline.forecast.agents import AGENT_SETTINGS, FRESH_DAYS, due, open_agents
from pipeline.forecast.bands import calibrate, watch
from pipeline.forecast.blends import blend
from pipeline.forecast.choice import choose
from pipeline.forecast.coherence import settle_group, settle_hours
from pipeline.forecast.explain import effects, misses, missing_reason, policy_row, reason_of
from pipeline.forecast.fits import Outcome, Task, modules_of, pooled, receive, run_task, tasks_of
from pipeline.forecast.origins import ModelSettings
from pipeline.forecast.outside import scored_outside
from pipeline.forecast.scenarios import scenario_rows
from pipeline.forecast.scores import score, scored, scored_live
from pipeline.forecast.series_run import Note, Refused, SeriesRun, open_series
from pipeline.forecast.stale import key_of, stale
from pipeline.forecast.vintages import to_rows

log = get_logger("forecast")

MANY_FITS, MANY_SERIES = 12, 200
"""Slow fits, and series with fast ones, from which a pool of processes pays."""
Opened = Mapping[str, SeriesRun | Refused]


class Past(Protocol):
    """What earlier nights left, read when it is needed and no more of it than is needed."""

    def keys(self, key: str) -> Mapping[str, str]:
        """Return what the rows of `daily` or `agents` were made from, by series."""

    def vintages(self, keys: Sequence[str], first: Mapping[str, date]) -> pd.DataFrame:
        """Return the rows of ``forecast_value`` from some origins on, by kind of run."""


@dataclass(frozen=True)
class Night:
    """What a night made: rows by key of the lake, series and number of agents run again, the model shown of each."""

    rows: dict[str, ForecastRows] = field(default_factory=dict)
    series: tuple[str, ...] = ()
    agents: int = 0
    published: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ForecastRun:
    """Rows of a run of some series.

    Attributes:
        values: New vintages of the daily series, columns of ``forecast_value``; what was known is not repeated.
        hourly: The same for the hourly series; ``target`` is the start of the hour.
        scores: Scores over all vintages, known and new, columns of ``forecast_score``.
        policies: What is published and why, columns of ``forecast_policy``, one row a series.
        effects: Effects of the calendar, columns of ``forecast_effect``.
        misses: Worst misses of what is published, columns of ``forecast_miss``.
        published: Model shown for each series.
        notes: What the reader should know, in order.
    """

    values: pd.DataFrame
    hourly: pd.DataFrame
    scores: pd.DataFrame
    policies: pd.DataFrame
    effects: pd.DataFrame
    misses: pd.DataFrame
    published: dict[str, str]
    notes: tuple[Note, ...]


def forecast_night(
    inputs: Mapping[str, SeriesInput],
    agents: pd.DataFrame,
    catalog: Catalog,
    today: date,
    past: Past,
    code: str,
    settings: ModelSettings,
) -> Night:
    """Run the series whose inputs are others than last time.

    Args:
        inputs: History by declared series.
        agents: History of the agents: series, day, value [GWh], hours, quality.
        catalog: The declarations.
        today: Date of the run; days from today on are not used.
        past: What earlier nights left.
        code: Hash of the code of the models: when it moves, every series is run.
        settings: Size of the backtest, and who does the work.
    """
    opened = {p.series: open_series(p, inputs.get(p.series), today, settings) for p in catalog.forecasts}
    keys = {series: key_of(one, settings, code, catalog.corrections) for series, one in opened.items()}
    ran = stale(catalog.forecasts, keys, past.keys("daily"))
    rows: dict[str, ForecastRows] = {}
    published: dict[str, str] = {}
    if ran:
        todo = {series: opened[series] for series in ran}
        newest = min((one.span[1] for one in todo.values() if isinstance(one, SeriesRun)), default=today)
        known = past.vintages(("daily", "hourly"), settings.windows(newest))
        made = forecast_series(todo, today, known, settings, catalog.corrections)
        for note in made.notes:
            log.info("forecast note", series=note.series, model=note.model, kind=note.kind, text=note.text)
        others = {SCORE: made.scores, POLICY: made.policies, EFFECT: made.effects, MISS: made.misses}
        rows["daily"] = ForecastRows({VALUE: made.values, **others}, tuple(ran), keys)
        rows["hourly"] = ForecastRows({VALUE: made.hourly})
        published = made.published
    weekly = _agents(agents, today, past, code, settings)
    if weekly is not None:
        rows["agents"] = weekly
    return Night(rows, tuple(ran), len(weekly.ran) if weekly else 0, published)


def _agents(agents: pd.DataFrame, today: date, past: Past, code: str, settings: ModelSettings) -> ForecastRows | None:
    """Run the agents whose days are others than a week ago; None where none is due or none has moved."""
    size = AGENT_SETTINGS.by(settings)
    known = past.vintages(("agents",), size.windows(today - timedelta(days=FRESH_DAYS)))
    if agents.empty or not due(known, today):
        return None
    done = past.keys("agents")
    opened = open_agents(agents, today, size)
    keys = {series: key_of(one, size, code) for series, one in opened.items()}
    if keys == done:
        return None
    moved = {series: one for series, one in opened.items() if done.get(series) != keys[series]}
    made = forecast_series(moved, today, known, size)
    return ForecastRows({VALUE: made.values, SCORE: made.scores, POLICY: made.policies}, tuple(moved), keys)


def forecast_series(
    opened: Opened,
    today: date,
    known: pd.DataFrame,
    settings: ModelSettings,
    corrections: Sequence[Correction] = (),
) -> ForecastRun:
    """Forecast, backtest and score some series.

    Args:
        opened: The series, gated.
        today: Date of the run.
        known: Rows of ``forecast_value`` of earlier runs, at least those of the windows of the settings before the
            newest day of each series. They are scored as they stand and never fitted again.
        settings: Who does the work.
        corrections: Declared faults and events of the source, which may explain a miss.
    """
    rows = {str(name): block for name, block in known.groupby("series", sort=True, observed=True)}
    runs = [one for one in opened.values() if isinstance(one, SeriesRun)]
    for run in runs:
        run.remember(rows.get(run.policy.series, no_rows(VALUE)), today)
    fitted = {run.policy.series: run for run in _fit(runs, settings)}
    for run in fitted.values():
        choose(run)
    for group in dict.fromkeys(run.policy.group for run in runs if run.policy.group):
        settle_group([run for run in fitted.values() if run.policy.group == group])
    for run in fitted.values():
        if run.policy.day in fitted:
            settle_hours(run, fitted[run.policy.day])
    return _rows({series: fitted.get(series, one) for series, one in opened.items()}, today, corrections)


def _fit(runs: Sequence[SeriesRun], settings: ModelSettings) -> list[SeriesRun]:
    """Fit what is missing of all series: slow models fit by fit in a pool, fast ones series by series."""
    slow = [task for run in runs for task in tasks_of(run, fast=False)]
    outcomes: dict[str, list[Outcome]] = {run.policy.series: [] for run in runs}
    for found in pooled(run_task, slow, settings, "forecasts", least=MANY_FITS, modules=modules_of(slow)):
        for outcome in found:
            outcomes[outcome.series].append(outcome)
    todo = [(run, outcomes[run.policy.series]) for run in runs]
    return list(pooled(_finish, todo, settings, "series", least=MANY_SERIES, modules=[__name__]))


def _finish(todo: tuple[SeriesRun, list[Outcome]]) -> SeriesRun:
    """Fit the fast models of a series beside what the slow ones gave, and give all of them their bands."""
    run, outcomes = todo
    fast: list[Task] = tasks_of(run, fast=True)
    receive(run, [*outcomes, *(outcome for task in fast for outcome in run_task(task))])
    blend(run)
    watch(run)
    calibrate(run)
    return run


def _rows(opened: Opened, today: date, corrections: Sequence[Correction]) -> ForecastRun:
    """Rows of every table."""
    values: dict[str, list[pd.DataFrame]] = {"daily": [], "hourly": []}
    scores, calendar, missed = [], [], []
    policies: list[tuple[object, ...]] = []
    published: dict[str, str] = {}
    notes = [Note(one.policy.series, "", one.kind, one.text) for one in opened.values() if isinstance(one, Refused)]
    for series, run in opened.items():
        if isinstance(run, Refused):
            policies.append(policy_row(run.policy, None, missing_reason(run.kind)))
            continue
        values[run.policy.grain] += [*_new_rows(run, today), scenario_rows(run, today)]
        by_model = scored(run)
        table = score(run.policy, by_model, "backtest", run.shown)
        scores.append(table)
        if run.policy.record:
            scores.append(score(run.policy, scored_live(run), "live", run.shown))
            missed.append(misses(run, corrections))
        if run.outside is not None:
            # The naive is there to be compared with, at the leads that each sent only.
            sent = score(run.policy, scored_outside(run), "outside", "")
            scores.append(sent[sent["model"] != BASELINE])
        if run.policy.effects:
            calendar.append(effects(run))
        notes += run.notes
        live = run.shown in run.live
        policies.append(policy_row(run.policy, run.shown if live else None, reason_of(run, by_model, table)))
        if live:
            published[series] = run.shown
    return ForecastRun(
        _stack(values["daily"], VALUE),
        _stack(values["hourly"], VALUE),
        _stack(scores, SCORE),
        pd.DataFrame(policies, columns=list(FORECAST_TABLES[POLICY])),
        _stack(calendar, EFFECT),
        _stack(missed, MISS),
        published,
        tuple(notes),
    )


def _new_rows(run: SeriesRun, today: date) -> list[pd.DataFrame]:
    """Vintages of this run that are worth keeping: at dense origins only the engine's and the naive's."""
    scored_at, dense = set(run.scored_at()), {run.policy.engine, BASELINE}
    skip = {
        model: run.before.get(model, frozenset()) | (frozenset() if model in dense else found.keys() - scored_at)
        for model, found in run.vintages.items()
    }
    issued = dict.fromkeys(run.issued, frozenset({run.last}))
    return [
        to_rows(run.policy, run.vintages, "backtest", today, skip),
        to_rows(run.policy, run.live, "live", today, issued),
    ]


def _stack(frames: Iterable[pd.DataFrame], table: str) -> pd.DataFrame:
    """Frames one under the other; no rows where there is none."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else no_rows(table)
