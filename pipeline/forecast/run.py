"""The model stage: gated series in, vintages and scores out. Pure: no network, no disk, no clock.

For each policy: gate the days, forecast at the backtest origins that are not known yet and at the newest day,
calibrate bands on the errors known at each origin, choose what is shown, make it add up, score. The first of the
policy's preferences that beats or equals the seasonal naive in its own backtest is published; if none does, the
seasonal naive is, and a note says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

from pipeline.catalog.forecasts import BASELINE, Policy
from pipeline.catalog.schema import Correction
from pipeline.core.errors import DuplicateKey, NotEnoughHistory
from pipeline.forecast.choose import choose, settle_group, settle_hours
from pipeline.forecast.contract import (
    EFFECT_COLUMNS,
    MISS_COLUMNS,
    SCORE_COLUMNS,
    VALUE_COLUMNS,
    ForecastRun,
    ModelSettings,
    Note,
    SeriesInput,
)
from pipeline.forecast.desk import Desk, calibrate, open_desk, receive, scored, scored_live, tasks_of
from pipeline.forecast.explain import effects, misses, missing_reason, policy_row, policy_table, reason_of
from pipeline.forecast.forecasters import FAST
from pipeline.forecast.monitor import watch
from pipeline.forecast.pool import Outcome, run_tasks
from pipeline.forecast.prepare import prepare
from pipeline.forecast.scenarios import scenario_rows
from pipeline.forecast.scores import score
from pipeline.forecast.vintages import stack, to_rows

EFFECT_SERIES = "demand_daily"


def run(
    inputs: Mapping[str, SeriesInput],
    today: date,
    policies: Sequence[Policy],
    settings: ModelSettings | None = None,
    known: pd.DataFrame | None = None,
    corrections: Sequence[Correction] = (),
) -> ForecastRun:
    """Forecast, backtest and score every declared series.

    Args:
        inputs: History by forecast series id.
        today: Date of the run; days from today on are not used.
        policies: Policies to run.
        settings: Size of the backtest.
        known: Vintages of earlier runs (columns ``VALUE_COLUMNS``), at least those of the windows of the settings
            before the newest day of each series. They are scored as they stand and never fitted again; only new rows
            are returned.
        corrections: Declared faults and events of the source, which may explain a miss.

    Returns:
        New vintages, scores, policies, effects, misses, notes and the published model of each series. A series that
        is missing or too short gives a note and no rows.
    """
    settings = settings or ModelSettings()
    desks: dict[str, Desk] = {}
    refused: dict[str, str] = {}
    notes: list[Note] = []
    for policy in policies:
        opened = _open(policy, inputs.get(policy.series), today, settings, known)
        if isinstance(opened, Note):
            notes.append(opened)
            refused[policy.series] = opened.kind
        else:
            desks[policy.series] = opened
    _fit(list(desks.values()), settings)
    for desk in desks.values():
        choose(desk)
    for group in dict.fromkeys(policy.group for policy in policies if policy.group):
        settle_group([desk for desk in desks.values() if desk.policy.group == group])
    for desk in desks.values():
        if desk.policy.day in desks:
            settle_hours(desk, desks[desk.policy.day])
    return _result(policies, desks, refused, notes, today, known, corrections)


def _open(
    policy: Policy, given: SeriesInput | None, today: date, settings: ModelSettings, known: pd.DataFrame | None
) -> Desk | Note:
    """A desk for a series, or a note of why there is none."""
    if given is None or given.frame.empty:
        return Note(policy.series, "", "missing", f"no data for {policy.metric} {policy.entity}")
    try:
        prepared = prepare(given, policy, today, settings.min_history)
    except (NotEnoughHistory, DuplicateKey) as error:
        return Note(policy.series, "", type(error).__name__, str(error))
    rows = pd.DataFrame(columns=list(VALUE_COLUMNS))
    if known is not None and len(known):
        plain = known["scenario"].fillna("") == "" if "scenario" in known else True
        rows = known[(known["series"] == policy.series) & plain]
    drivers = given.drivers
    if drivers is not None:
        drivers = drivers[[name for name in policy.drivers if name in drivers]]
    return open_desk(Desk(policy, prepared, settings, drivers), rows, today)


def _fit(desks: Sequence[Desk], settings: ModelSettings) -> None:
    """Fit what is missing on all desks: slow models in a pool, fast ones here."""
    tasks = [task for desk in desks for task in tasks_of(desk)]
    slow = [task for task in tasks if not set(task.models) <= FAST]
    fast = [task for task in tasks if set(task.models) <= FAST]
    by_series: dict[str, list[Outcome]] = {desk.policy.series: [] for desk in desks}
    for outcome in [*run_tasks(slow, settings.workers, settings.dask), *run_tasks(fast, label="fast forecasts")]:
        by_series[outcome.series].append(outcome)
    for desk in desks:
        receive(desk, by_series[desk.policy.series])
        watch(desk)
        calibrate(desk)


def _result(
    policies: Sequence[Policy],
    desks: Mapping[str, Desk],
    refused: Mapping[str, str],
    notes: list[Note],
    today: date,
    known: pd.DataFrame | None,
    corrections: Sequence[Correction],
) -> ForecastRun:
    """Rows of every table."""
    values: dict[str, list[pd.DataFrame]] = {"daily": [], "hourly": []}
    scores, missed, rows, published = [], [], [], {}
    for policy in policies:
        desk = desks.get(policy.series)
        if desk is None:
            rows.append(policy_row(policy, None, missing_reason(refused[policy.series])))
            continue
        own = _known_of(known, policy.series)
        values[policy.grain] += [*_new_rows(desk, today, own), scenario_rows(desk, today, own)]
        by_model = scored(desk)
        table = score(policy, by_model, "backtest", desk.shown)
        scores += [table, score(policy, scored_live(desk), "live", desk.shown)]
        missed.append(misses(desk, corrections))
        notes += desk.notes
        live = desk.shown in desk.live
        rows.append(policy_row(policy, desk.shown if live else None, reason_of(desk, by_model, table)))
        if live:
            published[policy.series] = desk.shown
    demand = desks.get(EFFECT_SERIES)
    return ForecastRun(
        stack(values["daily"], VALUE_COLUMNS),
        stack(values["hourly"], VALUE_COLUMNS),
        stack(scores, SCORE_COLUMNS),
        policy_table(rows),
        effects(demand) if demand else pd.DataFrame(columns=list(EFFECT_COLUMNS)),
        stack(missed, MISS_COLUMNS),
        tuple(notes),
        published,
    )


def _known_of(known: pd.DataFrame | None, series: str) -> pd.DataFrame:
    if known is None or known.empty:
        return pd.DataFrame(columns=list(VALUE_COLUMNS))
    return known[known["series"] == series]


def _new_rows(desk: Desk, today: date, known: pd.DataFrame) -> list[pd.DataFrame]:
    """Vintages of this run that are worth keeping: at dense origins only the engine's and the naive's."""
    kept = {model: set(found) for model, found in desk.vintages.items()}
    scored_at = set(desk.scored_at())
    dense = {desk.policy.engine, BASELINE}
    skip = {
        model: frozenset(origins - scored_at) | desk.before.get(model, frozenset())
        if model not in dense
        else desk.before.get(model, frozenset())
        for model, origins in kept.items()
    }
    seen = known[(known["run_kind"] == "live") & (pd.to_datetime(known["issued"]) == pd.Timestamp(today))]
    seen_live = {str(model): frozenset({desk.last}) for model in seen["model"].unique()}
    return [
        to_rows(desk.policy, desk.vintages, "backtest", today, skip),
        to_rows(desk.policy, desk.live, "live", today, seen_live),
    ]
