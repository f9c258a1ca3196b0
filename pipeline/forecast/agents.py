"""Demand by retailer and by network operator: hundreds of series, the fast engine only.

Each series is forecast a month ahead by the harmonic regression and by the seasonal naive, once a week, and judged at a
few origins; what is shown is the engine where it is no worse than the naive.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.catalog.forecasts import BASELINE, ForecastPolicy, Transform, words
from pipeline.forecast.origins import ModelSettings
from pipeline.forecast.series_run import SeriesRun, open_series

ENGINE = "dhr_ar"
HORIZON = 30
EVERY_DAYS = 7
FRESH_DAYS = 60
LEVEL_DAYS = 400
AGENT_SETTINGS = ModelSettings(
    score_origins=3, score_spacing=30, dense_spacing=30, dense_days=0, memory_days=365, min_history=120, min_training=90
)
"""Three origins, one a month: each fit costs milliseconds, and there are hundreds."""


def due(known: pd.DataFrame, today: date) -> bool:
    """Whether the agents' forecasts are a week old, or there are none."""
    newest = pd.to_datetime(known.loc[known["run_kind"] == "live", "issued"]).max()
    return pd.isna(newest) or (today - newest.date()).days >= EVERY_DAYS


def open_agents(inputs: pd.DataFrame, today: date, settings: ModelSettings) -> dict[str, SeriesRun]:
    """Open every agent that still reports.

    An agent with too few days, or that stopped reporting two months before the newest day of all, is left out.

    Args:
        inputs: Columns ``series`` (``retailer_daily:<code>`` or ``operator_daily:<code>``), ``day``, ``value`` [GWh],
            ``hours``, ``quality``.
        today: Date of the run.
        settings: Size of the backtest.
    """
    frame = inputs.assign(day=pd.to_datetime(inputs["day"]))
    newest = frame["day"].max()
    found = {}
    for name, block in frame.groupby("series", sort=True):
        positive = bool((block["value"].tail(LEVEL_DAYS) > 0).all())
        policy = _policy(str(name), "log" if positive else "levels")
        run = open_series(policy, SeriesInput(block.drop(columns="series")), today, settings)
        if isinstance(run, SeriesRun) and (newest - run.y.index[-1]).days <= FRESH_DAYS:
            found[policy.series] = run
    return found


def _policy(series: str, transform: Transform) -> ForecastPolicy:
    kind, _, code = series.partition(":")
    declared = words().agents[kind]
    return ForecastPolicy(
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
        percent_errors=False,
        record=False,
        why=words().agents_why,
    )
