"""Nested origins of 2015 to 2025: whether bands and blends carry over to a year that nobody had seen.

Everything at an origin (weights of blends, widths of bands) follows from what was known there, through the code of a
night; nothing is fitted to the eleven years. The constants of the method were chosen on 2015 to 2019; the years after
are told apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.catalog.forecasts import BASELINE, ForecastPolicy
from pipeline.forecast.bands import calibrate
from pipeline.forecast.blends import blend
from pipeline.forecast.forecasters import FAST, Array
from pipeline.forecast.scores import Scored, gathered
from pipeline.forecast.series_run import SeriesRun
from tests.bench.forecast.chance import strays
from tests.bench.forecast.data import History
from tests.bench.forecast.members import FAST_SPACING, SLOW_SPACING, Members, long_inputs
from tests.bench.table import Line, at_most, told

YEARS = range(2015, 2026)
LATE = 2020
MONTH = 30
WHOLE_YEAR = 100
"""Fewest origins of a year that is judged, three days apart: what the data hold of it is most of it."""
BLOCK = MONTH // FAST_SPACING
"""Origins of a month."""
REACHES = {"1": (1, 1), "7": (7, 7), "1-7": (1, 7), "1-30": (1, 30), "30": (30, 30)}
SHORE = Path("build") / "bench" / "nested"
WEIGHED = ("demand_daily", "hydro_daily", "thermal_daily")


@dataclass(frozen=True)
class Nested:
    """The nested evaluation.

    Attributes:
        history: Where the real data are.
        policies: The declared series.
        members: The kept forecasts.
    """

    history: History
    policies: dict[str, ForecastPolicy]
    members: Members

    def lines(self) -> list[Line]:
        """Coverage year by year of every daily series, and errors of what is published against its rivals."""
        inputs = long_inputs(self.history)
        found: list[Line] = []
        for series, given in inputs.items():
            policy = self.policies[series].model_copy(update={"group": "", "role": ""})
            if policy.grain == "daily":
                run = self.run_of(policy, given)
                found += [*coverage_lines(run), *point_lines(run)]
        return found

    def run_of(self, policy: ForecastPolicy, given: SeriesInput) -> SeriesRun:
        """The run of one series with every vintage that its published model needs, blended and banded."""
        needed = {BASELINE, policy.engine, policy.published[0]}
        if policy.metric == "PrecBolsNaci":
            needed.add("naive")
        names = {member for name in needed for member in policy.blends.get(name, (name,))}
        spacings = {name: FAST_SPACING if name in FAST else SLOW_SPACING for name in policy.roster if name in names}
        run = self.members.run_of(policy, given, spacings)
        blend(run)
        calibrate(run)
        return run


def judged(run: SeriesRun, model: str) -> Scored:
    """The forecasts of a model in the years that are judged, leads of a month."""
    found = run.vintages.get(model, {})
    origins = [origin for origin in sorted(found) if date.fromordinal(origin).year in YEARS and origin < run.last]
    if origins:
        known = np.isfinite(run.truth(origins)[:, :MONTH]).any(axis=1)
        origins = [origins[row] for row in np.flatnonzero(known)]
    return gathered(run, found, origins)


def year_of(origins: Array) -> NDArray[np.int64]:
    """Years of origins, shape (n,)."""
    return np.array([date.fromordinal(int(origin)).year for origin in origins], dtype=np.int64)


def held(table: Scored) -> Array:
    """Whether the 80 and the 95 % band held each day of a month ahead (1, 0 or NaN), shape (n, k, 2)."""
    cut = table.leads <= MONTH
    actual, bands = table.actual[:, cut, None], table.bands[:, cut]
    sure = np.isfinite(actual) & np.isfinite(bands).all(axis=2, keepdims=True)
    found: Array = np.where(sure, (actual >= bands[..., ::2]) & (actual <= bands[..., 1::2]), np.nan)
    return found


def coverage(inside: Array) -> tuple[float, float]:
    """Share of days inside the 80 and the 95 % band [%]."""
    low, high = (float(share) for share in 100 * np.nanmean(inside, axis=(0, 1)))
    return low, high


def block_error(inside: Array) -> tuple[float, float]:
    """Standard error of the coverage of consecutive origins, from that of its months: neighbours err alike [points]."""
    months = len(inside) // BLOCK
    shares = np.array([coverage(block) for block in np.array_split(inside, months)])
    low, high = (float(error) for error in shares.std(axis=0, ddof=1) / np.sqrt(months))
    return low, high


def coverage_lines(run: SeriesRun) -> list[Line]:
    """Coverage of the dense engine year by year, and of what is published over all its origins."""
    series, engine, shown = run.policy.series, run.policy.engine, run.policy.published[0]
    table = judged(run, engine)
    years = year_of(table.origins)
    whole = [year for year in YEARS if (years == year).sum() >= WHOLE_YEAR]
    if not whole:
        return []
    inside = held(table)
    found = {year: coverage(inside[years == year]) for year in whole}
    doubt = np.mean([block_error(inside[years == year]) for year in whole], axis=0)
    known = np.abs(run.errors(run.vintages[engine], [int(origin) for origin in table.origins]))
    chance = strays(np.nanmean(known[:, table.leads <= MONTH], axis=0), FAST_SPACING)
    lines = []
    for k, (nominal, room) in enumerate(((80, 3.0), (95, 2.0))):
        told_years = ", ".join(f"{year} {found[year][k]:.1f}" for year in whole)
        worst = max(abs(found[year][k] - nominal) for year in whole)
        far = sum(abs(found[year][k] - nominal) > room for year in whole)
        what = f"{series}, {engine}, {nominal} % bands: {told_years}; worst distance, leads 1-30 [points]"
        lines.append(at_most(what, round(worst, 2), room))
        lines.append(told(f"{series}, {nominal} %: years of {len(whole)} beyond {room:g} points", float(far)))
        strayed = float(np.sqrt(np.mean([(found[year][k] - nominal) ** 2 for year in whole])))
        what = f"{series}, {nominal} %: how far a year strays; bands that are right, by chance {chance[k]:.1f} [points]"
        lines.append(told(what, round(strayed, 2)))
        what = f"{series}, {nominal} %: standard error of a year's coverage, by blocks of a month [points]"
        lines.append(told(what, round(float(doubt[k]), 2)))
        lines.append(told(f"{series}, {engine}, {nominal} %: all years [%]", round(coverage(inside)[k], 2)))
    if shown != engine:
        own = judged(run, shown)
        late = year_of(own.origins) >= LATE
        for name, rows in (("2015-2019", ~late), ("2020-2025", late)):
            if rows.any():
                both = coverage(held(own)[rows])
                count = int(rows.sum())
                for nominal, value in zip((80, 95), both, strict=True):
                    what = f"{series}, {shown}, {nominal} %, {name}, {count} origins [%]"
                    lines.append(told(what, round(value, 2)))
    return lines


def point_lines(run: SeriesRun) -> list[Line]:
    """WAPE of what is published by reach and span of years, and over its best member or the last value."""
    policy, shown = run.policy, run.policy.published[0]
    members = policy.blends.get(shown, ())
    rivals = ("naive",) if policy.metric == "PrecBolsNaci" else members
    own = judged(run, shown)
    if not len(own.origins):
        return []
    others = {name: _at(run, name, own.origins) for name in rivals}
    lines = []
    for span, rows in _spans(own.origins):
        for reach, (first, last) in REACHES.items():
            cut = (own.leads >= first) & (own.leads <= last)
            error = _wape(own, rows, cut)
            what = f"{policy.series}, {shown}, leads {reach}, {span}, {int(rows.sum())} origins"
            lines.append(told(f"{what}, WAPE [%]", round(error, 2)))
            if not others:
                continue
            ratios = {name: error / _wape(table, rows, cut) for name, table in others.items()}
            best = max(ratios, key=lambda name: ratios[name])
            bound = 0.97 if policy.metric == "PrecBolsNaci" else 1.02
            if policy.series in WEIGHED or policy.metric == "PrecBolsNaci":
                lines.append(at_most(f"{what} / {best}", round(ratios[best], 3), bound))
    return lines


def _spans(origins: Array) -> Iterable[tuple[str, NDArray[np.bool_]]]:
    late = year_of(origins) >= LATE
    for name, rows in (("2015-2025", np.ones(len(late), dtype=bool)), ("2015-2019", ~late), ("2020-2025", late)):
        if rows.any():
            yield name, rows


def _at(run: SeriesRun, model: str, origins: Array) -> Scored:
    return gathered(run, run.vintages[model], [int(origin) for origin in origins])


def _wape(table: Scored, rows: NDArray[np.bool_], cut: NDArray[np.bool_]) -> float:
    actual, mean = table.actual[rows][:, cut], table.mean[rows][:, cut]
    known = np.isfinite(actual) & np.isfinite(mean)
    return 100 * float(np.abs(mean - actual)[known].sum() / np.abs(actual)[known].sum())
