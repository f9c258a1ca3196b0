"""Water to six months: what usually follows, and what would follow under El Niño, a neutral Pacific or La Niña.

A scenario is no forecast: it says what the rivers would bring *if* the Pacific were so. Inflows go from where they are
to what is usual at that time of the year times the effect of the Pacific; the stored water follows them, in the
measure in which it did in the past. Bands come from the past itself: what inflows did beyond season and Pacific, drawn
in blocks of a month, many times.

Forecast and scenarios speak of the same water: as far as the forecast reaches, the outlook is the forecast, and a
scenario is what the Pacific would change of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.catalog.forecast_frames import FORECAST_TABLES, VALUE, no_rows
from pipeline.forecast.forecasters import Array
from pipeline.forecast.forecasters.climatology import seasonal
from pipeline.forecast.history import to_levels
from pipeline.forecast.series_run import SeriesRun

SCENARIOS: dict[str, float | None] = {"": None, "nino": 1.2, "neutral": 0.0, "nina": -1.0}
"""Name and ONI that arrives and lasts [°C]; without a name, today's ONI fades: the outlook to six months."""
QUARTER_EFFECT = (-0.25, -0.22, -0.10, -0.17)
"""Relative change of the inflows per °C of ONI by quarter of the year: XM's inflows on NOAA's ONI, 2010 to 2025."""
MODEL = "six_months"
HORIZON, STEP = 182, 7
LEADS = np.arange(STEP, HORIZON + 1, STEP)
MEMORY_DAYS, ARRIVAL_DAYS, FADE_DAYS = 20.0, 45.0, 120.0
"""How fast today's anomaly fades, a scenario arrives and today's ONI fades [days]."""
MIN_DAYS = 365
PATHS, BLOCK = 400, 30
QUANTILES = (0.5, 0.1, 0.9, 0.025, 0.975)


