"""Weather of the simulated world: the Pacific, the wetness of each river, sun and wind.

The slow anchors retell the droughts and floods that XM's data show (2009-10, 2015-16, 2019-20, 2023-24, late
2024, late 2026) and the wet years between them; everything faster is noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.emulator.simulate.daytypes import Days, months_of
from pipeline.emulator.simulate.rng import Floats, autoregressive, floats, generator
from pipeline.emulator.simulate.roster import RIVERS

# (year and fraction, anomaly of the Pacific [°C], log anomaly of the inflows)
_ANCHORS = np.array(
    [
        (2000.0, -1.5, 0.20), (2001.0, -0.6, 0.05), (2002.8, 1.2, -0.15), (2004.0, 0.2, 0.0),
        (2006.0, -0.6, 0.10), (2007.0, 0.6, -0.10), (2008.2, -1.4, 0.25), (2009.5, 0.4, -0.05),
        (2009.95, 1.5, -0.38), (2010.3, 0.6, -0.25), (2010.8, -1.6, 0.35), (2011.5, -0.6, 0.35),
        (2012.2, -0.7, 0.15), (2013.5, -0.3, -0.10), (2014.8, 0.5, -0.20), (2015.4, 1.2, -0.20),
        (2015.9, 2.5, -0.38), (2016.3, 0.9, -0.32), (2016.8, -0.7, 0.0), (2017.5, 0.1, 0.13),
        (2018.5, 0.1, 0.08), (2019.0, 0.8, -0.12), (2019.9, 0.4, -0.22), (2020.3, 0.4, -0.36),
        (2020.9, -1.2, -0.05), (2021.5, -0.5, 0.18), (2022.3, -0.9, 0.24), (2023.0, -0.5, 0.14),
        (2023.5, 0.8, -0.15), (2023.95, 2.0, -0.34), (2024.28, 0.9, -0.45), (2024.45, 0.3, -0.12),
        (2024.75, -0.2, -0.42), (2024.95, -0.4, -0.28), (2025.15, -0.3, 0.10), (2025.6, -0.2, 0.22),
        (2026.2, -0.2, 0.20), (2026.42, 0.5, 0.02), (2026.62, 1.2, -0.34), (2026.95, 1.9, -0.42),
        (2027.3, 1.0, -0.35), (2027.7, 0.0, 0.0), (2028.5, -0.9, 0.18), (2029.5, 0.2, 0.0),
    ]
)  # fmt: skip
_ANDEAN = np.array([0.63, 0.58, 0.67, 0.99, 1.27, 1.20, 1.11, 1.03, 1.03, 1.23, 1.33, 0.93])
_EASTERN = np.array([0.35, 0.35, 0.50, 0.95, 1.50, 1.90, 1.95, 1.50, 1.10, 0.95, 0.60, 0.35])
_CARIBBEAN = np.array([0.55, 0.40, 0.40, 0.75, 1.20, 1.30, 1.30, 1.35, 1.30, 1.35, 1.25, 0.85])
_SUN = np.array([1.10, 1.10, 1.06, 0.98, 0.94, 0.96, 1.03, 1.04, 1.00, 0.93, 0.90, 0.98])
_WIND = np.array([1.20, 1.30, 1.30, 1.10, 0.90, 1.10, 1.25, 1.00, 0.75, 0.65, 0.65, 0.90])


@dataclass(frozen=True)
class Climate:
    """Weather of every day.

    Attributes:
        pacific: ENSO-like index [°C], shape (days,).
        inflow: Energy inflow of each river [GWh/d], multiples of 1e-4 (days, rivers).
        usual: Monthly multi-year mean of the same [GWh/d], constant inside a month.
        sun: Daily sun of each solar area relative to its mean (days, 2): Caribbean, Orinoco.
        wind: Daily wind relative to its mean (days,).
        heat: Departure of the temperature [°C] (days,).
    """

    pacific: Floats
    inflow: Floats
    usual: Floats
    sun: Floats
    wind: Floats
    heat: Floats


def year_fraction(days: Days) -> Floats:
    """Return each day as a year with decimals."""
    return 2000.0 + (days - np.datetime64("2000-01-01")).astype(float) / 365.2425


def monthly(days: Days, table: Floats) -> Floats:
    """Return a monthly table interpolated between the middles of the months."""
    at = (year_fraction(days) % 1.0) * 12.0
    centres = np.arange(-0.5, 13.0)
    return floats(np.interp(at, centres, np.concatenate([table[-1:], table, table[:1]])))


def _season(region: str) -> Floats:
    return {"ORIENTE": _EASTERN, "CARIBE": _CARIBBEAN}.get(region, _ANDEAN)


def _scale(years: Floats) -> Floats:
    """Return the growth of what the rivers are worth: plants were added along them."""
    return np.interp(years, [2000.0, 2012.0, 2023.0], [0.74, 0.94, 1.0])


def build(days: Days, seed: int) -> Climate:
    """Return the weather of all days from the first one on.

    Args:
        days: Consecutive days from 2000-01-01.
        seed: Seed of the world.
    """
    count, at = len(days), year_fraction(days)
    slow = np.interp(at, _ANCHORS[:, 0], _ANCHORS[:, 2])
    regions = sorted({river.region for river in RIVERS})
    nation = autoregressive(generator(seed, "rain").normal(size=count), 0.62, 0.20)
    broad = autoregressive(generator(seed, "region").normal(size=(count, len(regions))), 0.93, 0.24)
    local = autoregressive(generator(seed, "river").normal(size=(count, len(RIVERS))), 0.58, 0.34)
    region_at = [regions.index(river.region) for river in RIVERS]
    anomaly = (slow + nation)[:, None] + broad[:, region_at] + local - 0.11
    months = months_of(days)
    started = np.array([days >= np.datetime64(river.since) for river in RIVERS]).T
    mean = np.array([river.mean for river in RIVERS]) * started
    curve = np.array([monthly(days, _season(river.region)) for river in RIVERS]).T
    step = np.array([_season(river.region)[months - 1] for river in RIVERS]).T
    scale, yearly = _scale(at)[:, None], _scale(np.floor(at))[:, None]
    inflow = np.round(mean * scale * curve * np.exp(anomaly), 4)
    sunny = autoregressive(generator(seed, "sun").normal(size=(count, 2)), 0.45, 0.13)
    windy = autoregressive(generator(seed, "wind").normal(size=count), 0.7, 0.30)
    warm = autoregressive(generator(seed, "heat").normal(size=count), 0.8, 0.9)
    return Climate(
        pacific=np.interp(at, _ANCHORS[:, 0], _ANCHORS[:, 1]),
        inflow=inflow,
        usual=np.round(mean * yearly * step, 4),
        sun=np.clip((monthly(days, _SUN) - 0.12 * slow)[:, None] + sunny, 0.35, 1.35),
        wind=np.clip(monthly(days, _WIND) * np.exp(windy - 0.05), 0.05, 1.9),
        heat=warm + 0.4 * np.interp(at, _ANCHORS[:, 0], _ANCHORS[:, 1]),
    )
