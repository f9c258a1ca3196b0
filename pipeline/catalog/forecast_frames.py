"""Frames in, frames out: what forecasts are made from, and the tables that models give, lake keeps and warehouse shows.

The lake keeps each table under ``_<name>/<key>``, by the keys `KEYS`. There `target` is a day, or the start of an hour;
in the warehouse, which puts the keys together, it is always a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

VALUE, SCORE, POLICY = "forecast_value", "forecast_score", "forecast_policy"
EFFECT, MISS = "forecast_effect", "forecast_miss"

FORECAST_TABLES: dict[str, dict[str, str]] = {
    # One row a vintage and lead, in the stored unit; h in days, or in hours where the series is hourly.
    # scenario: '' for a forecast; 'nino', 'neutral', 'nina' for a hydrological scenario, which is no forecast.
    VALUE: {
        "series": "VARCHAR", "model": "VARCHAR", "run_kind": "VARCHAR", "issued": "DATE", "origin": "DATE",
        "h": "INTEGER", "target": "TIMESTAMP", "mean": "DOUBLE", "lo80": "DOUBLE", "hi80": "DOUBLE", "lo95": "DOUBLE",
        "hi95": "DOUBLE", "scenario": "VARCHAR",
    },
    # mape, wape, bias, cov80, cov95, skill [%]; mae, wis, crps [stored unit]; mase, t [-]; skill, t against the naive.
    SCORE: {
        "series": "VARCHAR", "model": "VARCHAR", "run_kind": "VARCHAR", "lead": "VARCHAR", "n": "INTEGER",
        "origins": "INTEGER", "mape": "DOUBLE", "wape": "DOUBLE", "mase": "DOUBLE", "mae": "DOUBLE", "cov80": "DOUBLE",
        "cov95": "DOUBLE", "bias": "DOUBLE", "wis": "DOUBLE", "crps": "DOUBLE", "skill": "DOUBLE",
        "t": "DOUBLE", "published": "BOOLEAN",
    },
    # What is forecast, which model is shown and why; grain 'daily' or 'hourly'.
    POLICY: {
        "series": "VARCHAR", "title_es": "VARCHAR", "metric": "VARCHAR", "entity": "VARCHAR", "unit": "VARCHAR",
        "grain": "VARCHAR", "horizon": "INTEGER", "roster": "VARCHAR", "published": "VARCHAR", "reason": "VARCHAR",
    },
    # What a class of days of the calendar adds to demand [stored unit], with its 95 % band; n: days seen.
    EFFECT: {
        "series": "VARCHAR", "class": "VARCHAR", "title_es": "VARCHAR", "effect": "DOUBLE", "lo": "DOUBLE",
        "hi": "DOUBLE", "n": "INTEGER",
    },
    # The worst misses of the published model; error = mean - actual [stored unit].
    MISS: {
        "series": "VARCHAR", "model": "VARCHAR", "origin": "DATE", "target": "TIMESTAMP", "h": "INTEGER",
        "mean": "DOUBLE", "actual": "DOUBLE", "error": "DOUBLE", "note_es": "VARCHAR",
    },
}  # fmt: skip
"""Column and SQL type, by table."""

KEYS = ("daily", "hourly", "agents")
"""Keys under which the lake keeps vintages; what else follows from a run lies under `daily` and `agents`."""


@dataclass(frozen=True)
class SeriesInput:
    """History of one series, as the views ``forecast_input`` and ``forecast_input_hourly`` give it.

    Attributes:
        frame: Columns ``day`` (or ``ts`` where hourly), ``value`` [stored unit] and, when known, ``hours`` (24 =
            complete, missing = published as daily), ``quality`` (its state, ``catalog/value_states``).
        drivers: What else was known, indexed by the day on which it was known, one column a driver; None when there
            is nothing.
        limits: Smallest and largest value that can be, columns ``least`` and ``most`` [stored unit], indexed by the day
            from which on it was known; None, or NaN, where nothing is declared.
        outside: Forecasts of others for this series, columns of `hub.OUTSIDE`; None where nobody sent any.
    """

    frame: pd.DataFrame
    drivers: pd.DataFrame | None = None
    limits: pd.DataFrame | None = None
    outside: pd.DataFrame | None = None


@dataclass(frozen=True)
class ForecastRows:
    """What a run of some series changes.

    Attributes:
        tables: New rows, by table: vintages are added, the others stand in for those of the series that ran.
        ran: Series that were run.
        keys: What the rows of every series were made from, those that did not run too, in the order of their rows.
    """

    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    ran: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)


def no_rows(table: str) -> pd.DataFrame:
    """Return a table without rows, with its columns."""
    return pd.DataFrame(columns=list(FORECAST_TABLES[table]))
