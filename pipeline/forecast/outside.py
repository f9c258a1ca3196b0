"""Forecasts of others, scored with the code that scores ours, beside the seasonal naive of the same days."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.catalog.forecasts import BASELINE
from pipeline.catalog.hub import QUANTILES
from pipeline.forecast.fits import naive_at
from pipeline.forecast.scores import Scored, gathered
from pipeline.forecast.series_run import SeriesRun
from pipeline.forecast.vintages import BANDS, Vintage

BAND_NAMES = ("lo80", "hi80", "lo95", "hi95")


def scored_outside(run: SeriesRun) -> dict[str, Scored]:
    """What others sent and of which something is known by now, by team, with the naive of the same origins.

    The naive of an origin knows every day before it: whoever sends a forecast that day knows no more.
    """
    if run.outside is None:
        return {}
    teams: dict[str, dict[int, Vintage]] = {}
    for (team, origin), rows in run.outside.groupby(["team", "origin"], sort=True):
        day = date.fromisoformat(str(origin)).toordinal()
        if run.first < day < run.last:
            teams.setdefault(str(team), {})[day] = _vintage(run, rows)
    origins = sorted({origin for found in teams.values() for origin in found})
    naive = {origin: naive_at(run, origin) for origin in origins}
    found = {team: gathered(run, table, sorted(table)) for team, table in teams.items()}
    return found | {BASELINE: gathered(run, naive, origins)} if found else {}


def _vintage(run: SeriesRun, rows: pd.DataFrame) -> Vintage:
    """One submission, NaN at the leads that it lacks."""
    horizon = run.policy.horizon
    rows = rows[rows["h"] <= horizon]
    cells = {name: np.full(horizon, np.nan) for name in QUANTILES.values()}
    for name, column in cells.items():
        column[rows["h"].to_numpy(dtype="int64") - 1] = rows[name].to_numpy(dtype="float64")
    bands = np.column_stack([cells[name] for name in BAND_NAMES])
    return Vintage(cells["mean"], np.full(horizon, np.nan), bands.reshape(horizon, BANDS))
