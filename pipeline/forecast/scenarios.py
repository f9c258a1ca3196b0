"""Water to six months: what usually follows, and what would follow under El Niño, a neutral Pacific or La Niña.

A scenario is no forecast: it says what the rivers would bring *if* the Pacific were so. Inflows go from where they are
to what is usual at that time of the year times the effect of the Pacific; the stored water follows them, in the
measure in which it did in the past. Bands come from the past itself: what inflows did beyond season and Pacific, drawn
in blocks of a month, many times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.forecast.contract import VALUE_COLUMNS, Array
from pipeline.forecast.desk import Desk
from pipeline.forecast.forecasters.climatology import seasonal

SCENARIOS: dict[str, float | None] = {"": None, "nino": 1.2, "neutral": 0.0, "nina": -1.0}
"""Name and ONI that arrives and lasts [°C]; without a name, today's ONI fades: the outlook to six months."""
QUARTER_EFFECT = (-0.25, -0.22, -0.10, -0.17)
"""Relative change of the inflows per °C of ONI by quarter of the year: XM's inflows on NOAA's ONI, 2010 to 2025."""
MODEL = "six_months"
INFLOW, VOLUME = "inflow_daily", "volume_daily"
HORIZON, STEP = 182, 7
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


def scenario_rows(desk: Desk, today: date, known: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``forecast_value`` to six months, one a week and scenario; none for series that are no water."""
    blank = pd.DataFrame(columns=list(VALUE_COLUMNS))
    done = known[(known["model"] == MODEL) & (pd.to_datetime(known["issued"]) == pd.Timestamp(today))]
    if desk.policy.series not in (INFLOW, VOLUME) or len(done):
        return blank
    rivers = _rivers(desk)
    if rivers is None:
        desk.note(MODEL, "missing", f"no scenarios: {MIN_DAYS} days of inflows and the ONI are needed")
        return blank
    answer = _follow(desk, rivers) if desk.policy.series == VOLUME else _as_they_are
    frames = []
    for name, arriving in SCENARIOS.items():
        found = answer(rivers.paths(arriving, desk.settings.seed))
        table = np.quantile(found, QUANTILES, axis=0)[:, STEP - 1 :: STEP]
        frames.append(_rows(desk, name, today, desk.clip(table, desk.last)))
    return pd.concat(frames, ignore_index=True)


def _as_they_are(paths: Array) -> Array:
    return paths


def _inflows(desk: Desk) -> pd.Series[float] | None:
    """Past inflows [GWh], up to the newest day of the desk."""
    if desk.policy.series == INFLOW:
        return desk.y
    if desk.drivers is None or "inflow" not in desk.drivers:
        return None
    return desk.drivers["inflow"].reindex(desk.y.index)


def _rivers(desk: Desk) -> Rivers | None:
    inflow = _inflows(desk)
    last = pd.Timestamp(date.fromordinal(desk.last))
    if inflow is None or inflow.notna().sum() < MIN_DAYS or desk.drivers is None or "oni" not in desk.drivers:
        return None
    oni = desk.drivers["oni"].loc[:last].dropna()
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


def _follow(desk: Desk, rivers: Rivers) -> Callable[[Array], Array]:
    """How the stored water follows the inflows: usual change of the season, and a share of what is unusual."""
    volume = desk.y.interpolate(limit_direction="both")
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


def _rows(desk: Desk, name: str, today: date, table: Array) -> pd.DataFrame:
    leads = np.arange(STEP, HORIZON + 1, STEP)
    origin = date.fromordinal(desk.last)
    columns: dict[str, object] = {
        "series": desk.policy.series, "model": MODEL, "run_kind": "live", "issued": today, "origin": origin,
        "h": leads, "target": [origin + timedelta(days=int(h)) for h in leads],
    }  # fmt: skip
    columns |= dict(zip(("mean", "lo80", "hi80", "lo95", "hi95"), table, strict=True))
    return pd.DataFrame(columns | {"scenario": name})[list(VALUE_COLUMNS)]
