"""Demand by retailer and by network operator: hundreds of series, the fast engine only.

Each series is forecast a month ahead by the harmonic regression and by the seasonal naive, once a week, and judged at a
few origins; what is shown is the engine where it is no worse than the naive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from pipeline.catalog.forecasts import BASELINE, Policy, Transform, words
from pipeline.core.errors import NotEnoughHistory
from pipeline.forecast.choose import choose
from pipeline.forecast.contract import SCORE_COLUMNS, VALUE_COLUMNS, ModelSettings, SeriesInput
from pipeline.forecast.desk import Desk, calibrate, open_desk, receive, scored, tasks_of
from pipeline.forecast.explain import policy_row, policy_table, reason_of
from pipeline.forecast.keys import key_of
from pipeline.forecast.pool import map_items, run_tasks
from pipeline.forecast.prepare import prepare
from pipeline.forecast.scores import score
from pipeline.forecast.vintages import stack, to_rows

ENGINE = "dhr_ar"
HORIZON = 30
EVERY_DAYS = 7
FRESH_DAYS = 60
LEAST_DAYS = 120
LEVEL_DAYS = 400
SETTINGS = ModelSettings(
    score_origins=3, score_spacing=30, dense_spacing=30, dense_days=0, memory_days=365, min_training=90
)
"""Three origins, one a month: each fit costs milliseconds, and there are hundreds."""


@dataclass(frozen=True)
class AgentRun:
    """Result: new vintages, scores and policies of the agents' series that were run, and the keys of all."""

    values: pd.DataFrame
    scores: pd.DataFrame
    policies: pd.DataFrame
    keys: dict[str, str] = field(default_factory=dict)


def agent_policy(series: str, transform: Transform) -> Policy:
    """The policy of an agent's series, ``retailer_daily:<code>`` or ``operator_daily:<code>``."""
    kind, _, code = series.partition(":")
    declared = words().agents[kind]
    return Policy(
        series=series,
        title=declared.title.format(code=code),
        metric=declared.metric,
        entity="Agente",
        unit="GWh",
        transform=transform,
        least=0.0,
        horizon=HORIZON,
        roster=(BASELINE, ENGINE),
        published=(ENGINE,),
        engine=ENGINE,
        level_check=True,
        percent_errors=False,
        why=words().agents_why,
    )


def due(known: pd.DataFrame | None, today: date) -> bool:
    """Whether the agents' forecasts are a week old, or there are none."""
    if known is None or known.empty:
        return True
    newest = pd.to_datetime(known.loc[known["run_kind"] == "live", "issued"]).max()
    return pd.isna(newest) or (today - newest.date()).days >= EVERY_DAYS


def run_agents(
    inputs: pd.DataFrame,
    today: date,
    known: pd.DataFrame | None = None,
    settings: ModelSettings = SETTINGS,
    done: Mapping[str, str] | None = None,
    code: str = "",
) -> AgentRun:
    """Forecast every agent that still reports and whose days are not those of its last forecast.

    Args:
        inputs: Columns ``series``, ``day``, ``value`` [GWh], ``hours``, ``quality``.
        today: Date of the run.
        known: Vintages of earlier runs, columns ``VALUE_COLUMNS``.
        settings: Size of the backtest.
        done: The keys of the rows that are kept, by series.
        code: Hash of the code that makes the rows.

    Returns:
        New vintages, scores, policies and keys. An agent with too few days, or that stopped reporting two months
        before the newest day of all, has none.
    """
    past = _by_series(known) if known is not None else {}
    nothing = pd.DataFrame(columns=list(VALUE_COLUMNS))
    fresh = list(_desks(inputs, today, settings))
    keys = {desk.policy.series: key_of(desk.policy, desk.prepared, None, settings, code) for desk in fresh}
    moved = [desk for desk in fresh if (done or {}).get(desk.policy.series) != keys[desk.policy.series]]
    desks = [open_desk(desk, past.get(desk.policy.series, nothing), today) for desk in moved]
    values, scores, policies = [], [], []
    for desk in map_items(worked, desks, settings.workers, settings.dask, "agents"):
        values += [to_rows(desk.policy, desk.vintages, "backtest", today, desk.before)]
        values += [to_rows(desk.policy, desk.live, "live", today, {})]
        by_model = scored(desk)
        table = score(desk.policy, by_model, "backtest", desk.shown)
        scores.append(table)
        shown = desk.shown if desk.shown in desk.live else None
        policies.append(policy_row(desk.policy, shown, reason_of(desk, by_model, table)))
    return AgentRun(stack(values, VALUE_COLUMNS), stack(scores, SCORE_COLUMNS), policy_table(policies), keys)


def worked(desk: Desk) -> Desk:
    """The desk of an agent with its forecasts made and chosen; run in a process of the pool."""
    receive(desk, run_tasks(tasks_of(desk)))
    calibrate(desk)
    choose(desk)
    return desk


def _by_series(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {str(name): block for name, block in rows.groupby("series", sort=True, observed=True)}


def _desks(inputs: pd.DataFrame, today: date, settings: ModelSettings) -> Iterator[Desk]:
    frame = inputs.assign(day=pd.to_datetime(inputs["day"]))
    newest = frame["day"].max()
    for name, block in frame.groupby("series", sort=True):
        positive = bool((block["value"].tail(LEVEL_DAYS) > 0).all())
        policy = agent_policy(str(name), "log" if positive else "levels")
        try:
            prepared = prepare(SeriesInput(block.drop(columns="series")), policy, today, LEAST_DAYS)
        except NotEnoughHistory:
            continue
        if (newest - prepared.y.index[-1]).days <= FRESH_DAYS:
            yield Desk(policy, prepared, settings)