@dataclass(frozen=True)
class Rivers:
    """What is known of the inflows [logarithm of GWh].

    Attributes:
        usual: Of each day of the past and ahead, shape (n + HORIZON,).
        rest: Past, beyond season and Pacific, shape (n,), 0 where not known.
        oni: Today's ONI [°C].
        quarter: Quarter of the year of each day ahead, 0 to 3, shape (HORIZON,).
    """

    usual: Array
    rest: Array
    oni: float
    quarter: NDArray[np.int64]

    def paths(self, arriving: float | None, seed: int) -> Array:
        """Inflows under a scenario [GWh], shape (PATHS, HORIZON)."""
        ahead = np.arange(1, HORIZON + 1)
        if arriving is None:
            oni = self.oni * np.exp(-ahead / FADE_DAYS)
        else:
            oni = arriving + (self.oni - arriving) * np.exp(-ahead / ARRIVAL_DAYS)
        effect = np.log1p(np.array(QUARTER_EFFECT)[self.quarter] * oni)
        inertia = float(self.rest[-STEP:].mean()) * np.exp(-ahead / MEMORY_DAYS)
        rng = np.random.default_rng(seed)
        blocks = -(-HORIZON // BLOCK)
        starts = rng.integers(0, len(self.rest) - BLOCK, size=(PATHS, blocks))
        drawn = self.rest[starts[:, :, None] + np.arange(BLOCK)].reshape(PATHS, -1)[:, :HORIZON]
        # Tomorrow is nearly known: what is drawn grows to its full size as the inertia fades.
        grown = drawn * np.sqrt(1 - np.exp(-2 * ahead / MEMORY_DAYS))
        paths: Array = np.exp(self.usual[-HORIZON:] + effect + inertia + grown)
        return paths


def scenario_rows(run: SeriesRun, today: date) -> pd.DataFrame:
    """Rows of ``forecast_value`` to six months, one a week and scenario; none for series that are no water."""
    if not run.policy.scenarios or MODEL in run.issued:
        return no_rows(VALUE)
    rivers = _rivers(run)
    if rivers is None:
        run.note(MODEL, "missing", f"no scenarios: {MIN_DAYS} days of inflows and the ONI are needed")
        return no_rows(VALUE)
    stored_under = _follow(run, rivers) if run.policy.scenarios == "stored" else None
    tables = {}
    for name, arriving in SCENARIOS.items():
        inflows = rivers.paths(arriving, run.settings.seed)
        found = inflows if stored_under is None else stored_under(inflows)
        tables[name] = run.inner(np.quantile(found, QUANTILES, axis=0)[:, STEP - 1 :: STEP])
    gap = _to_forecast(run, tables[""][0])
    frames = [
        _rows(run, name, today, run.clip(to_levels(table + gap, run.policy.transform), run.last))
        for name, table in tables.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _to_forecast(run: SeriesRun, outlook: Array) -> Array:
    """What lies between the outlook and the published forecast in each week, in the model's space, shape (26,).

    Beyond the horizon of the forecast stored water keeps what it had more or less, and rivers forget it.
    """
    shown = run.live.get(run.shown, {}).get(run.last)
    gap = np.zeros(len(LEADS))
    near = LEADS[run.policy.horizon >= LEADS]
    if shown is None or not len(near):
        return gap
    gap[: len(near)] = run.inner(shown.mean[near - 1]) - outlook[: len(near)]
    beyond = LEADS[len(near) :] - near[-1]
    gap[len(near) :] = gap[len(near) - 1] * (np.exp(-beyond / MEMORY_DAYS) if run.policy.scenarios == "inflow" else 1.0)
    return gap


def _inflows(run: SeriesRun) -> pd.Series[float] | None:
    """Past inflows [GWh], up to the newest day of the run."""
    if run.policy.scenarios == "inflow":
        return run.y
    if run.drivers is None or "inflow" not in run.drivers:
        return None
    return run.drivers["inflow"].reindex(run.y.index)


def _rivers(run: SeriesRun) -> Rivers | None:
    inflow = _inflows(run)
    last = pd.Timestamp(date.fromordinal(run.last))
    if inflow is None or inflow.notna().sum() < MIN_DAYS or run.drivers is None or "oni" not in run.drivers:
        return None
    oni = run.drivers["oni"].loc[:last].dropna()
    if oni.empty:
        return None
    logs: pd.Series[float] = pd.Series(np.log(inflow.where(inflow > 0).to_numpy()), index=inflow.index)
    usual = seasonal(logs, HORIZON)
    days = pd.date_range(logs.index[0], periods=len(usual), freq="D")
    quarter = days.quarter.to_numpy() - 1
    past_oni = oni.reindex(logs.index, method="ffill").fillna(0.0).to_numpy()
    effect = np.log1p(np.array(QUARTER_EFFECT)[quarter[: len(logs)]] * past_oni)
    rest = np.nan_to_num(logs.to_numpy() - usual[: len(logs)] - effect)
    return Rivers(usual, rest - rest.mean(), float(oni.iloc[-1]), quarter[-HORIZON:])


def _follow(run: SeriesRun, rivers: Rivers) -> Callable[[Array], Array]:
    """How the stored water follows the inflows: usual change of the season, and a share of what is unusual."""
    volume = run.y.interpolate(limit_direction="both")
    change = volume.diff().fillna(0.0)
    usual = seasonal(change, HORIZON)
    n = len(volume)
    unusual_water = np.exp(rivers.usual[:n] + rivers.rest) - np.exp(rivers.usual[:n])
    months = n // BLOCK
    water = unusual_water[-months * BLOCK :].reshape(months, BLOCK).sum(axis=1)
    stored = (change.to_numpy() - usual[:n])[-months * BLOCK :].reshape(months, BLOCK).sum(axis=1)
    # What the rivers bring beyond the usual is stored in part; the rest is turned into energy at once.
    share = float(np.clip((water @ stored) / max(float(water @ water), 1e-9), 0.0, 1.0))

    def stored_under(paths: Array) -> Array:
        beyond = paths - np.exp(rivers.usual[-HORIZON:])
        levels: Array = float(volume.iloc[-1]) + np.cumsum(usual[-HORIZON:] + share * beyond, axis=1)
        return levels

    return stored_under


def _rows(run: SeriesRun, name: str, today: date, table: Array) -> pd.DataFrame:
    origin = date.fromordinal(run.last)
    columns: dict[str, object] = {
        "series": run.policy.series, "model": MODEL, "run_kind": "live", "issued": today, "origin": origin,
        "h": LEADS, "target": [origin + timedelta(days=int(h)) for h in LEADS],
    }  # fmt: skip
    columns |= dict(zip(("mean", "lo80", "hi80", "lo95", "hi95"), table, strict=True))
    return pd.DataFrame(columns | {"scenario": name})[list(FORECAST_TABLES[VALUE])]
